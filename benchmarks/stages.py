"""Atlas's stations one by one, between the database's own COPY and the whole way."""

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from house import House, replaying
from meter import Cost, Meter
from records import Replay, users

from app.core.catalog import ConfiguredCatalog
from app.core.ids import BatchId, StreamId
from app.database.identifiers import Table, literal, quote
from app.gates.quality.gate import QualityGate
from app.gates.quality.soda import Check, CheckResult, SodaScanner
from app.layers import explore, staging
from app.layers.explore import frames
from app.layers.masking import Masking, Parameters
from app.layers.projection import Projection
from app.parts import soda_connection
from app.sync.connections import connection_store
from app.sync.promoter import Track
from app.sync.promotion import Promotion

_NO_HASH = "'00000000-0000-0000-0000-000000000000'::uuid"


async def bare_copy(house: House, replay: Replay) -> Cost:
    """The limit: the server reads the same records from a file into one jsonb column."""
    async with house.owner() as session:
        await session.execute("CREATE TABLE public.bare (data jsonb NOT NULL)")
        await house.settle()
        before = house.meter.read()
        copied = await session.execute(f"COPY public.bare FROM '{replay.bare}' (FORMAT text)")
        cost = house.meter.read() - before
        await session.execute("DROP TABLE public.bare")
    if copied != f"COPY {replay.records}":
        raise SystemExit(f"The bare COPY took other records than it was given: {copied}")
    return cost


async def by_hand(house: House, replay: Replay) -> Cost:
    """The same work in bare SQL: COPY, then one INSERT with a cast a column into a table with a key.

    Shape: no connector, gate, mask, hash, staging, history or book: what the whole way cannot beat.
    """
    connection = await house.connect([users()])
    typed = connection.streams[0].layout.columns
    columns = ", ".join(f"{quote(column.name)} {column.type}" for column in typed)
    values = ", ".join(f"(data ->> {literal(column.field)})::{column.type}" for column in typed)
    async with house.owner() as session:
        await session.execute("CREATE TABLE public.bare (data jsonb NOT NULL)")
        await session.execute(f"CREATE TABLE public.typed ({columns}, PRIMARY KEY (id))")
        await house.settle()
        before = house.meter.read()
        await session.execute(f"COPY public.bare FROM '{replay.bare}' (FORMAT text)")
        await session.execute(f"INSERT INTO public.typed SELECT {values} FROM public.bare")
        cost = house.meter.read() - before
        await session.execute("DROP TABLE public.bare, public.typed")
    return cost


async def read(house: House, replay: Replay, *, framed: bool) -> Cost:
    """The connector's output cut into batches; `framed`: hashed and put in COPY's form as well."""
    connector = replaying(replay, house.atlas.settings)
    catalog = ConfiguredCatalog(streams=(users(),))
    records = 0
    before = house.meter.read()
    async with contextlib.aclosing(connector.read({}, catalog, [])) as landings:
        async for landing in landings:
            for batch in landing.batches:
                records += len(batch.records)
                if framed:
                    numbered = list(enumerate(batch.records))
                    frames(BatchId(1), numbered, house.atlas.keys.content_seed)
    cost = house.meter.read() - before
    if records != replay.records:
        raise SystemExit(f"{records} of {replay.records} records were read.")
    return cost


async def two_landings(house: House, replay: Replay) -> Cost:
    """Two connections that land the same records at the same time, each into explore of its own."""
    connections = [await house.connect([users()]) for _ in range(2)]
    readings = []
    for connection in connections:
        orchestrator = house.orchestrator(lambda: replaying(replay, house.atlas.settings))
        attempt = await house.attempt(connection)
        async with house.atlas.database.connection() as session:
            source = await connection_store.get_source(session, connection.source_id)
        readings.append((orchestrator, await orchestrator._prepare(attempt, connection, source)))
    await house.settle()
    before = house.meter.read()
    await asyncio.gather(*(o._read(reading, states) for o, (reading, states) in readings))
    cost = house.meter.read() - before
    for connection in connections:
        await house.clear(connection)
    return cost


