"""Tests of app/sync/jobs/retry_policy.py: who is tried again, and when."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import AtlasError, Failure
from app.core.failures import (
    BooksDoNotBalance,
    ConnectorConfigRefused,
    ConnectorFailed,
    ConnectorFailedTransiently,
    RangeHeld,
    StatementTookTooLong,
    WorkerDied,
    WorkerStalled,
)
from app.sync.jobs.retry_policy import IN_ALL, WITHOUT_PROGRESS, RetryTerms, Try, next_wait_s

TERMS = RetryTerms(wait_s=10.0, factor=3.0, cap_s=900.0)


def tried(error: type[AtlasError], *, progressed: bool = False) -> Try:
    return Try(slug=error.slug, failure=error.failure, progressed=progressed)


STUCK = tried(ConnectorFailedTransiently)
MOVED = tried(ConnectorFailedTransiently, progressed=True)


def test_the_third_attempt_in_a_row_without_progress_is_the_last() -> None:
    waits = [next_wait_s([STUCK] * count, TERMS, 1.0) for count in (1, 2, 3)]

    assert waits == [10.0, 30.0, None]


def test_progress_resets_the_count_and_the_wait() -> None:
    waits = [
        next_wait_s(tries, TERMS, 1.0)
        for tries in ([STUCK, STUCK, MOVED], [STUCK, STUCK, MOVED, STUCK, STUCK])
    ]

    assert waits == [10.0, 30.0]


def test_the_twentieth_attempt_is_the_last_whatever_progress_it_made() -> None:
    assert next_wait_s([MOVED] * (IN_ALL - 1), TERMS, 1.0) == 10.0
    assert next_wait_s([MOVED] * IN_ALL, TERMS, 1.0) is None


@pytest.mark.parametrize("error", [ConnectorConfigRefused, BooksDoNotBalance, RangeHeld])
def test_what_another_attempt_would_meet_again_is_not_tried_again(error: type[AtlasError]) -> None:
    assert next_wait_s([tried(error, progressed=True)], TERMS, 1.0) is None


@pytest.mark.parametrize("error", [AtlasError, ConnectorFailed])
def test_a_bug_is_tried_once_more(error: type[AtlasError]) -> None:
    bug = tried(error, progressed=True)

    assert next_wait_s([bug], TERMS, 1.0) == 10.0
    assert next_wait_s([MOVED, bug], TERMS, 1.0) == 10.0
    assert next_wait_s([bug, MOVED, bug], TERMS, 1.0) is None


def test_a_limit_of_the_database_is_met_twice_and_no_more() -> None:
    limited = tried(StatementTookTooLong, progressed=True)

    assert next_wait_s([limited], TERMS, 1.0) == 10.0
    assert next_wait_s([limited, MOVED], TERMS, 1.0) == 10.0
    assert next_wait_s([limited, MOVED, limited], TERMS, 1.0) is None


@pytest.mark.parametrize("error", [WorkerDied, WorkerStalled])
def test_a_dead_workers_job_goes_on_at_once_and_is_charged(error: type[AtlasError]) -> None:
    assert next_wait_s([tried(error)], TERMS, 1.0) == 0.0
    assert next_wait_s([tried(error)] * WITHOUT_PROGRESS, TERMS, 1.0) is None


def test_a_wait_is_never_longer_than_the_cap() -> None:
    terms = RetryTerms(wait_s=10.0, factor=3.0, cap_s=12.0)

    assert next_wait_s([STUCK, STUCK], terms, 1.0) == 12.0


@given(
    progress=st.lists(st.booleans(), min_size=1, max_size=25),
    chance=st.floats(0, 1),
    failures=st.lists(st.sampled_from(list(Failure)), min_size=25, max_size=25),
)
def test_every_job_is_given_up_in_the_end_and_every_wait_is_within_its_bounds(
    progress: list[bool], chance: float, failures: list[Failure]
) -> None:
    tries = [
        Try(slug="some", failure=failure, progressed=progressed)
        for progressed, failure in zip(progress, failures, strict=False)
    ]

    wait_s = next_wait_s(tries, TERMS, chance)

    if wait_s is not None:
        assert len(tries) < IN_ALL
        assert any(one.progressed for one in tries[-WITHOUT_PROGRESS:]) or len(tries) < 3
        assert tries[-1].failure is not Failure.CONFIG
        assert TERMS.wait_s / 2 <= wait_s <= TERMS.cap_s


def test_waits_grow_while_nothing_moves() -> None:
    terms = RetryTerms(wait_s=1.0, factor=2.0, cap_s=900.0)
    longest = [next_wait_s([MOVED] * 5 + [STUCK] * count, terms, 1.0) for count in (1, 2)]

    assert all(a is not None and b is not None and a < b for a, b in pairwise(longest))
