"""Which records a replay is about, and what has become of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.core.errors import JobNotFound, NothingToReplay
from app.core.ids import ConnectionId, JobId, StreamId
from app.database.pool import Connection as Session
from app.database.queries import load
from app.layers.replaying import Kept
from app.sync.quarantine import decisions

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The records of a connection that shall come back.

    Shape: a none chooses all; each record brings those along that were sent just like it.
    """

    connection_id: ConnectionId
    records: Sequence[Kept] | None = None
    stream: str | None = None
    namespace: str | None = None
    rule: str | None = None

    @property
    def values(self) -> Sequence[object]:
        named = self.records
        boundaries = None if named is None else [one.boundary for one in named]
        ids = None if named is None else [one.quarantine_id for one in named]
        return (self.connection_id, boundaries, ids, self.stream, self.namespace, self.rule)


async def begin(session: Session, job_id: JobId, choice: Choice, by: str) -> int:
    """Let a job be the replay of what is chosen now; how many records.

    Errors: NothingToReplay.
    """
    await decisions.alone(session, choice.connection_id)
    await session.execute(SQL["begin"], job_id, by)
    statement = SQL["add_chosen"].format(chosen=SQL["chosen"])
    status = await session.execute(statement, *choice.values, job_id)
    return _require_some(status)


async def want(session: Session, choice: Choice) -> int:
    """Note what is chosen in the temporary table `wanted`; how many records. Errors: NothingToReplay."""
    status = await session.execute(SQL["want_chosen"].format(chosen=SQL["chosen"]), *choice.values)
    return _require_some(status)


async def asked_by(session: Session, job_id: JobId) -> str:
    """Who asked for a replay. Errors: JobNotFound if the job is none."""
    found: str | None = await session.fetchval(SQL["asked_by"], job_id)
    if found is None:
        raise JobNotFound("No replay has this job.", job_id=job_id)
    return found


async def fates(session: Session, job_id: JobId) -> Mapping[str, int]:
    """How many of a replay's records were charted, superseded, deleted, quarantined, or are waiting."""
    return {row["fate"]: row["records"] for row in await session.fetch(SQL["fates"], job_id)}


async def before_shown(session: Session, stream_id: StreamId) -> int:
    """The last batch before the generation that chart shows; 0 for none."""
    found: int = await session.fetchval(SQL["before_shown"], stream_id)
    return found


def _require_some(status: str) -> int:
    found = int(status.rpartition(" ")[2])
    if not found:
        raise NothingToReplay(
            "No record that was chosen is in quarantine and can come back. What explore could not take "
            "needs a correction first; what was dismissed, too."
        )
    return found
