"""Which workspace the thing that a path names belongs to; it never moves to another."""

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from app.core.errors import (
    ConnectionNotFound,
    DestinationNotFound,
    JobNotFound,
    NotFound,
    NotificationNotDead,
    NotificationRuleNotFound,
    QuarantineRecordNotFound,
    RemoteNotFound,
    SchemaChangeNotFound,
    SourceNotFound,
    TagNotFound,
    TransformationNotFound,
    TransformationRunNotFound,
    WorkspaceNotFound,
)
from app.core.ids import WorkspaceId
from app.database.pool import Database
from app.database.queries import load

SQL = load(__file__)

_NUMBERS = frozenset({"jobId", "changeId", "notificationId", "transformationRunId"})
_RECORD = re.compile(r"(explore|chart)-[0-9]{1,18}")
_LARGEST = 2**63 - 1
_REMEMBERED = 50_000
_NOT_FOUND: dict[str, tuple[type[NotFound], str]] = {
    "workspaceId": (WorkspaceNotFound, "No workspace has this id."),
    "sourceId": (SourceNotFound, "No source has this id."),
    "destinationId": (DestinationNotFound, "No destination has this id."),
    "tagId": (TagNotFound, "No tag has this id."),
    "connectionId": (ConnectionNotFound, "No connection has this id."),
    "jobId": (JobNotFound, "No job has this id."),
    "recordId": (QuarantineRecordNotFound, "No record in quarantine has this id."),
    "changeId": (SchemaChangeNotFound, "No schema change has this id."),
    "notificationId": (NotificationNotDead, "No notification that was given up has this id."),
    "transformationId": (TransformationNotFound, "No transformation has this id."),
    "transformationRunId": (TransformationRunNotFound, "No transformation run has this id."),
    "ruleId": (NotificationRuleNotFound, "No notification rule has this id."),
    "remoteId": (RemoteNotFound, "No remote has this id."),
}


Named = UUID | int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """Knows to which workspace things belong, and remembers it."""

    database: Database
    remembered: "OrderedDict[tuple[str, Named], WorkspaceId]" = field(default_factory=OrderedDict)

    async def workspace_of(self, name: str, value: object) -> WorkspaceId | None:
        """The workspace of what a path parameter names; none if there is no such thing, or it has none.

        Shape: parameters by their name in the path, such as `connectionId`.
        """
        asked = _asked(name, value)
        if asked is None:
            return None
        found = self.remembered.get((name, asked))
        if found is None:
            query = SQL[name]
            async with self.database.connection() as session:
                workspace_id = await session.fetchval(query, asked)
            if workspace_id is None:
                return None
            found = self.remembered[(name, asked)] = WorkspaceId(workspace_id)
            while len(self.remembered) > _REMEMBERED:
                self.remembered.popitem(last=False)
        return found


def names_a_thing(name: str, value: object) -> bool:
    """Whether a path parameter is of things of a workspace, and in the form of their ids."""
    return _asked(name, value) is not None


def not_found(name: str, value: object) -> NotFound:
    """As of what is not there: who may not look is not told that it is."""
    kind, detail = _NOT_FOUND[name]
    snake = re.sub(r"[A-Z]", lambda capital: "_" + capital[0].lower(), name)
    return kind(detail, **{snake: _number(str(value)) if name in _NUMBERS else str(value)})


def _asked(name: str, value: object) -> Named | None:
    """As PostgreSQL takes it; none of what the operation itself will refuse."""
    if name not in _NOT_FOUND:
        return None
    text = str(value)
    if name == "recordId":
        return text if _RECORD.fullmatch(text) else None
    if name in _NUMBERS:
        return _number(text)
    try:
        return UUID(text)
    except ValueError:
        return None


def _number(text: str) -> int | None:
    """A number that an id may be; none of any other text, however long: Python reads no number of thousands of digits."""
    digits = text.lstrip("0") or "0"
    if not text.isascii() or not text.isdigit() or len(digits) > len(str(_LARGEST)):
        return None
    return number if (number := int(digits)) <= _LARGEST else None
