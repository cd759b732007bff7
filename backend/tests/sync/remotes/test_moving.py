"""A connection moves from an Airbyte elsewhere to Atlas's own engine, in the middle of what it has read."""

from typing import Any

import pytest

from app.core.connections import Connection
from app.core.errors import InvalidRequest, NotReadyToMove, SyncAlreadyRunning
from app.core.jobs import JobStatus
from app.core.remotes import Engine
from app.core.settings import SourceMode
from app.database.pool import Database
from app.sources.port import Listener
from app.sync import state_forms, state_versions
from app.sync.connections import connection_store
from app.sync.remotes.moving import Moving, StateChoice
from tests.fixtures.airbyte_cloud import CONNECTION, MASKED, FakeCloud
from tests.fixtures.atlas import Atlas, atlas_on, one
from tests.fixtures.driven import Driven, drive
from tests.sources.reading import ledger

BEFORE, AFTER = 60, 100
Json = dict[str, Any]


def orders(records: int) -> Json:
    return ledger({"name": "orders", "records": records, "state_every": 20})


async def offered(atlas: Atlas, config: Json) -> Json:
    """The stream as its source offers it, as the protocol has it."""
    async with atlas.database.transaction() as session:
        await connection_store.ensure_home(session, {})
        source = await connection_store.create_source(
            session, connection_store.HOME_WORKSPACE, "asked", "source-ledger", config
        )
    connector = await atlas.open_connector(source, Listener())
    (stream,) = (await connector.discover(config)).streams
    return {
        "name": stream.descriptor.name,
        "json_schema": stream.json_schema,
        "supported_sync_modes": [mode.value for mode in stream.supported],
        "default_cursor_field": list(stream.default_cursor_field),
        "source_defined_primary_key": [list(path) for path in stream.source_defined_primary_key],
    }


async def state_after(database: Database, config: Json) -> Json:
    """What a connector's state is once it has read all of this, in the form of Airbyte's API."""
    atlas = atlas_on(database)
    connection = await atlas.connect(config, source="elsewhere")
    await atlas.sync()
    async with database.connection() as session:
        saved = await state_versions.at(session, connection.connection_id, None)
    return dict(state_forms.airbyte([each.state for each in saved]))


@pytest.fixture
async def halfway(database: Database, fake: FakeCloud) -> Driven:
    """A connection whose remote has read 60 of what are 100 records by now."""
    stream = await offered(atlas_on(database), orders(AFTER))
    state = await state_after(database, orders(BEFORE))
    source = {"sourceType": "ledger", "configuration": {**orders(AFTER), "api_key": MASKED}}
    return await drive(database, fake, stream, state=state, source=source)


def moving(driven: Driven) -> Moving:
    settings = driven.atlas.settings
    return Moving(database=driven.atlas.database, settings=settings, remotes=driven.atlas.remotes)


async def give_secret(driven: Driven) -> None:
    await driven.atlas.configurations.change(
        driven.connection.source_id, sent={"api_key": "given by a person"}, is_patch=True
    )


async def move(
    driven: Driven, to: Engine = Engine.LOCAL, choice: StateChoice = StateChoice.TAKE
) -> Connection:
    moved = moving(driven)
    await moved.move(driven.connection.connection_id, to, choice, "a test", "it is time")
    async with driven.atlas.database.connection() as session:
        return await connection_store.get_connection(session, driven.connection.connection_id)


async def test_the_next_local_sync_reads_only_what_is_new(halfway: Driven) -> None:
    await halfway.job()
    await give_secret(halfway)
    ready = await moving(halfway).preview(halfway.connection.connection_id, Engine.LOCAL)

    connection = await move(halfway)
    report = await halfway.atlas.sync()

    assert (ready.blockers, ready.states, ready.is_installed) == ([], ["orders"], True)
    assert (ready.goes_on, ready.schedule) == (True, "0 0 1 * * ? UTC")
    assert (connection.engine, connection.elsewhere) == (Engine.LOCAL, None)
    assert report.job.status is JobStatus.SUCCEEDED
    assert one(report).read == AFTER - BEFORE
    assert len(halfway.fake.jobs) == 1


async def test_what_was_moved_is_a_version_of_the_state_with_who_and_why(halfway: Driven) -> None:
    await give_secret(halfway)

    await move(halfway)

    async with halfway.atlas.database.connection() as session:
        (version,) = await state_versions.listed(
            session, halfway.connection.connection_id, None, 10, 0
        )
    assert (version.act, version.asked_by, version.reason) == ("given", "a test", "it is time")


async def test_a_state_that_is_left_lets_everything_be_read_again(halfway: Driven) -> None:
    await give_secret(halfway)

    await move(halfway, choice=StateChoice.LEAVE)
    report = await halfway.atlas.sync()

    assert one(report).read == AFTER