async def one_by_one(house: House, replay: Replay) -> dict[str, Cost]:
    """A sync whose stations do not overlap: all is landed first, then promoted range by range.

    Shape: `landing`; then `pii`, `project`, `scan`, `quality` (of which `soda`) and `publish` (of
           which `chart` and `navigate`; the rest is books, fence and commit).
    """
    atlas = house.atlas
    connection = await house.connect([users()])
    orchestrator = house.orchestrator(lambda: replaying(replay, atlas.settings))
    attempt = await house.attempt(connection)
    async with atlas.database.connection() as session:
        source = await connection_store.get_source(session, connection.source_id)
    reading, states = await orchestrator._prepare(attempt, connection, source)
    meter = Meter(house.meter.server)
    soda = MeteredScanner(SodaScanner(connection=soda_connection(atlas.database)), meter)
    promotion = replace(
        reading.promoter.promotion, stopwatch=meter, quality=QualityGate(scanner=soda)
    )
    house.forget()
    await house.settle()
    with meter.stage("landing"):
        await orchestrator._read(reading, states)
    (track,) = reading.promoter.tracks.values()
    await house.settle()
    for after, last, rows in await ranges(house, track.state.layout.stream_id):
        audited = await promotion.stage(track.state, after, last, rows)
        with meter.stage("publish"):
            await promotion.publish(track.state, [audited])
    await _project_in_parts(house, promotion, track, meter)
    await house.clear(connection)
    return meter.totals


class _WithoutHashes(Projection):
    """A projection that leaves out what keys and versions are told apart by."""

    def _key_hash(self, parameters: Parameters) -> str:
        return _NO_HASH

    def _row_hash(self, parameters: Parameters) -> str:
        return _NO_HASH


async def _project_in_parts(house: House, promotion: Promotion, track: Track, meter: Meter) -> None:
    """What the projection costs without hashes, and without tokens as well: casts and rules are left."""
    masking = promotion._masking(track.state)
    nothing = Masking.of(masking.keys, [])
    found = await ranges(house, track.state.layout.stream_id)
    for name, masked in (("project_no_hashes", masking), ("project_no_tokens", nothing)):
        projection = _WithoutHashes(
            layout=track.state.layout, masking=masked, key_secret=bytes(32), row_secret=bytes(32)
        )
        for after, last, _ in found:
            async with house.atlas.database.transaction() as session:
                await session.execute("SET LOCAL work_mem = '64MB'")
                await explore.read_by_range(session)
                with meter.stage(name):
                    staged = await staging.stage(session, projection, after, last)
                await staging.drop(session, staged.table)


async def ranges(house: House, stream_id: StreamId) -> Sequence[tuple[int, int, int]]:
    """What has landed of a stream in the ranges that Atlas would promote: (after, last, rows)."""
    settings = house.atlas.settings
    async with house.atlas.database.connection() as session:
        batches = await session.fetch(
            "SELECT batch_id, explored FROM pipeline.batches WHERE stream_id = $1 ORDER BY batch_id",
            stream_id,
        )
    found: list[tuple[int, int, int]] = []
    after, rows, wanted = 0, 0, settings.first_promotion_records
    for batch in batches:
        rows += batch["explored"]
        if rows >= wanted or batch is batches[-1]:
            found.append((after, batch["batch_id"], rows))
            after, rows, wanted = batch["batch_id"], 0, settings.promotion_records
    return found


@dataclass(frozen=True, slots=True)
class MeteredScanner:
    """Soda's scanner, with what it costs told apart from the gate's own metrics."""

    scanner: SodaScanner
    meter: Meter

    async def warm(self) -> None:
        await self.scanner.warm()

    async def scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        with self.meter.stage("soda"):
            return await self.scanner.scan(staging, checks)
