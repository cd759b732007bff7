"""The operations of Airbyte's public API that Atlas does not have: each answers that it has not, with 501.

Included last: an operation that Atlas comes to have is found before it.
"""

from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request

from app.api.access import Anybody, Viewer
from app.api.problems import problems
from app.core.errors import NotInAtlas, PathNotFound

router = APIRouter(responses=problems(NotInAtlas))
root_router = APIRouter()

_OPERATIONS = (
    ("POST", "/sources/initiateOAuth"),
    ("PUT", "/workspaces/{workspaceId}/oauthCredentials"),
    ("DELETE", "/workspaces/{workspaceId}/oauthCredentials"),
    ("PUT", "/organizations/{organizationId}/oauthCredentials"),
    ("DELETE", "/organizations/{organizationId}/oauthCredentials"),
    ("GET", "/permissions"),
    ("POST", "/permissions"),
    ("GET", "/permissions/{permissionId}"),
    ("PATCH", "/permissions/{permissionId}"),
    ("DELETE", "/permissions/{permissionId}"),
    ("GET", "/users"),
    ("POST", "/workspaces/{workspaceId}/definitions/sources"),
    ("PUT", "/workspaces/{workspaceId}/definitions/sources/{definitionId}"),
    ("DELETE", "/workspaces/{workspaceId}/definitions/sources/{definitionId}"),
    ("POST", "/workspaces/{workspaceId}/definitions/destinations"),
    ("PUT", "/workspaces/{workspaceId}/definitions/destinations/{definitionId}"),
    ("DELETE", "/workspaces/{workspaceId}/definitions/destinations/{definitionId}"),
    ("POST", "/workspaces/{workspaceId}/definitions/declarative_sources"),
    ("PUT", "/workspaces/{workspaceId}/definitions/declarative_sources/{definitionId}"),
    ("DELETE", "/workspaces/{workspaceId}/definitions/declarative_sources/{definitionId}"),
)
"""Source: the groups of Airbyte's public API."""
_GROUPS = (
    "config_templates",
    "connector_definitions",
    "dataplanes",
    "embedded",
    "groups",
    "regions",
    "scim",
)
"""Groups of which Atlas has nothing: whatever is asked for in them is Airbyte's."""
_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def _refusing(method: str, path: str) -> Callable[[Viewer], Awaitable[None]]:
    async def not_in_atlas(caller: Viewer) -> None:
        raise NotInAtlas(f"Atlas does not have {method} {path} of Airbyte's API.")

    return not_in_atlas


for _method, _path in _OPERATIONS:
    router.add_api_route(
        _path, _refusing(_method, _path), methods=[_method], include_in_schema=False
    )


async def _nothing_of_the_group(caller: Viewer, request: Request) -> None:
    raise NotInAtlas(f"Atlas does not have {request.method} {request.url.path} of Airbyte's API.")


for _path in (f"/{group}{rest}" for group in _GROUPS for rest in ("", "/{rest:path}")):
    router.add_api_route(_path, _nothing_of_the_group, methods=_METHODS, include_in_schema=False)


@root_router.post("/jobs", include_in_schema=False)
async def jobs_at_the_root(_: Anybody) -> None:
    """What a client meets whose host lacks the path, as in Airflow connections of an older form; one that
    reads meets the dashboard (`api/dashboard.py`), which says the same."""
    raise PathNotFound(
        "There are no jobs at the root: the host of an Airbyte client must end with /api/public/v1."
    )
