"""A CSV of somebody's own becomes a dataset by the pages alone, with the real connector for files.

`make compat` runs it, for the connector's environment takes minutes to install; `make screenshots` keeps pictures of it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING

import pytest

from tests.browser.pictures import keep
from tests.browser.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

CITIES = "id,name,people,since\n1,Ulm,126000,0854-07-22\n2,Bern,134000,1191-01-01\n3,Graz,291000,1128-01-01\n"


@pytest.fixture
def file() -> Iterator[Path]:
    """Shape: under a name that may stand in a picture."""
    file = Path(gettempdir(), "cities.csv")
    file.write_text(CITIES)
    yield file
    file.unlink()


@pytest.mark.compat
@pytest.mark.screenshots
def test_a_csv_of_ones_own_is_synced_by_the_pages_alone(
    page: "Page", served: Served, file: Path, pytestconfig: pytest.Config
) -> None:
    page.goto("/connections/new?connector=source-file")
    install = page.get_by_role("button", name=re.compile("^Install"))
    name = page.get_by_label("Name of the source")
    install.or_(name).first.wait_for()
    if install.count():
        install.first.click()
    name.wait_for(timeout=900_000)
    name.fill("mine")
    page.get_by_label("Dataset Name").fill("cities")
    page.get_by_label("URL", exact=False).first.fill(str(file))
    page.get_by_label("Storage Provider").first.click()
    page.get_by_role("option", name=re.compile("Local")).click()
    page.get_by_role("button", name="Check it").click()
    page.get_by_text("The connector could connect").wait_for(timeout=180_000)
    keep(page, "own-source", pytestconfig)
    page.get_by_role("button", name="Keep the source and find its streams").click()
    page.get_by_text("cities", exact=True).first.wait_for(timeout=180_000)
    keep(page, "own-streams", pytestconfig)
    for _ in ("streams", "terms", "schedule"):
        page.get_by_role("button", name="Go on").click()
    page.get_by_label("Run it at once").set_checked(True)
    page.get_by_role("button", name="Create and run").click()
    page.wait_for_url("**/jobs/*", timeout=60_000)
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=180_000)
    keep(page, "own-job", pytestconfig)
    page.get_by_role("link", name="3", exact=True).nth(2).click()
    page.wait_for_url("**/datasets/*/cities/sample*")
    page.get_by_text("Graz").first.wait_for()
    keep(page, "own-rows", pytestconfig)

    (table,) = {
        str(row["table_name"]) for row in served.sql("SELECT table_name FROM pipeline.streams")
    }
    found = {
        row["name"]: row["people"] for row in served.sql(f"SELECT name, people FROM chart.{table}")
    }
    assert found == {"Ulm": 126_000, "Bern": 134_000, "Graz": 291_000}
