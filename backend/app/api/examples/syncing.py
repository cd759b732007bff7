"""Sources, connections and their jobs: the story that all other examples are a part of."""

from app.api.examples.example import CONNECTION, DESTINATION, SOURCE, WORKSPACE, Example, Json

_RULE = "b1f6d3a0-2f3c-4f6b-9f43-0f7f2f1d9e55"
_SCHEDULE = {"scheduleType": "cron", "cronExpression": "0 0 6 * * ?"}

SOURCE_VIEW: Json = {
    "sourceId": SOURCE,
    "name": "shop",
    "sourceType": "faker",
    "definitionId": "dfd88b22-b603-4c3d-aad7-3701784586b1",
    "workspaceId": WORKSPACE,
    "configuration": {"sourceType": "faker", "count": 1_000},
    "createdAt": 1_795_000_000,
}
_SCHEDULE_VIEW: Json = {
    **_SCHEDULE,
    "atlas": {
        "kind": "cron",
        "timeZone": "UTC",
        "onMissed": "collapse",
        "catchUpLimit": 1,
        "jitterSeconds": 0,
        "nextRunAt": "2026-12-01T06:00:00Z",
    },
}
CONNECTION_VIEW: Json = {
    "connectionId": CONNECTION,
    "name": "shop, daily",
    "sourceId": SOURCE,
    "destinationId": DESTINATION,
    "workspaceId": WORKSPACE,
    "status": "active",
    "schedule": _SCHEDULE_VIEW,
    "dataResidency": "auto",
    "prefix": "",
    "configurations": {
        "streams": [
            {
                "name": "users",
                "syncMode": "incremental_deduped_history",
                "cursorField": ["updated_at"],
                "primaryKey": [["id"]],
                "atlas": {"nested": "json", "checkCols": [], "leftOut": []},
            }
        ]
    },
    "namespaceDefinition": "destination",
    "nonBreakingSchemaUpdatesBehavior": "ignore",
    "createdAt": 1_795_000_000,
    "tags": [],
    "atlas": {
        "onEmpty": "fail",
        "onHeld": "fail",
        "onMisfit": "null",
        "hardDeletes": "ignore",
        "onUnchanged": "record_once",
        "engine": "local",
    },
}
_TERMS: Json = {
    "queue": "sync",
    "priority": 0,
    "retryWaitS": 10.0,
    "retryFactor": 3.0,
    "retryCapS": 900.0,
}

_JOB: Json = {
    "jobId": 42,
    "status": "succeeded",
    "jobType": "sync",
    "startTime": "2026-12-01T06:00:00Z",
    "connectionId": CONNECTION,
    "lastUpdatedAt": "2026-12-01T06:00:31Z",
    "duration": "PT31S",
    "bytesSynced": 569_000,
    "rowsSynced": 1_000,
    "atlas": {
        "connection": "shop, daily",
        "engine": "local",
        "mode": "real",
        "runId": "0192f1a2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
        "attempts": 1,
        "startedAt": "2026-12-01T06:00:00.212000Z",
        "endedAt": "2026-12-01T06:00:31.418000Z",
        "balanced": True,
        "streams": [
            {
                "name": "users",
                "read": 1_000,
                "rejected": 0,
                "unchanged": 0,
                "explored": 1_000,
                "charted": 998,
                "superseded": 0,
                "quarantined": 2,
                "deleted": 0,
                "held": 0,
                "outOfRange": 0,
                "versions": 998,
                "balanced": True,
            }
        ],
    },
}
JOB_BEGUN: Json = {
    "jobId": 42,
    "status": "pending",
    "jobType": "sync",
    "startTime": "2026-12-01T06:00:00Z",
    "connectionId": CONNECTION,
    "atlas": {
        "connection": "shop, daily",
        "engine": "local",
        "attempts": 0,
        "streams": [],
    },
}

