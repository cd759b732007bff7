"""/v1/remotes: Airbytes elsewhere that Atlas drives, what is there, and what is imported of it."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query

from app.api.access import Editor, Viewer
from app.api.dependencies import (
    Configurations,
    Database,
    Remotes,
    Session,
    Settings,
    Transaction,
    Unhurried,
    Workspaces,
)
from app.api.pagination import Page, Paged
from app.api.problems import problems, type_of
from app.api.public.connections import view_of
from app.api.public.remote_schedules import keep_schedule
from app.api.public.remote_shapes import (
    ImportBody,
    ImportedView,
    ImportsView,
    RemoteBody,
    RemoteCheckView,
    RemoteConnectionView,
    RemotePatch,
    RemoteView,
    ScheduleChoice,
)
from app.api.requests.editing import Edited
from app.core.connections import Connection
from app.core.errors import (
    AtlasError,
    ConfigurationInvalid,
    EditedMeanwhile,
    InvalidRequest,
    RemoteIsSet,
    RemoteNotFound,
    StillNeeded,
    WorkspaceNotFound,
)
from app.core.failures import (
    AddressRefused,
)
from app.core.ids import RemoteId, WorkspaceId
from app.core.remote_failures import (
    RemoteAnswerUnusable,
    RemoteRefused,
    RemoteUnreachable,
)
from app.database import turns
from app.sync.remotes import importing, links, remote_store

router = APIRouter(prefix="/remotes", tags=["Remotes"])

RemotePath = Annotated[UUID, Path(alias="remoteId")]
ASKING = (RemoteUnreachable, RemoteRefused, RemoteAnswerUnusable, AddressRefused)
"""What a question to a remote may meet."""


@router.get("", operation_id="listRemotes")
async def list_remotes(
    caller: Viewer, session: Session, paged: Paged, workspaces: Workspaces
) -> Page[RemoteView]:
    """The Airbytes that Atlas drives; one of them is there by itself where the environment names it."""
    found = await remote_store.listed(session, workspaces, paged.wanted, paged.offset)
    return paged.page([RemoteView.of(row) for row in found])


@router.post(
    "",
    operation_id="createRemote",
    responses=problems(WorkspaceNotFound, InvalidRequest, ConfigurationInvalid),
)
async def create_remote(
    caller: Editor, session: Transaction, remotes: Remotes, wanted: RemoteBody
) -> RemoteView:
    """Name an Airbyte to be driven; its secret is locked away and never given back. Nothing is asked there yet."""
    row = await remotes.create(session, WorkspaceId(wanted.workspace_id), wanted.wanted)
    return RemoteView.of(row)


@router.get("/{remoteId}", operation_id="getRemote", responses=problems(RemoteNotFound))
async def get_remote(
    caller: Viewer, session: Session, edited: Edited, remote_id: RemotePath
) -> RemoteView:
    return edited.shown(RemoteView.of(await remote_store.get(session, RemoteId(remote_id))))


@router.patch(
    "/{remoteId}",
    operation_id="patchRemote",
    responses=problems(
        RemoteNotFound, RemoteIsSet, InvalidRequest, ConfigurationInvalid, EditedMeanwhile
    ),
)
async def patch_remote(
    caller: Editor,
    session: Transaction,
    remotes: Remotes,
    edited: Edited,
    remote_id: RemotePath,
    wanted: RemotePatch,
) -> RemoteView:
    """Change what is given. At another address the secret is given again: none that is kept is sent elsewhere."""
    kept = RemoteId(remote_id)
    await turns.take(session, kept)
    edited.require(RemoteView.of(await remote_store.get(session, kept)))
    return edited.shown(RemoteView.of(await remotes.change(session, kept, wanted.wanted)))


@router.delete(
    "/{remoteId}",
    operation_id="deleteRemote",
    status_code=204,
    responses=problems(RemoteNotFound, RemoteIsSet, StillNeeded, EditedMeanwhile),
)
async def delete_remote(
    caller: Editor, session: Transaction, remotes: Remotes, edited: Edited, remote_id: RemotePath
) -> None:
    """Forget a remote that moves no connection any more; what it did stays in the books."""
    kept = RemoteId(remote_id)
    await turns.take(session, kept)
    edited.require(RemoteView.of(await remote_store.get(session, kept)))
    await remotes.delete(session, kept)


@router.post(
    "/{remoteId}/check",
    operation_id="checkRemote",
    responses=problems(RemoteNotFound, RemoteIsSet, *ASKING),
)
async def check_remote(
    caller: Editor, remotes: Remotes, remote_id: RemotePath, _: Unhurried
) -> RemoteCheckView:
    """Ask the remote whether it knows Atlas, and which workspaces it lets it see."""
    async with remotes.asked(RemoteId(remote_id)) as cloud:
        found = await cloud.workspaces()
        return RemoteCheckView.of(found, has_config_api=cloud.asking.account.config_api is not None)


@router.get(
    "/{remoteId}/connections",
    operation_id="listRemoteConnections",
    responses=problems(RemoteNotFound, RemoteIsSet, *ASKING),
)
async def list_remote_connections(
    caller: Editor,
    database: Database,
    remotes: Remotes,
    remote_id: RemotePath,
    paged: Paged,
    _: Unhurried,
    connection_id: Annotated[
        UUID | None, Query(alias="remoteConnectionId", description="This one alone.")
    ] = None,
) -> Page[RemoteConnectionView]:
    """What the remote has, and which of it is here already."""
    kept = RemoteId(remote_id)
    async with remotes.asked(kept) as cloud:
        found = await cloud.connections()
    async with database.connection() as session:
        here = await links.imported(session, kept)
    chosen = [one for one in found if connection_id in (None, one.connection_id)]
    page = chosen[paged.offset : paged.offset + paged.wanted]
    return paged.page([RemoteConnectionView.of(one, here.get(one.connection_id)) for one in page])


@router.post(
    "/{remoteId}/imports",
    operation_id="importRemoteConnections",
    responses=problems(RemoteNotFound, RemoteIsSet, InvalidRequest, *ASKING),
)
async def import_connections(
    caller: Editor,
    database: Database,
    remotes: Remotes,
    configurations: Configurations,
    settings: Settings,
    remote_id: RemotePath,
    wanted: ImportBody,
    _: Unhurried,
) -> ImportsView:
    """Take connections over, each by itself: the remote goes on moving their records, driven by Atlas from now on.

    A source comes without its secrets, which the remote masks; `missing` says which, and nothing is put in their place.
    """
    async with database.connection() as session:
        remote = await remote_store.get(session, RemoteId(remote_id))
    ids = importing.wanted(wanted.connection_ids, settings.airbyte_connection_id)
    keeps = partial(keep_schedule, shortest_s=settings.schedule_shortest_s)
    beside = keeps if wanted.schedule is ScheduleChoice.ATLAS else _nothing
    found = []
    async with remotes.asked(remote.remote_id) as cloud:
        for there in ids:
            try:
                seen, made = await importing.bring(
                    database, cloud, remote, there, configurations, settings.column_limit, beside
                )
            except AtlasError as failure:
                if isinstance(failure, ASKING) and not isinstance(failure, RemoteRefused):
                    raise
                found.append(ImportedView.refused(there, type_of(failure.slug), failure.detail))
                continue
            async with database.connection() as session:
                view = await view_of(session, made.connection_id)
            found.append(ImportedView.imported(seen, view))
    return ImportsView(data=found)


async def _nothing(session: Session, seen: importing.Found, made: Connection) -> None:
    """The remote keeps its schedule."""
