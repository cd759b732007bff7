"""Writes docs/settings.md, docs/problems.md and docs/openapi.json from the code: `make docs`."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from app.api.app import build_app
from app.core import errors, failures, refusals, remote_failures
from app.core.errors import AtlasError
from app.core.settings import Settings

DOCS = Path(__file__).parents[1] / "docs"


def settings() -> str:
    lines = [
        "# Settings",
        "",
        "Environment variables, read once at the start. Made by `make docs` from `core/settings.py`.",
        "",
        "| variable | default | meaning |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        default = "" if field.default in (None, "") else f"`{field.default}`"
        lines.append(f"| `{Settings.variable(name)}` | {default} | {field.description} |")
    return "\n".join(lines) + "\n"


def problems() -> str:
    lines = [
        "# Problems",
        "",
        "Every failure has a `type` of `/problems/{slug}` (RFC 9457), on the API, in a failed job and in a",
        "lineage event. `failure` says who can mend it: `config_error` you, `transient_error` time (Atlas",
        "tries again by itself), `system_error` whoever runs or wrote Atlas. Made by `make docs`.",
        "",
        "A problem says in `requestId` which line of the log it belongs to, and in `hint` what to do, where somebody can.",
        "",
        "| slug | status | failure | what happened | what to do |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| `{error.slug}` | {error.status} | `{error.failure}` | {error.title} | {error.hint} |"
        for error in sorted(_children(), key=lambda error: error.slug)
    ]
    return "\n".join(lines) + "\n"


def openapi() -> str:
    """The API's document, as `/openapi.json` answers it."""

    @asynccontextmanager
    async def nothing(app: FastAPI) -> AsyncIterator[None]:
        yield

    document = build_app(nothing, Settings.model_construct()).openapi()
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def _children() -> list[type[AtlasError]]:
    """The failures, one a slug: of several classes with one slug the first."""
    found: dict[str, type[AtlasError]] = {}
    for error in (vars(errors) | vars(refusals) | vars(failures) | vars(remote_failures)).values():
        if isinstance(error, type) and issubclass(error, AtlasError):
            found.setdefault(error.slug, error)
    return list(found.values())


if __name__ == "__main__":
    (DOCS / "settings.md").write_text(settings(), "utf-8")
    (DOCS / "problems.md").write_text(problems(), "utf-8")
    (DOCS / "openapi.json").write_text(openapi(), "utf-8")
