"""Installs connectors through PyAirbyte, in a helper process: its import alone costs ten seconds."""

import asyncio
import contextlib
import hashlib
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from msgspec import Struct

from app.core.failures import (
    ConnectorInstallFailed,
    ConnectorNotInstalled,
)
from app.processes.child import private_folder, running, write_private
from app.sources import interpreters
from app.sources.port import Listener

HELPER = "app.sources.pyairbyte_helper"
_BACKEND = Path(__file__).resolve().parents[2]
_OUTPUT_BYTES = 1_048_576
_TIMEOUT_S = 900.0
_GRACE_S = 5.0
_SHOWN_CHARACTERS = 600
_CREDENTIALS = re.compile(r"://[^\s/@]+@")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_UNREACHABLE = ("dns error", "failed to fetch", "connect error", "timed out", "connection refused")
_UNKNOWN = ("no solution found", "not found in the package registry", "no versions of")


class Installed(Struct, frozen=True, kw_only=True):
    """A connector that is there: how to start it, and what exactly was installed.

    Shape: `sha256` is over the RECORD files of the distributions in the connector's environment,
           which hold the hash of every file that was installed; see `fingerprint`.
    """

    name: str
    version: str
    command: tuple[str, ...]
    sha256: str
    python: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Install:
    """One connector's package, to be installed under a folder of Atlas' own.

    Shape: `pythons` are versions to try in this order, none is this process's own; `also` and
           `overrides` as in `registry.Pinned`. None of it ever comes from a request.
    """

    home: Path
    name: str
    package: str
    version: str
    timeout_s: float = _TIMEOUT_S
    pythons: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()

    @property
    def environment(self) -> Path:
        """The connector's own virtual environment, where PyAirbyte puts it."""
        return self.home.resolve() / f".venv-{self.name}"

    @property
    def marker(self) -> Path:
        """Written last, so that where it stands the installation is whole."""
        return self.environment / "atlas-installed.json"

    async def run(self, listener: Listener | None = None) -> Installed:
        """Install it, and say how it is started; one at a time for each home.

        Errors: ConnectorInstallFailed, with what to do about it; the next call tries again.
        """
        make_folder(self.home)
        async with _locked(self.home / f".{self.name}.lock"):
            found = installed(self)
            if found is not None:
                return found
            self._clear_remains()
            told = await self._install(listener or Listener())
            if told.version != self.version:
                raise ConnectorInstallFailed(
                    f"{self.name} is there in version {told.version}, not {self.version}. Remove "
                    f"the folder {self.environment.name} under `connectors` and try again.",
                    connector=self.name,
                )
            found = Installed(
                name=self.name,
                version=told.version,
                command=tuple(told.command),
                sha256=fingerprint(self.environment),
                python=_python_of(self.environment),
            )
            _write_marker(self.marker, found)
            return found

    def _clear_remains(self) -> None:
        """PyAirbyte does not go on in an environment that an interrupted installation left, and takes
        one whose folder was moved for whole, though its programs name the old place."""
        if self.environment.is_dir():
            shutil.rmtree(self.environment)

    async def _install(self, listener: Listener) -> "_Told":
        """Try the interpreters that are there, until one does. Errors: of the last that was tried."""
        if not self.pythons:
            return await self._ask_helper(listener, Path(sys.executable))
        found = {
            version: program
            for version in self.pythons
            if (program := await asyncio.to_thread(interpreters.find, version)) is not None
        }
        if not found:
            wanted = " or ".join(self.pythons)
            raise ConnectorInstallFailed(
                f"{self.name} needs Python {wanted}, which is not on this machine's path. Install it "
                "(a package python3.x of your system, or `uv python install`), and try again.",
                connector=self.name,
            )
        *others, last = found.items()
        for version, program in others:
            try:
                return await self._ask_helper(listener, program)
            except ConnectorInstallFailed:
                listener.on_log("WARN", f"It could not be installed for Python {version}.")
                self._clear_remains()
        return await self._ask_helper(listener, last[1])

    async def _ask_helper(self, listener: Listener, python: Path) -> "_Told":
        output = _Output(listener=listener)
        wanted = shlex.join((f"{self.package}=={self.version}", *self.also))
        command = [sys.executable, "-m", HELPER, "install", self.name, wanted, self.version]
        try:
            with private_folder() as folder:
                overrides = write_private(
                    folder, "overrides.txt", "\n".join(self.overrides).encode()
                )
                async with (
                    asyncio.timeout(self.timeout_s),
                    running(
                        [*command, str(self.home.resolve()), str(python)],
                        folder=folder,
                        environment={
                            **variables(self.home),
                            **({"UV_OVERRIDE": str(overrides)} if self.overrides else {}),
                        },
                        on_stderr=output.note,
                        grace_s=_GRACE_S,
                        refused=ConnectorNotInstalled.refused,
                    ) as child,
                ):
                    while chunk := await child.stdout.read():
                        output.take(chunk)
                    exit_code = await child.ended()
        except TimeoutError:
            raise ConnectorInstallFailed(
                f"Installing {self.name} took longer than {self.timeout_s:.0f} seconds.",
                connector=self.name,
            ) from None
        told = output.answer()
        if exit_code != 0 or told is None:
            listener.on_log("ERROR", output.shown())
            raise ConnectorInstallFailed(
                f"{self.package} {self.version} could not be installed: {output.advice()}",
                connector=self.name,
                exit_code=exit_code,
            )
        return told


