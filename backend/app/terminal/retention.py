"""`atlas tables retain` and `retained`: what explore keeps, what would go, and what went."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer
from rich.console import Console
from rich.table import Table

from app.core.connections import Connection
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import connection_store
from app.sync.retention import horizon, policies, removing
from app.sync.retention.horizon import Reach
from app.sync.retention.policies import KEEPS_ALL, RetentionPolicy
from app.terminal import acts

_MOST_ACTS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. Shape: a policy without bounds asks for nothing, but for `keeps_all`."""

    connection: str
    policy: RetentionPolicy
    keeps_all: bool = False
    at_once: bool = False
    is_sure: bool = False


async def retain_as_asked(console: Console, atlas: Atlas, asked: Asked) -> bool:
    """Show what would go, and keep the policy, and take out, as asked; false if somebody said no.

    Errors: ConnectionNotFound; DatabaseUnreachable where a lock was not to be had.
    """
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, asked.connection)
        in_force = await policies.of_connection(session, found.connection_id)
        changes = asked.keeps_all or not asked.policy.keeps_all
        policy = KEEPS_ALL if asked.keeps_all else asked.policy if changes else in_force
        reaches = await horizon.of_connection(session, found.connection_id, policy)
    bounds = ", ".join(f"{name} {bound}" for name, bound in policy.said().items())
    _show(console, f"{found.name} keeps {bounds or 'all'}", reaches)
    if not changes and not asked.at_once:
        return True
    if not asked.is_sure and not typer.confirm("Go on?", err=True):
        console.print("Nothing was changed.")
        return False
    if changes:
        async with atlas.database.transaction() as session:
            await policies.keep(session, found.connection_id, policy)
            await _note(atlas, session, "putRetention", found, policy)
    if asked.at_once:
        async with atlas.database.transaction() as session:
            await _note(atlas, session, "applyRetention", found, policy)
        taken = await atlas.retention.apply(found.connection_id, asked_by="person")
        console.print(f"{taken:,} records were taken out of explore.")
    return True


async def show_acts(console: Console, atlas: Atlas, name_or_id: str) -> None:
    """Errors: ConnectionNotFound."""
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, name_or_id)
        acts = await removing.acts(session, found.connection_id, _MOST_ACTS)
    if not acts:
        console.print(f"Nothing was taken out of explore of {found.name}.")
        return
    table = Table(title=f"taken out of explore of {found.name}", title_justify="left")
    for heading in ("at", "stream", "records", "landed from", "to", "how", "asked by", "policy"):
        table.add_column(heading, justify="right" if heading == "records" else "left")
    for act in acts:
        table.add_row(
            f"{act.removed_at:%Y-%m-%d %H:%M:%S}", str(act.stream), f"{act.records:,}",
            f"{act.landed_from:%Y-%m-%d %H:%M}", f"{act.landed_to:%Y-%m-%d %H:%M}", act.how, act.asked_by,
            ", ".join(f"{name} {bound}" for name, bound in act.policy.items()),
        )  # fmt: skip
    console.print(table)


async def _note(
    atlas: Atlas, session: Session, action: str, found: Connection, policy: RetentionPolicy
) -> None:
    await acts.note(
        atlas.keys, session, "tables retain", action, acts.path_of(found.connection_id),
        found.workspace_id, policy=dict(policy.said()),
    )  # fmt: skip


def _show(console: Console, title: str, reaches: Sequence[Reach]) -> None:
    table = Table(title=title, title_justify="left")
    for heading in ("stream", "would go", "landed until", "would stay", "beyond the bounds, and why it stays"):  # fmt: skip
        table.add_column(heading, justify="right" if heading.startswith("would") else "left")
    for reach in reaches:
        until = f"{reach.landed_to:%Y-%m-%d %H:%M}" if reach.landed_to else ""
        held = f"{reach.held_back:,}: {reach.because}" if reach.held_back else ""
        table.add_row(str(reach.stream.descriptor), f"{reach.records:,}", until, f"{reach.stay:,}", held)  # fmt: skip
    console.print(table)
