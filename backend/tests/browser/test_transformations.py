"""A dbt project is run by the pages: a failed test is seen with what it found, and retried; dbt is a stand-in."""

import re
import shlex
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings
from tests.browser.served import Served, serving
from tests.browser.shop import Shop
from tests.fixtures import dbt_stand_in
from tests.fixtures.dbt import MODELS, Projects

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

ORDERS, TEST, REVENUE = MODELS
BROKEN = [
    ORDERS,
    {**TEST, "status": "fail", "then": "pass", "failures": 2, "message": "Got 2 results, configured to fail if != 0"},
    {**REVENUE, "status": "skipped", "then": "success"},
]  # fmt: skip


@pytest.fixture(scope="module")
def projects(tmp_path_factory: pytest.TempPathFactory) -> Projects:
    made = Projects(tmp_path_factory.mktemp("projects"))
    made.tell(BROKEN)
    return made


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, projects: Projects) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("transforming")
    with serving(
        folder,
        source_mode="mock",
        dbt_projects=str(projects.folder),
        dbt_command=shlex.join([sys.executable, "-I", dbt_stand_in.__file__]),
    ) as served:
        yield served


@pytest.fixture(scope="module")
def shop(served: Served) -> Shop:
    return Shop(served)


def stands(page: "Page", status: str) -> None:
    page.locator("main").get_by_text(status, exact=True).first.wait_for(timeout=60_000)


def test_a_transformation_is_made_by_the_pages_and_run_after_a_sync(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto("/transformations")
    page.get_by_role("link", name="New transformation").click()
    page.get_by_label("Name", exact=True).fill("nightly")
    page.get_by_label("Project", exact=True).fill("shop")
    page.get_by_role("combobox", name="After each successful job of").click()
    page.get_by_role("option", name="daily orders").click()
    page.get_by_label("Environment of dbt").fill('{"WAREHOUSE_PASSWORD": "canary"}')
    page.get_by_role("button", name="The API request that does this").click()
    shown = page.locator("pre", has_text="/v1/transformations").inner_text()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Make the transformation").click()
    page.get_by_role("heading", name="nightly").wait_for()
    found = findings(page)
    shop.sync(page, "succeeded")
    tree = page.get_by_role("list", name="Run tree")
    tree.get_by_text("1 test failed").wait_for(timeout=60_000)

    assert ("WAREHOUSE_PASSWORD" in shown, "canary" in shown) == (True, False)
    assert found == []
    assert "nightly, run 1" in tree.inner_text()
    (kept,) = served.ask("GET", "/transformations")["data"]
    assert (kept["project"], kept["afterConnectionId"]) == ("shop", shop.connection_id)
    assert kept["environment"] == {"WAREHOUSE_PASSWORD": "**********"}


def test_the_jobs_page_has_dbts_results_and_leads_to_the_run(page: "Page", shop: Shop) -> None:
    page.goto("/jobs/1")
    results = page.get_by_role("region", name="Models and tests")
    results.get_by_text("not_null_orders_id").wait_for()
    found = findings(page)
    page.get_by_role("list", name="Run tree").get_by_role("link", name="nightly, run 1").click()
    page.get_by_role("heading", name="Run 1").wait_for()

    assert found == []
    assert page.url.endswith("/runs/1")


def test_a_failed_test_says_what_it_found_and_is_retried_from_there(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto("/transformations")
    page.get_by_role("region", name="Transformations").get_by_role("link", name="failed").click()
    results = page.get_by_role("region", name="Models and tests")
    failed = results.get_by_role("row", name=re.compile("not_null_orders_id"))
    failed.get_by_text("Got 2 results, configured to fail if != 0").wait_for()
    first = results.get_by_role("row").nth(1).inner_text()
    page.get_by_role("combobox", name="Result").click()
    page.get_by_role("option", name="skipped").click()
    page.get_by_text("1 node", exact=True).wait_for()
    skipped = results.get_by_role("row").nth(1).inner_text()
    found = findings(page)
    page.get_by_role("tab", name="Log").click()
    page.get_by_label("Lines with").fill("skipped model")
    page.get_by_text("3 of 3 SKIPPED model.shop.revenue").wait_for()
    page.get_by_text("START model.shop.orders").wait_for(state="hidden")
    page.get_by_role("button", name="Retry from where it failed").click()
    page.get_by_role("heading", name="Run 2").wait_for()
    stands(page, "succeeded")

    assert "not_null_orders_id" in first, "what is broken comes first"
    assert "revenue" in skipped
    assert found == []
    run = served.ask("GET", "/transformation-runs/2")
    assert (run["status"], run["retryOf"]) == ("succeeded", 1)
    assert [node["status"] for node in run["nodes"]] == ["pass", "success"]


def test_a_run_that_hangs_is_cancelled_by_its_page(
    page: "Page", served: Served, projects: Projects
) -> None:
    projects.tell(behaves="hangs")
    (made,) = served.ask("GET", "/transformations")["data"]
    page.goto(f"/transformations/{made['transformationId']}")
    page.get_by_role("button", name="Run nightly now").click()
    page.get_by_role("heading", name="Run 3").wait_for()
    stands(page, "running")
    found = findings(page)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the run").click()
    stands(page, "cancelled")

    assert found == []
    assert served.ask("GET", "/transformation-runs/3")["status"] == "cancelled"
    projects.tell()


def test_settings_are_changed_and_a_transformation_is_deleted_by_its_name(
    page: "Page", served: Served
) -> None:
    (made,) = served.ask("GET", "/transformations")["data"]
    path = f"/transformations/{made['transformationId']}"
    page.goto(f"{path}/settings")
    page.get_by_label("Target").fill("warehouse")
    page.get_by_role("button", name="Keep these settings").click()
    page.get_by_text("It holds for the runs that begin from now on").wait_for()
    kept = served.ask("GET", path)
    found = findings(page)
    page.get_by_role("button", name="Delete it").click()
    asked = page.get_by_role("dialog")
    go = asked.get_by_role("button", name="Delete it")
    unsure = go.is_disabled()
    asked.get_by_label(re.compile("Type")).fill("nightly")
    go.click()
    page.get_by_text("No transformation yet").wait_for()

    assert (kept["target"], kept["environment"]) == ("warehouse", {"WAREHOUSE_PASSWORD": "**********"})  # fmt: skip
    assert found == []
    assert unsure
    assert served.ask("GET", "/transformations")["data"] == []
