"""The OpenAPI document: what FastAPI reads from the operations, and what holds for every request beside it."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api import queries
from app.api.access import Needs
from app.api.authentication import COOKIE, CSRF_HEADER
from app.api.examples import all_examples
from app.api.examples.example import Example
from app.api.problems import CONFIG_API, MEDIA_TYPE, problems
from app.api.routing import documented, operations_of
from app.core import errors, refusals
from app.core.errors import AtlasError

Object = dict[str, Any]  # JSON, as the document has it

METHODS = ("get", "post", "put", "patch", "delete")

TAGS = {
    "Overview": "How all connections stand: what is broken, late, unsafe or waiting.",
    "Jobs": "Syncs, refreshes, rebuilds and what else is done to a connection's streams: start, follow, cancel.",
    "Sources": "Where records come from: a connector and its configuration.",
    "Destinations": "Where they go: Atlas's own layers, as Airbyte's clients know a destination.",
    "Connections": "A source with the streams that are read of it, and how; their tables, and what explore keeps.",
    "Remotes": "Airbytes elsewhere that Atlas drives: what is there, what is imported, and who moves it from now on.",
    "Schedules": "When a connection's jobs begin, which ticks come next, and what became of those before.",
    "Job terms": "In which queue, how long and how often again jobs are tried.",
    "Notifications": "Who is told of failures, recoveries, new schemas and quarantine, and whether it arrived.",
    "Queue": "What waits, and who works.",
    "Schema": "What a source has changed, and what may become of a column.",
    "Datasets": "What was published: columns, freshness, quality, rows as of a moment, and where a cell comes from.",
    "Quarantine": "Records that were kept out, with their reasons; corrected, waived, replayed.",
    "Connectors": "Airbyte's sources: search, what each wants to be told, how it runs here, installing, checking, discovering.",
    "Connector definitions": "The same connectors, as Airbyte's API names them.",
    "Streams": "What a source offers.",
    "State": "How far a source was read: versions, what differs, and going back to one.",
    "Personal data": "Which columns hold what, by which evidence, how it is shown, and a person's word on it.",
    "Quality": "Checks, their results, and scores by dimension over time.",
    "Lineage": "Events as OpenLineage has them, and the graph of what was recorded.",
    "Workspaces": "What keeps tenants apart.",
    "Transformations": "dbt projects that are built by themselves or after a sync: runs, results a model and test, logs, artifacts.",
    "Organizations": "The one that there is.",
    "Tags": "Words on connections.",
    "Applications": "Programs that may ask, and tokens for them.",
    "Users": "People who may sign in.",
    "Session": "Who asks; signing in and out.",
    "Audit": "Who did what, and who looked.",
    "System": "Versions, workers, disk, settings, and what `atlas doctor` looks at.",
    "Config API": "The calls of Airbyte's older API that its clients make.",
    "Health": "Whether Atlas works, measured.",
}

_PROBLEM: Object = {
    "title": "Problem",
    "description": "What went wrong (RFC 9457). Members beside these are facts of the failure.",
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "data"],
    "properties": {
        "type": {
            "type": "string",
            "description": "/problems/ and a slug: docs/problems.md has all.",
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "For a person."},
        "instance": {"type": "string", "description": "The path that was asked for."},
        "requestId": {"type": "string", "description": "Stands in the log, and in X-Request-Id."},
        "hint": {"type": "string", "description": "What can be done about it."},
        "data": {
            "type": "object",
            "description": "The detail once more, where Airbyte's clients look for it.",
            "required": ["message"],
            "properties": {"message": {"type": "string"}},
        },
        "errors": {
            "type": "array",
            "description": "Where the request is not as the operation takes it.",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": "/problems/connection-not-found",
        "title": "resource-not-found",
        "status": 404,
        "detail": "No connection has this id.",
        "instance": "/v1/connections/99999999-9999-4999-9999-999999999999",
        "requestId": "0f6e3c1a-6a52-4a70-b0a4-f22b2a7f1c11",
        "data": {"message": "No connection has this id."},
        "connectionId": "99999999-9999-4999-9999-999999999999",
    },
}
_OF_ANY = (
    refusals.RequestMalformed,
    refusals.UrlTooLong,
    refusals.TooManyRequests,
    refusals.HeadersTooLarge,
)
_OF_KNOWN = (errors.NotSignedIn, errors.Forbidden)
_OF_PLACES = (errors.NotFound,)
_WITH_A_BODY = (refusals.RequestTimeout, refusals.BodyTooLarge, refusals.MediaTypeNotSupported)
_WITH_A_KEY = (
    refusals.IdempotencyKeyInvalid,
    refusals.IdempotencyKeyReused,
    refusals.RequestUnderWay,
)
_OFTEN = 4
_ROLE = "x-atlas-role"
_SCHEMES: Object = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of POST /v1/applications/token, or of `atlas token`.",
    },
    "basic": {
        "type": "http",
        "scheme": "basic",
        "description": "An application's client id and its secret.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": COOKIE,
        "description": "The dashboard's session: POST /v1/session sets it.",
    },
    "csrf": {
        "type": "apiKey",
        "in": "header",
        "name": CSRF_HEADER,
        "description": "The session's csrfToken: beside the cookie where something is changed.",
    },
}


def install(app: FastAPI) -> None:
    """Let the app show the whole document. Shape: made when it is first asked for."""

    def shown() -> Object:
        if app.openapi_schema is None:
            document = described(
                get_openapi(
                    title=app.title,
                    version=app.version,
                    description=app.description,
                    routes=documented(app.routes),
                    tags=[{"name": name, "description": said} for name, said in TAGS.items()],
                ),
                needed(app),
            )
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = shown  # type: ignore[method-assign]  # FastAPI's own way to extend it


_OLDER_PROBLEM: Object = {
    "title": "OlderProblem",
    "description": "What went wrong, as Airbyte's Config API says it.",
    "type": "object",
    "required": ["message", "exceptionClassName"],
    "properties": {
        "message": {"type": "string"},
        "exceptionClassName": {"type": "string"},
    },
}
_NEWER, _OLDER = (MEDIA_TYPE, "Problem"), ("application/json", "OlderProblem")


def needed(app: FastAPI) -> Mapping[str, Needs | None]:
    """What each operation wants of its caller, by its id; none of an operation that is anybody's."""
    return {
        operation.operation_id or operation.name: next(
            (
                each.call
                for each in operation.dependant.dependencies
                if isinstance(each.call, Needs)
            ),
            None,
        )
        for operation in operations_of(app.routes)
        if operation.include_in_schema
    }


