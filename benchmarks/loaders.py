"""What others load the same records with, each in an environment of its own that its lock file gives it.

They write typed (or one-jsonb) tables alone; Atlas's whole way writes three layers, masked, checked and booked.
All is wall time past start-up: an import is not counted, and of a program what it takes to load one record.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import psycopg
from records import Replay, users

HERE = Path(__file__).resolve().parent / "peers"
ENVIRONMENTS = HERE / ".venv"
_SCHEMA = "peer"


@dataclass(frozen=True, slots=True)
class Peers:
    """Everybody loads into one server, over its socket."""

    socket_folder: str

    def dlt(self, how: str, *replays: Replay) -> Sequence[float]:
        """The seconds of each load, one after the other. `how`: default, arrow, scd2."""
        files = [str(replay.bare) for replay in replays]
        command = [python_of("dlt"), str(HERE / "dlt_load.py"), self.socket_folder, how, *files]
        answer = _answer(command)
        if how != "scd2" and answer["rows"] != replays[0].records:
            raise SystemExit(f"dlt loaded {answer['rows']} of {replays[0].records} records.")
        return answer["walls_s"]

    def pyairbyte(self, replay: Replay) -> float:
        """PyAirbyte's `read` into its own PostgresCache; it is in Atlas's own environment."""
        program = str(HERE / "pyairbyte_load.py")
        answer = _answer([sys.executable, program, str(replay.source), self.socket_folder])
        if answer["records"] != replay.records:
            raise SystemExit(f"PyAirbyte read {answer['records']} of {replay.records} records.")
        return answer["wall_s"]

    def target_postgres(self, replay: Replay) -> float:
        """Meltano's Singer target, with COPY, fed a file of Singer messages."""
        url = f"postgresql+psycopg://atlas@/postgres?host={self.socket_folder}"
        config = {"sqlalchemy_url": url, "default_target_schema": _SCHEMA, "use_copy": True}
        target = str(ENVIRONMENTS / "singer/bin/target-postgres")
        python_of("singer")
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(config, file)
            file.flush()
            command = [target, "--config", file.name]
            one, all_ = (
                self._fed(command, lines) for lines in (_singer(replay, 1), _singer(replay))
            )
        self._require(replay.records)
        return all_ - one

    def sling(self, replay: Replay) -> float:
        """Sling, from a file of JSON lines into columns."""
        python_of("sling")
        (program,) = (ENVIRONMENTS / "sling").glob("lib/*/site-packages/sling_linux_*/bin/sling-*")
        program.chmod(0o755)
        one = self._slung(program, replay.folder / "one.jsonl", replay, 1)
        all_ = self._slung(program, replay.bare, replay, replay.records)
        return all_ - one

    def _slung(self, program: Path, file: Path, replay: Replay, records: int) -> float:
        if not file.exists():
            with replay.bare.open("rb") as lines:
                file.write_bytes(next(lines))
        url = f"postgresql://atlas:none@/postgres?host={self.socket_folder}&sslmode=disable"
        target = json.dumps({"type": "postgres", "url": url})
        command = [
            str(program), "run", "--src-stream", f"file://{file}", "--src-options", "{flatten: true}",
            "--tgt-conn", "PEER", "--tgt-object", f"{_SCHEMA}.users", "--mode", "full-refresh",
        ]  # fmt: skip
        began = time.perf_counter()
        _run(command, {"PEER": target, "SLING_DISABLE_TELEMETRY": "TRUE"})
        wall = time.perf_counter() - began
        self._require(records)
        return wall

    def _fed(self, command: Sequence[str], messages: Path) -> float:
        with self._fresh(), messages.open("rb") as lines:
            began = time.perf_counter()
            _run(command, {}, stdin=lines)
            return time.perf_counter() - began

    @contextmanager
    def _fresh(self) -> Iterator[None]:
        with self._session() as session:
            session.execute(f"DROP SCHEMA IF EXISTS {_SCHEMA} CASCADE")
        yield

    def _require(self, records: int) -> None:
        with self._session() as session:
            found = session.execute(f"SELECT count(*) FROM {_SCHEMA}.users").fetchone()
            session.execute(f"DROP SCHEMA {_SCHEMA} CASCADE")
        if found != (records,):
            raise SystemExit(f"{found} of {records} records were loaded.")

    def _session(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(
            f"host={self.socket_folder} user=atlas dbname=postgres", autocommit=True
        )


def _singer(replay: Replay, records: int | None = None) -> Path:
    """A file of Singer messages of a replay's records, or of the first so many."""
    found = replay.folder / ("all.singer" if records is None else f"{records}.singer")
    if found.exists():
        return found
    schema = {"type": "SCHEMA", "stream": "users", "schema": users().stream.json_schema, "key_properties": ["id"]}  # fmt: skip
    draft = found.with_suffix(".new")
    with replay.bare.open("rb") as lines, draft.open("wb") as messages:
        messages.write(msgspec.json.encode(schema) + b"\n")
        for number, line in enumerate(lines):
            if number == records:
                break
            messages.write(b'{"type":"RECORD","stream":"users","record":%s}\n' % line.rstrip())
        messages.write(b'{"type":"STATE","value":{}}\n')
    draft.rename(found)
    return found


def python_of(name: str) -> str:
    """The interpreter of a peer's environment, made where it is not there."""
    folder, lock = ENVIRONMENTS / name, HERE / f"{name}.lock"
    stamp = folder / "made"
    if not stamp.exists() or stamp.read_text() != lock.read_text():
        shutil.rmtree(folder, ignore_errors=True)
        uv = shutil.which("uv") or str(HERE.parents[1] / ".venv-tools/bin/uv")
        _run([uv, "venv", "-q", "-p", sys.executable, str(folder)], {})
        python = str(folder / "bin/python")
        _run([uv, "pip", "install", "-q", "--require-hashes", "-p", python, "-r", str(lock)], {})
        stamp.write_text(lock.read_text())
    return str(folder / "bin/python")


def _answer(command: Sequence[str]) -> dict[str, object]:
    """The last line that a program prints."""
    return json.loads(_run(command, {}).strip().splitlines()[-1])


def _run(command: Sequence[str], more: Mapping[str, str], stdin: object = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | more, stdin=stdin)  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{Path(command[0]).name} failed: {(done.stderr or done.stdout)[-2_000:]}")
    return done.stdout
