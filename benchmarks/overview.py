"""How long the overview of many connections takes: `.venv/bin/python benchmarks/overview.py`.

The books are made by the server: each connection has streams, a schedule, jobs with batches, promotions and
scores, decisions about its columns, and some of them a trouble of each kind. What is measured is the statement
as the API runs it, as `atlas_app`: for who sees everything, and for who sees one of two workspaces.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from figures import Figures, table
from meter import cpu_s

from app.core.ids import JobId, WorkspaceId
from app.database import scope
from app.database.embedded import arrive
from app.database.migrate import migrate
from app.database.pool import SERVICE_ROLE, Database, open_database
from app.sync.jobs import timelines
from app.sync.overview import page
from app.sync.overview.page import Wanted

CONNECTIONS, JOBS, STREAMS, BATCHES = 1_000, 100, 3, 2
LOOKS = 15
OWN = WorkspaceId(UUID("00000000-0000-0000-0000-00000000000a"))
OTHERS = WorkspaceId(UUID("00000000-0000-0000-0000-00000000000b"))

# $1 own workspace   $2 the other   $3 connections   $4 jobs of each   $5 streams   $6 batches of a job and stream
_MADE = (
    "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'own'), ($2, 'other')",
    "INSERT INTO pipeline.sources (source_id, workspace_id, name, connector, configuration) "
    "SELECT w, w, 'shop', 'source-faker', '{}' FROM unnest(ARRAY[$1::uuid, $2]) w",
    "INSERT INTO pipeline.destinations (destination_id, workspace_id, name, configuration) "
    "SELECT w, w, 'atlas', '{}' FROM unnest(ARRAY[$1::uuid, $2]) w",
    "INSERT INTO pipeline.connections (connection_id, workspace_id, source_id, destination_id, name) "
    "SELECT lpad(to_hex(n), 32, '0')::uuid, w, w, w, 'connection ' || n "
    "FROM generate_series(1, $3) n, LATERAL (SELECT CASE n % 2 WHEN 0 THEN $1::uuid ELSE $2 END AS w) o",
    "INSERT INTO pipeline.schedules (connection_id, kind, every, unit, anchor_at, next_window_at, next_run_at, updated_at) "
    "SELECT connection_id, 'basic', 1, 'hours', now() - interval '1 year', now() + interval '20 min', "
    "       now() + interval '20 min', now() - interval '1 year' FROM pipeline.connections",
    "INSERT INTO pipeline.streams (connection_id, name, table_name, position, sync_mode, cursor_field, primary_key, stream, has_rest) "
    "SELECT connection_id, 'stream_' || s, 't' || row_number() OVER (), s, 'incremental_append', '{}', '[]', '{}', false "
    "FROM pipeline.connections, generate_series(1, $5) s",
    # two of ten connections fail since its last three jobs
    "INSERT INTO pipeline.jobs (connection_id, job_type, status, mode, failure, created_at, started_at, ended_at, updated_at, queued_at) "
    "SELECT c.connection_id, 'sync', CASE WHEN is_failed THEN 'failed' ELSE 'succeeded' END, 'real', "
    "       CASE WHEN is_failed THEN '{\"slug\": \"connector-failed\", \"title\": \"The connector failed\"}'::jsonb END, "
    "       at, at, at + interval '4 min', at, at "
    "FROM generate_series(1, $4) n, pipeline.connections c, "
    "     LATERAL (SELECT now() - make_interval(hours => $4 - n) - interval '5 min' AS at, "
    "                     n > $4 - 3 AND right(c.name, 1) IN ('7', '8') AS is_failed) t "
    "ORDER BY n, c.connection_id",
    "INSERT INTO pipeline.schedule_events (connection_id, window_at, kind, job_id) "
    "SELECT connection_id, created_at, 'fired', job_id FROM pipeline.jobs",
    "INSERT INTO pipeline.attempts (job_id, number, run_id, status, ended_at) "
    "SELECT job_id, 1, gen_random_uuid(), status, ended_at FROM pipeline.jobs",
    "INSERT INTO pipeline.batches (batch_id, attempt_id, stream_id, generation_id, read, explored, rejected, size_bytes, "
    "                              extracted_at, landed_at) "
    "SELECT nextval('pipeline.batch_ids'), a.attempt_id, s.stream_id, 0, 1000, 1000, 0, 568000, j.started_at, j.started_at "
    "FROM pipeline.jobs j JOIN pipeline.attempts a USING (job_id) JOIN pipeline.streams s USING (connection_id), "
    "     generate_series(1, $6) b ORDER BY j.job_id",
    "INSERT INTO pipeline.promotions (stream_id, attempt_id, after_batch, last_batch, outcome) "
    "SELECT stream_id, attempt_id, min(batch_id) - 1, max(batch_id), 'published' FROM pipeline.batches "
    "GROUP BY stream_id, attempt_id ORDER BY attempt_id",
    "INSERT INTO pipeline.batch_outcomes (batch_id, promotion_id, charted, superseded, quarantined, deleted, versions) "
    "SELECT b.batch_id, p.promotion_id, 1000, 0, 0, 0, 1000 "
    "FROM pipeline.batches b JOIN pipeline.promotions p USING (attempt_id, stream_id)",
    "INSERT INTO pipeline.watermarks (stream_id, batch_id, recorded_at) "
    "SELECT stream_id, max(last_batch), now() FROM pipeline.promotions GROUP BY stream_id",
    "INSERT INTO quality.scores (promotion_id, dimension, score, measured, method) "
    "SELECT promotion_id, d, 0.99, 1000, 'counted' FROM pipeline.promotions, "
    "unnest(ARRAY['completeness', 'uniqueness', 'validity', 'consistency', 'accuracy', 'timeliness']) d",
    # twenty columns a stream, decided twice; of every fiftieth stream one is to be reviewed
    "INSERT INTO pii.column_decisions (stream_id, path, verdict, confidence, action, evidence, decided_by) "
    "SELECT s.stream_id, ARRAY['column_' || p], CASE WHEN t = 2 AND p = 1 AND s.stream_id % 50 = 0 THEN 'review' ELSE 'clean' END, "
    "       1, 'pass', '{}', 'atlas' "
    "FROM generate_series(1, 2) t, pipeline.streams s, generate_series(1, 20) p",
    "INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash, status) "
    "SELECT w.stream_id, w.batch_id, q, '{type:a}', 'no number', '{}', gen_random_uuid(), "
    "       CASE WHEN q % 2 = 0 THEN 'kept' ELSE 'dismissed' END "
    "FROM pipeline.watermarks w, generate_series(1, 200) q WHERE w.stream_id % 20 = 0",
    "INSERT INTO pipeline.schema_changes (stream_id, job_id, stream, changes, is_breaking) "
    "SELECT stream_id, 1, '{}', '[]', false FROM pipeline.streams WHERE stream_id % 40 = 0",
)  # fmt: skip


@asynccontextmanager
async def books(folder: Path, connections: int, jobs: int) -> AsyncIterator[Database]:
    """A server with so many connections, and all that belongs to them."""
    stay = arrive(folder)
    try:
        await migrate(stay.cluster.dsn)
        async with open_database(stay.cluster.dsn, size=1) as owner:
            async with owner.transaction() as session:
                await session.execute("SET LOCAL session_replication_role = replica")
                for statement in _MADE:
                    numbers = {1: OWN, 2: OTHERS, 3: connections, 4: jobs, 5: STREAMS, 6: BATCHES}
                    await session.execute(*_bound(statement, numbers))
            async with owner.connection() as session:
                await session.execute("VACUUM ANALYZE")
        async with open_database(stay.cluster.dsn, size=2, role=SERVICE_ROLE) as database:
            yield database
    finally:
        stay.leave()


def _bound(statement: str, values: dict[int, object]) -> tuple[object, ...]:
    """The statement with only the parameters that it has, numbered anew."""
    used = [number for number in values if f"${number}" in statement]
    for place, number in enumerate(used, start=1):
        statement = statement.replace(f"${number}", f"${place}")
    return statement, *(values[number] for number in used)


async def measure(connections: int, jobs: int, looks: int) -> Figures:
    figures: Figures = {"overview_connections": connections, "overview_jobs": connections * jobs}
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as name:
        async with books(Path(name) / "home", connections, jobs) as database:
            for who, seen in (("", None), ("_of_one_workspace", [OWN])):
                for limit in (100, 500):
                    wall_ms, cpu_ms = await _took(
                        database, Wanted(workspace_ids=seen), limit, looks
                    )
                    figures[f"overview_ms_{limit}{who}"] = wall_ms
                    figures[f"overview_cpu_ms_{limit}{who}"] = cpu_ms
            async with database.connection() as session:
                newest = JobId(await session.fetchval("SELECT max(job_id) FROM pipeline.jobs"))
                began = time.perf_counter()
                await timelines.of(session, newest)
                figures["timeline_ms"] = round(1_000 * (time.perf_counter() - began), 1)
    return figures


async def _took(database: Database, wanted: Wanted, limit: int, looks: int) -> tuple[float, float]:
    """The best wall time of some looks, and the CPU that the server's backend took for one."""
    walls = []
    with scope.everything():
        scope.set_to(wanted.workspace_ids)
        async with database.connection() as session:
            backend = await session.fetchval("SELECT pg_backend_pid()")
            await page.shown(session, wanted, limit=limit, offset=0)
            before_s = cpu_s(backend)
            for _ in range(looks):
                began = time.perf_counter()
                shown, found = await page.shown(session, wanted, limit=limit, offset=0)
                walls.append(time.perf_counter() - began)
            spent_s = cpu_s(backend) - before_s
    if not found or '"broken":0' in shown.replace(" ", ""):
        raise SystemExit("The overview does not show what was made.")
    return round(1_000 * min(walls), 1), round(1_000 * spent_s / looks, 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    parser.add_argument("--jobs", type=int, default=JOBS, help="of each")
    parser.add_argument(
        "--looks",
        type=int,
        default=LOOKS,
        help="the best counts: what else the machine does is not of Atlas",
    )
    chosen = parser.parse_args()
    print(table(asyncio.run(measure(chosen.connections, chosen.jobs, chosen.looks))))
