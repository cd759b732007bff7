"""An empty database to be read, on the server of the tests."""

from collections.abc import Iterator

import pytest

from tests.conftest import new_database
from tests.sources.postgres.asking import Asking


@pytest.fixture
def source(server: str) -> Iterator[Asking]:
    with new_database(server) as made:
        yield Asking(made, {})
