"""A transformation and a run of it, as the document shows them."""

Json = dict[str, object]

WANTED: Json = {
    "name": "the shop, after each sync",
    "workspaceId": "00000000-0000-0000-0000-000000000001",
    "project": "dbt",
    "select": ["tag:finale"],
    "environment": {"SNOWFLAKE_USER": "atlas", "DBT_ENV_SECRET_SNOWFLAKE_PASSPHRASE": "**********"},
    "afterConnectionId": "3f9f2c4e-0b6c-4d5e-9a51-6a0f5a2f7d10",
    "blocksOnFailedTests": True,
    "makesDocs": True,
    "timeoutS": 3_600.0,
    "retries": 2,
}

SHOWN: Json = {
    **WANTED,
    "transformationId": "5d6c1c52-11c3-4a0e-9f51-7d1c9f1f0b21",
    "status": "active",
    "exclude": [],
    "vars": {},
    "createdAt": "2026-11-30T09:00:00Z",
    "updatedAt": "2026-11-30T09:00:00Z",
}
RUN: Json = {
    "transformationRunId": 7,
    "transformationId": "5d6c1c52-11c3-4a0e-9f51-7d1c9f1f0b21",
    "name": "the shop, after each sync",
    "runId": "6f0d0a3e-7e0c-4c39-8a3f-0c1d2e3f4a5b",
    "status": "failed",
    "askedBy": "job:42",
    "afterJobId": 42,
    "tries": 1,
    "host": "worker-1",
    "dbtVersion": "1.11.16",
    "step": "build",
    "nodesDone": 3,
    "nodesTotal": 3,
    "warnings": [],
    "failure": {
        "type": "/problems/transformation-tests-failed",
        "title": "Tests of the transformation failed",
        "detail": "1 of 3 failed: unique_receivables_customer_id.",
        "failureType": "config_error",
    },
    "createdAt": "2026-12-01T06:00:31Z",
    "startedAt": "2026-12-01T06:00:33Z",
    "endedAt": "2026-12-01T06:01:10Z",
    "nodes": [
        {
            "uniqueId": "model.shop.receivables",
            "kind": "model",
            "name": "receivables",
            "status": "success",
            "message": "SELECT 1000",
            "rows": 1_000,
            "seconds": 0.4,
            "relation": "atlas.finale.receivables",
        },
        {
            "uniqueId": "test.shop.unique_receivables_customer_id.49e8ebef05",
            "kind": "test",
            "name": "unique_receivables_customer_id",
            "status": "fail",
            "message": "Got 2 results, configured to fail if != 0",
            "failures": 2,
            "seconds": 0.1,
        },
    ],
    "artifacts": [{"name": "manifest", "bytes": 1_204_224}],
}
