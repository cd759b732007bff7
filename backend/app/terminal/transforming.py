"""`atlas transform`: transformations listed, run to the end, and their results shown."""

import asyncio
import json
from collections.abc import Sequence
from uuid import UUID

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidRequest, TransformationNotFound
from app.core.ids import TransformationRunId
from app.core.jobs import JobStatus
from app.core.transformations import NodeResult, Transformation, TransformationRun
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.transformations import kept, runs, store
from app.terminal import acts

_MOST = 1_000
_LOOK_S = 0.5


async def show_all(console: Console, atlas: Atlas) -> None:
    """Print each transformation with its newest run."""
    table = Table("transformation", "project", "status", "run", "ended as", "after")
    async with atlas.database.connection() as session:
        for each in await store.listed(session, None, None, _MOST, 0):
            newest = await runs.listed(
                session, transformation_id=each.transformation_id, limit=1, offset=0
            )
            last = newest[0] if newest else None
            table.add_row(
                each.name,
                each.build.project,
                each.status,
                str(last.transformation_run_id) if last else "",
                last.status if last else "",
                f"job {last.after_job_id}" if last and last.after_job_id else "",
            )
    if not table.row_count:
        console.print("No transformations yet: POST /v1/transformations makes one.")
        return
    console.print(table)


async def run_and_show(console: Console, atlas: Atlas, name_or_id: str, *, as_json: bool) -> bool:
    """Ask for a run, see to it here, and print what became of it; true if it succeeded."""
    async with atlas.database.transaction() as session:
        found = await _named(session, name_or_id)
        wanted = await store.active(session, found.transformation_id)
        path = f"/v1/transformations/{wanted.transformation_id}/runs"
        await acts.note(
            atlas.keys, session, "transform run", "createTransformationRun", path, wanted.workspace_id
        )  # fmt: skip
        run = await runs.ask(session, wanted, acts.system_user())
    async with atlas.working() as workers:
        ending = asyncio.create_task(_ended(atlas, run.transformation_run_id))
        try:
            waited: set[asyncio.Future[None] | asyncio.Future[list[None]]] = {ending, workers}
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            if not ending.done():
                workers.result()  # a worker broke: it says how
        finally:
            ending.cancel()
    await show_run(console, atlas, run.transformation_run_id, as_json=as_json)
    async with atlas.database.connection() as session:
        return (await runs.get(session, run.transformation_run_id)).status is JobStatus.SUCCEEDED


async def show_run(console: Console, atlas: Atlas, run_id: int, *, as_json: bool) -> None:
    """Print a run with its nodes. Errors: TransformationRunNotFound."""
    async with atlas.database.connection() as session:
        run = await runs.get(session, TransformationRunId(run_id))
        nodes = await kept.nodes(session, run.transformation_run_id)
    table = Table("node", "kind", "status", "rows", "found", "seconds")
    for node in nodes:
        table.add_row(
            node.name,
            node.kind,
            node.status,
            "" if node.rows is None else f"{node.rows:,}",
            "" if node.failures is None else f"{node.failures:,}",
            f"{node.seconds:.1f}",
        )
    console.print(f"{run.name}, run {run.transformation_run_id}: {run.status}")
    if nodes:
        console.print(table)
    if run.failure is not None:
        console.print(f"{run.failure.title}. {run.failure.detail}", markup=False)
    if run.warnings:
        console.print(f"Warnings: {', '.join(run.warnings)}", markup=False)
    if as_json:
        print(json.dumps(_as_json(run, nodes)), flush=True)


async def _ended(atlas: Atlas, run_id: TransformationRunId) -> None:
    while True:
        async with atlas.database.connection() as session:
            run = await runs.get(session, run_id)
        if run.status.is_terminal:
            return
        await asyncio.sleep(_LOOK_S)


async def _named(session: Session, name_or_id: str) -> Transformation:
    """Errors: TransformationNotFound; InvalidRequest if several have the name."""
    there = await store.listed(session, None, None, _MOST, 0)
    try:
        by_id = UUID(name_or_id)
    except ValueError:
        by_id = None
    found = [each for each in there if each.name == name_or_id or each.transformation_id == by_id]
    if not found:
        raise TransformationNotFound("No transformation has this name or id.")
    if len(found) > 1:
        raise InvalidRequest("Several transformations have this name: give the id.")
    return found[0]


def _as_json(run: TransformationRun, nodes: Sequence[NodeResult]) -> dict[str, object]:
    return {
        "transformationRunId": run.transformation_run_id,
        "transformation": run.name,
        "status": run.status.value,
        "failure": run.failure.slug if run.failure else None,
        "warnings": list(run.warnings),
        "nodes": {node.unique_id: node.status.value for node in nodes},
    }
