"""/v1/session: who asks; signing in and out, for the dashboard."""

from uuid import UUID

from fastapi import APIRouter, Request, Response

from app.access import sessions, users
from app.access.sessions import OpenSession
from app.api.access import SigningIn, Viewer
from app.api.audit_trail import note_refused
from app.api.authentication import COOKIE
from app.api.dependencies import Settings, Transaction
from app.api.problems import answer_to, problems
from app.api.public.roles import RoleView
from app.api.views import AtlasBody, View
from app.core.access import Caller, Role
from app.core.errors import InvalidRequest, LinkUsed, NotSignedIn
from app.core.ids import WorkspaceId
from app.core.settings import Settings as AtlasSettings
from app.database.pool import Connection

router = APIRouter(prefix="/session", tags=["Session"])


class SignIn(AtlasBody):
    email: str
    password: str


class LinkFollowed(AtlasBody):
    token: str
    password: str


class SessionView(View):
    """Who asks. Shape: `csrfToken` of a session by cookie: it goes into `X-Atlas-CSRF` of each request that
    changes something."""

    kind: str
    id: str
    name: str
    roles: list[RoleView]
    csrf_token: str | None = None

    @classmethod
    def of(cls, caller: Caller, cookie: str | None) -> "SessionView":
        roles: dict[WorkspaceId | None, Role] = dict(caller.roles.items())
        if caller.everywhere:
            roles[None] = caller.everywhere
        return cls(
            kind=caller.kind.value,
            id=caller.id,
            name=caller.name,
            roles=RoleView.listed(roles),
            csrf_token=sessions.csrf_token_of(cookie) if cookie else None,
        )


@router.get("", operation_id="getSession", responses=problems(NotSignedIn))
async def get_session(caller: Viewer, request: Request) -> SessionView:
    """Who asks, and which roles he has where."""
    by_cookie = "authorization" not in request.headers
    return SessionView.of(caller, request.cookies.get(COOKIE) if by_cookie else None)


@router.post("", operation_id="signIn", response_model=SessionView, responses=problems(NotSignedIn))
async def sign_in(
    _: SigningIn,
    request: Request,
    response: Response,
    session: Transaction,
    settings: Settings,
    wanted: SignIn,
) -> SessionView | Response:
    """Sign in with e-mail address and password; the session is a cookie that scripts cannot read."""
    try:
        user_id = await users.authenticate(session, wanted.email, wanted.password)
    except NotSignedIn as refused:
        await note_refused(request, session, wanted.email)
        return answer_to(request, refused)  # raised, it would take the entry back
    return await _signed_in(request, response, session, settings, user_id)


@router.post(
    "/link",
    operation_id="followLink",
    response_model=SessionView,
    responses=problems(LinkUsed, InvalidRequest),
)
async def follow_link(
    _: SigningIn,
    request: Request,
    response: Response,
    session: Transaction,
    settings: Settings,
    wanted: LinkFollowed,
) -> SessionView | Response:
    """Set a password by a link, which is used up then, and be signed in."""
    try:
        user_id = await sessions.follow_link(session, wanted.token, wanted.password)
    except LinkUsed as refused:
        await note_refused(request, session)
        return answer_to(request, refused)
    return await _signed_in(request, response, session, settings, user_id)


@router.delete("", operation_id="signOut", status_code=204, responses=problems(NotSignedIn))
async def sign_out(
    caller: Viewer, request: Request, response: Response, session: Transaction
) -> None:
    """End the session of the cookie."""
    cookie = request.cookies.get(COOKIE)
    if cookie:
        await sessions.end(session, cookie)
        request.app.state.callers.forget()
    response.delete_cookie(COOKIE, path="/")


async def _signed_in(
    request: Request,
    response: Response,
    session: Connection,
    settings: AtlasSettings,
    user_id: UUID,
) -> SessionView:
    """A session of a user who has shown that he is it; the audit log has it as an act of his."""
    opened = await sessions.start(session, user_id)
    keep(response, opened, settings)
    caller = await request.app.state.callers.of_user(session, user_id)
    request.state.caller = caller
    return SessionView.of(caller, opened.token)


def keep(response: Response, opened: OpenSession, settings: AtlasSettings) -> None:
    """Put a session into its cookie."""
    response.set_cookie(
        COOKIE,
        opened.token,
        max_age=sessions.LIFETIME_H * 3_600,
        path="/",
        httponly=True,
        samesite="strict",
        secure=settings.is_https,
    )
