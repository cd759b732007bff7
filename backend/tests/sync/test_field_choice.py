"""Fields that a person leaves out: chart does not get them, explore has what the source sends, nothing is lost."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.catalog import ConfiguredCatalog, ConfiguredStream, Nested, SyncMode
from app.core.errors import InvalidRequest
from app.core.jobs import JobStatus
from app.database.pool import Database
from app.sources.wire.catalogs import configured_json
from app.sync.connections import (
    connection_store,
    field_choice,
    schema_changes,
    stream_choice,
    stream_selection,
)
from app.sync.jobs.report import JobReport
from tests.fixtures.atlas import atlas_on
from tests.fixtures.scripted import offered
from tests.fixtures.shop import BASE, CHART, INTEGER, KEEPS, STRING, VIEW, Shop, order, shown

WITH_NOTE = {**BASE, "note": STRING, "items": {"type": ["null", "array"], "items": {"type": "integer"}}}  # fmt: skip
COMPLETENESS = """
SELECT score FROM quality.scores WHERE dimension = 'completeness' ORDER BY promotion_id DESC LIMIT 1
"""
RAW = "explore.shop_orders_raw"


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    return Shop(atlas_on(database, schema_check_h=0), tmp_path)


async def select(
    shop: Shop, *fields: str, column_limit: int = 100, nested: Nested | None = None
) -> None:
    """Choose the stream's fields as somebody does who writes the connection anew."""
    async with shop.atlas.database.transaction() as session:
        connection = await connection_store.get_connection(session, shop.atlas.connection_id)
        (stream,) = connection.streams
        columns = [column.field for column in stream.layout.columns]
        wanted = field_choice.only(stream.configured, fields, columns)
        if nested is not None:
            wanted = replace(wanted, nested=nested)
        await stream_selection.select(session, connection, "shop", [wanted], {}, column_limit)


def sound(found: JobReport) -> None:
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert found.is_balanced


@pytest.mark.parametrize("mode", list(SyncMode))
async def test_what_is_left_out_stays_in_explore_whatever_the_policy_adopts(
    shop: Shop, mode: SyncMode
) -> None:
    await shop.connect("propagate_fully", mode, properties=WITH_NOTE, left_out=["note", "items"])

    sound(await shop.sync(WITH_NOTE, [order(1, 1, note="one", items=[1])]))
    later = {**WITH_NOTE, "note": INTEGER, "new": STRING}
    sound(await shop.sync(later, [order(2, 2, note=2, new="2", other="")]))

    rows = await shop.atlas.rows(CHART, "id")
    assert not {"note", "items"} & rows[0].keys()
    assert rows[-1]["new"] == "2"
    assert await shop.atlas.values(f"SELECT data ->> 'note' FROM {RAW} ORDER BY 1") == ["2", "one"]
    seen = {one.field for change in await shop.changes() for one in change.growth}
    assert seen == {"new", "other"}


async def test_a_connection_that_is_made_without_a_field_has_no_column_of_it(shop: Shop) -> None:
    stream = offered("orders", WITH_NOTE, cursor=("at",), primary_key=(("id",),))
    chosen = field_choice.only(stream_choice.configured(stream), ["n", "at", "id"])
    columns, has_rest = stream_choice.columns_of(chosen, 2)

    assert chosen.left_out == ("note", "items")
    assert [column.field for column in stream_choice.columns_of(chosen, 10)[0]] == ["id", "at", "n"]
    assert [column.field for column in columns] == ["id", "at"]
    assert has_rest


async def test_a_column_that_is_left_out_keeps_what_it_has_and_gets_no_more(shop: Shop) -> None:
    await shop.connect("propagate_fully", properties=WITH_NOTE)
    sound(await shop.sync(WITH_NOTE, [order(1, 1, note="old"), order(2, 1, note="old")]))
    await select(shop, "id", "at", "n")

    sound(await shop.sync(WITH_NOTE, [order(2, 2, note="new", items=[]), order(3, 2, note="new")]))

    assert await shown(shop.atlas, "id", "note") == [(1, "old"), (2, None), (3, None)]
    versions = f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v"
    assert await shown(shop.atlas, "id", "note", table=versions) == [(1, "old"), (2, "old"), (2, None), (3, None)]  # fmt: skip
    assert await shop.atlas.values(COMPLETENESS) == [1.0]
    async with shop.atlas.database.connection() as session:
        kept = await schema_changes.versions(session, shop.atlas.connection_id)
    assert [(version.version, version.adopted_by) for version in kept] == [(2, "person"), (1, "connected")]  # fmt: skip


