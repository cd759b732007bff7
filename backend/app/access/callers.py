"""Who asks, with the roles that he has now."""

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from hashlib import sha256
from uuid import UUID

from app.access import applications, grants, sessions
from app.access.tokens import Tokens
from app.core.access import Caller, CallerKind, Role
from app.core.errors import NotSignedIn
from app.database.pool import Connection, Database, Row
from app.database.queries import load

SQL = load(__file__)

_REMEMBERED_S = 5.0
_REMEMBERED = 10_000
NOBODY = Caller(kind=CallerKind.NOBODY, id="nobody", name="nobody")
MACHINE = Caller(kind=CallerKind.MACHINE, id="machine", name="machine", everywhere=Role.ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Knows callers by what they show, and remembers for a few seconds whom it knew.

    Shape: a role that is taken away, an application that is deleted, counts within five seconds in each
           process.
    """

    database: Database
    tokens: Tokens
    remembered: "OrderedDict[Hashable, tuple[float, Caller]]" = field(default_factory=OrderedDict)

    async def by_token(self, token: str) -> Caller:
        """Errors: NotSignedIn."""
        kind, caller_id = self.tokens.read(token)
        if kind is CallerKind.MACHINE:
            return MACHINE

        async def loaded() -> Caller:
            known_id = _uuid(caller_id)
            async with self.database.connection() as session:
                return await _load(session, kind, known_id)

        return await self._known((kind, caller_id), loaded)

    async def by_secret(self, client_id: str, secret: str) -> Caller:
        """By an application's client id and secret. Errors: NotSignedIn."""

        async def authenticated() -> Caller:
            async with self.database.connection() as session:
                found = await applications.authenticate(session, client_id, secret)
                return await _load(session, CallerKind.APPLICATION, found)

        shown = sha256(f"{client_id}\0{secret}".encode("utf-8", "surrogatepass")).digest()
        return await self._known(shown, authenticated)

    async def by_session(self, token: str) -> Caller:
        """By the cookie of a session. Errors: NotSignedIn."""

        async def authenticated() -> Caller:
            async with self.database.connection() as session:
                found = await sessions.user_of(session, token)
                return await _load(session, CallerKind.USER, found)

        shown = sha256(token.encode("utf-8", "surrogatepass")).digest()
        return await self._known(shown, authenticated)

    async def of_user(self, session: Connection, user_id: UUID) -> Caller:
        """A user as this transaction sees him. Errors: NotSignedIn."""
        return await _load(session, CallerKind.USER, user_id)

    def forget(self) -> None:
        """Ask the database again for everybody: somebody's session or roles have changed here."""
        self.remembered.clear()

    async def _known(self, shown: Hashable, load_it: Callable[[], Awaitable[Caller]]) -> Caller:
        now = time.monotonic()
        known = self.remembered.get(shown)
        if known is not None and known[0] > now:
            return known[1]
        caller = await load_it()
        self.remembered[shown] = (now + _REMEMBERED_S, caller)
        self.remembered.move_to_end(shown)
        while len(self.remembered) > _REMEMBERED:
            self.remembered.popitem(last=False)
        return caller


async def _load(session: Connection, kind: CallerKind, caller_id: UUID) -> Caller:
    query = SQL["user"] if kind is CallerKind.USER else SQL["application"]
    row = await session.fetchrow(query, caller_id)
    if row is None:
        raise NotSignedIn("Who asks here is not known any more.")
    return _caller(kind, row)


def _caller(kind: CallerKind, row: Row) -> Caller:
    roles = grants.of(row["roles"])
    return Caller(
        kind=kind,
        id=str(row["id"]),
        name=row["name"],
        roles={place: role for place, role in roles.items() if place is not None},
        everywhere=roles.get(None),
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotSignedIn("The token is none of this Atlas.") from None
