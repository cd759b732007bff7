"""Tests of app/sync/personal_data.py: what a person may say of which path."""

import pytest

from app.core.errors import InvalidRequest
from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.findings import Action, DecidedBy, Entity, PathDecision, Verdict
from app.database.keys import Keys
from app.gates.pii import decisions as pii_decisions
from app.sync import personal_data
from app.sync.datasets import dataset_store
from app.sync.personal_data import Effect, Word
from tests.fixtures.atlas import Atlas, NothingPersonal
from tests.sources.reading import ledger

ORDERS = {"name": "orders", "records": 20, "keys": 10}
NUMBER = ("number",)


async def synced(atlas: Atlas) -> None:
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(ORDERS))
    await atlas.sync()


async def say(atlas: Atlas, word: Word, keys: Keys | None = None) -> Effect:
    async with atlas.database.transaction() as session:
        stream = await dataset_store.find(session, atlas.connection_id, "orders", None)
        return await personal_data.decide(
            session, keys or atlas.keys, atlas.connection_id, stream, word, "a person", "a reason"
        )


async def test_a_mask_reaches_chart_and_history_and_changes_their_type(atlas: Atlas) -> None:
    await synced(atlas)
    versions = len(await atlas.rows("navigate.ledger_orders__history"))

    effect = await say(atlas, Word(path=NUMBER, action=Action.MASK, entity=None))

    assert (effect.masked.rows, effect.masked.versions) == (10, versions)
    assert versions > 0
    assert (effect.after.entity, effect.after.decided_by) == (Entity.PERSONAL, DecidedBy.PERSON)
    for table in (
        "chart.ledger_orders",
        "navigate.ledger_orders",
        "navigate.ledger_orders__history",
    ):
        found = [row["number"] for row in await atlas.rows(table)]
        assert found
        assert all(str(value).startswith("personal_") for value in found), table
    await atlas.sync()
    assert await atlas.values("SELECT DISTINCT actor FROM pii.column_decisions") == ["a person"]


async def test_nothing_within_what_is_masked_as_a_whole_is_let_pass(atlas: Atlas) -> None:
    await synced(atlas)
    inner = (*NUMBER, "inner")
    async with atlas.database.transaction() as session:
        stream = await dataset_store.find(session, atlas.connection_id, "orders", None)
        clean = PathDecision(path=inner, verdict=Verdict.CLEAN)
        await pii_decisions.add(session, stream.stream_id, [clean])
    await say(atlas, Word(path=NUMBER, action=Action.MASK, entity=None))

    with pytest.raises(InvalidRequest, match="masked as a whole"):
        await say(atlas, Word(path=inner, action=Action.PASS, entity=None))


async def test_another_mask_key_masks_nothing(atlas: Atlas) -> None:
    await synced(atlas)

    with pytest.raises(MaskKeyMismatch):
        await say(atlas, Word(path=NUMBER, action=Action.MASK, entity=None), Keys(master=bytes(32)))

    assert await atlas.values("SELECT count(*) FROM pii.column_decisions") == [0]
