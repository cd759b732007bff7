"""The page of a connection: what happened to it, however much, and to whom it offers what."""

import re
from typing import TYPE_CHECKING

from tests.api.making import DESTINATION, WORKSPACE
from tests.browser.served import PASSWORD, Served, looking
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTINGS = {"source_mode": "mock", "schema_check_h": "0"}


def test_a_timeline_goes_back_beyond_one_jobs_checkpoints(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.sync(page, "succeeded")
    shop.sync(page, "succeeded")
    checkpoints = served.value(
        "WITH made AS (INSERT INTO pipeline.connector_state (connection_id, attempt_id, kind, namespace, name, message) "
        "SELECT j.connection_id, a.attempt_id, 'STREAM', '', 'orders', '{\"at\": 1}'::json "
        "FROM pipeline.jobs j JOIN pipeline.attempts a USING (job_id), generate_series(1, 40) WHERE j.job_id = 2 "
        "RETURNING 1) SELECT count(*) FROM made"
    )
    page.goto(f"/connections/{shop.connection_id}/timeline")
    page.get_by_text("Sync, job 2").first.wait_for()

    assert checkpoints == 40, "more than one page of the list has"
    page.get_by_text("Sync, job 1").first.wait_for()


def test_a_rebuild_says_that_it_is_equal_and_is_asked_for_again(
    page: "Page", served: Served, shop: Shop
) -> None:
    job = served.ask("POST", "/jobs", {"connectionId": shop.connection_id, "jobType": "rebuild"})
    page.goto(f"/jobs/{job['jobId']}")
    page.get_by_text("equal, row by row, by hash").wait_for(timeout=60_000)
    checks = page.get_by_role("link", name="Its quality checks").get_attribute("href")
    page.get_by_role("tab", name="Log").click()
    page.get_by_text("attempt_succeeded").wait_for()  # it comes a moment after the job's end
    with page.expect_download() as kept:
        page.get_by_role("button", name="Download").click()
    lines = kept.value.path().read_text().splitlines()
    page.get_by_role("button", name="Rebuild again").click()
    asked = page.get_by_role("dialog")
    asked.get_by_text("What it would do").wait_for()
    asked.get_by_role("button", name="Rebuild again").click()
    page.get_by_role("heading", name=f"Job {job['jobId'] + 1}", level=1).wait_for()

    assert checks == f"/quality?view=checks&connectionId={shop.connection_id}&jobId={job['jobId']}"
    kept_lines = served.value(
        "SELECT count(*) FROM pipeline.log_lines JOIN pipeline.attempts USING (attempt_id) "
        f"WHERE job_id = {job['jobId']}"
    )
    assert len(lines) == kept_lines


def test_an_operator_of_one_workspace_is_offered_acts_there_alone(
    browser: "Browser", served: Served, shop: Shop
) -> None:
    there = served.ask("POST", "/workspaces", {"name": "elsewhere"})["workspaceId"]
    other = _connection(served, there)
    roles = [
        {"role": "operator", "workspaceId": WORKSPACE},
        {"role": "viewer", "workspaceId": there},
    ]
    user = served.ask("POST", "/users", {"email": "op@example.org", "name": "Op", "roles": roles})
    sync = re.compile("^Sync now")
    with looking(browser, served, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(user["link"]["url"])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Home").wait_for()
        page.goto(f"/connections/{other}")
        page.get_by_role("heading", name="Streams").wait_for()
        offered_there = page.get_by_role("button", name=sync).count()
        page.goto("/settings")
        page.get_by_role("tab", name="System").wait_for()
        tabs = page.get_by_role("tab").all_inner_texts()
        page.goto("/jobs/1")
        page.get_by_role("button", name="Sync again").wait_for()
        page.goto(f"/connections/{shop.connection_id}")
        page.get_by_role("button", name=sync).wait_for()
        fewer = [{"role": "viewer", "workspaceId": WORKSPACE}]
        served.ask("PATCH", f"/users/{user['id']}", {"roles": fewer})
        page.get_by_role("button", name=sync).click()
        page.get_by_text(re.compile("This needs the role operator in")).wait_for()

    assert offered_there == 0
    assert not {"Users", "Applications", "Audit", "Configuration and keys"} & set(tabs)


def test_an_admin_of_a_workspace_is_not_offered_what_is_of_none(
    browser: "Browser", served: Served
) -> None:
    roles = [{"role": "admin", "workspaceId": WORKSPACE}]
    user = served.ask("POST", "/users", {"email": "ad@example.org", "name": "Ad", "roles": roles})
    with looking(browser, served, viewport={"width": 1280, "height": 900}) as context:
        page = context.new_page()
        page.goto(user["link"]["url"])
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Home").wait_for()
        page.goto("/settings/audit")
        page.get_by_role("heading", name="Audit").wait_for()
        tabs = page.get_by_role("tab").all_inner_texts()
        verify = page.get_by_role("button", name="Verify the whole log").count()
        page.goto("/connectors")
        page.get_by_role("region", name="Connectors").wait_for()
        fetch = page.get_by_role("button", name="Fetch Airbyte's list").count()

    assert "Audit" in tabs, "of its own workspace"
    assert not {"Users", "Applications", "Configuration and keys"} & set(tabs)
    assert (verify, fetch) == (0, 0)


def _connection(served: Served, workspace_id: str) -> str:
    source = served.ask(
        "POST",
        "/sources",
        {"name": "other", "workspaceId": workspace_id, "configuration": Shop.ledger()},
    )
    own = served.ask("GET", f"/destinations/{DESTINATION}")
    place = served.ask(
        "POST",
        "/destinations",
        {"name": "atlas", "workspaceId": workspace_id, "configuration": own["configuration"]},
    )
    made = served.ask(
        "POST",
        "/connections",
        {"name": "other", "sourceId": source["sourceId"], "destinationId": place["destinationId"]},
    )
    return str(made["connectionId"])
