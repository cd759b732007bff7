"""The pictures of docs/images, of a real connector's records: `make screenshots`."""

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.api.making import DESTINATION, WORKSPACE
from tests.browser.served import Served
from tests.fixtures.home import SHARED

if TYPE_CHECKING:
    from playwright.sync_api import Page

IMAGES = SHARED.parent / "docs" / "images"
SYNCS = 4
PLACES = {
    "home": "/",
    "connections": "/connections",
    "connection": "/connections/{connection}",
    "state": "/connections/{connection}/state",
    "wizard": "/connections/new",
    "connectors": "/connectors",
    "jobs": "/jobs",
    "job": "/jobs/1",
    "transformations": "/transformations",
    "remotes": "/connectors?tab=remotes",
    "datasets": "/datasets",
    "dataset": "/datasets/{connection}/users",
    "sample": "/datasets/{connection}/users/sample",
    "history": "/datasets/{connection}/users/history",
    "personal-data": "/personal-data",
    "quality": "/quality",
    "quarantine": "/quarantine",
    "lineage": "/lineage",
    "settings": "/settings",
}


@pytest.mark.screenshots
def test_pictures_of_every_page(page: "Page", served: Served) -> None:
    connection = people(served)
    IMAGES.mkdir(exist_ok=True)
    for name, place in PLACES.items():
        page.goto(place.format(connection=connection))
        page.get_by_role("heading", level=1).wait_for()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(1_000)  # graphs and charts settle
        page.screenshot(path=IMAGES / f"{name}.png")
    page.goto(f"/datasets/{connection}/users/passport")
    page.get_by_label("id, in clear").fill("7")
    page.get_by_role("button", name="Find the row").click()
    page.get_by_text("source-faker").first.wait_for()
    page.screenshot(path=IMAGES / "passport.png")
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    page.get_by_role("heading", name="Freshness and volume").wait_for()
    page.screenshot(path=IMAGES / "home-dark.png")

    assert {re.sub(r"\.png$", "", path.name) for path in IMAGES.glob("*.png")} == {
        *PLACES, "passport", "home-dark",
    }  # fmt: skip


def people(served: Served) -> str:
    """A connection to the faker that has synced some times; its id."""
    source = served.ask(
        "POST",
        "/sources",
        {
            "name": "people",
            "workspaceId": WORKSPACE,
            "configuration": {"sourceType": "faker", "count": 2_000, "seed": 1, "parallelism": 1},
        },
    )
    schedule = {"scheduleType": "cron", "cronExpression": "0 0 1 * * ? UTC"}
    made = served.ask(
        "POST",
        "/connections",
        {
            "name": "people daily",
            "sourceId": source["sourceId"],
            "destinationId": DESTINATION,
            "schedule": schedule,
        },
    )
    connection: str = made["connectionId"]
    for number in range(SYNCS):
        kind = "sync" if number % 2 == 0 else "refresh"
        job = served.ask("POST", "/jobs", {"connectionId": connection, "jobType": kind})
        while served.ask("GET", f"/jobs/{job['jobId']}")["status"] in ("pending", "running"):
            time.sleep(0.5)
    return connection
