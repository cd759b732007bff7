"""Tests of app/database/mask_key.py: by another key nothing is made."""

from pathlib import Path

import pytest

from app.core.jobs import JobStatus
from app.core.settings import Settings
from app.database import mask_key
from app.database.keys import Keys, load_keys
from app.sync.jobs.report import JobReport
from tests.fixtures.atlas import Atlas
from tests.sources.reading import ledger

OTHER = Keys(master=b"\xff" * 32)
TABLES = ("chart.ledger_orders", "explore.ledger_orders_raw", "navigate.ledger_orders__history")


def orders(records: int) -> dict[str, object]:
    return ledger({"name": "orders", "records": records, "keys": 20, "state_every": 10})


async def sizes(atlas: Atlas) -> list[object]:
    counts = " UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in TABLES)
    return await atlas.values(counts)


async def sync(atlas: Atlas, records: int, keys: Keys | None = None) -> JobReport:
    atlas.keys = keys or atlas.keys
    await atlas.configure(orders(records))
    return await atlas.sync()


def assert_refused(found: JobReport) -> None:
    assert found.job.status is JobStatus.FAILED
    assert found.job.failure is not None
    assert found.job.failure.slug == "mask-key-mismatch"
    assert found.job.failure.failure == "config_error"
    assert "ATLAS_MASK_KEY" in found.job.failure.detail
    assert found.job.attempts == 1


async def test_a_changed_key_is_refused_and_the_restored_one_goes_on(atlas: Atlas) -> None:
    right = atlas.keys
    await atlas.connect(orders(60))
    await sync(atlas, 60)
    before = await sizes(atlas)

    changed = await sync(atlas, 80, OTHER)
    then = await sizes(atlas)
    restored = await sync(atlas, 80, right)

    assert_refused(changed)
    assert then == before
    assert restored.job.status is JobStatus.SUCCEEDED
    assert await atlas.values("SELECT count(*) FROM explore.ledger_orders_raw") == [80]
    assert await atlas.values("SELECT count(*) FROM chart.ledger_orders") == [20]


async def test_a_key_file_that_was_deleted_is_not_replaced_by_a_new_key(
    atlas: Atlas, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path)
    file = tmp_path / "keys" / "mask.key"
    await atlas.connect(orders(60))
    await sync(atlas, 60, load_keys(settings))
    backup = file.read_text()
    file.unlink()

    missing = await sync(atlas, 80, load_keys(settings))
    file.write_text(backup)
    restored = await sync(atlas, 80, load_keys(settings))

    assert_refused(missing)
    assert restored.job.status is JobStatus.SUCCEEDED


async def test_a_connection_that_has_no_rows_yet_is_refused_too(atlas: Atlas) -> None:
    """One key a database: its masks shall join those of the others once the right key is back."""
    await atlas.connect(orders(60))
    await sync(atlas, 60)
    await atlas.connect(orders(60), source="another")

    assert_refused(await sync(atlas, 60, OTHER))


async def test_until_something_has_landed_another_key_is_taken(atlas: Atlas) -> None:
    await atlas.connect(orders(60))
    await atlas.configure(ledger({"name": "orders", "records": 60}, die_at=0, exit_code=1))
    failed = await atlas.sync()

    found = await sync(atlas, 60, OTHER)
    back = await sync(atlas, 80, Keys(master=bytes(range(32))))

    assert failed.job.status is JobStatus.FAILED
    assert found.job.status is JobStatus.SUCCEEDED
    assert_refused(back)


async def test_no_key_is_replaced_while_another_attempt_may_use_it(atlas: Atlas) -> None:
    """It passed before it began to read, and what it lands comes after."""
    await atlas.connect(orders(60))
    await atlas.configure(ledger({"name": "orders", "records": 60}, die_at=0, exit_code=1))
    await atlas.sync()
    await atlas.execute(
        "UPDATE pipeline.attempts SET status = 'running' WHERE number = 1; "
        "UPDATE pipeline.attempts SET status = 'failed' WHERE number > 1"
    )
    await atlas.connect(orders(60), source="another")

    assert_refused(await sync(atlas, 60, OTHER))


async def test_the_fingerprint_is_kept_and_tells_nothing_of_the_key(atlas: Atlas) -> None:
    async with atlas.database.connection() as session:
        unknown = await mask_key.is_right(session, atlas.keys)
    await atlas.connect(orders(60))
    await sync(atlas, 60)

    async with atlas.database.connection() as session:
        known = (
            await mask_key.is_right(session, atlas.keys),
            await mask_key.is_right(session, OTHER),
        )
    (kept,) = await atlas.values("SELECT fingerprint FROM pipeline.mask_key")
    assert unknown is None
    assert known == (True, False)
    assert kept == atlas.keys.fingerprint != OTHER.fingerprint
    assert atlas.keys.master.hex() not in str(kept)


@pytest.mark.parametrize("purpose", ["content", "hash:key_hash", "token:PERSON"])
def test_the_fingerprint_is_no_key_of_another_purpose(purpose: str) -> None:
    assert OTHER.derive(purpose).hex() != OTHER.fingerprint
