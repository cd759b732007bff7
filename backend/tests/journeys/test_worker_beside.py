"""`atlas serve` and the worker that it keeps beside it: two processes, of which the service comes first."""

import os
import signal
from pathlib import Path

from tests.fixtures.home import Shell, free_port
from tests.journeys.test_interruptions import answers, waits_until


def worker_of(service: int) -> int | None:
    """The process that `atlas serve` has started to run jobs."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((process / "stat").read_text().rpartition(")")[2].split()[1])
            arguments = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if parent == service and b"--beside" in arguments:
            return int(process.name)
    return None


def is_alive(process: int) -> bool:
    try:
        return (Path("/proc") / str(process) / "stat").read_text().rpartition(")")[2].split()[
            0
        ] != "Z"
    except OSError:
        return False


def test_the_service_keeps_a_worker_that_gives_way_and_never_outlives_it(tmp_path: Path) -> None:
    port = free_port()
    quick = {"ATLAS_HEARTBEAT_S": "1", "ATLAS_STALL_S": "3", "ATLAS_SWEEP_S": "1"}
    shell = Shell(
        folder=tmp_path, environment={"ATLAS_PORT": str(port), **quick}, said=tmp_path / "said"
    )

    with shell.starting("serve") as service:
        waits_until(lambda: answers(port), service)
        first = worker_of(service.pid)
        assert first is not None
        assert os.getpriority(os.PRIO_PROCESS, first) > os.getpriority(os.PRIO_PROCESS, service.pid)
        assert os.getpgid(first) != os.getpgid(service.pid), "a terminal's Ctrl-C is the service's"
        nicenesses = nicenesses_of_sessions(shell)
        assert nicenesses[service.pid] == {os.getpriority(os.PRIO_PROCESS, service.pid)}
        assert os.getpriority(os.PRIO_PROCESS, first) in nicenesses[first]

        os.kill(first, signal.SIGKILL)
        waits_until(lambda: worker_of(service.pid) not in (None, first), service)
        second = worker_of(service.pid)
        assert second is not None
        waits_until(lambda: answers(port), service)

        service.kill()
        waits_until(lambda: not is_alive(second))
        waits_until(lambda: not shell.has_server())

    said = (tmp_path / "said").read_text()
    assert "worker_ended" in said
    assert "Traceback" not in said


def nicenesses_of_sessions(shell: Shell) -> dict[int, set[int]]:
    """How nice the server's processes are that work for each of Atlas's."""
    found: dict[int, set[int]] = {}
    for row in shell.fetch(
        "SELECT pid, substring(application_name FROM '^atlas ([0-9]+)@')::int AS whose FROM pg_stat_activity "
        "WHERE application_name LIKE 'atlas %'"
    ):
        niceness = os.getpriority(os.PRIO_PROCESS, int(str(row["pid"])))
        found.setdefault(int(str(row["whose"])), set()).add(niceness)
    return found
