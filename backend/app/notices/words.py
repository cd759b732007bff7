"""A notice in words: for the subject and text of a mail, and the title of a webhook."""

from typing import assert_never

from app.notices.outbox import Notice
from app.notices.rules import Occasion


def title_of(notice: Notice) -> str:
    """One line, without line breaks whatever the connection is called."""
    name = " ".join(str(notice.facts.get("connection", "")).split())[:100]
    match notice.occasion:
        case Occasion.FAILURE:
            return f"Atlas: the sync of {name} failed"
        case Occasion.RECOVERY:
            return f"Atlas: the sync of {name} succeeds again"
        case Occasion.SCHEMA_CHANGE:
            return f"Atlas: the schema of {name} changed"
        case Occasion.QUARANTINE:
            return f"Atlas: records of {name} are in quarantine"
        case _:
            assert_never(notice.occasion)


def text_of(notice: Notice) -> str:
    """What happened, and where to look."""
    facts = notice.facts
    lines = [title_of(notice), ""]
    failure = facts.get("failure")
    if isinstance(failure, dict):
        lines.append(
            f"Why: {failure.get('title')} ({failure.get('slug')}, {failure.get('failure')})"
        )
    if "quarantined" in facts:
        lines.append(f"Records kept out: {facts['quarantined']} of {facts.get('read', 0)} read")
    if "stream" in facts:
        lines.append(f"Stream: {facts['stream']}")
    lines += [
        f"Job: {facts.get('jobId')}",
        f"Connection: {facts.get('connectionId')}",
        f"At: {facts.get('at')}",
    ]
    return "\n".join(lines) + "\n"
