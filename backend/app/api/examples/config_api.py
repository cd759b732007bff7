"""Airbyte's older API: a job that was cancelled, and a connection with its catalog."""

from app.api.examples.example import CONNECTION, Example, Json
from app.api.examples.service import DESTINATION_VIEW
from app.api.examples.syncing import CONNECTION_VIEW, SOURCE_VIEW

_CONFIG: Json = {"syncMode": "full_refresh", "destinationSyncMode": "append", "selected": True}
_STREAM: Json = {
    "name": "orders",
    "jsonSchema": {"type": "object", "properties": {"id": {"type": "integer"}}},
    "supportedSyncModes": ["full_refresh", "incremental"],
}
_AS_ELSEWHERE = (
    "connectionId", "name", "sourceId", "destinationId", "workspaceId", "status", "prefix",
    "namespaceDefinition", "createdAt", "tags",
)  # fmt: skip

EXAMPLES: dict[str, Example] = {
    "configCancelJob": Example(
        {
            "job": {
                "id": 42,
                "configType": "sync",
                "configId": CONNECTION,
                "createdAt": 1_795_000_000,
                "updatedAt": 1_795_000_012,
                "status": "cancelled",
            },
            "attempts": [],
        },
        {"id": 42},
    ),
    "configPutCatalog": Example(
        {
            **{name: CONNECTION_VIEW[name] for name in _AS_ELSEWHERE},
            "scheduleType": "manual",
            "nonBreakingChangesPreference": "ignore",
            "syncCatalog": {"streams": [{"stream": _STREAM, "config": _CONFIG}]},
            "source": SOURCE_VIEW,
            "destination": DESTINATION_VIEW,
            "isSyncing": False,
        },
        {
            "connectionId": CONNECTION,
            "syncCatalog": {"streams": [{"stream": {"name": "orders"}, "config": _CONFIG}]},
            "skipReset": True,
        },
    ),
}
