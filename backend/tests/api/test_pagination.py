"""Pages of lists that begin with the newest stay apart from what comes in while one reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI

from tests.api.making import NOBODY, make_connection
from tests.fixtures.owner import owner_of


@dataclass(frozen=True, slots=True)
class Kind:
    """A list, how one more row comes into it, and what tells its rows apart. Shape: $1 connection, $2 stream, $3 number."""

    path: str
    id: str
    row: str
    query: Mapping[str, str] = field(default_factory=dict)


PROMOTION = (
    "WITH tried AS (INSERT INTO pipeline.attempts (job_id, number, run_id) SELECT $3::int, 1, gen_random_uuid() "
    "WHERE $1::uuid IS NOT NULL ON CONFLICT (job_id, number) DO UPDATE SET epoch = 1 RETURNING attempt_id), "
    "promoted AS (INSERT INTO pipeline.promotions (stream_id, attempt_id, after_batch, last_batch, outcome) "
    "SELECT $2::bigint, attempt_id, 0, 1, 'published' FROM tried RETURNING promotion_id) "
)
KINDS = {
    "state versions": Kind(
        "/v1/connections/{connection}/state/versions",
        "version",
        "INSERT INTO pipeline.connector_state (connection_id, kind, name, message) "
        "SELECT $1::uuid, 'STREAM', 'a', json_build_object('n', $3::int) WHERE $2::bigint > 0",
    ),
    "settings acts": Kind(
        "/v1/connections/{connection}/settings-acts",
        "actId",
        "INSERT INTO audit.entries (entry_id, recorded_at, workspace_id, actor_kind, actor_id, actor_name, action, "
        "subject, facts, request_id, hash) SELECT 1000 + $3::int, now(), workspace_id, 'user', 'a', 'a', "
        "'patchConnection', '/v1/connections/' || connection_id, '{}', 'r', '' FROM pipeline.connections "
        "WHERE connection_id = $1::uuid AND $2::bigint > 0",
    ),
    "personal data decisions": Kind(
        "/v1/personal-data/{connection}/{stream}/history",
        "decisionId",
        "INSERT INTO pii.column_decisions (stream_id, path, verdict, confidence, action, evidence, decided_by) "
        "SELECT $2::bigint, '{a}', 'clean', 1, 'pass', '{}', 'atlas' WHERE $1::uuid IS NOT NULL AND $3::int >= 0",
        {"path": "a"},
    ),
    "lineage events": Kind(
        "/v1/lineage/events",
        "eventId",
        "INSERT INTO lineage.outbox (run_id, job_name, event_type, event) "
        "SELECT gen_random_uuid(), 'a', 'START', '{\"run\": {\"runId\": \"a\"}}' "
        "WHERE $1::uuid IS NOT NULL AND $2::bigint > 0 AND $3::int >= 0",
    ),
    "results of checks": Kind(
        "/v1/checks",
        "promotionId",
        PROMOTION
        + "INSERT INTO quality.check_results (promotion_id, position, engine, check_name, outcome) "
        "SELECT promotion_id, 0, 'soda', 'a', 'pass' FROM promoted",
    ),
    "scores by job": Kind(
        "/v1/quality/{connection}/{stream}/trend",
        "jobId",
        PROMOTION + "INSERT INTO quality.scores (promotion_id, dimension, score, measured, method) "
        "SELECT promotion_id, 'validity', 1, 1, 'a' FROM promoted",
    ),
    "transformation runs": Kind(
        "/v1/transformation-runs",
        "transformationRunId",
        "WITH made AS (INSERT INTO pipeline.transformations (transformation_id, workspace_id, name, project, selected, "
        "excluded, variables, environment, blocks_on_failed_tests, makes_docs, timeout_s, retries) "
        "SELECT gen_random_uuid(), workspace_id, 'a', 'a', '{}', '{}', '{}', '{}', false, false, 1, 0 "
        "FROM pipeline.connections WHERE connection_id = $1::uuid AND $2::bigint > 0 AND $3::int >= 0 "
        "RETURNING transformation_id, workspace_id) "
        "INSERT INTO pipeline.transformation_runs (transformation_id, workspace_id, run_id, asked_by) "
        "SELECT transformation_id, workspace_id, gen_random_uuid(), 'a' FROM made",
    ),
    "schedule events": Kind(
        "/v1/schedules/{connection}/events",
        "eventId",
        "INSERT INTO pipeline.schedule_events (connection_id, window_at, kind) "
        "SELECT $1::uuid, now() + make_interval(hours => $3::int), 'skipped' WHERE $2::bigint > 0",
    ),
    "notifications": Kind(
        "/v1/notifications",
        "notificationId",
        "INSERT INTO pipeline.notifications (rule_id, event_id, occasion, facts) "
        "SELECT rule_id, $3::int, 'failure', '{}' FROM pipeline.notification_rules "
        "WHERE connection_id = $1::uuid AND $2::bigint > 0",
    ),
    "retention acts": Kind(
        "/v1/connections/{connection}/retention/acts",
        "actId",
        "INSERT INTO pipeline.retention_acts (stream_id, asked_by, policy, how, first_batch, last_batch, batches, "
        "records, size_bytes, landed_from, landed_to) "
        "SELECT $2::bigint, 'policy', '{}', 'deleted', $3::int, $3, 1, 1, 1, now(), now() WHERE $1::uuid IS NOT NULL",
    ),
    "table acts": Kind(
        "/v1/connections/{connection}/tables/acts",
        "actId",
        "INSERT INTO pipeline.table_acts (connection_id, stream_id, act, facts) "
        "SELECT $1::uuid, $2::bigint, 'renamed', '{}' WHERE $3::int >= 0",
    ),
    "schema changes": Kind(
        "/v1/connections/{connection}/schema-changes",
        "changeId",
        "INSERT INTO pipeline.schema_changes (stream_id, job_id, changes, is_breaking, status) "
        "SELECT $2::bigint, $3::int, '[]', false, 'rejected' WHERE $1::uuid IS NOT NULL",
    ),
    "quarantine": Kind(
        "/v1/quarantine",
        "recordId",
        "INSERT INTO quarantine.chart_records (stream_id, batch_id, seq, rules, reason, data, content_hash) "
        "SELECT $2::bigint, 1, $3::int, '{required:a}', 'a is missing', '{}', gen_random_uuid() "
        "WHERE $1::uuid IS NOT NULL",
    ),
}


async def test_what_comes_in_between_two_pages_moves_neither(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    made = await make_connection(client)
    connection, stream = made["connectionId"], made["configurations"]["streams"][0]["name"]
    rule = {
        "connectionId": connection,
        "occasions": ["failure"],
        "channel": "webhook",
        "target": "https://hooks.example.com/x",
    }
    await client.post("/v1/notification-rules", json=rule)

    for what, kind in KINDS.items():
        path = kind.path.format(connection=connection, stream=stream)
        await _add(app, kind, connection, range(5))
        first = (await client.get(path, params={"limit": 2, **kind.query})).json()
        await _add(app, kind, connection, range(5, 8))
        second = (await client.get(first["next"])).json()
        third = (await client.get(second["next"])).json()
        back = (await client.get(second["previous"])).json()
        anew = (await client.get(path, params={"limit": 100, **kind.query})).json()

        seen = [row[kind.id] for page in (first, second, third) for row in page["data"]]
        assert len(seen) == len(set(seen)) == 5, what
        assert seen == [row[kind.id] for row in anew["data"]][3:], what
        assert third["next"] == "", what
        assert back["data"] == first["data"], what


async def _add(app: FastAPI, kind: Kind, connection: str, numbers: range) -> None:
    async with owner_of(app.state.database) as session, session.transaction():
        await session.execute(
            "SET LOCAL session_replication_role = replica"
        )  # jobs and batches are others'
        stream = await session.fetchval(
            "SELECT min(stream_id) FROM pipeline.streams WHERE connection_id = $1::uuid", connection
        )
        for number in numbers:
            await session.execute(kind.row, connection, stream, number)


@pytest.mark.parametrize("up_to", ["-1", "x", str(2**63)])
async def test_the_newest_row_is_a_number(client: httpx.AsyncClient, up_to: str) -> None:
    answer = await client.get(f"/v1/schedules/{NOBODY}/events", params={"upTo": up_to})

    assert answer.status_code == 422
