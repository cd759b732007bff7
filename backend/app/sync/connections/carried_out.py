"""Which of what Airbyte's clients write of a connection Atlas does, and which it only keeps."""

from collections.abc import Iterator, Mapping, Sequence

from app.core.catalog import Path
from app.core.connections import ConnectedStream, Connection
from app.core.findings import Action, DecidedBy, Entity, PathDecision, Verdict, mask_of
from app.core.ids import StreamId
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.layers import tables
from app.layers.tables import Tables

Decisions = Mapping[StreamId, Mapping[Path, PathDecision]]

_ONLY_KEPT = ("includeFiles", "destinationObjectName")


def not_carried_out(connection: Connection, decisions: Decisions) -> Sequence[str]:
    """What was written that would change data, and does not.

    Shape:  pointers into the connection as it is shown (RFC 6901); `decisions` of the streams to be hashed.
    """
    sent = connection.as_sent
    found = []
    if sent.get("namespaceDefinition", "destination") != "destination":
        found += [name for name in ("namespaceDefinition", "namespaceFormat") if name in sent]
    if sent.get("prefix", connection.prefix) != connection.prefix:
        found.append("prefix")
    if sent.get("dataResidency", "auto") != "auto":
        found.append("dataResidency")
    for number, stream in enumerate(connection.streams):
        of_stream = _of_stream(stream, decisions.get(stream.stream_id, {}))
        found += [f"configurations/streams/{number}/{member}" for member in of_stream]
    return [f"/{pointer}" for pointer in found]


async def decisions_of(session: Session, connections: Sequence[Connection]) -> Decisions:
    """What is decided of the streams that have a field to be hashed; of the others nothing is asked."""
    return {
        stream.stream_id: await pii_decisions.current(session, stream.stream_id)
        for connection in connections
        for stream in connection.streams
        if any(hashed(mapper) for mapper in _mappers(stream))
    }


async def mask_hashed(session: Session, connection: Connection) -> None:
    """Mask each field that a mapper hashes, by the word of who wrote it.

    Shape: for streams of which nothing is published yet: what is there is not masked backwards by this.
    """
    for stream in connection.streams:
        wanted = [path for mapper in _mappers(stream) if (path := hashed(mapper))]
        if not wanted or await tables.exists(session, Tables.of(stream.layout.table).chart):
            continue
        known = await pii_decisions.current(session, stream.stream_id)
        fresh = [_masked(path) for path in wanted if mask_of(known, path) is None]
        await pii_decisions.add(session, stream.stream_id, fresh)


def hashed(mapper: object) -> Path | None:
    """The field that a mapper hashes; none of another kind of mapper."""
    if not isinstance(mapper, Mapping) or mapper.get("type") != "hashing":
        return None
    configuration = mapper.get("mapperConfiguration")
    field = configuration.get("targetField") if isinstance(configuration, Mapping) else None
    return (field,) if isinstance(field, str) and field else None


def _of_stream(stream: ConnectedStream, decisions: Mapping[Path, PathDecision]) -> Iterator[str]:
    sent, configured = stream.as_sent or {}, stream.configured
    yield from (name for name in _ONLY_KEPT if sent.get(name))
    if "cursorField" in sent and sent["cursorField"] != list(configured.cursor_field):
        yield "cursorField"
    key = [list(path) for path in configured.primary_key]
    if "primaryKey" in sent and sent["primaryKey"] != key:
        yield "primaryKey"
    for number, mapper in enumerate(_mappers(stream)):
        path = hashed(mapper)
        if path is None or mask_of(decisions, path) is None:
            yield f"mappers/{number}"


def _mappers(stream: ConnectedStream) -> Sequence[object]:
    mappers = (stream.as_sent or {}).get("mappers")
    return mappers if isinstance(mappers, list) else []


def _masked(path: Path) -> PathDecision:
    return PathDecision(
        path=path,
        verdict=Verdict.PERSONAL,
        entity=Entity.PERSONAL,
        confidence=1.0,
        action=Action.MASK,
        decided_by=DecidedBy.PERSON,
    )
