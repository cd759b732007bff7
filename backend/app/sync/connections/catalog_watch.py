"""Asks a source now and then what it offers, and tells where that is not what was seen before."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.core.catalog import Catalog, StreamDescriptor, shown
from app.core.connections import ConnectedStream, Connection, Source, WhenSchemaChanges
from app.core.errors import AtlasError
from app.core.events import SCHEMA_CHANGED
from app.core.ids import StreamId
from app.core.jobs import Attempt
from app.core.schema_difference import GONE, LISTED, Shape, difference, digest_of, shape_of
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.layers.mending import mend
from app.sources.port import Config, Listener, OnLog
from app.sync.connections import connection_store, schema_changes
from app.sync.jobs import events, job_store
from app.sync.ports import Configurations, OpenConnector

log = structlog.get_logger(__name__)

SQL = load(__file__)

_STREAMS_KEPT = 5_000
"""Of a source with more streams, new ones are not mentioned."""


@dataclass(frozen=True, slots=True)
class Change:
    """A stream whose schema is another than the one it was last seen with.

    Shape: `facts` are the event's payload: `stream`, `namespace`, `added`, `removed`, `retyped`
           against the configured schema, `isGone`, `isAsConfigured`, `hasOtherKey`; names of fields,
           never values.
    """

    stream_id: StreamId
    digest: str
    facts: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogWatch:
    """Compares what a source offers with what is configured.

    Units: `every_h` hours between two looks; 0 is one a job.
    """

    database: Database
    open_connector: OpenConnector
    configurations: Configurations
    every_h: float
    column_limit: int
    on_log: OnLog

    async def look(self, attempt: Attempt, connection: Connection, source: Source) -> Source:
        """Look if it is time, and tell each changed stream once; the source to go on with.

        A source that cannot be asked is asked again by the next attempt, and read all the same. How it is
        read changes by the connection's policy: who called this gets the connection anew.
        Shape:  the source is the same, but for a configuration that its connector renewed meanwhile.
        Errors: Fenced, DatabaseUnreachable; SchemaBreaks while a change of key or cursor is undecided.
        """
        source = await self._look(attempt, connection, source)
        async with self.database.connection() as session:
            await schema_changes.require_unbroken(session, connection)
        return source

    async def _look(self, attempt: Attempt, connection: Connection, source: Source) -> Source:
        async with self.database.connection() as session:
            if not await session.fetchval(
                SQL["is_due"], connection.connection_id, attempt.job_id, self.every_h
            ):
                return source
        renewed: list[Config] = []
        listener = Listener(on_log=self.on_log, on_config=renewed.append)
        offered = await self._ask(source, listener)
        keep = await self.configurations.renewal(source, renewed[-1]) if renewed else None
        async with job_store.fenced(self.database, attempt) as session:
            if keep is not None:
                source = await keep(session)
            if offered is not None:
                await _note(session, attempt, connection, offered)
                await self._follow_policy(session, attempt, connection, source, offered)
        return source

    async def _follow_policy(
        self,
        session: Session,
        attempt: Attempt,
        connection: Connection,
        source: Source,
        offered: Catalog,
    ) -> None:
        """Adopt what breaks nothing, where the connection says so, and the streams that came or went."""
        await schema_changes.follow_policy(session, connection, attempt, self.column_limit)
        if connection.on_schema_change is not WhenSchemaChanges.PROPAGATE_FULLY:
            return
        there = {_identity(stream.descriptor) for stream in offered.streams}
        for stream in connection.streams:
            if _identity(stream.configured.descriptor) not in there:
                await connection_store.deselect(session, stream.stream_id)
        for new in offered.streams:
            await connection_store.add_stream(
                session, connection, source.name, new, self.column_limit
            )

    async def _ask(self, source: Source, listener: Listener) -> Catalog | None:
        """What the source offers; none if it does not say."""
        try:
            connector = await self.open_connector(source, listener)
            return await connector.discover(source.configuration)
        except AtlasError as failure:
            log.warning("catalog_not_seen", reason=failure.slug, detail=failure.detail)
            return None


async def _note(
    session: Session, attempt: Attempt, connection: Connection, offered: Catalog
) -> None:
    """Keep what was seen, and an event for each stream that changed since."""
    rows = await session.fetch(SQL["seen"], connection.connection_id)
    changed = changes(
        connection.streams, offered, {row["stream_id"]: row["digest"] for row in rows}
    )
    new = await _note_streams(session, connection, offered)
    await session.execute(
        SQL["note_seen"],
        [change.stream_id for change in changed],
        [change.digest for change in changed],
        [json.dumps(change.facts) for change in changed],
    )
    by_name = {_identity(stream.descriptor): stream for stream in offered.streams}
    by_id = {stream.stream_id: stream for stream in connection.streams}
    for change in changed:
        stream = by_id[change.stream_id]
        await schema_changes.note(
            session, attempt.job_id, stream, by_name.get(_identity(stream.configured.descriptor))
        )
    if schema_changes.disables(connection, len(changed)):
        await session.execute(SQL["disable"], connection.connection_id, attempt.job_id)
    for change in changed:
        await events.add(session, attempt.job_id, attempt.attempt_id, SCHEMA_CHANGED, change.facts)
    log.info(
        "catalog_compared",
        changed=[change.facts["stream"] for change in changed[:LISTED]],
        changes=len(changed),
        new_streams=[shown(name) for name in new[:LISTED]],
    )


def changes(
    streams: Sequence[ConnectedStream], offered: Catalog, seen: Mapping[StreamId, str]
) -> Sequence[Change]:
    """The streams whose schema is not the one that was seen last; the configured one, at first.

    Shape: in the order of `streams`; `seen` are digests by stream.
    """
    now = {_identity(stream.descriptor): stream for stream in offered.streams}
    found = []
    for stream in streams:
        configured = shape_of(stream.configured.stream.json_schema)
        there = now.get(_identity(stream.configured.descriptor))
        shape = None if there is None else _as_kept(shape_of(there.json_schema))
        digest = GONE if shape is None else digest_of(shape)
        declared = stream.configured.stream.source_defined_primary_key
        if has_other_key := there is not None and there.source_defined_primary_key != declared:
            digest += json.dumps(there.source_defined_primary_key)
        if digest == seen.get(stream.stream_id, digest_of(configured)):
            continue
        facts: dict[str, object] = {"stream": shown(stream.configured.descriptor.name)}
        if stream.configured.descriptor.namespace:
            facts["namespace"] = shown(stream.configured.descriptor.namespace)
        if shape is None:
            facts["isGone"] = True
        elif change := difference(configured, shape):
            facts |= change.named()
        elif not has_other_key:
            facts["isAsConfigured"] = True
        if has_other_key:
            facts["hasOtherKey"] = True
        found.append(Change(stream.stream_id, digest, facts))
    return found


async def _note_streams(
    session: Session, connection: Connection, offered: Catalog
) -> Sequence[str]:
    """Keep that the source was asked; the streams that it did not offer the last time."""
    before = await session.fetchval(SQL["offered_before"], connection.connection_id)
    names = [str(stream.descriptor) for stream in offered.streams]
    kept = mend(json.dumps(names).encode())[0].decode() if len(names) <= _STREAMS_KEPT else None
    await session.execute(SQL["note_look"], connection.connection_id, kept)
    if before is None or kept is None:
        return []
    old = set(json.loads(before))
    return [name for name in json.loads(kept) if name not in old]


def _identity(descriptor: StreamDescriptor) -> tuple[str, str]:
    return descriptor.namespace or "", descriptor.name


def _as_kept(shape: Shape) -> Shape:
    """The fields as a connection calls them: see `stream_choice.storable`."""
    return {tuple(map(_kept_name, path)): kinds for path, kinds in shape.items()}


def _kept_name(name: str) -> str:
    return name if name.isprintable() else str(json.loads(mend(json.dumps(name).encode())[0]))
