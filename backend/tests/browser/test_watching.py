"""What is watched while it happens, or is longer than a page: a log, a backfill's chunks, a job's events, what was told."""

import re
from typing import TYPE_CHECKING

from tests.browser.served import Served
from tests.browser.shop import ORDERS, Shop

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

SETTINGS = {"source_mode": "mock", "schema_check_h": "0"}

EVENTS = 250
TOLD = 130
_RELOADED = "window.isTheSamePage !== true"
_KEEP_PARTS = """
() => {
  const kept = (window.seenParts = []);
  const look = () => {
    const rows = document.querySelectorAll('[role=region][aria-label=Chunks] tr[data-index]');
    const now = JSON.stringify([...rows].map((row) => row.lastElementChild.textContent));
    if (rows.length > 0 && kept.at(-1) !== now) kept.push(now);
  };
  new MutationObserver(look).observe(document.querySelector('main'), {
    childList: true, subtree: true, characterData: true,
  });
  look();
}
"""
"""How the parts stood, each time that the page said something else."""


def test_lines_of_a_followed_log_come_by_themselves_and_are_found(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(
        cursor_states="from",
        slow_s=30.0,
        logs=["the shop opens"],
        garbage_at=150,
        garbage="half of the shop is read",
    )
    job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "sync"})
    page.goto(f"/jobs/{job['jobId']}?tab=log")
    page.get_by_role("switch", name="Follow").click()
    log = page.get_by_role("region", name="Log")
    log.get_by_text("the shop opens").wait_for()
    page.evaluate("window.isTheSamePage = true")
    early = log.get_by_text("half of the shop is read").count()
    log.get_by_text("half of the shop is read").wait_for()
    is_followed = page.get_by_role("switch", name="Follow").count() == 1  # until the job is over
    lines = _length(log)
    page.get_by_label("Lines with").fill("half of")
    log.get_by_text("the shop opens").wait_for(state="detached")
    log.get_by_text("half of the shop is read").wait_for()
    found = _length(log)
    page.get_by_label("Lines with").fill("is in no line")
    page.get_by_text("No line is like this").wait_for()
    page.get_by_label("Lines with").fill("")
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    log.get_by_text("the shop opens").wait_for()

    assert (early, is_followed) == (0, True)
    assert lines > found == 1
    assert not page.evaluate(_RELOADED)


def test_a_backfill_in_chunks_is_previewed_and_seen_to_its_end(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(cursor_states="from", slow_s=30.0)  # some three seconds a part
    page.goto(f"/connections/{shop.connection_id}")
    page.get_by_role("button", name="Backfill", exact=True).click()
    asked = page.get_by_role("dialog")
    asked.get_by_role("combobox", name="Streams").click()
    page.get_by_role("option", name="orders").click()
    asked.get_by_label("From").fill("2024-01-01T00:00:00Z")
    asked.get_by_label(re.compile("^To")).fill("2024-01-01T00:02:30Z")
    asked.get_by_label("Chunks").fill("3")
    asked.get_by_text(re.compile("It is read in 3 chunks, bounded by")).wait_for()
    rows = asked.get_by_text(re.compile("rows of the range are in chart now")).inner_text()
    asked.get_by_role("button", name="Backfill", exact=True).click()
    page.get_by_role("region", name="Chunks").wait_for()
    page.evaluate(_KEEP_PARTS)
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    chunks = page.get_by_role("region", name="Chunks")
    chunks.get_by_text(re.compile("^not ")).first.wait_for(state="detached")
    seen = page.evaluate("window.seenParts.map((one) => JSON.parse(one))")
    parts = page.get_by_role("region", name="Chunks").get_by_role("row")
    explored = [parts.nth(1 + part).get_by_role("cell").nth(4).inner_text() for part in range(3)]

    assert rows.startswith(str(_in_range(served)))
    assert explored == ["51", "50", "50"], "with the misfit, whose cursor is in the first"
    assert any(0 < _ended(one) < 3 for one in seen), "it is seen part by part"
    assert [_ended(one) for one in seen] == sorted(_ended(one) for one in seen)
    assert _ended(seen[-1]) == 3


def _in_range(served: Served) -> object:
    return served.value(
        "SELECT count(*) FROM chart.shop_orders WHERE updated_at >= '2024-01-01T00:00:00Z' "
        "AND updated_at < '2024-01-01T00:02:30Z'"
    )


def _ended(parts: list[str]) -> int:
    return sum(not part.startswith("not") for part in parts)


def test_all_events_of_a_job_are_read_page_by_page(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(cursor_states="from")
    job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "sync"})
    page.goto(f"/jobs/{job['jobId']}")
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    served.value(
        "SELECT count(*) FROM (SELECT pipeline.add_job_event("
        f"{job['jobId']}, NULL, 'remote_seen', jsonb_build_object('number', n)) "
        f"FROM generate_series(1, {EVENTS}) n) made"
    )
    kept = [
        str(row["event_id"])
        for row in served.sql(
            f"SELECT event_id FROM pipeline.job_events WHERE job_id = {job['jobId']} ORDER BY event_id"
        )
    ]
    asked: list[str] = []
    page.on("request", lambda sent: asked.append(sent.url) if "/events?" in sent.url else None)
    page.get_by_role("tab", name="Events").click()
    events = page.get_by_role("region", name="Events")
    events.get_by_text(kept[0], exact=True).wait_for()
    first = _length(events)
    seen: dict[str, None] = {}
    for _ in range(60):
        if kept[-1] in seen:
            break
        shown = events.locator("tr[data-index] td:first-child").all_inner_texts()
        seen.update(dict.fromkeys(shown))
        events.evaluate("list => { list.scrollTop += list.clientHeight - 80; }")
        page.wait_for_timeout(50)

    assert len(kept) > EVENTS
    assert first == 100
    assert list(seen) == kept
    assert _length(events) == len(kept)
    assert [re.findall(r"offset=(\d+)", url) for url in asked] == [["0"], ["100"], ["200"]]