def described(document: Object, callers: Mapping[str, Needs | None]) -> Object:
    """The document with what middleware adds to operations: who may call, headers, problems, and examples."""
    schemas = document["components"]["schemas"]
    for name, found in queries.components().items():
        schemas.setdefault(name, found)
    document["components"]["securitySchemes"] = _SCHEMES
    for schema in schemas.values():
        _drop_titles(schema)
    examples = all_examples()
    schemas |= {"Problem": _PROBLEM, "OlderProblem": _OLDER_PROBLEM}
    for path, operation, method in operations(document):
        _add_caller(operation, method, callers[operation["operationId"]])
        _add_problems(path, operation, method)
        _add_headers(document["paths"][path], operation, method)
        if operation["operationId"] in examples:
            _add_example(operation, examples[operation["operationId"]])
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    _share_problems(document)
    return document


def _drop_titles(schema: Object) -> None:
    """The members' names again, in other letters."""
    for member in schema.get("properties", {}).values():
        member.pop("title", None)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, Object, str]]:
    """The operations with their paths and methods."""
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield path, methods[method], method


def _add_caller(operation: Object, method: str, needs: Needs | None) -> None:
    """Shape: `x-atlas-role` is the least role, `x-atlas-everywhere` where it must be in all workspaces; neither of
    what is anybody's."""
    if needs is None:
        operation["security"] = []
        return
    by_cookie: Sequence[str] = ("session",) if method == "get" else ("session", "csrf")
    operation["security"] = [{"bearer": []}, {"basic": []}, {name: [] for name in by_cookie}]
    operation[_ROLE] = needs.role.value
    if needs.everywhere:
        operation["x-atlas-everywhere"] = True


