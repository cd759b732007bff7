"""How long somebody waits for the API's answers while a sync runs beside it.

`atlas serve` does what it always does: it answers, and its worker runs the job, reads, promotes and publishes.
Who asks is another process, this program run with a port, two paths and a count of seconds; it asks at a fixed rate
whether or not answers come, and counts from when it meant to ask, so that an answer that is late makes those behind
it late. It asks for some seconds before the sync begins too, which do not count: a service is started once.
"""

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import quantiles

RATE = 200
CONNECTIONS = 16
FEWEST = 1_000
"""Answers, of which the slowest hundredth says something."""
TOKEN = "BENCH_TOKEN"
WARM_S = 3.0
_LIMIT_S = 600.0
_LANDED = """
SELECT 1 FROM pipeline.batches b JOIN pipeline.attempts a USING (attempt_id) WHERE a.job_id = $1 LIMIT 1
"""


class Asking:
    """Asks for a job and for something else in turn, from `CONNECTIONS` connections, until the job is over or, where
    a time is given, for so long. Units: seconds; 0 is no time."""

    def __init__(self, port: int, job: str, other: str, seconds: float) -> None:
        self.port, self.paths, self.seconds = port, (job, other), seconds
        self.waiting: asyncio.Queue[tuple[float, str] | None] = asyncio.Queue()
        self.took_ms: list[float] = []
        self.is_over = False

    async def run(self) -> list[float]:
        """What each answer took. Units: milliseconds."""
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTIONS):
                group.create_task(self._answers())
            await self._ask()
        return self.took_ms

    async def _ask(self) -> None:
        began, number = time.perf_counter(), 0
        while not self.is_over:
            if number > RATE * _LIMIT_S:
                raise SystemExit(f"The sync was not over in {_LIMIT_S:g} s.")
            meant = began + number / RATE
            await asyncio.sleep(max(meant - time.perf_counter(), 0))
            self.waiting.put_nowait((meant, self.paths[number % 2]))
            number += 1
            if self.seconds and meant - began > self.seconds:
                break
        for _ in range(CONNECTIONS):
            self.waiting.put_nowait(None)

    async def _answers(self) -> None:
        """Errors: SystemExit for any other than a 200."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        while (wanted := await self.waiting.get()) is not None:
            meant, path = wanted
            writer.write(self._request(path))
            head = await reader.readuntil(b"\r\n\r\n")
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(f"The API answered {head.splitlines()[0]!r}.")
            lines = dict(line.split(b": ", 1) for line in head.lower().splitlines()[1:] if line)
            body = await reader.readexactly(int(lines[b"content-length"]))
            self.took_ms.append((time.perf_counter() - meant) * 1_000)
            if path == self.paths[0] and json.loads(body)["status"] != "running":
                self.is_over = not self.seconds
        writer.close()

    def _request(self, path: str) -> bytes:
        return (
            f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\n"
            f"Authorization: Bearer {os.environ[TOKEN]}\r\n\r\n"
        ).encode()


async def measure(house: "House", rows: int, repeat: int) -> "Figures":
    """The answers of all turns together; each turn syncs a table of so many rows for the first time."""
    took: list[float] = []
    older = await api.jobs(house)
    token = await api.token_of_one_workspace(house)
    async with postgres_source.users(house, rows) as stream:
        for turn in range(1, repeat + 1):
            found = await _turn(house, stream, older, token)
            took += found
            print(
                f"beside {turn}/{repeat}: {len(found):,} answers while {rows:,} rows were synced",
                file=sys.stderr, flush=True,
            )  # fmt: skip
    if len(took) < FEWEST:
        raise SystemExit(f"{len(took)} answers say nothing of the slowest hundredth.")
    cuts = quantiles(took, n=100)
    return {
        "api_p99_ms_beside_sync": round(cuts[98], 1),
        "api_p50_ms_beside_sync": round(cuts[49], 1),
        "api_answers_beside_sync": len(took),
    }


async def _turn(house: "House", stream: "ConfiguredStream", older: int, token: str) -> list[float]:
    config = postgres_source.config_of(house.atlas.database.dsn)
    connection = await house.connect([stream], dict(config), "source-postgres")
    port = free_port()
    with serving(house.home, port, RATE_LIMIT="100000000/minute", SOURCE_MODE="real"):
        await asyncio.to_thread(_asked, port, older, token, WARM_S)
        job = await house.atlas.scheduler.start(connection.connection_id)
        async with asyncio.timeout(_LIMIT_S):
            while not await _has_landed(house, job.job_id):  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        found = await asyncio.to_thread(_asked, port, job.job_id, token)
    async with house.atlas.database.connection() as session:
        ended = await job_store.get(session, job.job_id)
    if ended.status is not JobStatus.SUCCEEDED:
        raise SystemExit(f"The sync ended as {ended.status}: nothing is measured.")
    await house.clear(connection)
    return found


async def _has_landed(house: "House", job_id: "JobId") -> bool:
    async with house.atlas.database.connection() as session:
        return bool(await session.fetchval(_LANDED, job_id))


def _asked(port: int, job_id: int, token: str, seconds: float = 0) -> list[float]:
    paths = (f"/v1/jobs/{job_id}", "/v1/jobs?limit=20")
    command = [sys.executable, str(Path(__file__).resolve()), str(port), *paths, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | {TOKEN: token})
    if done.returncode:
        raise SystemExit(f"Who asks the API failed: {done.stderr[-2_000:]}")
    found: list[float] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    asking = Asking(int(sys.argv[1]), *sys.argv[2:4], float(sys.argv[4]))
    print(json.dumps(asyncio.run(asking.run())))
else:
    import api
    import postgres_source
    from figures import Figures
    from house import House
    from start import free_port, serving

    from app.core.catalog import ConfiguredStream
    from app.core.ids import JobId
    from app.core.jobs import JobStatus
    from app.sync.jobs import job_store
