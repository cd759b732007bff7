"""What the connector and Atlas say during an attempt: kept with it, up to a limit."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum, StrEnum
from typing import Any
from uuid import UUID

from app.core.ids import JobId
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.database.queries import load
from app.database.rounds import repeat
from app.processes.redaction import without_secrets

SQL = load(__file__)

_MOST_WAITING = 20_000
_MOST_RUNS = 256
_LONGEST_MESSAGE = 8_000
_LONGEST_FACTS = 4_000
_BOUND = frozenset({"event", "level", "timestamp", "job_id", "attempt_id", "run_id", "mode"})
"""Keys that say which attempt it is: its lines need not repeat them."""


class Level(IntEnum):
    """Source: Python's logging; a connector's words for them are the Airbyte protocol's."""

    DEBUG = 10
    INFO = 20
    WARNING = 30
    ERROR = 40
    FATAL = 50


_LEVELS = {
    "TRACE": Level.DEBUG, "DEBUG": Level.DEBUG, "INFO": Level.INFO, "WARN": Level.WARNING, "WARNING": Level.WARNING,
    "ERROR": Level.ERROR, "EXCEPTION": Level.ERROR, "FATAL": Level.FATAL, "CRITICAL": Level.FATAL, "STDERR": Level.INFO,
}  # fmt: skip


class Speaker(StrEnum):
    CONNECTOR = "connector"
    ATLAS = "atlas"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Shape: `facts` a JSON object or none. Units: `size_bytes` as it is counted against the limit."""

    run_id: UUID
    at: datetime
    level: Level
    speaker: Speaker
    message: str
    facts: str | None

    @property
    def size_bytes(self) -> int:
        return len(self.message.encode()) + len((self.facts or "").encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    line_id: int
    attempt: int
    at: datetime
    level: Level
    speaker: Speaker
    message: str
    facts: Mapping[str, object] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTotal:
    """All lines of an attempt. Shape: `dropped` were over the limit, and are only counted; `forgotten_at` once
    they were let go of for their age."""

    attempt: int
    lines: int
    size_bytes: int
    dropped: int
    forgotten_at: datetime | None


@dataclass(slots=True)
class _Run:
    size_bytes: int = 0
    dropped: int = 0


@dataclass(slots=True, kw_only=True)
class AttemptLog:
    """Collects lines in memory, from any thread, and writes them a batch at a time.

    Who logs never waits: beyond the limit of an attempt, or while the database is away for long, a
    line is counted as dropped. What was said in the last second before a kill -9 is lost.

    Units: `limit_bytes` of one attempt, messages and facts.
    """

    database: Database
    limit_bytes: int
    every_s: float = 1.0
    waiting: list[Line] = field(default_factory=list)
    runs: "OrderedDict[UUID, _Run]" = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def keep(self, logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:  # fmt: skip
        """A structlog processor: keeps a line that belongs to an attempt, and passes every line on."""
        run_id = event.get("run_id")
        if isinstance(run_id, str):
            self._add(line_of(UUID(run_id), method, event))
        return event

    async def run(self) -> None:
        """Write what was said, until cancelled. Errors: none; lines wait while the database is away."""
        await repeat("attempt_log", self.flush, every_s=self.every_s)

    async def flush(self) -> None:
        """Write what waits. Errors: the database's own; the lines wait on."""
        with self.lock:
            lines, self.waiting = self.waiting, []
            dropped = {run_id: run.dropped for run_id, run in self.runs.items() if run.dropped}
            for run in self.runs.values():
                run.dropped = 0
        if not lines and not dropped:
            return
        try:
            async with self.database.transaction() as session:
                await _write(session, lines, dropped)
        except BaseException:
            self._take_back(lines, dropped)
            raise

    def _add(self, line: Line) -> None:
        with self.lock:
            run = self.runs.setdefault(line.run_id, _Run())
            self.runs.move_to_end(line.run_id)
            size = line.size_bytes
            if run.size_bytes + size > self.limit_bytes or len(self.waiting) >= _MOST_WAITING:
                run.dropped += 1
                return
            run.size_bytes += size
            self.waiting.append(line)
            while len(self.runs) > _MOST_RUNS and not next(iter(self.runs.values())).dropped:
                self.runs.popitem(last=False)

    def _take_back(self, lines: Sequence[Line], dropped: Mapping[UUID, int]) -> None:
        with self.lock:
            self.waiting[:0] = lines
            for run_id, count in dropped.items():
                self.runs.setdefault(run_id, _Run()).dropped += count


