"""What a transformation's run leaves: results of its nodes, what dbt said, artifacts."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.errors import ArtifactNotFound
from app.core.ids import TransformationRunId
from app.core.transformations import Artifact, NodeResult, NodeStatus
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sync.jobs.attempt_log import Level, containing

SQL = load(__file__)

_RUNS_WITH_ARTIFACTS = 20


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    level: Level
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    line_id: int
    at: datetime
    level: Level
    message: str


async def keep_nodes(
    session: Session, run_id: TransformationRunId, nodes: Sequence[NodeResult]
) -> None:
    """Keep what became of nodes, in their order."""
    await session.execute(
        SQL["keep_nodes"],
        run_id,
        [node.unique_id for node in nodes],
        [node.kind for node in nodes],
        [node.name for node in nodes],
        [node.status for node in nodes],
        [node.message for node in nodes],
        [node.rows for node in nodes],
        [node.failures for node in nodes],
        [node.seconds for node in nodes],
        [node.relation for node in nodes],
    )


async def nodes(session: Session, run_id: TransformationRunId) -> Sequence[NodeResult]:
    """What became of a run's nodes, in the order in which they ended."""
    rows = await session.fetch(SQL["nodes"], run_id)
    return [
        NodeResult(
            unique_id=row["unique_id"],
            kind=row["kind"],
            name=row["name"],
            status=NodeStatus(row["status"]),
            message=row["message"],
            rows=row["rows"],
            failures=row["failures"],
            seconds=row["seconds"],
            relation=row["relation"],
        )
        for row in rows
    ]


async def add_lines(
    session: Session,
    run_id: TransformationRunId,
    lines: Sequence[Line],
    dropped: int,
    limit_bytes: int,
) -> None:
    """Keep what dbt said, up to a limit a run; what is beyond it is counted."""
    if lines or dropped:
        await session.execute(
            SQL["add_lines"],
            run_id,
            [line.at for line in lines],
            [line.level for line in lines],
            [line.message for line in lines],
            limit_bytes,
            dropped,
        )


async def lines(
    session: Session,
    run_id: TransformationRunId,
    *,
    level: Level | None = None,
    text: str | None = None,
    limit: int,
    offset: int,
) -> Sequence[KeptLine]:
    """What dbt said, the oldest first; from a level on, or with a text in it."""
    pattern = None if text is None else containing(text)
    rows = await session.fetch(SQL["lines"], run_id, level, pattern, limit, offset)
    return [
        KeptLine(
            line_id=row["line_id"],
            at=row["at"],
            level=Level(row["level"]),
            message=row["message"],
        )
        for row in rows
    ]


def packed(content: bytes) -> bytes:
    """As an artifact is kept."""
    return gzip.compress(content, compresslevel=6, mtime=0)


async def keep_artifacts(
    session: Session, run_id: TransformationRunId, artifacts: Mapping[Artifact, tuple[bytes, int]]
) -> None:
    """Keep a run's artifacts, packed, with their sizes before; the newest runs of a transformation keep theirs."""
    for name, (content, size_bytes) in artifacts.items():
        await session.execute(SQL["keep_artifact"], run_id, name, content, size_bytes)
    await session.execute(SQL["keep_newest"], run_id, _RUNS_WITH_ARTIFACTS)


async def artifact(session: Session, run_id: TransformationRunId, name: Artifact) -> bytes:
    """Errors: ArtifactNotFound."""
    content = await session.fetchval(SQL["artifact"], run_id, name)
    if content is None:
        raise ArtifactNotFound(
            f"The run has no {name}, or has it no more: the newest {_RUNS_WITH_ARTIFACTS} of a transformation keep "
            "theirs."
        )
    return gzip.decompress(content)


async def artifacts(session: Session, run_id: TransformationRunId) -> Mapping[Artifact, int]:
    """The artifacts that a run has, with their sizes in bytes."""
    rows = await session.fetch(SQL["artifacts"], run_id)
    return {Artifact(row["name"]): row["size_bytes"] for row in rows}
