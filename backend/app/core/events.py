"""What happens to jobs, as it is kept and told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.core.ids import AttemptId, ConnectionId, JobId

SCHEMA_CHANGED = "schema_changed"
"""A stream's schema is another than it was last seen with.

Shape: its payload names `stream` and `namespace`; against the configured schema the fields that were
       `added`, `removed`, `retyped`; or says `isGone`, `hasOtherKey`, or `isAsConfigured` again.
"""
SCHEMA_ADOPTED = "schema_adopted"
"""A stream is read by another schema from now on. Shape: `stream`, `namespace`, `version`."""

QUARANTINE_EXCEEDED = "quarantine_exceeded"
"""A job left more of a stream in quarantine than its connection wants to go unsaid.

Shape: its payload names `stream` and `namespace`, the records `read` and `quarantined`, and `rules` by count.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One transition. Shape: of one job, ids ascend in the order in which it happened.

    `kind` is `job_{status}`, `attempt_started`, `attempt_{status}`, `attempt_cancel_requested`,
    `range_published`, `range_held`, `range_replayed`, `range_rekeyed`, `remote_seen`, SCHEMA_CHANGED, SCHEMA_ADOPTED or QUARANTINE_EXCEEDED. No
    value of a record is in `payload`.
    """

    event_id: int
    job_id: JobId
    connection_id: ConnectionId
    attempt_id: AttemptId | None
    kind: str
    payload: Mapping[str, object]
    at: datetime
