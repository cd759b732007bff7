"""From one thing to what it is made of, by clicks: layers side by side, lineage, time, quality, settings."""

import re
import time
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings
from tests.browser.served import PASSWORD, Served, looking
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTINGS = {"source_mode": "mock", "retry_wait_s": "0.1", "schema_check_h": "0"}


def test_a_record_is_seen_in_three_layers_side_by_side(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.sync(page, "succeeded")
    page.goto(f"/datasets/{shop.connection_id}/orders/sample")
    page.get_by_role("radiogroup", name="Layer").get_by_text("side by side").click()
    page.get_by_role("checkbox", name=re.compile("^Compare record")).first.check()
    compared = page.get_by_role("region", name=re.compile("in three layers"))
    row = compared.get_by_role("row").filter(has=page.get_by_role("rowheader", name="id"))
    row.get_by_role("cell").nth(2).filter(has_text=re.compile(r"\d")).wait_for()
    page.get_by_text("was written into the audit trail").wait_for()
    explored, charted, navigated = row.get_by_role("cell").all_inner_texts()
    region = compared.get_attribute("aria-label") or ""
    serious = findings(page)

    seq, batch = re.findall(r"\d+", region)
    sent = served.value(
        f"SELECT data->>'id' FROM explore.shop_orders_raw WHERE batch_id = {batch} AND seq = {seq}"
    )
    noted = served.sql("SELECT facts->>'seq' AS seq FROM audit.entries WHERE facts->>'looked' = 'true'")  # fmt: skip
    assert explored == charted == navigated == sent
    assert [one["seq"] for one in noted] == [seq], "one look, and no other record was asked for"
    assert serious == []


def test_lineage_leads_from_a_node_by_its_column_to_the_dataset(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto(f"/lineage?connectionId={shop.connection_id}")
    page.get_by_role("button", name=re.compile("^job .*orders")).click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("link", name="Job 1", exact=True).wait_for()
    assert drawer.get_by_role("link", name="daily orders").get_attribute("href") == (
        f"/connections/{shop.connection_id}"
    )
    drawer.get_by_role("button", name=re.compile(r"chart\.shop_orders")).click()
    origin = drawer.get_by_role("row", name=re.compile("^amount")).get_by_role("button")
    origin.filter(has_text=".amount").click()
    drawer.locator("tr[aria-current=true]").filter(has_text="amount").wait_for()
    drawer.get_by_text("source", exact=True).wait_for()
    drawer.get_by_role("button", name=re.compile(r"chart\.shop_orders")).click()
    drawer.get_by_role("row", name=re.compile("^amount")).get_by_role("link").click()
    page.wait_for_url("**/datasets/*/orders?column=amount")
    page.get_by_role("dialog").get_by_text("Field in the source").wait_for()


def test_lineage_has_a_node_for_each_connection_and_finds_any_dataset(
    page: "Page", served: Served, shop: Shop
) -> None:
    other = Shop(served, name="weekly orders")
    other.sync(page, "succeeded")
    page.goto(f"/lineage?connectionId={shop.connection_id}&show=connections")
    page.get_by_role("button", name="connection daily orders").click()
    drawer = page.get_by_role("dialog")
    drawer.get_by_role("button", name=re.compile(r"chart\.shop_orders")).wait_for()
    serious = findings(page)
    page.keyboard.press("Escape")
    search = page.get_by_role("combobox", name="Begin at a dataset")
    search.fill("orders")
    page.get_by_role("option", name="orders of weekly orders").click()
    table = served.value(
        f"SELECT table_name FROM pipeline.streams WHERE connection_id = '{other.connection_id}'"
    )
    page.wait_for_url(re.compile(rf"node=.*chart\.{table}"))
    page.get_by_role("button", name="connection weekly orders").wait_for()

    assert serious == []


def test_the_timeline_tells_who_changed_settings_and_when_it_was_broken(
    page: "Page", served: Served, shop: Shop
) -> None:
    shop.behave(die_at=0, exit_code=1)
    shop.sync(page, "failed")
    while served.value("SELECT count(*) FROM pipeline.jobs WHERE status IN ('pending', 'running')"):
        time.sleep(0.2)  # an attempt that failed is shown before its job has
    shop.behave()
    shop.sync(page, "succeeded")
    page.goto(f"/connections/{shop.connection_id}/timeline?kinds=incident,settings")
    page.get_by_text("Settings of the source were changed").first.wait_for()
    page.get_by_text("It is no longer broken: job failed").wait_for()
    failed = served.value("SELECT job_id FROM pipeline.jobs WHERE status = 'failed'")
    page.get_by_role("link", name="It was broken: job failed").click()
    page.wait_for_url(f"**/jobs/{failed}")


def test_home_shows_volume_and_each_stream_against_its_schedule(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto("/")
    row = page.get_by_role("row", name=re.compile("daily orders")).first
    row.get_by_role("img", name=re.compile("Records of the last syncs")).wait_for()
    cell = page.get_by_role("link", name=re.compile("^orders: unscheduled, data as of"))
    serious = findings(page)
    cell.first.click()
    page.wait_for_url("**/datasets/*/orders")

    assert serious == []


def test_a_column_has_its_checks_and_its_lineage_and_a_check_its_history(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto(f"/datasets/{shop.connection_id}/orders?column=id")
    drawer = page.get_by_role("dialog")
    drawer.get_by_text("Goes to", exact=True).wait_for()
    drawer.get_by_role("link", name=re.compile(r"navigate\.shop_orders\.id$")).wait_for()
    drawer.get_by_role("link", name=re.compile(r"orders\.id$")).first.wait_for()
    serious = {"column": findings(page)}
    name = str(served.value("SELECT check_name FROM quality.check_results WHERE column_name = 'id' LIMIT 1"))  # fmt: skip
    drawer.get_by_role("link", name=name, exact=True).first.click()
    strip = page.get_by_role("list", name=re.compile("Results over time"))
    strip.wait_for()
    serious["check"] = findings(page)
    shown = strip.get_by_role("link").count()
    strip.get_by_role("link").last.click()
    page.wait_for_url("**/jobs/*")

    there = served.value(
        "SELECT count(*) FROM quality.check_results c JOIN pipeline.promotions p USING (promotion_id) "
        f"JOIN pipeline.streams s USING (stream_id) WHERE s.connection_id = '{shop.connection_id}' "
        f"AND c.column_name = 'id' AND c.check_name = '{name}'"
    )
    assert shown == there
    assert serious == {"column": [], "check": []}


def test_tags_workspaces_and_roles_are_kept_by_the_settings(
    page: "Page", served: Served, shop: Shop
) -> None:
    page.goto("/settings/tags")
    page.get_by_role("button", name="New tag").click()
    page.get_by_label("Name").fill("money")
    page.get_by_role("button", name="Make the tag").first.click()
    page.get_by_role("row", name=re.compile("money")).wait_for()
    tag = str(served.value("SELECT tag_id FROM pipeline.tags WHERE name = 'money'"))

    page.goto(f"/connections/{shop.connection_id}/settings")
    page.get_by_role("combobox", name="Tags").click()
    page.get_by_role("option", name="money").click()
    page.get_by_role("heading", name="Who is told").click()  # the list of options closes
    keep = page.get_by_role("button", name="Keep these settings")
    keep.locator("..").get_by_label("The API request that does this").click()
    shown = page.get_by_text(f"curl -X PATCH '{served.url}/v1/connections/{shop.connection_id}'")
    request = shown.inner_text()
    page.keyboard.press("Escape")
    with page.expect_request(lambda sent: sent.method == "PATCH") as sending:
        keep.click()
    page.get_by_text("It is kept").wait_for()
    page.goto(f"/connections/{shop.connection_id}")
    page.get_by_text("money", exact=True).wait_for()
    page.goto("/connections")
    page.get_by_role("row", name=re.compile("daily orders.*money")).wait_for()
    tags = served.ask("GET", f"/connections/{shop.connection_id}")["tags"]
    assert [one["tagId"] for one in tags] == [tag]
    assert f'"tags":[{{"tagId":"{tag}"}}]' in request
    assert f"-d '{sending.value.post_data}'" in request, "what is shown is what is sent"

    page.goto("/settings/tags")
    page.get_by_role("row", name=re.compile("money.*daily orders")).wait_for()
    page.get_by_role("button", name="Change").click()
    page.get_by_label("Name").fill("revenue")
    page.get_by_role("button", name="Change the tag").first.click()
    page.get_by_role("row", name=re.compile("revenue")).get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("link", name="daily orders").wait_for()
    page.get_by_role("button", name="Delete the tag").click()
    page.get_by_text("There is no tag yet.").wait_for()
    assert served.value("SELECT count(*) FROM pipeline.tags") == 0

    page.goto("/settings/workspaces")
    page.get_by_role("button", name="New workspace").click()
    page.get_by_label("Name").fill("second")
    page.get_by_role("button", name="Make the workspace").first.click()
    page.get_by_role("row", name=re.compile("second")).wait_for()

    page.goto("/settings/users")
    served.ask("POST", "/users", {"email": "ann@example.com", "roles": [{"role": "viewer"}]})
    page.reload()
    row = page.get_by_role("row", name=re.compile("ann@example.com"))
    row.get_by_role("button", name="Roles").click()
    page.get_by_role("dialog").get_by_role("combobox", name="Role").click()
    page.get_by_role("option", name=re.compile("^operator")).click()
    page.get_by_role("button", name="Keep these roles").first.click()
    row.get_by_text("operator everywhere").wait_for()
    (ann,) = [one for one in served.ask("GET", "/users")["data"] if one["email"].startswith("ann")]
    assert [one["role"] for one in ann["roles"]] == ["operator"]

    page.goto("/settings/configuration")
    page.get_by_text("the newest locks all secrets").wait_for()
    assert findings(page) == []


@pytest.mark.parametrize(
    ("role", "offered", "tabs"),
    [
        ("operator", {"Sync now"}, ["System", "Notifications", "Tags", "Workspaces"]),
        ("editor", {"Sync now", "New connection"}, ["System", "Notifications", "Tags", "Workspaces"]),
    ],
)  # fmt: skip
def test_each_role_is_offered_what_it_may_do(
    browser: "Browser", served: Served, shop: Shop, role: str, offered: set[str], tabs: list[str]
) -> None:
    invited = served.ask("POST", "/users", {"email": f"{role}@example.com", "roles": [{"role": role}]})  # fmt: skip
    serious: dict[str, list[str]] = {}
    with looking(browser, served) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_role("button", name="Sign in").wait_for()
        serious["sign-in"] = findings(page)
        page.goto(invited["link"]["url"])
        page.get_by_label("Password").wait_for()
        serious["welcome"] = findings(page)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button").click()
        page.get_by_role("heading", name="Home").wait_for()
        page.goto("/connections")
        page.get_by_role("link", name="daily orders", exact=True).wait_for()
        found = {*page.get_by_role("link").all_inner_texts(), *page.get_by_role("button").all_inner_texts()}  # fmt: skip
        page.goto(f"/connections/{shop.connection_id}")
        page.get_by_role("button", name="Sync now").wait_for()
        found |= {*page.get_by_role("button").all_inner_texts()}
        page.goto("/settings")
        page.get_by_role("tab", name="System").wait_for()
        seen = page.get_by_role("tab").all_inner_texts()
        page.goto(f"/datasets/{shop.connection_id}/orders/sample?layer=compare")
        page.get_by_role("checkbox", name=re.compile("^Compare record")).first.check()
        page.get_by_text("Explore is shown to an admin only").wait_for()

    assert {"Sync now", "New connection"} & found == offered
    assert seen == tabs
    assert serious == {"sign-in": [], "welcome": []}


def test_axe_finds_nothing_serious_in_tables_logs_and_drawers(
    page: "Page", served: Served, shop: Shop
) -> None:
    found: dict[str, list[str]] = {}
    for place in (
        f"/lineage?connectionId={shop.connection_id}&view=table", "/lineage?view=events", "/quality?view=checks",
        "/jobs/1?tab=log", "/jobs/1?tab=events", f"/connections/{shop.connection_id}/timeline",
    ):  # fmt: skip
        page.goto(place)
        found[place] = findings(page)
    page.goto("/lineage?view=events")
    page.get_by_role("region").get_by_role("button").first.click()
    page.get_by_role("dialog").wait_for()
    found["event"] = findings(page)
    page.goto("/connectors")
    page.get_by_role("row").nth(1).get_by_role("button").first.click()
    page.get_by_role("dialog").wait_for()
    found["connector"] = findings(page)

    assert {place: said for place, said in found.items() if said} == {}
