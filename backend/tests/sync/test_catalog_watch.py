"""Tests of app/sync/connections/catalog_watch.py: a source that offers other fields than before."""

from collections.abc import Mapping, Sequence

import pytest

from app.core.catalog import Catalog, SyncMode
from app.core.jobs import JobStatus
from app.core.schema_difference import digest_of, shape_of
from app.database.pool import Database
from app.notices import rules
from app.notices.rules import ChannelName, Occasion
from app.sync.connections.catalog_watch import changes
from tests.fixtures.atlas import Atlas, atlas_on, signing_on
from tests.fixtures.scripted import offered
from tests.sources.reading import ledger

ORDERS: Mapping[str, object] = {"name": "orders", "records": 30, "keys": 10}
ITEMS: Mapping[str, object] = {"name": "items", "records": 10}
DRIFTED = {"declares_drift": True, "drift_at": 30}


@pytest.fixture
def atlas(database: Database) -> Atlas:
    """Looks at the catalog in each job."""
    return atlas_on(database, schema_check_h=0)


async def told(atlas: Atlas) -> Sequence[object]:
    return await atlas.values(
        "SELECT payload FROM pipeline.job_events WHERE kind = 'schema_changed' ORDER BY event_id"
    )


async def looks(atlas: Atlas) -> Sequence[object]:
    return await atlas.values("SELECT looked_at FROM pipeline.catalog_looks")


async def synced(atlas: Atlas, *streams: Mapping[str, object], **misbehaviour: object) -> None:
    await atlas.configure(ledger(*streams, **misbehaviour))
    found = await atlas.sync()
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert found.is_balanced


async def test_a_drifted_source_is_told_once_and_synced_as_before(atlas: Atlas) -> None:
    await atlas.connect(ledger(ORDERS, ITEMS), SyncMode.INCREMENTAL_APPEND)
    async with atlas.database.transaction() as session:
        await rules.create(
            session,
            signing_on(atlas.database),
            atlas.connection_id,
            (Occasion.SCHEMA_CHANGE,),
            ChannelName.EMAIL,
            "a@b.org",
        )
    await synced(atlas, ORDERS, ITEMS)
    before = await told(atlas)

    await synced(atlas, {**ORDERS, **DRIFTED}, ITEMS)
    await synced(atlas, {**ORDERS, **DRIFTED}, ITEMS)

    assert before == []
    assert await told(atlas) == ['{"added": ["extra"], "stream": "orders", "retyped": ["amount"]}']
    assert await atlas.values("SELECT occasion FROM pipeline.notifications") == ["schema_change"]
    assert "extra" not in (await atlas.rows("chart.ledger_orders"))[0]


async def test_a_schema_that_is_as_configured_again_is_told_too(atlas: Atlas) -> None:
    await atlas.connect(ledger(ORDERS))
    await synced(atlas, {**ORDERS, **DRIFTED})

    await synced(atlas, ORDERS)
    await synced(atlas, ORDERS)

    assert (await told(atlas))[1:] == ['{"stream": "orders", "isAsConfigured": true}']


async def test_a_stream_that_is_gone_is_told_also_where_its_job_fails(atlas: Atlas) -> None:
    await atlas.connect(ledger(ORDERS, ITEMS))
    await atlas.configure(ledger(ORDERS))

    found = await atlas.sync()

    assert found.job.status is JobStatus.FAILED
    assert found.job.attempts > 1
    later = "SELECT looked_at FROM pipeline.catalog_looks, pipeline.attempts WHERE number = 2 AND looked_at > started_at"
    assert await atlas.values(later) == [], "once a job, not an attempt"
    assert await told(atlas) == ['{"isGone": true, "stream": "items"}']


async def test_a_source_that_does_not_answer_is_read_all_the_same_and_asked_again(
    atlas: Atlas,
) -> None:
    await atlas.connect(ledger(ORDERS))

    await synced(atlas, {**ORDERS, **DRIFTED}, mute=True)
    then = await looks(atlas), await told(atlas)
    await synced(atlas, {**ORDERS, **DRIFTED})

    assert then == ([], [])
    assert len(await told(atlas)) == 1


async def test_a_source_is_asked_only_when_it_is_time(database: Database) -> None:
    atlas = atlas_on(database)
    await atlas.connect(ledger(ORDERS))

    await synced(atlas, {**ORDERS, **DRIFTED})
    fresh = await told(atlas)
    await atlas.execute(
        "UPDATE pipeline.connections SET created_at = now() - make_interval(hours => 25)"
    )
    await synced(atlas, {**ORDERS, **DRIFTED})
    (first,) = await looks(atlas)
    await synced(atlas, ORDERS)

    assert fresh == []
    assert len(await told(atlas)) == 1
    assert await looks(atlas) == [first]


async def test_a_configuration_that_is_renewed_meanwhile_is_kept_and_used(atlas: Atlas) -> None:
    """A token that may be used once was used to ask: the next one must not be lost."""
    renewed = ledger({**ORDERS, "records": 40})
    await atlas.connect(ledger(ORDERS))

    await synced(atlas, ORDERS, new_config=renewed)

    kept = await atlas.values(
        "SELECT configuration #>> '{streams,0,records}' FROM pipeline.sources"
    )
    assert kept == ["40"]
    assert await atlas.values("SELECT count(*) FROM explore.ledger_orders_raw") == [40]


async def test_names_are_cut_and_counted_and_streams_that_are_new_are_no_change(
    atlas: Atlas,
) -> None:
    made = await atlas.connect(ledger(ORDERS))
    (stream,) = made.streams
    many = {f"field {number:03}\n{'x' * 200}": {"type": "string"} for number in range(500)}
    odd = offered("orders", {**dict(_fields(stream.configured.stream.json_schema)), **many})

    (found,) = changes(made.streams, Catalog(streams=(odd, offered("new", {}))), {})

    names = found.facts["added"]
    assert isinstance(names, list)
    assert len(names) == 21
    assert names[-1] == "and 480 more"
    assert all(len(name) <= 101 and "\n" not in name for name in names)
    assert set(found.facts) == {"stream", "added"}


async def test_a_name_that_is_kept_otherwise_is_no_change(atlas: Atlas) -> None:
    odd = offered("orders", {"id": {"type": "integer"}, "a\0b\ud800": {"type": "string"}})
    made = await atlas.connect(ledger(ORDERS), streams=[odd])

    assert changes(made.streams, Catalog(streams=(odd,)), {}) == []


async def test_what_was_seen_last_is_no_change(atlas: Atlas) -> None:
    made = await atlas.connect(ledger(ORDERS))
    other = offered("orders", {"id": {"type": "string"}})
    seen = {made.streams[0].stream_id: digest_of(shape_of(other.json_schema))}

    assert changes(made.streams, Catalog(streams=(other,)), seen) == []
    assert len(changes(made.streams, Catalog(streams=()), seen)) == 1


def _fields(schema: Mapping[str, object]) -> Mapping[str, object]:
    properties = schema["properties"]
    assert isinstance(properties, dict)
    return properties
