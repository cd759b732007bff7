"""/v1/tags. Source: Airbyte's public API."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path
from pydantic import Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction, Workspaces
from app.api.problems import problems
from app.api.requests.editing import Edited
from app.api.views import Body, View
from app.core.connections import Tag
from app.core.errors import EditedMeanwhile, TagIsThere, TagNotFound, WorkspaceNotFound
from app.core.ids import TagId, WorkspaceId
from app.database import turns
from app.sync import tags
from app.sync.connections import connection_store

router = APIRouter(prefix="/tags", tags=["Tags"])

TagPath = Annotated[UUID, Path(alias="tagId")]
Color = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{6}$")]
"""Red, green and blue, two hex digits each. Source: Airbyte's TagCreateRequest."""


class TagPatch(Body):
    name: Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
    color: Color


class TagCreate(TagPatch):
    workspace_id: UUID


class TagView(View):
    tag_id: UUID
    name: str
    color: str
    workspace_id: UUID

    @classmethod
    def of(cls, tag: Tag) -> "TagView":
        return cls(tag_id=tag.tag_id, name=tag.name, color=tag.color, workspace_id=tag.workspace_id)


class TagList(View):
    data: list[TagView]


@router.get("", operation_id="listTags")
async def list_tags(caller: Viewer, session: Session, workspaces: Workspaces) -> TagList:
    return TagList(data=[TagView.of(tag) for tag in await tags.listed(session, workspaces)])


@router.post("", operation_id="createTag", responses=problems(WorkspaceNotFound, TagIsThere))
async def create_tag(caller: Editor, session: Transaction, wanted: TagCreate) -> TagView:
    workspace_id = WorkspaceId(wanted.workspace_id)
    await connection_store.require_workspace(session, workspace_id)
    return TagView.of(await tags.create(session, workspace_id, wanted.name, wanted.color))


@router.get("/{tagId}", operation_id="getTag", responses=problems(TagNotFound))
async def get_tag(caller: Viewer, session: Session, edited: Edited, tag_id: TagPath) -> TagView:
    return edited.shown(TagView.of(await tags.get(session, TagId(tag_id))))


@router.patch(
    "/{tagId}",
    operation_id="patchTag",
    responses=problems(TagNotFound, TagIsThere, EditedMeanwhile),
)
async def patch_tag(
    caller: Editor, session: Transaction, edited: Edited, tag_id: TagPath, wanted: TagPatch
) -> TagView:
    kept = TagId(tag_id)
    await turns.take(session, kept)
    edited.require(TagView.of(await tags.get(session, kept)))
    return edited.shown(TagView.of(await tags.change(session, kept, wanted.name, wanted.color)))


@router.delete(
    "/{tagId}",
    operation_id="deleteTag",
    status_code=204,
    responses=problems(TagNotFound, EditedMeanwhile),
)
async def delete_tag(caller: Editor, session: Transaction, edited: Edited, tag_id: TagPath) -> None:
    """Delete a tag; connections that had it have it no more."""
    kept = TagId(tag_id)
    await turns.take(session, kept)
    edited.require(TagView.of(await tags.get(session, kept)))
    await tags.delete(session, kept)
