"""How long the passport of a row takes in a table of many: `.venv/bin/python benchmarks/passport.py --rows 50000`.

The records are made by the server (generate_series) and taken through the layers' own statements, range by
range: no connector, no gate. Every tenth key has three versions; each promotion has scores, checks and an event.
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median, quantiles

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from figures import Figures, table
from house import House, open_house
from records import users

from app.core.connections import Connection
from app.core.findings import Action, Entity, PathDecision, Verdict
from app.core.jobs import Attempt
from app.database.pool import Connection as Session
from app.gates.pii import decisions
from app.gates.quality import results
from app.gates.quality.gate import Audit
from app.gates.quality.metrics import Dimension, Score
from app.gates.quality.soda import CheckResult, Outcome
from app.layers import explore, staging, tables
from app.layers.masking import Masking
from app.layers.projection import Projection
from app.layers.tables import Tables
from app.lineage.events import stream_run_id
from app.sync import ledger
from app.sync.datasets import passport
from app.sync.datasets.passport import Passport, Wanted

ROWS = 10_000_000
LOOKS = 200
_BATCH, _RANGE = 2_000, 250_000
_VERSIONS = 3
_MASKED = ("first_name", "last_name", "email", "telephone", "ssn")

_LAND = """
WITH made AS (
    SELECT key, $6::bigint + (key - $1::bigint) / $3 / {batch} AS batch_id, ((key - $1) / $3 % {batch})::int AS seq,
           md5(key::text || $5) AS noise
    FROM generate_series($1::bigint, $2::bigint, $3::bigint) AS key
)
INSERT INTO {explore} (batch_id, seq, data, content_hash)
SELECT batch_id, seq, jsonb_build_object(
           'id', key, 'first_name', left(noise, 6), 'last_name', left(noise, 9), 'email', noise || '@example.com',
           'telephone', left(noise, 10), 'gender', 'Other', 'title', 'Dr.', 'age', key % 80 + 18, 'occupation', 'Miller',
           'language', 'Danish', 'nationality', 'DK', 'academic_degree', 'PhD', 'height', 1.8, 'weight', key % 60 + 45,
           'balance', key / 7.0, 'is_active', true, 'ssn', left(noise, 9),
           'address', jsonb_build_object('street_name', noise, 'city', 'Ribe', 'postal_code', left(noise, 4)),
           'created_at', '2020-01-01T00:00:00Z', 'updated_at', timestamptz '2021-01-01' + $4 * interval '1 day'),
       (noise)::uuid
FROM made
"""
_BATCHES = """
INSERT INTO pipeline.batches (batch_id, attempt_id, stream_id, generation_id, read, explored, rejected, size_bytes, extracted_at)
SELECT batch_id, $1, $2, 0, count(*), count(*), 0, 0, now() FROM {explore}
WHERE batch_id BETWEEN $3 AND $4 GROUP BY batch_id
"""
_RESERVE = "SELECT max(nextval('pipeline.batch_ids')) FROM generate_series(1, $1::int)"
_EVENT = """
INSERT INTO lineage.outbox (run_id, job_name, event_type, event)
SELECT $1, 'bench.' || $2, 'RUNNING', jsonb_build_object('run', jsonb_build_object('runId', $3::text),
       'filler', (SELECT string_agg(md5(n::text), '') FROM generate_series(1, 120) n))
