"""The wizard keeps what was entered: through a reload, a step back and an edit; and asks before it is left."""

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.served import Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page, Route


@pytest.fixture(scope="module")
def served(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Served]":
    folder: Path = tmp_path_factory.mktemp("wizard")
    with serving(folder, source_mode="mock") as served:
        yield served


def test_what_comes_with_atlas_is_there_to_choose(page: "Page") -> None:
    page.goto("/connections/new")
    page.get_by_label("Find a connector").fill("postgres")

    page.get_by_role("region", name="Connectors").get_by_text(
        "source-postgres", exact=True
    ).wait_for()


def test_nothing_can_be_tried_before_the_form_is_there(page: "Page") -> None:
    held: list[Route] = []
    page.route(re.compile(r"SpecForm-[^/]*\.js$"), lambda route: held.append(route))
    page.goto("/connections/new?connector=source-faker")
    page.get_by_text("Faker", exact=False).first.wait_for()
    page.wait_for_timeout(500)
    before = page.get_by_role("button", name="Check it").count()
    held[0].continue_()
    page.get_by_role("button", name="Check it").click()
    page.get_by_text("The connector could connect").wait_for()

    assert before == 0


def test_a_reload_goes_on_with_the_source_that_was_made(page: "Page", served: Served) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/connections/new?connector=source-faker")
    page.get_by_label("Name of the source").fill("people")
    page.get_by_role("button", name="Check it").click()
    verdict = page.get_by_text("The connector could connect")
    verdict.wait_for()
    page.get_by_label("Count").fill("77")
    verdict.wait_for(state="detached")
    page.get_by_role("button", name="Keep the source and find its streams").click()
    page.get_by_text("purchases").first.wait_for()
    page.reload()
    page.get_by_text("purchases").first.wait_for()
    page.get_by_role("button", name="Back").click()
    name = page.get_by_label("Name of the source").input_value()
    page.get_by_role("button", name="The API request that does this").click()
    shown = page.get_by_text(re.compile("^curl")).inner_text()
    page.keyboard.press("Escape")
    with page.expect_request(re.compile("/v1/sources")) as sent:
        page.get_by_role("button", name="Keep the source and find its streams").click()
    page.get_by_text("purchases").first.wait_for()
    sources = served.value("SELECT count(*) FROM pipeline.sources")
    page.get_by_role("link", name="Quarantine", exact=True).click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("The source people stays").wait_for()
    asked.get_by_role("button", name="Stay").click()
    asked.wait_for(state="hidden")
    page.get_by_role("link", name="Quarantine", exact=True).click()
    asked.get_by_role("button", name="Leave").click()
    page.get_by_role("heading", name="Quarantine", level=1).wait_for()

    assert name == "people"
    assert sources == 1, "it is not made twice"
    assert sent.value.method == "PUT"
    assert f"curl -X PUT '{sent.value.url}'" in shown
