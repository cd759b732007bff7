"""The embedded PostgreSQL lives as long as somebody uses it, whatever happens to who uses it."""

import asyncio
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import asyncpg
import psycopg
import pytest

from app.core.errors import AtlasError
from app.core.failures import (
    EmbeddedServerFailed,
    HomeLocked,
)
from app.database.cluster import Cluster, ServerState, programs
from app.database.embedded import arrive, embedded_server, status, stop

BACKEND = Path(__file__).parents[2]
NOBODY = 65534

# A process of Atlas that uses the server until its stdin ends.
USER_OF_SERVER = """
import sys
from pathlib import Path
from app.database.embedded import arrive
stay = arrive(Path(sys.argv[1]))
print("ready", file=sys.stderr, flush=True)
sys.stdin.read()
stay.leave()
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose server was started once and stopped well."""
    home = tmp_path_factory.mktemp("made") / ".atlas"
    arrive(home).leave()
    return home


@pytest.fixture
def home(made: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of `made` for one test, with no server left behind."""
    copy = tmp_path / ".atlas"
    shutil.copytree(made, copy)
    yield copy
    stop(copy)


def start_user(home: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USER_OF_SERVER, str(home)],
        env=os.environ | {"PYTHONPATH": str(BACKEND)},
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait_until_ready(user: subprocess.Popen[str]) -> None:
    for line in opened(user.stderr):
        if line == "ready\n":
            return
    pytest.fail("the process ended before its server was ready")


def end(user: subprocess.Popen[str]) -> None:
    with user:
        opened(user.stdin).close()
        assert user.wait(timeout=30) == 0


def kill(user: subprocess.Popen[str]) -> None:
    with user:
        user.kill()


def opened(stream: IO[str] | None) -> IO[str]:
    assert stream is not None
    return stream


def pid_file(home: Path) -> Path:
    return home / "pg" / "postmaster.pid"


def server_pid(home: Path) -> int:
    return int(pid_file(home).read_text().splitlines()[0])


async def test_first_start_makes_a_private_home_and_the_last_to_leave_stops_it(
    tmp_path: Path,
) -> None:
    home = tmp_path / "project" / ".atlas"
    assert status(home).state is ServerState.ABSENT
    assert not stop(home)

    async with embedded_server(home) as dsn, embedded_server(home) as same:
        assert same == dsn == status(home).dsn
        assert status(home).state is ServerState.RUNNING
        connection = await asyncpg.connect(dsn)
        fsync, addresses, locale = await connection.fetchrow(
            "SELECT current_setting('fsync'), current_setting('listen_addresses'), datlocale"
            " FROM pg_database WHERE datname = current_database()"
        )
        await connection.close()
        with psycopg.connect(dsn) as other:
            assert other.execute("SELECT 1").fetchone() == (1,)

    assert (fsync, addresses, locale) == ("on", "", "C.UTF-8")
    assert status(home).state is ServerState.STOPPED
    assert home.stat().st_mode & 0o777 == 0o700


async def test_restart_keeps_the_data(home: Path) -> None:
    async with embedded_server(home) as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")

    async with embedded_server(home) as dsn:
        with psycopg.connect(dsn) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


async def test_server_of_a_killed_process_is_taken_over_and_stopped(home: Path) -> None:
    user = start_user(home)
    wait_until_ready(user)
    kill(user)
    assert status(home).state is ServerState.RUNNING
    pid = server_pid(home)

    async with embedded_server(home):
        assert server_pid(home) == pid

    assert status(home).state is ServerState.STOPPED


def test_two_processes_that_start_at_once_share_one_server(tmp_path: Path) -> None:
    home = tmp_path / ".atlas"

    first, second = start_user(home), start_user(home)
    wait_until_ready(first)
    wait_until_ready(second)

    end(first)
    assert status(home).state is ServerState.RUNNING
    end(second)
    assert status(home).state is ServerState.STOPPED


async def test_stop_ends_the_server_whoever_uses_it(home: Path) -> None:
    async with embedded_server(home):
        assert stop(home)
        assert not stop(home)
        assert status(home).state is ServerState.STOPPED


async def test_killed_server_is_started_again(home: Path) -> None:
    async with embedded_server(home) as dsn:
        with psycopg.connect(dsn) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        os.kill(server_pid(home), signal.SIGKILL)

        async with embedded_server(home) as dsn:
            with psycopg.connect(dsn) as connection:
                assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)


@pytest.mark.parametrize("content", ["", "12", "{pid}\n", "no number\n/some/where\n"])
async def test_stale_pid_file_does_not_stop_the_start(home: Path, content: str) -> None:
    # The pid of this very process: PostgreSQL would refuse to start beside it.
    pid_file(home).write_text(content.format(pid=os.getpid()))

    async with embedded_server(home):
        assert status(home).state is ServerState.RUNNING
        assert server_pid(home) != os.getpid()


@pytest.mark.parametrize("name", ["x" * 100, "a b", 'it\'s %41 "$HOME" `é`', "a,b"])
async def test_any_path_will_do(made: Path, tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    shutil.copytree(made, home)

    async with embedded_server(home) as dsn:
        connection = await asyncpg.connect(dsn)
        data = await connection.fetchval("SELECT current_setting('data_directory')")
        await connection.close()
        with psycopg.connect(dsn) as other:
            assert other.execute("SELECT current_setting('data_directory')").fetchone() == (data,)
        socket_folder = Cluster(home).socket_folder
        assert socket_folder.stat().st_mode & 0o777 == 0o700

    assert Path(data) == home / "pg"
    assert socket_folder == home / "pg" or not socket_folder.exists()


async def test_permissions_and_owners_of_other_folders_stay(tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir(mode=0o700)
    folders = [project, *project.parents, *programs().parents, programs() / "postgres"]

    def seen() -> list[tuple[int, int, int]]:
        return [(s.st_mode, s.st_uid, s.st_gid) for s in (folder.stat() for folder in folders)]

    before = seen()
    async with embedded_server(project / ".atlas"):
        assert seen() == before

    owners = {path.stat().st_uid for path in (project / ".atlas").rglob("*")}
    assert owners == {os.geteuid()}


def test_ordinary_user_needs_nothing_of_root() -> None:
    # The child loads all it needs as root, then becomes nobody: the interpreter may lie in root's home.
    with tempfile.TemporaryDirectory(prefix="atlas-test-", dir="/tmp") as folder:
        readable, packages = Path(folder), Path(folder) / "packages"
        readable.chmod(0o755)
        package = programs().parents[1]
        shutil.copytree(package, packages / package.name)
        for libraries in package.parent.glob(f"{package.name}.libs"):
            shutil.copytree(libraries, packages / libraries.name)
        home = readable / "home"
        home.mkdir()
        child = os.fork()
        if child == 0:
            try:
                os._exit(run_as_nobody(home, packages))
            finally:
                os._exit(3)  # a child must never go on with pytest's own work
        _, ended = os.waitpid(child, 0)

    assert os.waitstatus_to_exitcode(ended) == 0


def run_as_nobody(home: Path, packages: Path) -> int:
    """In a child process: start and stop a server as `nobody`; 0 if all went well."""
    try:
        sys.path.insert(0, str(packages))
        user = os.geteuid()
        if user == 0:
            user = NOBODY
            os.chown(home, NOBODY, NOBODY)
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        stay = arrive(home / ".atlas")
        owner = Path(f"/proc/{server_pid(home / '.atlas')}").stat().st_uid
        stay.leave()
        return int(owner != user or status(home / ".atlas").state is not ServerState.STOPPED)
    except (AtlasError, OSError) as broken:
        print(repr(broken), file=sys.stderr)
        return 2


def test_refused_user_namespace_says_what_to_do() -> None:
    # The kernel gives no user namespace to a process with a second thread.
    code = (
        "import threading, time; from app.database.as_nobody import main;"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start(); main(['/bin/true'])"
    )
    environment = os.environ | {"PYTHONPATH": str(BACKEND)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 1
    assert "as an ordinary user, or set ATLAS_DATABASE_URL" in done.stderr


async def test_home_that_another_process_holds_is_locked(home: Path) -> None:
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        with pytest.raises(HomeLocked, match="Another Atlas"):
            async with embedded_server(home, lock_limit_s=0.2):
                pass

    assert status(home).state is ServerState.STOPPED


async def test_start_that_is_cancelled_leaves_no_server(home: Path) -> None:
    async def use() -> None:
        async with embedded_server(home):
            pytest.fail("was cancelled before")

    starting = asyncio.create_task(use())
    await asyncio.sleep(0.01)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting

    assert status(home).state is ServerState.STOPPED


async def test_home_that_is_a_file_is_refused(tmp_path: Path) -> None:
    home = tmp_path / ".atlas"
    home.write_text("")

    with pytest.raises(EmbeddedServerFailed, match=r"File exists.*ATLAS_HOME"):
        async with embedded_server(home):
            pass


async def test_data_of_another_major_version_is_refused_and_kept(home: Path) -> None:
    (home / "pg" / "PG_VERSION").write_text("15\n")

    with pytest.raises(EmbeddedServerFailed, match=r"PostgreSQL 15.*brings 18.*pg_dump"):
        async with embedded_server(home):
            pass

    assert (home / "pg" / "global").exists()


async def test_folder_that_is_no_data_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "pg" / "photos").mkdir(parents=True)

    with pytest.raises(EmbeddedServerFailed, match="no PostgreSQL data folder"):
        async with embedded_server(tmp_path):
            pass


async def test_failed_start_says_the_servers_last_words(home: Path) -> None:
    with (home / "pg" / "postgresql.conf").open("a") as settings:
        settings.write("shared_buffers = 'many'\n")

    with pytest.raises(EmbeddedServerFailed, match="shared_buffers"):
        async with embedded_server(home):
            pass
