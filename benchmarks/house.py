"""An Atlas in a home of its own, its gates warm, reading whatever connector it is given."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from meter import Cost, Meter
from records import Replay, users

from app.core.catalog import ConfiguredStream, SyncMode
from app.core.connections import Connection, Source, WhenUnchanged
from app.core.jobs import Attempt, JobStatus
from app.core.logging import set_up_logging
from app.core.records import Mode
from app.core.settings import Settings
from app.database.pool import Connection as Session
from app.layers.tables import Tables
from app.main import Atlas, open_atlas
from app.sources.port import Connector, Listener
from app.sources.protocol import CommandConnector
from app.sync.connections import connection_life, connection_store
from app.sync.jobs import job_store
from app.sync.orchestrator import SyncOrchestrator

_A_TEXT = "Angela Merkel met John Smith in Copenhagen."
_POSTMASTER = "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)::int"


@dataclass(slots=True)
class House:
    """Atlas, and what is needed to measure it; every round is a new connection with new tables."""

    atlas: Atlas
    meter: Meter
    home: Path
    rounds: int = 0

    async def connect(
        self,
        streams: Sequence[ConfiguredStream],
        configuration: dict[str, object] | None = None,
        connector: str = "source-faker",
    ) -> Connection:
        """A connection that nobody has synced yet."""
        self.rounds += 1
        name = f"round_{self.rounds}"
        async with self.atlas.database.transaction() as session:
            source = await connection_store.create_source(
                session,
                connection_store.HOME_WORKSPACE,
                name,
                connector,
                configuration or {},
            )
            return await connection_store.create_connection(
                session,
                name=name,
                source=source,
                destination_id=connection_store.HOME_DESTINATION,
                streams=streams,
                column_limit=self.atlas.settings.column_limit,
            )

    def orchestrator(
        self, connector: Callable[[], Connector], lanes: int | None = None
    ) -> SyncOrchestrator:
        """Atlas's own, which reads this connector whatever the source's name is; `lanes` where they are
        not the settings'."""

        async def open_connector(source: Source, listener: Listener) -> Connector:
            return connector()

        own = self.atlas.scheduler.orchestrator
        return replace(own, open_connector=open_connector, lanes=lanes or own.lanes)

    async def attempt(self, connection: Connection) -> Attempt:
        """A job of the connection with its first attempt begun, for what is done stage by stage."""
        job = await self.atlas.scheduler.start(connection.connection_id)
        async with self.atlas.database.transaction() as session:
            attempt = await job_store.begin_attempt(session, job.job_id, Mode.REAL)
        assert attempt is not None
        return attempt

    async def sync(
        self,
        connection: Connection,
        connector: Callable[[], Connector],
        lanes: int | None = None,
    ) -> Cost:
        """What a whole sync costs: job, attempt, explore, gates, chart, navigate, books, lineage."""
        orchestrator = self.orchestrator(connector, lanes)
        scheduler = replace(self.atlas.scheduler, orchestrator=orchestrator)
        self.forget()
        await self.settle()
        before = self.meter.read()
        job = await scheduler.start(connection.connection_id)
        await scheduler.run(job.job_id)
        cost = self.meter.read() - before
        async with self.atlas.database.connection() as session:
            ended = await job_store.get(session, job.job_id)
        if ended.status is not JobStatus.SUCCEEDED:
            raise SystemExit(f"The sync ended as {ended.status}: nothing is measured.")
        return cost

    def forget(self) -> None:
        """Empty the detector's cache: warm means loaded, not that the answers are known."""
        self.atlas.detectors.cache.entries.clear()

    def owner(self) -> AbstractAsyncContextManager[Session]:
        """A session with all rights of the login, for what Atlas itself may not do."""
        return replace(self.atlas.database, role=None).own_connection()

    async def settle(self) -> None:
        """Let the server write down what it owes, so that the next measure does not pay for it."""
        async with self.owner() as session:
            await session.execute("CHECKPOINT")

    async def clear(self, connection: Connection) -> None:
        """Drop what a round has made, so that nothing is vacuumed during the next."""
        async with self.atlas.database.connection() as session:
            for stream in connection.streams:
                tables = Tables.of(stream.layout.table)
                await session.execute(
                    f"DROP VIEW IF EXISTS {tables.navigate}, {tables.current} CASCADE"
                )
                await session.execute(
                    f"DROP TABLE IF EXISTS {tables.explore}, {tables.chart}, "
                    f"{tables.history}, {tables.keys}"
                )


@asynccontextmanager
async def open_house(home: Path, database_url: str | None = None) -> AsyncIterator[House]:
    """Open Atlas on a home and warm its gates.

    Shape: its database is the one given, else the embedded server's, whatever the environment names;
           the server is on this machine, and may be asked for its pid.
    """
    settings = Settings.model_validate(
        {"home": home, "database_url": database_url, "log_level": "ERROR", "source_mode": "real"}
    )
    set_up_logging(settings)
    async with open_atlas(settings) as atlas:
        await atlas.detectors.find([_A_TEXT])
        orchestrator = atlas.scheduler.orchestrator
        await orchestrator.quality.warm()
        await orchestrator.scan.find({"text": ["a@example.com"]})
        async with replace(atlas.database, role=None).own_connection() as session:
            server = await session.fetchval(_POSTMASTER)
        yield House(atlas, Meter(server), home)


def replaying(replay: Replay, settings: Settings) -> CommandConnector:
    """The connector that prints what was prepared."""
    return CommandConnector(command=[str(replay.source)], settings=settings)


async def reread_users(house: House, replay: Replay) -> tuple[Cost, Cost]:
    """A full refresh that overwrites, into new tables, and the same once more: what each costs."""
    wanted = replace(users(), sync_mode=SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED)
    connection = await house.connect([wanted])
    async with house.atlas.database.transaction() as session:
        await connection_life.change(
            session, connection.connection_id, on_unchanged=WhenUnchanged.RECORD_ONCE
        )
    first, again = [
        await house.sync(connection, lambda: replaying(replay, house.atlas.settings))
        for _ in range(2)
    ]
    async with house.atlas.database.connection() as session:
        unchanged = await session.fetchval(
            "SELECT sum(unchanged) FROM pipeline.batches WHERE stream_id = $1",
            connection.streams[0].stream_id,
        )
    if unchanged != replay.records:
        raise SystemExit(f"{unchanged} of {replay.records} records were found to be unchanged.")
    await house.clear(connection)
    return first, again


async def sync_replay(house: House, replay: Replay, lanes: int | None = None) -> Cost:
    """One whole sync of the replayed records into new tables."""
    connection = await house.connect([replay.stream])
    cost = await house.sync(connection, lambda: replaying(replay, house.atlas.settings), lanes)
    await house.clear(connection)
    return cost


async def second_load(house: House, first: Replay, second: Replay) -> float:
    """The seconds of a sync of all users once more, some of them changed, after one that loaded them."""
    connection = await house.connect([users()])
    await house.sync(connection, lambda: replaying(first, house.atlas.settings))
    cost = await house.sync(connection, lambda: replaying(second, house.atlas.settings))
    await house.clear(connection)
    return cost.wall_s
