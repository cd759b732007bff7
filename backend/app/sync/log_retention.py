"""Lets go of what jobs and transformations have said, once it is old; how much it was is kept."""

from dataclasses import dataclass

import structlog

from app.database.pool import Database
from app.database.queries import load

log = structlog.get_logger(__name__)

SQL = load(__file__)

_AT_ONCE = 100
"""Attempts, or runs, a transaction: their lines may be a hundred megabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogRetention:
    """Units: `keep_d` days since an attempt, or a run, has ended; 0 keeps all for good."""

    database: Database
    keep_d: int

    async def run(self) -> None:
        """Let go of all that is old enough. Safe in several processes at the same time."""
        if not self.keep_d:
            return
        for of, statement in (
            ("attempts", SQL["forget_attempts"]),
            ("transformation_runs", SQL["forget_transformation_runs"]),
        ):
            forgotten = 0
            while found := await self._forget_some(statement):
                forgotten += found
            if forgotten:
                log.info("logs_forgotten", of=of, logs=forgotten, older_than_d=self.keep_d)

    async def _forget_some(self, statement: str) -> int:
        async with self.database.transaction() as session:
            found: int = await session.fetchval(statement, self.keep_d, _AT_ONCE)
        return found
