"""A detector process for all tests of this room: loading it takes seconds."""

from collections.abc import Iterator

import pytest

from app.gates.pii.detectors import DetectorPool


@pytest.fixture(scope="session")
def loaded() -> Iterator[DetectorPool]:
    pool = DetectorPool(processes=1, timeout_s=120)
    pool.start()
    yield pool
    pool.close()


@pytest.fixture
def detectors(loaded: DetectorPool) -> DetectorPool:
    """A pool of the test's own, with an empty cache, over the process that is loaded already."""
    pool = DetectorPool(processes=1, timeout_s=120)
    pool.executor = loaded.running()
    return pool
