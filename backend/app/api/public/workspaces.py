"""/v1/workspaces. Source: Airbyte's public API."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import Field

from app.api.access import Admin, Owner, Viewer
from app.api.dependencies import Session, Transaction, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import Body, View, without_nulls
from app.core.access import Role
from app.core.connections import Workspace
from app.core.errors import EditedMeanwhile, StillNeeded, WorkspaceNotFound
from app.core.ids import WorkspaceId
from app.database import turns
from app.sync import workspaces as workspace_store

router = APIRouter(prefix="/workspaces", tags=["Workspaces"])

WorkspacePath = Annotated[UUID, Path(alias="workspaceId")]
Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]


class WorkspaceBody(Body):
    """Shape: `dataResidency` and `notifications` are kept and shown; Atlas does nothing by them: records stay
    in its database, and whom it tells of what is said at /v1/notifications."""

    data_residency: str | None = Field(None, max_length=250)
    notifications: dict[str, object] | None = None

    @property
    def as_sent(self) -> Mapping[str, object]:
        return without_nulls(
            {"dataResidency": self.data_residency, "notifications": self.notifications}
        )


class WorkspaceCreate(WorkspaceBody):
    name: Name
    organization_id: UUID | None = None


class WorkspacePatch(WorkspaceBody):
    name: Name | None = None


class WorkspaceView(View):
    workspace_id: UUID
    name: str
    data_residency: str
    notifications: Mapping[str, object]

    @classmethod
    def of(cls, workspace: Workspace) -> "WorkspaceView":
        shown: Mapping[str, object] = {
            "dataResidency": "auto",
            "notifications": {},
            **workspace.as_sent,
        }
        return cls.model_validate(
            {"workspaceId": workspace.workspace_id, "name": workspace.name, **shown}
        )


@router.get("", operation_id="listWorkspaces")
async def list_workspaces(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    include_deleted: Annotated[bool, Query(alias="includeDeleted")] = False,
    name_contains: Annotated[str | None, Query(alias="nameContains", max_length=250)] = None,
) -> Page[WorkspaceView]:
    """The workspaces in which the caller may look around."""
    allowed = caller.workspaces(Role.VIEWER)
    if allowed is not None:
        workspaces = [each for each in workspaces or allowed if each in allowed]
    found = await workspace_store.listed(
        session,
        workspaces,
        paged.wanted,
        paged.offset,
        with_deleted=include_deleted,
        name_contains=name_contains,
    )
    return paged.page([WorkspaceView.of(each) for each in found])


@router.post("", operation_id="createWorkspace")
async def create_workspace(
    caller: Owner, session: Transaction, wanted: WorkspaceCreate
) -> WorkspaceView:
    """Create a workspace; it takes a role in all of them."""
    return WorkspaceView.of(await workspace_store.create(session, wanted.name, wanted.as_sent))


@router.get("/{workspaceId}", operation_id="getWorkspace", responses=problems(WorkspaceNotFound))
async def get_workspace(
    caller: Viewer, session: Session, edited: Edited, workspace_id: WorkspacePath
) -> WorkspaceView:
    found = await workspace_store.get(session, WorkspaceId(workspace_id))
    return edited.shown(WorkspaceView.of(found))


@router.patch(
    "/{workspaceId}",
    operation_id="patchWorkspace",
    responses=problems(WorkspaceNotFound, EditedMeanwhile),
)
async def patch_workspace(
    caller: Admin,
    session: Transaction,
    edited: Edited,
    workspace_id: WorkspacePath,
    wanted: WorkspacePatch,
) -> WorkspaceView:
    kept = WorkspaceId(workspace_id)
    await turns.take(session, kept)
    edited.require(WorkspaceView.of(await workspace_store.get(session, kept)))
    changed = await workspace_store.change(session, kept, wanted.name, wanted.as_sent)
    return edited.shown(WorkspaceView.of(changed))


@router.delete(
    "/{workspaceId}",
    operation_id="deleteWorkspace",
    status_code=204,
    responses=problems(WorkspaceNotFound, StillNeeded, EditedMeanwhile),
)
async def delete_workspace(
    caller: Admin, session: Transaction, edited: Edited, workspace_id: WorkspacePath
) -> None:
    """Delete a workspace in which nothing is any more."""
    kept = WorkspaceId(workspace_id)
    await turns.take(session, kept)
    edited.require(WorkspaceView.of(await workspace_store.get(session, kept)))
    await workspace_store.delete(session, kept)
