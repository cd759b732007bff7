"""Tests of app/layers/backfill.py: what rows that are there get of explore; how, is seen in tests/sync/test_schema_words.py."""

from datetime import timedelta

import pytest

from app.core.catalog import SyncMode
from app.layers import backfill
from app.layers.backfill import WithFields
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import RECORDED, ByHand
from tests.fixtures.scripted import offered
from tests.layers.test_masking import INTEGER, masks


@pytest.mark.parametrize(
    "mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]
)
async def test_a_column_that_has_tokens_is_filled_beside_them(atlas: Atlas, mode: SyncMode) -> None:
    stream = offered("things", {"id": INTEGER, "size": INTEGER})
    hand = await ByHand.of(atlas, stream, mode, decisions=[masks(("size",))])
    last = await hand.land([{"id": 1, "size": 7}, {"id": 2, "size": 8}])
    await hand.promote(last - 1, last)
    for table in (hand.tables.chart, hand.tables.history):
        await atlas.execute(f"UPDATE {table} SET size = NULL WHERE _atlas_seq = 1")
    hand.decisions = []
    columns = [column for column in hand.layout.columns if column.name == "size"]
    taken = WithFields(after=last - 1, last=last, columns=columns)

    async with atlas.database.transaction() as session:
        staged = await taken.project(session, hand.projection)
        filled = await backfill.fill(session, staged, columns, RECORDED + timedelta(days=1))

    assert (filled.rows, filled.versions) == (1, 1)
    token, given = await atlas.values(f"SELECT size FROM {hand.tables.current} ORDER BY _atlas_seq")
    assert str(token).startswith("person_")
    assert given == "8"
