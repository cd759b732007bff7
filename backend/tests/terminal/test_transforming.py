"""Tests of app/terminal/transforming.py, on the whole of Atlas but for dbt, which is a stand-in."""

import io
import json
import shlex
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from rich.console import Console

from app.core.errors import TransformationNotFound
from app.core.settings import Settings
from app.core.transformations import Build
from app.main import Atlas, open_atlas
from app.sync.connections import connection_store
from app.sync.transformations import store
from app.terminal import transforming
from tests.fixtures.dbt import MODELS, PROJECT, Projects

ORDERS, TEST, REVENUE = MODELS


@pytest.fixture
def projects(tmp_path: Path) -> Projects:
    made = Projects(tmp_path / "projects")
    made.tell()
    return made


@pytest.fixture
async def atlas(dsn: str, tmp_path: Path, projects: Projects) -> AsyncIterator[Atlas]:
    settings = Settings.model_validate(
        {
            "database_url": dsn,
            "home": tmp_path / ".atlas",
            "source_mode": "mock",
            "dbt_command": shlex.join(projects.dbt.command),
            "dbt_projects": projects.folder,
            "tick_s": 0.2,
        }
    )
    async with open_atlas(settings) as opened:
        async with opened.database.transaction() as session:
            await store.create(
                session, connection_store.HOME_WORKSPACE, "nightly", None, Build(project=PROJECT)
            )
        yield opened


def paper() -> Console:
    return Console(file=io.StringIO(), width=200)


def said(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


async def test_a_run_is_seen_to_its_end_and_its_nodes_are_shown(
    atlas: Atlas, projects: Projects, capsys: pytest.CaptureFixture[str]
) -> None:
    console, listed = paper(), paper()

    succeeded = await transforming.run_and_show(console, atlas, "nightly", as_json=True)
    await transforming.show_all(listed, atlas)

    assert succeeded
    assert "nightly, run 1: succeeded" in said(console)
    assert "revenue" in said(console)
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert told["nodes"]["model.shop.revenue"] == "success"
    assert "succeeded" in said(listed)
    async with atlas.database.connection() as session:
        action = await session.fetchval("SELECT action FROM audit.entries ORDER BY entry_id DESC LIMIT 1")  # fmt: skip
    assert action == "createTransformationRun"


async def test_what_failed_is_said_with_the_reason(atlas: Atlas, projects: Projects) -> None:
    projects.tell([ORDERS, {**TEST, "status": "fail"}, {**REVENUE, "status": "skipped"}])
    console = paper()

    succeeded = await transforming.run_and_show(console, atlas, "nightly", as_json=False)

    assert not succeeded
    assert "Tests of the transformation failed. 1 of 3 failed: not_null_orders_id." in said(console)


async def test_a_name_that_none_has_is_refused(atlas: Atlas) -> None:
    with pytest.raises(TransformationNotFound):
        await transforming.run_and_show(paper(), atlas, "hourly", as_json=False)
