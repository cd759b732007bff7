"""Why the connector cannot do what it was asked, and who can mend it."""

from app.core.errors import Failure
from app.database.outside import OutsideFailed

_CONFIG = ("0A", "28", "3D", "3F", "42")
"""Not supported there, not let in, no such database or schema; names that are none, and rights."""
_TRANSIENT = ("08", "25", "40", "53", "55", "57", "58")
_RIGHTS = "42501"
_CANCELED = "57014"
_LIMIT = "54"
_CLASS = 2
_WRONG = (
    "authentication failed",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied",
    "not permitted to log in",
    "certificate",
    "does not match",
    "support SSL",
    "alert",  # of TLS: the server does not believe the client
    "startup parameter",
    "invalid ",
)
"""What libpq and the server say of a session that nobody gets without changing something."""


class Failed(Exception):
    """Shape: `message` is for a person, and holds no value of a row and no secret."""

    def __init__(self, message: str, failure: Failure = Failure.CONFIG) -> None:
        super().__init__(message)
        self.message, self.failure = message, failure


class Stopped(BaseException):
    """Somebody ends this program; as KeyboardInterrupt, it is nobody's to catch but the outermost."""


def unreachable(refused: OutsideFailed) -> Failed:
    """Of a session that was not opened: libpq has only words for why, and what they do not surely say to be
    wrong for good may pass."""
    is_wrong = any(word in refused.said for word in _WRONG)
    failure = Failure.CONFIG if is_wrong else Failure.TRANSIENT
    return Failed(f"PostgreSQL cannot be reached: {refused.said}.", failure)


def broken(refused: OutsideFailed, doing: str) -> Failed:
    """Of a statement that failed, with what it was for."""
    if refused.sqlstate is None:
        return Failed(f"While {doing}, {refused.said}.", Failure.TRANSIENT)
    said = f"While {doing}, {refused.said}"
    if refused.sqlstate == _RIGHTS:
        return Failed(f"{said}: the account may not read all of it.")
    if refused.sqlstate == _CANCELED:
        return Failed(
            f"{said}: a time limit of the server's, or a standby that had to go on, ended it.",
            Failure.TRANSIENT,
        )
    kind = refused.sqlstate[:_CLASS]
    if kind == _LIMIT:
        return Failed(f"{said}: a row is too large to be made JSON.", Failure.SYSTEM)
    if kind in _CONFIG:
        return Failed(f"{said}.")
    return Failed(f"{said}.", Failure.TRANSIENT if kind in _TRANSIENT else Failure.SYSTEM)
