"""Events reach who is told of them: all, in order, once if nothing dies."""

import asyncio
import json
import os
import stat
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.core.ids import RunId
from app.database.pool import Database
from app.lineage import outbox
from app.lineage.events import Event, EventType
from app.lineage.transport import Dispatcher, FileTransport, Transport
from tests.conftest import SERVERS
from tests.fixtures.owner import as_owner
from tests.fixtures.transports import MemoryTransport
from tests.lineage.samples import RUN


@dataclass(slots=True)
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "lineage" / "events.ndjson"


async def add(database: Database, numbers: Sequence[int]) -> None:
    async with database.transaction() as connection:
        for number in numbers:
            event = Event(
                run_id=RunId(RUN),
                job_name="daily.users",
                event_type=EventType.START,
                body={"number": number},
            )
            await outbox.add(connection, event)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_so():  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


def numbers_of(lines: Sequence[bytes]) -> list[int]:
    return [json.loads(line)["number"] for line in lines]


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


# ── the port, and the file ───────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("kind", ["file", "memory"])
async def test_a_transport_keeps_events_in_order(kind: str, path: Path) -> None:
    memory = MemoryTransport()
    transport: Transport = FileTransport(path) if kind == "file" else memory

    await transport.send([b'{"number": 1}', b'{"number": 2}'])
    await transport.send([b'{"number": 3}'])

    arrived = lines_of(path) if kind == "file" else memory.sent
    assert numbers_of(arrived) == [1, 2, 3]


async def test_the_file_and_the_folder_it_makes_are_the_owners_alone(path: Path) -> None:
    await FileTransport(path).send([b"{}"])

    assert (mode_of(path), mode_of(path.parent)) == (0o600, 0o700)


async def test_a_folder_that_was_there_keeps_its_mode(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o755)

    await FileTransport(path).send([b"{}"])

    assert mode_of(path.parent) == 0o755


async def test_a_line_cut_short_does_not_spoil_the_next(path: Path) -> None:
    await FileTransport(path).send([b'{"number": 1}', b'{"number": 2}'])
    os.truncate(path, 20)

    await FileTransport(path).send([b'{"number": 3}'])

    assert lines_of(path) == [b'{"number": 1}', b'{"numb', b'{"number": 3}']


async def test_two_writers_never_mix_their_lines(path: Path) -> None:
    lines = [json.dumps({"number": n, "filler": "x" * 9_000}).encode() for n in range(50)]

    await asyncio.gather(*(FileTransport(path).send(lines) for _ in range(4)))

    assert sorted(numbers_of(lines_of(path))) == sorted([*range(50)] * 4)


# ── the dispatcher ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_everything_that_waits_is_delivered_in_order_and_once(
    database: Database, path: Path
) -> None:
    dispatcher = Dispatcher(transport=FileTransport(path), batch_events=3)
    await add(database, range(8))

    assert await dispatcher.drain(database) == 8
    assert await dispatcher.drain(database) == 0

    assert numbers_of(lines_of(path)) == [*range(8)]


async def test_of_two_dispatchers_one_sends_an_event(database: Database) -> None:
    transports = [MemoryTransport(takes_s=0.02), MemoryTransport(takes_s=0.02)]
    await add(database, range(40))

    delivered = await asyncio.gather(
        *(Dispatcher(transport=t, batch_events=5).drain(database) for t in transports)
    )

    assert sum(delivered) == 40
    assert all(transport.sent for transport in transports)
    assert sorted(numbers_of([*transports[0].sent, *transports[1].sent])) == [*range(40)]


async def test_an_event_that_nobody_took_waits_and_is_sent_again(database: Database) -> None:
    transport, clock = MemoryTransport(refusals=2), Clock()
    dispatcher = Dispatcher(transport=transport, pause_s=1.0, clock=clock)
    await add(database, [1, 2])

    assert await dispatcher.drain(database) == 0
    assert await dispatcher.drain(database) == 0  # within the pause: not even tried
    assert transport.refusals == 1
    clock.now = 1.0
    assert await dispatcher.drain(database) == 0
    clock.now = 2.9  # the second pause is twice the first
    assert await dispatcher.drain(database) == 0
    clock.now = 3.0
    assert await dispatcher.drain(database) == 2

    assert numbers_of(transport.sent) == [1, 2]
    assert dispatcher.failures == 0


async def test_a_transport_that_hangs_is_left_after_its_time_limit(database: Database) -> None:
    dispatcher = Dispatcher(transport=MemoryTransport(takes_s=60), timeout_s=0.05)
    await add(database, [1])

    assert await dispatcher.drain(database) == 0

    assert dispatcher.failures == 1
    async with database.transaction() as connection:
        assert len(await outbox.undelivered(connection, 10)) == 1


async def test_a_file_that_cannot_be_written_leaves_events_waiting(
    database: Database, path: Path
) -> None:
    path.parent.touch()  # a file where the folder should be
    dispatcher = Dispatcher(transport=FileTransport(path))
    await add(database, [1])

    assert await dispatcher.drain(database) == 0

    assert dispatcher.failures == 1


async def test_a_dispatcher_goes_on_after_the_database_was_away(database: Database) -> None:
    transport = MemoryTransport()
    dispatcher = Dispatcher(transport=transport, every_s=0.01, pause_s=0.01)
    await add(database, [1])
    await as_owner(database, "ALTER TABLE lineage.outbox RENAME TO away")

    running = asyncio.create_task(dispatcher.run(database))
    await until(lambda: dispatcher.failures > 0)
    await as_owner(database, "ALTER TABLE lineage.away RENAME TO outbox")
    await until(lambda: len(transport.sent) > 0)
    running.cancel()

    assert numbers_of(transport.sent) == [1]
