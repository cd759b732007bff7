"""Tests of app/layers/sample.py: the leak scan is shown every clean text, a part at a time."""

import json
from collections import Counter

from app.core.findings import Action, Entity, PathDecision, Verdict
from app.layers import sample
from app.layers.masking import Masking
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import offered

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
    masking = Masking.of(KEYS, [NAME])
    columns = sample.clean_texts(hand.layout, masking.masks(hand.layout))

    async with atlas.database.connection() as session:
        parts = await sample.parts_of(session, staged.table)
        texts = [await sample.text_of(session, part, columns, masking) for part in parts]
        cells = [await sample.cells_of(session, part, columns, masking) for part in parts]

    assert len(parts) > 1
    for text, found in zip(texts, cells, strict=True):
        rows = zip(*(found[name] for name in ("note", "story", "person")), strict=True)
        assert text == "\n".join(cell for row in rows for cell in row if cell is not None)
    seen = {name: [cell for found in cells for cell in found[name]] for name in cells[0]}
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
    masking = Masking.of(KEYS, [])
    columns = sample.clean_texts(hand.layout, masking.masks(hand.layout))

    async with atlas.database.connection() as session:
        (part,) = await sample.parts_of(session, staged.table)
        text = await sample.text_of(session, part, columns, masking)

    assert text.splitlines() == list(fields.values())