_OVERVIEW: Json = {
    "previous": "",
    "next": "",
    "at": "2026-12-01T09:00:00Z",
    "counts": {
        "connections": 12,
        "active": 11,
        "broken": 1,
        "late": 0,
        "unsafe": 0,
        "waiting": 2,
        "untroubled": 9,
        "running": 1,
    },
    "running": [
        {
            "jobId": 43,
            "connectionId": "7b1f0a4e-52d8-4c0b-9f0d-7c3f3d1b8a21",
            "connection": "billing, hourly",
            "jobType": "sync",
            "status": "running",
            "mode": "real",
            "createdAt": "2026-12-01T08:59:58Z",
            "startedAt": "2026-12-01T09:00:00Z",
            "rowsSynced": 4_000,
        }
    ],
    "found": 1,
    "connections": [
        {
            "connectionId": CONNECTION,
            "workspaceId": WORKSPACE,
            "name": "shop, daily",
            "source": {"sourceId": SOURCE, "name": "shop", "connector": "source-faker"},
            "engine": "local",
            "status": "active",
            "scheduleType": "cron",
            "nextRunAt": "2026-12-02T06:00:00Z",
            "troubles": [
                {
                    "kind": "broken",
                    "reason": "job_failed",
                    "detail": "The connector failed; 2 failures in a row.",
                    "count": 2,
                    "since": "2026-11-30T06:00:31Z",
                    "jobId": 42,
                }
            ],
            "lastJob": {
                "jobId": 42,
                "jobType": "sync",
                "status": "failed",
                "endedAt": "2026-12-01T06:00:31Z",
            },
            "lastSucceededAt": "2026-11-29T06:00:33Z",
            "freshness": {
                "newest": "2026-11-29T06:00:30Z",
                "oldest": "2026-11-29T06:00:12Z",
                "streams": 3,
                "unpublished": 0,
                "perStream": [
                    {
                        "stream": "users",
                        "extractedAt": "2026-11-29T06:00:30Z",
                        "windowsBehind": 2,
                    }
                ],
            },
            "recent": [
                {
                    "jobId": 42,
                    "jobType": "sync",
                    "status": "failed",
                    "startedAt": "2026-12-01T06:00:00Z",
                    "endedAt": "2026-12-01T06:00:31Z",
                    "durationS": 31.2,
                    "rows": 0,
                }
            ],
            "quality": {
                "score": 0.97,
                "dimension": "validity",
                "stream": "users",
                "jobId": 38,
            },
            "quarantined": 0,
        }
    ],
}
_TIMELINE: Json = {
    "at": "2026-12-01T09:00:00.000000Z",
    "jobId": 42,
    "connectionId": CONNECTION,
    "connection": "shop, daily",
    "jobType": "sync",
    "status": "succeeded",
    "createdAt": "2026-12-01T06:00:00.000000Z",
    "startedAt": "2026-12-01T06:00:00.120000Z",
    "endedAt": "2026-12-01T06:00:31.400000Z",
    "attempts": [
        {
            "number": 1,
            "runId": "0192f1a2-7c3d-7e4f-8a5b-6c7d8e9f0a1b",
            "status": "succeeded",
            "startedAt": "2026-12-01T06:00:00.120000Z",
            "endedAt": "2026-12-01T06:00:31.400000Z",
            "host": "worker-1",
            "seconds": {"read": 12.4, "land": 3.1, "project": 4.0, "chart": 5.2},
            "streams": [
                {
                    "name": "users",
                    "reading": {
                        "extractedAt": "2026-12-01T06:00:02.000000Z",
                        "firstLandedAt": "2026-12-01T06:00:02.300000Z",
                        "lastLandedAt": "2026-12-01T06:00:14.600000Z",
                        "completedAt": "2026-12-01T06:00:14.700000Z",
                        "records": 1_000,
                        "bytes": 569_000,
                        "batches": 1,
                    },
                    "promotions": [
                        {
                            "promotionId": 7,
                            "afterBatch": 0,
                            "lastBatch": 12,
                            "readyAt": "2026-12-01T06:00:14.600000Z",
                            "beganAt": "2026-12-01T06:00:14.800000Z",
                            "recordedAt": "2026-12-01T06:00:28.000000Z",
                            "endedAt": "2026-12-01T06:00:31.100000Z",
                            "outcome": "published",
                            "records": 1_000,
                        }
                    ],
                }
            ],
        }
    ],
    "throughput": {
        "bucketS": 0.1,
        "points": [{"at": "2026-12-01T06:00:02.300000Z", "records": 1_000, "bytes": 569_000}],
    },
}

EXAMPLES: dict[str, Example] = {
    "getOverview": Example(_OVERVIEW),
    "getJobTimeline": Example(_TIMELINE),
    "createJob": Example(JOB_BEGUN, {"connectionId": CONNECTION, "jobType": "sync"}),
    "getJob": Example(_JOB),
    "listJobs": Example({"previous": "", "next": "", "data": [_JOB]}),
    "cancelJob": Example(JOB_BEGUN | {"status": "cancelled"}),
    "createSource": Example(
        SOURCE_VIEW,
        {
            "name": "shop",
            "workspaceId": WORKSPACE,
            "configuration": {"sourceType": "faker", "count": 1_000},
        },
    ),
    "getSource": Example(SOURCE_VIEW),
    "patchSource": Example(SOURCE_VIEW | {"name": "web shop"}, {"name": "web shop"}),
    "listSources": Example({"previous": "", "next": "", "data": [SOURCE_VIEW]}),
    "createConnection": Example(
        CONNECTION_VIEW,
        {
            "name": "shop, daily",
            "sourceId": SOURCE,
            "destinationId": DESTINATION,
            "configurations": {
                "streams": [{"name": "users", "syncMode": "incremental_deduped_history"}]
            },
            "schedule": _SCHEDULE,
        },
    ),
    "getConnection": Example(CONNECTION_VIEW),
    "patchConnection": Example(CONNECTION_VIEW | {"status": "inactive"}, {"status": "inactive"}),
    "listConnections": Example({"previous": "", "next": "", "data": [CONNECTION_VIEW]}),
    "setSchedule": Example(
        {
            "connectionId": CONNECTION,
            "schedule": _SCHEDULE_VIEW,
            "nextTicks": [{"windowAt": "2026-12-01T06:00:00Z", "runAt": "2026-12-01T06:00:00Z"}],
        },
        {**_SCHEDULE, "atlas": {"timeZone": "UTC"}},
    ),
    "createNotificationRule": Example(
        {
            "ruleId": _RULE,
            "connectionId": CONNECTION,
            "occasions": ["failure", "recovery"],
            "channel": "webhook",
            "target": "https://hooks.example.com/atlas",
            "quarantineShare": 0.0,
            "isActive": True,
            "createdAt": "2026-12-01T06:00:00Z",
            "secret": "shown here, and never again",
        },
        {
            "connectionId": CONNECTION,
            "occasions": ["failure", "recovery"],
            "channel": "webhook",
            "target": "https://hooks.example.com/atlas",
        },
    ),
    "putRetention": Example({"policy": {"maxAgeDays": 90}, "streams": []}, {"maxAgeDays": 90}),
    "putConnectionJobTerms": Example(_TERMS | {"maxDurationS": 3_600}, {"maxDurationS": 3_600}),
}
