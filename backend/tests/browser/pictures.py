"""Where the pictures of the documents lie, and whether they are made anew."""

from typing import TYPE_CHECKING

import pytest

from tests.fixtures.home import SHARED

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = SHARED.parent / "docs" / "images"
OF_ONES_OWN_FILE = {"own-source", "own-streams", "own-job", "own-rows"}


def keep(page: "Page", name: str, config: pytest.Config) -> None:
    """A picture of what a test shows on its way, where `make screenshots` runs it; else nothing."""
    if config.getoption("markexpr") == "screenshots":
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1_000)  # the button that asked fades
        page.screenshot(path=IMAGES / f"{name}.png")
