"""A PostgreSQL synced by the service from its API on, by its own connector: what chart and navigate hold is what it
has, type by type and change by change."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import psycopg
import pytest

from app.core.access import CallerKind
from app.core.ids import JobId
from app.core.settings import Settings
from app.gates.quality.gate import QualityGate
from app.main import create_app
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import DESTINATION, WORKSPACE
from tests.conftest import new_database
from tests.fixtures.atlas import NoChecks, NothingPersonal
from tests.sources.postgres.asking import Asking

MADE = (
    "CREATE TYPE mood AS ENUM ('sad', 'ok')",
    "CREATE TABLE orders (id bigint PRIMARY KEY, total numeric, share float8, paid bool, day date, "
    "due timestamp, made interval, tags text[], more jsonb, raw bytea, feeling mood, updated_at timestamptz)",
    "INSERT INTO orders VALUES "
    r"(1, 12345678901234567890.123456789, 0.1, true, '2024-02-29', '2024-01-01 00:00:00.000001', '1 day 02:03', "
    r"'{a,b}', '{\"k\": 1}', '\x00ff', 'ok', '2024-01-01 01:00+00'), "
    "(2, 'NaN', 'Infinity', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2024-01-01 02:00+00'), "
    "(4, 1, 1, false, 'infinity', NULL, NULL, NULL, NULL, NULL, NULL, '2024-01-01 00:00+00')",
)


@pytest.fixture
def shop(server: str) -> Iterator[Asking]:
    with new_database(server) as made:
        shop = Asking(made, {})
        shop.run(*(statement.replace('\\"', '"') for statement in MADE))
        yield shop


@dataclass(frozen=True, slots=True)
class Service:
    api: Client
    scheduler: SyncScheduler

    async def sync(self, connection: str) -> dict[str, object]:
        started = await self.api.post("/jobs", {"connectionId": connection, "jobType": "sync"})
        await self.scheduler.run(JobId(started["jobId"]))
        return await self.api.get(f"/jobs/{started['jobId']}")


@pytest.fixture
async def service(dsn: str, tmp_path: Path) -> AsyncIterator[Service]:
    given = {"database_url": dsn, "home": tmp_path / "home", "source_mode": "real"}
    app = create_app(Settings.model_validate(given), with_workers=False)
    async with app.router.lifespan_context(app):
        token = app.state.callers.tokens.make(CallerKind.MACHINE, "test")
        real: SyncScheduler = app.state.scheduler
        gateless = replace(
            real.orchestrator, pii=NothingPersonal(),
            quality=QualityGate(scanner=NoChecks()),
        )  # fmt: skip
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
            base_url="http://atlas",
            headers={"Authorization": f"Bearer {token}"},
        ) as client:
            yield Service(Client(http=client), replace(real, orchestrator=gateless))


async def test_a_database_is_connected_read_and_followed(
    service: Service, shop: Asking, dsn: str
) -> None:
    api, here = service.api, Asking(dsn, {})
    body = {
        "name": "shop",
        "workspaceId": WORKSPACE,
        "configuration": {"sourceType": "postgres", **shop.config},
    }
    source = await api.post("/sources", body)
    offered = await api.get("/streams", sourceId=source["sourceId"], destinationId=DESTINATION)
    stream = {"name": "orders", "namespace": "public", "syncMode": "incremental_deduped_history"}
    wanted = {
        "name": "daily",
        "sourceId": source["sourceId"],
        "destinationId": DESTINATION,
        "configurations": {"streams": [stream]},
    }
    connection = (await api.post("/connections", wanted))["connectionId"]

    first = await service.sync(connection)
    shop.run(
        "UPDATE orders SET paid = true, updated_at = '2024-01-02' WHERE id = 2",
        "INSERT INTO orders (id, updated_at) VALUES (3, '2024-01-03')",
    )
    second = await service.sync(connection)

    assert "not asked for" not in str((source, offered, first, second))
    assert (first["status"], first["rowsSynced"]) == ("succeeded", 3)
    assert (second["status"], second["rowsSynced"]) == ("succeeded", 2)
    rows = rows_of(here, "SELECT id, total::text, share::text, paid, day::text, due::text, made, tags::text, "
                         "more::text, raw, feeling FROM chart.shop_orders ORDER BY id")  # fmt: skip
    assert rows == [
        (1, "12345678901234567890.123456789", "0.1", True, "2024-02-29", "2024-01-01 00:00:00.000001", "P1DT2H3M",
         '["a", "b"]', '{"k": 1}', "AP8=", "ok"),
        (2, "NaN", "Infinity", True, None, None, None, None, None, None, None),
        (3, None, None, None, None, None, None, None, None, None, None),
    ]  # fmt: skip
    # chart has no dates without end: the record waits in quarantine, with the reason
    kept = await api.get("/quarantine", connectionId=connection)
    assert [(entry["rules"], entry["reason"]) for entry in kept["data"]] == [
        (["type:day"], "broke type:day")
    ]
    versions = rows_of(
        here, "SELECT id, count(*) FROM navigate.shop_orders GROUP BY id ORDER BY id"
    )
    assert versions == [(1, 1), (2, 2), (3, 1)]


def rows_of(here: Asking, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(here.dsn) as connection:
        return list(connection.execute(query.encode()))
