"""How the Config API's operations are found: by POST, with a slash at the end of the path or without."""

from collections.abc import Callable
from typing import Any, TypeVar

from fastapi import APIRouter

from app.api.problems import problems
from app.core.errors import AtlasError

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


def post(
    router: APIRouter, path: str, operation_id: str, *errors: type[AtlasError]
) -> Callable[[Endpoint], Endpoint]:
    """Let an endpoint answer at both paths: clients that follow no redirect ask at either."""

    def at_both(endpoint: Endpoint) -> Endpoint:
        declared = problems(*errors)
        router.post(path, operation_id=operation_id, responses=declared)(endpoint)
        router.post(f"{path}/", include_in_schema=False)(endpoint)
        return endpoint

    return at_both
