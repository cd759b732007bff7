"""Tests of app/terminal/progress.py."""

import time

from app.sync.jobs.report import Progress
from app.terminal.progress import Pace


def line(landed: int) -> Progress:
    return Progress(
        stream="users", landed=landed, size_bytes=0, published=0, is_complete=False, is_held=False
    )


def test_the_pace_counts_nothing_that_was_read_before_somebody_looked() -> None:
    pace = Pace(began=time.monotonic() - 10)

    pace.note([line(10_000)])
    at_first = pace.of(line(10_000))
    pace.note([line(11_000)])

    assert at_first == 0
    assert 90 < pace.of(line(11_000)) <= 100
