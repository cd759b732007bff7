"""A transformation and a run of it."""

from app.api.examples.example import CONNECTION, WORKSPACE, Example, Json

_WANTED: Json = {
    "name": "the shop, after each sync",
    "workspaceId": WORKSPACE,
    "project": "dbt",
    "select": ["tag:finale"],
    "environment": {"SNOWFLAKE_USER": "atlas", "DBT_ENV_SECRET_SNOWFLAKE_PASSPHRASE": "**********"},
    "afterConnectionId": CONNECTION,
    "blocksOnFailedTests": True,
    "makesDocs": True,
    "timeoutS": 3_600.0,
    "retries": 2,
}

_SHOWN: Json = {
    **_WANTED,
    "transformationId": "5d6c1c52-11c3-4a0e-9f51-7d1c9f1f0b21",
    "status": "active",
    "exclude": [],
    "vars": {},
    "createdAt": "2026-11-30T09:00:00Z",
    "updatedAt": "2026-11-30T09:00:00Z",
}
_RUN: Json = {
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
_RETRY: Json = {
    name: value
    for name, value in _RUN.items()
    if name in ("transformationId", "name", "afterJobId", "warnings", "nodesTotal")
} | {
    "transformationRunId": 8,
    "runId": "7a1e1b4f-8d5d-4d4a-9b4f-1d2e3f4a5b6c",
    "status": "pending",
    "askedBy": "user:4f0a1c7e-2b3d-4c5e-8f60-718293a4b5c6",
    "retryOf": 7,
    "tries": 0,
    "nodesDone": 0,
    "createdAt": "2026-12-01T06:20:00Z",
}

EXAMPLES: dict[str, Example] = {
    "createTransformation": Example(_SHOWN, _WANTED),
    "getTransformationRun": Example(_RUN),
    "retryTransformationRun": Example(_RETRY),
    "getTransformationArtifact": Example(
        {
            "metadata": {
                "dbt_schema_version": "https://schemas.getdbt.com/dbt/manifest/v12.json",
                "dbt_version": "1.11.16",
                "project_name": "shop",
            },
            "nodes": {"model.shop.receivables": {"name": "receivables", "schema": "finale"}},
        }
    ),
}
