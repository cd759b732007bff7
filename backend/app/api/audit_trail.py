"""What is asked for here goes into the audit log: in the transaction that does it, or before it is done."""

import json
from collections.abc import Mapping
from urllib.parse import quote

from fastapi import Request

from app.access import users
from app.access.audit import Audit
from app.access.belonging import Belonging
from app.access.callers import NOBODY
from app.api.requests.proxies import way_of
from app.core.access import Caller
from app.core.ids import WorkspaceId
from app.database import scope
from app.database.pool import Connection

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MOST_FIELDS = 100
_LONGEST_NAME = 100


def is_act(request: Request) -> bool:
    """Whether a request is to change something."""
    return request.method not in _SAFE


async def note_act(request: Request, session: Connection, caller: Caller) -> None:
    """Write down what is asked for. Shape: the fields of the body by name, never a value."""
    body = await _object(request)
    fields = [str(name)[:_LONGEST_NAME] for name in body][:_MOST_FIELDS]
    place = await _place(request, body)
    await _note(request, session, caller, place, {"fields": fields} if fields else {})


async def note_link_followed(request: Request, session: Connection, caller: Caller) -> None:
    """Write down that somebody set a password by a link. Shape: not where it led, for its token is a part of that."""
    await _note(request, session, caller, None, {"fields": ["password"]}, subject="/welcome")


async def note_refused(request: Request, session: Connection, email: str | None = None) -> None:
    """Write down that somebody could not sign in, from which address, and as which user he tried it where there is
    one; in a transaction that is kept although he is refused.

    Shape: what he typed is not there, be it an e-mail address, a password or a token.
    """
    facts: dict[str, object] = {"refused": True, "address": way_of(request.scope).client}
    user_id = None if email is None else await users.id_of_email(session, email)
    if user_id is not None:
        facts["userId"] = str(user_id)
    subject = quote(request.scope["route"].path)
    await _note(request, session, NOBODY, None, facts, subject=subject)


async def note_look(request: Request, session: Connection, caller: Caller, **facts: object) -> None:
    """Write down that somebody looked at values as a source sent them."""
    await _note(request, session, caller, await _place(request, {}), {"looked": True, **facts})


async def _note(
    request: Request,
    session: Connection,
    caller: Caller,
    place: WorkspaceId | None,
    facts: Mapping[str, object],
    subject: str | None = None,
) -> None:
    audit: Audit = request.app.state.audit
    route = request.scope["route"]
    await audit.note(
        session,
        caller,
        action=route.operation_id or route.name,
        subject=quote(request.url.path) if subject is None else subject,
        workspace_id=place,
        facts=facts,
        request_id=getattr(request.state, "request_id", ""),
    )


async def _place(request: Request, body: Mapping[str, object]) -> WorkspaceId | None:
    """The workspace of what the path names, or else the body."""
    belonging: Belonging = request.app.state.belonging
    with scope.everything():
        for name, value in (*request.path_params.items(), *body.items()):
            place = await belonging.workspace_of(name, value)
            if place is not None:
                return place
    return None


async def _object(request: Request) -> Mapping[str, object]:
    """The body where it is a JSON object; what is none, the operation itself refuses."""
    try:
        found = json.loads(await request.body() or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
