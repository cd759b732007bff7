"""Soda tells nobody of what it scans."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from app.gates.quality.soda import load
load()
from opentelemetry import trace
from soda.telemetry.soda_telemetry import SodaTelemetry
print(SodaTelemetry.get_instance()._SodaTelemetry__send, type(trace.get_tracer_provider()).__name__)
"""


def test_soda_sends_no_traces_and_writes_nothing_to_the_users_folder(tmp_path: Path) -> None:
    backend = str(Path(__file__).parents[3])

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PYTHONPATH": backend},
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.split() == ["False", "ProxyTracerProvider"]
    assert list(tmp_path.iterdir()) == []
