"""/v1/connections/{connectionId}/jobTerms and /v1/workspaces/{workspaceId}/jobTerms: how jobs are run."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import ConfigDict, Field

from app.api.access import Admin, Editor, Viewer
from app.api.dependencies import Session, Settings, Transaction
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import Body, View
from app.core.errors import ConnectionNotFound, EditedMeanwhile, WorkspaceNotFound
from app.core.ids import ConnectionId, WorkspaceId
from app.database import turns
from app.sync.connections import connection_store
from app.sync.jobs import job_terms
from app.sync.jobs.job_terms import ConnectionTerms

router = APIRouter(tags=["Job terms"])

ConnectionPath = Annotated[UUID, Path(alias="connectionId")]
WorkspacePath = Annotated[UUID, Path(alias="workspaceId")]


class ConnectionTermsBody(Body):
    """All of a connection's terms; what is left out is the setting's. Units: seconds."""

    model_config = ConfigDict(extra="forbid")

    queue: str = Field("sync", pattern="^[a-z0-9][a-z0-9-]{0,59}$")
    priority: int = Field(0, ge=-1_000, le=1_000)
    max_duration_s: int | None = Field(None, gt=0, le=31_536_000)
    retry_wait_s: float | None = Field(None, gt=0, le=86_400)
    retry_factor: float | None = Field(None, ge=1, le=100)
    retry_cap_s: float | None = Field(None, gt=0, le=604_800)


class ConnectionTermsView(View):
    """What holds, the connection's own or the setting's. Shape: without `maxDurationS`, no limit."""

    queue: str
    priority: int
    max_duration_s: int | None
    retry_wait_s: float
    retry_factor: float
    retry_cap_s: float


class WorkspaceTermsBody(Body):
    """Shape: `maxRunning` left out is the setting's."""

    model_config = ConfigDict(extra="forbid")

    max_running: int | None = Field(None, gt=0, le=100_000)


class WorkspaceTermsView(View):
    """Units: `maxRunning` jobs that are queued or running; the others wait in the order they came."""

    max_running: int


@router.get(
    "/connections/{connectionId}/jobTerms",
    operation_id="getConnectionJobTerms",
    responses=problems(ConnectionNotFound),
)
async def get_connection_terms(
    caller: Viewer,
    session: Session,
    settings: Settings,
    edited: Edited,
    connection_id: ConnectionPath,
) -> ConnectionTermsView:
    await connection_store.present(session, ConnectionId(connection_id))
    found = await job_terms.of_connection(session, ConnectionId(connection_id))
    return edited.shown(_view(found, settings))


@router.put(
    "/connections/{connectionId}/jobTerms",
    operation_id="putConnectionJobTerms",
    responses=problems(ConnectionNotFound, EditedMeanwhile),
)
async def put_connection_terms(
    caller: Editor,
    session: Transaction,
    settings: Settings,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: ConnectionTermsBody,
) -> ConnectionTermsView:
    """They hold from the connection's next attempt on."""
    kept = ConnectionId(connection_id)
    await connection_store.present(session, kept)
    await turns.take(session, kept)
    edited.require(_view(await job_terms.of_connection(session, kept), settings))
    terms = ConnectionTerms(**wanted.model_dump())
    await job_terms.keep(session, kept, terms)
    return edited.shown(_view(terms, settings))


@router.get(
    "/workspaces/{workspaceId}/jobTerms",
    operation_id="getWorkspaceJobTerms",
    responses=problems(WorkspaceNotFound),
)
async def get_workspace_terms(
    caller: Viewer,
    session: Session,
    settings: Settings,
    edited: Edited,
    workspace_id: WorkspacePath,
) -> WorkspaceTermsView:
    found = await job_terms.most_running(session, WorkspaceId(workspace_id))
    return edited.shown(WorkspaceTermsView(max_running=found or settings.workspace_jobs))


@router.put(
    "/workspaces/{workspaceId}/jobTerms",
    operation_id="putWorkspaceJobTerms",
    responses=problems(WorkspaceNotFound, EditedMeanwhile),
)
async def put_workspace_terms(
    caller: Admin,
    session: Transaction,
    settings: Settings,
    edited: Edited,
    workspace_id: WorkspacePath,
    wanted: WorkspaceTermsBody,
) -> WorkspaceTermsView:
    """Jobs that run already go on; the sweep lets more in where there is room now."""
    kept = WorkspaceId(workspace_id)
    await turns.take(session, kept)
    found = await job_terms.most_running(session, kept)
    edited.require(WorkspaceTermsView(max_running=found or settings.workspace_jobs))
    await job_terms.let_run(session, kept, wanted.max_running)
    view = WorkspaceTermsView(max_running=wanted.max_running or settings.workspace_jobs)
    return edited.shown(view)


def _view(terms: ConnectionTerms, settings: Settings) -> ConnectionTermsView:
    own = {name: value for name, value in asdict(terms).items() if value is not None}
    defaults = {
        "max_duration_s": None,
        "retry_wait_s": settings.retry_wait_s,
        "retry_factor": settings.retry_factor,
        "retry_cap_s": settings.retry_cap_s,
    }
    return ConnectionTermsView.model_validate(defaults | own)
