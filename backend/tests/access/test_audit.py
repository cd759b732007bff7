"""The audit log: append-only, and sealed."""

import asyncio

import asyncpg
import pytest

from app.access.audit import Audit
from app.access.callers import MACHINE
from app.database.keys import Keys
from app.database.pool import Database
from tests.fixtures.owner import as_owner

KEYS = Keys(master=bytes(32))


async def note(database: Database, audit: Audit, action: str) -> None:
    async with database.transaction() as session:
        await audit.note(session, MACHINE, action, "/v1/x", facts={"fields": ["b", "a"], "n": 1})


async def test_what_is_noted_at_the_same_moment_stands_in_one_chain(database: Database) -> None:
    audit = Audit.of(KEYS)
    await asyncio.gather(*(note(database, audit, f"act_{n}") for n in range(12)))

    found = await audit.verify(database)

    assert (found.entries, found.broken_at) == (12, None)
    assert found.head
    assert await Audit.of(Keys(master=bytes([1] * 32))).verify(database) != found


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit.entries SET action = 'x'",
        "DELETE FROM audit.entries",
        "TRUNCATE audit.entries",
    ],
)
async def test_nobody_changes_an_entry(database: Database, statement: str) -> None:
    await note(database, Audit.of(KEYS), "act")

    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
        await as_owner(database, statement)
    async with database.connection() as session:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await session.execute(statement)


@pytest.mark.parametrize(
    ("tampering", "broken_at"),
    [
        ("UPDATE audit.entries SET actor_name = 'somebody else' WHERE entry_id = 3", 3),
        ("""UPDATE audit.entries SET facts = '{"n": 2}' WHERE entry_id = 2""", 2),
        ("UPDATE audit.entries SET recorded_at = recorded_at - interval '1 us' WHERE entry_id = 4", 4),
        ("DELETE FROM audit.entries WHERE entry_id = 2", 2),
        ("DELETE FROM audit.entries WHERE entry_id = 5", 5),
        ("DELETE FROM audit.entries", 1),
        ("UPDATE audit.head SET entry_id = 4, hash = (SELECT hash FROM audit.entries WHERE entry_id = 3)", 5),
        ("UPDATE audit.head SET entry_id = 4, hash = (SELECT hash FROM audit.entries WHERE entry_id = 4)", 5),
    ],
)  # fmt: skip
async def test_what_a_superuser_did_to_it_shows(
    database: Database, tampering: str, broken_at: int
) -> None:
    audit = Audit.of(KEYS)
    for number in range(5):
        await note(database, audit, f"act_{number}")
    await as_owner(database, "ALTER TABLE audit.entries DISABLE TRIGGER append_only")
    await as_owner(database, tampering)

    assert (await audit.verify(database)).broken_at == broken_at


async def test_an_act_that_is_taken_back_leaves_no_entry(database: Database) -> None:
    audit = Audit.of(KEYS)

    async with database.rehearsal() as session:
        await audit.note(session, MACHINE, "act", "/v1/x")

    assert (await audit.verify(database)).entries == 0
