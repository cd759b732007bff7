from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.findings import Action, Entity, PathDecision, Verdict
from app.gates.pii.decide import decide, needs_model, wilson
from app.gates.pii.evidence import ModelEvidence, ValueEvidence, value_evidence
from app.gates.pii.headers import header_of
from app.gates.pii.profile import PathProfile, Scalar


def evidence_of(key: str, values: Sequence[Scalar]) -> ValueEvidence:
    kind = "string" if isinstance(values[0], str) else "integer"
    profile = PathProfile(
        path=(key,),
        types={kind: len(values)},
        occurrences=len(values),
        null_share=0.0,
        distinct=len(set(values)),
        mean_length=10,
        max_length=10,
        values=list(dict.fromkeys(values)),
    )
    return value_evidence(profile, header_of((key,)))


def decided(
    key: str,
    values: Sequence[Scalar],
    model: ModelEvidence | None = None,
    is_near_people: bool = False,
) -> PathDecision:
    header = header_of((key,), is_near_people)
    return decide((key,), evidence_of(key, values), header, model, "test/1")


def model(
    being: float, entity: Entity = Entity.PERSON, mentioning: float | None = None
) -> ModelEvidence:
    mentions = being if mentioning is None else mentioning
    return ModelEvidence(asked=100, being={entity: being}, mentioning={entity: mentions})


EMAILS = [f"user{index}@example.org" for index in range(20)]
CARDS = ["4111111111111111", "5500000000000004", "340000000000009", "30000000000004"]
NAMES = ["Anna Berg", "John Smith", "Maria Rossi", "Li Wei", "Ola Nordmann"]


def test_values_alone_decide_where_most_of_them_pass() -> None:
    decision = decided("c7", EMAILS)

    assert (decision.verdict, decision.entity) == (Verdict.PERSONAL, Entity.EMAIL_ADDRESS)
    assert decision.action is Action.MASK
    assert decision.evidence.share == 1.0


def test_a_header_lowers_the_share_that_is_needed() -> None:
    mixed = EMAILS[:6] + [f"account {index}" for index in range(14)]

    assert decided("contact_email", mixed).verdict is Verdict.PERSONAL
    assert decided("c7", mixed, model(0.0)).verdict is Verdict.REVIEW


def test_one_email_in_fifty_is_a_doubt_and_doubt_masks() -> None:
    decision = decided("code", ["x@example.org", *(f"code {i}" for i in range(40))], model(0.0))

    assert decision.verdict is Verdict.REVIEW
    assert decision.is_masked


def test_cards_beat_phones_and_integers_are_cards_too() -> None:
    assert decided("phone", CARDS).entity is Entity.CREDIT_CARD
    assert decided("c7", [int(card) for card in CARDS]).entity is Entity.CREDIT_CARD


def test_dates_are_personal_with_a_birth_word_only() -> None:
    dates = ["1982-03-29", "1956-02-28", "1957-06-11"]

    assert decided("birthdate", dates).entity is Entity.DATE_OF_BIRTH
    assert decided("shipped", dates).verdict is Verdict.CLEAN


@pytest.mark.parametrize(
    ("key", "entity"),
    [
        ("password", Entity.PASSWORD),
        ("username", Entity.USERNAME),
        ("national_id", Entity.NATIONAL_ID),
        ("street_name", Entity.STREET_ADDRESS),
    ],
)
def test_some_headers_decide_alone(key: str, entity: Entity) -> None:
    decision = decided(key, [f"zq{index}w" for index in range(30)], model(0.0))

    assert (decision.verdict, decision.entity) == (Verdict.PERSONAL, entity)


def test_other_headers_do_not() -> None:
    assert decided("email", ["yes", "no", "maybe"], model(0.0)).verdict is Verdict.CLEAN
    assert decided("password_changed_at", ["2024-01-01"]).verdict is Verdict.CLEAN
    assert decided("login_count", [1, 2, 3]).verdict is Verdict.CLEAN


def test_phones_without_a_plan_are_phones_under_their_header_only() -> None:
    numbers = ["84 23 30", "21 25 99", "46 11 82"]

    assert decided("telephone", numbers).entity is Entity.PHONE_NUMBER
    assert decided("c7", numbers).verdict is Verdict.CLEAN


def test_names_are_found_by_the_model() -> None:
    assert decided("c7", NAMES, model(0.9)).entity is Entity.PERSON
    assert decided("c7", NAMES, model(0.2)).verdict is Verdict.CLEAN


def test_a_header_or_its_neighbours_make_fewer_names_enough() -> None:
    assert decided("last_name", NAMES, model(0.0)).entity is Entity.PERSON
    assert decided("name", NAMES, model(0.3), is_near_people=True).entity is Entity.PERSON
    assert decided("name", NAMES, model(0.3)).verdict is Verdict.CLEAN


def test_names_of_things_and_places_stay() -> None:
    assert decided("company_name", NAMES, model(0.8)).verdict is Verdict.CLEAN
    assert decided("city", NAMES, model(0.8)).verdict is Verdict.QUASI


def test_organisations_links_and_dates_are_never_personal_alone() -> None:
    links = [f"https://example.org/{index}" for index in range(9)]

    assert decided("c7", NAMES, model(1.0, Entity.ORGANIZATION)).verdict is Verdict.CLEAN
    assert decided("c7", links).verdict is Verdict.CLEAN


def test_free_text_is_masked_by_a_single_hit_and_passes_without() -> None:
    texts = [f"the parcel number {index} was left at the back door" for index in range(50)]

    masked = decided("c7", texts, model(0.0, mentioning=0.01))
    clean = decided("c7", texts, model(0.0))

    assert (masked.verdict, masked.action) == (Verdict.FREE_TEXT, Action.MASK)
    assert (clean.verdict, clean.action) == (Verdict.FREE_TEXT, Action.PASS)


def test_short_notes_are_text_when_their_header_says_so() -> None:
    notes = ["call Anna", "call Ola", "no answer"]

    assert decided("notes", notes, model(0.0, mentioning=0.3)).is_masked


def test_short_texts_that_mostly_mention_a_person_are_doubted() -> None:
    payments = [f"Payment from {name}" for name in NAMES]

    assert decided("c7", payments, model(0.0, mentioning=1.0)).verdict is Verdict.REVIEW


def test_numbers_dates_uuids_and_enums_do_not_reach_the_model() -> None:
    for values in (
        [1, 2, 3],
        ["1.5", "2.5"],
        ["2024-01-01", "2024-01-02"],
        ["0c898791-6efc-4410-983d-c1346e0a1b2c"],
        ["open", "closed"] * 20,
        EMAILS,
    ):
        assert not needs_model(evidence_of("c7", values), header_of(("c7",)))
    assert needs_model(evidence_of("sales_rep", NAMES * 20), header_of(("sales_rep",)))


@given(
    st.floats(0, 1),
    st.floats(0, 1),
    st.sampled_from(["email", "name", "city", "c7", "notes", "ssn"]),
)
def test_what_is_masked_always_says_why(being: float, mentioning: float, key: str) -> None:
    values = replace(evidence_of(key, NAMES), words=5)

    decision = decide((key,), values, header_of((key,)), model(being, mentioning=mentioning), "t/1")

    assert 0 <= decision.confidence <= 1
    assert decision.is_masked == (decision.entity is not None)


@given(st.floats(0, 1), st.integers(1, 1_000))
def test_confidence_never_exceeds_the_share(share: float, n: int) -> None:
    assert 0 <= wilson(share, n) <= share + 1e-9
