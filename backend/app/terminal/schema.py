"""What `atlas schema` shows of changes, and how a word on one is given."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from app.core.catalog import Path, shown
from app.core.errors import InvalidRequest
from app.core.schema_growth import Growth, Rename, Word, possible_renames
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import (
    connection_store,
    schema_changes,
    schema_impact,
    schema_words,
)
from app.sync.connections.schema_changes import ChangeStatus, SchemaChange
from app.sync.growth import growing
from app.terminal import acts

_LISTED = 100


async def show_changes(console: Console, atlas: Atlas, connection: str) -> None:
    """A connection's newest changes. Errors: ConnectionNotFound."""
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, connection)
        changes = await schema_changes.listed(session, found.connection_id, None, _LISTED)
    if not changes:
        console.print(f"No schema of {found.name} has changed.")
        return
    table = Table(title=f"schema changes of {found.name}", title_justify="left")
    for heading in ("id", "stream", "status", "what", "found"):
        table.add_column(heading)
    for change in changes:
        said = "; ".join(map(_said, change.growth)) or "nothing for its columns"
        at = f"{change.found_at:%Y-%m-%d %H:%M}"
        table.add_row(str(change.change_id), str(change.descriptor), change.status, said, at)
    console.print(table)


async def show_impact(console: Console, atlas: Atlas, change_id: int) -> None:
    """What adopting a change would touch. Errors: SchemaChangeNotFound."""
    async with atlas.database.connection() as session:
        change = await schema_changes.get(session, change_id)
        touched = await schema_impact.impact(session, change)
        renames = await schema_impact.renames(session, change)
        key = await schema_impact.key_impact(session, change)
    table = Table(title=f"change {change_id} of {change.descriptor}", title_justify="left")
    for heading in ("what", "columns", "mask", "checks", "views"):
        table.add_column(heading)
    for one in touched:
        cells = (one.columns, [one.mask] if one.mask else [], one.checks, one.views)
        table.add_row(_said(one.growth), *("\n".join(cell) or "-" for cell in cells))
    console.print(table)
    for possible in renames:
        agreed = "not counted" if possible.compared is None else f"{possible.agreeing} of {possible.compared} values agree"  # fmt: skip
        console.print(f"perhaps renamed: {_pair(possible.rename)} ({agreed})", markup=False)
    if key is not None:
        counted = "not counted" if key.records is None else (
            f"{key.records} records, {key.keys} keys, {key.without_key} without one"
        )  # fmt: skip
        console.print(f"key {_key(key.before)} becomes {_key(key.after)}: {counted}", markup=False)


async def adopt(
    console: Console,
    atlas: Atlas,
    change_id: int,
    renames: Sequence[str],
    key: Sequence[str],
    *,
    backfills: bool,
) -> None:
    """Errors: SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning, KeyNeedsTheSource."""
    async with atlas.database.transaction() as session:
        change = await schema_changes.get(session, change_id)
        word = Word(
            renames=tuple(_rename_of(change, said) for said in renames),
            primary_key=tuple((field,) for field in key),
            backfills=backfills,
        )
        done = await growing.adopt(session, change_id, atlas.settings.column_limit, word)
        await _note(atlas, session, "schema adopt", "adoptSchemaChange", change)
    then = (
        "the next sync makes chart and history anew by the other key, then reads"
        if done.status is ChangeStatus.ACCEPTED
        else "from the next sync on it is read so"
    )
    console.print(f"change {change_id} is {done.status}: {then}.", markup=False)


async def reject(console: Console, atlas: Atlas, change_id: int) -> None:
    """Errors: SchemaChangeNotFound, InvalidRequest, SyncAlreadyRunning."""
    async with atlas.database.transaction() as session:
        done = await schema_words.reject(session, change_id)
        await _note(atlas, session, "schema reject", "rejectSchemaChange", done)
    console.print(f"change {change_id} is {done.status}: it is read as before.", markup=False)


async def _note(
    atlas: Atlas, session: Session, command: str, action: str, change: SchemaChange
) -> None:
    connection = await connection_store.get_connection(session, change.connection_id)
    subject = f"/v1/schema-changes/{change.change_id}"
    await acts.note(atlas.keys, session, command, action, subject, connection.workspace_id)


def _rename_of(change: SchemaChange, said: str) -> Rename:
    """Errors: InvalidRequest if the change has no such pair."""
    for rename in possible_renames(change.growth):
        if said == _pair(rename):
            return rename
    listed = ", ".join(_pair(rename) for rename in possible_renames(change.growth))
    raise InvalidRequest(
        f"This change may not be the rename {shown(said)}; possible: {listed or 'none'}."
    )


def _pair(rename: Rename) -> str:
    return f"{'.'.join(rename.old)}={'.'.join(rename.new)}"


def _key(key: Sequence[Path]) -> str:
    return ", ".join(shown(".".join(path)) for path in key) or "none"


def _said(growth: Growth) -> str:
    field = f" {shown(growth.field)}" if growth.field else ""
    breaks = " (breaks)" if growth.is_breaking else ""
    return f"{growth.kind.value.replace('_', ' ')}{field}{breaks}"
