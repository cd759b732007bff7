"""A connection to a mock ledger of orders, which misbehaves as it is told."""

import re
from typing import TYPE_CHECKING

from tests.api.making import DESTINATION, WORKSPACE
from tests.browser.served import Served

if TYPE_CHECKING:
    from playwright.sync_api import Page

ORDERS = {"name": "orders", "records": 200, "seed": 1, "state_every": 50}
MISFIT = '{"id": 9001, "number": "not one", "updated_at": "2024-01-01T00:00:10Z", "amount": 1.5}'


class Shop:
    """A connection to a ledger of orders. Shape: every change is of its source's configuration, by API."""

    def __init__(self, served: Served, name: str = "daily orders") -> None:
        self.served = served
        source = served.ask(
            "POST",
            "/sources",
            {"name": "shop", "workspaceId": WORKSPACE, "configuration": self.ledger()},
        )
        self.source_id = source["sourceId"]
        stream = {"name": "orders", "syncMode": "incremental_deduped_history"}
        made = served.ask(
            "POST",
            "/connections",
            {
                "name": name,
                "sourceId": self.source_id,
                "destinationId": DESTINATION,
                "configurations": {"streams": [stream]},
            },
        )
        self.connection_id: str = made["connectionId"]

    @staticmethod
    def ledger(**more: object) -> dict[str, object]:
        stream = {**ORDERS, "bad_rows": {"10": MISFIT}}
        return {"sourceType": "faker", "kind": "ledger", "streams": [stream], **more}

    def behave(self, **more: object) -> None:
        changed = {"name": "shop", "configuration": self.ledger(**more)}
        self.served.ask("PUT", f"/sources/{self.source_id}", changed)

    def sync(self, page: "Page", ends: str) -> None:
        """By its page, which leads to the page of the job."""
        page.goto(f"/connections/{self.connection_id}")
        page.get_by_role("button", name="Sync now").click()
        # the address changes before the page does, and the connection's own page says how its last job ended
        page.get_by_role("heading", name=re.compile(r"^Job \d+")).wait_for()
        page.locator("main").get_by_text(ends, exact=True).first.wait_for(timeout=60_000)
