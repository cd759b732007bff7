"""What dbt says while it works: a line of JSON each, made fit to be kept.

Source: dbt-core 1.11, structured logging.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from app.processes.lines import Lines, LongLine
from app.processes.redaction import Redaction

_LINE_BYTES = 262_144
_LONGEST_MESSAGE = 4_000
_MOST_SILENT_LINES = 200
_OF_THE_PROJECT = frozenset({"JinjaLogInfo", "JinjaLogDebug", "JinjaLogWarning", "PrintEvent", "ShowNode", "CompiledNode", "UserEvent"})  # fmt: skip
"""What a project's own macros say: it may be rows that they have read."""
_OVER = frozenset({"success", "error", "skipped", "partial success", "no-op", "pass", "fail", "warn"})  # fmt: skip
_DROPPED = re.compile(
    r"^\s*(DETAIL|CONTEXT|LINE \d+|HINT|QUERY|STATEMENT|compiled code at|\^)", re.I
)
_VALUE = re.compile(r"(: |\bvalue )[\"'].*", re.I)
"""How a database quotes a row's value: last in its message. It may go on over lines, and hold all that follows here."""
_NAMED = re.compile(
    r"\b(?:relation|column|table|schema|database|role|function|type|constraint|index|view|object|identifier|operator|"
    r"sequence|model|node|named|macro|source|snapshot|seed|test|profile|target) ([\"'])[\w.$-]{1,200}\1"
    r"|'[\w.]{1,100}' is undefined",
    re.I,
)
_QUOTED = re.compile(r"\"[^\"]*\"?|'[^']*'?|\([^()]*\)=\([^()]*\)?")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_LINES = 3

Said = Callable[[datetime, str, str], None]
"""Hears when what was said: the instant, dbt's word for the level, the message."""


def without_values(message: str) -> str:
    """What a database says went wrong, without what it quotes of the rows.

    Shape: names of tables, columns and the like stay; every other quotation goes, and what PostgreSQL adds in lines of
           their own (DETAIL, CONTEXT, LINE).
    """
    kept: list[str] = []
    for line in _COLOUR.sub("", message).splitlines():
        if _DROPPED.match(line) or len(kept) == _LINES:
            break
        before_value = _VALUE.sub(r"\1…", line)
        if line.strip():
            kept.append(_without_quotations(before_value.strip()))
        if before_value != line:
            break
    return " ".join(kept)[:_LONGEST_MESSAGE]


def _without_quotations(line: str) -> str:
    """The line with what is quoted left out, but for what is a name by the word before it."""
    parts, end = [], 0
    for found in _NAMED.finditer(line):
        parts += [_QUOTED.sub("…", line[end : found.start()]), found[0]]
        end = found.end()
    return "".join([*parts, _QUOTED.sub("…", line[end:])])


@dataclass(slots=True)
class DbtLog:
    """Hears dbt's stdout and stderr.

    Shape: `errors` are the first that dbt told, for one who has no results to look at; `done` the nodes that are over.
    """

    on_line: Said
    on_progress: Callable[[int, int | None], None]
    redact: Redaction
    version: str | None = None
    errors: list[str] = field(default_factory=list)
    done: set[str] = field(default_factory=set)
    total: int | None = None
    _lines: Lines = field(default_factory=lambda: Lines(_LINE_BYTES))
    _stderr: Lines = field(default_factory=lambda: Lines(_LINE_BYTES))
    _unread: int = 0

    def hear(self, chunk: bytes) -> None:
        """Bytes of stdout; none at its end."""
        for line in _whole(self._lines, chunk):
            self._event(line)

    def hear_stderr(self, chunk: bytes) -> None:
        """Bytes of stderr; none at its end. Shape: of a traceback the last line, which says what happened."""
        for line in _whole(self._stderr, chunk):
            text = line.decode("utf-8", "replace").rstrip()
            if text and not text.startswith((" ", "Traceback")):
                self._say("error", without_values(text))

    def _event(self, line: bytes) -> None:
        try:
            event = json.loads(line)
            info, data = event["info"], event["data"]
            level, name, message = str(info["level"]), str(info["name"]), str(info["msg"])
        except (ValueError, KeyError, TypeError, RecursionError):
            self._unread += 1
            if self._unread <= _MOST_SILENT_LINES:
                self._say("info", "A line that is no event of dbt's was not kept.")
            return
        if not isinstance(data, dict):
            data = {}
        self._note_progress(data)
        if name == "MainReportVersion":
            self.version = str(data.get("version", "")).lstrip("=") or None
        if name in _OF_THE_PROJECT:
            message = "A macro of the project says something, which is not kept."
        elif level in ("warn", "error"):
            message = without_values(message)
        if level == "debug" or not message.strip():
            return
        self._say(level, message, _instant(info.get("ts")))

    def _note_progress(self, data: dict[str, Any]) -> None:
        node, total = data.get("node_info"), data.get("total", data.get("num_models"))
        if not isinstance(node, dict) or not isinstance(total, int):
            return
        if node.get("resource_type") == "operation":  # hooks have a count of their own
            return
        self.total = total
        if node.get("node_status") in _OVER:
            self.done.add(str(node.get("unique_id")))
        self.on_progress(len(self.done), self.total)

    def _say(self, level: str, message: str, at: datetime | None = None) -> None:
        message = self.redact(_COLOUR.sub("", message)).replace("\0", "\ufffd")[:_LONGEST_MESSAGE]
        if level == "error" and len(self.errors) < 5:
            self.errors.append(message)
        self.on_line(at or datetime.now(UTC), level, message)


def _whole(lines: Lines, chunk: bytes) -> Iterator[bytes]:
    for block in lines.feed(chunk) if chunk else lines.rest():
        if isinstance(block, LongLine):
            yield b"{}"  # it is cut, so it is no event
        else:
            yield from block.splitlines()


def _instant(text: object) -> datetime | None:
    try:
        found = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
