"""The ledger source: a connector whose every record is known beforehand, and that misbehaves on command.

`expected` lists what it will send, so a test compares tables value by value.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime

Object = Mapping[str, object]
_BASE_S = 1_704_067_200  # 2024-01-01T00:00:00Z
_GOLDEN = 2_654_435_761


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStream:
    """One stream of the ledger.

    Shape: `keys` distinct primary keys (0: one a record), so later records update earlier ones;
           each n-th record, by its number, is a delete marker, is late (its cursor an hour back),
           is sent twice, as `deletes`, `late_rows`, `duplicates` say; 0 is never. A delete
           marker has an instant in `deleted_field`. From `drift_at` on a record has another type of
           `amount` and a field `extra`; the catalog says so only if `declares_drift`. By `declares_key` the
           catalog has rows told apart: of the fields, `number` is another one that could do it.
    Units: `padding` bytes of text a record.
    """

    name: str
    records: int
    namespace: str | None = None
    seed: int = 1
    keys: int = 0
    state_every: int = 1_000
    deletes: int = 0
    deleted_field: str = "deleted_at"
    late_rows: int = 0
    duplicates: int = 0
    drift_at: int | None = None
    declares_drift: bool = False
    declares_key: str = "id"
    padding: int = 0
    # raw JSON of `data` by the number before which it is sent
    bad_rows: Mapping[str, str] = field(default_factory=dict)

    def at(self, number: int) -> int:
        """A record's cursor. Units: seconds since 1970."""
        return _BASE_S + number - (3_600 if _nth(number, self.late_rows) else 0)

    def data(self, number: int) -> bytes:
        """The bytes of one record, from its number alone."""
        value = (number * _GOLDEN + self.seed * 97) & 0xFFFFFFFF
        key = (number % self.keys if self.keys else number) + 1
        at = self.at(number)
        amount = b"%d.%02d" % (value % 100_000, value % 100)
        drifted = self.drift_at is not None and number >= self.drift_at
        return b"".join(
            (
                b'{"id":%d,"number":%d,"updated_at":"%s"' % (key, number, _instant(at)),
                b',"%s":' % self.deleted_field.encode(),
                b'"%s"' % _instant(at) if _nth(number, self.deletes) else b"null",
                b',"name":"name %08x"' % value,
                b',"amount":"%s","extra":%d' % (amount, number)
                if drifted
                else b',"amount":' + amount,
                b',"padding":"%s"}' % (b"x" * self.padding) if self.padding else b"}",
            )
        )

    def order(self, reached: str | None, *, again: bool) -> list[int]:
        """The numbers of the records in the order of their cursors: those newer than `reached`, or as new too."""
        numbers = sorted(range(self.records), key=lambda number: (self.at(number), number))
        if reached is None:
            return numbers
        limit = int(datetime.fromisoformat(reached).timestamp()) + (0 if again else 1)
        return [number for number in numbers if self.at(number) >= limit]

    def sent(
        self, start: int = 0, order: Sequence[int] | None = None
    ) -> Iterator[tuple[int, Sequence[bytes]]]:
        """By number, the data of the records that are sent for it: a bad row before, a duplicate after."""
        for number in range(start, self.records) if order is None else order:
            data = self.data(number)
            group = [data, data] if _nth(number, self.duplicates) else [data]
            bad = self.bad_rows.get(str(number))
            yield number, group if bad is None else [raw_bytes(bad), *group]

    def schema(self) -> dict[str, object]:
        at = {"type": ["null", "string"], "format": "date-time"}
        amount, extra = "number", {}
        if self.declares_drift:
            amount, extra = "string", {"extra": {"type": ["null", "integer"]}}
        return {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "number": {"type": "integer"},
                "updated_at": {**at, "type": "string"},
                self.deleted_field: at,
                "name": {"type": "string"},
                "amount": {"type": amount},
                "padding": {"type": ["null", "string"]},
                **extra,
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The configuration of the ledger source.

    Shape: `mute` has no answer but an error to who asks what it offers. The positions `die_at`, `hang_at`, `garbage_at`, `long_line_at` count the records of
           all streams sent by this run; `state_kind` is stream, global or legacy; `interleave`
           sends streams in turns of `state_every` records; `incomplete` names streams that say so.
           The state behind a stream's last records comes `last_state`: `before` the stream's end, `after` that of
           all streams, or `never`. By `cursor_states` records are sent in order of their cursors, and a stream's state is the newest
           of them: `after` goes on with what is newer, `from` sends what is as new once more.
    Units: `slow_s` a thousand records.
    """

    streams: Sequence[LedgerStream]
    state_kind: str = "stream"
    last_state: str = "before"
    interleave: bool = False
    exit_code: int = 0
    die_at: int | None = None
    die_by_signal: int | None = None
    trace_error: Object | None = None
    hang_at: int | None = None
    garbage_at: int | None = None
    garbage_lines: int = 1
    garbage: str = "this is no message"
    long_line_at: int | None = None
    long_line_bytes: int = 0
    ignore_sigterm: bool = False
    grandchild_pid_file: str | None = None
    grandchild_escapes: bool = False
    stderr_bytes: int = 0
    stderr_text: str = ""
    logs: Sequence[str] = ()
    no_status: bool = False
    incomplete: Sequence[str] = ()
    wrong_counts: bool = False
    no_counts: bool = False
    slow_s: float = 0.0
    new_config: Object | None = None
    mute: bool = False
    cursor_states: str = ""

    @classmethod
    def of(cls, config: Object) -> "Ledger":
        """From the connector's configuration; names it does not know are left out."""
        known = {one.name for one in fields(cls)} - {"streams"}
        streams = config["streams"]
        assert isinstance(streams, list)  # noqa: S101
        given = {name: value for name, value in config.items() if name in known}
        return cls(streams=[LedgerStream(**stream) for stream in streams], **given)  # type: ignore[arg-type]

    def catalog(self) -> list[dict[str, object]]:
        return [
            {
                "name": stream.name,
                **({"namespace": stream.namespace} if stream.namespace else {}),
                "json_schema": stream.schema(),
                "supported_sync_modes": ["full_refresh", "incremental"],
                "source_defined_cursor": True,
                "default_cursor_field": ["updated_at"],
                "source_defined_primary_key": [[stream.declares_key]],
                "is_resumable": True,
            }
            for stream in self.streams
        ]


def expected(config: Object, name: str, start: int = 0) -> list[bytes]:
    """The data of every record that the ledger source sends of one stream, in order."""
    for stream in Ledger.of(config).streams:
        if stream.name == name:
            return [data for _, group in stream.sent(start) for data in group]
    raise KeyError(name)


def latest(config: Object, name: str) -> dict[int, Object]:
    """What a table of one row a key must hold: by key, the record with the newest cursor.

    Shape: of two with the same cursor the later one; bad rows are left out, deletes are not.
    """
    for stream in Ledger.of(config).streams:
        if stream.name == name:
            newest: dict[int, dict[str, object]] = {}
            for number in range(stream.records):
                row = json.loads(stream.data(number))
                held = newest.get(row["id"])
                if held is None or row["updated_at"] >= str(held["updated_at"]):
                    newest[row["id"]] = row
            return dict(newest)
    raise KeyError(name)


def cursor_of(states: Sequence[Object], name: str) -> str | None:
    """The cursor that a stream goes on from, by the states given back; none at the beginning.

    Errors: StateUnknown.
    """
    for state in states:
        stream = state.get("stream")
        if isinstance(stream, Mapping) and stream["stream_descriptor"]["name"] == name:
            if not stream["stream_state"]:
                return None
            reached = stream["stream_state"].get("updated_at")
            if not isinstance(reached, str):
                raise StateUnknown
            return reached
    return None


class StateUnknown(Exception):
    """A state that this source has not sent."""


def next_number(states: Sequence[Object], name: str, namespace: str | None = None) -> int:
    """Where a stream goes on, by the states given back. Errors: StateUnknown."""
    for state in states:
        found = _position(state, name, namespace)
        if found is not None:
            return found
    return 0


def _position(state: Object, name: str, namespace: str | None) -> int | None:
    scope, stream = state.get("global"), state.get("stream")
    streams: list[object] = [stream]
    if isinstance(scope, Mapping):
        streams = list(scope["stream_states"])
    elif name in state:
        return int(str(state[name]))
    for one in streams:
        if isinstance(one, Mapping):
            descriptor, position = one["stream_descriptor"], one["stream_state"]
            if (descriptor["name"], descriptor.get("namespace")) == (name, namespace):
                if not isinstance(position.get("next"), int):
                    raise StateUnknown
                return int(position["next"])
    return None


def raw_bytes(text: str) -> bytes:
    """A text from the configuration; `hex:` introduces bytes that are no text."""
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def _nth(number: int, every: int) -> bool:
    return every > 0 and number % every == every - 1


_days: dict[int, bytes] = {}


def instant(at: int) -> str:
    """A cursor as records have it. Units: seconds since 1970."""
    return _instant(at).decode()


def _instant(at: int) -> bytes:
    """An instant as RFC 3339; the day is formatted once."""
    day, second = divmod(at, 86_400)
    text = _days.get(day)
    if text is None:
        text = _days[day] = time.strftime("%Y-%m-%dT", time.gmtime(day * 86_400)).encode()
    return b"%s%02d:%02d:%02dZ" % (text, second // 3_600, second // 60 % 60, second % 60)
