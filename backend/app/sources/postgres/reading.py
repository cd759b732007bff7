"""Reads one stream: from its beginning in ranges that can be gone on with, or what is new by its cursor."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.core.catalog import StreamDescriptor
from app.database.outside import OutsideSession
from app.sources.postgres import selecting, state
from app.sources.postgres.discovery import Column, Relation
from app.sources.postgres.failing import Failed
from app.sources.postgres.messages import Voice
from app.sources.postgres.selecting import DELIMITER, Selection
from app.sources.postgres.session import Snapshot
from app.sources.postgres.state import Load, Point, Saved

RANGE_BYTES = 16_777_216
"""So much is sent between two states, about."""
RANGE_ROWS = 20_000
_FIRST_PAGES, _GROWTH = 64, 4
_XIDS_KNOWN = 1 << 31
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


@dataclass(slots=True, kw_only=True)
class StreamReader:
    """One stream on its way out, all of it within one snapshot.

    Shape: `cursor` is set if it is read incrementally; `selection` has the columns that were chosen.
    """

    session: OutsideSession
    voice: Voice
    snapshot: Snapshot
    selection: Selection
    cursor: Column | None
    lookback: int
    records: int = field(default=0, init=False)
    size_bytes: int = field(default=0, init=False)
    is_running: bool = field(default=False, init=False)

    def read(self, saved: Saved) -> None:
        """Send all that a saved state has not had. Errors: OutsideFailed; the states that were sent stay true."""
        if self.cursor is None:
            self._load(saved if isinstance(saved, Load) else Load(), None)
            return
        point = saved.then if isinstance(saved, Load) else saved
        if point is not None and point.field != self.cursor.name:
            self._warn("its state is of another cursor field: it is read from its beginning")
            saved = None
        if isinstance(saved, Point):
            self._follow(saved, self.cursor)
        else:
            self._load(saved or Load(), self.cursor)

    # ── from its beginning ────────────────────────────────────────────────────────────────────

    def _load(self, before: Load, cursor: Column | None) -> None:
        """Send every row, and then the state that an incremental read begins with.

        A row is of this snapshot or of an earlier reader's. What was changed since then, wherever it stands now,
        is sent again first, so that nothing is missed that moved behind a reader's back.
        """
        before = self._usable(before)
        newest = self._newest(cursor) if cursor else None
        if before.is_begun and before.horizon is None and before.then is not None:
            # nobody knows what has moved since: it is found by the cursor
            newest = before.then
        done = self._changed_since(replace(before, then=newest))
        if self.relation.has_pages and not done.key:
            self._by_pages(done)
        elif self.relation.has_key_order:
            self._by_key(done)
        else:
            self._send(self.selection.copy())
        if cursor is not None:
            ended = state.ended(self.stream, cursor.name)
            self._state(newest.content(self.stream) if newest else ended)
        elif not self.relation.is_resumable:
            self._state(state.ended(self.stream, None))

    def _usable(self, before: Load) -> Load:
        """What can be gone on with of an earlier load; nothing, and why, if it is of another file or key."""
        relation, why = self.relation, ""
        if before.horizon and not 0 <= self.snapshot.horizon - before.horizon < _XIDS_KNOWN:
            why = "its state is of another server, or too old"
        elif before.ctid and not (relation.has_pages and before.filenode == relation.filenode):
            why = "the table was rewritten since"
        elif before.key and before.key_fields != tuple(self.selection.relation.key):
            why = "its key is another one since"
        if not why:
            return before
        self._warn(f"{why}: it is read from its beginning")
        return Load()

    def _changed_since(self, done: Load) -> Load:
        """Send again what was sent before and may have changed since; what is done is of this snapshot then."""
        if not done.is_begun:
            return replace(done, horizon=self.snapshot.horizon)
        if done.horizon is None:
            return done
        sent = self.selection.up_to_key(done.key) if done.key else f"t.ctid <= '{done.ctid}'"
        self._send(self.selection.copy(f"{sent} AND {selecting.newer_than(done.horizon)}"))
        done = replace(done, horizon=self.snapshot.horizon)
        self._state(done.content(self.stream))
        return done

    def _by_pages(self, done: Load) -> None:
        """Send ranges of the table's pages, each with its state, the last without an end."""
        pages = self.relation.size_bytes // self.snapshot.page_bytes
        done = replace(done, filenode=self.relation.filenode)
        step, at = _FIRST_PAGES, state.page_of(done.ctid) if done.ctid else 0
        while at + step < pages:
            at += step
            upper = f"({at},0)"
            sent = self._send(self.selection.copy(f"{_after(done)} AND t.ctid < '{upper}'"))
            done = replace(done, ctid=upper)
            self._state(done.content(self.stream))
            wanted = step * RANGE_BYTES // max(sent, 1)
            step = max(1, min(wanted, step * _GROWTH))
        self._send(self.selection.copy(_after(done)))
        done = replace(done, ctid=f"({max(pages, at)},0)")
        if self.cursor is None:
            self._state(done.content(self.stream))

    def _by_key(self, done: Load) -> None:
        """Send runs of rows in the key's order, each with its state."""
        selection, is_more = self.selection, True
        done = replace(done, key_fields=tuple(self.relation.key))
        while is_more:
            before = self.records
            statement = selection.copy(
                selection.after_key(done.key),
                beside=selection.key_beside(),
                rest=selection.by_key(RANGE_ROWS),
            )
            if last := self._send_with(statement):
                done = replace(done, key=_texts(last))
            is_more = self.records - before == RANGE_ROWS
            if done.key and (is_more or self.cursor is None):
                self._state(done.content(self.stream))
        if not done.key and self.cursor is None:
            self._state(state.ended(self.stream, None))

    def _newest(self, cursor: Column) -> Point | None:
        """The greatest cursor of this snapshot, and how many rows have it."""
        found = self.session.rows(self.selection.newest(cursor))
        if not found:
            return None
        value = str(_read(str(found[0][0]).encode()))
        return Point(field=cursor.name, value=value, rows=self._count_of(cursor, value))

    def _count_of(self, cursor: Column, value: str) -> int:
        ((count,),) = self.session.rows(self.selection.count_of(cursor, value))
        return int(str(count))

    # ── what is new ───────────────────────────────────────────────────────────────────────────

    def _follow(self, point: Point, cursor: Column) -> None:
        """Send, in the cursor's order, what came after a value; with its equals, if there are others than before.

        A state is of a value of which every row was sent, and never before the one that was given.
        """
        is_same = point.rows is not None and self._count_of(cursor, point.value) == point.rows
        if self.lookback and not selecting.can_look_back(cursor):
            self._warn(
                f"lookback_window does not apply: nobody can say what is before a {cursor.type.name}"
            )
        statement = self.selection.copy(
            selecting.since(cursor, point.value, again=not is_same, lookback=self.lookback),
            beside=selecting.value_beside(cursor, point.value),
            rest=f"ORDER BY t.{cursor.sql}",
        )
        now, equals = b"", 0
        lines: list[bytes] = []
        for block in self._blocks(statement):
            for row in block:
                line, value = _parted(row)
                if value != now and value:
                    if now and self.records + len(lines) >= RANGE_ROWS:
                        self._pass_on(lines)
                        lines = []
                        self._state(self._point(cursor, now, equals).content(self.stream))
                    now, equals = value, 0
                equals += 1 if value else 0
                lines.append(line)
            self._pass_on(lines)
            lines = []
        reached = self._point(cursor, now, equals) if now else point
        self._state(reached.content(self.stream))

    def _point(self, cursor: Column, value: bytes, rows: int) -> Point:
        return Point(field=cursor.name, value=str(_read(value)), rows=rows)

    # ── sending ───────────────────────────────────────────────────────────────────────────────

    def _send(self, statement: str) -> int:
        """Pass the lines of a COPY on as they come. Units: bytes that were sent."""
        before = self.size_bytes
        for block in self._blocks(statement):
            self._pass_on(block)
        return self.size_bytes - before

    def _send_with(self, statement: str) -> bytes:
        """The same of lines that have something beside them; what the last has."""
        value = b""
        for block in self._blocks(statement):
            parted = [_parted(row) for row in block]
            self._pass_on([line for line, _ in parted])
            value = parted[-1][1]
        return value

    def _blocks(self, statement: str) -> Iterator[list[memoryview]]:
        """What a COPY gives, never an empty block; while there is nothing to give, that is said."""
        for block in self.session.copy_out(statement):
            if block:
                yield block
            else:
                self.voice.log(
                    "INFO", f"{self.stream}: PostgreSQL is at work, and has sent nothing yet."
                )

    def _pass_on(self, lines: "Sequence[bytes | memoryview]") -> None:
        if not lines:
            return
        if not self.is_running:
            self.is_running = True
            self.voice.status(self.stream, "RUNNING")
        block = b"".join(lines)
        self.records += len(lines)
        self.size_bytes += len(block)
        self.voice.lines(block)

    def _state(self, content: Mapping[str, object]) -> None:
        self.voice.state(self.stream, content, self.records)
        self.records = 0

    def _warn(self, what: str) -> None:
        self.voice.log("WARN", f"{self.stream}: {what}.")

    @property
    def relation(self) -> Relation:
        return self.selection.relation

    @property
    def stream(self) -> StreamDescriptor:
        return self.relation.descriptor


def _after(done: Load) -> str:
    return f"t.ctid > '{done.ctid}'" if done.ctid else "true"


def _parted(row: memoryview) -> tuple[bytes, bytes]:
    """A line, and what stands beside it."""
    text = row.tobytes()
    at = text.rindex(DELIMITER)
    return text[:at] + b"\n", text[at + 1 : -1]


def _texts(value: bytes) -> tuple[str, ...]:
    """A JSON array of texts."""
    found = _read(value)
    assert isinstance(found, list)  # noqa: S101  the statement has made it so
    return tuple(map(str, found))


def _read(value: bytes) -> object:
    """JSON, its numbers as they are written. Errors: Failed for what a database without an encoding may hold."""
    try:
        found: object = _DECODER.decode(value.decode())
    except UnicodeDecodeError:
        raise Failed("A cursor or key is not UTF-8, and no state can hold it.") from None
    return found
