"""Schemas that grow: columns are added and widened, nothing is lost, nothing looks changed that is not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.catalog import Nested, SyncMode
from app.core.errors import InvalidRequest
from app.core.jobs import JobStatus, JobType
from app.core.layout import Contract
from app.core.schema import ColumnType, joined
from app.database.pool import Database
from app.sync.connections import (
    connection_store,
    schema_changes,
    schema_impact,
    schema_words,
    stream_choice,
    stream_growth,
)
from app.sync.connections.schema_changes import ChangeStatus
from tests.fixtures.atlas import atlas_on
from tests.fixtures.scripted import INSTANT, offered
from tests.fixtures.shop import (
    BASE,
    CHART,
    DAY,
    INTEGER,
    KEEPS,
    NUMBER,
    STRING,
    VIEW,
    Shop,
    order,
    shown,
)


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    return Shop(atlas_on(database, schema_check_h=0), tmp_path)


# ── What is adopted by itself ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mode", "dsn"),
    [
        *((mode, "default") for mode in SyncMode),
        pytest.param(KEEPS, "15", marks=pytest.mark.postgres15),
    ],
    indirect=["dsn"],
)
async def test_new_columns_come_and_none_goes(shop: Shop, mode: SyncMode) -> None:
    await shop.connect("propagate_columns", mode)
    await shop.sync(BASE, [order(1, 1), order(2, 1)])
    bigger = {**BASE, "colour": STRING, "day": DAY}
    del bigger["n"]

    found = await shop.sync(bigger, [{"id": 3, "at": "2024-01-02T00:00:00Z", "colour": "red", "day": "2024-05-06"}])  # fmt: skip

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert found.is_balanced
    rows = await shop.atlas.rows(CHART, "id")
    new = rows[-1]
    assert (new["id"], new["n"], new["colour"], str(new["day"])) == (3, None, "red", "2024-05-06")
    if not mode.overwrites:
        assert [(r["id"], r["n"], r["colour"]) for r in rows[:2]] == [(1, 1, None), (2, 2, None)]
    current = await shown(shop.atlas, "id", "colour", table=f"{VIEW}__current")
    assert (3, "red") in current
    (change,) = await shop.changes(ChangeStatus.ADOPTED)
    assert [(one.kind, one.field) for one in change.growth] == [
        ("removed", "n"), ("added", "colour"), ("added", "day"),
    ]  # fmt: skip
    async with shop.atlas.database.connection() as session:
        kept = await schema_changes.versions(session, shop.atlas.connection_id)
    assert [(one.version, one.adopted_by) for one in kept] == [(2, "policy"), (1, "connected")]
    events = await shop.atlas.values("SELECT payload FROM pipeline.job_events WHERE kind = 'schema_adopted'")  # fmt: skip
    assert events == ['{"stream": "orders", "version": 2}']


@pytest.mark.parametrize(
    ("was", "first", "becomes", "second", "stored"),
    [
        (INTEGER, 7, NUMBER, 7.5, ["7", "7.5"]),
        (NUMBER, 7.5, INTEGER, 8, ["7.5", "8"]),
        (INTEGER, 7, STRING, "seven", ["7", "seven"]),
        (STRING, "seven", INTEGER, 7, ["seven", "7"]),
        (DAY, "2024-05-06", INSTANT, "2024-05-06T07:08:09Z", ["2024-05-06 00:00:00+00", "2024-05-06 07:08:09+00"]),
        (INTEGER, 7, {"type": "object"}, {"a": 1}, ["7", '{"a": 1}']),
        ({"type": "array"}, [1], STRING, "one", ["[1]", '"one"']),
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_a_column_is_widened_and_has_what_was_and_what_comes(
    shop: Shop, mode: SyncMode, was: Mapping[str, object], first: object,
    becomes: Mapping[str, object], second: object, stored: list[str],
) -> None:  # fmt: skip
    await shop.connect("propagate_columns", mode)
    await shop.sync({**BASE, "value": was}, [order(1, 1, value=first)])

    found = await shop.sync({**BASE, "value": becomes}, [order(2, 2, value=second)])

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    for table in (CHART, f"{VIEW}__current"):
        texts = await shop.atlas.values(f"SELECT value::text FROM {table} ORDER BY id")
        assert texts == stored


@pytest.mark.parametrize("one", list(ColumnType))
@pytest.mark.parametrize("other", list(ColumnType))
def test_what_takes_both_is_the_same_whichever_comes_first(one: ColumnType, other: ColumnType) -> None:  # fmt: skip
    both = joined(one, other)

    assert both is joined(other, one)
    assert joined(both, one) is joined(both, other) is both


@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND, SyncMode.FULL_REFRESH_OVERWRITE])  # fmt: skip
async def test_a_new_column_makes_no_false_version(shop: Shop, mode: SyncMode) -> None:
    """Without a cursor a version is known by its values: those that were not known before do not count."""
    await shop.connect("propagate_columns", mode, cursor=())
    await shop.sync(BASE, [order(1, 1), order(2, 1)])
    before = await shown(shop.atlas, "id", "valid_from", table=VIEW)

    await shop.sync({**BASE, "colour": STRING}, [order(1, 1, colour="red"), order(2, 1)])
    then = await shown(shop.atlas, "id", "valid_from", "colour", "is_current", table=VIEW)
    await shop.sync({**BASE, "colour": STRING}, [order(1, 1, colour="blue"), order(2, 1)])

    assert then == [(*before[0], "red", True), (*before[1], None, True)]
    last = await shown(shop.atlas, "id", "colour", "is_current", table=f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v")  # fmt: skip
    assert sorted(map(str, last)) == sorted(map(str, [(1, "red", False), (1, "blue", True), (2, None, True)]))  # fmt: skip
    if mode is KEEPS:
        assert await shown(shop.atlas, "id", "colour") == [(1, "blue"), (2, None)]


@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_what_is_made_again_has_no_false_version_for_a_column_that_came_later(
    shop: Shop, mode: SyncMode
) -> None:
    """Each range counts by the columns that were known when it was published."""
    coloured, sized = {**BASE, "colour": STRING}, {**BASE, "colour": STRING, "size": STRING}
    await shop.connect("propagate_columns", mode, cursor=())
    await shop.sync(BASE, [order(1, 1), order(2, 1), order(3, 1)])
    await shop.sync(coloured, [order(1, 1, colour="red"), order(2, 1), order(3, 2)])
    await shop.sync(sized, [order(1, 1, colour="red", size="s"), order(2, 1), order(3, 2, size="m")])  # fmt: skip
    blue = [order(1, 1, colour="blue", size="s"), order(2, 1), order(3, 2, size="m")]
    await shop.sync(sized, blue)
    order_by = f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v"
    before = await shown(shop.atlas, "id", "valid_from", "valid_to", "colour", "size", table=order_by)  # fmt: skip

    swapped = await shop.rebuild(swaps=True)
    after = await shown(shop.atlas, "id", "valid_from", "valid_to", "colour", "size", table=order_by)  # fmt: skip
    await shop.sync({**sized, "more": STRING}, [{**one, "more": "x"} for one in blue])
    then = await shown(shop.atlas, "id", "valid_from", "valid_to", "colour", "size", table=order_by)  # fmt: skip

    assert len(before) == 5
    assert swapped.is_equal, swapped
    assert swapped.is_swapped
    assert after == then == before


@pytest.mark.parametrize("was", [STRING, DAY])
@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_a_column_that_becomes_json_makes_no_false_version(
    shop: Shop, mode: SyncMode, was: Mapping[str, object]
) -> None:
    """A text was hashed as it is, and stands in quotes now."""
    becomes = {"type": ["null", "string", "object"]}
    day, later = "2024-05-06", "2024-05-07"
    await shop.connect("propagate_columns", mode, cursor=())
    await shop.sync({**BASE, "value": was}, [order(n, 1, value=day) for n in (1, 2, 3)] + [order(4, 1)])  # fmt: skip
    then = [order(1, 1, value=day), order(2, 1, value=later), order(3, 1, value={"a": 1}), order(4, 1)]  # fmt: skip
    await shop.sync({**BASE, "value": becomes}, then)
    await shop.sync({**BASE, "value": becomes}, then)

    in_order = f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v"
    versions = await shown(shop.atlas, "id", "value", table=in_order)
    found = await shop.rebuild(swaps=True)
    await shop.sync({**BASE, "value": becomes, "more": STRING}, then)

    assert [(key, None if value is None else json.loads(str(value))) for key, value in versions] == [
        (1, day), (2, day), (2, later), (3, day), (3, {"a": 1}), (4, None),
    ]  # fmt: skip
    assert found.is_equal, found
    assert await shown(shop.atlas, "id", "value", table=in_order) == versions


@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_the_first_fields_without_a_column_make_no_false_version(
    shop: Shop, mode: SyncMode
) -> None:
    await shop.connect("ignore", mode, cursor=())
    before = [order(1, 1), order(2, 1)]
    await shop.sync(BASE, before)
    bigger = {**BASE, "a": STRING, "b": STRING}
    await shop.sync(bigger, before)
    (pending,) = await shop.changes(ChangeStatus.PENDING)
    async with shop.atlas.database.transaction() as session:
        await schema_words.adopt(session, pending.change_id, column_limit=4)

    await shop.sync(bigger, [order(1, 1, a="1", b="2"), order(2, 1)])
    told = await shown(shop.atlas, "id", "a", "_atlas_rest", table=VIEW)
    await shop.sync(bigger, [order(1, 1, a="1", b="3"), order(2, 1)])
    found = await shop.rebuild(swaps=True)
    await shop.sync(bigger, [order(1, 1, a="1", b="3"), order(2, 1)])

    assert told == [(1, "1", '{"b": "2"}'), (2, None, None)]
    assert found.is_equal, found
    rests = f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v"
    assert await shown(shop.atlas, "id", "_atlas_rest", table=rests) == [
        (1, '{"b": "2"}'), (1, '{"b": "3"}'), (2, None),
    ]  # fmt: skip


@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_what_was_filled_from_explore_is_made_again_with_the_versions_that_it_has(
    shop: Shop, mode: SyncMode
) -> None:
    """Of a column that came later a value that explore has is known, and one that it has not is not."""
    await shop.connect("ignore", mode, cursor=())
    await shop.sync(BASE, [order(1, 1, size="s"), order(2, 1)])
    await shop.atlas.execute("UPDATE pipeline.connections SET on_schema_change = 'propagate_fully'")
    sized = {**BASE, "size": STRING}
    await shop.sync(sized, [order(1, 1, size="m"), order(2, 1, size="m")])
    order_by = f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v"
    before = await shown(shop.atlas, "id", "size", "valid_from", table=order_by)

    swapped = await shop.rebuild(swaps=True)
    more = [order(1, 1, size="m", more="x"), order(2, 1, size="m")]
    await shop.sync({**sized, "more": STRING}, more)

    assert [one[:2] for one in before] == [(1, "s"), (1, "m"), (2, "m")]
    assert swapped.is_equal, swapped
    assert await shown(shop.atlas, "id", "size", "valid_from", table=order_by) == before


@pytest.mark.parametrize("mode", list(SyncMode))
async def test_a_field_that_nobody_declared_gets_a_column_while_it_is_read(
    shop: Shop, mode: SyncMode
) -> None:
    await shop.connect("propagate_columns", mode)
    await shop.sync(BASE, [order(1, 1)])

    more = [order(2, 2, size=4.5, tags=["a"], nothing=None), order(3, 3, size=7, mixed="x"), order(4, 4, mixed=1)]  # fmt: skip
    found = await shop.sync(BASE, more)
    await shop.sync(BASE, [order(5, 5, size=1)])
    await shop.sync({**BASE, "size": NUMBER}, [order(6, 6, size=2)])

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert found.is_balanced
    table = f"{VIEW} WHERE id > 1" if mode.overwrites else f"{CHART} WHERE id > 1"
    rows = [
        (
            row["id"],
            None if row["size"] is None else float(str(row["size"])),
            row["tags"],
            row["mixed"],
        )
        for row in await shop.atlas.rows(table, "id")
        if mode.overwrites is False or not row["is_deleted"]
    ]
    assert rows == [
        (2, 4.5, '["a"]', None), (3, 7.0, None, '"x"'), (4, None, None, "1"), (5, 1.0, None, None), (6, 2.0, None, None),
    ]  # fmt: skip
    assert "nothing" not in (await shop.atlas.rows(CHART))[0]
    told = [[one.field for one in change.growth] for change in await shop.changes()]
    assert told == [[], ["size", "tags", "mixed"]] or told == [["size", "tags", "mixed"]]


async def test_a_field_that_nobody_declared_stays_in_explore_where_changes_are_ignored(
    shop: Shop,
) -> None:
    await shop.connect("ignore")

    found = await shop.sync(BASE, [order(1, 1, size=4)])

    assert found.job.status is JobStatus.SUCCEEDED
    assert "size" not in (await shop.atlas.rows(CHART))[0]
    assert await shop.atlas.values("SELECT data ->> 'size' FROM explore.shop_orders_raw") == ["4"]


async def test_keys_that_are_values_make_no_columns(shop: Shop) -> None:
    await shop.connect("propagate_columns")

    await shop.sync(BASE, [order(n, 1, **{f"u{n}_{i}": i for i in range(30)}) for n in range(1, 4)])

    assert set((await shop.atlas.rows(CHART))[0]) & {"u1_1", "u2_1"} == set()


async def test_streams_come_and_go_where_everything_is_followed(shop: Shop) -> None:
    await shop.connect("propagate_fully")
    await shop.sync(BASE, [order(1, 1)])

    await shop.sync(BASE, [order(2, 2)], "visits")
    both = await shop.atlas.values("SELECT name FROM pipeline.streams WHERE selected ORDER BY name")
    visits = await shop.atlas.values("SELECT count(*) FROM chart.shop_visits")

    assert both == ["orders", "visits"]
    assert visits == [1]


@pytest.mark.parametrize(
    ("contract", "policy", "charted", "value"),
    [
        (Contract.EVOLVE, "quarantine", 2, "seven"),
        (Contract.FREEZE, "quarantine", 1, None),
        (Contract.FREEZE, "null", 2, None),
        (Contract.DISCARD_VALUE, "quarantine", 2, None),
        (Contract.DISCARD_ROW, "null", 1, None),
    ],
)
async def test_a_column_goes_by_its_contract(
    shop: Shop, contract: Contract, policy: str, charted: int, value: object
) -> None:
    await shop.connect("propagate_columns")
    await shop.sync({**BASE, "value": INTEGER}, [order(1, 1, value=7)])
    await shop.atlas.execute(f"UPDATE pipeline.connections SET on_misfit = '{policy}'")
    async with shop.atlas.database.transaction() as session:
        connection = await connection_store.get_connection(session, shop.atlas.connection_id)
        (stream,) = connection.streams
        await stream_growth.set_contract(session, stream, ("value",), contract)

    found = await shop.sync({**BASE, "value": STRING}, [order(2, 2, value="seven")])

    assert found.is_balanced
    rows = await shop.atlas.rows(CHART, "id")
    assert len(rows) == charted
    if charted == 2:
        assert rows[1]["value"] == value
        assert (rows[1]["_airbyte_meta"] is None) is (value is not None)


@pytest.mark.parametrize("cursor", [("at",), ()])
@pytest.mark.parametrize("mode", [KEEPS, SyncMode.INCREMENTAL_APPEND])
async def test_what_comes_into_an_object_gets_a_column_and_makes_no_false_version(
    shop: Shop, mode: SyncMode, cursor: tuple[str, ...]
) -> None:
    def with_fields(**fields: object) -> Mapping[str, object]:
        return {**BASE, "size": {"type": ["null", "object"], "properties": fields}}

    await shop.connect("propagate_columns", mode, cursor, Nested.FLATTEN)
    await shop.sync(with_fields(w=INTEGER), [order(1, 1, size={"w": 1, "h": 2}), order(2, 1)])
    before = await shown(shop.atlas, "id", "valid_from", table=VIEW)

    bigger = with_fields(w=NUMBER, h=INTEGER)
    found = await shop.sync(
        bigger, [order(1, 1, size={"w": 1, "h": 2}), order(3, 3, size={"w": 1.5, "h": 7})]
    )

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    change = (await shop.changes(ChangeStatus.ADOPTED))[0]
    assert [(one.kind, one.field, one.path) for one in change.growth] == [
        ("retyped", "size.w", ("size", "w")), ("added", "size.h", ("size", "h")),
    ]  # fmt: skip
    after = await shown(shop.atlas, "id", "valid_from", table=VIEW)
    assert [row for row in after if row[0] != 3] == before
    current = await shown(shop.atlas, "id", "size__w", "size__h", table=f"{VIEW}__current")
    first = (1, 1, None if cursor else 2)  # of an instant that is known nothing is written again
    assert current == [first, (2, None, None), (3, Decimal("1.5"), 7)]
    sizes = await shop.atlas.values(f"SELECT size FROM {VIEW}__current ORDER BY id")
    assert sizes == ['{"h": 2, "w": 1}', None, '{"h": 7, "w": 1.5}']


@pytest.mark.parametrize("mode", list(SyncMode))
async def test_child_tables_grow_and_follow_what_chart_has(shop: Shop, mode: SyncMode) -> None:
    def with_items(**fields: object) -> Mapping[str, object]:
        items = {"type": "array", "items": {"type": "object", "properties": fields}}
        return {**BASE, "items": items}

    await shop.connect("propagate_columns", mode, nested=Nested.CHILD_TABLES)
    both = [order(1, 1, items=[{"n": 1, "m": "x"}, {"n": 2}]), order(2, 1, items=[{"n": 3}])]
    await shop.sync(with_items(n=INTEGER), both)

    bigger = with_items(n=NUMBER, m=STRING)
    found = await shop.sync(
        bigger, [order(1, 2, items=[{"n": 1.5, "m": "y"}]), order(3, 2, items=[])]
    )
    other = {**BASE, "tags": {"type": "array", "items": STRING}}
    last = await shop.sync(other, [order(2, 3, tags=["c"], items=[{"n": 9}])])

    assert found.job.status is last.job.status is JobStatus.SUCCEEDED, last.job.failure
    items = [
        (row["n"], row["m"]) for row in await shop.atlas.rows(f"{CHART}__items", "_atlas_batch_id, _atlas_seq, _atlas_index")
    ]  # fmt: skip
    first, third = [(1, "x"), (2, None), (3, None)], (Decimal("1.5"), "y")
    if mode is SyncMode.INCREMENTAL_DEDUPED_HISTORY:
        assert items == [third, (9, None)]
    elif mode.overwrites:
        assert items == [(9, None)]
    else:
        assert items == [*first, third, (9, None)]
    assert await shop.atlas.values(f"SELECT value FROM {CHART}__tags ORDER BY value") == ["c"]


async def test_an_array_that_nobody_declared_has_a_child_table_while_it_is_read(
    shop: Shop,
) -> None:
    await shop.connect("propagate_columns", nested=Nested.CHILD_TABLES)
    await shop.sync(BASE, [order(1, 1)])

    found = await shop.sync(BASE, [order(2, 2, tags=["a", 1]), order(3, 3, tags=[])])
    await shop.sync({**BASE, "tags": {"type": "array", "items": STRING}}, [order(3, 4, tags=["b"])])

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shop.atlas.values(f"SELECT value FROM {CHART}__tags ORDER BY _atlas_batch_id, _atlas_index") == [
        '"a"', "1", '"b"',
    ]  # fmt: skip


async def test_child_tables_are_emptied_with_chart(shop: Shop) -> None:
    await shop.connect("propagate_columns", nested=Nested.CHILD_TABLES)
    tags = {**BASE, "tags": {"type": "array", "items": STRING}}
    await shop.sync(tags, [order(1, 1, tags=["a"])])
    await shop.sync(tags, [order(2, 2, tags=["b"])])
    before = await shop.atlas.values(f"SELECT value FROM {CHART}__tags ORDER BY value")

    job = await shop.atlas.scheduler.start(shop.atlas.connection_id, JobType.CLEAR)
    await shop.atlas.run(job.job_id)

    assert before == ["a", "b"]
    assert await shop.atlas.values(f"SELECT count(*) FROM {CHART}__tags") == [0]


def test_what_lies_in_objects_has_columns_while_there_is_room() -> None:
    size = {"type": "object", "properties": dict.fromkeys("abc", INTEGER)}
    stream = offered("orders", {**BASE, "size": size, "last": STRING})
    one = stream_choice.configured(stream)

    columns, has_rest = stream_choice.columns_of(replace(one, nested=Nested.FLATTEN), 7)
    fewer, has_more = stream_choice.columns_of(replace(one, nested=Nested.FLATTEN), 4)

    assert [".".join(column.path) for column in columns] == [
        "id", "at", "n", "size", "last", "size.a", "size.b",
    ]  # fmt: skip
    assert [column.path for column in fewer] == [("id",), ("at",), ("n",), ("size",)]
    assert (has_rest, has_more) == (False, True)


# ── What waits for a word ─────────────────────────────────────────────────────────────────────────


async def test_what_is_ignored_waits_shows_what_it_touches_and_is_adopted_by_a_word(
    shop: Shop,
) -> None:
    await shop.connect("ignore")
    await shop.sync(BASE, [order(1, 1)])
    bigger = {**BASE, "n": STRING, "colour": STRING}
    await shop.sync(bigger, [order(2, 2, colour="red")])
    ignored = await shop.atlas.rows(CHART, "id")
    (pending,) = await shop.changes(ChangeStatus.PENDING)

    async with shop.atlas.database.transaction() as session:
        impact = await schema_impact.impact(session, pending)
        adopted = await schema_words.adopt(session, pending.change_id, 320)
    found = await shop.sync(bigger, [order(3, 3, colour="blue", n="three")])

    assert "colour" not in ignored[0]
    assert [(one.growth.kind, one.growth.field, list(one.columns)) for one in impact] == [
        ("retyped", "n", ["chart.shop_orders.n", "navigate.shop_orders__history.n"]),
        ("added", "colour", []),
    ]
    assert (adopted.status, adopted.version) == (ChangeStatus.ADOPTED, 2)
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shown(shop.atlas, "id", "n", "colour") == [(1, "1", None), (2, "2", None), (3, "three", "blue")]  # fmt: skip
    assert await shop.changes(ChangeStatus.PENDING) == []


async def test_a_connection_that_disables_itself_goes_on_to_its_end_and_no_further(
    shop: Shop,
) -> None:
    await shop.connect("disable_connection")
    await shop.sync(BASE, [order(1, 1)])

    found = await shop.sync({**BASE, "colour": STRING}, [order(2, 2)])

    assert found.job.status is JobStatus.SUCCEEDED
    assert await shop.atlas.values("SELECT status FROM pipeline.connections") == ["inactive"]


@pytest.mark.parametrize("policy", ["ignore", "propagate_fully"])
@pytest.mark.parametrize(
    ("properties", "key"),
    [
        ({"at": INSTANT, "n": INTEGER}, "id"),
        ({"id": {"type": "string"}, "at": INSTANT, "n": INTEGER}, "id"),
        ({"id": {"type": "integer"}, "n": INTEGER}, "id"),
        (BASE, "n"),
    ],
    ids=["no key", "other type of key", "no cursor", "other key"],
)
async def test_what_breaks_stops_the_stream_before_it_is_read(
    shop: Shop, policy: str, properties: Mapping[str, object], key: str
) -> None:
    await shop.connect(policy)
    await shop.sync(BASE, [order(1, 1)])

    broken = await shop.sync(properties, [order(2, 2)], key=key)
    again = await shop.sync(properties, [order(2, 2)], key=key)
    (pending,) = await shop.changes(ChangeStatus.PENDING)
    async with shop.atlas.database.transaction() as session:
        await schema_words.reject(session, pending.change_id)
    on = await shop.sync(properties, [order(2, 2)], key=key)

    for found in (broken, again):
        assert found.job.failure is not None
        assert (found.job.failure.slug, found.job.attempts) == ("schema-breaks", 1)
    assert pending.is_breaking
    assert on.job.status is JobStatus.SUCCEEDED, on.job.failure
    assert await shown(shop.atlas, "id") == [(1,), (2,)]


async def test_a_change_is_decided_once(shop: Shop) -> None:
    await shop.connect("ignore")
    await shop.sync({**BASE, "colour": STRING}, [order(1, 1)])
    (pending,) = await shop.changes()

    async with shop.atlas.database.transaction() as session:
        await schema_words.reject(session, pending.change_id)
        with pytest.raises(InvalidRequest):
            await schema_words.adopt(session, pending.change_id, 320)


async def test_what_was_not_decided_is_overtaken_by_what_comes(shop: Shop) -> None:
    await shop.connect("ignore")
    await shop.sync({**BASE, "colour": STRING}, [order(1, 1)])
    await shop.sync({**BASE, "size": STRING}, [order(2, 2)])
    await shop.sync(BASE, [order(3, 3)])

    assert [change.status for change in await shop.changes()] == [ChangeStatus.OVERTAKEN] * 2


# ── Limits ────────────────────────────────────────────────────────────────────────────────────────


async def test_fields_that_find_no_room_are_kept_together(shop: Shop) -> None:
    await shop.connect("ignore")
    await shop.sync(BASE, [order(1, 1)])
    bigger = {**BASE, "a": STRING, "b": STRING, "c": STRING}
    await shop.sync(bigger, [order(2, 2, a="1", b="2", c="3")])
    (pending,) = await shop.changes(ChangeStatus.PENDING)

    async with shop.atlas.database.transaction() as session:
        await schema_words.adopt(session, pending.change_id, column_limit=4)
    found = await shop.sync(bigger, [order(3, 3, a="1", b="2", c="3")])

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    (last,) = await shop.atlas.rows(f"{CHART} WHERE id = 3")
    assert (last["a"], json.loads(str(last["_atlas_rest"]))) == ("1", {"b": "2", "c": "3"})
