"""The ledger source: a connector whose every record is known beforehand, and that misbehaves on command.

`expected` lists what it will send, so a test compares tables value by value.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields

Object = Mapping[str, object]
_FLUSH_BYTES = 65_536
_BASE_S = 1_704_067_200  # 2024-01-01T00:00:00Z
_GOLDEN = 2_654_435_761


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerStream:
    """One stream of the ledger.

    Shape: `keys` distinct primary keys (0: one a record), so later records update earlier ones;
           each n-th record, by its number, is a delete marker, is late (its cursor an hour back),
           is sent twice, as `deletes`, `late_rows`, `duplicates` say; 0 is never.
    Units: `padding` bytes of text a record.
    """

    name: str
    records: int
    namespace: str | None = None
    seed: int = 1
    keys: int = 0
    state_every: int = 1_000
    deletes: int = 0
    late_rows: int = 0
    duplicates: int = 0
    drift_at: int | None = None
    padding: int = 0
    # raw JSON of `data` by the number before which it is sent
    bad_rows: Mapping[str, str] = field(default_factory=dict)

    def data(self, number: int) -> bytes:
        """The bytes of one record, from its number alone."""
        value = (number * _GOLDEN + self.seed * 97) & 0xFFFFFFFF
        key = (number % self.keys if self.keys else number) + 1
        at = _BASE_S + number - (3_600 if _nth(number, self.late_rows) else 0)
        amount = b"%d.%02d" % (value % 100_000, value % 100)
        drifted = self.drift_at is not None and number >= self.drift_at
        return b"".join(
            (
                b'{"id":%d,"number":%d,"updated_at":"%s"' % (key, number, _instant(at)),
                b',"deleted_at":"%s"' % _instant(at)
                if _nth(number, self.deletes)
                else b',"deleted_at":null',
                b',"name":"name %08x"' % value,
                b',"amount":"%s","extra":%d' % (amount, number)
                if drifted
                else b',"amount":' + amount,
                b',"padding":"%s"}' % (b"x" * self.padding) if self.padding else b"}",
            )
        )

    def sent(self, start: int = 0) -> Iterator[tuple[int, Sequence[bytes]]]:
        """By number, the data of the records that are sent for it: a bad row before, a duplicate after."""
        for number in range(start, self.records):
            data = self.data(number)
            group = [data, data] if _nth(number, self.duplicates) else [data]
            bad = self.bad_rows.get(str(number))
            yield number, group if bad is None else [_bytes(bad), *group]

    def schema(self) -> dict[str, object]:
        at = {"type": ["null", "string"], "format": "date-time"}
        return {
            "type": "object",
            "properties": {
                "id": {"type": "integer"},
                "number": {"type": "integer"},
                "updated_at": {**at, "type": "string"},
                "deleted_at": at,
                "name": {"type": "string"},
                "amount": {"type": "number"},
                "padding": {"type": ["null", "string"]},
            },
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """The configuration of the ledger source.

    Shape: the positions `die_at`, `hang_at`, `garbage_at`, `long_line_at` count the records of
           all streams sent by this run; `state_kind` is stream, global or legacy; `interleave`
           sends streams in turns of `state_every` records; `incomplete` names streams that say so.
    Units: `slow_s` a thousand records.
    """

    streams: Sequence[LedgerStream]
    state_kind: str = "stream"
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
    stderr_bytes: int = 0
    stderr_text: str = ""
    logs: Sequence[str] = ()
    no_status: bool = False
    incomplete: Sequence[str] = ()
    wrong_counts: bool = False
    no_counts: bool = False
    slow_s: float = 0.0
    new_config: Object | None = None

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
                "source_defined_primary_key": [["id"]],
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


def next_number(states: Sequence[Object], name: str, namespace: str | None = None) -> int:
    """Where a stream goes on, by the states given back."""
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
                return int(position["next"])
    return None


def envelope(name: str, namespace: str | None, emitted_at: int) -> tuple[bytes, bytes]:
    """What stands before and after a record's data."""
    head = f'{{"type":"RECORD","record":{{"stream":{json.dumps(name)},'
    if namespace is not None:
        head += f'"namespace":{json.dumps(namespace)},'
    return (head + '"data":').encode(), b',"emitted_at":%d}}\n' % emitted_at


