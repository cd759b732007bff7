"""What holds for every page: it can be used without a mouse or eyes, and is there at once."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings
from tests.browser.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page

PLACES = [
    "/", "/connections", "/connections/new", "/connectors", "/connectors?tab=remotes", "/jobs", "/transformations",
    "/transformations/new", "/datasets", "/lineage", "/quality",
    "/personal-data", "/quarantine", "/settings", "/settings/notifications", "/settings/users",
    "/settings/applications", "/settings/audit", "/settings/configuration", "/settings/tags", "/settings/workspaces",
]  # fmt: skip


_VITALS = """
() => {
  window.atlasVitals = { lcp: 0, cls: 0, blocked: 0 };
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
  watch('largest-contentful-paint', (entry) => { window.atlasVitals.lcp = entry.startTime; });
  watch('layout-shift', (entry) => { if (!entry.hadRecentInput) window.atlasVitals.cls += entry.value; });
  watch('longtask', (entry) => { window.atlasVitals.blocked += Math.max(0, entry.duration - 50); });
}
"""
"""As Lighthouse counts them: a task blocks by what it takes beyond 50 ms."""


@pytest.mark.parametrize("place", PLACES)
def test_axe_finds_nothing_serious(page: "Page", place: str) -> None:
    page.goto(place)

    assert findings(page) == []


def test_home_is_there_at_once_and_small(
    admin: "BrowserContext", served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    """Cold: nothing is kept from before. The figures are printed; a slow machine must not fail the test."""
    page = admin.new_page()
    client = admin.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.setCacheDisabled", {"cacheDisabled": True})
    sizes: dict[str, int] = {}
    urls: dict[str, str] = {}
    client.on(
        "Network.responseReceived",
        lambda sent: urls.update({sent["requestId"]: sent["response"]["url"]}),
    )
    client.on(
        "Network.loadingFinished",
        lambda sent: sizes.update({sent["requestId"]: int(sent["encodedDataLength"])}),
    )
    page.add_init_script(f"({_VITALS})()")
    page.goto("/")
    page.get_by_role("heading", name="Home").wait_for()
    page.wait_for_load_state("networkidle")
    vitals = page.evaluate("window.atlasVitals")
    paint_ms = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    scripts = sum(size for request, size in sizes.items() if urls.get(request, "").endswith(".js"))
    page.close()

    with capsys.disabled():
        print(
            f"\nHome: first paint {paint_ms:.0f} ms cold, largest {vitals['lcp']:.0f} ms, shifts {vitals['cls']:.3f}, "
            f"blocked {vitals['blocked']:.0f} ms, {scripts / 1000:.0f} kB of JavaScript compressed"
        )
    assert vitals["lcp"] >= paint_ms > 0
    assert 0 < scripts < 300_000
