"""The service that all clients ask, and their marker: the tests of this folder run with `make compat` alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.compat.service import Service, serving
from tests.conftest import new_database


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.compat)
            item.add_marker(pytest.mark.xdist_group("compat"))


@pytest.fixture(scope="session")
def service(template: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with (
        new_database(template, clone=True) as dsn,
        serving(dsn, tmp_path_factory.mktemp("compat")) as started,
    ):
        yield started
