"""Whether a job is tried again, and after how long: by who can mend the failure, and by progress."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import assert_never

from app.core.errors import Failure
from app.core.failures import (
    BooksDoNotBalance,
    RangeHeld,
    StatementTookTooLong,
    WorkerDied,
    WorkerStalled,
)
from app.core.ids import ConnectionId, WorkspaceId

WITHOUT_PROGRESS = 3
"""Attempts in a row that get nowhere, after which a job is given up."""
IN_ALL = 20

_AT_ONCE = {WorkerDied.slug, WorkerStalled.slug}
"""Nothing has to mend meanwhile: another worker is there."""
_VERDICTS = {BooksDoNotBalance.slug, RangeHeld.slug}
"""About what is committed already: another attempt finds the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryTerms:
    """Units: seconds before the second attempt; how much longer each wait without progress is; the
    longest wait."""

    wait_s: float
    factor: float
    cap_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobTerms:
    """What holds for a job's attempts.

    Shape: `is_let_in` into the queue, or waiting for its workspace to have room.
    Units: `left_s` of `max_duration_s`, none without a limit or before the job began; `without_progress` attempts in a row
           that get nowhere.
    """

    connection_id: ConnectionId
    workspace_id: WorkspaceId
    queue: str
    priority: int
    due_at: datetime | None
    is_let_in: bool
    retry: RetryTerms
    max_duration_s: int | None
    left_s: float | None
    without_progress: int = WITHOUT_PROGRESS


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """An attempt that failed."""

    slug: str
    failure: Failure
    progressed: bool


def next_wait_s(
    tries: Sequence[Try],
    terms: RetryTerms,
    chance: float,
    without_progress: int = WITHOUT_PROGRESS,
) -> float | None:
    """Seconds until the next attempt; none if there shall be none.

    Shape: `tries` in order, never empty, without those that were interrupted.
    Units: `chance` in 0..1 spreads the waits of many connections over half of each.
    """
    newest = tries[-1]
    stuck = sum(1 for _ in takewhile(lambda one: not one.progressed, reversed(tries)))
    if stuck >= without_progress or len(tries) >= IN_ALL or not _may_pass(tries):
        return None
    if newest.slug in _AT_ONCE:
        return 0.0
    longest = min(terms.cap_s, terms.wait_s * terms.factor ** max(stuck - 1, 0))
    return longest * (1 + chance) / 2


def _may_pass(tries: Sequence[Try]) -> bool:
    newest = tries[-1]
    match newest.failure:
        case Failure.TRANSIENT:
            # a limit of the database is met again, unless it was the moment
            limited = sum(one.slug == StatementTookTooLong.slug for one in tries)
            return newest.slug != StatementTookTooLong.slug or limited < 2
        case Failure.CONFIG:
            return False
        case Failure.SYSTEM:
            # a bug, of Atlas or of the connector: once more, for it may have been the moment
            bugs = sum(one.failure is Failure.SYSTEM for one in tries)
            return newest.slug not in _VERDICTS and bugs < 2
        case _:
            assert_never(newest.failure)
