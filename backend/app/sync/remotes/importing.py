"""Takes a connection over from a remote: its source, its streams and modes, and what it writes; no secret comes along."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

from app.core.catalog import ConfiguredStream, ReadMode, Stream, StreamDescriptor, SyncMode, shown
from app.core.configurations import Place, pointer_of
from app.core.connections import Connection
from app.core.errors import InvalidRequest
from app.core.remote_failures import (
    RemoteLacks,
)
from app.core.remotes import Elsewhere, Engine
from app.core.secret_names import HIDDEN
from app.database import turns
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.remote.airbyte_cloud import AirbyteCloud
from app.remote.shapes import (
    ConfiguredStream as RemoteStream,
)
from app.remote.shapes import (
    OfferedStream,
    RemoteConnection,
    RemoteDestination,
    RemoteSource,
)
from app.secrets.accepting import has_references
from app.sources.catalogue import NAME
from app.sync.connections import connection_store, stream_choice
from app.sync.connections.configurations import Configurations
from app.sync.remotes import links
from app.sync.remotes.links import Facts
from app.sync.remotes.remote_store import RemoteRow

_PORTS = {"postgres": 5432}


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A connection as a remote has it. Shape: `missing` are the places of secrets that it masks."""

    connection: RemoteConnection
    source: RemoteSource
    destination: RemoteDestination
    streams: Sequence[ConfiguredStream]
    configuration: Mapping[str, object]
    missing: Sequence[Place]
    has_schemas: bool

    @property
    def connector(self) -> str:
        return f"source-{self.source.source_type.lower()}"


def wanted(named: Sequence[UUID], default: UUID | None) -> Sequence[UUID]:
    """Which connections are meant: those that are named, or the one of the settings. Errors: InvalidRequest."""
    if named:
        return named
    if default is None:
        raise InvalidRequest("Name a connection of the remote, or set AIRBYTE_CONNECTION_ID.")
    return [default]


async def look(cloud: AirbyteCloud, remote_connection_id: UUID) -> Found:
    """All that is to be taken over; nothing is changed, there or here.

    Shape:  where the remote has no Config API, streams come without the schemas of their fields.
    Errors: RemoteLacks and as of any question; InvalidRequest for what Atlas cannot take over.
    """
    connection = await cloud.connection(remote_connection_id)
    source = await cloud.source(connection.source_id)
    destination = await cloud.destination(connection.destination_id)
    try:
        offered, has_schemas = await cloud.streams(remote_connection_id), True
    except RemoteLacks:
        offered, has_schemas = [], False
    if not NAME.fullmatch(f"source-{source.source_type.lower()}"):
        raise InvalidRequest(
            f"Its source is of a type that is no name: {shown(source.source_type)}."
        )
    if has_references(source.configuration):
        raise InvalidRequest("Its source's configuration holds what only Atlas says: a reference.")
    plain = {name: value for name, value in source.configuration.items() if name != "sourceType"}
    configuration, missing = unmasked(plain)
    return Found(
        connection=connection, source=source, destination=destination,
        streams=_streams(connection.configurations.streams, offered),
        configuration=configuration, missing=missing, has_schemas=has_schemas,
    )  # fmt: skip


Beside = Callable[[Session, Found, Connection], Awaitable[None]]
"""What else belongs to an import, in its transaction."""


async def bring(
    database: Database,
    cloud: AirbyteCloud,
    remote: RemoteRow,
    there: UUID,
    configurations: Configurations,
    column_limit: int,
    beside: Beside,
) -> tuple[Found, Connection]:
    """Look at a connection of a remote and take it over, with what belongs beside it, or not at all.

    Errors: as of `look` and `take`.
    """
    found = await look(cloud, there)
    async with database.transaction() as session:
        made = await take(session, remote, found, configurations, column_limit)
        await beside(session, found, made)
    return found, made


async def take(
    session: Session,
    remote: RemoteRow,
    found: Found,
    configurations: Configurations,
    column_limit: int,
) -> Connection:
    """The source and the connection, in the caller's transaction; the remote goes on moving its records.

    Errors: InvalidRequest if it is here already, or has nothing that Atlas could take; TableTaken.
    """
    await turns.take(session, remote.remote_id)
    there = found.connection.connection_id
    if there in await links.imported(session, remote.remote_id):
        raise InvalidRequest("It is imported already.", remote_connection_id=str(there))
    source = await configurations.take_in(
        session, remote.workspace_id, shown(found.source.name), found.connector, found.configuration
    )
    made = await connection_store.create_connection(
        session,
        name=shown(found.connection.name) or "imported",
        source=source,
        destination_id=connection_store.HOME_DESTINATION,
        streams=found.streams,
        column_limit=column_limit,
    )
    facts = Facts(
        source=shown(found.source.name),
        source_type=shown(found.source.source_type),
        destination=shown(found.destination.name),
        destination_type=shown(found.destination.destination_type),
        schedule_type=shown(found.connection.schedule.schedule_type),
        schedule=found.connection.schedule.words,
        missing=[pointer_of(place) for place in found.missing],
        has_schemas=found.has_schemas,
    )
    await links.link(
        session, made.connection_id, made.workspace_id, remote.remote_id, there, facts,
        elsewhere_of(found, remote.api_url),
    )  # fmt: skip
    await links.set_engine(session, made.connection_id, Engine.AIRBYTE_CLOUD)
    return await connection_store.get_connection(session, made.connection_id)


