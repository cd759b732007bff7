"""What goes wrong shows, says why, and is mended by the pages: quarantine, failure, a state that is set back."""

import re
from typing import TYPE_CHECKING

from tests.browser.axe import findings
from tests.browser.served import Served
from tests.browser.shop import ORDERS, Shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTINGS = {"source_mode": "mock", "retry_wait_s": "0.1", "schema_check_h": "0"}


def test_a_record_in_quarantine_is_corrected_and_comes_back(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.sync(page, "succeeded")
    before = served.value("SELECT count(*) FROM chart.shop_orders")
    page.get_by_role("row", name=re.compile("orders")).get_by_role(
        "link", name="1", exact=True
    ).click()
    page.wait_for_url("**/quarantine*")
    page.get_by_role("region", name="Records in quarantine").get_by_role("link").first.click()
    page.get_by_label("Fields that change").wait_for()
    serious = findings(page)
    page.get_by_label("Fields that change").fill('{"number": 9001}')
    page.get_by_role("button", name="Keep the correction").click()
    page.get_by_text("waits for its replay").first.wait_for()
    page.get_by_role("button", name="Replay it").click()
    page.get_by_role("button", name="Replay them").click()
    page.get_by_text(re.compile("Job 2 replays")).first.wait_for()
    page.goto("/jobs/2")
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)

    assert serious == []
    assert before == ORDERS["records"]
    assert served.value("SELECT count(*) FROM chart.shop_orders") == 201
    assert served.value("SELECT number FROM chart.shop_orders WHERE id = 9001") == 9001


def test_a_failure_says_why_and_home_says_that_it_is_broken(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(die_at=0, exit_code=1)
    served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "refresh"})
    page.goto("/jobs/3")
    page.locator("main").get_by_text("failed", exact=True).first.wait_for(timeout=60_000)
    alert = page.get_by_role("alert").first
    alert.get_by_text(re.compile(r"job [12]", re.IGNORECASE)).first.wait_for()  # the last good one
    why = alert.inner_text()
    serious = findings(page)
    page.goto("/")
    page.get_by_role("link", name=re.compile("daily orders")).first.wait_for()
    page.get_by_text("broken", exact=True).first.wait_for()

    title = served.value("SELECT failure->>'title' FROM pipeline.jobs WHERE job_id = 3")
    assert str(title) in why
    assert serious == []

    shop.behave()
    shop.sync(page, "succeeded")
    page.goto("/")
    page.get_by_role("heading", name="Freshness and volume").wait_for()
    assert not page.get_by_text("broken", exact=True).count()


def test_a_state_is_set_back_after_its_preview_and_is_read_again(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto(f"/connections/{shop.connection_id}/state")
    page.get_by_role("button", name="Clear the state").first.click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("What it would do").wait_for()
    asked.get_by_label("Reason").fill("read it all once more")
    asked.get_by_label(re.compile("Type")).fill("daily orders")
    asked.get_by_role("button", name="Clear the state").click()
    asked.wait_for(state="hidden")
    reason = served.value("SELECT reason FROM pipeline.state_acts")
    shop.sync(page, "succeeded")

    last = served.value("SELECT max(job_id) FROM pipeline.jobs")
    assert reason == "read it all once more"
    assert (
        served.value(
            "SELECT sum(b.read) FROM pipeline.batches b JOIN pipeline.attempts a USING (attempt_id) "
            f"WHERE a.job_id = {last}"
        )
        == 201
    )


def test_a_schema_that_changed_is_adopted_once_what_it_touches_is_seen(
    page: "Page", served: Served, shop: Shop
) -> None:
    drifting = {**ORDERS, "drift_at": 200, "declares_drift": True}
    shop.behave(streams=[{**drifting, "records": 210}])
    shop.sync(page, "succeeded")
    page.goto(f"/connections/{shop.connection_id}/schema")
    page.get_by_text("extra").first.wait_for()
    page.get_by_role("button", name="Adopt it").click()
    asked = page.get_by_role("dialog")
    asked.get_by_role("cell", name=re.compile("amount")).first.wait_for()
    asked.get_by_role("button", name="Adopt it").click()
    page.get_by_text("No change waits for a word").wait_for()
    without = served.value("SELECT count(*) FROM chart.shop_orders WHERE extra IS NOT NULL")
    shop.behave(streams=[{**drifting, "records": 220}])
    shop.sync(page, "succeeded")

    assert without == 0
    assert served.value("SELECT count(*) FROM chart.shop_orders WHERE extra IS NOT NULL") == 10
    adopted_by = served.value("SELECT adopted_by FROM pipeline.schema_versions WHERE version = 2")
    assert adopted_by == "person"


def test_a_deleted_connections_tables_are_taken_over_with_its_state(
    page: "Page", served: Served, shop: Shop
) -> None:
    rows = served.value("SELECT count(*) FROM chart.shop_orders")
    served.ask("DELETE", f"/connections/{shop.connection_id}")
    again = Shop(served)
    page.goto(f"/connections/{again.connection_id}/streams")
    page.get_by_role("combobox", name="Deleted connection").click()
    page.get_by_role("option", name="daily orders").click()
    page.get_by_role("button", name="Take over its tables").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text(re.compile("chart.shop_orders")).first.wait_for()
    asked.get_by_label("With its state").set_checked(True)
    asked.get_by_label(re.compile("Type")).fill("daily orders")
    asked.get_by_role("button", name="Take them over").click()
    asked.wait_for(state="hidden")

    holder = served.value(
        "SELECT connection_id FROM pipeline.streams WHERE table_name = 'shop_orders'"
    )
    assert str(holder) == again.connection_id
    assert served.value("SELECT count(*) FROM chart.shop_orders") == rows
