"""What is done about records that were kept out, schemas that changed, and streams that are read otherwise."""

from app.api.examples.example import CONNECTION, Example, Json
from app.api.examples.syncing import JOB_BEGUN

_WAIVERS: Json = {
    "data": [
        {
            "stream": "orders",
            "rule": "type:amount",
            "waivedBy": "user:4f0a1c7e-2b3d-4c5e-8f60-718293a4b5c6",
            "waivedAt": "2026-12-01T09:00:00Z",
        }
    ]
}
_TABLES: Json = {
    "stream": "orders",
    "read": False,
    "tables": [
        {"table": "explore.shop_orders_raw", "rows": 124_211, "estimated": True},
        {"table": "chart.shop_orders", "rows": 120_000, "estimated": True},
    ],
    "quarantined": 2,
    "state": True,
    "dependents": ["finale.receivables"],
}
_ADOPTION: Json = {"fromConnectionId": "7b1f0a4e-52d8-4c0b-9f0d-7c3f3d1b8a21"}
_ADOPTED: Json = {"data": [{"stream": "orders", "tables": _TABLES}]}

EXAMPLES: dict[str, Example] = {
    "previewJob": Example(
        {
            "jobType": "backfill",
            "streams": [
                {
                    "name": "orders",
                    "chart": "chart.shop_orders",
                    "history": "navigate.shop_orders",
                    "chartRows": 120_000,
                    "pastVersions": 4_211,
                    "unpublished": 0,
                }
            ],
            "backfill": {
                "bounds": ["2026-09-01", "2026-09-16", "2026-10-01"],
                "beginsAfter": "2026-09-01",
                "rows": 9_800,
            },
        },
        {
            "connectionId": CONNECTION,
            "jobType": "backfill",
            "atlas": {
                "streams": [{"name": "orders"}],
                "backfill": {"from": "2026-09-01", "to": "2026-10-01", "chunks": 2},
            },
        },
    ),
    "listJobEvents": Example(
        {
            "previous": "",
            "next": "",
            "data": [
                {
                    "eventId": 1_204,
                    "jobId": 42,
                    "kind": "job_running",
                    "at": "2026-12-01T06:00:00.212000Z",
                    "payload": {},
                },
                {
                    "eventId": 1_209,
                    "jobId": 42,
                    "attemptId": 57,
                    "kind": "range_published",
                    "at": "2026-12-01T06:00:31.100000Z",
                    "payload": {"stream": "users", "records": 1_000},
                },
            ],
        }
    ),
    "setStreamRead": Example(_TABLES, {"name": "orders", "read": False}),
    "dropTables": Example({"data": [_TABLES | {"state": False}]}, {}),
    "previewAdoption": Example(_ADOPTED, _ADOPTION),
    "adoptTables": Example(_ADOPTED, _ADOPTION),
    "adoptSchemaChange": Example(
        {
            "changeId": 9,
            "stream": "orders",
            "status": "adopted",
            "breaking": False,
            "changes": [
                {"kind": "added", "field": "discount", "willBe": "numeric", "breaking": False}
            ],
            "possibleRenames": [],
            "backfill": {
                "columns": ["discount"],
                "rows": 120_000,
                "versions": 124_211,
                "misfits": 0,
            },
            "version": 4,
            "foundAt": "2026-12-01T06:00:02Z",
            "decidedAt": "2026-12-01T09:00:00Z",
        },
        {"backfill": True},
    ),
    "putCheckColumns": Example(
        {
            "name": "users",
            "syncMode": "incremental_deduped_history",
            "cursorField": ["updated_at"],
            "primaryKey": [["id"]],
            "atlas": {"nested": "json", "checkCols": ["email", "plan"], "leftOut": []},
        },
        {"stream": "users", "checkCols": ["email", "plan"]},
    ),
    "createReplay": Example(
        {**JOB_BEGUN, "jobType": "replay"},
        {"connectionId": CONNECTION, "stream": "orders", "rule": "type:amount"},
    ),
    "getReplay": Example(
        {
            "jobId": 42,
            "askedBy": "user:4f0a1c7e-2b3d-4c5e-8f60-718293a4b5c6",
            "fates": {"charted": 14, "superseded": 2, "quarantined": 1},
        }
    ),
    "createWaiver": Example(_WAIVERS, {"stream": "orders", "rule": "type:amount"}),
    "deleteWaiver": Example({"data": []}),
}
