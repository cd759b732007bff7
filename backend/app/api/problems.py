"""AtlasError to problem details. Source: RFC 9457."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.core.errors import AtlasError, Failure, NotFound, SyncAlreadyRunning

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
CONFIG_API = "/api/v1/"
_RETRY_AFTER_S = 5
_REFERENCE = "https://reference.airbyte.com/reference/errors"
_TYPES: Mapping[str, str] = {
    "invalid-api-key": f"{_REFERENCE}#invalid-api-key",
    "forbidden": f"{_REFERENCE}#forbidden",
    "try-again-later": f"{_REFERENCE}#try-again-later",
    "state-conflict": f"{_REFERENCE}#409-state-conflict",
    "cron-validation-expression": "error:cron-validation/invalid-expression",
    "cron-validation-time-zone": "error:cron-validation/invalid-timezone",
    "connection-locked": "error:connection/locked",
    "not-implemented-in-oss": "error:implementation/not-implemented-in-oss",
}
"""The types that Airbyte's clients tell problems by, where Atlas's problem is the same. Source: its problems' spec."""


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
        if _is_config_api(request):
            return _older_form(
                "The request is not as this operation takes it.", 422, "ValidationError", errors
            )
        return problem(
            request, 422, "unprocessable-entity", "unprocessable-entity",
            "The request is not as this operation takes it.", {"errors": errors},
        )  # fmt: skip

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: HTTPException) -> JSONResponse:
        title = str(error.detail)
        slug = title.lower().replace(" ", "-")
        answer = problem(request, error.status_code, slug, title, title, {})
        answer.headers.update(error.headers or {})
        return answer

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
    request.state.is_passing = error.failure is Failure.TRANSIENT
    members: dict[str, object] = {_camel(name): fact for name, fact in error.facts.items()}
    if error.hint:
        members["hint"] = error.hint
    if _is_config_api(request):
        answer = _older_form(error.detail, error.status, type(error).__name__)
    else:
        answer = problem(
            request, error.status, error.slug, error.title, error.detail, members, _data(error)
        )
    if request.state.is_passing and error.status in (409, 503):
        answer.headers["Retry-After"] = str(_RETRY_AFTER_S)
    return answer


def problem(
    request: Request,
    status: int,
    slug: str,
    title: str,
    detail: str,
    members: Mapping[str, object],
    data: Mapping[str, object] | None = None,
) -> JSONResponse:
    """Shape: `data.message` repeats the detail, where Airbyte's clients look for it."""
    if _is_config_api(request):
        return _older_form(detail, status, slug)
    request_id = getattr(request.state, "request_id", None)
    body = {
        "type": type_of(slug),
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.url.path,
        "data": {"message": detail, **(data or {})},
        **({"requestId": request_id} if request_id else {}),
        **members,
    }
    return JSONResponse(body, status_code=status, media_type=MEDIA_TYPE)


def type_of(slug: str) -> str:
    """The type by which clients know a problem: Airbyte's own where it has one."""
    return _TYPES.get(slug, f"/problems/{slug}")


def _data(error: AtlasError) -> Mapping[str, object]:
    """What Airbyte's clients look for in `data`: what was not found, or the job that is in the way."""
    if isinstance(error, NotFound):
        kind = error.slug.removesuffix("-not-found").replace("-", "_")
        resource = error.facts.get(f"{kind}_id")
        return {} if resource is None else {"resourceType": kind, "resourceId": str(resource)}
    if isinstance(error, SyncAlreadyRunning) and error.facts.get("job_id") is not None:
        return {"jobId": error.facts["job_id"]}
    return {}


def _is_config_api(request: Request) -> bool:
    return request.url.path.startswith(CONFIG_API)


def _older_form(
    message: str, status: int, name: str, errors: Sequence[Mapping[str, str]] = ()
) -> JSONResponse:
    """A failure as the Config API writes it. Source: Airbyte's KnownExceptionInfo."""
    body: dict[str, object] = {
        "message": message,
        "exceptionClassName": name,
        "exceptionStack": [],
        "rootCauseExceptionStack": [],
    }
    if errors:
        body["validationErrors"] = [
            {"propertyPath": wrong["pointer"], "message": wrong["detail"]} for wrong in errors
        ]
    return JSONResponse(body, status_code=status)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
