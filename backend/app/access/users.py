"""Users: people, with an e-mail address, a password once they have set one, and roles."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from app.access import grants, passwords
from app.core.access import Role
from app.core.errors import InvalidRequest, LastAdmin, NotSignedIn, UserIsThere, UserNotFound
from app.core.ids import WorkspaceId
from app.database.pool import Connection, Row, RowIsThere, run
from app.database.queries import load

SQL = load(__file__)

FIRST_ADMIN = "admin@localhost"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    user_id: UUID
    email: str
    name: str
    is_active: bool
    has_password: bool
    created_at: datetime
    roles: Mapping[WorkspaceId | None, Role]
    """Shape: under no workspace the role in all of them."""


async def create(
    session: Connection, email: str, name: str, roles: Mapping[WorkspaceId | None, Role]
) -> User:
    """A user who cannot sign in until a link of his was followed. Errors: UserIsThere, InvalidRequest."""
    address = _address(email)
    user_id = uuid4()
    try:
        await run(session, SQL["create"], user_id, address, name.strip() or address)
    except RowIsThere:
        raise UserIsThere("A user has this e-mail address already.") from None
    await grants.replace(session, roles, user_id=user_id)
    return await get(session, user_id)


async def get(session: Connection, user_id: UUID) -> User:
    """Errors: UserNotFound."""
    row = await session.fetchrow(SQL["get"], user_id)
    if row is None:
        raise UserNotFound("No user has this id.", user_id=str(user_id))
    return _user(row)


async def by_email(session: Connection, email: str) -> User:
    """Errors: UserNotFound."""
    user_id = await id_of_email(session, email)
    if user_id is None:
        raise UserNotFound("No user has this e-mail address.")
    return await get(session, user_id)


async def id_of_email(session: Connection, email: str) -> UUID | None:
    """Whose an e-mail address is; none if it is nobody's."""
    text = email.strip().lower().replace("\0", "")
    found: UUID | None = await session.fetchval(SQL["id_of_email"], text)
    return found


async def listed(session: Connection) -> Sequence[User]:
    return [_user(row) for row in await session.fetch(SQL["listed"])]


async def change(
    session: Connection,
    user_id: UUID,
    *,
    name: str | None = None,
    is_active: bool | None = None,
    roles: Mapping[WorkspaceId | None, Role] | None = None,
) -> User:
    """Change what is given. Errors: UserNotFound, LastAdmin."""
    await get(session, user_id)
    async with _some_admin_left(session):
        await session.execute(SQL["change"], user_id, name, is_active)
        if roles is not None:
            await grants.replace(session, roles, user_id=user_id)
        if is_active is False:
            await session.execute(SQL["end_sessions"], user_id)
    return await get(session, user_id)


async def delete(session: Connection, user_id: UUID) -> None:
    """Errors: UserNotFound, LastAdmin."""
    await get(session, user_id)
    async with _some_admin_left(session):
        await session.execute(SQL["delete"], user_id)


async def set_password(session: Connection, user_id: UUID, password: str) -> None:
    """All sessions that the user has are over. Errors: InvalidRequest."""
    await session.execute(SQL["set_password"], user_id, await passwords.hashed(password))
    await session.execute(SQL["end_sessions"], user_id)


async def authenticate(session: Connection, email: str, password: str) -> UUID:
    """Whose e-mail address and password these are. Errors: NotSignedIn, the same whatever is wrong."""
    row = await session.fetchrow(SQL["password"], email.strip().lower().replace("\0", ""))
    is_right = await passwords.is_right(password, None if row is None else row["password_hash"])
    if row is None or not is_right or not row["is_active"]:
        raise NotSignedIn("The e-mail address or the password is wrong.")
    user_id: UUID = row["user_id"]
    return user_id


async def ensure_admin(session: Connection) -> User | None:
    """The first admin, made where there is no user yet; none once somebody can sign in."""
    if await session.fetchval(SQL["somebody_can_sign_in"]):
        return None
    await session.execute(SQL["hold_admins"])
    found = await id_of_email(session, FIRST_ADMIN)
    if found is not None:
        return await get(session, found)
    if await session.fetchval(SQL["count"]):
        return None
    return await create(session, FIRST_ADMIN, "Admin", {None: Role.ADMIN})


@asynccontextmanager
async def _some_admin_left(session: Connection) -> AsyncIterator[None]:
    """Who is admin everywhere may go while somebody else stays; nobody else changes that meanwhile."""
    await session.execute(SQL["hold_admins"])
    had_one = await session.fetchval(SQL["has_admin"])
    yield
    if had_one and not await session.fetchval(SQL["has_admin"]):
        raise LastAdmin("Nobody else is admin everywhere: give that role to another user first.")


def _address(email: str) -> str:
    found = email.strip().lower()
    name, at, host = found.partition("@")
    if (
        not name
        or not at
        or not host
        or not found.isprintable()
        or " " in found
        or len(found) > 254
    ):
        raise InvalidRequest("This is no e-mail address.")
    return found


def _user(row: Row) -> User:
    return User(
        user_id=row["user_id"],
        email=row["email"],
        name=row["name"],
        is_active=row["is_active"],
        has_password=row["has_password"],
        created_at=row["created_at"],
        roles=grants.of(row["roles"]),
    )
