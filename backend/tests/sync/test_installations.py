"""Tests of app/sync/installations.py; the installing itself is in tests/sources and journeys."""

import asyncio

import pytest

from app.core.failures import (
    ConnectorInstallFailed,
)
from app.database.pool import Database
from app.sources.port import Listener
from app.sources.pyairbyte import Installed
from app.sources.registry import pinned
from app.sync import installations
from app.sync.installations import Installation, InstallationStatus, InstallConnector, Installer

FAKER = "source-faker"
DONE = Installed(name=FAKER, version="7.2.1", command=("/x",), sha256="ab", python="3.12.1")
SAID = (
    "Creating 'source-faker' virtual environment with command 'uv venv'",
    "Installing 'source-faker' into virtual environment '/x'",
    "Connector 'source-faker' installed successfully!",
)


async def says_all(name: str, listener: Listener) -> Installed:
    for line in SAID:
        listener.on_log("INFO", line)
    return DONE


async def refuses(name: str, listener: Listener) -> Installed:
    listener.on_log("ERROR", "no such package")
    raise ConnectorInstallFailed("The index has no such package.", connector=name)


async def never_ends(name: str, listener: Listener) -> Installed:
    listener.on_log("INFO", SAID[0])
    await asyncio.Event().wait()
    raise AssertionError


async def asked(database: Database) -> Installation:
    async with database.transaction() as session:
        return await installations.ask(session, pinned(FAKER), "a person")


async def newest(database: Database) -> Installation:
    async with database.connection() as session:
        return (await installations.newest(session, [FAKER]))[FAKER]


def installer(database: Database, install: InstallConnector, lease_s: float = 45.0) -> Installer:
    return Installer(database=database, install=install, lease_s=lease_s)


async def test_a_wish_is_seen_to_with_its_steps_and_noted(database: Database) -> None:
    wish = await asked(database)
    same = await asked(database)

    assert await installer(database, says_all).run() == 0.0
    found = await newest(database)

    assert same.installation_id == wish.installation_id, "one at a time for each connector"
    assert (wish.status, found.status) == (
        InstallationStatus.PENDING,
        InstallationStatus.SUCCEEDED,
    )
    assert [step.name for step in found.steps] == [
        "started", "environment", "packages", "verifying", "installed",
    ]  # fmt: skip
    assert (found.output, found.python, found.failure) == (list(SAID), "3.12.1", None)
    assert found.ended_at is not None
    assert await installer(database, says_all).run() is None
    async with database.connection() as session:
        assert await session.fetchval("SELECT sha256 FROM pipeline.connectors") == "ab"
    assert (await asked(database)).installation_id > wish.installation_id


async def test_a_failure_says_why_with_the_installers_last_words(database: Database) -> None:
    await asked(database)

    await installer(database, refuses).run()
    found = await newest(database)

    assert found.status is InstallationStatus.FAILED
    assert found.failure is not None
    assert found.failure["slug"] == "connector-install-failed"
    assert found.output == ["no such package"]


async def test_progress_is_told_meanwhile_and_one_that_is_held_is_not_taken(
    database: Database,
) -> None:
    await asked(database)
    working = asyncio.create_task(installer(database, never_ends, lease_s=0.6).run())
    async with asyncio.timeout(10):
        while not (await newest(database)).output:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.7)  # longer than a lease that is not renewed

    other = await installer(database, says_all).run()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    stopped = await newest(database)
    await installer(database, says_all).run()

    assert other is None
    assert (stopped.status, stopped.tries) == (InstallationStatus.PENDING, 0)
    assert (await newest(database)).status is InstallationStatus.SUCCEEDED


@pytest.mark.parametrize(("deaths", "status"), [(1, "succeeded"), (3, "failed")])
async def test_what_a_dead_process_left_is_taken_over_three_times(
    database: Database, deaths: int, status: str
) -> None:
    await asked(database)
    for _ in range(deaths):
        async with database.transaction() as session:
            assert await session.fetchrow(installations.SQL["take"], "gone", -1.0)

    await installer(database, says_all).run()
    found = await newest(database)

    assert found.status == status
    if found.failure:
        assert "died 3 times" in found.failure["detail"]


async def test_who_lost_the_lease_ends_nothing(database: Database) -> None:
    await asked(database)

    async def is_overtaken(name: str, listener: Listener) -> Installed:
        async with database.transaction() as session:
            await session.execute("UPDATE pipeline.connector_installations SET tries = 2")
        return DONE

    await installer(database, is_overtaken).run()

    assert (await newest(database)).status is InstallationStatus.RUNNING
