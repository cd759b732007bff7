"""Journeys begin in a folder in memory where there is room: each has a server of its own to make."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.memory import folder_for_data


@pytest.fixture
def tmp_path(tmp_path: Path) -> Iterator[Path]:
    with folder_for_data(tmp_path) as folder:
        yield folder
