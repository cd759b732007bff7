"""POST applications/token: a bearer token for a client id and its secret, on every path that clients ask.

The SDKs join the base and the token's URL as references, so the same setting comes out at five places.
Source: Airbyte's public API, and what its clients really send.
"""

import json
from collections.abc import Mapping

from fastapi import APIRouter, FastAPI, Request
from pydantic import Field

from app.access.tokens import LIFETIME_S, Tokens
from app.api.access import SigningIn
from app.api.audit_trail import note_refused
from app.api.authentication import basic
from app.api.problems import problems
from app.api.views import View
from app.core.access import CallerKind
from app.core.errors import InvalidRequest, NotSignedIn
from app.database import scope

PATHS = (
    "/v1/applications/token",
    "/api/public/v1/applications/token",
    "/api/public/applications/token",
    "/api/v1/applications/token",
    "/applications/token",
)

router = APIRouter(tags=["Applications"])


class TokenView(View):
    """Units: `expires_in` seconds. Shape: snake case, as OAuth has it."""

    access_token: str = Field(serialization_alias="access_token")
    token_type: str = Field("Bearer", serialization_alias="token_type")
    expires_in: int = Field(LIFETIME_S, serialization_alias="expires_in")


_ASKED = {
    "type": "object",
    "required": ["client_id", "client_secret"],
    "properties": {
        "client_id": {"type": "string"},
        "client_secret": {"type": "string"},
        "grant_type": {"type": "string", "enum": ["client_credentials"]},
    },
}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": _ASKED},
            "application/x-www-form-urlencoded": {"schema": _ASKED},
        },
    }
}


async def create_token(_: SigningIn, request: Request) -> TokenView:
    """A bearer token for a client id and its secret, as JSON, as a form, or in a Basic header."""
    client_id, secret = await _shown(request)
    try:
        with scope.everything():
            caller = await request.app.state.callers.by_secret(client_id, secret)
    except NotSignedIn:
        async with request.app.state.database.transaction() as session:
            await note_refused(request, session)
        raise
    tokens: Tokens = request.app.state.callers.tokens
    return TokenView(access_token=tokens.make(CallerKind.APPLICATION, caller.id))


def install(app: FastAPI) -> None:
    for number, path in enumerate(PATHS):
        app.add_api_route(
            path,
            create_token,
            methods=["POST"],
            operation_id="createToken",
            tags=["Applications"],
            responses=problems(NotSignedIn, InvalidRequest),
            openapi_extra=_BODY,
            include_in_schema=number == 0,
        )


async def _shown(request: Request) -> tuple[str, str]:
    given: Mapping[str, object]
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/x-www-form-urlencoded":
        given = dict(await request.form())
    else:
        given = _object(await request.body())
    client_id, secret = given.get("client_id"), given.get("client_secret")
    if isinstance(client_id, str) and isinstance(secret, str):
        return client_id, secret
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return basic(encoded)
    raise InvalidRequest(
        "client_id and client_secret are missing; they go into the body, as JSON or as a form."
    )


def _object(body: bytes) -> Mapping[str, object]:
    """Errors: InvalidRequest."""
    try:
        found = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise InvalidRequest("The body is no JSON object, and no form.")
    return found
