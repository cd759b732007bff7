"""Tests of app/sync/quarantine/decisions.py: corrections, and who decides while a replay begins."""

import asyncio
import json

import pytest

from app.database.pool import Database
from app.sync.quarantine import decisions
from app.sync.quarantine.decisions import Correction
from app.sync.quarantine.replays import Choice
from tests.fixtures.atlas import Atlas
from tests.fixtures.scripted import AT, INSTANT, offered
from tests.fixtures.synced import Synced

SCHEMA = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
        ({"a": "b"}, {"a": None}, {}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
        (["a", "b"], ["c", "d"], ["c", "d"]),
        ({"a": "b"}, ["c"], ["c"]),
        ({"a": "foo"}, None, None),
        ({"a": "foo"}, "bar", "bar"),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
        ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
        ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
    ],
)
async def test_a_patch_is_merged_as_the_standard_has_it(
    database: Database, target: object, patch: object, merged: object
) -> None:
    """Source: RFC 7396, appendix A."""
    async with database.connection() as session:
        found = await session.fetchval(
            "SELECT quarantine.merged($1::text::jsonb, $2::text::jsonb)::text",
            json.dumps(target),
            json.dumps(patch),
        )

    assert json.loads(found) == merged


async def test_a_replay_waits_for_who_is_just_deciding(atlas: Atlas) -> None:
    synced = await Synced.of(atlas, offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([{"id": 1, "at": AT % 1, "amount": "many"}])
    (kept,) = await synced.kept()

    async with atlas.database.transaction() as session:
        patch = Correction(patch=b'{"amount": 7}')
        assert await decisions.fix(session, kept, patch, "a person") == 1
        chosen = Choice(connection_id=atlas.connection_id)
        beginning = asyncio.create_task(atlas.scheduler.replay(chosen, "another"))
        await asyncio.sleep(0.3)
        assert not beginning.done()
    job = await beginning
    await atlas.run(job.job_id)

    assert await synced.hand.rows("SELECT amount FROM chart.ledger_orders") == [(7,)]
