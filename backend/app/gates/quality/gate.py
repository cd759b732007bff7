"""The quality gate: what a staged range is worth, and whether it may be published."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.core.layout import Layout
from app.database.identifiers import Table
from app.database.pool import Connection
from app.gates.quality.figures import ColumnFigures
from app.gates.quality.metrics import Score, measure
from app.gates.quality.soda import Check, CheckResult, Outcome, generated


class Scanner(Protocol):
    async def warm(self) -> None: ...

    async def scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the gate found in a range."""

    scores: Sequence[Score]
    checks: Sequence[CheckResult]
    figures: Sequence[ColumnFigures] = ()

    @property
    def blocking(self) -> Sequence[str]:
        """The checks that hold the range."""
        return [result.check for result in self.checks if result.outcome is Outcome.FAIL]


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityGate:
    """Measures a staged range and lets Soda check it.

    Errors: GateUnavailable, then the range is held; DatabaseUnreachable, then it is tried again.
    """

    scanner: Scanner

    async def warm(self) -> None:
        """Load what a scan needs, while a connector is still starting."""
        await self.scanner.warm()

    async def audit(
        self,
        connection: Connection,
        layout: Layout,
        staging: Table,
        masked: frozenset[str],
        shown: frozenset[str],
    ) -> Audit:
        """Shape: `masked` columns are measured as tokens; `shown` are those of which values may be kept."""
        measured = await measure(connection, layout, staging, masked, shown)
        checks = await self.scanner.scan(staging, generated(layout))
        return Audit(scores=measured.scores, checks=checks, figures=measured.figures)
