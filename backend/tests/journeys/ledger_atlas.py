"""A whole Atlas on a home of its own, with the ledger source, in a process that tests may kill.

Only the source and the detectors are replaced: wiring, server, queue, gates and Soda are the real
ones. The process is forked by a server that has imported everything, so it starts at once.
"""

import asyncio
import multiprocessing
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from enum import StrEnum
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from app.core.catalog import ConfiguredStream, SyncMode
from app.core.connections import Connection, Source
from app.core.errors import ConnectionNotFound
from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.database import embedded
from app.gates.pii.gate import PiiGate
from app.main import Atlas, open_atlas
from app.sources.port import Connector, Listener
from app.sources.registry import mock_connector
from app.sync.connections import connection_store
from app.sync.jobs import job_store
from tests.fixtures.detectors import KnownNames

NAME = "ledger"
MASK_KEY = bytes(range(32)).hex()
RUN_LIMIT_S = 90.0

_server = multiprocessing.get_context("forkserver")
_server.set_forkserver_preload([__name__, "tests.journeys.loaded"])

Config = Mapping[str, object]
Modes = Mapping[str, SyncMode]
Note = Callable[[str], None]


class Phase(StrEnum):
    """Where a run is."""

    STARTING = "starting"
    LANDING = "landing"
    STAGING = "staging"
    PUBLISHING = "publishing"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """When to kill: some way from the nth note of a phase to the note after it."""

    phase: Phase
    nth: int
    delay_s: float


@dataclass(slots=True, kw_only=True)
class Run:
    """What became of one process. Shape: notes as (seconds since its start, phase)."""

    exit_code: int
    notes: list[tuple[float, Phase]]

    def count(self, phase: Phase) -> int:
        return sum(noted is phase for _, noted in self.notes)

    def gap_s(self, phase: Phase, nth: int) -> float:
        """From a phase's nth note to the next note of any."""
        (place, at), *_ = [(i, at) for i, (at, noted) in enumerate(self.notes) if noted is phase][
            nth - 1 :
        ]
        after = self.notes[place + 1 : place + 2]
        return after[0][0] - at if after else 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """A home of Atlas, and the runs in it. Shape: `modes` by stream's name."""

    folder: Path
    modes: Modes = field(default_factory=dict)
    settings: Mapping[str, object] = field(default_factory=dict)

    @property
    def temporary(self) -> Path:
        return self.folder / "tmp"

    def start(self, config: Config) -> "tuple[Any, Pipe]":
        """A process that runs the connection's job, or goes on with the one that is not over."""
        self.temporary.mkdir(exist_ok=True)
        hearing, telling = _server.Pipe(duplex=False)
        process = _server.Process(target=_work, args=(self, config, telling), daemon=True)
        process.start()
        telling.close()
        return process, hearing

    def run(self, config: Config, kill: Kill | None = None) -> Run:
        """One process to its end, its own or by SIGKILL."""
        process, hearing = self.start(config)
        notes: list[tuple[float, Phase]] = []
        try:
            for noted in heard(hearing):
                notes.append(noted)
                if kill and noted[1] is kill.phase and kill.nth == _count(notes, kill.phase):
                    time.sleep(kill.delay_s)
                    process.kill()
                    break
            process.join(RUN_LIMIT_S)
            return Run(exit_code=process.exitcode, notes=notes)
        finally:
            process.kill()
            process.join()
            process.close()
            hearing.close()

    @contextmanager
    def server(self) -> Iterator[str]:
        """The home's PostgreSQL, to look into."""
        stay = embedded.arrive(self.folder)
        try:
            yield stay.cluster.dsn
        finally:
            stay.leave()

    def connectors(self) -> list[int]:
        """The processes that work in the home's private folders: connectors, dead ones left out."""
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                if str((process / "cwd").readlink()).startswith(str(self.temporary)):
                    found.append(int(process.name))
            except OSError:
                continue
        return found


def heard(hearing: Pipe) -> Iterator[tuple[float, Phase]]:
    """What a process tells, until it ends."""
    while hearing.poll(RUN_LIMIT_S):
        try:
            at, phase = hearing.recv()
        except EOFError:
            return
        yield at, Phase(phase)
    raise TimeoutError("The process said nothing for too long.")


def _count(notes: list[tuple[float, Phase]], phase: Phase) -> int:
    return sum(noted is phase for _, noted in notes)


# ── in the process ────────────────────────────────────────────────────────────────────────────────