def line_of(run_id: UUID, method: str, event: Mapping[str, Any]) -> Line:
    """A line as it is kept: what is named like a secret is hidden, what is long is cut."""
    now = datetime.now(UTC)
    if event.get("event") == "connector_said":
        level = _LEVELS.get(str(event.get("level")).upper(), Level.INFO)
        message = _storable(str(event.get("message", "")))[:_LONGEST_MESSAGE]
        return Line(run_id=run_id, at=now, level=level, speaker=Speaker.CONNECTOR, message=message, facts=None)  # fmt: skip
    facts = {name: fact for name, fact in event.items() if name not in _BOUND and fact is not None}
    return Line(
        run_id=run_id,
        at=now,
        level=_LEVELS.get(method.upper(), Level.INFO),
        speaker=Speaker.ATLAS,
        message=_storable(str(event.get("event", "")))[:_LONGEST_MESSAGE],
        facts=_json(without_secrets(facts)) if facts else None,
    )


async def lines(
    session: Session,
    job_id: JobId,
    *,
    attempt: int | None = None,
    level: Level | None = None,
    text: str | None = None,
    limit: int,
    offset: int,
) -> Sequence[KeptLine]:
    """A job's lines as they were said; of one attempt, from a level on, or with a text in them."""
    pattern = None if text is None else containing(text)
    rows = await session.fetch(SQL["list"], job_id, attempt, level, pattern, limit, offset)
    return [
        KeptLine(
            line_id=row["line_id"],
            attempt=row["number"],
            at=row["at"],
            level=Level(row["level"]),
            speaker=Speaker(row["speaker"]),
            message=row["message"],
            facts=json.loads(row["facts"]) if row["facts"] else None,
        )
        for row in rows
    ]


async def totals(session: Session, job_id: JobId) -> Sequence[LogTotal]:
    """How much each attempt said; an attempt that said nothing is not among them."""
    rows = await session.fetch(SQL["totals"], job_id)
    return [
        LogTotal(
            attempt=row["number"],
            lines=row["lines"],
            size_bytes=row["size_bytes"],
            dropped=row["dropped"],
            forgotten_at=row["forgotten_at"],
        )
        for row in rows
    ]


async def _write(session: Session, lines: Sequence[Line], dropped: Mapping[UUID, int]) -> None:
    if lines:
        await session.execute(
            SQL["add"],
            [line.run_id for line in lines],
            [line.at for line in lines],
            [line.level for line in lines],
            [line.speaker for line in lines],
            [line.message for line in lines],
            [line.facts for line in lines],
        )
    runs = list({line.run_id for line in lines} | dropped.keys())
    await session.execute(
        SQL["count"],
        runs,
        [sum(line.run_id == run_id for line in lines) for run_id in runs],
        [sum(line.size_bytes for line in lines if line.run_id == run_id) for run_id in runs],
        [dropped.get(run_id, 0) for run_id in runs],
    )


def _json(facts: Mapping[str, object]) -> str:
    said = json.dumps(facts, default=str, ensure_ascii=False, separators=(",", ":"))
    said = _storable(said.replace("\\u0000", "\\ufffd"))
    if len(said) > _LONGEST_FACTS:
        return json.dumps({"cut": said[:_LONGEST_FACTS]}, ensure_ascii=False)
    return said


def containing(text: str) -> str:
    """For ILIKE, of whatever has this text in it, letter for letter."""
    return f"%{_literally(_storable(text))}%"


def _storable(text: str) -> str:
    """The text without what PostgreSQL's text cannot hold."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


def _literally(text: str) -> str:
    return text.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
