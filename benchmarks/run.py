"""Measures what is claimed about Atlas's speed, in one run: `make bench`, `atlas bench`.

Everything that is compared is measured in turns, on one embedded server in a temporary home.
"""

import argparse
import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from urllib.parse import parse_qs, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "backend"))

import api
import beside
import faker
import jobs
import passport
import postgres_source
import scaling
import stages
import start
import updates
from figures import Figures, ratio, table, write
from house import House, open_house, reread_users, second_load, sync_replay
from loaders import Peers
from meter import Cost
from records import SHAPES, replay, second
from server15 import POSTGRES15, new_database

HERE = Path(__file__).resolve().parent
PARTS = ("way", "updates", "peers", "faker", "postgres", "memory", "start", "jobs", "api", "beside")
ON_REQUEST = ("way15", "memory5m", "passport", "scaling")
"""Another server, and what takes a quarter of an hour and as many gigabytes: nobody wants it every time."""
WAY_RECORDS = 300_000
"""Enough that the connector's start, a tenth of a second, does not weigh."""
WRITES = ("landing", "project", "chart", "navigate")
"""The stations without which there are no three layers; the gates are not among them."""
TYPED = ("landing", "project_no_tokens", "chart")
"""The stations that do what bare SQL does by hand: typed rows under a key, nothing masked or hashed."""
ON_15 = (
    "landing_vs_copy", "whole_way_vs_copy", "by_hand_vs_copy", "copy_records_per_s",
    "whole_way_records_per_s", "copy_cpu_s_per_100k", "by_hand_cpu_s_per_100k", "whole_way_cpu_s_per_100k",
)  # fmt: skip
PEER_RECORDS = 100_000
PEER_TURNS = 2
TRIES = 5
QUEUE_JOBS = 1_000
API_S = 5.0
BESIDE_ROWS = 300_000
BESIDE_TURNS = 2


@dataclass(frozen=True, slots=True)
class Case:
    """What a process that is weighed reads. Shape: `name` as in its figures; `shape` of the records."""

    name: str
    shape: str
    records: int


NARROW = Case("narrow", "narrow", 2_000_000)
WIDE = Case("500_fields", "wide", 50_000)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def way(house: House, records: int, repeat: int) -> Figures:
    """The bare COPY, every station, and the whole way."""
    made = replay(records)
    costs: dict[str, list[Cost]] = defaultdict(list)
    for turn in range(1, repeat + 1):
        found = {"copy": await stages.bare_copy(house, made)}
        found["by_hand"] = await stages.by_hand(house, made)
        found["two_landings"] = await stages.two_landings(house, made)
        found["read"] = await stages.read(house, made, framed=False)
        found["read_frame"] = await stages.read(house, made, framed=True)
        found |= await stages.one_by_one(house, made)
        found["writes"] = sum((found[name] for name in WRITES), Cost())
        found["landing_chart"] = sum((found[name] for name in TYPED), Cost())
        found["whole_way"] = await sync_replay(house, made)
        found["one_lane"] = await sync_replay(house, made, lanes=1)
        found["first_load"], found["unchanged"] = await reread_users(house, made)
        for name, cost in found.items():
            costs[name].append(cost)
        whole, copy = found["whole_way"], found["copy"]
        say(
            f"way {turn}/{repeat}: {records / whole.wall_s:,.0f} records/s, "
            f"{copy.cpu_s / whole.cpu_s:.3f} of the bare COPY's a CPU-second"
        )
    per_100k = 100_000 / records
    figures: Figures = {
        "landing_vs_copy": _ratio(costs["copy"], costs["landing"], "wall_s"),
        "landing_2_connections_vs_copy": round(
            2 * _ratio(costs["copy"], costs["two_landings"], "wall_s"), 3
        ),
        "landing_chart_vs_sql": _ratio(costs["by_hand"], costs["landing_chart"], "cpu_s"),
        "whole_way_vs_copy": _ratio(costs["copy"], costs["whole_way"], "cpu_s"),
        "writes_vs_copy": _ratio(costs["copy"], costs["writes"], "cpu_s"),
        "lanes_vs_one": _ratio(costs["one_lane"], costs["whole_way"], "wall_s"),
        "unchanged_vs_first_load": _ratio(costs["first_load"], costs["unchanged"], "cpu_s"),
        "by_hand_vs_copy": _ratio(costs["copy"], costs["by_hand"], "cpu_s"),
        "way_records": records,
        "whole_way_records_per_s": round(records / _middle(costs["whole_way"], "wall_s")),
        "landing_records_per_s": round(records / _middle(costs["landing"], "wall_s")),
        "copy_records_per_s": round(records / _middle(costs["copy"], "wall_s")),
    }
    for name, measured in costs.items():
        figures[f"{name}_cpu_s_per_100k"] = round(_middle(measured, "cpu_s") * per_100k, 3)
    for whose in ("client_s", "server_s", "detector_s"):
        value = _middle(costs["whole_way"], whose) * per_100k
        figures[f"whole_way_{whose.removesuffix('_s')}_cpu_s_per_100k"] = round(value, 3)
    return figures


