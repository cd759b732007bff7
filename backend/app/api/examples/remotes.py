"""An Airbyte elsewhere: what is there, what was imported, and how it moves to Atlas's own engine."""

from app.api.examples.example import Example, Json
from app.api.examples.syncing import CONNECTION_VIEW

_REMOTE = "c0f1a2b3-4c5d-4e6f-8a7b-9c0d1e2f3a4b"
_THERE = "9d1e2f3a-5b6c-4d7e-8f90-a1b2c3d4e5f6"
_POLICY: Json = {
    "minRows": 1,
    "history": 14,
    "freshness": [{"table": "raw.orders", "column": "_airbyte_extracted_at", "maxAgeS": 3_600.0}],
    "allowUnverified": False,
    "retryUnverified": True,
    "whenRunning": "attach",
    "cancelOnDeadline": False,
    "maxRetries": 2,
}
_LINKED: Json = {
    "engine": "airbyte_cloud",
    "remoteId": _REMOTE,
    "remoteConnectionId": _THERE,
    "facts": {
        "source": "shop",
        "sourceType": "postgres",
        "destination": "warehouse",
        "destinationType": "snowflake",
        "schedule": "atlas",
        "missing": [],
    },
    "policy": _POLICY,
    "profile": {"kind": "postgres", "dsn": "**********"},
    "runs": [
        {
            "remoteId": _REMOTE,
            "connectionId": _THERE,
            "jobId": 9_001,
            "status": "succeeded",
            "adopted": False,
            "rows": 120_000,
            "bytes": 61_000_000,
            "startedAt": "2026-12-01T06:00:03Z",
            "seenAt": "2026-12-01T06:14:40Z",
            "verification": "verified",
            "reasons": [],
            "atlasJobId": 42,
        }
    ],
}
_MOVE: Json = {
    "engine": "airbyte_cloud",
    "to": "local",
    "connector": "source-postgres",
    "isInstalled": True,
    "missing": [],
    "states": ["orders", "users"],
    "schedule": "0 0 6 * * ?",
    "goesOn": True,
    "blockers": [],
}

EXAMPLES: dict[str, Example] = {
    "checkRemote": Example(
        {"workspaces": [{"workspaceId": _THERE, "name": "Analytics"}], "hasConfigApi": True}
    ),
    "listRemoteConnections": Example(
        {
            "previous": "",
            "next": "",
            "data": [
                {
                    "remoteConnectionId": _THERE,
                    "name": "shop to warehouse",
                    "status": "active",
                    "schedule": "cron",
                    "streams": 14,
                    "connectionId": CONNECTION_VIEW["connectionId"],
                }
            ],
        }
    ),
    "importRemoteConnections": Example(
        {
            "data": [
                {
                    "remoteConnectionId": _THERE,
                    "connection": CONNECTION_VIEW,
                    "missing": [],
                    "schedule": "atlas",
                }
            ]
        },
        {"connectionIds": [_THERE], "schedule": "atlas"},
    ),
    "getConnectionRemote": Example(_LINKED),
    "putConnectionRemote": Example(
        _LINKED,
        {
            "policy": {"minRows": 1, "maxRetries": 2},
            "profile": {"kind": "postgres", "dsn": {"env": "WAREHOUSE_DSN"}},
        },
    ),
    "previewEngine": Example(_MOVE, {"engine": "local", "state": "take"}),
    "setEngine": Example(
        _MOVE | {"moved": [{"stream": "orders", "fate": "added"}]},
        {"engine": "local", "state": "take", "reason": "the contract ends"},
    ),
}