class Voice:
    """Writes messages to stdout, in blocks."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.size = 0

    def raw(self, line: bytes) -> None:
        self.parts.append(line)
        self.size += len(line)
        if self.size >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        block = memoryview(b"".join(self.parts))
        while block:
            block = block[os.write(1, block) :]
        self.parts, self.size = [], 0

    def say(self, kind: str, member: str, content: Object) -> None:
        self.raw(
            json.dumps({"type": kind, member: content}, separators=(",", ":")).encode() + b"\n"
        )

    def status(self, name: str, namespace: str | None, status: str) -> None:
        content = {"stream_descriptor": _descriptor(name, namespace), "status": status}
        now = time.time() * 1_000
        self.say(
            "TRACE",
            "trace",
            {"type": "STREAM_STATUS", "emitted_at": now, "stream_status": content},
        )
        self.flush()

    def estimate(self, name: str, rows: int) -> None:
        content = {"name": name, "type": "STREAM", "row_estimate": rows, "byte_estimate": 0}
        now = int(time.time() * 1_000)
        self.say("TRACE", "trace", {"type": "ESTIMATE", "emitted_at": now, "estimate": content})

    def state(self, name: str, namespace: str | None, position: int, records: int | None) -> None:
        stream = {
            "stream_descriptor": _descriptor(name, namespace),
            "stream_state": {"next": position},
        }
        self.counted_state({"type": "STREAM", "stream": stream}, records)

    def counted_state(self, state: Object, records: int | None) -> None:
        counts = {} if records is None else {"sourceStats": {"recordCount": float(records)}}
        self.say("STATE", "state", {**state, **counts})


def read(ledger: Ledger, catalog: Object, states: Sequence[Object]) -> int:
    """Send what the catalog chooses, from the states on; the exit code."""
    chosen = catalog["streams"]
    assert isinstance(chosen, list)  # noqa: S101
    names = {(one["stream"]["name"], one["stream"].get("namespace")) for one in chosen}
    run = _Run(ledger, Voice())
    run.prepare()
    sending = [
        _Sending(stream, next_number(states, stream.name, stream.namespace))
        for stream in ledger.streams
        if (stream.name, stream.namespace) in names
    ]
    run.send(sending)
    return run.end()


class _Sending:
    """One stream on its way out."""

    def __init__(self, stream: LedgerStream, start: int) -> None:
        self.stream = stream
        self.records = stream.sent(start)
        self.position = start
        self.unstated = 0
        self.head, self.tail = envelope(stream.name, stream.namespace, int(time.time() * 1_000))


class _Run:
    """One read of the ledger source, with its misbehaviour."""

    def __init__(self, ledger: Ledger, voice: Voice) -> None:
        self.ledger, self.voice = ledger, voice
        self.sent = 0
        stops = (ledger.die_at, ledger.hang_at, ledger.garbage_at, ledger.long_line_at)
        self.stops = {stop for stop in stops if stop is not None}

    def prepare(self) -> None:
        ledger = self.ledger
        if ledger.ignore_sigterm:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if ledger.grandchild_pid_file and os.fork() == 0:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            with open(ledger.grandchild_pid_file, "w") as file:  # noqa: PTH123
                file.write(str(os.getpid()))
            time.sleep(3_600)
        sys.stderr.write(ledger.stderr_text)
        for _ in range(ledger.stderr_bytes // 100):
            sys.stderr.write("e" * 99 + "\n")
        for text in ledger.logs:
            self.voice.say("LOG", "log", {"level": "INFO", "message": text})
        if ledger.new_config is not None:
            content = {"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": ledger.new_config}}
            self.voice.say("CONTROL", "control", content)

    def send(self, sending: Sequence[_Sending]) -> None:
        if not self.ledger.interleave:
            for one in sending:
                self.begin(one)
                while self.turn(one, sending):
                    pass
            return
        for one in sending:
            self.begin(one)
        going = list(sending)
        while going:
            going = [one for one in going if self.turn(one, sending)]

    def begin(self, one: _Sending) -> None:
        self.misbehave(one)
        self.say_status(one, "STARTED")

    def turn(self, one: _Sending, everyone: Sequence[_Sending]) -> bool:
        """Send records up to the next state; False once the stream has ended."""
        for number, group in one.records:
            for data in group:
                self.voice.raw(one.head + data + one.tail)
                one.unstated += 1
                self.sent += 1
                if self.sent in self.stops:
                    self.misbehave(one)
                if self.ledger.slow_s and self.sent % 100 == 0:
                    self.voice.flush()
                    time.sleep(self.ledger.slow_s / 10)
            if number + 1 - one.position >= one.stream.state_every:
                self.say_state(one, number + 1, everyone)
                return True
        self.say_state(one, one.stream.records, everyone)
        done = one.stream.name not in self.ledger.incomplete
        self.say_status(one, "COMPLETE" if done else "INCOMPLETE")
        return False

    def say_status(self, one: _Sending, status: str) -> None:
        if not self.ledger.no_status:
            self.voice.status(one.stream.name, one.stream.namespace, status)

    def say_state(self, one: _Sending, position: int, everyone: Sequence[_Sending]) -> None:
        one.position = max(one.position, position)
        counted = [one] if self.ledger.state_kind == "stream" else everyone
        records: int | None = sum(sending.unstated for sending in counted)
        if self.ledger.wrong_counts:
            records = (records or 0) + 1
        if self.ledger.no_counts:
            records = None
        for sending in counted:
            sending.unstated = 0
        if self.ledger.state_kind == "stream":
            self.voice.state(one.stream.name, one.stream.namespace, one.position, records)
        elif self.ledger.state_kind == "global":
            each = [
                {
                    "stream_descriptor": _descriptor(sending.stream.name, sending.stream.namespace),
                    "stream_state": {"next": sending.position},
                }
                for sending in everyone
            ]
            scope = {"shared_state": {}, "stream_states": each}
            self.voice.counted_state({"type": "GLOBAL", "global": scope}, records)
        else:
            positions = {sending.stream.name: sending.position for sending in everyone}
            self.voice.counted_state({"data": positions}, records)

    def misbehave(self, one: _Sending) -> None:
        """Do what the configuration says for the number of records sent so far."""
        ledger = self.ledger
        if self.sent == ledger.garbage_at:
            for _ in range(ledger.garbage_lines):
                self.voice.raw(_bytes(ledger.garbage) + b"\n")
        if self.sent == ledger.long_line_at:
            self.say_long_line(one)
        if self.sent == ledger.hang_at:
            self.voice.flush()
            time.sleep(3_600)
        if self.sent == ledger.die_at:
            self.die()

    def say_long_line(self, one: _Sending) -> None:
        text = b"x" * self.ledger.long_line_bytes
        self.voice.raw(one.head + b'{"id":0,"text":"' + text + b'"}' + one.tail)
        one.unstated += 1

    def die(self) -> None:
        self.complain()
        self.voice.flush()
        sys.stderr.flush()
        if self.ledger.die_by_signal:
            os.kill(os.getpid(), self.ledger.die_by_signal)
        os._exit(self.ledger.exit_code)

    def complain(self) -> None:
        if self.ledger.trace_error is not None:
            content = {"type": "ERROR", "emitted_at": 1, "error": self.ledger.trace_error}
            self.voice.say("TRACE", "trace", content)

    def end(self) -> int:
        if self.ledger.die_at is None:
            self.complain()
        self.voice.flush()
        return self.ledger.exit_code


def _descriptor(name: str, namespace: str | None) -> Object:
    return {"name": name, "namespace": namespace} if namespace is not None else {"name": name}


def _bytes(text: str) -> bytes:
    """A text from the configuration; `hex:` introduces bytes that are no text."""
    return bytes.fromhex(text[4:]) if text.startswith("hex:") else text.encode()


def _nth(number: int, every: int) -> bool:
    return every > 0 and number % every == every - 1


_days: dict[int, bytes] = {}


def _instant(at: int) -> bytes:
    """An instant as RFC 3339; the day is formatted once."""
    day, second = divmod(at, 86_400)
    text = _days.get(day)
    if text is None:
        text = _days[day] = time.strftime("%Y-%m-%dT", time.gmtime(day * 86_400)).encode()
    return b"%s%02d:%02d:%02dZ" % (text, second // 3_600, second // 60 % 60, second % 60)
