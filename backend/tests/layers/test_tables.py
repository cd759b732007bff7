"""Tests of app/layers/tables.py: what is made, for whom, and that making it again changes nothing."""

import pytest

from app.core.catalog import SyncMode
from app.layers import tables
from app.layers.tables import Masks
from tests.conftest import SERVERS
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered

KEYED = offered("things", {"id": {"type": "integer"}, "at": INSTANT, "select": {"type": "string"}})
PLAIN = offered("things", {"id": {"type": "integer"}}, primary_key=())
RELATIONS = (
    "SELECT n.nspname || '.' || c.relname, c.relkind::text, c.relacl::text FROM pg_class c "
    "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname LIKE 'ledger_%' ORDER BY 1"
)


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_stream_with_a_key_gets_all_layers_and_making_them_twice_changes_nothing(
    atlas: Atlas,
) -> None:
    hand = await ByHand.of(atlas, KEYED)
    last = await hand.land([{"id": 1}])
    await hand.promote(last - 1, last)
    made = await hand.rows(RELATIONS)

    async with hand.database.transaction() as session:
        await tables.ensure_explore(session, hand.layout)
        await tables.ensure_published(session, hand.layout, Masks())

    names = [name for name, kind, _ in made if kind in ("r", "p", "v")]
    assert names == [
        "chart.ledger_things", "explore.ledger_things_raw", "explore.ledger_things_raw_0", "navigate.ledger_things",
        "navigate.ledger_things__current", "navigate.ledger_things__history", "navigate.ledger_things__keys",
    ]  # fmt: skip
    assert await hand.rows(RELATIONS) == made
    assert await hand.rows(f"SELECT id FROM {hand.tables.current}") == [(1,)]


async def test_a_stream_without_a_key_shows_chart_in_navigate(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, PLAIN, SyncMode.INCREMENTAL_APPEND)
    last = await hand.land([{"id": 1}, {"id": 1}])

    await hand.promote(last - 1, last)

    assert await hand.rows(f"SELECT id FROM {hand.tables.navigate}") == [(1,), (1,)]
    async with hand.database.connection() as session:
        assert not await tables.exists(session, hand.tables.history)
        assert await tables.sizes(session, [hand.layout.table, "unknown"]) == {
            hand.layout.table: (2, 2), "unknown": (0, 0),
        }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("atlas_reader", {"chart", "navigate", "current", "history"}),
        ("atlas_raw_reader", {"explore", "chart", "navigate", "current", "history"}),
        ("atlas_app", {"explore", "chart", "navigate", "current", "history", "keys"}),
    ],
)
async def test_a_role_reads_what_it_may_and_only_the_service_writes(
    role: str, may: set[str], atlas: Atlas
) -> None:
    hand = await ByHand.of(atlas, KEYED)
    names = ("explore", "chart", "navigate", "current", "history", "keys")

    granted = {}
    for privilege in ("SELECT", "INSERT"):
        found = [
            await atlas.values(
                "SELECT has_table_privilege($1, $2, $3)",
                role,
                str(getattr(hand.tables, name)),
                privilege,
            )
            for name in names
        ]
        granted[privilege] = {name for name, (has,) in zip(names, found, strict=True) if has}

    assert granted["SELECT"] == may
    # who owns a view may write to it as far as what it shows can be written to
    assert granted["INSERT"] == (may if role == "atlas_app" else set())


async def test_masked_columns_are_text_and_json_stays_json(atlas: Atlas) -> None:
    schema = {"id": {"type": "integer"}, "n": {"type": "integer"}, "doc": {"type": "object"}}
    hand = await ByHand.of(atlas, offered("things", schema))

    made = tables.definitions(hand.layout, Masks(frozenset({"n", "doc"})))

    assert made.split(",\n    ") == [
        '"id" bigint',
        '"n" text',
        '"doc" jsonb',
        "_airbyte_meta jsonb",
    ]
