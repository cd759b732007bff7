"""/v1/system, /health/live and /health/ready: measured, nothing remembered and nothing told that is secret."""

import platform
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.core.ids import JobId
from app.database.keys import load_keys
from app.database.migrate import newest_revision
from app.database.pool import Database
from app.secrets.master_keys import MasterKeys, load
from app.secrets.rotation import make_new_key, rotate
from app.sync.queue import workers
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.fixtures.owner import as_owner


async def test_the_system_says_what_it_is_and_what_it_takes_up(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    before = await api.get("/system")
    job = await api.job(await api.connection({"name": "users"}))
    await scheduler.run(JobId(job["jobId"]))
    async with workers.present(database, heartbeat_s=5.0, queues=["sync"]):
        after = await api.get("/system")

    versions = after["versions"]
    assert versions["python"] == platform.python_version()
    assert versions["schemaRevision"] == versions["schemaNeeded"] == newest_revision()
    assert versions["packages"]["procrastinate"] == "3.10.0"
    assert (after["mode"], after["sourceMode"]) == ("mock", "mock")
    assert (before["workers"], len(after["workers"])) == ([], 1)
    assert after["workers"][0]["heartbeatAgeS"] < 5
    sizes = {schema["name"]: schema for schema in after["disk"]["schemas"]}
    empty = {schema["name"]: schema for schema in before["disk"]["schemas"]}
    assert "chart" not in empty
    assert sizes["chart"]["tables"] == 1
    assert sizes["chart"]["tableBytes"] > 0
    total = sum(s["tableBytes"] + s["indexBytes"] + s["otherBytes"] for s in sizes.values())
    assert 0 < total < after["disk"]["bytes"]


async def test_settings_are_told_with_where_they_are_from_and_secrets_are_not(api: Client) -> None:
    listed = {line["name"]: line for line in (await api.get("/system/settings"))["data"]}

    assert (listed["source_mode"]["setBy"], listed["source_mode"]["value"]) == (
        "environment",
        "mock",
    )
    assert (listed["port"]["setBy"], listed["port"]["value"]) == ("default", "8000")
    assert listed["database_url"]["isSecret"]
    assert listed["database_url"]["isSet"]
    assert not any("value" in line for line in listed.values() if line["isSecret"])
    secret = {name for name, line in listed.items() if line["isSecret"]}
    assert {"database_url", "redis_url", "mask_key", "smtp_password"} <= secret


async def test_a_checkup_says_what_is_not_right_and_how_to_mend_it(
    api: Client, database: Database
) -> None:
    well = await api.get("/system/checkup")
    async with database.transaction() as session:
        await session.execute(
            "INSERT INTO pipeline.mask_key (fingerprint) VALUES ('of another') "
            "ON CONFLICT (is_only) DO UPDATE SET fingerprint = excluded.fingerprint"
        )
    ill = await api.get("/system/checkup")

    assert well["isRight"] is True
    subjects = {look["subject"] for look in well["data"]}
    assert {
        "interpreter",
        "database",
        "schema",
        "mask key",
        "Redis",
        "connector source-faker",
    } <= subjects
    assert ill["isRight"] is False
    (look,) = (look for look in ill["data"] if not look["isRight"])
    assert look["subject"] == "key of the database"
    assert "backup" in look["mend"]


@pytest.fixture
async def anybody(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://atlas") as client:
        yield client


async def test_who_lives_may_not_be_ready(anybody: httpx.AsyncClient, database: Database) -> None:
    live = await anybody.get("/health/live")
    ready = await anybody.get("/health/ready")
    await as_owner(database, "UPDATE pipeline.alembic_version SET version_num = '0001'")
    still_live = await anybody.get("/health/live")
    behind = await anybody.get("/health/ready")

    assert (live.status_code, live.json()["status"]) == (200, "ok")
    assert live.json()["loopLagMs"] >= 0
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    assert ready.json()["databaseMs"] > 0
    assert still_live.status_code == 200
    assert (behind.status_code, behind.json()["status"]) == (503, "unhealthy")
    assert "0001" in behind.json()["detail"]


async def test_keys_are_told_by_their_ids_and_never_shown(
    api: Client, app: FastAPI, database: Database
) -> None:
    settings = app.state.settings
    await api.source(password="hunter2hunter2")
    before = await api.get("/system/keys")
    make_new_key(settings)
    begun = await api.get("/system/keys")
    await rotate(database, await MasterKeys.of(settings))
    after = await api.get("/system/keys")
    async with database.transaction() as session:
        await session.execute("UPDATE pipeline.secrets SET kid = 'of a key that is gone'")
    gone = await api.get("/system/keys")

    (only,) = before["master"]
    assert (only["isNewest"], only["secrets"], before["isRotated"]) == (True, 1, True)
    assert only["where"].endswith("keys/master.key")
    assert before["mask"]["keyId"] == load_keys(settings).id
    assert [(one["keyId"] == only["keyId"], one["isNewest"], one["secrets"]) for one in begun["master"]] == [(False, True, 0), (True, False, 1)]  # fmt: skip
    assert begun["isRotated"] is False
    assert [one["secrets"] for one in after["master"]] == [1, 0]
    assert after["isRotated"] is True
    assert gone["master"][-1] == {"keyId": "of a key that is gone", "isNewest": False, "secrets": 1}
    shown = str([before, begun, after, gone])
    keys = [key.master.hex() for key in load(settings)]
    assert not any(key in shown for key in [*keys, load_keys(settings).master.hex()])