class _Noting:
    """A part of Atlas that says when it is called. Shape: `phases` by method's name."""

    def __init__(self, part: object, phases: Mapping[str, Phase], note: Note) -> None:
        self._part, self._phases, self._note = part, phases, note

    def __getattr__(self, name: str) -> Any:  # whatever the part's method is
        method, phase = getattr(self._part, name), self._phases.get(name)
        if phase is None:
            return method

        async def noted(*arguments: object, **named: object) -> object:
            self._note(phase)
            return await method(*arguments, **named)

        return noted


def _noting(part: object, note: Note, **phases: Phase) -> Any:
    return _Noting(part, phases, note)


def _work(home: Home, config: Config, telling: Pipe) -> None:
    tempfile.tempdir = str(home.temporary)
    with (home.folder / "stderr").open("ab", buffering=0) as said:
        os.dup2(said.fileno(), 2)
    began = time.monotonic()

    def note(phase: str) -> None:
        telling.send((time.monotonic() - began, phase))

    note(Phase.STARTING)
    sys.exit(asyncio.run(_run(home, config, note)))


async def _run(home: Home, config: Config, note: Note) -> int:
    settings = Settings.model_validate(
        {"home": home.folder, "source_mode": "mock", "mask_key": MASK_KEY, **home.settings}
    )
    async with open_atlas(settings) as real:
        note(Phase.STARTING)
        atlas = with_ledger(real, note)
        connection = await connected(atlas, config, home.modes)
        async with atlas.working() as workers:
            return await _follow(atlas, connection, workers)


def with_ledger(atlas: Atlas, note: Note) -> Atlas:
    """The same Atlas with the ledger source and quick detectors, whose parts say where they are."""

    async def open_connector(source: Source, listener: Listener) -> Connector:
        note(Phase.STARTING)
        hears, with_secrets = atlas.configurations.revealing(source, listener)
        inner = mock_connector(atlas.settings, source.connector, hears)
        return with_secrets(replace(inner, grace_s=0.5))

    real = atlas.scheduler.orchestrator
    orchestrator = replace(
        real,
        open_connector=open_connector,
        pii=_noting(PiiGate(detectors=KnownNames()), note, decide=Phase.STAGING),
        scan=_noting(real.scan, note, find=Phase.STAGING),
        quality=_noting(real.quality, note, audit=Phase.STAGING),
        writer=_noting(
            real.writer,
            note,
            write_to_explore=Phase.LANDING,
            write_to_chart=Phase.PUBLISHING,
            write_to_navigate=Phase.PUBLISHING,
        ),
        lineage=_noting(real.lineage, note, published=Phase.PUBLISHING, completed=Phase.CLOSING),
    )
    return replace(atlas, scheduler=replace(atlas.scheduler, orchestrator=orchestrator))


async def connected(atlas: Atlas, config: Config, modes: Modes) -> Connection:
    """The home's one connection, made at its first run; its source behaves as `config` says now."""
    async with atlas.database.transaction() as session:
        try:
            found = await connection_store.find_connection(session, NAME)
        except ConnectionNotFound:
            return await _connect(session, atlas, config, modes)
        await connection_store.configure_source(session, found.source_id, config)
        return found


async def _connect(session: Any, atlas: Atlas, config: Config, modes: Modes) -> Connection:
    catalog = await mock_connector(atlas.settings, NAME, Listener()).discover(config)
    source = await connection_store.create_source(
        session, connection_store.HOME_WORKSPACE, NAME, NAME, config
    )
    streams = [
        ConfiguredStream(
            stream=stream,
            sync_mode=modes.get(stream.descriptor.name, SyncMode.INCREMENTAL_DEDUPED_HISTORY),
            cursor_field=stream.default_cursor_field,
            primary_key=stream.source_defined_primary_key,
        )
        for stream in catalog.streams
    ]
    return await connection_store.create_connection(
        session,
        name=NAME,
        source=source,
        destination_id=connection_store.HOME_DESTINATION,
        streams=streams,
        column_limit=100,
    )


async def _follow(
    atlas: Atlas, connection: Connection, workers: "asyncio.Future[list[None]]"
) -> int:
    """The exit code: 0 if the job succeeded."""
    async with atlas.database.connection() as session:
        job_id = await job_store.active(session, connection.connection_id)
    if job_id is None:
        job_id = (await atlas.scheduler.start(connection.connection_id)).job_id
    while not workers.done():
        async with atlas.database.connection() as session:
            job = await job_store.get(session, job_id)
        if job.status.is_terminal:
            return 0 if job.status is JobStatus.SUCCEEDED else 1
        await asyncio.sleep(0.02)
    workers.result()
    return 2