"""


async def measure(house: House, rows: int, looks: int = LOOKS) -> Figures:
    """Milliseconds of a passport in a chart of so many rows: of twenty looks the slowest but one, and the middle."""
    connection = await house.connect([users()])
    began = time.perf_counter()
    await _fill(house, connection, await house.attempt(connection), rows)
    made_s = time.perf_counter() - began
    await house.settle()
    chance = random.Random(1)
    took = []
    for _ in range(looks):
        key = chance.randrange(1, rows + 1)
        before = time.perf_counter()
        found = await _look(house, connection, key)
        took.append(1_000 * (time.perf_counter() - before))
        _require(found, _VERSIONS if key % 10 == 1 else 1)
    await house.clear(connection)
    size = f"{rows // 1_000_000}m" if rows >= 1_000_000 else f"{rows // 1_000}k"
    return {
        f"passport_ms_{size}": round(quantiles(took, n=20)[-1], 2),
        f"passport_median_ms_{size}": round(median(took), 2),
        f"passport_first_ms_{size}": round(took[0], 2),
        "passport_made_s": round(made_s, 1),
    }


async def _look(house: House, connection: Connection, key: int) -> Passport:
    wanted = Wanted(
        connection_id=connection.connection_id, stream="users", key={"id": key}, with_source=True
    )
    return await passport.of_row(house.atlas.database, house.atlas.keys, wanted)


def _require(found: Passport, versions: int) -> None:
    whole = (
        len(found.rows) == 1
        and len(found.versions) == versions
        and all(trail.promotion_id for trail in found.batches.values())
        and all(promoted.audit and promoted.events for promoted in found.promotions.values())
        and found.source is not None
    )
    if not whole:
        raise SystemExit("A passport lacks something: nothing is measured.")


async def _fill(house: House, connection: Connection, attempt: Attempt, rows: int) -> None:
    layout, keys = connection.streams[0].layout, house.atlas.keys
    masked = [
        PathDecision(path=(field,), verdict=Verdict.PERSONAL, entity=Entity.PERSON, action=Action.MASK)
        for field in _MASKED
    ]  # fmt: skip
    masking = Masking.of(keys, masked)
    projection = Projection(
        layout=layout,
        masking=masking,
        key_secret=keys.hash_key("key_hash"),
        row_secret=keys.hash_key("row_hash"),
    )
    async with house.atlas.database.transaction() as session:
        await tables.ensure_explore(session, layout)
        await tables.ensure_published(session, layout, masking.masks(layout))
        await decisions.add(session, layout.stream_id, masked)
    for version in range(_VERSIONS):
        step = 10 if version else 1
        for first in range(1, rows + 1, _RANGE * step):
            last_key = min(first + (_RANGE - 1) * step, rows)
            async with house.atlas.database.transaction() as session:
                await _promote(
                    session, house, attempt, projection, (first, last_key, step), version
                )
    async with house.atlas.database.connection() as session:
        await explore.summarise(session, Tables.of(layout.table).explore)
        await session.execute("ANALYZE")


async def _promote(
    session: Session,
    house: House,
    attempt: Attempt,
    projection: Projection,
    keys: Sequence[int],
    version: int,
) -> None:
    """Land and promote one range. Shape: `keys` are the first, the last and the step between them."""
    layout = projection.layout
    names = {"explore": Tables.of(layout.table).explore, "batch": _BATCH}
    first, last_key, step = keys
    count = -(-((last_key - first) // step + 1) // _BATCH)
    last = await session.fetchval(_RESERVE, count)
    begin = last - count + 1
    await session.execute(
        _LAND.format(**names), first, last_key, step, version, f"v{version}", begin
    )
    await session.execute(
        _BATCHES.format(**names), attempt.attempt_id, layout.stream_id, begin, last
    )
    await explore.summarise(session, Tables.of(layout.table).explore)
    await session.execute("SET LOCAL work_mem = '64MB'")
    await explore.read_by_range(session)
    staged = await staging.stage(session, projection, begin - 1, last)
    recorded_at = await ledger.next_recorded_at(session, layout.stream_id)
    writer = house.atlas.scheduler.orchestrator.writer
    if not version:
        staged = await writer.recognise(session, staged, recorded_at)
    fates = await writer.choose(session, staged)
    await writer.retire(session, staged, recorded_at)
    await writer.write_to_chart(session, staged, fates, recorded_at)
    versions = await writer.write_to_navigate(session, staged, recorded_at)
    promotion_id = await ledger.publish(
        session, attempt, staged, fates, versions, recorded_at, None
    )
    await ledger.move_watermark(session, layout.stream_id, staged.last, recorded_at)
    scores = [Score(dimension, 1.0, staged.rows) for dimension in Dimension]
    check = CheckResult(check="rows", column=None, outcome=Outcome.PASS, measured=staged.rows)
    await results.add(
        session,
        promotion_id,
        Audit(scores=scores, checks=[replace(check, check=f"check {n}") for n in range(4)]),
        layout,
        frozenset(),
    )
    run_id = str(stream_run_id(attempt.run_id, layout.descriptor))
    await session.execute(_EVENT, attempt.run_id, str(layout.descriptor), run_id)
    await staging.drop(session, staged.table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    wanted = parser.parse_args()

    async def run() -> Figures:
        with tempfile.TemporaryDirectory(prefix="atlas-bench-") as name:
            async with open_house(Path(name) / "home") as house:
                return await measure(house, wanted.rows)

    figures = asyncio.run(run())
    print(table(figures), file=sys.stderr)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
