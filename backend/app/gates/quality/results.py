"""What the quality gate found, kept a promotion at a time."""

from collections.abc import Mapping, Sequence

from app.core.ids import JobId
from app.core.layout import Layout
from app.database.pool import Connection
from app.database.queries import load
from app.gates.quality import figures
from app.gates.quality.gate import Audit
from app.gates.quality.metrics import Dimension, Score
from app.gates.quality.soda import CheckResult, Outcome

SQL = load(__file__)


async def add(
    connection: Connection, promotion_id: int, audit: Audit, layout: Layout, shown: frozenset[str]
) -> None:
    """Keep a range's scores, check results and figures with its promotion.

    Shape: `shown` are the columns of which values may be kept by now.
    """
    await figures.add(connection, layout.stream_id, promotion_id, audit.figures, shown)
    await connection.executemany(
        SQL["add_score"],
        [
            (promotion_id, score.dimension.value, score.score, score.measured, score.method)
            for score in audit.scores
        ],
    )
    await connection.executemany(
        SQL["add_check"],
        [
            (promotion_id, place, "soda", result.check, result.column, result.outcome.value, result.measured)
            for place, result in enumerate(audit.checks)
        ],
    )  # fmt: skip


async def scores_of(
    connection: Connection, job_id: JobId
) -> Mapping[int, Mapping[str, float | None]]:
    """A job's scores by stream and dimension, weighted by what they rest on; none if unmeasured."""
    found: dict[int, dict[str, float | None]] = {}
    for row in await connection.fetch(SQL["scores_of"], job_id):
        found.setdefault(row["stream_id"], {})[row["dimension"]] = row["score"]
    return found


async def of_promotions(
    connection: Connection, promotion_ids: Sequence[int]
) -> Mapping[int, Audit]:
    """What the gate found in some promotions; one that was not audited is left out."""
    scores: dict[int, list[Score]] = {}
    for row in await connection.fetch(SQL["scores_of_promotions"], list(promotion_ids)):
        score = Score(Dimension(row["dimension"]), row["score"], row["measured"])
        scores.setdefault(row["promotion_id"], []).append(score)
    checks: dict[int, list[CheckResult]] = {}
    for row in await connection.fetch(SQL["checks_of_promotions"], list(promotion_ids)):
        check = CheckResult(
            check=row["check_name"],
            column=row["column_name"],
            outcome=Outcome(row["outcome"]),
            measured=row["measured"],
        )
        checks.setdefault(row["promotion_id"], []).append(check)
    return {
        promotion_id: Audit(
            scores=scores.get(promotion_id, ()), checks=checks.get(promotion_id, ())
        )
        for promotion_id in sorted({*scores, *checks})
    }
