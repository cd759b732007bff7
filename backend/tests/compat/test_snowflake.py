"""The door to Snowflake, with its own connector; `fakesnow` answers, and does not look at the key's signature."""

import json
import subprocess
from pathlib import Path

from tests.compat.service import program_of

BACKEND = Path(__file__).parents[2]
PROGRAM = Path(__file__).with_name("doors") / "with_fakesnow.py"


def test_snowflake_is_asked_how_new_the_rows_of_a_table_are() -> None:
    python = program_of("fakesnow", "python")

    done = subprocess.run(
        [python, PROGRAM],
        env={"PYTHONPATH": str(BACKEND), "PATH": "/usr/bin:/bin", "HOME": "/nonexistent"},
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert 100 <= seen["USERS"] < 400
    assert seen["EMPTY"] is None
    assert seen["GONE"] == "Snowflake refuses it (ProgrammingError)."
