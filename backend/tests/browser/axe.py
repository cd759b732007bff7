"""What axe finds on a page as it is shown now."""

import json
from typing import TYPE_CHECKING

from tests.fixtures.home import SHARED

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE = SHARED.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
_RULES = {"light": {}, "dark": {"runOnly": _COLOURS}}
"""The page is the same in the dark, but for its colours."""
_IS_THERE = """
() => document.querySelector('h1') !== null
  && document.querySelector('[aria-busy=true], .mantine-Skeleton-root, .mantine-Loader-root') === null
"""
_RUN = """
async (options) => JSON.stringify((await axe.run(document, {resultTypes: ['violations'], ...options})).violations)
"""


def findings(page: "Page") -> list[str]:
    """What keeps somebody from using a page, once it is all there, in light and in dark colours. Shape: rule, and where."""
    found: list[str] = []
    for _ in range(2):  # what came may ask for more
        page.wait_for_function(_IS_THERE)
        page.wait_for_timeout(100)
    page.evaluate(_AXE.read_text())  # as the devtools do: the policy lets no page load it
    for scheme, rules in _RULES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        page.evaluate(
            "() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))"
        )
        found += [
            f"{scheme}: {one['id']}: {one['nodes'][0]['html'][:200]} ({one['nodes'][0]['failureSummary'][:200]})"
            for one in json.loads(page.evaluate(_RUN, rules))
            if one["impact"] in ("serious", "critical")
        ]
    return found
