"""`atlas remote`: what Airbytes elsewhere have, and who moves a connection from now on."""

from collections.abc import Sequence
from uuid import UUID

import typer
from rich.console import Console

from app.access.callers import MACHINE
from app.api.public.remote_schedules import keep_schedule
from app.core.connections import Connection
from app.core.errors import AtlasError, InvalidRequest
from app.core.remotes import Engine
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import connection_store
from app.sync.remotes import importing, links, remote_store
from app.sync.remotes.moving import Moving, Readiness, StateChoice
from app.terminal import acts
from app.terminal.tables import plain_table

_MOST = 1_000


async def show_remotes(console: Console, atlas: Atlas) -> None:
    async with atlas.database.connection() as session:
        found = await remote_store.listed(session, None, _MOST, 0)
    if not found:
        console.print(
            "No remote is named: POST /v1/remotes, or set AIRBYTE_API_URL and its fellows."
        )
        return
    table = plain_table("Remotes", "name", "id", "address", "set by")
    for row in found:
        by = "environment" if row.is_from_environment else "API"
        table.add_row(row.name, str(row.remote_id), row.api_url, by)
    console.print(table)


async def check_remote(console: Console, atlas: Atlas, name_or_id: str) -> None:
    """Errors: RemoteNotFound; as of any question to it."""
    async with atlas.database.connection() as session:
        remote = await remote_store.find(session, name_or_id)
        here = await links.imported(session, remote.remote_id)
    async with atlas.remotes.asked(remote.remote_id) as cloud:
        workspaces = await cloud.workspaces()
        found = await cloud.connections()
        has_state = cloud.asking.account.config_api is not None
    names = ", ".join(one.name for one in workspaces.data) or "none"
    console.print(f"{remote.name} knows Atlas. Workspaces: {names}.", markup=False)
    if not has_state:
        console.print(
            "It has no Config API that Atlas knows: states and schemas do not come along."
        )
    table = plain_table("Connections", "id", "name", "status", "schedule", "here")
    for one in found:
        is_here = "yes" if one.connection_id in here else ""
        table.add_row(str(one.connection_id), one.name, one.status, one.schedule.words, is_here)
    console.print(table)


async def import_and_show(
    console: Console,
    atlas: Atlas,
    name_or_id: str,
    connections: Sequence[str],
    *,
    keeps_schedule: bool,
) -> bool:
    """Take each over by itself; true if all came. Errors: RemoteNotFound, InvalidRequest; as of any question."""
    async with atlas.database.connection() as session:
        remote = await remote_store.find(session, name_or_id)
    named = [_uuid(given) for given in connections]
    ids = importing.wanted(named, atlas.settings.airbyte_connection_id)

    async def beside(session: Session, found: importing.Found, made: Connection) -> None:
        if keeps_schedule:
            await keep_schedule(session, found, made, shortest_s=atlas.settings.schedule_shortest_s)
        await acts.note(
            atlas.keys, session, "remote import", "importRemoteConnections",
            acts.path_of(made.connection_id), made.workspace_id,
        )  # fmt: skip

    came = 0
    async with atlas.remotes.asked(remote.remote_id) as cloud:
        for there in ids:
            try:
                found, made = await importing.bring(
                    atlas.database, cloud, remote, there, atlas.configurations,
                    atlas.settings.column_limit, beside,
                )  # fmt: skip
            except AtlasError as failure:
                console.print(f"{there}: {failure.detail}", markup=False)
                continue
            came += 1
            console.print(f"{made.name}: {len(made.streams)} streams, as {made.connection_id}.", markup=False)  # fmt: skip
            if found.missing:
                console.print(
                    f"Its source lacks {len(found.missing)} secrets, which the remote masks."
                )
    return came == len(ids)


async def move_if_sure(
    console: Console,
    atlas: Atlas,
    name_or_id: str,
    to: str,
    reason: str,
    *,
    takes_state: bool,
    is_sure: bool,
) -> bool:
    """Show what a move needs, ask, and do it; true if it was done.

    Errors: ConnectionNotFound, RemoteNotFound, InvalidRequest, NotReadyToMove, SyncAlreadyRunning.
    """
    if to not in {engine.value for engine in Engine}:
        raise InvalidRequest("An engine is local or airbyte_cloud.")
    engine, choice = Engine(to), StateChoice.TAKE if takes_state else StateChoice.LEAVE
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
    moving = Moving(database=atlas.database, settings=atlas.settings, remotes=atlas.remotes)
    _show(console, await moving.preview(connection.connection_id, engine, choice))
    if not is_sure and not typer.confirm("Go on?", err=True):
        console.print("Nothing was changed.")
        return False
    async with atlas.database.transaction() as session:
        await acts.note(
            atlas.keys, session, "remote move", "setEngine", acts.path_of(connection.connection_id),
            connection.workspace_id, engine=engine.value,
        )  # fmt: skip
    await moving.move(connection.connection_id, engine, choice, MACHINE.name, reason)
    console.print(f"{connection.name} is moved by {engine} from now on.", markup=False)
    return True


def _show(console: Console, found: Readiness) -> None:
    streams = ", ".join(found.states) or "none"
    console.print(
        f"From {found.engine} to {found.to}. State that goes along: {streams}.", markup=False
    )
    if found.goes_on:
        console.print(
            f"The remote's own schedule ({found.schedule}) goes on: set it to manual there, or both run.",
            markup=False,
        )
    for blocker in found.blockers:
        console.print(f"In the way: {blocker}", markup=False)


def _uuid(text: str) -> UUID:
    """Errors: InvalidRequest."""
    try:
        return UUID(text)
    except ValueError:
        raise InvalidRequest("The id of a connection is a UUID.") from None