async def way_15(home: Path, records: int, repeat: int) -> Figures:
    """The whole way on PostgreSQL 15 as it was set up here; nothing if none answers."""
    with new_database(POSTGRES15) as dsn:
        if dsn is None:
            say(f"No PostgreSQL 15 that lets us in answers at {POSTGRES15}: no figures of it.")
            return {}
        async with open_house(home, dsn) as house:
            figures = await way(house, records, repeat)
    return {f"{name}_pg15": figures[name] for name in ON_15}


async def peers(house: House, records: int, repeat: int) -> Figures:
    """Others' plain load and Atlas's whole way, the same records into the same server, in turns."""
    made, again = replay(records), second(records)
    others = Peers(parse_qs(urlsplit(house.atlas.database.dsn).query)["host"][0])
    walls: dict[str, list[float]] = defaultdict(list)
    for turn in range(1, repeat + 1):
        found = {
            "pyairbyte": await asyncio.to_thread(others.pyairbyte, made),
            "target_postgres": await asyncio.to_thread(others.target_postgres, made),
            "sling": await asyncio.to_thread(others.sling, made),
            "dlt_default": (await asyncio.to_thread(others.dlt, "default", made))[0],
            "dlt_arrow": (await asyncio.to_thread(others.dlt, "arrow", made))[0],
            "whole_way": (await sync_replay(house, made)).wall_s,
            "dlt_second_scd2": (await asyncio.to_thread(others.dlt, "scd2", made, again))[1],
            "second_load": await second_load(house, made, again),
        }
        for name, wall in found.items():
            walls[name].append(wall)
        say(f"peers {turn}/{repeat}: " + ", ".join(f"{n} {w:.1f} s" for n, w in found.items()))
    walls["dlt"] = [
        min(both) for both in zip(walls["dlt_default"], walls["dlt_arrow"], strict=True)
    ]
    against = ("pyairbyte", "target_postgres", "sling", "dlt")
    figures: Figures = {f"whole_way_vs_{n}": ratio(walls[n], walls["whole_way"]) for n in against}
    figures["scd2_second_load_vs_dlt"] = ratio(walls["dlt_second_scd2"], walls["second_load"])
    figures["peer_records"] = records
    singles = {n: w for n, w in walls.items() if n != "dlt"}
    return figures | {f"{n}_records_per_s": round(records / median(w)) for n, w in singles.items()}


async def real_faker(house: House, users: int, repeat: int) -> Figures:
    """The faker into the null device, and through Atlas, in turns."""
    source = await faker.prepared(users, house.atlas.settings)
    alone, through = [], []
    for turn in range(1, repeat + 1):
        alone.append(await source.alone())
        through.append(await source.through(house))
        say(f"faker {turn}/{repeat}: alone {alone[-1]:.1f} s, through Atlas {through[-1]:.1f} s")
    pairs = zip(alone, through, strict=True)
    return {
        "faker_overhead": round(median((all_ - bare) / bare for bare, all_ in pairs), 3),
        "faker_users": users,
        "faker_alone_s": round(median(alone), 2),
        "faker_whole_way_s": round(median(through), 2),
    }


async def memory(house: House, cases: Sequence[Case]) -> Figures:
    """The peak of a process that does nothing but one sync, and of its detector."""
    figures: Figures = {}
    for case in cases:
        SHAPES[case.shape](case.records)
        answer = await asyncio.to_thread(_answer, "memory.py", house.home, case.shape, case.records)
        figures[f"rss_mb_{case.name}"] = round(answer["rss_mb"])
        if case.shape == "users":
            figures["rss_mb_detector"] = round(answer["detector_mb"])
        else:
            figures[f"{case.name}_records_per_s"] = round(case.records / answer["wall_s"])
        say(f"memory: {figures[f'rss_mb_{case.name}']} MB at {case.records:,} of {case.shape}")
    return figures


