"""`atlas state`: where connections stand in their sources, and how to begin anew."""

import json
from pathlib import Path

import typer
from rich.console import Console
from rich.table import Table

from app.access.callers import MACHINE
from app.core.catalog import StreamDescriptor
from app.core.errors import InvalidRequest
from app.main import Atlas
from app.sync import state_forms, state_guard, state_store, state_versions
from app.sync.connections import connection_store
from app.sync.state_versions import Fate, Turn
from app.terminal import acts


async def clear_state(console: Console, atlas: Atlas, name_or_id: str, stream: str | None) -> None:
    """Errors: ConnectionNotFound, StateNotFound; SyncAlreadyRunning while a job is not over."""
    async with atlas.database.transaction() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        cleared = await state_store.clear(session, connection.connection_id, stream)
        if cleared:
            await acts.note(
                atlas.keys, session, "state clear", "clearState", acts.path_of(connection.connection_id),
                connection.workspace_id, streams=list(map(str, cleared)),
            )  # fmt: skip
    if not cleared:
        console.print(
            f"{connection.name} has no state: its next sync reads everything in any case."
        )
        return
    for name in cleared:
        console.print(f"Cleared the state of {name}.", markup=False)
    console.print(
        "The next sync reads it from the beginning. Rows stay: a mode that keeps one row a key meets them "
        "again, one that appends adds them a second time.",
        markup=False,
    )


async def exported(
    atlas: Atlas, name_or_id: str, version: int | None, *, as_messages: bool
) -> object:
    """Errors: ConnectionNotFound, StateNotFound."""
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        saved = await state_versions.at(session, connection.connection_id, version)
    states = [one.state for one in saved]
    if as_messages:
        return state_forms.messages(states)
    return {"connectionId": str(connection.connection_id), **state_forms.airbyte(states)}


async def show_versions(
    console: Console, atlas: Atlas, name_or_id: str, stream: str | None, limit: int
) -> None:
    """Errors: ConnectionNotFound."""
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        named = StreamDescriptor(stream) if stream else None
        found = await state_versions.listed(session, connection.connection_id, named, limit, 0)
    if not found:
        console.print(f"Nothing is saved of {connection.name}.", markup=False)
        return
    table = Table()
    for column in ("version", "saved", "of", "by", "why"):
        table.add_column(column, overflow="fold")
    for one in found:
        of = state_guard.ALL if one.descriptor is None else str(one.descriptor)
        by = one.asked_by or (f"job {one.job_id}, attempt {one.attempt}" if one.job_id else "")
        why = one.reason or ("cleared" if one.is_cleared else "")
        table.add_row(str(one.version), f"{one.saved_at:%Y-%m-%d %H:%M:%S}", of, by, why)
    console.print(table)


async def set_state(
    console: Console,
    atlas: Atlas,
    name_or_id: str,
    version: int | None,
    file: Path | None,
    reason: str,
    *,
    yes: bool,
) -> bool:
    """Errors: ConnectionNotFound, StateNotFound, StateRefused, InvalidRequest; SyncAlreadyRunning."""
    wish = state_versions.require_one(version, _content(file) if file else None, False)
    async with atlas.database.transaction() as session:
        connection = await connection_store.find_connection(session, name_or_id)
        for turn in await state_versions.turns(session, connection, wish):
            records = await state_versions.read_since(session, connection, turn)
            console.print(_said(turn, list(records.values())), markup=False)
    if not yes and not typer.confirm("Do it?"):
        return False
    async with atlas.database.transaction() as session:
        await state_versions.take(session, connection, wish, MACHINE.name, reason)
        newest = await state_versions.newest_version(session, connection.connection_id)
        await acts.note(
            atlas.keys, session, "state set", "putState", acts.path_of(connection.connection_id),
            connection.workspace_id, version=newest,
        )  # fmt: skip
    console.print(f"The state is at version {newest}; what was saved before stays.")
    return True


def _said(turn: Turn, records: list[int | None]) -> str:
    name = state_guard.ALL if turn.descriptor is None else str(turn.descriptor)
    if turn.fate is Fate.STAYS:
        return f"{name}: stays as it is."
    if None in records:
        return f"{name}: {turn.fate}; nobody knows what is read again."
    again = sum(count or 0 for count in records)
    return f"{name}: {turn.fate}; {again} records were read since, and are again if the source still has them."


def _content(path: Path) -> object:
    """Errors: InvalidRequest."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise InvalidRequest(f"{path} cannot be read as JSON.") from error
