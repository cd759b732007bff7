"""/v1/users: the people who may sign in."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Request
from pydantic import Field

from app.access import sessions, users
from app.access.users import User
from app.api.access import Owner
from app.api.dependencies import Session, Transaction
from app.api.links import address_of
from app.api.problems import problems
from app.api.public.roles import Grants, RoleView, grants_of
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, View, instant
from app.core.errors import (
    EditedMeanwhile,
    InvalidRequest,
    LastAdmin,
    UserIsThere,
    UserNotFound,
    WorkspaceNotFound,
)
from app.database import turns

router = APIRouter(prefix="/users", tags=["Users"])

UserPath = Annotated[UUID, Path(alias="userId")]
PersonName = Annotated[str, Field(max_length=250, pattern=r"^[^\x00]*$")]


class UserCreate(AtlasBody):
    email: Annotated[str, Field(max_length=254)]
    name: PersonName = ""
    roles: Grants


class UserPatch(AtlasBody):
    """Shape: `roles`, where they are given, take the place of all that were."""

    name: PersonName | None = None
    is_active: bool | None = None
    roles: Grants | None = None


class UserView(View):
    """Shape: `hasPassword` once a link was followed."""

    id: UUID
    name: str
    email: str
    is_active: bool
    has_password: bool
    created_at: str
    roles: list[RoleView]

    @classmethod
    def of(cls, found: User) -> "UserView":
        return cls(
            id=found.user_id,
            name=found.name,
            email=found.email,
            is_active=found.is_active,
            has_password=found.has_password,
            created_at=instant(found.created_at),
            roles=RoleView.listed(found.roles),
        )


class UserViews(View):
    data: list[UserView]


class LinkView(View):
    """Shape: `url` lets its bearer set the user's password, once. Units: `expiresInHours`."""

    url: str
    expires_in_hours: int = sessions.LINK_LIFETIME_H


class InvitedUser(UserView):
    """A user, and the link by which he sets a password."""

    link: LinkView


@router.get("", operation_id="listUsers")
async def list_users(caller: Owner, session: Session) -> UserViews:
    return UserViews(data=[UserView.of(each) for each in await users.listed(session)])


@router.post(
    "",
    operation_id="createUser",
    responses=problems(UserIsThere, InvalidRequest, WorkspaceNotFound),
)
async def create_user(
    caller: Owner, request: Request, session: Transaction, wanted: UserCreate
) -> InvitedUser:
    """Create a user; the link in this answer lets him set a password. Atlas sends no mail of it."""
    made = await users.create(session, wanted.email, wanted.name, grants_of(wanted.roles))
    token = await sessions.make_link(session, made.user_id)
    return InvitedUser(**dict(UserView.of(made)), link=LinkView(url=link_url(request, token)))


@router.get("/{userId}", operation_id="getUser", responses=problems(UserNotFound))
async def get_user(caller: Owner, session: Session, edited: Edited, user_id: UserPath) -> UserView:
    return edited.shown(UserView.of(await users.get(session, user_id)))


@router.patch(
    "/{userId}",
    operation_id="patchUser",
    responses=problems(UserNotFound, LastAdmin, WorkspaceNotFound, EditedMeanwhile),
)
async def patch_user(
    caller: Owner,
    request: Request,
    session: Transaction,
    edited: Edited,
    user_id: UserPath,
    wanted: UserPatch,
) -> UserView:
    """Change a user's name or roles, or shut him out; somebody stays admin everywhere."""
    await turns.take(session, user_id)
    edited.require(UserView.of(await users.get(session, user_id)))
    roles = None if wanted.roles is None else grants_of(wanted.roles)
    changed = await users.change(
        session, user_id, name=wanted.name, is_active=wanted.is_active, roles=roles
    )
    request.app.state.callers.forget()
    return edited.shown(UserView.of(changed))


@router.delete(
    "/{userId}",
    operation_id="deleteUser",
    status_code=204,
    responses=problems(UserNotFound, LastAdmin, EditedMeanwhile),
)
async def delete_user(
    caller: Owner, request: Request, session: Transaction, edited: Edited, user_id: UserPath
) -> None:
    await turns.take(session, user_id)
    edited.require(UserView.of(await users.get(session, user_id)))
    await users.delete(session, user_id)
    request.app.state.callers.forget()


@router.post("/{userId}/link", operation_id="createUserLink", responses=problems(UserNotFound))
async def create_link(
    caller: Owner, request: Request, session: Transaction, user_id: UserPath
) -> LinkView:
    """Make a link by which a user sets a new password; one that was made before is void."""
    await users.get(session, user_id)
    return LinkView(url=link_url(request, await sessions.make_link(session, user_id)))


def link_url(request: Request, token: str) -> str:
    return f"{address_of(request)}/welcome/{token}"
