import json
from collections.abc import Mapping
from dataclasses import replace

import pytest
import structlog

from app.core.catalog import Path
from app.core.findings import Action, DecidedBy, Entity, PathDecision, Verdict
from app.gates.pii.gate import MOST_DECLARED, PiiGate, plain_paths
from tests.fixtures.detectors import BrokenDetectors, KnownNames

NAMES = ["Anna Berg", "John Smith", "Maria Rossi"]


def records(**columns: list[object]) -> list[bytes]:
    count = max(map(len, columns.values()))
    return [
        json.dumps({key: values[i % len(values)] for key, values in columns.items()}).encode()
        for i in range(count)
    ]


async def decisions(
    gate: PiiGate,
    sample: list[bytes],
    known: Mapping[Path, PathDecision] | None = None,
    schema: Mapping[str, object] | None = None,
) -> dict[Path, PathDecision]:
    return {d.path: d for d in await gate.decide(sample, known or {}, schema)}


def gate() -> PiiGate:
    return PiiGate(detectors=KnownNames())


async def test_every_path_is_decided_and_nested_ones_too() -> None:
    sample = [b'{"id": 1, "who": {"mails": ["a@example.org"]}, "items": [{"qty": 2}]}']

    found = await decisions(gate(), sample)

    assert found["who", "mails", "[]"].entity is Entity.EMAIL_ADDRESS
    assert found["items", "[]", "qty"].verdict is Verdict.CLEAN
    assert set(found) == {("id",), ("who", "mails", "[]"), ("items", "[]", "qty")}


async def test_only_texts_reach_the_detector() -> None:
    detectors = KnownNames()

    await PiiGate(detectors=detectors).decide(
        records(id=[1, 2, 3], day=["2024-01-01"], mail=["a@example.org"], c7=[*NAMES]), {}, None
    )

    assert detectors.asked == NAMES


async def test_the_same_sample_gives_the_same_decisions() -> None:
    sample = records(c7=[*NAMES, "Berlin"], c8=["x", 2, None])

    assert await decisions(gate(), sample) == await decisions(gate(), sample)


async def test_a_mask_stays_when_the_next_sample_looks_clean() -> None:
    known = await decisions(gate(), records(c7=[*NAMES]))

    found = await decisions(gate(), records(c7=["open", "closed", "lost"]), known)

    assert found == known


async def test_a_clean_path_turns_personal_by_a_later_sample() -> None:
    known = await decisions(gate(), records(c7=["open", "closed", "lost"]))

    found = await decisions(gate(), records(c7=[*NAMES]), known)

    assert not known["c7",].is_masked
    assert found["c7",].entity is Entity.PERSON


async def test_what_a_person_decided_stays() -> None:
    known = await decisions(gate(), records(c7=[*NAMES]))
    opened = {
        path: replace(d, verdict=Verdict.CLEAN, action=Action.PASS, decided_by=DecidedBy.PERSON)
        for path, d in known.items()
    }

    found = await decisions(gate(), records(c7=[*NAMES]), opened)

    assert found == opened


async def test_a_path_that_is_not_in_the_sample_keeps_its_decision() -> None:
    known = await decisions(gate(), records(c7=[*NAMES], id=[1]))

    found = await decisions(gate(), records(id=[1, 2]), known)

    assert found["c7",] == known["c7",]


async def test_without_the_detector_what_needs_it_is_masked_and_says_so() -> None:
    sample = records(c7=[*NAMES], id=[1], mail=["a@example.org"])

    found = await decisions(PiiGate(detectors=BrokenDetectors()), sample)

    assert found["c7",].action is Action.MASK
    assert not found["c7",].evidence.is_judged
    assert found["id",].action is Action.PASS
    assert found["mail",].entity is Entity.EMAIL_ADDRESS


async def test_a_mask_of_what_was_never_judged_may_be_opened() -> None:
    sample = records(c7=["open", "closed", "lost"])
    known = await decisions(PiiGate(detectors=BrokenDetectors()), sample)

    found = await decisions(gate(), sample, known)

    assert known["c7",].is_provisional
    assert not found["c7",].is_masked


async def test_a_breakdown_opens_nothing_and_closes_nothing_that_was_judged() -> None:
    sample = records(c7=["open", "closed", "lost"], c8=[*NAMES])
    known = await decisions(gate(), sample)

    found = await decisions(PiiGate(detectors=BrokenDetectors()), sample, known)

    assert found["c8",] == known["c8",]
    assert found["c7",].is_masked


async def test_a_path_without_a_value_is_masked_unless_its_type_is_plain() -> None:
    schema = {
        "properties": {
            "paid": {"type": ["null", "boolean"]},
            "at": {"type": "string", "format": "date-time"},
            "note": {"type": "string"},
            "nested": {"type": "object", "properties": {"ssn": {"type": "integer"}}},
        }
    }

    found = await decisions(gate(), [b'{"paid": null, "note": null}'], schema=schema)

    assert {path for path, d in found.items() if d.is_masked} == {("note",), ("nested", "ssn")}
    assert all(d.is_provisional for d in found.values())


CUSTOMER = {
    "type": "object",
    "properties": {"id": {"type": "integer"}, "name": {"type": "string"}},
}
BY_NAME = {"$ref": "#/definitions/customer"}


