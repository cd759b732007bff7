"""A child process: started apart, heard without a queue, ended with all it started."""

import asyncio
import contextlib
import fcntl
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from app.core.errors import AtlasError
from app.processes import guard, limited

CHUNK_BYTES = 131_072  # larger ones were no faster: benchmarks/reader.py
_PIPE_BYTES = 1_048_576
_LAST_WORDS_S = 0.5
_TRICKLE_BYTES, _GATHER_S = 65_536, 0.005
"""A child that writes line by line would wake us for each of them, and lose its core to us."""
_PREFIX = "atlas-private-"
Refused = Callable[[str, str], AtlasError]
"""What it comes to that a command cannot be started: made of the command, and of what the system says."""
_ENVIRONMENT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
)


@contextlib.contextmanager
def private_folder() -> Iterator[Path]:
    """A folder that only this user may enter, removed with all that is in it.

    Shape: locked as long as its process lives, so that `sweep_private_folders` leaves it alone.
    """
    made = Path(tempfile.mkdtemp(prefix="atlas-new-"))
    lock = os.open(made, os.O_RDONLY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    folder = made.rename(made.with_name(made.name.replace("atlas-new-", _PREFIX, 1)))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def sweep_private_folders() -> int:
    """Remove what killed processes left: it holds their children's configurations; how many."""
    swept = 0
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):  # another user's, in use, or gone already
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                if os.fstat(lock).st_uid == os.geteuid():
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(folder)
                    swept += 1
            finally:
                os.close(lock)
    return swept


def write_private(folder: Path, name: str, content: bytes) -> Path:
    """A file that only this user may read."""
    path = folder / name
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    return path


@dataclass(slots=True)
class Pipe:
    """The reading end of a child's pipe: read only when asked, so a full pipe makes the child wait."""

    descriptor: int
    child_ended: bool = False
    _trickles: bool = False
    _ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, timeout_s: float | None = None) -> bytes | None:
        """The next bytes, b"" at the end, or None after `timeout_s` of silence."""
        await asyncio.sleep(0)  # a child that is never silent must not starve the loop
        while True:
            try:
                chunk = os.read(self.descriptor, CHUNK_BYTES)
                self._trickles = len(chunk) < _TRICKLE_BYTES
                return chunk
            except BlockingIOError:
                # a process that escaped the group may hold the pipe open for ever
                limit = _LAST_WORDS_S if self.child_ended else timeout_s
                if not await self._wait(limit):
                    return b"" if self.child_ended else None
                if self._trickles:
                    await asyncio.sleep(_GATHER_S)

    def note_end(self) -> None:
        """The child has ended: what it wrote is still read, nothing more is waited for."""
        self.child_ended = True
        self._ready.set()

    async def _wait(self, timeout_s: float | None) -> bool:
        loop = asyncio.get_running_loop()
        loop.add_reader(self.descriptor, self._ready.set)
        try:
            async with asyncio.timeout(timeout_s):
                await self._ready.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(self.descriptor)
            self._ready.clear()
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The most that a child, and each process that it starts, may use. Units: `file_bytes` of one file, `memory_bytes`
    of address space. Shape: 0 is no limit of Atlas's."""

    open_files: int = 0
    file_bytes: int = 0
    memory_bytes: int = 0


UNLIMITED = Resources()


@dataclass(frozen=True, slots=True)
class Child:
    process: asyncio.subprocess.Process
    stdout: Pipe

    async def ended(self) -> int:
        """The exit code, negative for a signal."""
        return await self.process.wait()


