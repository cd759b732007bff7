"""Runs any program that speaks the Airbyte protocol, and reads it as bytes."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec
from msgspec import Raw, Struct

from app.core.catalog import Catalog, ConfiguredCatalog
from app.core.errors import AtlasError
from app.core.failures import (
    ConnectorFailed,
    ConnectorNotInstalled,
    ConnectorProtocolBroken,
    ConnectorSilent,
)
from app.core.records import Landing, Mode, State
from app.core.settings import Settings
from app.processes.child import Child, Resources, private_folder, running, write_private
from app.processes.lines import HEAD_BYTES, Lines, LongLine
from app.processes.redaction import Redaction
from app.sources.port import Check, Config, Listener, Spec
from app.sources.wire import messages
from app.sources.wire.catalogs import catalog_of, configured_json, states_json
from app.sources.wire.conversation import Conversation
from app.sources.wire.envelope import Message
from app.sources.wire.envelope import messages as heard_in
from app.sources.wire.landings import Landings
from app.sources.wire.limits import Limits

GRACE_S = 5.0
_SILENCES_HELD = 10  # a source that trickles is landed after so many silences
_STDERR_LINES = 1_000
_ANSWERS = {"spec": "SPEC", "check": "CONNECTION_STATUS", "discover": "CATALOG"}

T = TypeVar("T")


class _Spec(Struct, rename="camel"):
    connection_specification: dict[str, object]
    documentation_url: str | None = None


class _Status(Struct):
    status: str
    message: str | None = None


@dataclass(slots=True, kw_only=True)
class CommandConnector:
    """A connector behind a command line: PyAirbyte's, an image's, a mock's.

    Shape:  `command` without the protocol's arguments; `environment` is added to the little that
            a connector is given of this process' own.
    Units:  `grace_s` between SIGTERM and SIGKILL.
    """

    command: Sequence[str]
    settings: Settings
    mode: Mode = Mode.REAL
    name: str = "command"
    version: str = "unknown"
    environment: Mapping[str, str] = field(default_factory=dict)
    listener: Listener = field(default_factory=Listener)
    grace_s: float = GRACE_S
    _specification: dict[str, object] | None = None

    async def spec(self) -> Spec:
        """The connector's specification. Errors: ConnectorFailed and its children."""
        said = _read((await self._ask("spec", {})).spec, _Spec)
        self._specification = said.connection_specification
        return Spec(
            connection_specification=said.connection_specification,
            documentation_url=said.documentation_url,
        )

    async def check(self, config: Config) -> Check:
        """Try the configuration. Errors: ConnectorFailed if the connector gives no verdict."""
        said = _read((await self._ask("check", config)).connection_status, _Status)
        message = Redaction.of(config, self._specification)(said.message or "")
        return Check(
            succeeded=said.status == "SUCCEEDED", message=message[: messages.MESSAGE_CHARACTERS]
        )

    async def discover(self, config: Config) -> Catalog:
        """The streams on offer. Errors: ConnectorFailed and its children."""
        return catalog_of((await self._ask("discover", config)).catalog)

    async def read(
        self, config: Config, catalog: ConfiguredCatalog, states: Sequence[State]
    ) -> AsyncGenerator[Landing, None]:
        """Read landing by landing, as `port.Connector.read` says."""
        async with (
            contextlib.aclosing(self._landings(config, catalog, states)) as landings,
            contextlib.aclosing(_one_ahead(landings)) as ahead,
        ):
            async for landing in ahead:
                yield landing

    async def _landings(
        self, config: Config, catalog: ConfiguredCatalog, states: Sequence[State]
    ) -> AsyncGenerator[Landing, None]:
        redact = Redaction.of(config, self._specification)
        conversation = Conversation(
            catalog=catalog,
            landings=Landings(
                batch_records=self.settings.batch_records,
                batch_bytes=self.settings.batch_bytes,
                landing_bytes=self.settings.landing_bytes,
            ),
            limits=Limits.of(self.settings),
            listener=self.listener,
            redact=redact,
        )
        files = {"catalog": configured_json(catalog)}
        if states:
            files["state"] = states_json(states)
        ready = conversation.landings.ready
        try:
            async with self._running("read", config, redact, files) as child:
                reading = _Reading(child, conversation, self.settings)
                while await reading.goes_on():
                    while ready:
                        yield ready.pop(0)
                conversation.end(await reading.exit_code())
        except AtlasError:
            # what a state stands for is kept; what came after it is read again
            conversation.landings.flush_states()
            while ready:
                yield ready.pop(0)
            raise
        while ready:
            yield ready.pop(0)

    async def _ask(self, action: str, config: Config) -> Message:
        """The one message that answers spec, check or discover.

        Errors: ConnectorSilent after the time limit; what the connector reports; ConnectorFailed
                if it ends without an answer.
        """
        redact = Redaction.of(config, self._specification)
        limit = self.settings.connector_timeout_s
        try:
            async with (
                asyncio.timeout(limit),
                self._running(action, config, redact, {}) as child,
            ):
                reply = _Reply(_ANSWERS[action], self.listener, redact)
                lines = Lines(self.settings.line_bytes)
                while chunk := await child.stdout.read():
                    reply.hear(lines.feed(chunk))
                reply.hear(lines.rest())
                exit_code = await child.ended()
        except TimeoutError:
            raise ConnectorSilent(
                f"The connector did not answer {action} within {limit:g} seconds.",
                action=action,
            ) from None
        if reply.answer is not None:
            return reply.answer
        raise reply.failure or ConnectorFailed(
            f"The connector ended without answering {action}.", action=action, exit_code=exit_code
        )

    @contextlib.asynccontextmanager
    async def _running(
        self, action: str, config: Config, redact: Redaction, files: Mapping[str, bytes]
    ) -> AsyncIterator[Child]:
        """The connector at work on one action, its files in a folder that goes with it."""
        contents = dict(files)
        if action != "spec":
            contents["config"] = msgspec.json.encode(config)
        with private_folder() as folder:
            arguments = [action]
            for name, content in contents.items():
                arguments += [f"--{name}", str(write_private(folder, f"{name}.json", content))]
            async with running(
                [*self.command, *arguments],
                folder=folder,
                environment=self.environment,
                on_stderr=_StderrLog(self.listener, redact),
                grace_s=self.grace_s,
                refused=ConnectorNotInstalled.refused,
                resources=Resources(
                    open_files=self.settings.connector_open_files,
                    file_bytes=self.settings.connector_file_bytes,
                    memory_bytes=self.settings.connector_memory_bytes,
                ),
            ) as child:
                yield child


