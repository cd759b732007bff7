"""The passport of a row: everything the house knows of one key, from every room.

The layers say what became of the key, the books where its records came from, the gates what they
found, the witness what was told of it. All of it is one snapshot, and every step a probe of an index.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.core.connections import ConnectedStream
from app.core.errors import RowNotFound
from app.core.findings import PathDecision
from app.core.ids import ConnectionId, RunId
from app.database.keys import Keys
from app.database.pool import Connection, Database
from app.database.queries import load
from app.gates.pii import decisions as pii_decisions
from app.gates.quality import results as quality_results
from app.gates.quality.gate import Audit
from app.layers import passport as layers
from app.layers import quarantine, tables
from app.layers.masking import Masking
from app.layers.passport import ChartRow, Key, Version
from app.layers.projection import Projection
from app.layers.quarantine import Kept, Mended
from app.layers.tables import Tables
from app.lineage import outbox
from app.lineage.events import stream_run_id
from app.lineage.outbox import Occasion, Told
from app.sync.datasets import dataset_store

SQL = load(__file__)

MOST_ROWS, MOST_VERSIONS, MOST_KEPT = 20, 100, 100
"""Of each the newest so many are shown; a key that has more says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which row is asked for. Shape: `key` in clear, or `key_hash` as chart and navigate have it.

    `with_source` asks for the record as it was sent, which may hold personal data in clear.
    """

    connection_id: ConnectionId
    stream: str
    namespace: str | None = None
    key: Key | None = None
    key_hash: UUID | None = None
    with_source: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """How a batch came. Shape: `promotion_id` none while it is not published; `removed_at` is when explore's
    retention took its records out."""

    batch_id: int
    extracted_at: datetime
    landed_at: datetime
    attempt_id: int
    attempt: int
    job_id: int
    run_id: UUID
    mode: str | None
    connector: str | None
    connector_version: str | None
    promotion_id: int | None
    removed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """A promotion with what was found in its range, and what was told of it.

    Shape: `audit` none if the range was not audited; the run may be a later attempt's than the batch's.
    """

    promotion_id: int
    attempt_id: int
    job_id: int
    run_id: UUID
    lineage_run_id: UUID
    recorded_at: datetime
    audit: Audit | None
    events: Sequence[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class Passport:
    """All of one key. Shape: rows, versions and quarantined records are the newest first.

    `has_more` if the key has more of one of them than are shown; `has_unkeyed` if quarantine has records of
    the stream that lead to no key: without a whole key, refused by explore, or kept by an older Atlas.
    `source` of the newest record, if it was asked for and explore still has it.
    """

    stream: ConnectedStream
    key_hash: UUID
    rows: Sequence[ChartRow]
    versions: Sequence[Version]
    batches: Mapping[int, Trail]
    promotions: Mapping[int, Promoted]
    decisions: Sequence[tuple[PathDecision, datetime]]
    quarantined: Sequence[Kept]
    mended: Sequence[Mended]
    has_more: bool
    has_unkeyed: bool
    source: str | None


async def of_row(database: Database, keys: Keys, wanted: Wanted) -> Passport:
    """The passport of a row, by its key.

    Errors: ConnectionNotFound, StreamNotFound; InvalidRequest if the key is not the stream's; RowNotFound if
            neither chart nor navigate nor quarantine knows it.
    """
    async with database.transaction() as connection:
        await layers.look_by_probes(connection)
        return await look(connection, keys, wanted)


async def look(connection: Connection, keys: Keys, wanted: Wanted) -> Passport:
    """The same, in the caller's transaction."""
    stream = await dataset_store.find(
        connection, wanted.connection_id, wanted.stream, wanted.namespace
    )
    layout = stream.layout
    key_hash = await _key_hash(connection, keys, stream, wanted)
    rows: Sequence[ChartRow] = ()
    versions: Sequence[Version] = ()
    if await tables.exists(connection, Tables.of(layout.table).chart):
        rows = await layers.chart_rows(connection, layout, key_hash, MOST_ROWS + 1)
        versions = await layers.versions(connection, layout, key_hash, MOST_VERSIONS + 1)
    kept = await quarantine.of_key(connection, layout.stream_id, key_hash, MOST_KEPT + 1)
    if not (rows or versions or kept):
        raise RowNotFound("Neither chart nor navigate nor quarantine has a row of this key.")
    has_more = len(rows) > MOST_ROWS or len(versions) > MOST_VERSIONS or len(kept) > MOST_KEPT
    rows, versions, kept = rows[:MOST_ROWS], versions[:MOST_VERSIONS], kept[:MOST_KEPT]
    every: tuple[ChartRow | Version | Kept, ...] = (*rows, *versions, *kept)
    places = list(dict.fromkeys((part.batch_id, part.seq) for part in every))
    batches = await _trails(connection, {batch_id for batch_id, _ in places})
    source = None
    if wanted.with_source:
        source = await layers.source_message(connection, layout, *places[0])
    return Passport(
        stream=stream,
        key_hash=key_hash,
        rows=rows,
        versions=versions,
        batches=batches,
        promotions=await _promotions(connection, stream, batches.values()),
        decisions=await pii_decisions.in_force(connection, layout.stream_id),
        quarantined=kept,
        mended=await quarantine.mended(connection, layout.stream_id, places),
        has_more=has_more,
        has_unkeyed=await quarantine.has_unkeyed(connection, layout.stream_id),
        source=source,
    )


async def _key_hash(
    connection: Connection, keys: Keys, stream: ConnectedStream, wanted: Wanted
) -> UUID:
    layers.require_key(stream.layout)
    if wanted.key is None:
        assert wanted.key_hash is not None  # noqa: S101  one of the two is asked for
        return wanted.key_hash
    projection = Projection(
        layout=stream.layout,
        masking=Masking.of(keys, ()),
        key_secret=keys.hash_key("key_hash"),
        row_secret=keys.hash_key("row_hash"),
    )
    return await layers.key_hash_of(connection, projection, wanted.key)


async def _trails(connection: Connection, batch_ids: Iterable[int]) -> Mapping[int, Trail]:
    rows = await connection.fetch(SQL["trails"], sorted(batch_ids))
    return {row["batch_id"]: Trail(**row) for row in rows}


async def _promotions(
    connection: Connection, stream: ConnectedStream, trails: Iterable[Trail]
) -> Mapping[int, Promoted]:
    ids = sorted({trail.promotion_id for trail in trails if trail.promotion_id is not None})
    audits = await quality_results.of_promotions(connection, ids)
    descriptor = stream.layout.descriptor
    rows = await connection.fetch(SQL["promotions"], ids)
    occasions = [
        Occasion(row["promotion_id"], RunId(row["run_id"]), row["recorded_at"], row["next_at"])
        for row in rows
    ]
    told = await outbox.of_promotions(connection, descriptor, occasions)
    return {
        row["promotion_id"]: Promoted(
            promotion_id=row["promotion_id"],
            attempt_id=row["attempt_id"],
            job_id=row["job_id"],
            run_id=row["run_id"],
            lineage_run_id=stream_run_id(RunId(row["run_id"]), descriptor),
            recorded_at=row["recorded_at"],
            audit=audits.get(row["promotion_id"]),
            events=told.get(row["promotion_id"], ()),
        )
        for row in rows
    }
