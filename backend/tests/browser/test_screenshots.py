"""The pictures of docs/images, of a real connector's records: `make screenshots`."""

import re
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.api.making import DESTINATION, WORKSPACE
from tests.browser.pictures import IMAGES, OF_ONES_OWN_FILE
from tests.browser.served import PASSWORD, Served, looking, serving
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SYNCS = 4
PLACES = {
    "home": "/",
    "connections": "/connections",
    "connection": "/connections/{connection}",
    "timeline": "/connections/{connection}/timeline",
    "schedule": "/connections/{connection}/schedule",
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
    "lineage": "/lineage",
    "settings": "/settings",
}


BY_CLICKS = {
    "passport", "home-dark", "side-by-side", "column", "wizard-source", "wizard-streams", "wizard-terms", "wizard-schedule",
}  # fmt: skip
IN_TROUBLE = {"failure", "quarantine", "quarantined", "home-trouble"}


@pytest.mark.screenshots
def test_pictures_of_trouble(browser: "Browser", tmp_path: Path) -> None:
    """Of a mock source, which fails and sends what does not fit; each page says that it is the mock."""
    IMAGES.mkdir(exist_ok=True)
    with (
        serving(tmp_path, source_mode="mock", retry_wait_s="0.1", schema_check_h="0") as served,
        looking(browser, served, viewport={"width": 1280, "height": 900}) as context,
    ):
        page = context.new_page()
        page.goto(served.welcome)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Home").wait_for()
        shop = Shop(served)
        shop.sync(page, "succeeded")
        page.goto("/quarantine")
        records = page.get_by_role("region", name="Records in quarantine")
        records.get_by_role("link").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "quarantine.png")
        records.get_by_role("link").first.click()
        page.get_by_label("Fields that change").wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=IMAGES / "quarantined.png")
        shop.behave(die_at=0, exit_code=1)
        job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "sync"})
        while served.ask("GET", f"/jobs/{job['jobId']}")["status"] != "failed":
            time.sleep(0.5)
        for name, place in (("failure", f"/jobs/{job['jobId']}"), ("home-trouble", "/")):
            page.goto(place)
            page.get_by_role("heading", level=1).wait_for()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(1_000)
            page.screenshot(path=IMAGES / f"{name}.png")


@pytest.mark.screenshots
def test_pictures_of_the_wizard(page: "Page", served: Served) -> None:
    """Its steps after the first, up to the last question."""
    page.goto("/connections/new")
    page.get_by_label("Find a connector").fill("faker")
    page.get_by_role("button", name="Choose Sample Data").click()
    page.get_by_label("Name of the source").fill("people again")
    page.get_by_label("Count").fill("300")
    page.get_by_role("button", name="Check it").click()
    page.get_by_text("The connector could connect").wait_for(timeout=120_000)
    page.screenshot(path=IMAGES / "wizard-source.png")
    page.get_by_role("button", name="Keep the source and find its streams").click()
    page.get_by_role("button", name="Fields of users").wait_for(timeout=120_000)
    page.wait_for_timeout(1_000)  # the button that asked fades
    page.screenshot(path=IMAGES / "wizard-streams.png")
    for step in ("terms", "schedule"):
        page.get_by_role("button", name="Go on").click()
        if step == "schedule":
            page.get_by_role("radiogroup").get_by_text("Cron").click()
        page.wait_for_load_state("networkidle")
        page.locator("[aria-busy=true]").first.wait_for(state="detached", timeout=60_000)
        page.screenshot(path=IMAGES / f"wizard-{step}.png")


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
    page.goto(f"/datasets/{connection}/users/sample?layer=compare")
    page.get_by_role("checkbox", name=re.compile("^Compare record")).first.check()
    compared = page.get_by_role("region", name=re.compile("in three layers"))
    compared.get_by_text("email").first.wait_for()
    page.wait_for_load_state("networkidle")
    compared.scroll_into_view_if_needed()
    page.screenshot(path=IMAGES / "side-by-side.png")
    page.goto(f"/datasets/{connection}/products?column=price")
    page.get_by_role("list", name="Distribution of price").wait_for()
    page.wait_for_load_state("networkidle")
    page.screenshot(path=IMAGES / "column.png")
    page.emulate_media(color_scheme="dark")
    page.goto("/")
    page.get_by_role("heading", name="Freshness and volume").wait_for()
    page.screenshot(path=IMAGES / "home-dark.png")

    assert {re.sub(r"\.png$", "", path.name) for path in IMAGES.glob("*.png")} == {
        *PLACES, *BY_CLICKS, *IN_TROUBLE, *OF_ONES_OWN_FILE,
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
