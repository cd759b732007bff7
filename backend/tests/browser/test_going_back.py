"""What reads or takes away again is previewed first, and does what the preview said."""

import re
import time
from typing import TYPE_CHECKING

from tests.browser.axe import findings
from tests.browser.served import Served
from tests.browser.shop import ORDERS, Shop

if TYPE_CHECKING:
    from playwright.sync_api import Page

SETTINGS = {"source_mode": "mock", "retry_wait_s": "0.1", "schema_check_h": "0"}

MORE = 60


def read_by_the_last_job(served: Served) -> object:
    return served.value(
        "SELECT sum(b.read) FROM pipeline.batches b JOIN pipeline.attempts a USING (attempt_id) "
        "WHERE a.job_id = (SELECT max(job_id) FROM pipeline.jobs)"
    )


def test_a_state_goes_back_to_a_version_and_the_next_sync_reads_from_there(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.sync(page, "succeeded")
    versions = served.ask("GET", f"/connections/{shop.connection_id}/state/versions")["data"]
    kept = versions[0]["version"]
    shop.behave(streams=[{**ORDERS, "records": 200 + MORE}])
    shop.sync(page, "succeeded")
    first = read_by_the_last_job(served)
    page.goto(f"/connections/{shop.connection_id}/state")
    row = page.get_by_role("row").filter(
        has=page.get_by_role("checkbox", name=f"Compare version {kept}", exact=True)
    )
    row.get_by_role("button", name="Go back to it").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("What it would do").wait_for()
    said = asked.get_by_text(re.compile("are read again")).first.inner_text()
    serious = findings(page)
    asked.get_by_label("Reason").fill("a day was wrong at the source")
    asked.get_by_label(re.compile("Type")).fill("daily orders")
    asked.get_by_role("button", name="Go back to it").click()
    asked.wait_for(state="hidden")
    shop.sync(page, "succeeded")

    (again,) = re.findall(r"(\d+) records", said)
    assert first == MORE
    assert int(again) == MORE
    assert read_by_the_last_job(served) == MORE
    assert served.value("SELECT count(*) FROM chart.shop_orders") == 200 + MORE
    assert serious == []


def test_a_backfill_that_cannot_be_is_refused_before_anything_is_done(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto(f"/connections/{shop.connection_id}")
    page.get_by_role("button", name="Backfill").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("A backfill is of one stream.").wait_for()
    asked.get_by_role("combobox", name="Streams").click()
    page.get_by_role("option", name="orders").click()
    page.keyboard.press("Tab")
    asked.get_by_role("textbox", name="From", exact=True).fill("2024-01-01T00:00:49Z")
    asked.get_by_role("textbox", name="To", exact=True).fill("2024-01-01T00:01:39Z")
    asked.get_by_text(re.compile("The state of orders is not just a cursor")).wait_for()
    serious = findings(page)

    assert served.value("SELECT count(*) FROM pipeline.jobs WHERE job_type = 'backfill'") == 0
    assert serious == []


def test_a_backfill_says_what_it_reads_and_reads_that(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(cursor_states="from", streams=[{**ORDERS, "records": 200 + MORE}])
    served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "refresh"})
    while served.value("SELECT count(*) FROM pipeline.jobs WHERE status IN ('pending', 'running')"):
        time.sleep(0.2)
    page.goto(f"/connections/{shop.connection_id}")
    page.get_by_role("button", name="Backfill").click()
    asked = page.get_by_role("dialog")
    asked.get_by_role("combobox", name="Streams").click()
    page.get_by_role("option", name="orders").click()
    page.keyboard.press("Tab")
    asked.get_by_role("textbox", name="From", exact=True).fill("2024-01-01T00:00:50Z")
    asked.get_by_role("textbox", name="To", exact=True).fill("2024-01-01T00:01:00Z")
    asked.get_by_text("10 rows of the range are in chart now.").wait_for()
    asked.get_by_role("button", name="Backfill").click()
    page.get_by_role("heading", name=re.compile(r"^Job \d+")).wait_for()
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)

    assert served.value("SELECT count(*) FROM pipeline.jobs WHERE job_type = 'backfill'") == 1
    assert served.value("SELECT count(*) FROM chart.shop_orders") == 200 + MORE


def test_a_clear_says_what_it_takes_away_and_takes_that(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto(f"/connections/{shop.connection_id}")
    page.get_by_role("button", name="Clear", exact=True).click()
    asked = page.get_by_role("dialog")
    row = asked.get_by_role("row", name=re.compile("orders"))
    row.wait_for()
    said = row.inner_text()
    serious = findings(page)
    asked.get_by_label(re.compile("Type")).fill("daily orders")
    asked.get_by_role("button", name="Clear", exact=True).click()
    page.get_by_role("heading", name=re.compile(r"^Job \d+")).wait_for()
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)

    assert str(200 + MORE) in said
    assert served.value("SELECT count(*) FROM chart.shop_orders") == 0
    assert serious == []
