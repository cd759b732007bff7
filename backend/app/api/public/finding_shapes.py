"""A score and a decision, as each resource that has one shows it; a resource adds what it alone has."""

from typing import TypedDict

from app.api.views import View
from app.core.findings import PathDecision
from app.gates.quality.metrics import Dimension


class ScoreView(View):
    """Units: 0..1, weighted by what was `measured`. Shape: without `score` nothing could be measured."""

    dimension: Dimension
    score: float | None
    measured: int


class DecidedPath(View):
    """What was decided of a path, and how sure that is. Units: `confidence` 0..1."""

    path: list[str]
    verdict: str
    entity: str | None
    confidence: float
    decided_by: str


class Decided(TypedDict):
    """The members of a decided path."""

    path: list[str]
    verdict: str
    entity: str | None
    confidence: float
    decided_by: str


def decided(decision: PathDecision) -> Decided:
    return Decided(
        path=list(decision.path),
        verdict=decision.verdict,
        entity=decision.entity,
        confidence=decision.confidence,
        decided_by=decision.decided_by,
    )
