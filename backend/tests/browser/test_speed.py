"""How soon a page shows what happened, and how it bears many rows. Figures are printed: a slow machine must
not fail a test, what is drawn and shown is asserted."""

import re
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.served import Served, serving
from tests.browser.shop import ORDERS, Shop

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, CDPSession, Page

JOBS = 10_000
MOST_DRAWN = 120
FRAMES = 200
STEPS_PX = {"by a fast wheel": 120, "thrown": 600}
"""How far a list goes in a frame: 7,200 and 36,000 pixels a second where a frame takes a sixtieth."""
_SCROLLED = """
async ([step, frames]) => {
  const list = document.querySelector('[role=region][aria-label=Jobs]');
  const taken = [];
  let before = performance.now();
  for (let frame = 0; frame < frames; frame++) {
    list.scrollTop -= step;
    await new Promise(requestAnimationFrame);
    const now = performance.now();
    taken.push(now - before);
    before = now;
  }
  return taken.sort((a, b) => a - b);
}
"""
_SEEN_AT = """
() => new Promise((resolve) => {
  const look = () => {
    const found = [...document.querySelectorAll('main *')].some(
      (one) => one.children.length === 0 && one.textContent.trim() === 'succeeded');
    if (found) { watch.disconnect(); resolve(Date.now()); }
  };
  const watch = new MutationObserver(look);
  watch.observe(document.querySelector('main'), { childList: true, subtree: true, characterData: true });
  look();
})
"""


@pytest.fixture(scope="module")
def served(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("speed")
    with serving(folder, source_mode="mock") as served:
        yield served


@pytest.fixture(scope="module")
def shop(served: Served) -> Shop:
    return Shop(served)


def test_the_page_of_a_job_follows_it(
    page: "Page", served: Served, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.behave(slow_s=20.0)  # four seconds for all of it
    job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "sync"})
    page.goto(f"/jobs/{job['jobId']}")
    page.get_by_role("heading", level=1).wait_for()
    page.locator("main").get_by_text("running", exact=True).first.wait_for()
    ran_for = [_seconds(page), _seconds(page, after_ms=1_500)]
    seen_at_ms = page.evaluate(_SEEN_AT)
    ended_at_ms = float(
        str(served.value("SELECT extract(epoch FROM ended_at) * 1000 FROM pipeline.jobs"))
    )
    rows = page.get_by_role("row").filter(has=page.get_by_text("balances"))
    rows.first.wait_for()
    rate = page.locator("main").get_by_text(re.compile(r"[0-9,]+ a second")).count()
    later_ms = seen_at_ms - ended_at_ms

    with capsys.disabled():
        print(f"\nThe page of a job: its end is shown {later_ms:.0f} ms after it was committed")
    assert f"{ORDERS['records']}" in rows.first.inner_text()
    assert ran_for[1] - ran_for[0] > 0.5, "its duration goes on while it runs"
    assert rate == 1
    took = page.locator("main").get_by_text("Took").locator("xpath=following-sibling::*[1]")
    assert (
        took.inner_text()
        == page.locator("[aria-label='When what was done'] span").last.inner_text()
    )
    assert 0 <= later_ms < 10_000, "it is told, not found out by a look every ten seconds"


def _seconds(page: "Page", after_ms: int = 0) -> float:
    """What the page of a running job says of how long it runs. Units: seconds."""
    page.wait_for_timeout(after_ms)
    label = page.locator("main").get_by_text("Running for")
    said = label.locator("xpath=following-sibling::*[1]").inner_text()
    number, unit = said.split(" ")[:2]
    return float(number) / (1_000 if unit == "ms" else 1)


def test_ten_thousand_jobs_are_a_list_that_can_be_scrolled(
    page: "Page", served: Served, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    made = served.value(
        "WITH made AS (INSERT INTO pipeline.jobs (connection_id, job_type, status, mode, created_at, started_at, ended_at) "
        f"SELECT '{shop.connection_id}', 'sync', 'succeeded', 'mock', t, t, t + interval '2 s' "
        f"FROM generate_series(now() - interval '{JOBS} min', now() - interval '1 min', interval '1 min') t RETURNING job_id) "
        "SELECT count(*) FROM made"
    )
    page.goto("/jobs")
    region = page.get_by_role("region", name="Jobs")
    region.wait_for()
    before = time.monotonic()
    while "reads on":
        region.evaluate("list => { list.scrollTop = list.scrollHeight; }")
        page.wait_for_timeout(50)
        read = int(region.get_by_role("table").get_attribute("aria-rowcount") or 0)
        if read > JOBS or time.monotonic() - before > 120:
            break
    took_s = time.monotonic() - before
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable", {"timeDomain": "threadTicks"})
    told = [f"{how} {_scrolled(page, client, step)}" for how, step in STEPS_PX.items()]
    drawn = region.get_by_role("row").count()
    region.evaluate("list => { list.scrollTop = list.scrollHeight; }")
    oldest = served.value("SELECT job_id FROM pipeline.jobs ORDER BY created_at, job_id LIMIT 1")
    region.get_by_role("link", name=str(oldest), exact=True).wait_for()

    with capsys.disabled():
        print(
            f"\nA list of {read:,} jobs: read to its end in {took_s:.0f} s; a frame of its scrolling takes"
        )
        print("\n".join(told))
    assert made == JOBS
    assert read == JOBS + 1
    assert drawn < MOST_DRAWN, "only what is seen is drawn"


def _scrolled(page: "Page", client: "CDPSession", step_px: int) -> str:
    idle = _spent(client)
    frames = page.evaluate(_SCROLLED, [step_px, FRAMES])
    spent = {name: (ms - idle[name]) / FRAMES for name, ms in _spent(client).items()}
    return (
        f"{frames[FRAMES // 2]:.0f} ms in the middle, {frames[int(FRAMES * 0.95)]:.0f} ms at the 95th percentile; of the "
        f"page's own thread {spent['script']:.1f} ms for scripts, {spent['style']:.1f} ms for style and layout, "
        f"{spent['rest']:.1f} ms for painting and the rest"
    )


def _spent(client: "CDPSession") -> dict[str, float]:
    """What the page's thread has worked for so far. Units: milliseconds of processor time, whoever else works."""
    told = client.send("Performance.getMetrics")["metrics"]
    took = {one["name"]: one["value"] * 1_000 for one in told}
    script, style = took["ScriptDuration"], took["RecalcStyleDuration"] + took["LayoutDuration"]
    return {"script": script, "style": style, "rest": took["TaskDuration"] - script - style}
