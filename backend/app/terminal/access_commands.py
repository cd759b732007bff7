"""`atlas token`, `users`, `applications`, `audit`: who may, and what was done; they import what help needs alone."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from app.terminal.running import open_console, run

if TYPE_CHECKING:
    from app.main import Atlas

T = TypeVar("T")

users_app = typer.Typer(help="People who may sign in.", no_args_is_help=True)
applications_app = typer.Typer(help="Programs that may ask the API.", no_args_is_help=True)
audit_app = typer.Typer(help="Who did what, and who looked.", no_args_is_help=True)

Email = Annotated[str, typer.Argument(help="E-mail address of the user.")]
RoleName = Annotated[str, typer.Option(help="viewer, operator, editor or admin.")]
Workspace = Annotated[
    str | None, typer.Option(help="Id of the workspace that the role is for; else all of them.")
]


def token() -> None:
    """Print a bearer token of a quarter of an hour, for requests from this machine: it may do everything."""
    from app.access.tokens import Tokens
    from app.core.access import CallerKind
    from app.database.keys import load_keys
    from app.terminal.starting import settings_of_environment

    keys = load_keys(settings_of_environment(quiet=True))
    print(Tokens.of(keys).make(CallerKind.MACHINE, "machine"))


@users_app.command("list")
def list_users() -> None:
    """Who may sign in, and with which roles."""
    from app.terminal.access import show_users

    _with_atlas(lambda atlas: show_users(open_console(stdout=True), atlas))


@users_app.command("add")
def add_user(
    email: Email, role: RoleName = "viewer", name: str = "", workspace: Workspace = None
) -> None:
    """Make a user, and print the link by which he sets his password."""
    from app.terminal.access import add_user as add
    from app.terminal.access import roles_of

    roles = roles_of(role, workspace)
    _with_atlas(lambda atlas: add(open_console(stdout=True), atlas, email, name, roles))


@users_app.command("link")
def link(email: Email) -> None:
    """Print a new link by which a user sets his password: he has lost it, or the first link."""
    from app.terminal.access import new_link

    _with_atlas(lambda atlas: new_link(open_console(stdout=True), atlas, email))


@users_app.command("remove")
def remove_user(email: Email) -> None:
    """Remove a user; his sessions are over."""
    from app.terminal.access import remove_user as remove

    _with_atlas(lambda atlas: remove(open_console(stdout=True), atlas, email))


@applications_app.command("list")
def list_applications() -> None:
    """Which programs may ask, and with which roles."""
    from app.terminal.access import show_applications

    _with_atlas(lambda atlas: show_applications(open_console(stdout=True), atlas))


@applications_app.command("create")
def create_application(name: str, role: RoleName = "editor", workspace: Workspace = None) -> None:
    """Make a client id and a secret; the secret is printed now and never again."""
    from app.terminal.access import create_application as create
    from app.terminal.access import roles_of

    roles = roles_of(role, workspace)
    _with_atlas(lambda atlas: create(open_console(stdout=True), atlas, name, roles))


@applications_app.command("delete")
def delete_application(client_id: str) -> None:
    """Delete an application by its client id; its tokens are worth nothing within seconds."""
    from app.terminal.access import delete_application as delete

    _with_atlas(lambda atlas: delete(open_console(stdout=True), atlas, client_id))


@audit_app.command("list")
def list_audit(limit: Annotated[int, typer.Option(min=1, max=1_000)] = 50) -> None:
    """The newest entries of the audit log."""
    from app.terminal.access import show_audit

    _with_atlas(lambda atlas: show_audit(open_console(stdout=True), atlas, limit))


@audit_app.command("verify")
def verify_audit(
    head: Annotated[
        str | None,
        typer.Option(help="What an earlier verify printed: N:HASH; that entry must be as it was."),
    ] = None,
) -> None:
    """Read the whole audit log and say whether it is as it was written; the exit code is 1 if it is not."""
    from app.terminal.access import verify

    if not _with_atlas(lambda atlas: verify(open_console(stdout=True), atlas, head)):
        raise typer.Exit(1)


def _with_atlas(work: Callable[["Atlas"], Awaitable[T]]) -> T:
    async def do() -> T:
        from app.main import open_atlas
        from app.terminal.starting import settings_of_environment

        async with open_atlas(settings_of_environment(quiet=True)) as atlas:
            return await work(atlas)

    return run(do())
