"""Applications: programs that ask, each with a client id and a secret that is shown once."""

import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID, uuid4

from app.access import grants
from app.core.access import Role
from app.core.errors import ApplicationNotFound, NotSignedIn
from app.core.ids import WorkspaceId
from app.database.pool import Connection, Row
from app.database.queries import load

SQL = load(__file__)

_CLIENT_ID = re.compile(r"atlas_[0-9a-f]{24}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    application_id: UUID
    client_id: str
    name: str
    created_at: datetime
    roles: Mapping[WorkspaceId | None, Role]
    """Shape: under no workspace the role in all of them."""


async def create(
    session: Connection, name: str, roles: Mapping[WorkspaceId | None, Role]
) -> tuple[Application, str]:
    """A new application and its secret, which nobody can look up afterwards.

    Shape: the client id begins with `atlas_`: clients cache tokens by it alone, whatever the server.
    """
    application_id = uuid4()
    client_id, secret = f"atlas_{secrets.token_hex(12)}", secrets.token_urlsafe(32)
    await session.execute(SQL["create"], application_id, client_id, _hash(secret), name)
    await grants.replace(session, roles, application_id=application_id)
    return await get(session, application_id), secret


async def get(session: Connection, application_id: UUID) -> Application:
    """Errors: ApplicationNotFound."""
    row = await session.fetchrow(SQL["get"], application_id)
    if row is None:
        raise ApplicationNotFound("No application has this id.", application_id=str(application_id))
    return _application(row)


async def listed(session: Connection) -> Sequence[Application]:
    return [_application(row) for row in await session.fetch(SQL["listed"])]


async def delete(session: Connection, application_id: UUID) -> None:
    """It is known no more; a token that it has is over within seconds. Errors: ApplicationNotFound."""
    if await session.fetchval(SQL["delete"], application_id) is None:
        raise ApplicationNotFound("No application has this id.", application_id=str(application_id))


async def authenticate(session: Connection, client_id: str, secret: str) -> UUID:
    """Whose client id and secret these are. Errors: NotSignedIn."""
    is_one = _CLIENT_ID.fullmatch(client_id)
    row = await session.fetchrow(SQL["by_client_id"], client_id) if is_one else None
    known = b"" if row is None else bytes(row["secret_hash"])
    if row is None or not compare_digest(known, _hash(secret)):
        raise NotSignedIn("The client id, or its secret, is none of this Atlas.")
    application_id: UUID = row["application_id"]
    return application_id


def _hash(secret: str) -> bytes:
    """A secret of 256 random bits needs no slow hash."""
    return sha256(secret.encode("utf-8", "surrogatepass")).digest()


def _application(row: Row) -> Application:
    return Application(
        application_id=row["application_id"],
        client_id=row["client_id"],
        name=row["name"],
        created_at=row["created_at"],
        roles=grants.of(row["roles"]),
    )
