"""Tests of app/layers/sample.py: the leak scan is shown every clean text, a part at a time."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence

import pytest

from app.core.catalog import Path
from app.core.findings import ITEMS, Action, Entity, PathDecision, Verdict
from app.layers import sample
from app.layers.masking import Masking
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import offered
from tests.layers.test_masking import STRING, masks

ROWS = 1_200
SCHEMA = {
    "id": {"type": "integer"},
    "note": {"type": "string"},
    "story": {"type": "string"},
    "person": {"type": "object"},
}
NAME = PathDecision(
    path=("person", "name"), verdict=Verdict.PERSONAL, entity=Entity.PERSON, action=Action.MASK
)


def record(number: int) -> dict[str, object]:
    """Some are short, some so long that PostgreSQL keeps them elsewhere; some are not there."""
    story = "".join(f"{number * place:x} " for place in range(3_000)) if number % 3 else None
    note = None if number % 5 == 0 else f'note {number},\n"said"'
    return {"id": number, "note": note, "story": story, "person": {"name": "Anna", "n": number}}


async def test_every_clean_text_is_in_one_part_and_tokens_are_in_none(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("things", SCHEMA), decisions=[NAME])
    last = await hand.land([record(number) for number in range(ROWS)])
    staged = await hand.stage(last - 1, last)
    clear = sample.Clear.of(hand.layout, Masking.of(KEYS, [NAME]), ())

    async with atlas.database.connection() as session:
        parts = await sample.parts_of(session, staged.table)
        texts = [await sample.text_of(session, part, clear) for part in parts]
        found = [await sample.cells_of(session, part, clear) for part in parts]

    assert len(parts) > 1
    cells = [{name: rows for (name,), rows in each.items()} for each in found]
    for text, each in zip(texts, cells, strict=True):
        rows = zip(*(each[name] for name in ("note", "story", "person")), strict=True)
        assert text == "\n".join(cell for row in rows for cell in row if cell is not None)
    seen = {name: [cell for each in cells for cell in each[name]] for name in cells[0]}
    sent = [record(number) for number in range(ROWS)]
    assert Counter(seen["note"]) == Counter(row["note"] for row in sent)
    assert Counter(seen["story"]) == Counter(row["story"] for row in sent)
    people = [json.loads(str(cell)) for cell in seen["person"]]
    assert sorted(people, key=lambda person: person["n"]) == [{"n": n} for n in range(ROWS)]


async def test_as_many_texts_as_a_row_may_have_are_seen(atlas: Atlas) -> None:
    """A call of PostgreSQL takes a hundred arguments."""
    fields = {f"t{number}": f"text {number}" for number in range(205)}
    schema = {"id": {"type": "integer"}, **{name: {"type": "string"} for name in fields}}
    hand = await ByHand.of(atlas, offered("things", schema))
    last = await hand.land([{"id": 1, **fields}])
    staged = await hand.stage(last - 1, last)
    clear = sample.Clear.of(hand.layout, Masking.of(KEYS, []), ())

    async with atlas.database.connection() as session:
        (part,) = await sample.parts_of(session, staged.table)
        text = await sample.text_of(session, part, clear)

    assert text.splitlines() == list(fields.values())


async def seen(
    atlas: Atlas, record: Mapping[str, object], masked: Sequence[PathDecision], passed: set[Path]
) -> tuple[str, Mapping[Path, Sequence[str | None]]]:
    """What the scan sees of a record: all of it in one, and path by path."""
    schema = {"id": {"type": "integer"}, "doc": {"type": "object"}}
    hand = await ByHand.of(
        atlas, offered("things", schema | dict.fromkeys(record, STRING) | schema)
    )
    hand.decisions = masked
    last = await hand.land([{"id": 1, **record}, {"id": 2}])
    staged = await hand.stage(last - 1, last)
    clear = sample.Clear.of(hand.layout, Masking.of(KEYS, masked), passed)
    async with atlas.database.connection() as session:
        (part,) = await sample.parts_of(session, staged.table)
        text = await sample.text_of(session, part, clear)
        return text.strip(), await sample.cells_of(session, part, clear)


async def test_what_has_no_column_is_seen_field_by_field(atlas: Atlas) -> None:
    atlas.settings = atlas.settings.model_copy(update={"column_limit": 2})
    record = {"token": "Anna", "let": "Bo", "far": "Cy", "deep": {"let": "Di", "n": 7}}

    text, cells = await seen(atlas, record, [masks(("token",))], {("let",), ("deep", "let")})

    assert text == '{"far": "Cy", "deep": {"n": 7}}'
    assert cells == {("doc",): [None, None], ("far",): ["Cy"], ("deep",): ['{"n": 7}']}


@pytest.mark.parametrize(
    ("doc", "left"),
    [
        (
            {"mail": "a", "kin": [{"mail": "b", "n": 1}, "c"], "n": 1},
            {"kin": [{"n": 1}, "c"], "n": 1},
        ),
        (
            {"kin": {"mail": "a"}, "more": {"mail": "b"}},
            {"kin": {"mail": "a"}, "more": {"mail": "b"}},
        ),
        (["a", {"mail": "b"}], ["a", {"mail": "b"}]),
        ("a", "a"),
    ],
)
async def test_what_a_person_lets_pass_within_json_is_not_seen(
    atlas: Atlas, doc: object, left: object
) -> None:
    passed = {("doc", "mail"), ("doc", "kin", ITEMS, "mail")}

    text, cells = await seen(atlas, {"doc": doc}, [], passed)

    assert json.loads(text) == left
    assert [None if cell is None else json.loads(cell) for cell in cells[("doc",)]] == [left, None]


async def test_a_column_that_a_person_lets_pass_is_not_seen(atlas: Atlas) -> None:
    text, cells = await seen(atlas, {"doc": {"mail": "a"}, "note": "b"}, [], {("doc",)})

    assert (text, cells) == ("b", {("note",): ["b", None]})