def test_all_that_was_told_is_read_page_by_page(page: "Page", served: Served, shop: Shop) -> None:
    rule = {
        "connectionId": shop.connection_id,
        "channel": "webhook",
        "target": "https://example.org/hook",
        "occasions": ["failure"],
    }
    made = served.ask("POST", "/notification-rules", rule)
    served.value(
        "WITH told AS (INSERT INTO pipeline.notifications (rule_id, event_id, occasion, facts, status, tries, ended_at) "
        f"SELECT '{made['ruleId']}', n, 'failure', '{{}}', CASE WHEN n % 2 = 0 THEN 'delivered' ELSE 'dead' END, n, now() "
        f"FROM generate_series(1, {TOLD}) n RETURNING 1) SELECT count(*) FROM told"
    )
    page.goto("/settings/notifications")
    rows = page.get_by_role("region", name="Notifications").get_by_role("row")
    rows.nth(1).wait_for()
    first = rows.count()
    page.get_by_role("button", name="Show more").click()
    rows.nth(TOLD).wait_for()
    tries = rows.locator("td:nth-child(5)").all_inner_texts()
    may_retry = page.get_by_role("button", name="Try again").count()
    more = page.get_by_role("button", name="Show more").count()
    page.goto(f"/connections/{shop.connection_id}/settings")
    own = page.get_by_role("region", name="Notifications")
    own.get_by_role("row").nth(1).wait_for()
    read = [_length(own)]
    while read[-1] < TOLD and len(read) < 20:
        own.evaluate("list => { list.scrollTop = list.scrollHeight; }")
        page.wait_for_timeout(100)
        read.append(_length(own))
    page.get_by_role("combobox", name="Status").click()
    page.get_by_role("option", name="dead").click()
    own.get_by_text("delivered").first.wait_for(state="detached")

    assert first == 1 + 100
    assert tries == [str(n) for n in range(TOLD, 0, -1)], "the newest first, none twice"
    assert (may_retry, more) == (TOLD // 2, 0)
    assert (read[0], read[-1]) == (100, TOLD)
    assert _length(own) == TOLD // 2


def test_a_job_is_cancelled_by_its_page_and_asked_for_again(
    page: "Page", served: Served, shop: Shop
) -> None:
    more = {**ORDERS, "records": 2 * int(str(ORDERS["records"]))}  # else there is nothing to read
    shop.behave(cursor_states="from", slow_s=60.0, streams=[more])
    job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "sync"})
    page.goto(f"/jobs/{job['jobId']}")
    page.locator("main").get_by_text("running", exact=True).first.wait_for()
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("dialog").get_by_text("stays in explore").wait_for()
    page.get_by_role("button", name="Cancel the job").click()
    page.locator("main").get_by_text("cancelled", exact=True).first.wait_for()
    ended = served.value(f"SELECT status FROM pipeline.jobs WHERE job_id = {job['jobId']}")
    may_cancel = page.get_by_role("button", name="Cancel", exact=True).count()
    shop.behave(cursor_states="from", streams=[more])
    page.get_by_role("button", name="Sync again").click()
    page.get_by_role("heading", name=f"Job {job['jobId'] + 1}").wait_for()
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    again = served.sql(
        f"SELECT job_id, job_type, status FROM pipeline.jobs WHERE job_id > {job['jobId']}"
    )

    assert (ended, may_cancel) == ("cancelled", 0)
    assert [(row["job_type"], row["status"]) for row in again] == [("sync", "succeeded")]


def _length(region: "Locator") -> int:
    """How many rows a list has, those that are not drawn too."""
    table = region.get_by_role("table")
    return int(table.get_attribute("aria-rowcount") or 0)
