"""The real app on a database of the test's own; records come from the mock."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from app.core.settings import Settings
from app.gates.pii.gate import PiiGate
from app.main import create_app
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.fixtures import tokens
from tests.fixtures.detectors import KnownNames


@pytest.fixture
def settings(dsn: str, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {"database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock"}
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncIterator[FastAPI]:
    app = create_app(settings, with_workers=False)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    shown = tokens.machine(app.state.keys)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://atlas", headers=shown
    ) as client:
        yield client


@pytest.fixture
def api(client: httpx.AsyncClient) -> Client:
    return Client(http=client)


@pytest.fixture
def scheduler(app: FastAPI) -> SyncScheduler:
    """The app's own, to run a job; its detectors know a few names only, and are quick."""
    real: SyncScheduler = app.state.scheduler
    pii = PiiGate(detectors=KnownNames())
    return replace(real, orchestrator=replace(real.orchestrator, pii=pii))
