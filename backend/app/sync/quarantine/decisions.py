"""What people decide of a record in quarantine: correct it, or leave it out for good.

A record that was sent again just as it was is the same mistake: what is decided of one is decided of all
of them, each at its own place.
"""

from dataclasses import dataclass

from app.core.errors import FixInvalid, QuarantineRecordDecided
from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.pool import ValueDoesNotFit, run
from app.database.queries import load
from app.layers.repeats import repeats_a_key
from app.layers.replaying import Kept
from app.sync.quarantine import records
from app.sync.quarantine.records import Boundary, Status

SQL = load(__file__)

_OPEN = (Status.KEPT, Status.FIXED, Status.DISMISSED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """How a record should have been sent: all of it, or what changes of it.

    Shape:  JSON as bytes, one of the two; numbers stay as they are written.
    Source: RFC 7396 for `patch`, which is applied by jsonb (quarantine.merged): the libraries go through
            Python's floats, and so would change numbers that nobody meant to touch.
    """

    record: bytes | None = None
    patch: bytes | None = None


async def alone(session: Session, connection_id: ConnectionId) -> None:
    """Keep others from deciding of a connection's records, or replaying them, to the transaction's end."""
    await session.execute(SQL["alone"], connection_id)


async def fix(
    session: Session, kept: Kept, correction: Correction, by: str, note: str | None = None
) -> int:
    """Keep a correction for the next replay; of how many records. Explore stays as it was sent.

    Errors: QuarantineRecordNotFound, QuarantineRecordDecided; FixInvalid, which never quotes it.
    """
    await _require_open(session, kept)
    text = _text_of(kept, correction)
    if kept.boundary == Boundary.EXPLORE:
        await session.execute(SQL["place_refused"], kept.quarantine_id)
    statement = SQL["fix_by_record" if correction.patch is None else "fix_by_patch"]
    try:
        fixed = await run(session, statement, kept.boundary, kept.quarantine_id, text, by)
    except ValueDoesNotFit:
        raise FixInvalid("The correction is not JSON that PostgreSQL's jsonb takes.") from None
    if not fixed:
        raise FixInvalid("The corrected record is not a JSON object.")
    await _set(session, kept, Status.FIXED, by, note)
    return fixed


async def dismiss(session: Session, kept: Kept, by: str, note: str | None = None) -> int:
    """Leave a record out; how many. It is kept and booked as it was, and a correction brings it back.

    Errors: QuarantineRecordNotFound, QuarantineRecordDecided.
    """
    await _require_open(session, kept)
    return await _set(session, kept, Status.DISMISSED, by, note)


async def _require_open(session: Session, kept: Kept) -> None:
    found = await records.get(session, kept)
    await alone(session, found.connection_id)
    standing = await session.fetchrow(SQL["standing"], kept.boundary, kept.quarantine_id)
    if standing is None:
        raise records.not_found(kept)
    if standing["is_in_replay"]:
        raise QuarantineRecordDecided(
            "A job is replaying the record; decide again when it is over.", record_id=str(kept)
        )
    if Status(standing["status"]) not in _OPEN:
        raise QuarantineRecordDecided(
            f"The record is {standing['status']}: a later layer has it.", record_id=str(kept)
        )


async def _set(session: Session, kept: Kept, status: Status, by: str, note: str | None) -> int:
    statement = SQL["set_chart" if kept.boundary == Boundary.CHART else "set_explore"]
    rows = await session.fetch(statement, kept.quarantine_id, status)
    ids = [row["quarantine_id"] for row in rows]
    await session.execute(SQL["note"], kept.boundary, ids, status, by, note)
    return len(ids)


def _text_of(kept: Kept, correction: Correction) -> str:
    """Errors: FixInvalid."""
    given = correction.record if correction.patch is None else correction.patch
    if given is None or (correction.record is not None and correction.patch is not None):
        raise FixInvalid("A correction is the whole `record`, or a `patch` of it.")
    if correction.patch is not None and kept.boundary == Boundary.EXPLORE:
        raise FixInvalid("What explore could not take cannot be patched: give the whole `record`.")
    if repeats_a_key(given):
        raise FixInvalid("The correction names a key of one object twice.")
    try:
        return given.decode()
    except UnicodeDecodeError:
        raise FixInvalid("The correction is not UTF-8.") from None
