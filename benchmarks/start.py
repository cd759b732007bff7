"""How long a person waits: for help, and for the first answer of the API."""

import http.client
import os
import socket
import subprocess
import sys
import time
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
    port = _free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATLAS_")}
    environment = kept | {"ATLAS_HOME": str(home), "ATLAS_PORT": str(port)}
    began = time.perf_counter()
    process = subprocess.Popen(
        [ATLAS, "serve"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while not _is_healthy(port):
            if process.poll() is not None or time.perf_counter() - began > _LIMIT_S:
                raise SystemExit("`atlas serve` did not become healthy.")
            time.sleep(0.01)
        return time.perf_counter() - began
    finally:
        process.terminate()
        process.wait()


def _free_port() -> int:
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
