"""Row-level security, the second wall between workspaces: where an id stands in a body it is the only one.

Every table is held to it by what the database itself says of them, so that one which a migration adds is too.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import asyncpg
import pytest

from app.core.catalog import SyncMode
from app.core.ids import WorkspaceId
from app.core.jobs import JobStatus
from app.database import scope
from app.database.pool import Connection, Database
from app.layers.replaying import Kept
from app.sync.connections.connection_store import HOME_WORKSPACE
from app.sync.quarantine import decisions
from app.sync.quarantine.records import Boundary
from tests.fixtures.atlas import Atlas
from tests.fixtures.owner import owner_of
from tests.sources.reading import ledger

OF_NOBODY = {
    "audit.head": "the end of the audit chain: a hash",
    "pipeline.alembic_version": "the schema's revision",
    "pipeline.attempt_signs": "which attempts live, by number; written each second",
    "pipeline.connector_installations": "connectors, installed for the whole of Atlas",
    "pipeline.connectors": "connectors and their versions, as they run here",
    "pipeline.explore_period": "how long a part of explore is",
    "pipeline.mask_key": "the mask key's fingerprint",
    "pipeline.queue_schema": "which queue the tables are of",
    "pipeline.workers": "processes, which work for all",
}
"""Tables without a wall, and why: whoever adds one says it here."""
OF_NO_WORKSPACE = {
    "audit.entries": "an act on what is of no workspace; whoever acts may write it",
    "quarantine.decisions": "a decision from before 0034 on a record that is gone; a new one has its stream",
}
"""Tables whose rows need not lead to a workspace, and why: such a row is seen, and written, with all workspaces alone."""
WALL = re.compile(
    r"\(\( SELECT pipeline\.sees_everything\(\) AS sees_everything\) OR "
    r"(\( SELECT true( AS bool)? FROM pipeline\.seen_\w+ v WHERE \(v\.(\w+) = \w+\.(attempt_)?\3\)\)"
    r"|\(workspace_id = ANY \(\( SELECT pipeline\.seen_workspaces\(\) AS seen_workspaces\)::uuid\[\]\)\))\)"
)
"""Everything for what Atlas does by itself; else by the workspace, or by the key of what has one."""
IN_WORKSPACES = re.compile(
    r"WHERE \(?(\w+\.)?workspace_id = ANY \(\( SELECT pipeline\.seen_workspaces\(\) AS seen_workspaces\)::uuid\[\]\)\)?$"
)

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relrowsecurity AS is_on,
       EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS has_policy
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname IN ('pipeline', 'quarantine', 'pii', 'quality', 'lineage', 'audit') AND c.relkind IN ('r', 'p')
ORDER BY 1
"""
_WALLS = """
SELECT polrelid::regclass::text AS name, pg_get_expr(polqual, polrelid) AS wall FROM pg_policy
WHERE polcmd = '*' AND polwithcheck IS NULL AND polpermissive
"""
_NOT_NULL = """
SELECT attrelid::regclass::text AS name, attname::text AS "column" FROM pg_attribute
WHERE attnum > 0 AND attnotnull AND attrelid IN (SELECT polrelid FROM pg_policy)
"""
_VIEWS = """
SELECT c.relname AS name, pg_get_viewdef(c.oid) AS shown, 'security_barrier=true' = ANY (c.reloptions) AS is_closed,
       array(SELECT privilege FROM unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) AS privilege
             WHERE has_table_privilege('atlas_app', c.oid, privilege)) AS also_allowed
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = 'pipeline' AND c.relkind = 'v' AND c.relname LIKE 'seen\\_%'
"""


async def tables(database: Database) -> Sequence[dict[str, object]]:
    async with owner_of(database) as session:
        return [dict(row) for row in await session.fetch(_TABLES)]


