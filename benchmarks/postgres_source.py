"""`source-postgres` into explore, against psql that pipes one COPY into another, in turns on one server.

Run as a program, `python postgres_source.py CONFIG CATALOG`, it reads into the null device, and ends by telling
the most memory it had: JSON on the last line of stdout.
"""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

from figures import Figures, ratio
from house import House
from meter import peak_mb
from psycopg.conninfo import conninfo_to_dict

from app.core.catalog import ConfiguredStream, SyncMode
from app.database.cluster import programs
from app.sources.built_in import BUILT_IN
from app.sources.port import Listener
from app.sources.protocol import CommandConnector
from app.sync.connections import connection_store

ROWS = 2_000_000
_SCHEMA = "bench_source"
_TABLE = """
CREATE TABLE {schema}.users AS
SELECT g AS id, 'Firstname' || g % 997 AS first_name, 'Lastname' || g % 9973 AS last_name,
       'user' || g || '@example.com' AS email, '+45 ' || 10000000 + g AS telephone,
       (ARRAY['Engineer', 'Nurse', 'Teacher', 'Analyst', 'Pilot'])[1 + g % 5] AS occupation,
       (ARRAY['English', 'Spanish', 'German', 'French'])[1 + g % 4] AS language,
       (ARRAY['American', 'Swiss', 'Polish', 'Brazilian'])[1 + g % 4] AS nationality,
       18 + g % 70 AS age, 50 + g % 60 AS weight, (g % 1000000) * 1.01 AS balance, g % 3 = 0 AS active,
       md5(g::text) AS token, 'O+' AS blood_type, 'PhD' AS degree, '1.80' AS height,
       jsonb_build_object('street', 'Street ' || g % 5000, 'city', 'Copenhagen', 'postal_code', 1000 + g % 9000) AS address,
       DATE '1960-01-01' + g % 15000 AS born,
       TIMESTAMPTZ '2020-01-01' + g * interval '1 second' AS created_at,
       TIMESTAMPTZ '2020-01-01' + g * interval '2 seconds' AS updated_at
FROM generate_series(1, {rows}) g
"""
"""As many fields as the users that are replayed have, and about as long."""


async def measure(house: House, rows: int, repeat: int) -> Figures:
    """Wall seconds of three ways of the same rows, and the connector's memory.

    Shape: psql copies `as_json` what explore has in the end, rows as JSON into a jsonb; and `columns` as they are
           into a table of the same columns, which makes no JSON and reads none.
    """
    walls: dict[str, list[float]] = defaultdict(list)
    async with users(house, rows) as stream:
        for turn in range(1, repeat + 1):
            table = f"{_SCHEMA}.users"
            found = {
                "columns": await _psql(house, f"LIKE {table}", table),
                "as_json": await _psql(
                    house, "data jsonb NOT NULL", f"(SELECT row_to_json(u) FROM {table} u)"
                ),
                "landed": await _landed(house, stream, rows),
            }
            for name, wall in found.items():
                walls[name].append(wall)
            told = ", ".join(f"{name} {wall:.1f} s" for name, wall in found.items())
            print(f"postgres {turn}/{repeat}: {told}", file=sys.stderr, flush=True)
        memory = await asyncio.to_thread(_memory, config_of(house.atlas.database.dsn), stream)
    return {
        "source_postgres_vs_psql_copy": ratio(walls["as_json"], walls["landed"]),
        "source_postgres_vs_psql_copy_of_columns": ratio(walls["columns"], walls["landed"]),
        "source_postgres_rss_mb": round(memory["rss_mb"]),
        "source_postgres_alone_records_per_s": round(rows / memory["wall_s"]),
        "source_postgres_records_per_s": round(rows / median(walls["landed"])),
        "source_postgres_rows": rows,
    }


@asynccontextmanager
async def users(house: House, rows: int) -> AsyncIterator[ConfiguredStream]:
    """A table of so many users in the server itself, as the stream that `source-postgres` offers of it."""
    async with house.owner() as session:
        await session.execute(f"CREATE SCHEMA {_SCHEMA}")
        await session.execute(_TABLE.format(schema=_SCHEMA, rows=rows))
        await session.execute(f"ALTER TABLE {_SCHEMA}.users ADD PRIMARY KEY (id)")
        await session.execute(f"VACUUM ANALYZE {_SCHEMA}.users")
    yield await _stream(_connector(house), house.atlas.database.dsn)
    async with house.owner() as session:
        await session.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")


