"""Tests of app/sync/orchestrator.py: one attempt through the house, from a real child program."""

from app.core.catalog import SyncMode
from app.core.jobs import JobStatus
from tests.fixtures.atlas import Atlas, counts, one
from tests.sources.reading import ledger


async def test_smoke(atlas: Atlas) -> None:
    await atlas.connect(ledger({"name": "orders", "records": 100}))
    r = await atlas.sync()
    print(r)
    assert r.job.status is JobStatus.SUCCEEDED
    assert counts(one(r)) == {}
