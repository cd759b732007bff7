"""One browser and one Atlas a module: what a module's tests do follows one upon the other."""

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.served import (
    PASSWORD,
    Served,
    browsing,
    chromium,
    looking,
    require_built,
    serving,
)
from tests.browser.shop import Shop
from tests.fixtures.home import shared_faker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent
_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a module's tests with one worker, and in their order."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(f"browser_{item.path.stem}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.when == "call":
        item.stash[_FAILED] = report.failed
    return report


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    require_built()
    chromium()
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(
    browser: "Browser", request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """An Atlas that has never been started. Shape: with the `SETTINGS` of the module; else it can run the real faker."""
    settings: Mapping[str, str] = getattr(request.module, "SETTINGS", {"source_mode": "real"})
    if settings["source_mode"] == "real":
        shared_faker()
    with serving(tmp_path_factory.mktemp("served"), **settings) as served:
        yield served


@pytest.fixture(scope="module")
def shop(served: Served) -> Shop:
    """A connection of the mock's, which behaves as it is told."""
    return Shop(served)


@pytest.fixture(scope="module")
def admin(browser: "Browser", served: Served) -> Iterator["BrowserContext"]:
    """The first admin, who has set his password by the link that the first start printed."""
    with looking(browser, served, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(served.welcome)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Home").wait_for()
        page.close()
        yield context


@pytest.fixture
def page(admin: "BrowserContext", request: pytest.FixtureRequest) -> Iterator["Page"]:
    """A page of the admin; what it showed is told where the test fails."""
    page = admin.new_page()
    yield page
    if request.node.stash.get(_FAILED, False):
        print(page.url, page.locator("body").aria_snapshot(), sep="\n")
    page.close()