async def test_it_may_go_back_and_the_remote_does_its_jobs_again(halfway: Driven) -> None:
    await give_secret(halfway)
    await move(halfway)

    connection = await move(halfway, Engine.AIRBYTE_CLOUD)
    job = await halfway.job()

    assert connection.engine is Engine.AIRBYTE_CLOUD
    assert job.status is JobStatus.SUCCEEDED
    assert len(halfway.fake.jobs) == 1


async def test_what_is_missing_is_named_and_nothing_moves(halfway: Driven) -> None:
    ready = await moving(halfway).preview(halfway.connection.connection_id, Engine.LOCAL)
    with pytest.raises(NotReadyToMove) as refused:
        await move(halfway)

    assert list(ready.missing) == ["/api_key"]
    assert "/api_key" in refused.value.detail
    async with halfway.atlas.database.connection() as session:
        kept = await connection_store.get_connection(session, halfway.connection.connection_id)
        saved = await state_versions.at(session, kept.connection_id, None)
    assert (kept.engine, list(saved)) == (Engine.AIRBYTE_CLOUD, [])


async def test_a_secret_that_the_remote_masks_within_a_list_is_given_and_not_missed_any_more(
    database: Database, fake: FakeCloud
) -> None:
    accounts = [{"host": "a", "password": MASKED}, {"host": "b", "password": MASKED}]
    source = {"sourceType": "ledger", "configuration": {**orders(AFTER), "accounts": accounts}}
    driven = await drive(database, fake, await offered(atlas_on(database), orders(AFTER)), source=source)  # fmt: skip
    asked = driven.connection.connection_id, Engine.LOCAL, StateChoice.LEAVE

    async def missing_after(*accounts: Json) -> list[str]:
        await driven.atlas.configurations.change(
            driven.connection.source_id, sent={"accounts": list(accounts)}, is_patch=True
        )
        return list((await moving(driven).preview(*asked)).missing)

    before = list((await moving(driven).preview(*asked)).missing)
    half = await missing_after({"host": "a", "password": "given"}, {"host": "b"})
    one_less = await missing_after({"host": "a", "password": "given"})
    connection = await move(driven, choice=StateChoice.LEAVE)

    assert before == ["/accounts/0/password", "/accounts/1/password"]
    assert (half, one_less) == (["/accounts/1/password"], [])
    assert connection.engine is Engine.LOCAL


async def test_nothing_moves_while_a_job_runs_here_or_there(halfway: Driven) -> None:
    await give_secret(halfway)
    there = halfway.fake.begin(life=[(0, "running")])
    with pytest.raises(NotReadyToMove) as refused:
        await move(halfway)
    there.cancelled = True

    await halfway.atlas.scheduler.start(halfway.connection.connection_id)
    with pytest.raises(SyncAlreadyRunning):
        await move(halfway)

    assert str(there.job_id) in refused.value.detail


async def test_a_connector_that_is_not_here_and_a_state_that_nobody_gives_stand_in_the_way(
    halfway: Driven,
) -> None:
    await give_secret(halfway)
    halfway.fake.has_config_api = False
    halfway.atlas.settings = halfway.atlas.settings.model_copy(
        update={"source_mode": SourceMode.REAL}
    )

    ready = await moving(halfway).preview(halfway.connection.connection_id, Engine.LOCAL)
    left = await moving(halfway).preview(
        halfway.connection.connection_id, Engine.LOCAL, StateChoice.LEAVE
    )

    assert not ready.is_installed
    assert ["source-ledger" in said for said in ready.blockers] == [False, True]
    assert "does not give its state" in ready.blockers[0]
    assert len(left.blockers) == 1


async def test_a_state_that_is_none_is_refused_before_anything_moves(halfway: Driven) -> None:
    await give_secret(halfway)
    halfway.fake.states[CONNECTION] = {"stateType": "stream", "streamState": [{"streamState": 7}]}

    ready = await moving(halfway).preview(halfway.connection.connection_id, Engine.LOCAL)

    assert "cannot be used" in ready.blockers[0]


async def test_a_connection_does_not_move_to_where_it_is(halfway: Driven) -> None:
    with pytest.raises(InvalidRequest):
        await moving(halfway).preview(halfway.connection.connection_id, Engine.AIRBYTE_CLOUD)


async def test_streams_that_the_remote_reads_no_more_keep_their_state_there(
    halfway: Driven,
) -> None:
    await give_secret(halfway)
    halfway.fake.states[CONNECTION]["streamState"].append(
        {"streamDescriptor": {"name": "gone"}, "streamState": {"at": 1}}
    )

    ready = await moving(halfway).preview(halfway.connection.connection_id, Engine.LOCAL)

    assert (ready.states, ready.blockers) == (["orders"], [])
