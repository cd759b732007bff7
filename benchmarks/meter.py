"""What a piece of work costs: wall time, and CPU time of client, server and detectors."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Units: seconds. `client_s` is this process, `server_s` PostgreSQL with all its backends,
    `detector_s` the processes that this one keeps for NER. The connector is nobody's."""

    wall_s: float = 0.0
    client_s: float = 0.0
    server_s: float = 0.0
    detector_s: float = 0.0

    @property
    def cpu_s(self) -> float:
        return self.client_s + self.server_s + self.detector_s

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    def __sub__(self, other: "Cost") -> "Cost":
        return Cost(*(a - b for a, b in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self) -> tuple[float, float, float, float]:
        return self.wall_s, self.client_s, self.server_s, self.detector_s


@dataclass(slots=True)
class Meter:
    """Reads the clocks of this process and of a server, by its postmaster's pid; a Stopwatch to Atlas."""

    server: int
    totals: dict[str, Cost] = field(default_factory=dict)

    def read(self) -> Cost:
        """Every clock now; the difference of two readings is a cost."""
        return Cost(
            time.perf_counter(),
            time.process_time(),
            family_s(self.server),
            sum(map(cpu_s, _children(os.getpid()))),
        )

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Add what happens inside to a stage's total, and to that of every stage around it."""
        before = self.read()
        try:
            yield
        finally:
            self.totals[name] = self.totals.get(name, Cost()) + (self.read() - before)


def peak_mb(pid: int | str = "self") -> float:
    """The most memory that a process ever had resident. Units: 10**6 bytes."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1_024 / 1e6
    return 0.0


def largest_child_mb() -> float:
    """The peak of the largest process that this one keeps: a detector."""
    return max((peak_mb(pid) for pid in _children(os.getpid())), default=0.0)


def _stat(pid: int) -> list[str] | None:
    """The fields of /proc/{pid}/stat after the name; none if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None


def _children(parent: int) -> list[int]:
    pids = (int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit())
    return [pid for pid in pids if (stat := _stat(pid)) is not None and int(stat[1]) == parent]


def cpu_s(pid: int) -> float:
    """The CPU time that a process itself has taken. Units: seconds; 0 if it is gone."""
    stat = _stat(pid)
    return (int(stat[11]) + int(stat[12])) / _TICKS if stat else 0.0


def family_s(pid: int) -> float:
    """A process with its children: the living, and those that it has buried meanwhile."""
    while (stat := _stat(pid)) is not None:
        living = sum(map(cpu_s, _children(pid)))
        if (_stat(pid) or stat)[13:15] == stat[13:15]:  # nobody was buried between the two counts
            return sum(map(int, stat[11:15])) / _TICKS + living
    return 0.0
