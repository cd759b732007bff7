"""Child tables are in step with chart, whatever becomes of its rows."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.core.catalog import JsonSchema, Nested, SyncMode
from app.core.findings import ITEMS, Entity, PathDecision
from app.core.layout import Child
from tests.conftest import SERVERS
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered
from tests.layers.test_masking import masks

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ITEM: JsonSchema = {
    "type": "object",
    "properties": {"sku": STRING, "count": INTEGER, "price": {"type": "number"}, "at": INSTANT, "more": {"type": "object"}},
}  # fmt: skip
SCHEMA: Mapping[str, object] = {
    "id": INTEGER,
    "at": INSTANT,
    "items": {"type": ["null", "array"], "items": ITEM},
    "tags": {"type": "array", "items": STRING},
    "any": {"type": "array"},
    "size": {"type": "object", "properties": {"w": INTEGER}},
}
FULL = {"sku": "a", "count": 2, "price": 1.10, "at": "2024-01-01T01:00:00+01:00", "more": {"x": 1}}
ITEMS_TABLE, TAGS, ANY = (f"chart.ledger_orders__{name}" for name in ("items", "tags", "any"))
MODES = [SyncMode.INCREMENTAL_DEDUPED_HISTORY, SyncMode.INCREMENTAL_APPEND]


async def opened(
    atlas: Atlas,
    mode: SyncMode,
    *decisions: PathDecision,
    cursor: tuple[str, ...] = ("at",),
    schema: Mapping[str, object] = SCHEMA,
) -> ByHand:
    stream = offered("orders", schema, cursor=cursor)
    return await ByHand.of(atlas, stream, mode, decisions=decisions, nested=Nested.CHILD_TABLES)


async def promoted(hand: ByHand, *records: Mapping[str, object]) -> None:
    last = await hand.land(records)
    await hand.promote(last - 1, last)


def order(id_: int, day: int, **values: object) -> dict[str, object]:
    return {"id": id_, "at": f"2024-01-{day:02}T00:00:00Z", **values}


async def in_step(atlas: Atlas, hand: ByHand, table: str, field: str, name: str) -> None:
    """Fails unless each item of chart's JSON, and no other, is a row."""
    chart = await atlas.rows(str(hand.tables.chart), "_atlas_batch_id, _atlas_seq")
    expected = []
    for row in chart:
        value = json.loads(str(row[field])) if row[field] is not None else []
        for index, item in enumerate(value if isinstance(value, list) else []):
            shown = item.get(name) if isinstance(item, dict) else None
            expected.append(
                (row["_atlas_key_hash"], row["_atlas_batch_id"], row["_atlas_seq"], index, shown)
            )
    rows = await atlas.rows(table, "_atlas_batch_id, _atlas_seq, _atlas_index")
    found = [
        (
            row["_atlas_key_hash"],
            row["_atlas_batch_id"],
            row["_atlas_seq"],
            row["_atlas_index"],
            row[name],
        )
        for row in rows
    ]
    assert found == expected


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_each_item_is_a_typed_row_and_the_arrays_stay(atlas: Atlas, mode: SyncMode) -> None:
    hand = await opened(atlas, mode)
    odd = [FULL, {"count": "two", "at": "now", "new": 1}, None, "text", ["a"], {}]

    await promoted(
        hand,
        order(1, 1, items=odd, tags=["x", None, 5, {"y": 1}], any=[1, "1", None, [2]]),
        order(2, 1, items=[], tags=[]),
        order(3, 1, items=None),
        order(4, 1, items={"sku": "no array"}, tags="x"),
        order(5, 1),
    )

    rows = await atlas.rows(ITEMS_TABLE, "_atlas_index")
    shown = [tuple(row[name] for name in ("sku", "count", "price", "at", "more")) for row in rows]
    nothing = (None,) * 5
    assert shown == [
        ("a", 2, Decimal("1.10"), datetime(2024, 1, 1, tzinfo=UTC), '{"x": 1}'),
        *[nothing] * 5,
    ]
    assert [row["_atlas_index"] for row in rows] == list(range(6))
    tags = [row["value"] for row in await atlas.rows(TAGS, "_atlas_index")]
    assert tags == ["x", None, "5", '{"y": 1}']
    assert [row["value"] for row in await atlas.rows(ANY, "_atlas_index")] == [
        "1",
        '"1"',
        None,
        "[2]",
    ]
    (chart, *_) = await atlas.rows(str(hand.tables.chart), "id")
    assert json.loads(str(chart["items"])) == odd
    assert len({row["_atlas_key_hash"] for row in rows} | {chart["_atlas_key_hash"]}) == 1
    await in_step(atlas, hand, ITEMS_TABLE, "items", "sku")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("cursor", [("at",), ()])
