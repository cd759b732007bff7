"""Bytes from a pipe, cut into whole lines, never holding more than one line's limit."""

from collections.abc import Iterator
from dataclasses import dataclass, field

_BOM = b"\xef\xbb\xbf"
HEAD_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class LongLine:
    """A line over the limit, of which only the head was kept."""

    head: bytes
    size_bytes: int


@dataclass(slots=True)
class Lines:
    """Collects what a pipe gives until lines are whole.

    Units: `limit_bytes` is the longest line taken whole; of a longer one 64 KiB are kept.
    """

    limit_bytes: int
    _parts: list[bytes] = field(default_factory=list)
    _held: int = 0
    _dropped: int = 0
    _started: bool = False

    def feed(self, chunk: bytes) -> Iterator[bytes | LongLine]:
        """Blocks of whole lines, each block ending in a newline, and lines over the limit."""
        if not self._started:
            self._started = True
            chunk = chunk.removeprefix(_BOM)
        start = 0
        if self._held or self._dropped:
            start = chunk.find(b"\n") + 1
            if not start:
                self._hold(chunk)
                return
            self._hold(chunk[:start])
            yield self._take()
        end = chunk.rfind(b"\n") + 1
        if end > start:
            yield from self._within_limit(chunk[start:end])
        if max(start, end) < len(chunk):
            self._hold(chunk[max(start, end) :])

    def rest(self) -> Iterator[bytes | LongLine]:
        """What was left without a newline at the end."""
        if self._held or self._dropped:
            self._hold(b"\n")
            yield self._take()

    def _within_limit(self, block: bytes) -> Iterator[bytes | LongLine]:
        if len(block) <= self.limit_bytes:
            yield block
            return
        for line in block[:-1].split(b"\n"):
            if len(line) < self.limit_bytes:
                yield line + b"\n"
            else:
                yield LongLine(line[:HEAD_BYTES], len(line))

    def _hold(self, part: bytes) -> None:
        if self._dropped:
            self._dropped += len(part)
            return
        self._parts.append(part)
        self._held += len(part)
        if self._held > self.limit_bytes:
            self._parts = [b"".join(self._parts)[:HEAD_BYTES]]
            self._dropped = self._held

    def _take(self) -> bytes | LongLine:
        line = b"".join(self._parts)
        dropped = self._dropped
        self._parts, self._held, self._dropped = [], 0, 0
        return LongLine(line, dropped - 1) if dropped else line