async def _psql(house: House, columns: str, copied: str) -> float:
    """The seconds of two psql, one that sends into the other."""
    dsn, psql = house.atlas.database.dsn, programs() / "psql"
    async with house.owner() as session:
        await session.execute(f"CREATE TABLE {_SCHEMA}.copied ({columns})")
    await house.settle()
    began = time.perf_counter()
    await asyncio.to_thread(_piped, [psql, dsn, "-qXc", f"COPY {copied} TO STDOUT"], [psql, dsn, "-qXc", f"COPY {_SCHEMA}.copied FROM STDIN"])  # fmt: skip
    took = time.perf_counter() - began
    async with house.owner() as session:
        await session.execute(f"DROP TABLE {_SCHEMA}.copied")
    return took


def _piped(sending: list[object], taking: list[object]) -> None:
    with subprocess.Popen([*map(str, sending)], stdout=subprocess.PIPE) as sender:
        taker = subprocess.run([*map(str, taking)], stdin=sender.stdout, check=False)
    if sender.returncode or taker.returncode:
        raise SystemExit("psql failed: nothing is measured.")


async def _landed(house: House, stream: ConfiguredStream, rows: int) -> float:
    """The seconds of a first read of the table into explore, the connector's start with it."""
    connection = await house.connect([stream], dict(config_of(house.atlas.database.dsn)))
    orchestrator = house.orchestrator(lambda: _connector(house))
    attempt = await house.attempt(connection)
    async with house.atlas.database.connection() as session:
        source = await connection_store.get_source(session, connection.source_id)
    reading, states = await orchestrator._prepare(attempt, connection, source)
    await house.settle()
    began = time.perf_counter()
    await orchestrator._read(reading, states)
    took = time.perf_counter() - began
    async with house.atlas.database.connection() as session:
        landed = await session.fetchval(
            "SELECT sum(explored) FROM pipeline.batches WHERE stream_id = $1",
            connection.streams[0].stream_id,
        )
    if landed != rows:
        raise SystemExit(f"{landed} of {rows} rows were landed.")
    await house.clear(connection)
    return took


def _connector(house: House) -> CommandConnector:
    return BUILT_IN["source-postgres"].opened(house.atlas.settings, Listener())


async def _stream(connector: CommandConnector, dsn: str) -> ConfiguredStream:
    (stream,) = (await connector.discover(config_of(dsn))).streams
    return ConfiguredStream(
        stream=stream,
        sync_mode=SyncMode.INCREMENTAL_DEDUPED_HISTORY,
        cursor_field=stream.default_cursor_field,
        primary_key=stream.source_defined_primary_key,
    )


def config_of(dsn: str) -> dict[str, object]:
    """How `source-postgres` reaches that table."""
    where = conninfo_to_dict(dsn)
    return {
        "host": where["host"], "port": int(str(where["port"])), "database": where["dbname"],
        "username": where["user"], "schemas": [_SCHEMA], "ssl_mode": {"mode": "disable"},
    }  # fmt: skip


def _memory(config: dict[str, object], stream: ConfiguredStream) -> dict[str, float]:
    """What the connector alone tells, that sends into the null device."""
    descriptor = {"name": stream.descriptor.name, "namespace": stream.descriptor.namespace}
    catalog = {"streams": [{"stream": descriptor, "sync_mode": "full_refresh"}]}
    with tempfile.TemporaryDirectory() as name:
        paths = [Path(name) / "config.json", Path(name) / "catalog.json"]
        for path, content in zip(paths, (config, catalog), strict=True):
            path.write_text(json.dumps(content))
        program = [sys.executable, __file__, *map(str, paths)]
        done = subprocess.run(program, check=True, capture_output=True, text=True)
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer


def _alone(config: str, catalog: str) -> None:
    from app.sources.postgres.__main__ import main
    from app.sources.postgres.messages import Voice

    began = time.perf_counter()
    with contextlib.closing(open(os.devnull, "wb")) as nowhere:  # noqa: PTH123
        exit_code = main(
            ["read", "--config", config, "--catalog", catalog], Voice(nowhere.fileno())
        )
    if exit_code:
        raise SystemExit("The connector failed: nothing is measured.")
    print(json.dumps({"rss_mb": peak_mb(), "wall_s": time.perf_counter() - began}))


if __name__ == "__main__":
    _alone(sys.argv[1], sys.argv[2])
