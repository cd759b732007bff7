"""What axe finds on a page as it is shown now."""

import json
from typing import TYPE_CHECKING

from tests.fixtures.home import SHARED

if TYPE_CHECKING:
    from playwright.sync_api import Page

_AXE = SHARED.parent / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
_FADES_MS = 400


def findings(page: "Page") -> list[str]:
    """What keeps somebody from using a page, in light and in dark colours. Shape: rule, and where."""
    found: list[str] = []
    page.evaluate(_AXE.read_text())  # as the devtools do: the policy lets no page load it
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(_FADES_MS)  # colours fade into each other
        said = page.evaluate(
            "async () => JSON.stringify((await axe.run(document, {resultTypes: ['violations']})).violations)"
        )
        found += [
            f"{scheme}: {one['id']}: {one['nodes'][0]['html'][:200]} ({one['nodes'][0]['failureSummary'][:200]})"
            for one in json.loads(said)
            if one["impact"] in ("serious", "critical")
        ]
    return found
