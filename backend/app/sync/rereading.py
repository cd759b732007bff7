"""A full refresh that reads what explore has already is seen again, and not recorded again.

While it is read, its records are held against the generation that chart shows, one for one and in order,
by their content hashes; the records themselves do not leave this process. With the first that differs the
generation is an ordinary one: what was the same until then is copied within explore, to the places where
it was read, and all that follows lands as ever.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.metadata import version

import xxhash

from app.core.connections import ConnectedStream, WhenUnchanged
from app.core.failures import (
    BooksDoNotBalance,
)
from app.core.findings import PathDecision
from app.core.ids import BatchId
from app.core.jobs import Attempt, JobType
from app.core.layout import Layout
from app.core.records import Batch
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.database.pool import Database, LaneConnection
from app.database.queries import load
from app.layers import explore
from app.layers.tables import Tables
from app.sync.jobs import job_store

SQL = load(__file__)

_HASH_BYTES = 16
_RECORDS_AT_ONCE = 25_000


@dataclass(frozen=True, slots=True)
class _Part:
    """Records of a standing batch that a batch which was read is the same as, from a place in each on."""

    standing: int
    start: int
    records: int
    batch_id: int
    place: int


@dataclass(slots=True, kw_only=True)
class Rereading:
    """One stream that is read again, and how far it is what it was.

    Shape: `standing` is the generation that it is held against, `left` its batches of which the hashes were
           not asked for yet, `expected` the hashes that come next; `seen` are the batches that were the same.
    """

    stream: ConnectedStream
    generation: int
    standing: int
    batches: Sequence[tuple[int, int]]
    left: deque[tuple[int, int]]
    seed: int
    expected: bytes = b""
    seen: list[tuple[BatchId, int]] = field(default_factory=list)

    async def is_same(self, database: Database, batch: Batch) -> bool:
        """True if a batch is just what comes next of the standing generation."""
        if batch.refused:
            return False
        wanted = len(batch.records) * _HASH_BYTES
        while len(self.expected) < wanted and self.left:
            self.expected += await self._next_hashes(database)
        digest, seed = xxhash.xxh3_128_digest, self.seed
        if b"".join([digest(data, seed) for data in batch.records]) != self.expected[:wanted]:
            return False
        self.expected = self.expected[wanted:]
        return True

    @property
    def is_at_end(self) -> bool:
        """True if the standing generation has no more records."""
        return not self.expected and not self.left

    async def record(self, database: Database, attempt: Attempt) -> Sequence[tuple[BatchId, int]]:
        """Give explore what was only seen so far; these batches with their records.

        Shape:  they have landed; some batches a transaction.
        Errors: Fenced; BooksDoNotBalance if explore has not what it had a moment ago.
        """
        parts = list(_parts(self.batches, self.seen))
        some: list[_Part] = []
        for number, part in enumerate(parts):
            some.append(part)
            is_whole = number + 1 == len(parts) or parts[number + 1].batch_id != part.batch_id
            is_enough = sum(each.records for each in some) >= _RECORDS_AT_ONCE
            if is_whole and (is_enough or number + 1 == len(parts)):
                await self._record(database, attempt, some)
                some = []
        return self.seen

    async def _record(self, database: Database, attempt: Attempt, parts: Sequence[_Part]) -> None:
        table = Tables.of(self.stream.layout.table).explore
        async with job_store.fenced(database, attempt) as session:
            await explore.read_by_range(session)
            status = await session.execute(
                SQL["record"].format(explore=table),
                [part.standing for part in parts],
                [part.start for part in parts],
                [part.records for part in parts],
                [part.batch_id for part in parts],
                [part.place for part in parts],
            )
            if int(status.rpartition(" ")[2]) != sum(part.records for part in parts):
                raise BooksDoNotBalance(
                    f"Explore has no longer all records of generation {self.standing} of "
                    f"{self.stream.layout.descriptor}; nothing of this read is published. Run `atlas doctor`.",
                    stream=str(self.stream.layout.descriptor),
                )
            await session.execute(SQL["book_recorded"], sorted({part.batch_id for part in parts}))

    async def _next_hashes(self, database: Database) -> bytes:
        some, records = [], 0
        while self.left and records < _RECORDS_AT_ONCE:
            batch_id, explored = self.left.popleft()
            some.append(batch_id)
            records += explored
        table = Tables.of(self.stream.layout.table).explore
        async with database.transaction() as session:
            await explore.read_by_range(session)
            found: bytes = await session.fetchval(SQL["hashes"].format(explore=table), some)
        return found


async def opened(
    session: Session,
    attempt: Attempt,
    stream: ConnectedStream,
    generation: int,
    decisions: Iterable[PathDecision],
    *,
    keys: Keys,
    policy: WhenUnchanged,
) -> Rereading | None:
    """What a stream that is about to be read is held against; none if all of it is to be recorded.

    Shape: only a sync of a mode that overwrites, where the connection says so, and where chart shows one
           whole good generation, made as it would be made today.
    """
    layout = stream.layout
    wanted = policy is WhenUnchanged.RECORD_ONCE and layout.sync_mode.overwrites
    if not wanted or attempt.job_type is not JobType.SYNC:
        return None
    by = made_by(layout, decisions, keys)
    standing = await session.fetchval(SQL["standing"], stream.stream_id, by)
    shows = SQL["shows"].format(chart=Tables.of(layout.table).chart)
    if standing is None or not await session.fetchval(shows):
        return None
    rows = await session.fetch(SQL["batches"], stream.stream_id, standing)
    batches = [(row["batch_id"], row["explored"]) for row in rows]
    return Rereading(
        stream=stream,
        generation=generation,
        standing=standing,
        batches=batches,
        left=deque(batches),
        seed=keys.content_seed,
    )


async def note_same(lane: LaneConnection, rereading: Rereading) -> None:
    """Keep that a generation is the same as the standing one; chart shows that as before."""
    await lane.cursor().execute(
        SQL["note_same"], (rereading.stream.stream_id, rereading.generation, rereading.standing)
    )


async def note_made(session: Session, last: int, by: str) -> None:
    """Keep what has made the rows of the generation that a batch is of."""
    await session.execute(SQL["note_made"], last, by)


def made_by(layout: Layout, decisions: Iterable[PathDecision], keys: Keys) -> str:
    """A digest of all that decides which rows are made of a stream's records: the same records and the same
    digest give the same rows."""
    masked = sorted((d.path, str(d.entity)) for d in decisions if d.is_masked)
    return _digest(version("atlas"), keys.id, masked, *_rules(layout))


def judged_by(layout: Layout) -> str:
    """A digest of the rules by which a stream's rows are good, and newer than others."""
    return _digest(*_rules(layout))


def _rules(layout: Layout) -> tuple[object, ...]:
    return (
        layout.sync_mode, layout.columns, layout.primary_key, layout.cursor_field, layout.schema_version,
        layout.check_cols, layout.has_rest, layout.nested, layout.children, layout.misfit, sorted(layout.waived),
    )  # fmt: skip


def _digest(*facts: object) -> str:
    return blake2b(repr(facts).encode(), digest_size=16).hexdigest()


def _parts(
    standing: Sequence[tuple[int, int]], seen: Sequence[tuple[BatchId, int]]
) -> Iterable[_Part]:
    """Which records of which standing batch each batch that was read is the same as, in order."""
    batches = iter(standing)
    old, start, have = 0, 0, 0
    for batch_id, records in seen:
        place = 0
        while place < records:
            if not have:
                old, have = next(batches)
                start = 0
            taken = min(have, records - place)
            yield _Part(old, start, taken, batch_id, place)
            start, have, place = start + taken, have - taken, place + taken
