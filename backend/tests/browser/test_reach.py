"""Pages are found and read without a mouse, and on a telephone."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.served import Served, looking
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

SETTINGS = {"source_mode": "mock"}

WIDTH = 390
MAIN = [
    "/", "/connections", "/connections/new", "/connectors", "/jobs", "/transformations", "/datasets",
    "/quality", "/personal-data", "/quarantine", "/settings", "/settings/users", "/settings/audit",
]  # fmt: skip
_WIDER = """
(width) => {
  const found = [...document.querySelectorAll('main *')].filter((one) => {
    const { right, width: own } = one.getBoundingClientRect();
    return own > 0 && right > width + 1 && !scrolls(one);
  });
  function scrolls(one) {
    for (let up = one; up && up !== document.body; up = up.parentElement) {
      if (up !== one && ['auto', 'scroll', 'hidden', 'clip'].includes(getComputedStyle(up).overflowX)) return true;
    }
    return false;
  }
  return found.slice(0, 3).map((one) => one.outerHTML.slice(0, 160));
}
"""

_OUT_OF_REACH = """
() => [...document.querySelectorAll('main *')].filter((one) =>
  ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1 && one.tabIndex < 0
  && one.querySelector('a[href], button, input, [tabindex="0"]') === null
).map((one) => one.outerHTML.slice(0, 160))
"""
"""What can be scrolled by a finger or a wheel only."""
_LONGEST_MOTION = """
() => Math.max(...[...document.querySelectorAll('*')].flatMap((one) => {
  const { transitionDuration, animationDuration } = getComputedStyle(one);
  return [transitionDuration, animationDuration].flatMap((said) => said.split(',')).map(parseFloat);
}))
"""


def test_the_way_past_the_places_is_seen_when_it_has_the_focus(page: "Page") -> None:
    page.goto("/jobs")
    page.get_by_role("heading", level=1).wait_for()
    link = page.get_by_role("link", name="Go to the page")
    before = link.bounding_box()
    page.keyboard.press("Tab")
    while page.evaluate("document.activeElement.textContent") != "Go to the page":
        page.keyboard.press("Shift+Tab")
    seen = link.bounding_box()
    page.keyboard.press("Enter")

    assert before is not None
    assert before["x"] < 0
    assert seen is not None
    assert seen["x"] >= 0
    assert page.evaluate("document.activeElement.id") == "page"


def test_another_pages_heading_has_the_focus(page: "Page") -> None:
    page.goto("/jobs")
    page.get_by_role("heading", name="Jobs", level=1).wait_for()
    first = page.evaluate("document.activeElement.tagName")
    page.get_by_role("link", name="Quarantine", exact=True).click()
    page.get_by_role("heading", name="Quarantine", level=1).wait_for()
    page.locator("h1:focus").wait_for()

    assert first == "BODY", "who opens the first page is left where he is"
    assert page.evaluate("document.activeElement.textContent") == "Quarantine"


def test_who_wants_less_motion_gets_none(page: "Page") -> None:
    page.goto("/jobs")
    page.get_by_role("heading", level=1).wait_for()
    usual = page.evaluate(_LONGEST_MOTION)
    page.emulate_media(reduced_motion="reduce")
    less = page.evaluate(_LONGEST_MOTION)

    assert usual > less == 0


@pytest.fixture(scope="module")
def telephone(
    browser: "Browser", served: Served, shop: Shop, admin: "BrowserContext"
) -> "Iterator[BrowserContext]":
    page = admin.new_page()
    shop.sync(page, "succeeded")
    page.close()
    with looking(
        browser,
        served,
        viewport={"width": WIDTH, "height": 844},
        storage_state=admin.storage_state(),
    ) as context:
        yield context


@pytest.mark.parametrize("place", [*MAIN, "a connection", "a job", "a dataset"])
def test_nothing_is_wider_than_a_telephone(
    telephone: "BrowserContext", served: Served, shop: Shop, place: str
) -> None:
    of = {
        "a connection": f"/connections/{shop.connection_id}",
        "a job": "/jobs/1",
        "a dataset": f"/datasets/{shop.connection_id}/orders",
    }
    page = telephone.new_page()
    page.goto(of.get(place, place))
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_load_state("networkidle")
    scrolled = page.evaluate("document.documentElement.scrollWidth")
    wider = page.evaluate(_WIDER, WIDTH)
    out_of_reach = page.evaluate(_OUT_OF_REACH)
    page.close()

    assert scrolled <= WIDTH
    assert wider == []
    assert out_of_reach == []
