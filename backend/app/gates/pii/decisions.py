"""The decisions about a stream's paths, kept with their evidence; the newest of a path counts."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.core.catalog import Path
from app.core.findings import Action, DecidedBy, Entity, Evidence, PathDecision, Verdict
from app.core.ids import StreamId
from app.core.layout import Layout
from app.database.pool import Connection, Row
from app.database.queries import load

SQL = load(__file__)


async def current(connection: Connection, stream_id: StreamId) -> Mapping[Path, PathDecision]:
    """What stands about each path of a stream."""
    rows = await connection.fetch(SQL["current"], stream_id)
    return {tuple(row["path"]): _decision(row) for row in rows}


async def in_force(
    connection: Connection, stream_id: StreamId
) -> Sequence[tuple[PathDecision, datetime]]:
    """What stands about each path, and since when; in order of path."""
    rows = await connection.fetch(SQL["in_force"], stream_id)
    return [(_decision(row), row["decided_at"]) for row in rows]


async def unmasked(connection: Connection, stream_id: StreamId) -> Sequence[Path]:
    """The paths that a person lets pass although they were decided to be masked before; in order."""
    return [tuple(row["path"]) for row in await connection.fetch(SQL["unmasked"], stream_id)]


def clean_columns(layout: Layout, decisions: Iterable[PathDecision]) -> frozenset[str]:
    """The columns of which every path is decided clean: their values may be shown in figures.

    Shape: a column that nobody has decided, or that is quasi-personal, or masked in part, is none of them.
    """
    by_field: dict[str, list[PathDecision]] = {}
    for decision in decisions:
        by_field.setdefault(decision.path[0] if decision.path else "", []).append(decision)
    return frozenset(
        column.name
        for column in layout.columns
        if _is_clean(column.path, by_field.get(column.field, ()))
    )


def _is_clean(path: Path, decisions: Iterable[PathDecision]) -> bool:
    """True if something is decided about a path or what lies in it, and nothing there is not clean."""
    near = [d for d in decisions if d.path[: len(path)] == path[: len(d.path)]]
    is_judged = any(len(d.path) >= len(path) for d in near)
    return is_judged and all(d.verdict is Verdict.CLEAN and not d.is_masked for d in near)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """A decision as it was made. Shape: `actor` and `reason` of a person's."""

    decision_id: int
    decision: PathDecision
    decided_at: datetime
    actor: str | None
    reason: str | None

    @classmethod
    def of(cls, row: Row) -> "Decided":
        return cls(
            decision_id=row["decision_id"],
            decision=_decision(row),
            decided_at=row["decided_at"],
            actor=row["actor"],
            reason=row["reason"],
        )


async def history(
    connection: Connection,
    stream_id: StreamId,
    path: Path,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[Decided]:
    """All that was decided of a path, the newest first."""
    rows = await connection.fetch(SQL["history"], stream_id, list(path), limit, offset, up_to)
    return [Decided.of(row) for row in rows]


async def add(
    connection: Connection,
    stream_id: StreamId,
    decisions: Sequence[PathDecision],
    actor: str | None = None,
    reason: str | None = None,
) -> None:
    """Keep new decisions; earlier ones of the same paths stay as their history."""
    await connection.executemany(
        SQL["add"],
        [
            (
                stream_id,
                list(decision.path),
                decision.verdict.value,
                decision.entity.value if decision.entity else None,
                decision.confidence,
                (Action.MASK if decision.is_masked else Action.PASS).value,
                json.dumps(asdict(decision.evidence)),
                decision.decided_by.value,
                actor,
                reason,
            )
            for decision in decisions
        ],
    )


def _decision(row: Row) -> PathDecision:
    return PathDecision(
        path=tuple(row["path"]),
        verdict=Verdict(row["verdict"]),
        entity=Entity(row["entity"]) if row["entity"] else None,
        confidence=row["confidence"],
        action=Action(row["action"]),
        evidence=Evidence(**json.loads(row["evidence"])),
        decided_by=DecidedBy(row["decided_by"]),
    )
