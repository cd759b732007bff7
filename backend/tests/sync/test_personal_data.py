"""Tests of app/sync/personal_data.py: what a person may say of which path."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.catalog import SyncMode
from app.core.errors import InvalidRequest
from app.core.failures import (
    MaskKeyMismatch,
)
from app.core.findings import Action, DecidedBy, Entity, PathDecision, Verdict
from app.core.jobs import JobStatus
from app.database.keys import Keys
from app.database.pool import Database
from app.gates.pii import decisions as pii_decisions
from app.layers import cursor_range
from app.sync import personal_data
from app.sync.datasets import dataset_store, profiles
from app.sync.personal_data import Effect, Word
from tests.fixtures import shop
from tests.fixtures.atlas import Atlas, NothingPersonal, atlas_on
from tests.fixtures.shop import Shop, order
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


async def types_of(atlas: Atlas, column: str, table: str = "ledger_orders") -> set[object]:
    """The types that a column has in chart and in history."""
    names = [f"chart.{table}", f"navigate.{table}__history"]
    query = "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attname = $1 AND attrelid = ANY ($2::text[]::regclass[])"
    return set(await atlas.values(query, column, names))


MASKED, PASSED = (
    Word(path=NUMBER, action=action, entity=None) for action in (Action.MASK, Action.PASS)
)


@pytest.mark.parametrize(
    "mode", [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]
)
async def test_a_sync_goes_on_beside_the_tokens_of_a_mask_that_is_taken_off(
    atlas: Atlas, mode: SyncMode
) -> None:
    """Also where rows that stand get values of columns that make no version."""
    atlas.pii = NothingPersonal()
    await atlas.connect(ledger(ORDERS), mode, check_cols=["padding"])
    await atlas.sync()
    await say(atlas, MASKED)
    await say(atlas, PASSED)
    await atlas.configure(ledger({**ORDERS, "records": 25}))

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await types_of(atlas, "number") == {"text"}
    current = await atlas.values("SELECT number FROM navigate.ledger_orders__current")
    clear = {str(number) for number in range(20, 25)}
    assert {str(each) for each in current if not str(each).startswith("personal_")} == clear
    assert len(current) == 10


async def test_a_profile_tells_no_values_of_a_column_that_has_tokens_beside_them(
    atlas: Atlas,
) -> None:
    await synced(atlas)
    await say(atlas, MASKED)
    await say(atlas, PASSED)
    await atlas.configure(ledger({**ORDERS, "records": 25}))
    await atlas.sync()

    found = await profiles.of_dataset(atlas.database, atlas.connection_id, "orders", None)

    number = found.column("number")
    assert number is not None
    assert (number.nulls, number.distinct) == (0, 10)
    assert (number.low, number.high, number.top, number.spread) == (None, None, None, None)


async def test_the_rows_of_a_range_are_not_counted_by_a_cursor_that_has_tokens(
    atlas: Atlas,
) -> None:
    await synced(atlas)
    ends = ("2024-01-01T00:00:00Z", "2024-01-02T00:00:00Z")
    async with atlas.database.connection() as session:
        stream = await dataset_store.find(session, atlas.connection_id, "orders", None)
        before = await cursor_range.rows_in_chart(session, stream.layout, *ends)
    for action in (Action.MASK, Action.PASS):
        await say(atlas, Word(path=stream.layout.cursor_field, action=action, entity=None))

    async with atlas.database.connection() as session:
        after = await cursor_range.rows_in_chart(session, stream.layout, *ends)

    assert (before, after) == (10, None)


@pytest.mark.parametrize(
    ("becomes", "value", "kept"),
    [(shop.NUMBER, 7.5, "7.5"), (shop.STRING, "seven", "seven"), ({"type": "object"}, {"a": 1}, '{"a": 1}')],
)  # fmt: skip
async def test_a_column_that_has_tokens_is_widened(
    database: Database, tmp_path: Path, becomes: Mapping[str, object], value: object, kept: str
) -> None:
    atlas = atlas_on(database, schema_check_h=0)
    source = Shop(atlas, tmp_path)
    await source.connect("propagate_columns")
    await source.sync(shop.BASE, [order(1, 1)])
    for action in (Action.MASK, Action.PASS):
        await say(atlas, Word(path=("n",), action=action, entity=None))
    await source.sync(shop.BASE, [order(2, 2)])

    found = await source.sync({**shop.BASE, "n": becomes}, [order(3, 3, n=value)])

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    for table in (shop.CHART, f"{shop.VIEW}__current"):
        token, second, third = await atlas.values(f"SELECT n::text FROM {table} ORDER BY id")
        assert "personal_" in str(token)
        assert str(second).strip('"') == "2"
        assert third == kept


@pytest.mark.parametrize("is_looked_at", [False, True])
async def test_a_column_without_a_value_gets_its_own_type_again_unless_a_view_stands_on_it(
    atlas: Atlas, tmp_path: Path, is_looked_at: bool
) -> None:
    source = Shop(atlas, tmp_path)
    await source.connect("propagate_columns")
    await source.sync(shop.BASE, [order(1, 1, n=None)])
    masked, passed = (
        Word(path=("n",), action=action, entity=None) for action in (Action.MASK, Action.PASS)
    )
    await say(atlas, masked)
    assert await types_of(atlas, "n", "shop_orders") == {"text"}
    if is_looked_at:
        await atlas.execute(f"CREATE VIEW somebodys AS SELECT n FROM {shop.CHART}")

    await say(atlas, passed)
    found = await source.sync(shop.BASE, [order(1, 2, n=2), order(2, 2)])

    assert await types_of(atlas, "n", "shop_orders") == ({"text"} if is_looked_at else {"bigint"})
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    rows = await atlas.rows(f"{shop.VIEW}__current", "id")
    assert [str(row["n"]) for row in rows] == ["2", "2"]


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