async def test_a_field_that_is_selected_again_comes_back_with_what_explore_has(shop: Shop) -> None:
    await shop.connect("propagate_fully", properties=WITH_NOTE, left_out=["note"])
    sound(await shop.sync(WITH_NOTE, [order(1, 1, note="one")]))
    await select(shop)

    sound(await shop.sync(WITH_NOTE, [order(2, 2, note="two")]))

    assert await shown(shop.atlas, "id", "note") == [(1, "one"), (2, "two")]


async def test_a_column_that_is_read_again_is_filled_with_what_came_meanwhile(shop: Shop) -> None:
    await shop.connect("propagate_fully", properties=WITH_NOTE)
    sound(await shop.sync(WITH_NOTE, [order(1, 1, note="one")]))
    await select(shop, "id", "at", "n")
    sound(await shop.sync(WITH_NOTE, [order(2, 2, note="two")]))
    await select(shop)

    sound(await shop.sync(WITH_NOTE, [order(3, 3, note="three")]))

    assert await shown(shop.atlas, "id", "note") == [(1, "one"), (2, "two"), (3, "three")]


async def test_fields_that_records_alone_have_are_left_out_as_well(shop: Shop) -> None:
    await shop.connect("propagate_columns")
    sound(await shop.sync(BASE, [order(1, 1, extra="seen")]))
    assert await shown(shop.atlas, "id", "extra") == [(1, "seen")]
    await select(shop, "id", "at", "n")

    sound(await shop.sync(BASE, [order(2, 2, extra="unseen", more="new")]))

    assert await shown(shop.atlas, "id", "extra", "more") == [(1, "seen", None), (2, None, "new")]


async def test_fields_without_a_column_of_their_own_are_left_out_of_the_rest(shop: Shop) -> None:
    await shop.connect("ignore", properties={**BASE, "note": STRING, "memo": STRING})
    await shop.atlas.execute("UPDATE pipeline.streams SET has_rest = true")
    await shop.atlas.execute("DELETE FROM pipeline.columns WHERE column_name IN ('note', 'memo')")
    await select(shop, "id", "at", "n", "memo", column_limit=3)

    sound(await shop.sync(BASE, [order(1, 1, note="unseen", memo="seen")]))

    assert await shop.atlas.values(f"SELECT _atlas_rest FROM {CHART}") == ['{"memo": "seen"}']


async def test_a_child_table_loses_the_items_of_rows_that_come_without_them(shop: Shop) -> None:
    await shop.connect("ignore", properties=WITH_NOTE, nested=Nested.CHILD_TABLES)
    sound(await shop.sync(WITH_NOTE, [order(1, 1, items=[1, 2])]))
    await select(shop, "id", "at", "n", "note")

    sound(await shop.sync(WITH_NOTE, [order(1, 2, items=[3]), order(2, 2, items=[4])]))

    assert await shop.atlas.values("SELECT count(*) FROM chart.shop_orders__items") == [0]


ADDRESS: Mapping[str, object] = {"type": ["null", "object"], "properties": {"city": STRING, "zip": INTEGER}}  # fmt: skip
WITH_ADDRESS = {**WITH_NOTE, "address": ADDRESS}


