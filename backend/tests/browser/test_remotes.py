"""An Airbyte elsewhere is driven by the pages: named, imported from, verified, and left."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings
from tests.browser.served import Served, serving
from tests.fixtures.airbyte_cloud import CLIENT_ID, CLIENT_SECRET, CONNECTION, MASKED, FakeCloud
from tests.fixtures.driven import QUICK, USERS

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

STATE = {
    "stateType": "stream",
    "connectionId": CONNECTION,
    "streamState": [
        {"streamDescriptor": {"name": "users"}, "streamState": {"updated_at": "2024-01-02"}}
    ],
}


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeCloud]:
    with FakeCloud().serving() as cloud:
        cloud.connect([USERS], state=STATE)
        yield cloud


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("driving")
    quick = {name: str(value) for name, value in QUICK.items()}
    with serving(folder, source_mode="mock", **quick) as served:
        yield served


def the_connection(served: Served) -> str:
    (made,) = served.ask("GET", "/connections")["data"]
    connection_id: str = made["connectionId"]
    return connection_id


def test_a_remote_is_named_checked_and_imported_from(
    page: "Page", served: Served, fake: FakeCloud
) -> None:
    page.goto("/connectors")
    page.get_by_role("tab", name="Airbyte elsewhere").click()
    page.get_by_role("button", name="New remote").click()
    page.get_by_label("Name", exact=True).fill("acme")
    page.get_by_label("Address of its API").fill(fake.url)
    page.get_by_label("Client id").fill(CLIENT_ID)
    page.get_by_role("textbox", name="Client secret").fill(CLIENT_SECRET)
    page.get_by_role("dialog").get_by_role("button", name=re.compile("API request")).click()
    shown = page.locator("pre", has_text="/v1/remotes").inner_text()
    page.get_by_role("button", name="Name the remote").click()
    page.get_by_role("heading", name="acme").wait_for()
    page.get_by_role("button", name="Check acme").click()
    page.get_by_text("it knows Atlas", exact=True).wait_for()
    page.get_by_label("Choose shop to warehouse").check()
    found = findings(page)
    page.get_by_role("button", name="Import what is chosen").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("shop to warehouse: 1 stream").wait_for()
    asked.get_by_role("button", name="Import", exact=True).click()
    page.get_by_text(re.compile("The remote does not give /api_key")).wait_for()

    assert CLIENT_SECRET not in shown
    assert found == []
    (remote,) = served.ask("GET", "/remotes")["data"]
    assert (remote["name"], remote["clientSecret"]) == ("acme", MASKED)
    (made,) = served.ask("GET", "/connections")["data"]
    assert made["atlas"]["engine"] == "airbyte_cloud"


def test_a_sync_there_shows_what_the_remote_says_and_what_it_is_worth(
    page: "Page", served: Served, fake: FakeCloud
) -> None:
    page.goto("/connections")
    page.get_by_role("region", name="Connections").get_by_text("Airbyte elsewhere").wait_for()
    page.goto(f"/connections/{the_connection(served)}")
    page.get_by_role("button", name="Sync now").click()
    page.wait_for_url("**/jobs/*")
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=60_000)
    page.get_by_role("heading", name="At the remote").wait_for()
    page.locator("main").get_by_text("verified", exact=True).first.wait_for()
    tree = page.get_by_role("list", name="Run tree").inner_text()
    found = findings(page)

    assert "Job 41 elsewhere" in tree
    assert not page.get_by_role("heading", name="Ledger").count(), "no books are claimed"
    assert found == []


def test_what_a_success_must_show_is_kept_and_a_poor_one_fails_with_its_reason(
    page: "Page", served: Served, fake: FakeCloud
) -> None:
    connection_id = the_connection(served)
    page.goto(f"/connections/{connection_id}/remote")
    page.get_by_label("At least that many rows").fill("1000")
    found = findings(page)
    page.get_by_role("button", name="Keep these terms").click()
    page.get_by_text("It holds for the jobs that begin from now on", exact=True).wait_for()
    page.get_by_role("button", name="Sync now").click()
    page.wait_for_url("**/jobs/*")
    page.locator("main").get_by_text("failed", exact=True).first.wait_for(timeout=60_000)
    reasons = page.get_by_role("list", name="Reasons")
    reasons.wait_for()

    assert "1000" in reasons.inner_text()
    assert found == []
    link = served.ask("GET", f"/connections/{connection_id}/remote")
    assert link["policy"]["minRows"] == 1000


def test_it_is_moved_to_atlas_after_a_preview_says_that_all_is_there(
    page: "Page", served: Served, fake: FakeCloud
) -> None:
    connection_id = the_connection(served)
    page.goto(f"/connections/{connection_id}/remote")
    page.get_by_role("button", name="Move it to Atlas's own engine").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("It cannot be moved yet").wait_for()
    asked.get_by_label("Why").fill("we leave")
    asked.get_by_label(re.compile("Type")).fill("shop to warehouse")
    refused = asked.get_by_role("button", name="Move it", exact=True).is_disabled()
    source = served.ask("GET", f"/connections/{connection_id}")["sourceId"]
    served.ask("PATCH", f"/sources/{source}", {"configuration": {"api_key": "given"}})
    page.reload()
    page.get_by_role("button", name="Move it to Atlas's own engine").click()
    asked.get_by_text("The state of users comes along.").wait_for()
    asked.get_by_text(re.compile("Its schedule there goes on")).wait_for()
    found = findings(page)
    asked.get_by_label("Why").fill("we leave")
    asked.get_by_label(re.compile("Type")).fill("shop to warehouse")
    asked.get_by_role("button", name="Move it", exact=True).click()
    asked.wait_for(state="hidden")
    page.get_by_role("heading", name="Moved by Atlas now").wait_for()

    assert refused
    assert found == []
    assert served.ask("GET", f"/connections/{connection_id}")["atlas"]["engine"] == "local"
