"""What Airbyte's Config API has and Atlas does not: each operation answers that it has not, with 501.

Included last: an operation that Atlas comes to have is found before it. Source: Airbyte's Config API.
"""

from collections.abc import Mapping

from fastapi import APIRouter, Request

from app.api.access import Viewer
from app.core.errors import NotInAtlas

router = APIRouter()

_GROUPS = (
    "actor_definition_versions", "attempt", "connector_builder_projects", "connector_contribution",
    "connector_documentation", "dataplane_groups", "dataplanes", "declarative_source_definitions", "deployment",
    "destination_definition_specifications", "destination_definitions", "destination_oauths", "diagnostic_tool",
    "instance_configuration", "logs", "notifications", "openapi", "operations", "organizations", "permissions",
    "scheduler", "scoped_configuration", "secret_storage", "secrets_persistence_config", "signal",
    "source_definition_specifications", "source_definitions", "source_oauths", "stream_statuses", "streams",
    "user_invitations", "users", "workspaces",
)  # fmt: skip
"""Groups of which Atlas has nothing: whatever is asked for in them is Airbyte's."""
_OPERATIONS: Mapping[str, tuple[str, ...]] = {
    "applications": ("create", "delete", "list"),
    "connections": (
        "apply_schema_change", "clear", "clear/stream", "create", "data_history", "delete", "events/get", "events/list",
        "last_job_per_stream", "list", "list_all", "list_paginated", "refresh", "reset", "reset/stream", "search",
        "status", "stream_history", "update", "uptime_history",
    ),
    "destinations": (
        "check_connection_for_update", "clone", "create", "delete", "get", "list", "list_paginated", "partial_update",
        "search", "update", "upgrade_version",
    ),
    "jobs": (
        "create", "get_debug_info", "get_last_replication_job", "get_light", "get_normalization_status",
        "get_without_logs", "list_for_workspaces",
    ),
    "sources": (
        "check_connection_for_update", "clone", "create", "delete", "discover_schema", "get", "list", "list_paginated",
        "most_recent_source_actor_catalog", "partial_update", "search", "update", "upgrade_version",
    ),
    "state": ("create_or_update",),
    "web_backend": (
        "check_updates", "connections/create", "connections/list", "cron_expression/describe", "geographies/list",
        "state/get_type", "workspace/state",
    ),
}  # fmt: skip
"""What Atlas lacks of groups of which it has something: what is in neither is nobody's, and not found."""


async def not_in_atlas(caller: Viewer, request: Request) -> None:
    path = request.url.path.rstrip("/")
    raise NotInAtlas(f"Atlas does not have {request.method} {path} of Airbyte's Config API.")


for _path in (
    *(f"/{group}/{{operation:path}}" for group in _GROUPS),
    *(f"/{group}/{name}" for group, names in _OPERATIONS.items() for name in names),
    *(f"/{group}/{name}/" for group, names in _OPERATIONS.items() for name in names),
):
    router.add_api_route(_path, not_in_atlas, methods=["POST"], include_in_schema=False)