async def test_each_table_is_walled_or_says_why_not(database: Database) -> None:
    open_ones = {
        str(table["name"])
        for table in await tables(database)
        if not (table["is_on"] and table["has_policy"])
    }

    assert open_ones == set(OF_NOBODY)


async def test_each_wall_stands_by_the_workspace_of_what_it_holds(database: Database) -> None:
    """Also of tables that are empty below; an audit entry alone is written by whoever acts, and read by none of them."""
    async with owner_of(database) as session:
        walls = {row["name"]: row["wall"] for row in await session.fetch(_WALLS)}
        views = await session.fetch(_VIEWS)
        others = await session.fetch(
            "SELECT polrelid::regclass::text AS name FROM pg_policy WHERE polcmd <> '*' OR polwithcheck IS NOT NULL"
        )

    assert set(walls) == {str(table["name"]) for table in await tables(database) if table["is_on"]}
    for table, wall in walls.items():
        assert WALL.fullmatch(" ".join(wall.split())), table
    used = {
        found for wall in walls.values() for found in re.findall(r"pipeline\.(seen_\w+) v", wall)
    }
    assert used <= {view["name"] for view in views}
    for view in views:
        parts = " ".join(view["shown"].split()).rstrip(";").split(" UNION ALL ")
        assert all(IN_WORKSPACES.search(part) for part in parts), view["name"]
        assert view["is_closed"], (
            f"{view['name']} lets a condition look at rows that it does not show"
        )
        assert not view["also_allowed"], f"{view['name']} changes rows with its owner's rights"
    assert [row["name"] for row in others] == ["audit.entries"]


async def test_each_row_leads_to_a_workspace_or_its_table_says_why_not(database: Database) -> None:
    """Where the column that leads there is null, the wall keeps the row from all but who has every workspace."""
    async with owner_of(database) as session:
        walls = {row["name"]: row["wall"] for row in await session.fetch(_WALLS)}
        always = {(row["name"], row["column"]) for row in await session.fetch(_NOT_NULL)}

    leading = {}
    for table, wall in walls.items():
        found = WALL.fullmatch(" ".join(wall.split()))
        assert found is not None, table
        leading[table] = f"{found[4] or ''}{found[3]}" if found[3] else "workspace_id"

    assert {
        table for table, column in leading.items() if (table, column) not in always
    } == OF_NO_WORKSPACE.keys()


@dataclass(frozen=True, slots=True)
class Two:
    """Two workspaces in which the same has happened, and the tables that have rows of both."""

    atlas: Atlas
    ours: WorkspaceId
    theirs: WorkspaceId
    filled: Sequence[str]


@pytest.fixture
async def two(atlas: Atlas, database: Database) -> Two:
    (other,) = await atlas.values(
        "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES (gen_random_uuid(), 'other') RETURNING workspace_id"
    )
    assert isinstance(other, UUID)
    for source, workspace_id in (("ours", HOME_WORKSPACE), ("theirs", other)):
        bad = {"5": '{"id":null,"number":5,"updated_at":"2024-01-01T00:00:00Z"}'}
        stream = {"name": "orders", "records": 40, "keys": 20, "bad_rows": bad}
        await atlas.connect(ledger(stream), SyncMode.INCREMENTAL_DEDUPED_HISTORY, source=source)
        await atlas.execute(
            "UPDATE pipeline.sources SET workspace_id = $1 WHERE name = $2", workspace_id, source
        )
        await atlas.execute(
            "UPDATE pipeline.connections SET workspace_id = $1 WHERE connection_id = $2",
            workspace_id,
            atlas.connection_id,
        )
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED
        await dismiss(database, WorkspaceId(workspace_id))
    walled = [str(table["name"]) for table in await tables(database) if table["is_on"]]
    return Two(atlas, HOME_WORKSPACE, WorkspaceId(other), walled)


