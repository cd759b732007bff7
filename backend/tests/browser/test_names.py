"""Names that would be more than names: as text they show wherever they are read, and nothing of them is run."""

from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.api.making import DESTINATION, WORKSPACE
from tests.browser.served import Served
from tests.browser.shop import MISFIT

if TYPE_CHECKING:
    from playwright.sync_api import ConsoleMessage, Dialog, Page, Request

SETTINGS = {"source_mode": "mock", "schema_check_h": "0"}

RIGHT_TO_LEFT = "\u202e"


def hostile(of: str, quoted: str = '">') -> str:
    """A name that is markup with a script, turns the writing around, has a sign beyond 16 bits, and is long."""
    return (
        f"{of}{quoted}<script>alert('{of}')</script><img src=x onerror=alert('{of}')>"
        f"{RIGHT_TO_LEFT}gnp.{of}\N{CRAB}{'m' * 90}"
    )


CONNECTION, SOURCE, TAG, STREAM = map(hostile, ("connection", "source", "tag", "stream"))
COLUMN = hostile(
    "column", "'>"
)  # the ledger writes it into its records as it is: no quotation mark
PLACES = {
    "/": [CONNECTION],
    "/connections": [CONNECTION, TAG],
    "/connections/{connection}": [CONNECTION, SOURCE, TAG, STREAM],
    "/connections/{connection}/timeline": [CONNECTION, STREAM],
    "/connections/{connection}/schema": [CONNECTION, STREAM, COLUMN],
    "/connections/{connection}/streams": [CONNECTION, STREAM],
    "/connections/{connection}/state": [CONNECTION, STREAM],
    "/connections/{connection}/settings": [CONNECTION, TAG],
    "/jobs": [CONNECTION],
    "/jobs/{job}": [CONNECTION, STREAM],
    "/datasets": [STREAM],
    "/datasets/{connection}/{stream}": [CONNECTION, STREAM],
    "/datasets/{connection}/{stream}/sample": [CONNECTION, STREAM],
    "/datasets/{connection}/{stream}/lineage": [SOURCE, STREAM],
    "/lineage": [],
    "/quality": [STREAM],
    "/quality?view=checks": [STREAM],
    "/personal-data": [STREAM, COLUMN],
    "/quarantine": [STREAM],
    "/quarantine?connectionId={connection}": [STREAM],
    "/settings/tags": [CONNECTION, TAG],
}
"""By page, the names that it has to show; a dataset's own columns are the table's, whose names are made from these."""
_MADE = """
[...document.querySelectorAll('body img, body script, body [onerror]')]
  .filter((one) => one.getAttribute('src') !== '/favicon.svg').map((one) => one.outerHTML)
"""


@pytest.fixture(scope="module")
def connection(served: Served) -> str:
    """Of a tag, with a stream that has synced and left a record in quarantine; its id."""
    stream = {
        "name": STREAM,
        "records": 40,
        "deleted_field": COLUMN,
        "deletes": 3,
        "bad_rows": {"10": MISFIT},
    }
    tag = served.ask("POST", "/tags", {"name": TAG, "color": "07788C", "workspaceId": WORKSPACE})
    source = served.ask(
        "POST",
        "/sources",
        {
            "name": SOURCE,
            "workspaceId": WORKSPACE,
            "configuration": {"sourceType": "faker", "kind": "ledger", "streams": [stream]},
        },
    )
    made = served.ask(
        "POST",
        "/connections",
        {
            "name": CONNECTION,
            "sourceId": source["sourceId"],
            "destinationId": DESTINATION,
            "tags": [tag],
            "configurations": {
                "streams": [{"name": STREAM, "syncMode": "incremental_deduped_history"}]
            },
        },
    )
    return str(made["connectionId"])


def test_hostile_names_are_text_on_every_page(
    page: "Page", served: Served, connection: str
) -> None:
    from playwright.sync_api import TimeoutError

    said = _listened_to(page, served)
    wanted = {"connectionId": connection, "jobType": "sync"}
    of = {
        "connection": connection,
        "stream": quote(STREAM, safe=""),
        "job": served.ask("POST", "/jobs", wanted)["jobId"],
    }
    page.goto(f"/jobs/{of['job']}")
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    for place, names in PLACES.items():
        page.goto(place.format(**of))
        page.get_by_role("heading", level=1).wait_for()
        try:
            for name in names:
                page.locator("body").get_by_text(name).filter(visible=True).first.wait_for()
        except TimeoutError as missing:  # where it is run it is no text
            said.append(f"missing on {place}: {missing}")
        said.extend(f"made on {place}: {made}" for made in page.evaluate(_MADE))
        if said:
            break

    assert said == []


def _listened_to(page: "Page", served: Served) -> list[str]:
    """What a name that is run would do, as the page does it: a dialog, an error, a request to elsewhere."""
    said: list[str] = []

    def asks(dialog: "Dialog") -> None:
        said.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def logs(line: "ConsoleMessage") -> None:
        if line.type == "error":
            said.append(f"console: {line.text} {line.location}")

    def requests(sent: "Request") -> None:
        if not sent.url.startswith((served.url, "data:", "blob:")):
            said.append(f"request: {sent.url}")

    page.on("dialog", asks)
    page.on("console", logs)
    page.on("request", requests)
    return said