async def first_answers(house: House, tries: int) -> Figures:
    """Best of some tries: what else the machine does is not Atlas's."""
    helps = [await asyncio.to_thread(start.cli_help_s) for _ in range(tries)]
    starts = [await asyncio.to_thread(start.api_start_s, house.home) for _ in range(tries)]
    say(f"start: help {min(helps):.2f} s, API {min(starts):.2f} s")
    return {"cli_help_s": round(min(helps), 3), "api_start_s": round(min(starts), 3)}


async def measure(wanted: argparse.Namespace) -> Figures:
    parts = wanted.only or PARTS
    figures: Figures = {}
    many = min(WAY_RECORDS, 3 * wanted.records)
    with tempfile.TemporaryDirectory(prefix="atlas-bench-") as name:
        say("Starting a server, and warming the gates.")
        async with open_house(Path(name) / "home") as house:
            if "way" in parts:
                figures |= await way(house, many, wanted.repeat)
            if "updates" in parts:
                figures |= await updates.measure(house, 2 * wanted.records, wanted.repeat)
            if "peers" in parts:
                few = min(PEER_RECORDS, wanted.records)
                figures |= await peers(house, few, min(PEER_TURNS, wanted.repeat))
            if "faker" in parts:
                figures |= await real_faker(house, wanted.records, wanted.repeat)
            if "postgres" in parts:
                rows = wanted.rows or (
                    20 * wanted.records if wanted.quick else postgres_source.ROWS
                )
                figures |= await postgres_source.measure(house, rows, wanted.repeat)
            if "memory" in parts:
                large = (Case("1m", "users", 1_000_000), NARROW, WIDE)
                small = Case("100k", "users", 100_000)
                figures |= await memory(house, [small] if wanted.quick else [small, *large])
            if "memory5m" in parts:
                figures |= await memory(house, [Case("5m", "users", 5_000_000)])
            if "jobs" in parts:
                figures |= await jobs.measure(house, 100 if wanted.quick else QUEUE_JOBS, TRIES)
            if "api" in parts:
                figures |= await api.measure(house, 1.0 if wanted.quick else API_S, wanted.repeat)
            if "beside" in parts:
                rows = BESIDE_ROWS // 5 if wanted.quick else BESIDE_ROWS
                figures |= await beside.measure(house, rows, min(BESIDE_TURNS, wanted.repeat))
            if "passport" in parts:
                figures |= await passport.measure(house, 50_000 if wanted.quick else passport.ROWS)
            if "scaling" in parts:
                sizes = ((1, 2), 20_000) if wanted.quick else (scaling.SIZES, scaling.MILLION)
                figures |= await scaling.measure(house, *sizes)
            if "start" in parts:
                figures |= await first_answers(house, TRIES)
        if "way15" in parts:
            figures |= await way_15(Path(name) / "home15", many, wanted.repeat)
    context = {"records": wanted.records, "repeat": wanted.repeat, "cores": os.cpu_count() or 0}
    return figures | context


def main() -> None:
    parser = argparse.ArgumentParser(prog="atlas bench", description=__doc__)
    parser.add_argument("--records", type=int, default=100_000, help="users that are replayed")
    parser.add_argument(
        "--rows", type=int, default=0, help="of the table that source-postgres reads; 2,000,000"
    )
    parser.add_argument("--repeat", type=int, default=3, metavar="N", help="turns; medians count")
    parser.add_argument("--quick", action="store_true", help="20,000 records, one turn, not 1M")
    parser.add_argument("--only", action="append", choices=(*PARTS, *ON_REQUEST), metavar="NAME", help=", ".join((*PARTS, *ON_REQUEST)))  # fmt: skip
    wanted = parser.parse_args()
    if wanted.quick:
        wanted.records, wanted.repeat = min(wanted.records, 20_000), 1
    is_whole = not wanted.only and not wanted.quick
    figures = asyncio.run(measure(wanted))
    command = " ".join(["atlas bench", *sys.argv[1:]])
    page = write(figures, "latest" if is_whole else "partial", command)
    print(table(figures))
    say(f"Written to {page.relative_to(HERE.parent)} and .json.")


def _answer(program: str, *arguments: object) -> dict[str, float]:
    """The last line that a program of this folder prints."""
    command = [sys.executable, str(HERE / program), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{program} failed: {done.stderr[-2_000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _middle(costs: Sequence[Cost], clock: str) -> float:
    return median(getattr(cost, clock) for cost in costs)


def _ratio(of: Sequence[Cost], to: Sequence[Cost], clock: str) -> float:
    return ratio([getattr(cost, clock) for cost in of], [getattr(cost, clock) for cost in to])


if __name__ == "__main__":
    main()
