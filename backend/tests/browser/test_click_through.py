"""From one thing to what it is made of, by clicks: layers side by side, lineage."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.axe import findings
from tests.browser.served import Served, serving
from tests.browser.shop import Shop

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def served(browser: "Browser", tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder: Path = tmp_path_factory.mktemp("click_through")
    with serving(folder, source_mode="mock", retry_wait_s="0.1", schema_check_h="0") as served:
        yield served


@pytest.fixture(scope="module")
def shop(served: Served) -> Shop:
    return Shop(served)


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
    page.wait_for_load_state("networkidle")
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
    drawer.get_by_role("button", name=re.compile(r"orders$")).first.click()
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
