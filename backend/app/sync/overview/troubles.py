"""What is not as it should be with connections: the relations of which the overview is made."""

from enum import StrEnum

from app.database.queries import load

SQL = load(__file__)


class Trouble(StrEnum):
    """The worst first."""

    BROKEN = "broken"
    LATE = "late"
    UNSAFE = "unsafe"
    WAITING = "waiting"


class TroubleWish(StrEnum):
    """What connections are asked for by: a trouble, or that they have none."""

    BROKEN = "broken"
    LATE = "late"
    UNSAFE = "unsafe"
    WAITING = "waiting"
    NONE = "none"


class Reason(StrEnum):
    """What makes the trouble."""

    JOB_FAILED = "job_failed"
    BOOKS_UNBALANCED = "books_unbalanced"
    DISABLED = "disabled"
    OVERDUE = "overdue"
    PERSONAL_DATA = "personal_data"
    RANGE_HELD = "range_held"
    SCHEMA_CHANGE = "schema_change"
    QUARANTINE = "quarantine"
    NOTIFICATION = "notification"
    JOB_HELD_BACK = "job_held_back"


_NAMED = ("good", "failing", "unbalanced", "due", "overdue", "to_review", "held", "changes", "quarantined", "undelivered", "held_back")  # fmt: skip

RELATIONS = ",\n".join(f"{name} AS MATERIALIZED ({SQL[name]})" for name in _NAMED)
"""A relation each, to stand behind `WITH here AS (...)`, the connections that are looked at."""

TROUBLES = SQL["troubles"]
"""All of them: a row a connection and reason, `rank` 1 the worst. Shape: it needs `RELATIONS` before it."""
