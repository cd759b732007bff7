"""How much of what a job reads may end in quarantine, and what becomes of a job of which it is more.

Who wants to be told has a notification rule of the occasion `quarantine`, with a share of its own; both count
by pipeline.quarantine_of_jobs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

import structlog

from app.core.catalog import StreamDescriptor, shown
from app.core.events import QUARANTINE_EXCEEDED
from app.core.failures import (
    TooMuchQuarantined,
)
from app.core.ids import ConnectionId
from app.core.jobs import Attempt
from app.database.pool import Connection as Session
from app.database.queries import load
from app.sync.jobs import events

SQL = load(__file__)
log = structlog.get_logger(__name__)


class OnExceeded(StrEnum):
    """What becomes of a job over its limit: it is failed, or an event says so."""

    FAIL = "fail"
    WARN = "warn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """The most of a stream that a job may leave in quarantine, at both boundaries together.

    Units: `share` 0..1 of the records read, which is still right; `records` likewise.
    Shape: a none does not limit.
    """

    share: float | None = None
    records: int | None = None
    on_exceeded: OnExceeded = OnExceeded.FAIL


async def of_connection(session: Session, connection_id: ConnectionId) -> Limit:
    row = await session.fetchrow(SQL["of_connection"], connection_id)
    if row is None:
        return Limit()
    return Limit(
        share=row["share"], records=row["records"], on_exceeded=OnExceeded(row["on_exceeded"])
    )


async def keep(session: Session, connection_id: ConnectionId, limit: Limit) -> None:
    """Let a limit hold from the connection's next end of a job on; one that limits nothing is none."""
    if limit.share is None and limit.records is None:
        await session.execute(SQL["remove"], connection_id)
        return
    await session.execute(SQL["keep"], connection_id, limit.share, limit.records, limit.on_exceeded)


async def require(session: Session, attempt: Attempt) -> None:
    """Hold a job that is about to end well against its connection's limit; last of all that is done.

    Shape:  an event a stream that is over it, where the connection is to be warned alone.
    Errors: TooMuchQuarantined, naming the first stream and its rules; what was published stays.
    """
    for row in await session.fetch(SQL["exceeded"], attempt.job_id):
        limit = await of_connection(session, attempt.connection_id)
        stream = StreamDescriptor(row["name"], row["namespace"])
        found = await session.fetch(SQL["rules"], attempt.job_id, row["stream_id"])
        rules = {one["rule"]: one["records"] for one in found}
        if limit.on_exceeded is OnExceeded.FAIL:
            raise _too_much(stream, row["read"], row["bad"], rules, limit)
        log.warning(
            "quarantine_exceeded", stream=str(stream), read=row["read"], quarantined=row["bad"]
        )
        payload = {
            "stream": stream.name, "namespace": stream.namespace, "read": row["read"],
            "quarantined": row["bad"], "rules": rules,
        }  # fmt: skip
        await events.add(session, attempt.job_id, attempt.attempt_id, QUARANTINE_EXCEEDED, payload)


def _too_much(
    stream: StreamDescriptor, read: int, bad: int, rules: Mapping[str, int], limit: Limit
) -> TooMuchQuarantined:
    share = None if limit.share is None else f"{limit.share:.2%}"
    records = None if limit.records is None else f"{limit.records} records"
    most = " or ".join(part for part in (share, records) if part)
    broken = ", ".join(f"{shown(rule)} ({count})" for rule, count in rules.items())
    return TooMuchQuarantined(
        f"Of {read} records of {shown(str(stream))} {bad} are in quarantine, more than the {most} that its "
        f"connection allows. The rules they broke: {broken}. The good ones are published. Look at the others "
        "with GET /v1/quarantine, correct them or waive the rule, and replay them; or let the limit be another: "
        "PUT /v1/connections/{id}/quarantineLimit.",
        stream=str(stream),
        quarantined=bad,
    )