async def test_items_go_and_come_with_their_row(
    atlas: Atlas, mode: SyncMode, cursor: tuple[str, ...]
) -> None:
    schema = {**SCHEMA, "_ab_cdc_deleted_at": {**INSTANT, "type": ["null", "string"]}}
    hand = await opened(atlas, mode, cursor=cursor, schema=schema)
    case = random.Random(3)

    for day in range(1, 12):
        await promoted(hand, *(
            order(
                case.randint(1, 6), max(1, day - case.choice((0, 0, 0, 3))),
                items=case.choice(([], None, [{"sku": str(case.random())} for _ in range(case.randint(1, 4))])),
                _ab_cdc_deleted_at=case.choice((None, None, None, "2024-01-01T00:00:00Z")),
            )
            for _ in range(case.randint(1, 5))
        ))  # fmt: skip
        await in_step(atlas, hand, ITEMS_TABLE, "items", "sku")

    assert await atlas.values(f"SELECT count(*) FROM {ITEMS_TABLE}") != [0]


async def test_a_range_that_is_promoted_twice_changes_nothing(atlas: Atlas) -> None:
    hand = await opened(atlas, SyncMode.INCREMENTAL_DEDUPED_HISTORY)
    last = await hand.land([order(1, 1, items=[FULL, FULL]), order(2, 1, items=[FULL])])
    await hand.promote(last - 1, last)
    before = await atlas.rows(
        f"(SELECT ctid, c.* FROM {ITEMS_TABLE} c) t", "_atlas_seq, _atlas_index"
    )

    await hand.promote(last - 1, last)

    assert (
        await atlas.rows(f"(SELECT ctid, c.* FROM {ITEMS_TABLE} c) t", "_atlas_seq, _atlas_index")
        == before
    )


async def test_a_row_that_is_in_quarantine_has_no_items(atlas: Atlas) -> None:
    hand = await opened(atlas, SyncMode.INCREMENTAL_APPEND)

    await promoted(hand, order(1, 1, items=[FULL]), {"id": 2, "at": "now", "items": [FULL, FULL]})

    assert await atlas.values(f"SELECT count(*) FROM {ITEMS_TABLE}") == [1]


@pytest.mark.parametrize("mode", MODES)
async def test_masks_of_items_hold_in_their_columns(atlas: Atlas, mode: SyncMode) -> None:
    hand = await opened(
        atlas, mode, masks(("items", ITEMS, "sku")), masks(("items", ITEMS, "count"), None),
        masks(("items", ITEMS, "more", "x")), masks(("tags", ITEMS)), masks(("any",)),
    )  # fmt: skip

    await promoted(hand, order(1, 1, items=[FULL], tags=["Anna", None], any=["Anna"]))

    (row,) = await atlas.rows(ITEMS_TABLE)
    assert row["sku"] == KEYS.token(Entity.PERSON, "a")
    assert row["count"] == KEYS.token(Entity.PERSONAL, "2")
    assert json.loads(str(row["more"])) == {"x": KEYS.token(Entity.PERSON, "1")}
    assert row["price"] == Decimal("1.10")
    assert [tag["value"] for tag in await atlas.rows(TAGS, "_atlas_index")] == [
        KEYS.token(Entity.PERSON, "Anna"),
        None,
    ]
    assert await atlas.rows(ANY) == []


async def test_child_tables_are_called_after_table_and_field_and_no_two_alike(atlas: Atlas) -> None:
    arrays: Sequence[str] = ("tags", "Tags", "history", "x" * 60)
    schema = {name: {"type": "array", "items": STRING} for name in arrays}
    beside = offered("orders__tags", {"id": INTEGER})
    orders = offered("orders", {"id": INTEGER, **schema})

    connection = await atlas.connect({}, streams=[beside, orders], nested=Nested.CHILD_TABLES)

    first, second = connection.streams
    names = {child.field: child.table for child in second.layout.children}
    assert first.layout.children == ()
    assert list(names) == sorted(arrays, key=lambda name: names[name])
    assert names["tags"] != first.layout.table == "ledger_orders__tags"
    assert names["history"] != "ledger_orders__history"
    assert len({*names.values(), first.layout.table}) == 5
    assert all(len(name) <= 50 for name in names.values())


async def test_a_stream_that_is_not_told_to_has_no_child_tables(atlas: Atlas) -> None:
    connection = await atlas.connect({}, streams=[offered("orders", SCHEMA)])

    assert connection.streams[0].layout.children == ()


async def test_columns_of_items_are_what_their_schema_says(atlas: Atlas) -> None:
    hand = await opened(atlas, SyncMode.INCREMENTAL_APPEND)

    def said(child: Child) -> list[tuple[str, str]]:
        return [(column.name, column.type.value) for column in child.columns]

    assert {child.field: said(child) for child in hand.layout.children} == {
        "items": [("sku", "text"), ("count", "bigint"), ("price", "numeric"), ("at", "timestamptz"), ("more", "jsonb")],
        "tags": [("value", "text")],
        "any": [("value", "jsonb")],
    }  # fmt: skip
    tables = [table for table, _ in hand.layout.columns_by_table()]
    assert tables == ["ledger_orders"] * 6 + ["ledger_orders__any"] + ["ledger_orders__items"] * 5 + ["ledger_orders__tags"]  # fmt: skip