@pytest.mark.parametrize("policy", ["ignore", "propagate_fully"])
@pytest.mark.parametrize("mode", [KEEPS, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, SyncMode.INCREMENTAL_APPEND])  # fmt: skip
async def test_objects_get_columns_later_also_in_rows_and_versions_that_are_there(
    shop: Shop, mode: SyncMode, policy: str
) -> None:
    bonn, ulm = ({"city": city, "zip": code} for city, code in [("Bonn", 53111), ("Ulm", 89073)])
    records = [order(1, 1, address=bonn), order(2, 1, address=None), order(3, 1)]
    await shop.connect(policy, mode, properties=WITH_ADDRESS)
    sound(await shop.sync(WITH_ADDRESS, records))
    versions = f"SELECT count(*) FROM {VIEW}"
    before = await shop.atlas.values(versions)

    await select(shop, nested=Nested.FLATTEN)
    found = await shown(shop.atlas, "id", "address__city")
    sound(await shop.sync(WITH_ADDRESS, records if mode.overwrites else []))
    filled = await shown(shop.atlas, "id", "address__city", "address__zip")
    after = await shop.atlas.values(versions)
    sound(await shop.sync(WITH_ADDRESS, [order(4, 2, address=ulm)]))

    assert found == [(1, None), (2, None), (3, None)]
    assert filled == [(1, "Bonn", 53111), (2, None, None), (3, None, None)]
    assert after == before, "a column that comes later is no change of the row"
    assert (4, "Ulm", 89073) in await shown(shop.atlas, "id", "address__city", "address__zip")
    old = f"(SELECT * FROM {VIEW} WHERE id = 1) v"
    assert {*await shown(shop.atlas, "address__city", table=old)} == {("Bonn",)}


async def test_arrays_get_tables_later_with_the_items_of_rows_that_are_there(shop: Shop) -> None:
    await shop.connect("ignore", properties=WITH_NOTE)
    sound(await shop.sync(WITH_NOTE, [order(1, 1, items=[1, 2]), order(2, 1)]))

    await select(shop, nested=Nested.CHILD_TABLES)
    there = await shop.atlas.values("SELECT value FROM chart.shop_orders__items ORDER BY 1")
    sound(await shop.sync(WITH_NOTE, [order(1, 2, items=[3]), order(3, 2, items=[4])]))

    assert there == [1, 2]
    assert await shop.atlas.values("SELECT value FROM chart.shop_orders__items ORDER BY 1") == [3, 4]  # fmt: skip


async def test_fields_and_their_columns_may_be_chosen_at_once(shop: Shop) -> None:
    await shop.connect("propagate_fully", properties=WITH_ADDRESS, left_out=["note"])
    sound(await shop.sync(WITH_ADDRESS, [order(1, 1, note="one", address={"city": "Bonn"})]))

    await select(shop, "id", "at", "n", "note", "address", nested=Nested.FLATTEN)
    sound(await shop.sync(WITH_ADDRESS, []))

    assert await shown(shop.atlas, "id", "note", "address__city") == [(1, "one", "Bonn")]


@pytest.mark.parametrize("wanted", [Nested.JSON, Nested.CHILD_TABLES])
async def test_what_is_laid_out_stays_and_who_wants_it_otherwise_is_told(
    shop: Shop, wanted: Nested
) -> None:
    await shop.connect("ignore", properties=WITH_ADDRESS, nested=Nested.FLATTEN)

    with pytest.raises(InvalidRequest, match="laid out already"):
        await select(shop, nested=wanted)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (["n", "note"], "id, at"),
        (["id", "at", "ghost"], "ghost"),
    ],
)
def test_what_rows_are_told_apart_by_cannot_be_left_out(fields: list[str], says: str) -> None:
    stream = offered("orders", WITH_NOTE, cursor=("at",), primary_key=(("id",),))

    with pytest.raises(InvalidRequest, match=says):
        field_choice.only(stream_choice.configured(stream), fields)


def test_the_connector_is_told_of_the_fields_that_are_wanted() -> None:
    stream = offered("orders", WITH_NOTE, cursor=("at",), primary_key=(("id",),))
    chosen = ConfiguredStream(stream=stream, sync_mode=KEEPS, left_out=("note",))

    (sent,) = json.loads(configured_json(ConfiguredCatalog(streams=(chosen,))))["streams"]

    assert [*sent["stream"]["json_schema"]["properties"]] == ["id", "at", "n", "items"]