@contextlib.asynccontextmanager
async def running(
    command: Sequence[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    on_stderr: Callable[[bytes], None],
    grace_s: float,
    refused: Refused,
    gently: signal.Signals = signal.SIGTERM,
    resources: Resources = UNLIMITED,
) -> AsyncIterator[Child]:
    """A child in its own process group; leaving ends the group, `gently` first and by SIGKILL after `grace_s`,
    and what has left the group with it.

    Shape:  no shell; of this process' environment only what is on the list; `folder` is its
            working and temporary folder. If this process is killed, so are they. None leaves a core.
    Errors: what `refused` makes of it if the command cannot be started.
    """
    async with _guarded(folder) as guarded:
        with (
            _pipe() as (out, out_end),
            _pipe() as (err, err_end),
            _pipe() as (start, start_end),
        ):
            try:
                process = await asyncio.create_subprocess_exec(
                    *_limited(start_end, resources),
                    *command,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=out_end.fileno(),
                    stderr=err_end.fileno(),
                    start_new_session=True,
                    env=_environment(environment, folder),
                    cwd=folder,
                    pass_fds=(start_end.fileno(),),
                )
            except OSError as error:
                raise refused(command[0], error.strerror or type(error).__name__) from error
            guarded(process.pid)
            out_end.close()
            err_end.close()
            start_end.close()
            watch = asyncio.create_task(_watch(process, out, err, start))
            drain = asyncio.create_task(_drain(err, on_stderr))
            try:
                if why := await start.read():
                    raise refused(command[0], why.decode())
                yield Child(process, out)
            finally:
                try:
                    await _end(process, gently, grace_s, watch, drain)
                finally:
                    guard.end_strays(os.fsencode(folder))


def _limited(hearing: "_End", resources: Resources) -> Sequence[str]:
    """What makes of a command one that is limited, and says on a pipe why it does not begin."""
    limits = (resources.open_files, resources.file_bytes, resources.memory_bytes)
    script = (sys.executable, "-I", "-S", limited.__file__)
    return (*script, str(hearing.fileno()), *map(str, limits))


@contextlib.asynccontextmanager
async def _guarded(folder: Path) -> AsyncIterator[Callable[[int], None]]:
    """Whom to tell of the process group of the child that has this folder, so that it is killed if this process is."""
    hearing, lifeline = os.pipe()
    try:
        guarding = await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", guard.__file__),
            stdin=hearing,
            start_new_session=True,
        )
    except BaseException:
        os.close(lifeline)
        raise
    finally:
        os.close(hearing)
    try:
        _tell(lifeline, os.fsencode(folder))
        yield lambda group: _tell(lifeline, b"%d" % group)
    finally:
        _write(lifeline, guard.ENDED)
        os.close(lifeline)
        await guarding.wait()


def _tell(lifeline: int, content: bytes) -> None:
    _write(lifeline, content + guard.SEPARATOR)


def _write(descriptor: int, content: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):  # somebody has ended the guard
        os.write(descriptor, content)


async def _watch(process: asyncio.subprocess.Process, *pipes: Pipe) -> None:
    await process.wait()
    _signal_group(process, signal.SIGKILL)  # grandchildren would hold the pipes open
    for pipe in pipes:
        pipe.note_end()


async def _drain(pipe: Pipe, on_stderr: Callable[[bytes], None]) -> None:
    while chunk := await pipe.read():
        on_stderr(chunk)
    on_stderr(b"")


async def _end(
    process: asyncio.subprocess.Process,
    gently: signal.Signals,
    grace_s: float,
    *tasks: "asyncio.Task[None]",
) -> None:
    try:
        try:
            if process.returncode is None:
                _signal_group(process, gently)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(grace_s):
                        await process.wait()
        finally:
            # also when the waiting itself is cancelled
            _signal_group(process, signal.SIGKILL)
        await process.wait()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2 * _LAST_WORDS_S):
                await asyncio.gather(*tasks)
    finally:
        # the pipes are closed next, also when we are cancelled: nobody may read them any more
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _signal_group(process: asyncio.subprocess.Process, number: signal.Signals) -> None:
    # the session's leader gives the group its number; the group outlives it
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


@contextlib.contextmanager
def _pipe() -> Iterator[tuple[Pipe, "_End"]]:
    reading, writing = os.pipe()
    end = _End(writing)
    try:
        os.set_blocking(reading, False)
        _enlarge(reading)
        yield Pipe(reading), end
    finally:
        end.close()
        os.close(reading)


@dataclass(slots=True)
class _End:
    descriptor: int

    def fileno(self) -> int:
        return self.descriptor

    def close(self) -> None:
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1


def _enlarge(descriptor: int) -> None:
    """Fewer turns between writer and reader, where the kernel allows it."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (AttributeError, OSError):
        return


def _environment(extra: Mapping[str, str], folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    return {**kept, "TMPDIR": str(folder), **extra}
