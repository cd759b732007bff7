"""How many answers the API gives a second of its own CPU: one job, and a page of a hundred; and what bare FastAPI gives.

Who asks is an application with a role in one workspace of two, so that roles are looked up and row-level security
has rows to keep back.
`atlas serve --no-worker` is a process of its own, and so is who asks: this program, run with a port, a
path and a count of seconds (the token is in its environment), keeps some connections busy and prints what it got.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from statistics import median

CONNECTIONS = 4
JOBS = 100
WARM_S = 2.0
TOKEN = "BENCH_TOKEN"
BARE = Path(__file__).with_name("bare.py").resolve()

_MADE = """
WITH made AS (
    INSERT INTO pipeline.jobs (connection_id, job_type, status, mode, created_at, started_at, ended_at, polled_at)
    SELECT $1, 'sync', 'succeeded', 'mock', at, at, at + interval '8 min 2 s', at
    FROM (SELECT now() - make_interval(hours => n) AS at FROM generate_series($2, 1, -1) AS n) t
    RETURNING job_id
), tried AS (
    INSERT INTO pipeline.attempts (job_id, number, run_id, status, ended_at)
    SELECT job_id, 1, gen_random_uuid(), 'succeeded', now() FROM made RETURNING attempt_id, job_id
), landed AS (
    INSERT INTO pipeline.batches (batch_id, attempt_id, stream_id, generation_id, read, explored, rejected,
                                  size_bytes, extracted_at)
    SELECT nextval('pipeline.batch_ids'), t.attempt_id, s.stream_id, 0, 1000, 1000, 0, 568000, now()
    FROM tried t, pipeline.streams s WHERE s.connection_id = $1
    RETURNING 1
)
SELECT max(job_id) FROM made
"""

_ANOTHER = "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES (gen_random_uuid(), 'another') RETURNING workspace_id"
_MOVED = "UPDATE pipeline.connections SET workspace_id = $2 WHERE connection_id = $1"


def ask(port: int, path: str, seconds: float) -> None:
    """Print how many answers came within so many seconds."""
    print(json.dumps({"answers": asyncio.run(_ask(port, path, seconds))}))


async def _ask(port: int, path: str, seconds: float) -> int:
    request = (
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer {os.environ[TOKEN]}\r\n\r\n"
    ).encode()
    ends_at = asyncio.get_running_loop().time() + seconds
    return sum(await asyncio.gather(*(_busy(port, request, ends_at) for _ in range(CONNECTIONS))))


async def _busy(port: int, request: bytes, ends_at: float) -> int:
    """One connection's answers. Errors: SystemExit for any other than a 200."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answers = 0
    while asyncio.get_running_loop().time() < ends_at:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"The API answered {head.splitlines()[0]!r}.")
        lines = dict(line.split(b": ", 1) for line in head.lower().splitlines()[1:] if line)
        await reader.readexactly(int(lines[b"content-length"]))
        answers += 1
    writer.close()
    return answers


async def measure(house: "House", seconds: float, repeat: int) -> "Figures":
    """Units: `seconds` that each path is asked for in a turn; the medians of the turns."""
    job_id = await jobs(house)
    await jobs(house, await _other_workspace(house))
    token = await token_of_one_workspace(house)
    port, bare_port = free_port(), free_port()
    paths = {
        "api_job_get_per_cpu_s": (port, f"/v1/jobs/{job_id}"),
        "api_list_per_cpu_s": (port, f"/v1/jobs?limit={JOBS}&orderBy=createdAt%7CDESC"),
        "api_bare_per_cpu_s": (bare_port, f"/jobs/{job_id}"),
    }
    found: dict[str, list[float]] = {name: [] for name in paths}
    # counted as always, and never refused
    with (
        serving(house.home, port, "--no-worker", RATE_LIMIT="100000000/minute") as atlas,
        started([sys.executable, str(BARE)], bare_port, {DSN: house.atlas.database.dsn}) as bare,
    ):
        asked = {port: atlas.pid, bare_port: bare.pid}
        for _ in range(repeat):
            for name, (at, path) in paths.items():
                await asyncio.to_thread(_answers, at, path, WARM_S, token)
                before = cpu_s(asked[at])
                answers = await asyncio.to_thread(_answers, at, path, seconds, token)
                found[name].append(answers / (cpu_s(asked[at]) - before))
    bare_rates = found["api_bare_per_cpu_s"]
    return {name: round(median(rates)) for name, rates in found.items()} | {
        "api_job_get_vs_bare": ratio(found["api_job_get_per_cpu_s"], bare_rates),
        "api_list_vs_bare": ratio(found["api_list_per_cpu_s"], bare_rates),
    }


def _answers(port: int, path: str, seconds: float, token: str) -> int:
    command = [sys.executable, str(Path(__file__).resolve()), str(port), path, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {TOKEN: token})
    if done.returncode:
        raise SystemExit(f"Who asks the API failed: {done.stderr[-2_000:]}")
    return int(json.loads(done.stdout)["answers"])


async def token_of_one_workspace(house: "House") -> str:
    """The token of an application that may look at the home workspace alone."""
    async with house.atlas.database.transaction() as session:
        made, _ = await applications.create(
            session, "bench", {connection_store.HOME_WORKSPACE: Role.VIEWER}
        )
    return Tokens.of(house.atlas.keys).make(CallerKind.APPLICATION, str(made.application_id))


async def _other_workspace(house: "House") -> "WorkspaceId":
    async with house.atlas.database.connection() as session:
        made: WorkspaceId = await session.fetchval(_ANOTHER)
    return made


async def jobs(house: "House", workspace_id: "WorkspaceId | None" = None) -> int:
    """A hundred finished jobs of a connection with three streams, of the home workspace or another; the newest."""
    catalog = await mock_connector(house.atlas.settings, "source-faker", Listener()).discover({})
    streams = [
        ConfiguredStream(stream=stream, sync_mode=SyncMode.FULL_REFRESH_APPEND)
        for stream in catalog.streams
    ]
    connection = await house.connect(streams)
    async with house.atlas.database.transaction() as session:
        newest: int = await session.fetchval(_MADE, connection.connection_id, JOBS)
        if workspace_id is not None:
            await session.execute(_MOVED, connection.connection_id, workspace_id)
    return newest


if __name__ == "__main__":
    ask(int(sys.argv[1]), sys.argv[2], float(sys.argv[3]))
else:
    from bare import DSN
    from figures import Figures, ratio
    from house import House
    from meter import cpu_s
    from start import free_port, serving, started

    from app.access import applications
    from app.access.tokens import Tokens
    from app.core.access import CallerKind, Role
    from app.core.catalog import ConfiguredStream, SyncMode
    from app.core.ids import WorkspaceId
    from app.sources.port import Listener
    from app.sources.registry import mock_connector
    from app.sync.connections import connection_store
