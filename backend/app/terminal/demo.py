"""`atlas demo`: a real connector's records through explore, chart and navigate, with all that is found."""

from collections.abc import Mapping

from rich.console import Console

from app.core.connections import Connection
from app.core.errors import ConnectionNotFound
from app.core.jobs import Job
from app.core.records import Mode
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import connection_store, stream_choice
from app.sync.jobs import job_store
from app.terminal import acts

CONNECTOR = "source-faker"
SMALLEST = 10_000


def configuration(records: int) -> Mapping[str, object]:
    """The faker's configuration: repeatable, incremental, and safe to interrupt.

    One slice, because this version of the faker skips the rest of a stream when it is given a
    state from the middle of it.
    """
    return {
        "count": records,
        "seed": 4171,
        "parallelism": 1,
        "always_updated": False,
        "records_per_slice": records,
    }


async def demo_connection(console: Console, atlas: Atlas, records: int) -> Connection:
    """The demo's connection, made at the first run; mock records get tables of their own."""
    is_mock = atlas.mode is Mode.MOCK
    name, source_name = ("demo_mock", "mock_faker") if is_mock else ("demo", "faker")
    wanted = configuration(records)
    try:
        async with atlas.database.transaction() as session:
            connection = await connection_store.find_connection(session, name)
            source = await connection_store.get_source(session, connection.source_id)
            if source.configuration != wanted:
                await connection_store.configure_source(session, source.source_id, wanted)
                await _note(atlas, session, "patchSource", f"/v1/sources/{source.source_id}")
                if not is_mock:
                    console.print(
                        f"{CONNECTOR} sends nothing more once it was read, whatever its number of "
                        "users: for another number, set ATLAS_HOME to a new folder."
                    )
            return connection
    except ConnectionNotFound:
        pass
    kind = "the mock of " if is_mock else ""
    if not is_mock:
        console.print(
            f"Preparing {CONNECTOR}; the first time it is installed in an environment of its own."
        )
    connector = await atlas.connectors.open(CONNECTOR)
    console.print(f"Asking {kind}{CONNECTOR} {connector.version} what it offers.")
    catalog = await connector.discover(wanted)
    async with atlas.database.transaction() as session:
        source = await connection_store.create_source(
            session, connection_store.HOME_WORKSPACE, source_name, CONNECTOR, wanted
        )
        # nothing in it is a secret: the next start need not ask the connector what is
        await connection_store.configure_source(session, source.source_id, wanted, is_sealed=True)
        made = await connection_store.create_connection(
            session,
            name=name,
            source=source,
            destination_id=connection_store.HOME_DESTINATION,
            streams=[stream_choice.configured(stream) for stream in catalog.streams],
            column_limit=atlas.settings.column_limit,
        )
        await _note(atlas, session, "createSource", f"/v1/sources/{source.source_id}")
        await _note(atlas, session, "createConnection", acts.path_of(made.connection_id))
        return made


async def start_or_join(console: Console, atlas: Atlas, connection: Connection) -> Job:
    """Start a sync; where one is not over (its process was killed, or runs elsewhere), follow that."""
    async with atlas.database.connection() as session:
        running = await job_store.active(session, connection.connection_id)
        if running is not None:
            console.print(
                f"Job {running} is not over: going on with it from what it had committed."
            )
            return await job_store.get(session, running)
        before = await session.fetchval(
            "SELECT count(*) FROM pipeline.jobs WHERE connection_id = $1 AND status = 'succeeded'",
            connection.connection_id,
        )
    if before:
        console.print(
            f"Sync {before + 1} of this connection: incremental, it reads only what is new."
        )
    else:
        console.print("First sync of this connection: it reads everything.")
    return await acts.start_job(atlas, "demo", connection)


async def _note(atlas: Atlas, session: Session, action: str, subject: str) -> None:
    await acts.note(atlas.keys, session, "demo", action, subject, connection_store.HOME_WORKSPACE)
