"""What a child may use: files, disk and memory up to a limit, and never a core."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from app.core.errors import AtlasError
from app.core.failures import ConnectorNotInstalled
from app.core.settings import Settings
from app.processes import limited
from app.processes.child import UNLIMITED, Resources, running
from app.sources.protocol import CommandConnector

MEBIBYTE = 1_048_576
OPEN = "import os; held = [os.open('/dev/null', os.O_RDONLY) for _ in range(100)]"
WRITE = "import os; held = open('written', 'wb'); held.write(bytes(4 * 1048576)); held.flush()"
FILL = "held = bytearray(512 * 1048576)"
SAID = """
import resource, signal
print([resource.getrlimit(kind)[0] for kind in (
    resource.RLIMIT_CORE, resource.RLIMIT_NOFILE, resource.RLIMIT_FSIZE, resource.RLIMIT_AS)])
print([signal.getsignal(number) == signal.SIG_DFL for number in (signal.SIGTERM, signal.SIGXCPU)])
"""


async def ended(folder: Path, resources: Resources, *command: str) -> tuple[int, str, str]:
    """How a command ends: its exit code, what it says, and what it complains of."""
    said = b""
    complained: list[bytes] = []
    async with running(
        command,
        folder=folder,
        environment={},
        on_stderr=complained.append,
        grace_s=1.0,
        refused=ConnectorNotInstalled.refused,
        resources=resources,
    ) as child:
        while chunk := await child.stdout.read():
            said += chunk
        code = await child.ended()
    return code, said.decode(), b"".join(complained).decode()


@pytest.mark.parametrize(
    ("code", "resources", "complaint"),
    [
        (OPEN, Resources(open_files=64), "Too many open files"),
        (WRITE, Resources(file_bytes=MEBIBYTE), "File too large"),
        (FILL, Resources(memory_bytes=256 * MEBIBYTE), "MemoryError"),
    ],
    ids=["files", "disk", "memory"],
)
async def test_a_child_that_takes_too_much_is_told_and_one_that_may_is_not(
    tmp_path: Path, code: str, resources: Resources, complaint: str
) -> None:
    limited = await ended(tmp_path, resources, sys.executable, "-S", "-c", code)
    free = await ended(tmp_path, UNLIMITED, sys.executable, "-S", "-c", code)

    assert limited[0] == 1
    assert complaint in limited[2]
    assert free == (0, "", "")


async def test_a_file_that_is_too_large_ends_a_program_that_does_not_look(tmp_path: Path) -> None:
    """Python ignores the signal; what it has become does not."""
    command = ("head", "-c", str(4 * MEBIBYTE), "/dev/zero")

    code, _, _ = await ended(
        tmp_path, Resources(file_bytes=MEBIBYTE), "sh", "-c", f"{' '.join(command)} >written"
    )

    assert code in (-signal.SIGXFSZ, 128 + signal.SIGXFSZ)
    assert (tmp_path / "written").stat().st_size == MEBIBYTE


async def test_no_child_leaves_a_core_and_grandchildren_are_limited_as_well(tmp_path: Path) -> None:
    most = Resources(open_files=64, file_bytes=MEBIBYTE, memory_bytes=1024 * MEBIBYTE)
    again = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {SAID!r}], check=True)"

    _, said, complained = await ended(tmp_path, most, sys.executable, "-c", again)

    assert complained == ""
    assert said.splitlines() == [
        str([0, 64, MEBIBYTE, 1024 * MEBIBYTE]),
        str([True, True]),
    ]


def test_a_lower_limit_of_the_machine_s_stays() -> None:
    hearing, start = os.pipe()
    done = subprocess.run(
        [sys.executable, "-I", "-S", limited.__file__, str(start), "1024", "0", "0", sys.executable, "-c", SAID],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64)),
        pass_fds=[start], capture_output=True, text=True, check=True,
    )  # fmt: skip
    os.close(hearing)
    os.close(start)

    assert json.loads(done.stdout.splitlines()[0])[1] == 64


@pytest.mark.parametrize(
    ("command", "why"),
    [("no-such-program", "No such file or directory"), ("/", "Permission denied")],
)
async def test_what_cannot_be_started_is_said(tmp_path: Path, command: str, why: str) -> None:
    with pytest.raises(AtlasError, match=why):
        await ended(tmp_path, UNLIMITED, command)


async def test_connectors_have_the_limits_of_the_settings(tmp_path: Path) -> None:
    script = tmp_path / "source.py"
    script.write_text(
        "import json, resource\n"
        "kinds = {'core': resource.RLIMIT_CORE, 'files': resource.RLIMIT_NOFILE,\n"
        "         'size': resource.RLIMIT_FSIZE, 'memory': resource.RLIMIT_AS}\n"
        "said = {name: resource.getrlimit(kind)[0] for name, kind in kinds.items()}\n"
        "print(json.dumps({'type': 'SPEC', 'spec': {'connectionSpecification': said}}))\n"
    )
    settings = Settings(
        connector_open_files=128,
        connector_file_bytes=2 * MEBIBYTE,
        connector_memory_bytes=512 * MEBIBYTE,
    )

    found = await CommandConnector(command=[sys.executable, str(script)], settings=settings).spec()

    assert found.connection_specification == {
        "core": 0,
        "files": 128,
        "size": 2 * MEBIBYTE,
        "memory": 512 * MEBIBYTE,
    }


KILLED_WHILE_IT_STARTS_ONE = """
import asyncio, os, signal, sys
from pathlib import Path
from app.core.failures import ConnectorNotInstalled
from app.processes import child

begin = asyncio.create_subprocess_exec

async def begin_and_die(*command, **options):
    begun = await begin(*command, **options)
    if "waits" in command[-1]:
        while not Path("begun").exists():
            await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGKILL)
    return begun

asyncio.create_subprocess_exec = begin_and_die

async def main():
    waits = "import time; open('begun', 'w').close(); time.sleep(600)  # waits"
    async with child.running(
        [sys.executable, "-c", waits], folder=Path.cwd(), environment={}, on_stderr=print,
        grace_s=1.0, refused=ConnectorNotInstalled.refused,
    ):
        pass

asyncio.run(main())
"""


def test_no_child_outlives_one_that_is_killed_before_it_knows_its_number(tmp_path: Path) -> None:
    backend = Path(limited.__file__).parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", KILLED_WHILE_IT_STARTS_ONE],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(backend)},
        timeout=60,
        check=False,
    )
    deadline = time.monotonic() + 30
    while (left := _given(tmp_path)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for stray in left:
        os.kill(stray, signal.SIGKILL)

    assert killed.returncode == -signal.SIGKILL
    assert (tmp_path / "begun").exists()
    assert left == []


def _given(folder: Path) -> list[int]:
    """The processes whose temporary folder this is."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"TMPDIR={folder}" in (process / "environ").read_text().split("\0"):
                found.append(int(process.name))
    return found
