"""What a read has heard so far: counts, states, statuses, and how it must end."""

from dataclasses import dataclass, field
from typing import assert_never

from app.core.catalog import ConfiguredCatalog, StreamDescriptor
from app.core.failures import (
    ConnectorFailed,
    ConnectorFailedTransiently,
    ConnectorProtocolBroken,
    RecordsMissing,
    StreamIncomplete,
)
from app.core.records import Batch, Landing, Refused
from app.processes.lines import HEAD_BYTES, LongLine
from app.processes.redaction import Redaction
from app.sources.port import Listener
from app.sources.wire import messages
from app.sources.wire.envelope import BadRecord, Garbage, Heard, Message, head_of
from app.sources.wire.envelope import messages as heard_in
from app.sources.wire.landings import Landings
from app.sources.wire.limits import Limits

GARBAGE_LINES = 1_000
_GARBAGE_SHOWN = 20
_GARBAGE_CHARACTERS = 200
_DONE = "COMPLETE"
_OPENING = ord("{")
_SAYS_KIND = 200


@dataclass(slots=True)
class Conversation:
    """Takes a connector's lines in order and gathers them in `landings`.

    Errors: RecordsMissing and ConnectorProtocolBroken, at the line that shows it; what came
            before is in `landings`. `end` raises what the whole read must end with.
    """

    catalog: ConfiguredCatalog
    landings: Landings
    limits: Limits
    listener: Listener
    redact: Redaction
    failure: ConnectorFailed | None = None
    garbage: int = 0
    unknown: int = 0
    _streams: dict[tuple[str, str | None], StreamDescriptor] = field(default_factory=dict)
    _statuses: dict[StreamDescriptor, str] = field(default_factory=dict)
    _counts: dict[StreamDescriptor, int] = field(default_factory=dict)
    _last: StreamDescriptor | None = None
    _spoken: bool = False

    def __post_init__(self) -> None:
        for stream in self.catalog.streams:
            name = stream.descriptor
            self._streams[(name.name, name.namespace)] = name
            self._counts[name] = 0

    def hear(self, block: bytes | LongLine) -> None:
        """Take a block of whole lines, or one that was too long to keep."""
        if isinstance(block, LongLine):
            self._refuse_line(block)
        else:
            self._hear_block(block)
        self.landings.overflow()

    def end(self, exit_code: int) -> None:
        """Settle what the read comes to, once the connector has ended.

        Errors: what the connector itself reported first of all; then its exit code; then
                StreamIncomplete.
        """
        if self.failure is not None:
            self.failure.facts["exit_code"] = exit_code
            raise self.failure
        if exit_code != 0:
            raise ConnectorFailedTransiently(
                f"The connector ended with {_ending(exit_code)}.", exit_code=exit_code
            )
        if self.garbage and not self._spoken and self._last is None:
            raise ConnectorProtocolBroken(
                f"Of {self.garbage} lines of the connector none is a message.", lines=self.garbage
            )
        self.landings.flush()
        if not self._statuses:
            # a connector from before STREAM_STATUS: a clean end is all that it can say
            self.landings.ready.append(Landing(completed=tuple(self._streams.values())))
            return
        missing = [str(s) for s in self._streams.values() if self._statuses.get(s) != _DONE]
        if missing:
            raise StreamIncomplete(
                f"The connector ended without completing {', '.join(missing)}.", streams=missing
            )

    def _hear_block(self, block: bytes) -> None:
        """The hot path: a record's bytes go into their batch, and little else happens."""
        harmless, few_keys, depth = (
            self.limits.harmless_bytes,
            self.limits.few_keys_bytes,
            self.limits.depth,
        )
        stream = namespace = None
        run: _Run | None = None
        for heard in heard_in(block):
            if type(heard) is not Message or heard.record is None or heard.type != "RECORD":
                self._settle(run)
                run = None
                self._hear_other(heard)
                continue
            record = heard.record
            if run is None or record.stream != stream or record.namespace != namespace:
                self._settle(run)
                stream, namespace = record.stream, record.namespace
                run = self._run(stream, namespace, record.emitted_at)
                append = run.batch.records.append
            data = bytes(record.data)
            size = len(data)
            # all that closes comes after the first that does: few bytes there, few levels
            if data[0] == _OPENING and (
                size < harmless
                or (size - data.find(b"}") <= depth and size < few_keys and b"]" not in data)
                or not self.limits.broken(data)
            ):
                append(data)
            else:
                run.batch.refused.append(self._refused(data))
        self._settle(run)

    def _run(self, name: str, namespace: str | None, emitted_at: float) -> "_Run":
        batch = self.landings.batch(self._stream(name, namespace), emitted_at)
        return _Run(batch, len(batch.records), len(batch.refused))

    def _settle(self, run: "_Run | None") -> None:
        """Note what a run of records of one stream has added to its batch."""
        if run is None:
            return
        batch = run.batch
        records, refused = batch.records[run.records :], batch.refused[run.refused :]
        size_bytes = sum(map(len, records))
        batch.size_bytes += size_bytes
        self.landings.held_bytes += size_bytes + sum(len(one.head) for one in refused)
        self._counts[batch.stream] += len(records) + len(refused)
        self._last = batch.stream

    def _stream(self, name: str, namespace: str | None) -> StreamDescriptor:
        stream = self._streams.get((name, namespace))
        if stream is None:
            raise ConnectorProtocolBroken(
                "The connector sent a stream that it was not asked for.",
                stream=str(StreamDescriptor(name, namespace)),
            )
        return stream

    def _refused(self, data: bytes) -> Refused:
        broken = self.limits.broken(data)
        rule, reason = broken or ("not_object", "the record's data is no JSON object")
        return Refused(rule=rule, reason=reason, head=data[:HEAD_BYTES], size_bytes=len(data))

    def _hear_other(self, heard: Heard) -> None:
        match heard:
            case Message():
                self._spoken = True
                self._hear_message(heard)
            case BadRecord():
                self._refuse(heard)
            case Garbage():
                self._count_garbage(heard.line)
            case _:
                assert_never(heard)

    def _hear_message(self, message: Message) -> None:
        match message.type:
            case "STATE":
                self._hear_state(messages.state_sent(message.state))
            case "TRACE":
                self._hear_trace(messages.trace(message.trace, self.redact))
            case "LOG":
                self.listener.on_log(*messages.log_line(message.log, self.redact))
            case "CONTROL":
                config = messages.changed_config(message.control)
                if config is not None:
                    self.redact.learn(config)
                    self.listener.on_config(config)
            case "RECORD":
                self._refuse(BadRecord(b"", "a RECORD message without a record"))
            case _:
                self.unknown += 1

    def _hear_state(self, sent: messages.StateSent) -> None:
        state = sent.state
        counted = tuple(self._streams.values())
        if state.descriptor is not None:
            counted = (self._stream(state.descriptor.name, state.descriptor.namespace),)
        read = sum(self._counts[stream] for stream in counted)
        if sent.records is not None and sent.records != read:
            raise RecordsMissing(
                f"A state counts {sent.records} records; {read} arrived.",
                stream=str(state.descriptor) if state.descriptor else None,
                counted=sent.records,
                arrived=read,
            )
        self._counts.update(dict.fromkeys(counted, 0))
        self.landings.close_with(state)

    def _hear_trace(self, trace: messages.Trace) -> None:
        match trace:
            case messages.StreamStatus(stream, status):
                self._hear_status(stream, status)
            case messages.Estimate(stream, rows):
                self.listener.on_estimate(stream, rows)
            case ConnectorFailed():
                # the first names the cause; those after it report the stop
                self.failure = self.failure or trace
            case None:
                return
            case _:
                assert_never(trace)

    def _hear_status(self, stream: StreamDescriptor, status: str) -> None:
        if (stream.name, stream.namespace) not in self._streams:
            return
        if status == _DONE and self._statuses.get(stream) != _DONE:
            self.landings.complete(stream)
        self._statuses[stream] = status

    def _refuse(self, bad: BadRecord) -> None:
        stream = self._attributed(bad.stream, bad.namespace)
        head = bad.line[:HEAD_BYTES]
        rule, size = "bad_envelope", len(bad.line)
        self._keep(stream, Refused(rule=rule, reason=bad.reason, head=head, size_bytes=size))

    def _refuse_line(self, line: LongLine) -> None:
        name, namespace, says_record = head_of(line.head)
        if not says_record and b'"RECORD"' not in line.head:
            self._too_long_for_a_message(line)
            return
        reason = f"the line has {line.size_bytes} bytes"
        refused = Refused(
            rule="line_too_long", reason=reason, head=line.head, size_bytes=line.size_bytes
        )
        self._keep(self._attributed(name, namespace), refused)

    def _too_long_for_a_message(self, line: LongLine) -> None:
        """A log line may be lost; a state or a status may not, so only what is no JSON is let go."""
        if line.head.lstrip().startswith(b"{") and b'"LOG"' not in line.head[:_SAYS_KIND]:
            raise ConnectorProtocolBroken(
                "The connector sent a message that is too long.", size_bytes=line.size_bytes
            )
        self._count_garbage(line.head)

    def _keep(self, stream: StreamDescriptor, refused: Refused) -> None:
        self.landings.refuse(stream, refused)
        self._counts[stream] += 1

    def _attributed(self, name: str | None, namespace: str | None) -> StreamDescriptor:
        """The stream of a line that does not tell its own: the last one heard, or the only one."""
        if name is not None:
            return self._stream(name, namespace)
        if self._last is not None:
            return self._last
        if len(self._streams) == 1:
            return next(iter(self._streams.values()))
        raise ConnectorProtocolBroken("A record came first that does not tell its stream.")

    def _count_garbage(self, line: bytes) -> None:
        self.garbage += 1
        if self.garbage <= _GARBAGE_SHOWN:
            self.listener.on_log("WARN", self._shown(line))
        if self.garbage > GARBAGE_LINES:
            raise ConnectorProtocolBroken(
                f"More than {GARBAGE_LINES} of the connector's lines are no messages."
            )

    def _shown(self, line: bytes) -> str:
        if line.lstrip().startswith((b"{", b"[")):
            # may be part of a record, and no value of a record is ever logged
            return f"A line of {len(line)} bytes is no message."
        return self.redact(line.decode(errors="replace"))[:_GARBAGE_CHARACTERS]


@dataclass(frozen=True, slots=True)
class _Run:
    """A batch and how full it was when records of its stream began to come."""

    batch: Batch
    records: int
    refused: int


def _ending(exit_code: int) -> str:
    return f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
