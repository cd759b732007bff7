"""From the first sign-in to rows that can be explained, by the pages alone; SQL says the same."""

import re
from typing import TYPE_CHECKING

from tests.browser.axe import findings
from tests.browser.served import PASSWORD, Served, looking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

USERS = 300
STREAMS = ("products", "purchases", "users")


def count(text: str) -> int:
    return int(text.replace(",", ""))


def test_a_connector_of_the_catalogue_becomes_a_connection_that_has_synced(
    page: "Page", served: Served
) -> None:
    page.goto("/")
    page.get_by_role("link", name="Make the first one").click()
    page.get_by_label("Find a connector").fill("faker")
    page.get_by_role("button", name="Choose Sample Data").click()
    page.get_by_label("Name of the source").fill("people")
    serious = {"source": findings(page)}
    page.get_by_label("Count").fill(str(USERS))
    page.get_by_role("button", name="Check it").click()
    page.get_by_text("The connector could connect").wait_for(timeout=60_000)
    page.get_by_role("button", name="Keep the source and find its streams").click()
    page.get_by_role("button", name="Fields of users").wait_for(timeout=60_000)
    serious["streams"] = findings(page)
    page.get_by_role("button", name="Fields of users").click()
    page.get_by_label("blood_type").set_checked(False)
    page.keyboard.press("Escape")
    for step in ("terms", "schedule", "create"):
        page.get_by_role("button", name="Go on").click()
        serious[step] = findings(page)
    run = page.get_by_label("Run it at once")
    run.set_checked(True)
    page.get_by_role("button", name="Create and run").click()
    page.wait_for_url("**/jobs/*", timeout=60_000)
    page.get_by_role("banner").wait_for()
    page.locator("main").get_by_text("succeeded", exact=True).first.wait_for(timeout=120_000)

    rows = page.get_by_role("row").filter(has=page.get_by_text("balances"))
    shown = {
        cells[0]: [count(number) for number in cells[1:4]]
        for cells in (row.get_by_role("cell").all_inner_texts() for row in rows.all())
    }
    there = {
        str(row["name"]): str(row["table_name"])
        for row in served.sql("SELECT name, table_name FROM pipeline.streams")
    }
    assert {step: said for step, said in serious.items() if said} == {}
    assert sorted(there) == sorted(shown) == list(STREAMS)
    for stream, table in there.items():
        explored = served.value(f"SELECT count(*) FROM explore.{table}_raw")
        charted = served.value(f"SELECT count(*) FROM chart.{table}")
        assert shown[stream] == [explored, explored, charted]
    assert shown["users"][0] == USERS
    sent = served.value(
        f"SELECT count(*) FROM explore.{there['users']}_raw WHERE data ? 'blood_type'"
    )
    assert sent == USERS
    assert "blood_type" not in served.sql(f"SELECT * FROM chart.{there['users']} LIMIT 1")[0]


def test_a_field_that_was_left_out_is_read_later(page: "Page", served: Served) -> None:
    connection_id = served.value("SELECT connection_id FROM pipeline.connections")
    page.goto(f"/connections/{connection_id}/streams")
    fields = page.get_by_role("button", name="Fields of users")
    fields.get_by_text("16 of 17").wait_for()
    fields.click()
    page.get_by_role("button", name="Read all").click()
    page.keyboard.press("Escape")
    fields.get_by_text("all 17").wait_for()
    page.get_by_role("button", name="Read these streams").click()
    page.get_by_text("The next job reads them so").wait_for()

    assert served.value("SELECT left_out FROM pipeline.streams WHERE name = 'users'") == []
    table = served.value("SELECT table_name FROM pipeline.streams WHERE name = 'users'")
    assert "blood_type" in served.sql(f"SELECT * FROM chart.{table} LIMIT 1")[0]


def test_a_jobs_numbers_lead_to_the_rows_they_are_made_of(page: "Page", served: Served) -> None:
    page.goto("/jobs")
    page.get_by_role("link", name="1", exact=True).click()
    page.get_by_role("row", name=re.compile("users")).get_by_role("link", name="300").nth(2).click()
    page.wait_for_url("**/datasets/*/users/sample*")
    table = served.value("SELECT table_name FROM pipeline.streams WHERE name = 'users'")
    tokens = {str(row["email"]) for row in served.sql(f"SELECT email FROM chart.{table}")}
    page.get_by_role("heading", level=1, name="users").wait_for()
    page.get_by_text(re.compile("^email_address_")).first.wait_for()
    text = page.locator("main").inner_text()

    assert any(token in text for token in tokens), "the rows are those of chart"
    assert "@" not in text, "and their personal data is masked"


