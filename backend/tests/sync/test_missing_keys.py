"""Tests of app/sync/missing_keys.py: what a full refresh lacks has ended, where nothing of it was refused."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.core.catalog import SyncMode
from app.core.jobs import JobStatus
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, counts, one
from tests.fixtures.scripted import offered, saying, whole
from tests.sync.test_rebuild import rebuild

CHART, VIEW = "chart.ledger_things", "navigate.ledger_things"
STREAM = offered("things", {"id": {"type": "integer"}, "much": {"type": "number"}})
MODES = [mode for mode in SyncMode if mode.overwrites]


def good(key: int) -> bytes:
    return b'{"id":%d,"much":1}' % key


def refused(key: int) -> bytes:
    """A record that jsonb does not take."""
    return b'{"id":%d,"much":1e-20000}' % key


async def connect(atlas: Atlas, mode: SyncMode) -> None:
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    await atlas.connect({}, mode, streams=[STREAM])


async def sync(atlas: Atlas, folder: Path, *records: bytes) -> dict[str, int]:
    atlas.command = saying(folder, whole("things", records))
    found = await atlas.sync()
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    return counts(one(found))


async def ids(atlas: Atlas, table: str) -> list[object]:
    return await atlas.values(f"SELECT id::int FROM {table} ORDER BY 1")


@pytest.mark.parametrize("mode", MODES)
async def test_no_key_ends_while_a_record_is_refused_and_each_that_is_missing_once_none_is(
    atlas: Atlas, tmp_path: Path, mode: SyncMode
) -> None:
    await connect(atlas, mode)
    await sync(atlas, tmp_path, good(1), good(2), good(5))

    with capture_logs() as said:
        books = await sync(atlas, tmp_path, good(1), refused(5))
    meanwhile = await ids(atlas, CHART), await ids(atlas, f"{VIEW}__current")
    again = await rebuild(atlas)
    await sync(atlas, tmp_path, good(1), good(5))

    assert books["rejected"] == 1
    assert meanwhile == ([1], [1, 2, 5])
    (told,) = [line for line in said if line["event"] == "missing_keys_kept"]
    assert (told["stream"], told["rejected"], told["log_level"]) == ("things", 1, "warning")
    assert again.is_equal, again
    assert await ids(atlas, f"{VIEW}__current") == [1, 5]


async def test_a_full_refresh_of_which_all_was_refused_ends_no_key(
    atlas: Atlas, tmp_path: Path
) -> None:
    await connect(atlas, SyncMode.FULL_REFRESH_OVERWRITE)
    await sync(atlas, tmp_path, good(1), good(2))
    await atlas.allow("on_empty")

    await sync(atlas, tmp_path, refused(1))

    assert await ids(atlas, CHART) == []
    assert await ids(atlas, f"{VIEW}__current") == [1, 2]
