"""The books: what became of every record, a batch at a time, credited to the job that read it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.failures import (
    BooksDoNotBalance,
)
from app.core.ids import JobId
from app.core.jobs import Attempt, Ledger
from app.core.layout import Layout
from app.database.pool import Connection, Row
from app.database.queries import load
from app.layers.chart import Fates
from app.layers.replaying import BatchFates
from app.layers.staging import Staged

SQL = load(__file__)


async def publish(
    connection: Connection,
    attempt: Attempt,
    staged: Staged,
    fates: Mapping[int, Fates],
    versions: Mapping[int, int],
    recorded_at: datetime,
    began_at: datetime | None,
) -> int:
    """Book a published range, whose versions are recorded at an instant; the promotion's id.

    Errors: BooksDoNotBalance, naming the batch, if a row that explore has is in none of the books.
    """
    promotion_id: int = await connection.fetchval(
        SQL["add_promotion"], staged.layout.stream_id, attempt.attempt_id, staged.after, staged.last,
        "published", None, recorded_at, began_at,
    )  # fmt: skip
    lost = await connection.fetch(
        SQL["add_outcomes"],
        promotion_id,
        staged.layout.stream_id,
        staged.after,
        staged.last,
        list(fates),
        [fate.charted for fate in fates.values()],
        [fate.superseded for fate in fates.values()],
        [fate.quarantined for fate in fates.values()],
        [fate.deleted for fate in fates.values()],
        [versions.get(batch_id, 0) for batch_id in fates],
    )
    if lost:
        batches = ", ".join(str(row["batch_id"]) for row in lost)
        raise BooksDoNotBalance(
            f"Batches {batches} of {staged.layout.descriptor} have rows in explore that are in no "
            "layer. Nothing of their range is published; run `atlas doctor`.",
            stream=str(staged.layout.descriptor),
        )
    return promotion_id


async def publish_nothing(
    connection: Connection, attempt: Attempt, layout: Layout, last: int, recorded_at: datetime
) -> None:
    """Book that a generation without a record was published: a promotion without a batch, after the last one."""
    await connection.execute(
        SQL["add_promotion"], layout.stream_id, attempt.attempt_id, last, last, "published", None,
        recorded_at, None,
    )  # fmt: skip


async def adjust(
    connection: Connection,
    attempt: Attempt,
    layout: Layout,
    fates: Mapping[int, BatchFates],
    versions: Mapping[int, int],
    began_at: datetime | None,
) -> int:
    """Book what a replay changed of its records' batches, beside what is booked; the promotion's id.

    Shape:  after quarantine is settled: the books are held against what it has.
    Errors: BooksDoNotBalance, naming the batches.
    """
    batches = sorted({*fates, *versions})
    promotion_id: int = await connection.fetchval(
        SQL["add_promotion"], layout.stream_id, attempt.attempt_id, batches[0] - 1, batches[-1],
        "replayed", None, None, began_at,
    )  # fmt: skip
    nothing = BatchFates(Fates(0, 0, 0, 0), landed=0)
    found = [fates.get(batch_id, nothing) for batch_id in batches]
    await connection.execute(SQL["begin_outcomes"], promotion_id, list(fates))
    await connection.execute(
        SQL["add_adjustments"],
        promotion_id,
        batches,
        [fate.landed for fate in found],
        [fate.fates.charted for fate in found],
        [fate.fates.superseded for fate in found],
        [fate.fates.deleted for fate in found],
        [versions.get(batch_id, 0) for batch_id in batches],
    )
    if wrong := await connection.fetch(SQL["unbalanced_of"], batches):
        listed = ", ".join(str(row["batch_id"]) for row in wrong)
        raise BooksDoNotBalance(
            f"The books of batches {listed} of {layout.descriptor} would not balance after the replay; "
            "nothing of it is published.",
            stream=str(layout.descriptor),
        )
    return promotion_id


async def restate(
    connection: Connection,
    attempt: Attempt,
    layout: Layout,
    fates: Mapping[int, Fates],
    versions: Mapping[int, int],
) -> None:
    """Book what became of published records under another key, beside what is booked.

    Shape:  `fates` and `versions` of all batches that chart is made of, by batch id.
    Errors: BooksDoNotBalance, naming the batches.
    """
    batches = sorted(fates)
    if not batches:
        return
    promotion_id: int = await connection.fetchval(
        SQL["add_promotion"], layout.stream_id, attempt.attempt_id, batches[0] - 1, batches[-1],
        "rekeyed", None, None, None,
    )  # fmt: skip
    found = [fates[batch_id] for batch_id in batches]
    await connection.execute(
        SQL["add_restatements"],
        promotion_id,
        batches,
        [fate.charted for fate in found],
        [fate.superseded for fate in found],
        [fate.quarantined for fate in found],
        [fate.deleted for fate in found],
        [versions.get(batch_id, 0) for batch_id in batches],
    )
    if wrong := await connection.fetch(SQL["unbalanced_of"], batches):
        listed = ", ".join(str(row["batch_id"]) for row in wrong)
        raise BooksDoNotBalance(
            f"The books of batches {listed} of {layout.descriptor} would not balance under the new key; "
            "its tables stay as they are.",
            stream=str(layout.descriptor),
        )


async def keep_up(connection: Connection, layout: Layout, last: int, recorded_at: datetime) -> None:
    """Let the stream's next versions be recorded later than these; its watermark never goes back."""
    await connection.execute(SQL["keep_up"], layout.stream_id, last, recorded_at)


