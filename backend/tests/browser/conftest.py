"""One browser and one Atlas a module: what a module's tests do follows one upon the other."""

from collections.abc import Iterator
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
from tests.fixtures.home import shared_faker

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a module's tests with one worker, and in their order."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(f"browser_{item.path.stem}"))


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    require_built()
    chromium()
    with browsing() as browser:
        yield browser


@pytest.fixture(scope="module")
def served(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """An Atlas that has never been started, and can run the real faker."""
    shared_faker()
    with serving(tmp_path_factory.mktemp("served"), source_mode="real") as served:
        yield served


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
    page = admin.new_page()
    yield page
    if hasattr(request.node, "rep_call") and request.node.rep_call.failed:
        print(page.content()[:20_000])
    page.close()
