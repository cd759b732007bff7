"""Tests of app/sync/state_guard.py and of what is done about a state that is refused."""

import json
from uuid import UUID

import pytest

from app.core.catalog import StreamDescriptor, SyncMode
from app.core.errors import ConnectionNotFound, SyncAlreadyRunning
from app.core.failures import (
    StateNotFound,
    StateRefused,
)
from app.core.ids import ConnectionId
from app.core.jobs import JobStatus
from app.core.records import Sender, State, StateKind
from app.sync import state_store
from app.sync.jobs.report import JobReport
from app.sync.state_guard import require_own, require_state
from tests.fixtures.atlas import Atlas, one
from tests.sources.reading import ledger

ORDERS = StreamDescriptor("orders")
CONNECTION = ConnectionId(UUID(int=1))


def orders(records: int = 60, **changes: object) -> dict[str, object]:
    return {"name": "orders", "records": records, "keys": 20, "state_every": 10, **changes}


def of_stream(name: str = "orders", **more: object) -> str:
    stream = {"stream_descriptor": {"name": name, **more}, "stream_state": {"next": 1}}
    return json.dumps({"type": "STREAM", "stream": stream})


def of_all(*names: str) -> str:
    states = [{"stream_descriptor": {"name": name}, "stream_state": {}} for name in names]
    return json.dumps({"type": "GLOBAL", "global": {"stream_states": states}})


def saved(message: str, kind: StateKind = StateKind.STREAM, by: Sender | None = None) -> State:
    descriptor = ORDERS if kind is StateKind.STREAM else None
    return State(kind=kind, message=message.encode(), descriptor=descriptor, sent_by=by)


# ── What is a state ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (of_stream(), StateKind.STREAM),
        (of_stream(namespace=None), StateKind.STREAM),
        (of_stream(namespace=""), StateKind.STREAM),
        ('{"type":"STREAM","stream":{"stream_descriptor":{"name":"orders"}}}', StateKind.STREAM),
        (of_all("orders", "dropped"), StateKind.GLOBAL),
        (of_all(), StateKind.GLOBAL),
        ('{"type":"GLOBAL","global":{"odd":[1]}}', StateKind.GLOBAL),
        ('{"data":{}}', StateKind.LEGACY),
    ],
)
def test_what_a_connector_may_send_passes(message: str, kind: StateKind) -> None:
    require_state(saved(message, kind), CONNECTION, {ORDERS})


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("{}", StateKind.STREAM),
        ("[]", StateKind.STREAM),
        ('"text"', StateKind.LEGACY),
        ('{"type":"STREAM"}', StateKind.STREAM),
        ('{"type":"STREAM","stream":{"stream_state":{}}}', StateKind.STREAM),
        ('{"type":"TABLE","stream":{}}', StateKind.STREAM),
        ('{"type":"GLOBAL"}', StateKind.GLOBAL),
        (of_stream("people"), StateKind.STREAM),
        (of_stream(namespace="public"), StateKind.STREAM),
        (of_stream(), StateKind.GLOBAL),
        (of_all("people"), StateKind.GLOBAL),
        ('{"data":{}}', StateKind.STREAM),
    ],
)
def test_what_is_no_state_of_the_stream_is_refused(message: str, kind: StateKind) -> None:
    with pytest.raises(StateRefused, match=r"atlas state clear 0{8}-0000-0000-0000-0{11}1"):
        require_state(saved(message, kind), CONNECTION, {ORDERS})


@pytest.mark.parametrize(
    ("by", "now"),
    [
        (None, "1.0.0"),
        ("1.9.9", "1.0.0"),
        ("1.0.0", "7.2.1"),
        ("v2", "2.0.1"),
        ("unknown", "1.0.0"),
        ("2.0.0", "unknown"),
        ("dev", "latest"),
    ],
)
def test_an_older_version_and_one_without_number_pass(by: str | None, now: str) -> None:
    sender = Sender("source-faker", by) if by else None

    require_own([saved(of_stream(), by=sender)], Sender("source-faker", now), CONNECTION)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (Sender("source-faker", "8.0.0"), "8.0.0"),
        (Sender("source-faker", "v10"), "v10"),
        (Sender("source-other", "7.2.1"), "source-other"),
    ],
)
def test_a_newer_version_and_another_connector_are_refused(by: Sender, said: str) -> None:
    with pytest.raises(StateRefused, match=said):
        require_own([saved(of_stream(), by=by)], Sender("source-faker", "7.2.1"), CONNECTION)


