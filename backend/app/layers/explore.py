"""Explore (bronze): what the source sent, appended by binary COPY of the untouched bytes."""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

import xxhash

from app.core.failures import (
    CopyRefused,
)
from app.core.ids import AttemptId, BatchId, StreamId
from app.core.records import Batch, Refused
from app.database.copy import copy_in, rows
from app.database.identifiers import Table
from app.database.pool import Connection, LaneConnection
from app.database.queries import load
from app.layers import leaves
from app.layers.mending import mend
from app.layers.repeats import REPEATED_KEY, with_repeated_keys

SQL = load(__file__)

_ROW = struct.Struct("!hiqiii").pack  # 4 fields; batch_id, seq; the length of data
_JSONB_VERSION = b"\x01"
_HASH_LENGTH = struct.pack("!i", 16)
_HEAD_BYTES = 65_536
_PIECE_RECORDS = 256  # framed while the server reads those before; measured

Numbered = Sequence[tuple[int, bytes]]
"""Records with their `seq` in the batch."""


@dataclass(slots=True)
class Appended:
    """What became of a batch: rows in explore, records kept out, records changed to fit.

    Shape: `explored` is the server's own count; the pairs are (seq, record), seq none where the
           reader refused the line before it was a record; `unchanged` of a batch that explore has already.
    """

    explored: int = 0
    unchanged: int = 0
    rejected: list[tuple[int | None, Refused]] = field(default_factory=list)
    mended: list[tuple[int, Refused]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explore:
    """Writes batches to explore.

    Units: `seed` 64 bits, secret, one a database; `timeout_s` for one COPY.
    """

    seed: int
    timeout_s: float

    async def append(
        self, lane: LaneConnection, table: Table, batch_id: BatchId, batch: Batch
    ) -> Appended:
        """Append a batch as it was sent.

        Shape:  one row a record, in the order they were read; a record that jsonb refuses is
                mended where that loses nothing but the refused character, else kept out.
        Errors: CopyInterrupted, DatabaseFull; nothing of the batch is there then.
        Source: Airbyte protocol, AirbyteRecordMessage.data.
        """
        done = Appended(rejected=[(None, refused) for refused in batch.refused])
        if not batch.records:
            return done
        numbered = list(enumerate(batch.records))
        try:
            done.explored = await self._copy(lane, table, batch_id, numbered)
        except CopyRefused:
            await self._append_mended(lane, table, batch_id, batch.records, done)
        _note_repeats(batch.records, done)
        return done

    async def _append_mended(
        self,
        lane: LaneConnection,
        table: Table,
        batch_id: BatchId,
        records: Sequence[bytes],
        done: Appended,
    ) -> None:
        mended: list[tuple[int, bytes]] = []
        for seq, data in enumerate(records):
            better, rules = mend(data)
            mended.append((seq, better))
            if rules:
                done.mended.append((seq, _kept(",".join(rules), "replaced to fit jsonb", data)))
        await self._bisect(lane, table, batch_id, mended, records, done)
        kept_out = {seq for seq, _ in done.rejected}
        done.mended = [(seq, record) for seq, record in done.mended if seq not in kept_out]

    async def _bisect(
        self,
        lane: LaneConnection,
        table: Table,
        batch_id: BatchId,
        numbered: Numbered,
        records: Sequence[bytes],
        done: Appended,
    ) -> None:
        """Append what can be appended; halve what the server refuses until the bad record is alone."""
        try:
            done.explored += await self._copy(lane, table, batch_id, numbered)
        except CopyRefused as refusal:
            if len(numbered) == 1:
                ((seq, _),) = numbered
                done.rejected.append((seq, _kept("not_storable", refusal.detail, records[seq])))
                return
            middle = len(numbered) // 2
            await self._bisect(lane, table, batch_id, numbered[:middle], records, done)
            await self._bisect(lane, table, batch_id, numbered[middle:], records, done)

    async def _copy(
        self, lane: LaneConnection, table: Table, batch_id: BatchId, numbered: Numbered
    ) -> int:
        async with lane.transaction():  # a savepoint: a refusal takes back this COPY alone
            return await copy_in(
                lane,
                SQL["append"].format(explore=table),
                rows(
                    frames(batch_id, numbered[start : start + _PIECE_RECORDS], self.seed)
                    for start in range(0, len(numbered), _PIECE_RECORDS)
                ),
                self.timeout_s,
            )


def _note_repeats(records: Sequence[bytes], done: Appended) -> None:
    """Note which records lost a value because they name a key twice; the last one counts."""
    refused = {seq for seq, _ in done.rejected}
    mended = dict(done.mended)
    for seq in with_repeated_keys(records):
        if seq in refused:
            continue
        before = mended.get(seq)
        rule = f"{before.rule},{REPEATED_KEY}" if before else REPEATED_KEY
        mended[seq] = _kept(rule, "of values with one key the last was kept", records[seq])
    done.mended = sorted(mended.items())


def frames(batch_id: BatchId, numbered: Numbered, seed: int) -> bytes:
    """The records as rows of binary COPY: batch_id, seq, data, content_hash."""
    parts: list[bytes] = []
    digest = xxhash.xxh3_128_digest
    extend = parts.extend
    for seq, data in numbered:
        extend(
            (
                _ROW(4, 8, batch_id, 4, seq, len(data) + 1),
                _JSONB_VERSION,
                data,
                _HASH_LENGTH,
                digest(data, seed),
            )
        )
    return b"".join(parts)


async def close_batch(
    lane: LaneConnection,
    batch_id: BatchId,
    batch: Batch,
    appended: Appended,
    *,
    attempt_id: AttemptId,
    stream_id: StreamId,
    generation_id: int,
    out_of_range: int = 0,
) -> None:
    """Book a batch whose rows were just copied, and keep what was refused."""
    cursor = lane.cursor()
    await cursor.execute(
        SQL["close_batch"],
        (
            batch_id, attempt_id, stream_id, generation_id, batch.read, appended.explored,
            len(appended.rejected), appended.unchanged, out_of_range, batch.size_bytes, batch.extracted_at,
        ),
    )  # fmt: skip
    kept = [(seq, "kept", r) for seq, r in appended.rejected]
    kept += [(seq, "mended", r) for seq, r in appended.mended]
    if kept:
        await cursor.execute(
            SQL["keep_refused"],
            (
                stream_id,
                batch_id,
                [seq for seq, _, _ in kept],
                [status for _, status, _ in kept],
                [record.rule for _, _, record in kept],
                [record.reason for _, _, record in kept],
                [record.head for _, _, record in kept],
                [record.size_bytes for _, _, record in kept],
            ),
        )


async def reserve_batches(lane: LaneConnection, count: int) -> list[BatchId]:
    """Batch ids in rising order, never given twice."""
    found = await (await lane.cursor().execute(SQL["reserve_batches"], (count,))).fetchall()
    return [BatchId(int(str(row[0]))) for row in found]


async def void_uncovered(connection: Connection, stream_id: StreamId, table: Table) -> int:
    """Take back the stream's batches that no checkpoint covers; the source will send them again.

    Shape: the batches voided; their rows leave explore and their records leave the books.
    """
    voided = await connection.fetch(SQL["void_batches"], stream_id)
    if voided:
        ids, had = [row["batch_id"] for row in voided], sum(row["explored"] for row in voided)
        if await _delete(connection, table, ids) < had:
            await make_index_anew(connection, table, min(ids) - 1)
            await _delete(connection, table, ids)
        await connection.execute(SQL["forget_refused"], ids)
    return len(voided)


async def _delete(connection: Connection, table: Table, batch_ids: Sequence[int]) -> int:
    status = await connection.execute(SQL["delete_voided"].format(explore=table), batch_ids)
    return int(status.rpartition(" ")[2])


async def read_by_range(connection: Connection) -> None:
    """Until the transaction ends, find batches by the BRIN index, whatever the planner thinks.

    Explore is seldom analyzed, so it takes a range for a handful of rows somewhere in the table,
    and reads all of it: every range would cost more than the one before.
    """
    await connection.execute(SQL["read_by_range"])


async def make_index_anew(connection: Connection, table: Table, after: int) -> None:
    """Let all batches after one be found.

    Shape:  who writes waits until the transaction ends.
    Source: seen with PostgreSQL 18, by its cause from 17 on. A COPY keeps in mind how far a BRIN index's map of ranges goes; rows that it puts
            into ranges which are summarised meanwhile, by a page more of that map, it tells the index nothing of
            (decision 0058).
    """
    await leaves.make_indexes_anew(connection, table, after)


async def summarise(connection: Connection, table: Table) -> None:
    """Let the BRIN indexes know the newest pages, so that a range is found without a full scan."""
    await connection.execute(SQL["summarise"], table.dotted)


def _kept(rule: str, reason: str, data: bytes) -> Refused:
    return Refused(rule=rule, reason=reason, head=data[:_HEAD_BYTES], size_bytes=len(data))
