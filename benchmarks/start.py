"""How long a person waits: for help, and for the first answer of the API."""

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ATLAS = Path(sys.executable).with_name("atlas")
_LIMIT_S = 60.0


def cli_help_s() -> float:
    """Seconds of `atlas --help`."""
    began = time.perf_counter()
    subprocess.run([ATLAS, "--help"], stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def api_start_s(home: Path) -> float:
    """Seconds from the start of `atlas serve` to the first 200 of /health; the server runs already."""
    began = time.perf_counter()
    with serving(home):
        return time.perf_counter() - began


@contextmanager
def serving(
    home: Path, port: int | None = None, *options: str, **settings: str
) -> Iterator["subprocess.Popen[bytes]"]:
    """`atlas serve` on a home, healthy; at a free port, where none is said."""
    port = port or free_port()
    environment = settings_of(home, PORT=str(port), **settings)
    with _healthy([str(ATLAS), "serve", *options], port, environment) as process:
        yield process


@contextmanager
def started(
    command: list[str], port: int, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    """Another server, healthy. Shape: the command is given the port; `environment` joins this process's."""
    with _healthy([*command, str(port)], port, os.environ | environment) as process:
        yield process


@contextmanager
def _healthy(
    command: list[str], port: int, environment: dict[str, str]
) -> Iterator["subprocess.Popen[bytes]"]:
    began = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _is_healthy(port):
            if process.poll() is not None or time.perf_counter() - began > _LIMIT_S:
                raise SystemExit(f"`{' '.join(command)}` did not become healthy.")
            time.sleep(0.01)
        yield process
    finally:
        process.terminate()
        process.wait()


def settings_of(home: Path, **settings: str) -> dict[str, str]:
    """The environment of an Atlas on a home: its settings are these and no others."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATLAS_")}
    own = {f"ATLAS_{name}": value for name, value in settings.items()}
    return kept | {"ATLAS_HOME": str(home)} | own


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
