"""The detector pool: spawned processes that find personal data in texts, behind a cache and a time limit."""

import asyncio
import os
import secrets
import signal
from collections.abc import Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import chain
from multiprocessing import get_context, parent_process
from threading import Thread
from typing import Protocol

import structlog

from app.core.failures import (
    GateUnavailable,
)
from app.gates.pii import recognizers
from app.gates.pii.recognizers import Span, parts

log = structlog.get_logger(__name__)

CALL_TEXTS = 512
CALL_CHARACTERS = 100_000
"""What is sent to a process at once: a few seconds of work at most."""
CACHE_ENTRIES = 100_000
RULES = 1
"""Counts up when recognizers or rules change what they find."""

Spans = Sequence[Span]


class Detectors(Protocol):
    """What the PII gate needs of a detector."""

    @property
    def version(self) -> str:
        """Names model and rules; a decision keeps it as evidence."""

    def start(self) -> None:
        """Begin to load in the background."""

    async def find(self, texts: Sequence[str]) -> Sequence[Spans]:
        """The spans of each text, in the order of the texts.

        Errors: GateUnavailable; nothing is known of any of the texts then.
        """


class Child:
    """The one thing a detector process keeps: what it loaded."""

    find: recognizers.Find | None = None


def load_child() -> None:
    """Set up a detector process: it outlives no parent, and leaves Ctrl-C to it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_parent, daemon=True).start()
    Child.find = recognizers.load()


def end_with_parent() -> None:
    """A worker of a killed parent waits for work for ever: it holds both ends of the queue."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def find_in_child(texts: Sequence[str]) -> list[list[Span]]:
    if Child.find is None:
        raise RuntimeError("The detector process was not initialised.")
    return Child.find(texts)


@dataclass(slots=True)
class SpanCache:
    """Spans of texts already judged, in memory only, the oldest forgotten first.

    Shape: keys are hashes under a key of this process, so that the cache holds no value.
    """

    limit: int = CACHE_ENTRIES
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    entries: dict[bytes, Spans] = field(default_factory=dict, repr=False)

    def name_of(self, text: str) -> bytes:
        return blake2b(text.encode("utf-8", "surrogatepass"), key=self.key, digest_size=16).digest()

    def keep(self, name: bytes, spans: Spans) -> None:
        if len(self.entries) >= self.limit:
            del self.entries[next(iter(self.entries))]
        self.entries[name] = spans


@dataclass(slots=True, kw_only=True)
class DetectorPool:
    """Finds personal data by Presidio and spaCy, in processes of its own: it burns CPU, not the loop.

    Units: `timeout_s` for one call, loading included.
    """

    processes: int
    timeout_s: float
    cache: SpanCache = field(default_factory=SpanCache)
    executor: ProcessPoolExecutor | None = field(default=None, init=False, repr=False)
    turns: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.turns = asyncio.Semaphore(self.processes)

    @property
    def version(self) -> str:
        return f"{recognizers.model_name()}/{RULES}"

    def start(self) -> None:
        """Begin to load in the background, so that the first sync need not wait for it."""
        self.running().submit(find_in_child, [])

    def close(self) -> None:
        """End the processes at once; a call that waits for them fails."""
        if self.executor is not None:
            self.discard(self.executor)

    async def find(self, texts: Sequence[str]) -> Sequence[Spans]:
        """The spans of each text, in the order of the texts; each distinct text is judged once.

        Errors: GateUnavailable if a process dies or is silent for too long; new ones are made
                for the next call.
        """
        names = {text: self.cache.name_of(text) for text in texts}
        found = {name: self.cache.entries.get(name) for name in names.values()}
        wanted = sorted((text for text, name in names.items() if found[name] is None), key=len)
        answers = await asyncio.gather(
            *(self.call(part) for part in parts(wanted, CALL_TEXTS, CALL_CHARACTERS))
        )
        for text, spans in zip(wanted, chain.from_iterable(answers), strict=True):
            self.cache.keep(names[text], spans)
            found[names[text]] = spans
        return [found[names[text]] or () for text in texts]

    async def call(self, texts: Sequence[str]) -> list[list[Span]]:
        async with self.turns:  # the time limit is for the work, not for the wait
            executor = self.running()
            try:
                answer = asyncio.wrap_future(executor.submit(find_in_child, texts))
            except BrokenExecutor as error:
                raise self.unavailable(executor, type(error).__name__, texts) from None
            try:
                done, _ = await asyncio.wait({answer}, timeout=self.timeout_s)
            except asyncio.CancelledError:
                answer.cancel()  # nobody asks it any more for what its process may end by
                raise
            if not done:
                raise self.unavailable(executor, "TimeoutError", texts)
            failure = answer.exception()
            if failure is not None:  # not chained: its text may quote what it failed on
                raise self.unavailable(executor, type(failure).__name__, texts) from None
            return answer.result()

    def unavailable(
        self, executor: ProcessPoolExecutor, cause: str, texts: Sequence[str]
    ) -> GateUnavailable:
        """The error for a call that failed; the processes that failed it are ended."""
        self.discard(executor)
        log.warning("detector_failed", cause=cause, texts=len(texts))
        return GateUnavailable("The PII detector did not answer.", cause=cause)

    def running(self) -> ProcessPoolExecutor:
        if self.executor is None:
            self.executor = ProcessPoolExecutor(
                max_workers=self.processes, mp_context=get_context("spawn"), initializer=load_child
            )
        return self.executor

    def discard(self, executor: ProcessPoolExecutor) -> None:
        """End one executor's processes; another that was made since lives on."""
        if self.executor is executor:
            self.executor = None
        for process in list((executor._processes or {}).values()):
            process.kill()  # a hanging child would never see a polite request
        executor.shutdown(wait=False, cancel_futures=True)
