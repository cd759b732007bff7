"""The Python interpreters of this machine: connectors want one of two versions."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

VERSIONS = ("3.12", "3.11")
"""What connectors may be installed for, the one that newer packages want first."""
_ASK = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
_ANSWER_S = 10.0


def find(version: str) -> Path | None:
    """An interpreter of a version such as `3.11`; none if there is none on this machine's path.

    Shape: asked for its version, because a name on the path may stand for an interpreter that is not there.
    """
    ours = f"{sys.version_info.major}.{sys.version_info.minor}"
    if version == ours:
        return Path(sys.executable)
    for folder in os.get_exec_path():
        candidate = Path(folder) / f"python{version}"
        if os.access(candidate, os.X_OK) and _version_of(candidate) == version:
            return candidate
    return None


@cache
def _version_of(program: Path) -> str | None:
    try:
        said = subprocess.run(  # noqa: S603  a name on the path of who runs Atlas
            [str(program), "-c", _ASK],
            capture_output=True,
            timeout=_ANSWER_S,
            check=True,
            text=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return said.stdout.strip()
