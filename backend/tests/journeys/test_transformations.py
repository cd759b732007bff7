"""A worker is killed while dbt works: what it had started ends, and another worker begins the run anew."""

import asyncio
import shlex
import signal
from pathlib import Path

from app.core.ids import TransformationRunId
from app.core.jobs import JobStatus
from app.core.transformations import Build, TransformationRun
from app.database.pool import Database
from app.sync.connections import connection_store
from app.sync.transformations import runs, store
from tests.fixtures.dbt import PROJECT, Projects, is_alive
from tests.fixtures.home import Shell

LIMIT_S = 180.0


def shell(dsn: str, folder: Path, projects: Projects) -> Shell:
    return Shell(
        folder=folder,
        said=folder / "said.log",
        environment={
            "ATLAS_DATABASE_URL": dsn,
            "ATLAS_SOURCE_MODE": "mock",
            "ATLAS_DBT_COMMAND": shlex.join(projects.dbt.command),
            "ATLAS_DBT_PROJECTS": str(projects.folder),
            "ATLAS_HEARTBEAT_S": "1",
            "ATLAS_STALL_S": "3",
            "ATLAS_TICK_S": "0.5",
        },
    )


async def wished_for(database: Database) -> TransformationRunId:
    async with database.transaction() as session:
        await connection_store.ensure_home(session, {})
        made = await store.create(
            session, connection_store.HOME_WORKSPACE, "nightly", None, Build(project=PROJECT)
        )
        return (await runs.ask(session, made, "a test")).transformation_run_id


async def ended(database: Database, run_id: TransformationRunId) -> TransformationRun:
    async with asyncio.timeout(LIMIT_S):
        while True:
            async with database.connection() as session:
                run = await runs.get(session, run_id)
            if run.status.is_terminal:
                return run
            await asyncio.sleep(0.2)


async def test_a_killed_workers_dbt_ends_and_its_run_is_begun_anew(
    dsn: str, database: Database, tmp_path: Path
) -> None:
    projects = Projects(tmp_path / "projects")
    projects.tell(behaves="hangs")
    run_id = await wished_for(database)
    house = shell(dsn, tmp_path, projects)

    with house.starting("worker") as worker:
        pids = await projects.pids(LIMIT_S)
        worker.send_signal(signal.SIGKILL)
        async with asyncio.timeout(30):
            while any(is_alive(pid) for pid in pids):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
    projects.tell()
    with house.starting("worker"):
        run = await ended(database, run_id)

    assert (run.status, run.tries) == (JobStatus.SUCCEEDED, 2)
    assert projects.commands() == ["build", "build"]