def variables(home: Path) -> Mapping[str, str]:
    """What keeps PyAirbyte off the network but for the package itself, and its files together."""
    home = home.resolve()
    scripts = Path(sys.executable).parent
    kept = {name: os.environ[name] for name in os.environ if name.startswith(("UV_", "PIP_"))}
    return {
        **kept,
        "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(_BACKEND),
        "COLUMNS": "500",  # or what it says is broken into lines of eighty
        "AIRBYTE_OFFLINE_MODE": "1",
        "DO_NOT_TRACK": "1",
        "AIRBYTE_LOCAL_REGISTRY": "0",
        "AIRBYTE_CACHE_ROOT": str(home / "cache"),
        "AIRBYTE_LOGGING_ROOT": str(home / "logs"),
        "AIRBYTE_PROJECT_DIR": str(home / "project"),
    }


def installed(install: Install) -> Installed | None:
    """What an earlier installation left, if it is still as it was; starts no process."""
    try:
        found = msgspec.json.decode(install.marker.read_bytes(), type=Installed)
    except (OSError, msgspec.DecodeError):
        return None
    whole = (
        found.version == install.version
        and Path(found.command[0]).is_relative_to(install.environment)
        and os.access(found.command[0], os.X_OK)
        and found.sha256 == fingerprint(install.environment)
    )
    return found if whole else None


def fingerprint(environment: Path) -> str:
    """What is installed in an environment, as one hash.

    Shape:  SHA-256 over each distribution's folder name and RECORD file, sorted by name.
    Source: PyPA, Recording installed projects: RECORD lists each file with its own hash.
    """
    whole = hashlib.sha256()
    for record in sorted(environment.glob("lib/python*/site-packages/*.dist-info/RECORD")):
        whole.update(record.parent.name.encode() + b"\0")
        whole.update(hashlib.sha256(record.read_bytes()).digest())
    return whole.hexdigest()


class _Told(Struct):
    command: list[str]
    version: str


class _Output:
    """What the helper writes, the newest part of it; its listener hears each line of stderr."""

    def __init__(self, listener: Listener | None = None) -> None:
        self.stdout, self.stderr = b"", b""
        self._listener = listener or Listener()
        self._line = b""

    def take(self, chunk: bytes) -> None:
        self.stdout = (self.stdout + chunk)[-_OUTPUT_BYTES:]

    def note(self, chunk: bytes) -> None:
        self.stderr = (self.stderr + chunk)[-_OUTPUT_BYTES:]
        *lines, rest = (self._line + chunk).split(b"\n")
        self._line = rest[-_SHOWN_CHARACTERS:]
        for line in lines:
            if text := line.decode(errors="replace").strip():
                self._listener.on_log("INFO", plain(text)[:_SHOWN_CHARACTERS])

    def answer(self) -> _Told | None:
        """The last line of stdout is the answer; what PyAirbyte prints stands before it."""
        lines = self.stdout.strip().splitlines()
        try:
            return msgspec.json.decode(lines[-1], type=_Told) if lines else None
        except msgspec.DecodeError:
            return None

    def advice(self) -> str:
        said = (self.stdout + self.stderr).decode(errors="replace").lower()
        if "no module named 'airbyte'" in said:
            return "PyAirbyte is not installed; install Atlas with its dependencies."
        if any(words in said for words in _UNREACHABLE):
            return (
                "the package index cannot be reached. Check the network and try again; once it is "
                "installed, a connector needs none."
            )
        if any(words in said for words in _UNKNOWN):
            return "the package index has no such package or version for this Python."
        return "the log has the installer's own words."

    def shown(self) -> str:
        return plain((self.stderr or self.stdout).decode(errors="replace"))[-_SHOWN_CHARACTERS:]


def plain(text: str) -> str:
    """A text of an installer without the passwords of addresses in it, and without colours."""
    return _CONTROL.sub("", _CREDENTIALS.sub("://[redacted]@", text))


def _python_of(environment: Path) -> str:
    for line in (environment / "pyvenv.cfg").read_text().splitlines():
        name, _, value = line.partition("=")
        if name.strip() in ("version", "version_info"):
            return value.strip()
    return "unknown"


def _write_marker(path: Path, found: Installed) -> None:
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as file:
        file.write(msgspec.json.encode(found))
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)


def make_folder(folder: Path) -> None:
    """Make it, for this user alone; one that is there keeps its permissions."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as refused:
        raise ConnectorInstallFailed(
            f"The folder for connectors cannot be made: {refused.strerror}."
        ) from refused


@contextlib.asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    """Two processes do not install one connector at the same time."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                await asyncio.sleep(0.2)
        yield
    finally:
        os.close(descriptor)
