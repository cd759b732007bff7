"""How Atlas's whole way goes with more records, and with two connections at once: `make bench ARGS="--only scaling"`.

Writes docs/benchmarks.md, the table, and docs/benchmarks.svg, the plot. Ten million users take some twenty
gigabytes under data/ and as many in the server.
"""

import asyncio
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from figures import Figures
from house import House, replaying
from loaders import HERE, python_of
from records import replay, users

from app.core.settings import Settings

MILLION = 1_000_000
SIZES = (1, 2, 5, 10)
DOCS = Path(__file__).resolve().parents[1] / "docs"


@dataclass(frozen=True, slots=True)
class Point:
    """One run. Units: `records` of all connections together; seconds of CPU a 100,000 records."""

    connections: int
    records: int
    records_per_s: int
    cpu_s_per_100k: float


async def measure(house: House, sizes: Sequence[int] = SIZES, unit: int = MILLION) -> Figures:
    """Each size once on one connection, and the smallest on two at the same time."""
    points = [await _run(house, 1, size * unit) for size in sizes]
    points.append(await _run(house, 2, sizes[0] * unit))
    _write(points)
    rates = [point.records_per_s for point in points]
    return {
        "largest_vs_smallest": round(rates[-2] / rates[0], 2),
        "two_connections_vs_one": round(rates[-1] / rates[0], 2),
    }


async def _run(house: House, connections: int, records: int) -> Point:
    """So many connections at once, each with so many records."""
    made = replay(records)
    settings: Settings = house.atlas.settings
    wanted = [await house.connect([users()]) for _ in range(connections)]
    await house.settle()
    before = house.meter.read()
    await asyncio.gather(*(house.sync(one, lambda: replaying(made, settings)) for one in wanted))
    cost = house.meter.read() - before
    for connection in wanted:
        await house.clear(connection)
    total = connections * records
    per_100k = cost.cpu_s / total * 100_000
    return Point(connections, total, round(total / cost.wall_s), round(per_100k, 2))


def _write(points: Sequence[Point]) -> None:
    lines = [
        "# How it scales", "",
        f"One run of `make bench ARGS=\"--only scaling\"` on {os.cpu_count()} cores: whole syncs of replayed users "
        "(20 fields, 568 bytes), with personal data masked and quality checked. How it is measured, and against what, "
        "is in [benchmarks/](../benchmarks/README.md).", "",
        "| connections at once | records | records a second | CPU-seconds a 100,000 records |",
        "| ---: | ---: | ---: | ---: |",
        *(f"| {p.connections} | {p.records:,} | {p.records_per_s:,} | {p.cpu_s_per_100k} |" for p in points),
        "", "![records a second by size](benchmarks.svg)", "",
    ]  # fmt: skip
    (DOCS / "benchmarks.md").write_text("\n".join(lines))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump([asdict(point) for point in points], file)
        file.flush()
        command = [python_of("plot"), str(HERE / "plot.py"), file.name, str(DOCS / "benchmarks.svg")]  # fmt: skip
        subprocess.run(command, check=True)