def unmasked(
    configuration: Mapping[str, object],
) -> tuple[Mapping[str, object], Sequence[Place]]:
    """A configuration without what is masked in it, and where that stood: nothing is put in its place."""
    missing: list[Place] = []

    def kept(value: object, here: Place) -> object:
        if isinstance(value, Mapping):
            return {
                str(name): kept(inner, (*here, str(name)))
                for name, inner in value.items()
                if not _is_masked(inner, (*here, str(name)), missing)
            }
        if isinstance(value, list):
            return [kept(inner, (*here, number)) for number, inner in enumerate(value)]
        return value

    found = kept(configuration, ())
    assert isinstance(found, dict)  # noqa: S101  a copy of an object
    return found, missing


def _is_masked(value: object, place: Place, missing: list[Place]) -> bool:
    """A list with a masked item is left out whole: which of its items are which would be lost."""
    is_masked = value == HIDDEN or (isinstance(value, list) and HIDDEN in value)
    if is_masked:
        missing.append(place)
    return is_masked


def elsewhere_of(found: Found, api_url: str) -> Elsewhere:
    """What names its datasets. Source: OpenLineage's naming, where the destination is of a kind that it knows."""
    told = found.destination.configuration

    def text(name: str) -> str:
        value = told.get(name)
        return shown(value) if isinstance(value, str) else ""

    kind, connection = found.destination.destination_type.lower(), found.connection
    namespace, container, schema = (
        f"airbyte://{urlsplit(api_url).netloc}", shown(found.destination.name), text("schema"),
    )  # fmt: skip
    if kind == "postgres" and text("host"):
        port = told.get("port")
        number = port if isinstance(port, int) else _PORTS[kind]
        namespace, container = f"postgres://{text('host')}:{number}", text("database")
    elif kind == "snowflake" and text("host"):
        account = text("host").removesuffix(".snowflakecomputing.com")
        namespace, container = f"snowflake://{account}", text("database")
    elif kind == "bigquery" and text("project_id"):
        namespace, container, schema = "bigquery", text("project_id"), text("dataset_id")
    return Elsewhere(
        namespace=namespace,
        container=container,
        schema=schema,
        definition=connection.namespace_definition or "destination",
        format=shown(connection.namespace_format or ""),
        prefix=shown(connection.prefix or ""),
    )


def _streams(
    configured: Sequence[RemoteStream], offered: Sequence[OfferedStream]
) -> Sequence[ConfiguredStream]:
    """The streams that the connection reads, as it reads them. Errors: InvalidRequest."""
    known = {(one.name, one.namespace or None): _offered(one) for one in offered}
    if not configured:  # all of them, by their own defaults
        chosen = [stream_choice.configured(stream) for stream in known.values()]
    else:
        chosen = [_chosen(one, known.get((one.name, one.namespace or None))) for one in configured]
    if not chosen:
        raise InvalidRequest("It reads no stream that Atlas can see.")
    for stream in chosen:
        stream_choice.require_mode(stream)
    return chosen


def _chosen(one: RemoteStream, stream: Stream | None) -> ConfiguredStream:
    cursor = tuple(one.cursor_field or ())
    key = tuple(tuple(path) for path in one.primary_key or ())
    if stream is None:
        stream = _unseen(one, cursor, key)
    if one.sync_mode is None:
        return stream_choice.configured(stream)
    if one.sync_mode not in _MODES:
        raise InvalidRequest(
            f"It reads {shown(one.name)} by {shown(one.sync_mode)}, which Atlas does not have."
        )
    return ConfiguredStream(
        stream=stream,
        sync_mode=SyncMode(one.sync_mode),
        cursor_field=cursor or stream.default_cursor_field,
        primary_key=key or stream.source_defined_primary_key,
    )


_MODES = frozenset(mode.value for mode in SyncMode)
_READ_MODES = {mode.value: mode for mode in ReadMode}


def _unseen(one: RemoteStream, cursor: tuple[str, ...], key: tuple[tuple[str, ...], ...]) -> Stream:
    """A stream of which nothing is known but how it is read."""
    fields = {path[0] for path in (cursor, *key) if path}
    return Stream(
        descriptor=StreamDescriptor(one.name, one.namespace or None),
        json_schema={"type": "object", "properties": {name: {} for name in sorted(fields)}},
        supported=tuple(ReadMode),
    )


def _offered(sent: OfferedStream) -> Stream:
    modes = tuple(_READ_MODES[mode] for mode in sent.supported_sync_modes if mode in _READ_MODES)
    return Stream(
        descriptor=StreamDescriptor(sent.name, sent.namespace or None),
        json_schema=sent.json_schema,
        supported=modes or (ReadMode.FULL_REFRESH,),
        source_defined_cursor=bool(sent.source_defined_cursor),
        default_cursor_field=tuple(sent.default_cursor_field or ()),
        source_defined_primary_key=tuple(map(tuple, sent.source_defined_primary_key or ())),
    )
