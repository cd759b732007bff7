"""ETag, If-Match, If-None-Match: who edits what somebody else has edited meanwhile is told, and nothing is lost.

Source: RFC 9110, 8.8.3 and 13.
"""

import re
from hashlib import sha256
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Request, Response

from app.api.views import View
from app.core.errors import EditedMeanwhile

AnyView = TypeVar("AnyView", bound=View)

_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e]*)"')


class Unmodified(Exception):
    """The client has what there is."""

    def __init__(self, tag: str) -> None:
        self.tag = tag


class Editing:
    """What a request says of the version that it knows, and its answer of the one there is.

    Shape: a tag is `"{edited}.{shown}"`: of what can be edited, and of all that is shown. Time alone moves some
           of the latter (`nextRunAt`), so an edit is compared by the first part, and a look by both.
    """

    def __init__(self, request: Request, response: Response) -> None:
        self.request, self.response = request, response

    def shown(self, view: AnyView, *, edited: View | None = None) -> AnyView:
        """A view on its way out, with its tag. Errors: Unmodified where a look knows it already."""
        tag = tag_of(view, edited)
        known = self.request.headers.get("if-none-match")
        if self.request.method == "GET" and known is not None and _names(known, tag, whole=True):
            raise Unmodified(tag)
        self.response.headers["ETag"] = tag
        return view

    def require(self, view: View, *, edited: View | None = None) -> None:
        """Let an edit go on that names no version, or the one there is; its transaction holds the row by now.

        Errors: EditedMeanwhile.
        """
        known = self.request.headers.get("if-match")
        if known is None or known.strip() == "*":
            return
        tag = tag_of(view, edited)
        if not _names(known, tag, whole=False):
            raise EditedMeanwhile("If-Match names a version that is no more.", etag=tag)


def tag_of(view: View, edited: View | None = None) -> str:
    """The tag of what is shown. Shape: `edited` is the part of it that somebody edits; all of it if none is named."""
    return f'"{_digest(view if edited is None else edited)}.{_digest(view)}"'


def install(app: FastAPI) -> None:
    @app.exception_handler(Unmodified)
    async def unmodified(request: Request, known: Unmodified) -> Response:
        return Response(status_code=304, headers={"ETag": known.tag})


def _digest(view: View) -> str:
    return sha256(view.model_dump_json(by_alias=True).encode()).hexdigest()[:16]


def _names(header: str, tag: str, *, whole: bool) -> bool:
    """Whether a list of tags names this one. Shape: `*` names any."""
    if header.strip() == "*":
        return True
    ours = tag.strip('"')
    given = _TAG.findall(header)
    return ours in given if whole else ours.partition(".")[0] in {
        each.partition(".")[0] for each in given
    }  # fmt: skip


Edited = Annotated[Editing, Depends(Editing)]
