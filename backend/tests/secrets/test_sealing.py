"""Secrets are locked to their places, keep their ids, and go when they are no longer named."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import pytest

from app.core.configurations import Clear
from app.core.connections import Source
from app.core.errors import AtlasError
from app.core.failures import (
    MasterKeyMissing,
    SecretGone,
)
from app.database.pool import Database
from app.secrets.closed import closed_secrets
from app.secrets.master_keys import MasterKey, MasterKeys
from app.secrets.rotation import rotate
from app.sync.connections import connection_store
from app.sync.connections.configurations import Configurations
from tests.fixtures.atlas import MASTER, configurations_on
from tests.secrets.test_canaries import everything, handed_to_connector

NEWER = MasterKey(master=bytes(range(64, 96)), where="a test")
SPECIFICATION: Mapping[str, object] = {
    "properties": {
        "a": {"type": "string", "airbyte_secret": True},
        "b": {"type": "string", "airbyte_secret": True},
        "any": {"airbyte_secret": True},
        "name": {"type": "string"},
    }
}


def only(*keys: MasterKey) -> MasterKeys:
    return MasterKeys(keys=keys, read_again=lambda: keys)


@pytest.fixture
async def made(database: Database) -> Configurations:
    async with database.transaction() as session:
        await connection_store.ensure_home(session, {})
    return configurations_on(database, specification=SPECIFICATION)


async def source_with(made: Configurations, **configuration: object) -> Source:
    home = connection_store.HOME_WORKSPACE
    return await made.create_source(home, "one", "source-one", configuration)


async def reopened(made: Configurations, source: Source) -> Clear:
    """What the connector is handed of the source as it is stored now."""
    async with made.database.connection() as session:
        return await handed_to_connector(
            made, await connection_store.get_source(session, source.source_id)
        )


async def test_any_json_is_kept_and_given_back_as_it_was(made: Configurations) -> None:
    for value in (0, 1.5, True, 10**40, ["x", {"y": None}], {"z": [1]}, "\u2028 \U0001f511 ü", " "):
        source = await source_with(made, any=value, name="n")

        assert source.configuration["any"] != value
        assert await reopened(made, source) == {"any": value, "name": "n"}
    empty = await source_with(made, any=None, a="")
    assert empty.configuration == {"any": None, "a": ""}, "there is nothing to hide"


async def test_what_a_connector_is_handed_shows_itself_to_nobody(made: Configurations) -> None:
    clear = await reopened(made, await source_with(made, a="hunter2"))

    assert "hunter2" not in f"{clear} {clear!r} {clear.opened!r}"
    assert clear["a"] == "hunter2"


@pytest.mark.parametrize(
    "change",
    [
        "ciphertext = (SELECT ciphertext FROM pipeline.secrets o WHERE o.pointer = '/b')",
        "ciphertext = set_byte(ciphertext, 0, get_byte(ciphertext, 0) # 1)",
        "wrapped_key = set_byte(wrapped_key, 20, get_byte(wrapped_key, 20) # 1)",
        "nonce = '\\x000000000000000000000000'",
        "nonce = o.nonce, ciphertext = o.ciphertext, wrapped_key = o.wrapped_key FROM pipeline.secrets o "
        "WHERE o.pointer = '/b' AND s.pointer = '/a' --",
    ],
)
async def test_what_was_changed_or_moved_to_another_field_does_not_open(
    made: Configurations, change: str
) -> None:
    source = await source_with(made, a="first", b="second")
    async with made.database.transaction() as session:
        await session.execute(f"UPDATE pipeline.secrets s SET {change} WHERE s.pointer = '/a'")

    with pytest.raises(MasterKeyMissing, match="/a does not open"):
        await reopened(made, source)


async def test_anothers_secret_does_not_open_however_it_is_named(made: Configurations) -> None:
    """By its id in a configuration that was written past Atlas, or as a row that was moved."""
    theirs = await source_with(made, a="theirs")
    ours = await source_with(made, a="ours")
    async with made.database.transaction() as session:
        await connection_store.configure_source(session, ours.source_id, theirs.configuration)

    with pytest.raises(SecretGone):
        await reopened(made, ours)
    async with made.database.transaction() as session:
        await session.execute("DELETE FROM pipeline.secrets WHERE owner_id = $1", ours.source_id)
        await session.execute(
            "UPDATE pipeline.secrets SET owner_id = $1 WHERE owner_id = $2", ours.source_id, theirs.source_id
        )  # fmt: skip
    with pytest.raises(MasterKeyMissing):
        await reopened(made, ours)


async def test_a_secret_of_another_workspace_does_not_open(made: Configurations) -> None:
    source = await source_with(made, a="ours")
    async with made.database.transaction() as session:
        await session.execute("INSERT INTO pipeline.workspaces (workspace_id, name) VALUES ($1, 'w')", UUID(int=7))  # fmt: skip
        await session.execute("UPDATE pipeline.sources SET workspace_id = $1", UUID(int=7))

    with pytest.raises(MasterKeyMissing):
        await reopened(made, source)


async def test_a_changed_secret_keeps_its_place_and_one_that_is_dropped_goes(
    made: Configurations,
) -> None:
    source = await source_with(made, a="first", b="second")

    changed = await made.change(source.source_id, sent={"a": "third"}, is_patch=True)
    before_the_change = await handed_to_connector(made, source)
    dropped = await made.change(source.source_id, sent={"b": None}, is_patch=True)

    assert changed.configuration == source.configuration, "the same ids, so that a job goes on"
    assert before_the_change == {"a": "third", "b": "second"}
    assert await reopened(made, dropped) == {"a": "third"}
    async with made.database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM pipeline.secrets") == 1
    with pytest.raises(SecretGone, match="/b"):
        await handed_to_connector(made, source)


async def test_a_value_that_is_sent_again_is_not_locked_again(made: Configurations) -> None:
    source = await source_with(made, a="first", b="second")
    before = (await everything(made.database)).split("\n")

    await made.change(source.source_id, sent={"a": "first", "b": "other"}, is_patch=False)

    after = (await everything(made.database)).split("\n")
    changed = {line for line in before if "pipeline.secrets" in line} - set(after)
    assert len(changed) == 1
    assert "/b" in changed.pop()


async def test_two_who_change_a_source_at_once_leave_it_whole(made: Configurations) -> None:
    source = await source_with(made, a="0", b="0")

    await asyncio.gather(
        *(made.change(source.source_id, sent={"a": str(n), "b": str(n)}, is_patch=True) for n in range(8))
    )  # fmt: skip

    found = await reopened(made, source)
    assert found["a"] == found["b"]


# ── rotation ──────────────────────────────────────────────────────────────────────────────────────


async def test_a_rotation_locks_all_keys_anew_while_they_are_used(made: Configurations) -> None:
    database = made.database
    sources = [await source_with(made, a=f"a{n}", b=f"b{n}") for n in range(10)]
    both = configurations_on(database, specification=SPECIFICATION, master_keys=only(NEWER, MASTER))
    stop, opened = asyncio.Event(), 0

    async def syncs() -> None:
        nonlocal opened
        while not stop.is_set():
            for number, source in enumerate(sources):
                found = await handed_to_connector(both, source)
                assert found["b"] == f"b{number}"
                opened += 1

    using = asyncio.create_task(syncs())
    rotated = await rotate(database, only(NEWER, MASTER), at_once=3)
    stop.set()
    await using
    again = await rotate(database, only(NEWER, MASTER))

    assert (rotated.rewrapped, rotated.closed) == (20, 0)
    assert (again.rewrapped, again.closed) == (0, 0)
    assert opened > 0
    without_the_first = configurations_on(database, master_keys=only(NEWER))
    assert await reopened(without_the_first, sources[9]) == {"a": "a9", "b": "b9"}
    assert await closed_secrets(database, only(NEWER)) == (20, [])


async def test_a_rotation_that_was_broken_off_is_gone_on_with(made: Configurations) -> None:
    sources = [await source_with(made, a=f"a{n}") for n in range(6)]
    async with made.database.transaction() as session:  # as after the first two of its transactions
        await session.execute("UPDATE pipeline.secrets SET kid = 'gone' WHERE owner_id = $1", sources[0].source_id)  # fmt: skip

    rotated = await rotate(made.database, only(NEWER, MASTER), at_once=2)
    count, closed = await closed_secrets(made.database, only(NEWER))

    assert (rotated.rewrapped, rotated.closed) == (5, 1), "one does not keep the others from it"
    assert count == 6
    assert [kept.binding.owner_id for kept in closed] == [sources[0].source_id]
    assert await rotate(made.database, only(NEWER, MASTER), at_once=2) == type(rotated)(
        rewrapped=0, closed=1
    )


async def test_without_its_master_key_a_secret_says_which_one_is_missing(
    made: Configurations,
) -> None:
    source = await source_with(made, a="first")
    another = configurations_on(made.database, master_keys=only(NEWER))

    with pytest.raises(AtlasError, match=MASTER.kid) as missing:
        await reopened(another, source)

    assert missing.value.slug == "master-key-missing"
