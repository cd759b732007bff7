"""Users, applications and the audit log, as the terminal shows and changes them."""

from collections.abc import Mapping
from uuid import UUID

from rich.console import Console
from rich.table import Table

from app.access import applications, audit, sessions, users
from app.access.audit import Audit
from app.core.access import Role
from app.core.errors import ApplicationNotFound, InvalidRequest
from app.core.ids import WorkspaceId
from app.main import Atlas
from app.terminal import acts

Roles = Mapping[WorkspaceId | None, Role]


def roles_of(role: str, workspace: str | None) -> Roles:
    """Errors: InvalidRequest."""
    try:
        place = None if workspace is None else WorkspaceId(UUID(workspace))
    except ValueError:
        raise InvalidRequest("A workspace is named by its id, a UUID.") from None
    if role not in list(Role):
        raise InvalidRequest(f"A role is one of {', '.join(Role)}.")
    return {place: Role(role)}


async def show_users(console: Console, atlas: Atlas) -> None:
    async with atlas.database.connection() as session:
        found = await users.listed(session)
    if not found:
        console.print("There is no user yet: `atlas serve` makes the first, or `atlas users add`.")
        return
    table = Table("e-mail", "name", "roles", "can sign in", box=None)
    for user in found:
        can = "yes" if user.is_active and user.has_password else "no"
        table.add_row(user.email, user.name, _said(user.roles), can)
    console.print(table)


async def add_user(console: Console, atlas: Atlas, email: str, name: str, roles: Roles) -> None:
    """Errors: UserIsThere, InvalidRequest, WorkspaceNotFound."""
    async with atlas.database.transaction() as session:
        made = await users.create(session, email, name, roles)
        link = await sessions.make_link(session, made.user_id)
        await acts.note(atlas.keys, session, "users add", "createUser", _user(made.user_id))
    _show_link(console, atlas, made.email, link)


async def new_link(console: Console, atlas: Atlas, email: str) -> None:
    """Errors: UserNotFound."""
    async with atlas.database.transaction() as session:
        found = await users.by_email(session, email)
        link = await sessions.make_link(session, found.user_id)
        await acts.note(atlas.keys, session, "users link", "createUserLink", _user(found.user_id))
    _show_link(console, atlas, found.email, link)


async def remove_user(console: Console, atlas: Atlas, email: str) -> None:
    """Errors: UserNotFound, LastAdmin."""
    async with atlas.database.transaction() as session:
        found = await users.by_email(session, email)
        await users.delete(session, found.user_id)
        await acts.note(atlas.keys, session, "users remove", "deleteUser", _user(found.user_id))
    console.print(f"{found.email} is removed.")


async def show_applications(console: Console, atlas: Atlas) -> None:
    async with atlas.database.connection() as session:
        found = await applications.listed(session)
    if not found:
        console.print("There is no application yet: `atlas applications create NAME` makes one.")
        return
    table = Table("client id", "name", "roles", box=None)
    for each in found:
        table.add_row(each.client_id, each.name, _said(each.roles))
    console.print(table)


async def create_application(console: Console, atlas: Atlas, name: str, roles: Roles) -> None:
    """Errors: WorkspaceNotFound."""
    async with atlas.database.transaction() as session:
        made, secret = await applications.create(session, name, roles)
        subject = f"/v1/applications/{made.application_id}"
        await acts.note(atlas.keys, session, "applications create", "createApplication", subject)
    console.print(f"client id      {made.client_id}", soft_wrap=True)
    console.print(f"client secret  {secret}", soft_wrap=True)
    console.print("The secret is shown this once; Atlas keeps its hash alone.")


async def delete_application(console: Console, atlas: Atlas, client_id: str) -> None:
    """Errors: ApplicationNotFound."""
    async with atlas.database.transaction() as session:
        named = [each for each in await applications.listed(session) if each.client_id == client_id]
        if not named:
            raise ApplicationNotFound("No application has this client id.")
        await applications.delete(session, named[0].application_id)
        subject = f"/v1/applications/{named[0].application_id}"
        await acts.note(atlas.keys, session, "applications delete", "deleteApplication", subject)
    console.print(f"{named[0].name} may ask no more.")


async def show_audit(console: Console, atlas: Atlas, limit: int) -> None:
    async with atlas.database.connection() as session:
        found = await audit.listed(
            session, None, actor_id=None, action=None, before=None, limit=limit
        )
    if not found:
        console.print("Nothing is in the audit log yet.")
        return
    table = Table("entry", "at", "who", "action", "subject", box=None)
    for entry in found:
        at = entry.recorded_at.strftime("%Y-%m-%d %H:%M:%S")
        table.add_row(str(entry.entry_id), at, entry.actor_name, entry.action, entry.subject)
    console.print(table)


async def verify(console: Console, atlas: Atlas, head: str | None) -> bool:
    """Errors: InvalidRequest, if `head` is none."""
    known = None if head is None else _head(head)
    found = await Audit.of(atlas.keys).verify(atlas.database)
    if found.broken_at is not None:
        console.print(f"Entry {found.broken_at} is not as it was written, or it is missing.")
        return False
    if known is not None:
        async with atlas.database.connection() as session:
            kept = await audit.seal_of(session, known[0])
        if kept != known[1]:
            console.print(f"Entry {known[0]} is not the one that was the head then.")
            return False
    console.print(
        f"{found.entries:,} entries, each as it was written. Head: {found.entries}:{found.head}"
    )
    return True


def _head(text: str) -> tuple[int, str]:
    number, _, seal = text.partition(":")
    if not number.isdigit() or not seal:
        raise InvalidRequest("A head is as verify prints it: 12:6f0c…")
    return int(number), seal


def _user(user_id: UUID) -> str:
    return f"/v1/users/{user_id}"


def _show_link(console: Console, atlas: Atlas, email: str, token: str) -> None:
    console.print(f"{email} sets a password here, once, within {sessions.LINK_LIFETIME_H} hours:")
    console.print(f"  {atlas.settings.address}/welcome/{token}", soft_wrap=True)


def _said(roles: Roles) -> str:
    return ", ".join(
        f"{role} everywhere" if place is None else f"{role} of {place}"
        for place, role in roles.items()
    )