def test_personal_data_quality_and_lineage_of_the_job_are_there(
    page: "Page", served: Served
) -> None:
    masked = served.value(
        "SELECT count(*) FROM (SELECT DISTINCT ON (stream_id, path) action FROM pii.column_decisions "
        "ORDER BY stream_id, path, decision_id DESC) d WHERE action = 'mask'"
    )
    page.goto("/personal-data")
    page.get_by_text("EMAIL_ADDRESS").first.wait_for()
    assert f"{masked} masked" in page.locator("main").inner_text()
    page.goto("/quality")
    page.get_by_text("completeness").first.wait_for()
    page.goto("/lineage")
    page.get_by_text("people_users_raw").first.wait_for(timeout=30_000)


def test_a_row_has_its_passport(page: "Page", served: Served) -> None:
    connection = served.value("SELECT connection_id FROM pipeline.connections")
    page.goto(f"/datasets/{connection}/users/passport")
    page.get_by_label("id, in clear").fill("7")
    page.get_by_role("button", name=re.compile("Find|Show|Look")).first.click()
    page.get_by_text("source-faker").first.wait_for()

    assert "7.2.1" in page.locator("main").inner_text()


def test_axe_finds_nothing_serious_where_there_is_something(page: "Page", served: Served) -> None:
    connection = served.value("SELECT connection_id FROM pipeline.connections")
    tabs = ("", "/timeline", "/streams", "/schema", "/state", "/schedule", "/settings")
    looks = ("", "/sample", "/history", "/passport", "/quality", "/lineage", "/about")
    found: dict[str, list[str]] = {}
    for place in (
        "/", "/jobs/1", "/lineage", "/personal-data", "/quality",
        *(f"/connections/{connection}{tab}" for tab in tabs),
        *(f"/datasets/{connection}/users{look}" for look in looks),
    ):  # fmt: skip
        page.goto(place)
        found[place] = findings(page)

    assert {place: said for place, said in found.items() if said} == {}


def test_axe_finds_nothing_serious_in_what_asks_first(page: "Page", served: Served) -> None:
    connection = served.value("SELECT connection_id FROM pipeline.connections")
    found: dict[str, list[str]] = {}
    for place, name in (
        (f"/connections/{connection}/state", "Clear the state"),
        ("/settings/users", "New user"),
        ("/settings/applications", "New application"),
    ):
        page.goto(place)
        page.get_by_role("button", name=name).first.click()
        page.get_by_role("dialog").wait_for()
        found[name] = findings(page)

    assert {name: said for name, said in found.items() if said} == {}


def test_who_may_only_look_is_offered_nothing_else(
    browser: "Browser", page: "Page", served: Served
) -> None:
    page.goto("/settings/users")
    page.get_by_role("button", name="New user").click()
    page.get_by_label("E-mail address").fill("viewer@example.com")
    page.get_by_role("button", name="Make the user").first.click()
    link = page.locator("code").filter(has_text="/welcome/").inner_text()
    with looking(browser, served) as context:
        theirs = context.new_page()
        theirs.goto(link)
        theirs.get_by_label("Password").fill(PASSWORD)
        theirs.get_by_role("button").click()
        theirs.get_by_role("heading", name="Home").wait_for()
        theirs.goto("/connections")
        theirs.get_by_role("link", name=re.compile("people")).first.wait_for()
        offered = theirs.get_by_role("button").all_inner_texts()
        theirs.goto("/settings")
        theirs.get_by_role("tab", name="System").wait_for()
        tabs = theirs.get_by_role("tab").all_inner_texts()

    assert not {"Sync now", "New connection"} & set(offered)
    assert tabs == ["System", "Notifications", "Tags", "Workspaces"]


def test_a_wrong_password_is_said(browser: "Browser", served: Served) -> None:
    with looking(browser, served) as context:
        page = context.new_page()
        page.goto("/")
        page.get_by_label("E-mail address").fill("admin@localhost")
        page.get_by_role("textbox", name="Password").fill("a wrong password")
        page.get_by_role("button", name="Sign in").click()
        said = page.get_by_role("alert").inner_text()

    assert "password" in said