@dataclass(slots=True)
class _Reading:
    """One connector being read: its bytes go to the conversation, its silence is counted."""

    child: Child
    conversation: Conversation
    settings: Settings
    lines: Lines = field(init=False)
    silent_s: float = 0.0

    def __post_init__(self) -> None:
        self.lines = Lines(self.settings.line_bytes)

    async def goes_on(self) -> bool:
        """Hear what comes next; False at the end. Errors: ConnectorSilent; what a line shows."""
        silence_s = min(self.settings.landing_silence_s, self.settings.source_idle_timeout_s)
        chunk = await self.child.stdout.read(silence_s)
        landings = self.conversation.landings
        if chunk is None:
            landings.flush()
            self._note_silence(silence_s)
            return True
        self.silent_s = 0.0
        for block in self.lines.feed(chunk) if chunk else self.lines.rest():
            self.conversation.hear(block)
        if landings.age_s > _SILENCES_HELD * silence_s:
            landings.flush()
        return chunk != b""

    async def exit_code(self) -> int:
        """Errors: ConnectorSilent if it closed its output and stays."""
        try:
            async with asyncio.timeout(self.settings.source_idle_timeout_s):
                return await self.child.ended()
        except TimeoutError:
            raise ConnectorSilent("The connector closed its output but does not end.") from None

    def _note_silence(self, silence_s: float) -> None:
        self.silent_s += silence_s
        if self.silent_s >= self.settings.source_idle_timeout_s:
            raise ConnectorSilent(
                f"The connector said nothing for {self.silent_s:g} seconds.",
                silent_s=self.silent_s,
            )


@dataclass(slots=True)
class _Reply:
    """What a connector says to a question, until it says the answer."""

    wanted: str
    listener: Listener
    redact: Redaction
    answer: Message | None = None
    failure: ConnectorFailed | None = None

    def hear(self, blocks: Iterable[bytes | LongLine]) -> None:
        for block in blocks:
            for message in heard_in(block) if isinstance(block, bytes) else ():
                if isinstance(message, Message):
                    self._hear(message)

    def _hear(self, message: Message) -> None:
        if message.type == self.wanted:
            self.answer = message
        elif message.type == "LOG":
            self.listener.on_log(*messages.log_line(message.log, self.redact))
        elif message.type == "CONTROL":
            config = messages.changed_config(message.control)
            if config is not None:
                self.redact.learn(config)
                self.listener.on_config(config)
        elif message.type == "TRACE":
            trace = messages.trace(message.trace, self.redact)
            if isinstance(trace, ConnectorFailed):
                self.failure = self.failure or trace


@dataclass(slots=True)
class _StderrLog:
    """Passes a connector's stderr on as log lines, up to a limit."""

    listener: Listener
    redact: Redaction
    shown: int = 0
    lines: Lines = field(default_factory=lambda: Lines(HEAD_BYTES))

    def __call__(self, chunk: bytes) -> None:
        """Take what came; b"" is the end."""
        for block in self.lines.feed(chunk) if chunk else self.lines.rest():
            text = block if isinstance(block, bytes) else block.head
            for line in text.splitlines():
                self._show(line)

    def _show(self, line: bytes) -> None:
        self.shown += 1
        if self.shown <= _STDERR_LINES:
            text = self.redact(line.decode(errors="replace"))
            self.listener.on_log("STDERR", text[: messages.MESSAGE_CHARACTERS])
        elif self.shown == _STDERR_LINES + 1:
            self.listener.on_log("STDERR", "More lines follow that are not shown.")


async def _one_ahead(landings: AsyncGenerator[Landing, None]) -> AsyncGenerator[Landing, None]:
    """Prepare one landing while the consumer works on the one before; no more, so memory is bounded."""
    coming = asyncio.ensure_future(anext(landings, None))
    try:
        while (landing := await coming) is not None:
            coming = asyncio.ensure_future(anext(landings, None))
            yield landing
    finally:
        coming.cancel()
        await asyncio.gather(coming, return_exceptions=True)


def _read(raw: Raw, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise ConnectorProtocolBroken("The connector's answer is malformed.") from None
