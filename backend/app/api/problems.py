"""AtlasError to problem details. Source: RFC 9457."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import AtlasError, Failure

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 5


def problems(*errors: type[AtlasError]) -> dict[int | str, dict[str, Any]]:
    """What an endpoint declares that it can answer beside success."""
    declared: dict[int | str, dict[str, Any]] = {}
    for error in errors:
        entry = declared.setdefault(
            error.status, {"description": error.title, "content": {MEDIA_TYPE: {}}}
        )
        if error.title not in entry["description"]:
            entry["description"] += f"; {error.title}"
    return declared


def install(app: FastAPI) -> None:
    """Answer every failure as a problem; what is no AtlasError is a 500 with no inner text."""

    @app.exception_handler(AtlasError)
    async def known(request: Request, error: AtlasError) -> JSONResponse:
        return answer_to(request, error)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> JSONResponse:
        errors = [
            {
                "pointer": "/" + "/".join(str(part) for part in wrong["loc"][1:]),
                "detail": wrong["msg"],
            }
            for wrong in error.errors()
        ]
        return problem(
            request, 422, "unprocessable-entity", "unprocessable-entity",
            "The request is not as this operation takes it.", {"errors": errors},
        )  # fmt: skip

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        title = str(error.detail)
        slug = title.lower().replace(" ", "-")
        return problem(request, error.status_code, slug, title, title, {})

    @app.exception_handler(Exception)
    async def unknown(request: Request, error: Exception) -> JSONResponse:
        log.error("request_broke", path=request.url.path, error=type(error).__name__)
        return problem(
            request,
            500,
            AtlasError.slug,
            AtlasError.title,
            "The log of this process says more.",
            {},
        )


def answer_to(request: Request, error: AtlasError) -> JSONResponse:
    """The problem that an error is. Shape: what time mends says when to come again."""
    data = {_camel(name): value for name, value in error.facts.items()}
    answer = problem(request, error.status, error.slug, error.title, error.detail, data)
    if error.status == 503 and error.failure is Failure.TRANSIENT:
        answer.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return answer


def problem(
    request: Request, status: int, slug: str, title: str, detail: str, members: Mapping[str, object]
) -> JSONResponse:
    """Shape: `data.message` repeats the detail, where Airbyte's clients look for it."""
    body = {
        "type": f"/problems/{slug}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "data": {"message": detail},
        **members,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
