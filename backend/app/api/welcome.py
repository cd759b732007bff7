"""/welcome: where a link leads by which a user sets his password; a page of plain HTML, without scripts."""

from html import escape

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from app.access import passwords, sessions
from app.api.access import SigningIn
from app.api.audit_trail import note_link_followed, note_refused
from app.api.public.session import keep
from app.core.errors import InvalidRequest, LinkUsed

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>Welcome to Atlas</title>
<style>
  body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; min-height: 100vh; display: grid; place-items: center;
         background: #f4f6f8; color: #17212b; }}
  main {{ background: #fff; padding: 2rem 2.5rem; border-radius: 12px; width: min(24rem, 100vw - 5rem);
         box-shadow: 0 1px 3px #0002, 0 8px 30px #0001; }}
  h1 {{ font-size: 1.35rem; margin: 0 0 .5rem; }}
  label {{ display: block; margin: 1.25rem 0 .35rem; font-weight: 600; }}
  input {{ font: inherit; width: 100%; box-sizing: border-box; padding: .55rem .7rem; border: 1px solid #b7c2cc;
          border-radius: 8px; }}
  button {{ font: inherit; margin-top: 1.25rem; width: 100%; padding: .6rem; border: 0; border-radius: 8px;
           background: #1f6feb; color: #fff; font-weight: 600; cursor: pointer; }}
  .wrong {{ color: #b42318; font-weight: 600; }}
  @media (prefers-color-scheme: dark) {{
    body {{ background: #10161c; color: #e6edf3; }} main {{ background: #18212a; }}
    input {{ background: #10161c; color: inherit; border-color: #3a4754; }} .wrong {{ color: #ff8a80; }}
  }}
</style>
</head>
<body><main>
<h1>Welcome to Atlas</h1>
{content}
</main></body>
</html>"""
_FORM = """<p>This link is good once. Set the password that you will sign in with.</p>
{wrong}<form method="post">
<label for="password">Password, {shortest} characters or more</label>
<input id="password" name="password" type="password" autocomplete="new-password" minlength="{shortest}"
 maxlength="{longest}" required autofocus>
<button>Set the password and sign in</button>
</form>"""


_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
}
"""What the page needs beside what holds for all: its style, and to send its form home."""


def install(app: FastAPI) -> None:
    @app.get("/welcome/{token}", include_in_schema=False)
    async def page(token: str) -> HTMLResponse:
        """Shape: the same for every token: only who follows the link learns whether it is good."""
        return _page("")

    @app.post("/welcome/{token}", operation_id="followLink", include_in_schema=False)
    async def set_password(_: SigningIn, request: Request, token: str) -> Response:
        given = (await request.form()).get("password")
        try:
            async with request.app.state.database.transaction() as session:
                user_id = await sessions.follow_link(session, token, str(given or ""))
                opened = await sessions.start(session, user_id)
                caller = await request.app.state.callers.of_user(session, user_id)
                await note_link_followed(request, session, caller)
        except InvalidRequest as refused:
            return _page(refused.detail, status=422)
        except LinkUsed as used:
            async with request.app.state.database.transaction() as session:
                await note_refused(request, session)
            return HTMLResponse(
                _PAGE.format(content=f'<p class="wrong">{escape(used.detail)}</p>'),
                status_code=404,
                headers=_HEADERS,
            )
        answer = RedirectResponse("/", status_code=303)
        keep(answer, opened, request.app.state.settings)
        return answer


def _page(wrong: str, status: int = 200) -> HTMLResponse:
    said = f'<p class="wrong">{escape(wrong)}</p>\n' if wrong else ""
    form = _FORM.format(wrong=said, shortest=passwords.SHORTEST, longest=passwords.LONGEST)
    return HTMLResponse(_PAGE.format(content=form), status_code=status, headers=_HEADERS)