def _add_problems(path: str, operation: Object, method: str) -> None:
    of_any: list[type[AtlasError]] = [*_OF_ANY]
    if operation["security"] or method == "post":  # who signs in shows who he is as well
        of_any += _OF_KNOWN
    if "{" in path:
        of_any += _OF_PLACES
    if "requestBody" in operation:
        of_any += _WITH_A_BODY
    if method == "post":
        of_any += _WITH_A_KEY
    answers = operation["responses"]
    for status, declared in problems(*of_any).items():
        answers.setdefault(str(status), declared)
    if "422" in answers:
        answers["422"] = {"description": "The request is not as this operation takes it"}
    for status, answer in answers.items():
        if int(status) >= 400 and "application/json" not in answer.get("content", {}):
            kind, form = _OLDER if path.startswith(CONFIG_API) else _NEWER
            answer["content"] = {kind: {"schema": {"$ref": f"#/components/schemas/{form}"}}}
    operation["responses"] = dict(sorted(answers.items()))


def _share_problems(document: Object) -> None:
    """Let what many operations answer stand once. Shape: `TooManyRequests`, or with a number where there are more."""
    found = [
        (answers, status, json.dumps(answer, sort_keys=True))
        for _, operation, _ in operations(document)
        for answers in (operation["responses"],)
        for status, answer in answers.items()
        if int(status) >= 400
    ]
    counts = Counter(text for _, _, text in found)
    names: dict[str, str] = {}
    shared = document["components"].setdefault("responses", {})
    for answers, status, text in found:
        if counts[text] < _OFTEN:
            continue
        if text not in names:
            phrase = HTTPStatus(int(status)).phrase.title()
            name = "".join(filter(str.isalpha, phrase))
            alike = sum(known.rstrip("0123456789") == name for known in shared)
            names[text] = f"{name}{alike + 1}" if alike else name
            shared[names[text]] = answers[status]
        answers[status] = {"$ref": f"#/components/responses/{names[text]}"}


def _add_headers(methods: Mapping[str, Object], operation: Object, method: str) -> None:
    if method == "post":
        _add_header(
            operation, "Idempotency-Key", "Sent again with it, the request is done once.", 255
        )
    if "412" in operation["responses"]:
        _add_header(
            operation,
            "If-Match",
            "The ETag that was read: who has edited since is not overwritten.",
        )
    is_edited = any("412" in other["responses"] for other in methods.values())
    if is_edited and method != "delete" and "200" in operation["responses"]:
        operation["responses"]["200"]["headers"] = {
            "ETag": {"description": "Of this version.", "schema": {"type": "string"}}
        }
    if is_edited and method == "get":
        _add_header(operation, "If-None-Match", "The ETag of what one has: 304 if it is the same.")
        operation["responses"]["304"] = {"description": "What If-None-Match names is what there is"}


def _add_header(operation: Object, name: str, said: str, most: int | None = None) -> None:
    schema: Object = {"type": "string"}
    if most is not None:
        schema |= {"minLength": 1, "maxLength": most, "pattern": r"^[\x20-\x7e]+$"}
    operation.setdefault("parameters", []).append(
        {"name": name, "in": "header", "required": False, "description": said, "schema": schema}
    )


def _add_example(operation: Object, example: Example) -> None:
    if "requestBody" in operation and example.body is not None:
        operation["requestBody"]["content"]["application/json"]["example"] = example.body
    for status, answer in operation["responses"].items():
        content = answer.get("content", {})
        shown = content.get("application/json") or content.get("text/plain")
        if status.startswith("2") and shown is not None and example.answer is not None:
            shown["example"] = example.answer