# ── What becomes of a job, and how to go on ───────────────────────────────────────────────────────


def assert_refused(found: JobReport) -> None:
    assert found.job.status is JobStatus.FAILED
    assert found.job.failure is not None
    assert found.job.failure.slug == "state-refused"
    assert found.job.failure.failure == "config_error"
    assert found.job.attempts == 1
    assert one(found).read == 0


@pytest.mark.parametrize("kind", ["stream", "global", "legacy"])
async def test_a_refused_state_is_cleared_and_the_source_read_anew(kind: str, atlas: Atlas) -> None:
    await atlas.connect(ledger(orders(), state_kind=kind))
    await atlas.sync()
    await atlas.execute("""UPDATE pipeline.connector_state SET message = '{"type": "odd"}'""")

    refused = await atlas.sync()
    async with atlas.database.transaction() as session:
        cleared = await state_store.clear(session, atlas.connection_id)
    anew = await atlas.sync()
    again = await atlas.sync()

    assert_refused(refused)
    assert cleared == ["orders" if kind == "stream" else "all streams"]
    assert anew.job.status is again.job.status is JobStatus.SUCCEEDED
    assert (one(anew).read, one(again).read) == (60, 0)
    assert await atlas.values("SELECT count(*) FROM chart.ledger_orders") == [20]


async def test_one_stream_is_cleared_and_the_other_goes_on(atlas: Atlas) -> None:
    await atlas.connect(
        ledger(orders(), orders(name="items")), SyncMode.INCREMENTAL_DEDUPED_HISTORY
    )
    await atlas.sync()

    async with atlas.database.transaction() as session:
        await state_store.clear(session, atlas.connection_id, "items")
    found = await atlas.sync()

    assert [stream.books.read for stream in found.streams] == [0, 60]


async def test_a_state_under_a_stream_that_is_not_there_is_refused(atlas: Atlas) -> None:
    """Nobody would miss it: the stream it was of would be read anew."""
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await atlas.execute("UPDATE pipeline.connector_state SET name = 'people'")

    assert_refused(await atlas.sync())


async def test_a_state_of_another_connector_is_refused_and_one_of_old_is_taken(
    atlas: Atlas,
) -> None:
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    await atlas.execute("UPDATE pipeline.attempt_connectors SET connector = 'source-other'")

    refused = await atlas.sync()
    await atlas.execute("DELETE FROM pipeline.attempt_connectors")
    taken = await atlas.sync()

    assert_refused(refused)
    assert taken.job.status is JobStatus.SUCCEEDED
    assert one(taken).read == 0


async def test_a_connector_that_does_not_know_its_state_says_so_itself(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    odd = '{"type":"STREAM","stream":{"stream_descriptor":{"name":"orders"},"stream_state":{}}}'
    await atlas.execute("UPDATE pipeline.connector_state SET message = $1::json", odd)

    found = await atlas.sync()

    assert found.job.failure is not None
    assert found.job.failure.slug == "connector-config-refused"
    assert found.job.failure.failure == "config_error"
    assert found.job.attempts == 1


async def test_nothing_is_cleared_under_a_job_or_under_a_wrong_name(atlas: Atlas) -> None:
    await atlas.connect(ledger(orders()))
    await atlas.sync()
    job = await atlas.scheduler.start(atlas.connection_id)

    with pytest.raises(SyncAlreadyRunning, match=str(job.job_id)):
        async with atlas.database.transaction() as session:
            await state_store.clear(session, atlas.connection_id)
    await atlas.run(job.job_id)
    with pytest.raises(StateNotFound, match="orders"):
        async with atlas.database.transaction() as session:
            await state_store.clear(session, atlas.connection_id, "people")
    with pytest.raises(ConnectionNotFound):
        async with atlas.database.transaction() as session:
            await state_store.clear(session, CONNECTION)
    assert one(await atlas.sync()).read == 0