@pytest.mark.parametrize(
    "customer",
    [
        CUSTOMER,
        BY_NAME,
        {"anyOf": [{"type": "null"}, CUSTOMER]},
        {"oneOf": [BY_NAME, {"type": "null"}]},
        {"allOf": [{"type": ["null", "object"]}, BY_NAME]},
        {"anyOf": [{"type": "array", "items": {"type": "integer"}}, BY_NAME]},
    ],
)
@pytest.mark.parametrize("is_whole_by_name", [False, True])
async def test_what_is_declared_in_unions_and_by_reference_is_masked_until_it_is_seen(
    customer: Mapping[str, object], is_whole_by_name: bool
) -> None:
    record = {"properties": {"id": {"type": "integer"}, "customer": customer}}
    whole = {"allOf": [{"$ref": "#/definitions/record"}]} if is_whole_by_name else record
    schema = {**whole, "definitions": {"customer": CUSTOMER, "record": record}}

    found = await decisions(gate(), [b'{"customer": {"id": 1}}'], schema=schema)

    masked = {path for path, decision in found.items() if decision.is_masked}
    assert masked == {("customer", "name")}
    assert {("id",), ("customer", "id")} <= set(found)


async def test_what_may_be_a_text_or_an_object_is_masked_as_either() -> None:
    schema = {"properties": {"customer": {"anyOf": [{"type": "string"}, CUSTOMER]}}}

    found = await decisions(gate(), [b"{}"], schema=schema)

    assert {path for path, decision in found.items() if decision.is_masked} == {
        ("customer",), ("customer", "name"),
    }  # fmt: skip


def test_a_schema_that_holds_itself_is_followed_once() -> None:
    node = {"type": "object", "properties": {"name": {"type": "string"}, "above": {"$ref": "#/definitions/node"},
            "below": {"type": "array", "items": {"$ref": "#/definitions/node"}}}}  # fmt: skip
    schema = {"properties": {"node": {"$ref": "#/definitions/node"}}, "definitions": {"node": node}}

    paths = [("node", "name"), ("node", "above"), ("node", "below", "[]")]
    assert plain_paths(schema) == dict.fromkeys(paths, False)


def test_parts_that_refer_to_each_other_name_no_more_than_can_be_judged() -> None:
    kinds = [f"k{number}" for number in range(9)]
    parts = {
        kind: {"type": "object", "properties": {other: {"$ref": f"#/$defs/{other}"} for other in kinds}}
        for kind in kinds
    }  # fmt: skip
    schema = {"$ref": "#/$defs/k0", "$defs": parts}

    assert len(plain_paths(schema)) <= MOST_DECLARED + len(kinds)


@pytest.mark.parametrize(
    ("part", "is_plain"),
    [
        ({"type": ["null", "integer", "boolean"]}, True),
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "uuid"}]}, True),
        ({"anyOf": [{"type": "integer"}, {"type": "string"}]}, False),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "format": "date"}]}, False),
        ({"type": "string", "format": "email"}, False),
        ({"enum": ["open", "closed"]}, False),
        ({}, False),
        (True, False),
        (False, False),
    ],
)
def test_a_type_that_leaves_no_room_for_a_person_is_plain(part: object, is_plain: bool) -> None:
    assert plain_paths({"properties": {"c7": part}}) == {("c7",): is_plain}


async def test_personal_keys_of_a_map_mask_the_map_and_enter_no_path() -> None:
    sample = [json.dumps({"m": {f"u{i}@example.org": i}}).encode() for i in range(100)]

    found = await decisions(gate(), sample)

    assert set(found) == {("m",)}
    assert found["m",].is_masked


async def test_no_value_is_in_a_decision_or_a_log_line() -> None:
    sample = records(
        c7=[*NAMES], mail=["secret@example.org"], t=["Anna Berg called us about her order"]
    )

    with structlog.testing.capture_logs() as logs:
        found = await decisions(PiiGate(detectors=BrokenDetectors()), sample)
        also = await decisions(gate(), sample)

    told = repr((found, also, logs))
    assert "Anna" not in told
    assert "secret" not in told


async def test_a_null_beside_objects_masks_none_of_them() -> None:
    who = {"type": ["null", "object"], "properties": {"rank": {"type": "integer"}}}
    sample = [b'{"who": null}', b'{"who": {"rank": 1}}']

    for schema in ({"properties": {"who": who}}, None):
        found = await decisions(gate(), sample, schema=schema)
        assert not any(decision.is_masked for decision in found.values())


async def test_objects_open_no_text_beside_them_that_nobody_has_judged() -> None:
    known = await decisions(PiiGate(detectors=BrokenDetectors()), records(c7=[*NAMES, {"n": 1}]))

    found = await decisions(gate(), records(c7=[{"n": 1}, None]), known)

    assert known["c7",].is_provisional
    assert found["c7",].is_masked


async def test_names_among_numbers_are_a_doubt() -> None:
    numbers: list[object] = [str(index) for index in range(57)]

    doubted = await decisions(gate(), records(ref=[*numbers, *NAMES]))
    plain = await decisions(gate(), records(ref=[*numbers, "N/A", "none"]))

    assert doubted["ref",].verdict is Verdict.REVIEW
    assert doubted["ref",].entity is Entity.PERSON
    assert plain["ref",].verdict is Verdict.CLEAN


async def test_json_without_a_schema_is_opened_once_the_sample_shows_what_is_in_it() -> None:
    schema = {"properties": {"extra": {"type": "object"}}}
    sample = [
        json.dumps({"extra": {"colour": "red", "mail": f"user{i}@example.org"}}).encode()
        for i in range(100)
    ]

    decided = {d.path: d for d in await PiiGate(detectors=KnownNames()).decide(sample, {}, schema)}

    assert not decided[("extra",)].is_masked
    assert not decided[("extra", "colour")].is_masked
    assert decided[("extra", "mail")].is_masked
