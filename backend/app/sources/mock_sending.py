"""How the mock speaks: its messages on stdout, and the ledger source's run with its misbehaviour."""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from app.sources.mock_ledger import (
    Ledger,
    LedgerStream,
    StateUnknown,
    cursor_of,
    instant,
    next_number,
    raw_bytes,
)

Object = Mapping[str, object]
_FLUSH_BYTES = 65_536


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
        self.stream_state(name, namespace, {"next": position}, records)

    def stream_state(
        self, name: str, namespace: str | None, content: Object, records: int | None
    ) -> None:
        stream = {"stream_descriptor": _descriptor(name, namespace), "stream_state": content}
        self.counted_state({"type": "STREAM", "stream": stream}, records)

    def counted_state(self, state: Object, records: int | None) -> None:
        counts = {} if records is None else {"sourceStats": {"recordCount": float(records)}}
        self.say("STATE", "state", {**state, **counts})

    def renew(self, config: object) -> None:
        content = {"type": "CONNECTOR_CONFIG", "connectorConfig": {"config": config}}
        self.say("CONTROL", "control", content)
        self.flush()


def read(ledger: Ledger, catalog: Object, states: Sequence[Object]) -> int:
    """Send what the catalog chooses, from the states on; the exit code."""
    chosen = catalog["streams"]
    assert isinstance(chosen, list)  # noqa: S101
    modes = {
        (one["stream"]["name"], one["stream"].get("namespace")): one["sync_mode"] for one in chosen
    }
    run = _Run(ledger, Voice())
    run.prepare()
    try:
        sending = [
            _sending(ledger, stream, states if mode == "incremental" else ())
            for stream in ledger.streams
            if (mode := modes.get((stream.name, stream.namespace)))
        ]
    except StateUnknown:
        return refuse("This version does not know the state it was given.")
    run.send(sending)
    return run.end()


def refuse(why: str) -> int:
    """Say that what was asked cannot be done until somebody changes it; the exit code."""
    error = {"message": why, "failure_type": "config_error"}
    voice = Voice()
    voice.say("TRACE", "trace", {"type": "ERROR", "emitted_at": 1, "error": error})
    voice.flush()
    return 1


def _sending(ledger: Ledger, stream: LedgerStream, states: Sequence[Object]) -> "_Sending":
    """Errors: StateUnknown."""
    if not ledger.cursor_states:
        return _Sending(stream, next_number(states, stream.name, stream.namespace))
    reached = cursor_of(states, stream.name)
    order = stream.order(reached, again=ledger.cursor_states == "from")
    return _Sending(stream, 0, order, reached)


class _Sending:
    """One stream on its way out.

    Shape: `order` where records are sent in that of their cursors; `reached` is the newest that was stated.
    """

    def __init__(
        self, stream: LedgerStream, start: int, order: Sequence[int] | None = None,
        reached: str | None = None,
    ) -> None:  # fmt: skip
        self.stream = stream
        self.order, self.reached = order, reached
        self.records = stream.sent(start, order)
        self.position = start
        self.unstated = 0
        self.taken = 0
        self.newest: int | None = None
        self.head, self.tail = envelope(stream.name, stream.namespace, int(time.time() * 1_000))

    def is_between_instants(self) -> bool:
        """False while the next record has the cursor of the last: a state between them would lose it."""
        if self.order is None or self.taken >= len(self.order):
            return True
        return self.stream.at(self.order[self.taken]) != self.newest


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
            if ledger.grandchild_escapes:
                os.setsid()
            with open(ledger.grandchild_pid_file, "w") as file:  # noqa: PTH123
                file.write(str(os.getpid()))
            time.sleep(3_600)
        sys.stderr.write(ledger.stderr_text)
        for _ in range(ledger.stderr_bytes // 100):
            sys.stderr.write("e" * 99 + "\n")
        for text in ledger.logs:
            self.voice.say("LOG", "log", {"level": "INFO", "message": text})
        if ledger.new_config is not None:
            self.voice.renew(ledger.new_config)

    def send(self, sending: Sequence[_Sending]) -> None:
        if self.ledger.interleave:
            for one in sending:
                self.begin(one)
            going = list(sending)
            while going:
                going = [one for one in going if self.turn(one, sending)]
        else:
            for one in sending:
                self.begin(one)
                while self.turn(one, sending):
                    pass
        if self.ledger.last_state == "after":
            for one in sending:
                self.say_state(one, one.position, sending)

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
            done = number + 1
            if one.order is not None:
                one.taken += 1
                done = one.taken
                one.newest = one.stream.at(number)
            if done - one.position >= one.stream.state_every and one.is_between_instants():
                self.say_state(one, done, everyone)
                return True
        one.position = _end_of(one)  # which a state of all streams tells, whoever's turn it is
        if self.ledger.last_state == "before":
            self.say_state(one, one.position, everyone)
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
        if self.ledger.cursor_states:
            one.reached = one.reached if one.newest is None else instant(one.newest)
            content = {"updated_at": one.reached} if one.reached else {}
            self.voice.stream_state(one.stream.name, one.stream.namespace, content, records)
        elif self.ledger.state_kind == "stream":
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
                self.voice.raw(raw_bytes(ledger.garbage) + b"\n")
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


def _end_of(one: _Sending) -> int:
    return one.stream.records if one.order is None else one.taken


def _descriptor(name: str, namespace: str | None) -> Object:
    return {"name": name, "namespace": namespace} if namespace is not None else {"name": name}
