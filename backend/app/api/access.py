"""Who may call an operation: each takes its caller as one of these, or the app does not start."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from starlette.types import ASGIApp, Receive, Scope, Send

from app.access.belonging import Belonging, names_a_thing, not_found
from app.access.rates import Policy
from app.api import dependencies
from app.api.audit_trail import is_act, note_act
from app.api.requests import rates
from app.api.routing import operations_of
from app.core.access import Caller, Role
from app.core.errors import Forbidden
from app.core.ids import WorkspaceId
from app.database import scope


class Needs:
    """Lets a caller through who has this role in the workspace that the path is about, or in some workspace
    where the path names none; what he then sees is of the workspaces where he has it.
    """

    def __init__(self, role: Role, *, everywhere: bool = False) -> None:
        self.role, self.everywhere = role, everywhere

    async def __call__(self, request: Request) -> Caller:
        with scope.everything():
            caller = await rates.counted(request)
            allowed = caller.workspaces(self.role)
            if self.everywhere and allowed is not None:
                raise Forbidden(f"This needs the role {self.role} in all workspaces.")
            if allowed is not None and not allowed:
                raise Forbidden(f"This needs the role {self.role} in a workspace.")
            await _require_place(request, caller, self.role)
            if self.role is not Role.VIEWER and is_act(request) and not _notes_itself(request):
                async with request.app.state.database.transaction() as session:
                    await note_act(request, session, caller)
        request.state.caller = caller
        scope.set_to(allowed)
        return caller


async def _require_place(request: Request, caller: Caller, role: Role) -> None:
    """Errors: as of what is not there, where the caller may not even look; Forbidden where he may do less.

    To who does not see all workspaces, what is not there is refused here too: later, by another word or after the
    body, it would be told from what is.
    """
    sees_all = caller.workspaces(Role.VIEWER) is None
    for name, value in request.path_params.items():
        place = await _belonging(request).workspace_of(name, value)
        if place is None and (sees_all or not names_a_thing(name, value)):
            continue
        if place is None or not caller.may(Role.VIEWER, place):
            raise not_found(name, value)
        if caller.may(role, place):
            continue
        raise Forbidden(f"This needs the role {role} in its workspace.")


@dataclass(frozen=True, slots=True)
class Closed:
    """Middleware: a request sees no workspace's rows until it is known who asks."""

    app: ASGIApp

    async def __call__(self, asked: Scope, receive: Receive, send: Send) -> None:
        if asked["type"] == "lifespan":
            await self.app(asked, receive, send)
            return
        with scope.nothing():
            await self.app(asked, receive, send)


async def require(request: Request, caller: Caller, role: Role, name: str, value: object) -> None:
    """For what needs more than its operation does: another role in the workspace of what a path names.

    Errors: Forbidden.
    """
    place = await _belonging(request).workspace_of(name, value)
    if place is not None and not caller.may(role, place):
        raise Forbidden(f"This needs the role {role} in its workspace.")


def _belonging(request: Request) -> Belonging:
    belonging: Belonging = request.app.state.belonging
    return belonging


def within(
    caller: Caller, role: Role, wanted: Iterable[WorkspaceId] | None
) -> list[WorkspaceId] | None:
    """The workspaces of a list: those that are wanted, as far as the caller has the role there. None is all."""
    allowed = caller.workspaces(role)
    chosen = allowed if wanted is None else wanted
    if chosen is None:
        return None
    return [place for place in chosen if allowed is None or place in allowed]


def require_declared(app: FastAPI) -> None:
    """Let no operation be there that does not say who may call it. Errors: RuntimeError."""
    undeclared = [
        route.path
        for route in operations_of(app.routes)
        if route.include_in_schema and not _declares(route.dependant)
    ]
    if undeclared:
        raise RuntimeError(f"Who may call is not said of {', '.join(undeclared)}.")


def _notes_itself(request: Request) -> bool:
    """Whether an operation's own transaction takes the entry; of others it is written before they begin."""
    return any(
        each.call is dependencies.transaction
        for each in request.scope["route"].dependant.dependencies
    )


def _declares(dependant: Dependant) -> bool:
    return any(
        isinstance(each.call, Needs) or each.call in (_anybody, _signing_in)
        for each in dependant.dependencies
    )


async def _anybody(request: Request) -> None:
    """For the few operations that nobody has to sign in for."""
    await rates.count(request, None)


async def _signing_in(request: Request) -> None:
    """For what takes a secret or a password: counted by the address, whoever it says it is, and more strictly."""
    await rates.count(request, None, Policy.SIGN_IN)


Viewer = Annotated[Caller, Depends(Needs(Role.VIEWER))]
Operator = Annotated[Caller, Depends(Needs(Role.OPERATOR))]
Editor = Annotated[Caller, Depends(Needs(Role.EDITOR))]
Admin = Annotated[Caller, Depends(Needs(Role.ADMIN))]
Owner = Annotated[Caller, Depends(Needs(Role.ADMIN, everywhere=True))]
"""For what is of no workspace: users, applications, the installation itself."""
Anybody = Annotated[None, Depends(_anybody)]
SigningIn = Annotated[None, Depends(_signing_in)]