async def dismiss(database: Database, workspace_id: WorkspaceId) -> None:
    """Leave out what a workspace has in quarantine, as one decides who has a role in it alone."""
    scope.set_to([workspace_id])
    async with database.transaction() as session:
        (kept,) = await session.fetch("SELECT quarantine_id FROM quarantine.chart_records")
        await decisions.dismiss(session, Kept(Boundary.CHART, kept["quarantine_id"]), "a person")
    scope.set_to(None)


async def seen(session: Connection, table: str) -> set[tuple[int, str]]:
    rows = await session.fetch(f"SELECT tableoid::bigint AS t, ctid::text AS place FROM {table}")
    return {(row["t"], row["place"]) for row in rows}


async def test_who_asks_for_one_workspace_sees_no_row_of_another(
    two: Two, database: Database
) -> None:
    found: dict[str, int] = {}
    for table in two.filled:
        by: list[set[tuple[int, str]]] = []
        for workspaces in ([two.ours], [two.theirs], []):
            scope.set_to(workspaces)
            async with database.connection() as session:
                by.append(await seen(session, table))
        scope.set_to(None)
        ours, theirs, nobodys = by
        assert nobodys == set(), f"{table}: seen without a workspace"
        assert ours & theirs == set(), f"{table}: seen from both sides"
        found[table] = min(len(ours), len(theirs))

    filled = {table for table, rows in found.items() if rows}
    assert {
        "pipeline.connections", "pipeline.sources", "pipeline.streams", "pipeline.jobs", "pipeline.attempts", "pipeline.batches",
        "pipeline.promotions", "pipeline.connector_state", "pipeline.job_events", "pipeline.batch_outcomes",
        "pipeline.attempt_connectors", "pii.column_decisions", "quality.check_results", "quality.scores",
        "quarantine.chart_records", "quarantine.decisions",
    } <= filled, "a wall before nothing proves nothing"  # fmt: skip


async def test_nobody_changes_or_takes_away_a_row_of_another(two: Two, database: Database) -> None:
    for table in two.filled:
        scope.set_to([two.theirs])
        async with database.connection() as session:
            places = [place for _, place in await seen(session, table)]
        (column,) = await two.atlas.values(
            "SELECT attname::text FROM pg_attribute WHERE attrelid = $1::text::regclass AND attnum > 0 "
            "AND NOT attisdropped AND attgenerated = '' AND attidentity = '' ORDER BY attnum LIMIT 1",
            table,
        )
        scope.set_to([two.ours])
        async with database.connection() as session:
            for statement in (
                f'UPDATE {table} SET "{column}" = "{column}"',
                f"DELETE FROM {table}",
            ):
                try:
                    async with session.transaction():
                        done = await session.execute(
                            f"{statement} WHERE ctid = ANY ($1::text[]::tid[])", places
                        )
                except asyncpg.InsufficientPrivilegeError:
                    continue  # an append-only table lets nobody
                assert done in ("UPDATE 0", "DELETE 0"), (table, statement)
    scope.set_to(None)


async def test_nobody_writes_a_row_for_another(two: Two, database: Database) -> None:
    """The very rows that are there, once more: the wall answers before any key does."""
    tried = 0
    for table in two.filled:
        if table == "audit.entries":
            continue  # written by whoever acts, also on what is of no workspace; nobody can read it by that
        scope.set_to([two.theirs])
        async with database.connection() as session:
            row = await session.fetchval(f"SELECT to_jsonb(t)::text FROM {table} t LIMIT 1")
        if row is None:
            continue
        columns = await two.atlas.values(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute "
            "WHERE attrelid = $1::text::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            table,
        )
        scope.set_to([two.ours])
        async with database.connection() as session:
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"policy|permission"):
                async with session.transaction():
                    await session.execute(
                        f"INSERT INTO {table} ({columns[0]}) OVERRIDING SYSTEM VALUE "
                        f"SELECT {columns[0]} FROM jsonb_populate_record(NULL::{table}, $1::text::jsonb)",
                        row,
                    )
        tried += 1
    scope.set_to(None)
    assert tried > 10
