"""/v1/connections/{connectionId}/remote and /engine: how a remote moves a connection, and who moves it from now on."""

from fastapi import APIRouter

from app.api.access import Editor, Viewer
from app.api.dependencies import (
    Database,
    Remotes,
    Session,
    Settings,
    Transaction,
    Unhurried,
)
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.public.engine_shapes import (
    ConnectionRemoteView,
    EngineBody,
    EngineChange,
    MovedState,
    MovedView,
    ReadinessView,
    RemoteTermsBody,
)
from app.api.public.remotes import ASKING
from app.api.requests.editing import Edited
from app.core.errors import (
    ConfigurationInvalid,
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    NotReadyToMove,
    RemoteIsSet,
    RemoteNotFound,
    SyncAlreadyRunning,
)
from app.core.failures import (
    StateRefused,
)
from app.core.ids import ConnectionId
from app.database import turns
from app.database.pool import Connection as DatabaseSession
from app.sync.connections import connection_store
from app.sync.remotes import links, remote_runs
from app.sync.remotes.moving import Moving

router = APIRouter(prefix="/connections/{connectionId}", tags=["Remotes"])

_SHOWN = 20


@router.get(
    "/remote",
    operation_id="getConnectionRemote",
    responses=problems(ConnectionNotFound, RemoteNotFound),
)
async def get_connection_remote(
    caller: Viewer, session: Session, edited: Edited, connection_id: ConnectionPath
) -> ConnectionRemoteView:
    """The connection at the remote that this one stands for, what a success must show, and its last runs."""
    view = await _view(session, ConnectionId(connection_id))
    return edited.shown(view, edited=view.edited())


@router.put(
    "/remote",
    operation_id="putConnectionRemote",
    responses=problems(
        ConnectionNotFound, RemoteNotFound, InvalidRequest, ConfigurationInvalid, EditedMeanwhile
    ),
)
async def put_connection_remote(
    caller: Editor,
    session: Transaction,
    remotes: Remotes,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: RemoteTermsBody,
) -> ConnectionRemoteView:
    """Say what a success must show from the next job on, and how the destination is asked; secrets are locked away."""
    kept = ConnectionId(connection_id)
    await turns.take(session, kept)
    edited.require((await _view(session, kept)).edited())
    link = await links.get(session, kept)
    profile = None
    if wanted.profile is not None:
        sent = wanted.profile.model_dump(exclude_none=True)
        profile = await remotes.keep_profile(session, link.workspace_id, kept, sent, link.profile)
    await links.keep_terms(session, kept, wanted.policy.wanted, profile)
    view = await _view(session, kept)
    return edited.shown(view, edited=view.edited())


_MOVING = (
    ConnectionNotFound, RemoteNotFound, RemoteIsSet, InvalidRequest, StateRefused, *ASKING,
)  # fmt: skip


@router.post("/engine/preview", operation_id="previewEngine", responses=problems(*_MOVING))
async def preview_engine(
    caller: Editor,
    database: Database,
    remotes: Remotes,
    settings: Settings,
    connection_id: ConnectionPath,
    wanted: EngineBody,
    _: Unhurried,
) -> ReadinessView:
    """What moving the connection to another engine needs, and which state goes along; nothing is changed."""
    moving = Moving(database=database, settings=settings, remotes=remotes)
    found = await moving.preview(ConnectionId(connection_id), wanted.engine, wanted.state)
    return ReadinessView.of(found)


@router.post(
    "/engine",
    operation_id="setEngine",
    responses=problems(*_MOVING, NotReadyToMove, SyncAlreadyRunning),
)
async def set_engine(
    caller: Editor,
    database: Database,
    remotes: Remotes,
    settings: Settings,
    connection_id: ConnectionPath,
    wanted: EngineChange,
    _: Unhurried,
) -> MovedView:
    """Move the connection, in the middle of what it has read: its state comes along as a version, in one transaction.

    Not while a job of it runs, here or there. The remote's own schedule is not touched: set it to manual there.
    """
    moving = Moving(database=database, settings=settings, remotes=remotes)
    found, turned = await moving.move(
        ConnectionId(connection_id), wanted.engine, wanted.state, caller.name, wanted.reason
    )
    moved = [MovedState.of(turn) for turn in turned]
    return MovedView(**dict(ReadinessView.of(found)), moved=moved)


async def _view(session: DatabaseSession, connection_id: ConnectionId) -> ConnectionRemoteView:
    connection = await connection_store.present(session, connection_id)
    link = await links.get(session, connection_id)
    runs = await remote_runs.of_connection(session, connection_id, _SHOWN, 0)
    return ConnectionRemoteView.of(connection.engine, link, list(runs))