async def hold(
    connection: Connection, attempt: Attempt, staged: Staged, reason: str, began_at: datetime | None
) -> int:
    """Book that a range is kept back; its records count as held. The promotion's id."""
    promotion_id: int = await connection.fetchval(
        SQL["add_promotion"], staged.layout.stream_id, attempt.attempt_id, staged.after, staged.last,
        "held", reason, None, began_at,
    )  # fmt: skip
    return promotion_id


async def move_watermark(
    connection: Connection,
    stream_id: int,
    batch_id: int,
    recorded_at: datetime,
    *,
    judged_by: str | None = None,
) -> None:
    """Let the stream be published up to a batch. Shape: `judged_by` are the rules that its rows have met, if any
    were published; since when they are the same is kept beside."""
    await connection.execute(SQL["move_watermark"], stream_id, batch_id, recorded_at, judged_by)


async def watermark(connection: Connection, stream_id: int) -> int:
    """The stream's newest published batch; 0 for none."""
    found: int = await connection.fetchval(SQL["watermark"], stream_id)
    return found


async def clock(connection: Connection) -> datetime:
    """What the database's clock shows: promotions begin and end by it, whichever machine takes them."""
    found: datetime = await connection.fetchval(SQL["clock"])
    return found


async def next_recorded_at(connection: Connection, stream_id: int) -> datetime:
    """The instant that this promotion's versions are recorded at: always after the last one's."""
    found: datetime = await connection.fetchval(SQL["next_recorded_at"], stream_id)
    return found


async def supersede_older(
    connection: Connection, attempt: Attempt, layout: Layout, before: int, reason: str
) -> None:
    """Book records that were never published, and will not be, as superseded.

    Shape: batches up to `before` without an outcome.
    """
    await connection.execute(
        SQL["supersede_older"], layout.stream_id, attempt.attempt_id, before, reason
    )


async def books(connection: Connection, job_id: JobId) -> Sequence[Ledger]:
    """A job's books, one line a stream, in the order of its streams."""
    return [_line(row) for row in await connection.fetch(SQL["books"], job_id)]


async def of_promotion(connection: Connection, promotion_id: int) -> Ledger:
    """The books of one published range."""
    row = await connection.fetchrow(SQL["of_promotion"], promotion_id)
    assert row is not None  # noqa: S101  the promotion was just booked
    return _line(row)


async def unbalanced_batches(connection: Connection, job_id: JobId) -> Sequence[int]:
    return [row["batch_id"] for row in await connection.fetch(SQL["unbalanced_batches"], job_id)]


async def last_batch(connection: Connection, stream_id: int) -> int:
    """The newest batch of a stream; 0 for none."""
    found: int = await connection.fetchval(SQL["last_batch"], stream_id)
    return found


async def last_of_older(connection: Connection, stream_id: int, generation: int) -> int:
    """The last batch of the generations before this one; 0 for none."""
    found: int = await connection.fetchval(SQL["last_of_older"], stream_id, generation)
    return found


async def unpublished(connection: Connection, stream_id: int, after: int, last: int) -> int:
    """Records that explore has of the batches in (after, last]."""
    found: int = await connection.fetchval(SQL["unpublished"], stream_id, after, last)
    return found


async def landed(connection: Connection, stream_id: int, generation: int) -> int:
    """Records of one generation of a stream that explore took, or had already."""
    found: int = await connection.fetchval(SQL["landed"], stream_id, generation)
    return found


async def rejected(connection: Connection, stream_id: int, generation: int | None) -> int:
    """Records of one generation of a stream, or of the newest, that explore refused when they were read."""
    found: int = await connection.fetchval(SQL["rejected"], stream_id, generation)
    return found


def _line(row: Row) -> Ledger:
    return Ledger(
        stream_id=row["stream_id"],
        namespace=row["namespace"] or None,
        name=row["name"],
        table=row["table_name"],
        read=row["read"],
        rejected=row["rejected"],
        unchanged=row["unchanged"],
        explored=row["explored"],
        charted=row["charted"],
        superseded=row["superseded"],
        quarantined=row["quarantined"],
        deleted=row["deleted"],
        held=row["held"],
        versions=row["versions"],
        size_bytes=row["size_bytes"],
        is_balanced=row["is_balanced"],
        out_of_range=row["out_of_range"],
    )
