"""A database to be read, and the connector asked about it as a platform asks: by files, and what it says."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from app.sources.postgres.__main__ import main
from app.sources.postgres.messages import Voice

Json = dict[str, Any]  # JSON, as who reads the connector has it


@dataclass(frozen=True, slots=True)
class Said:
    """All that the connector said."""

    exit_code: int
    messages: Sequence[Json]

    def records(self, stream: str) -> list[Json]:
        return [m["record"]["data"] for m in self.of("RECORD") if m["record"]["stream"] == stream]

    def of(self, kind: str) -> list[Json]:
        return [message for message in self.messages if message["type"] == kind]

    @property
    def states(self) -> list[Json]:
        return [message["state"] for message in self.of("STATE")]

    @property
    def contents(self) -> list[Json]:
        return [state["stream"]["stream_state"] for state in self.states]

    @property
    def statuses(self) -> list[str]:
        traces = [message["trace"] for message in self.of("TRACE")]
        return [t["stream_status"]["status"] for t in traces if t["type"] == "STREAM_STATUS"]

    @property
    def logs(self) -> str:
        return "\n".join(message["log"]["message"] for message in self.of("LOG"))

    @property
    def error(self) -> Json:
        (found,) = [m["trace"]["error"] for m in self.of("TRACE") if m["trace"]["type"] == "ERROR"]
        return dict(found)

    @property
    def streams(self) -> dict[str, Json]:
        (catalog,) = self.of("CATALOG")
        return {stream["name"]: stream for stream in catalog["catalog"]["streams"]}

    @property
    def verdict(self) -> tuple[str, str]:
        (found,) = self.of("CONNECTION_STATUS")
        told = found["connectionStatus"]
        return told["status"], told.get("message", "")

    def up_to_state(self, number: int) -> "Said":
        """What was said up to a state, counted from 0: all that a platform has kept if it dies then."""
        places = [at for at, message in enumerate(self.messages) if message["type"] == "STATE"]
        return Said(self.exit_code, self.messages[: places[number] + 1])


@dataclass(frozen=True, slots=True)
class Asking:
    """A database, and who asks for it. Shape: `changes` of the configuration."""

    dsn: str
    changes: Mapping[str, object]

    @property
    def config(self) -> Json:
        where = conninfo_to_dict(self.dsn)
        return {
            "host": where["host"],
            "port": int(str(where.get("port", 5_432))),
            "database": where["dbname"],
            "username": where["user"],
            "password": "not asked for",
            "schemas": ["public"],
            "ssl_mode": {"mode": "disable"},
            "replication_method": {"method": "Standard"},
            "tunnel_method": {"tunnel_method": "NO_TUNNEL"},
            **self.changes,
        }

    def but(self, **changes: object) -> "Asking":
        return Asking(self.dsn, {**self.changes, **changes})

    def run(self, *statements: str) -> None:
        """By hand, as who owns the database."""
        with psycopg.connect(self.dsn, autocommit=True, client_encoding="utf8") as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def spec(self) -> Said:
        return asked("spec", {})

    def check(self) -> Said:
        return asked("check", {"config": self.config})

    def discover(self) -> Said:
        return asked("discover", {"config": self.config})

    def read(
        self,
        *names: str,
        cursor: str | None = None,
        state: object = None,
        fields: Sequence[str] | None = None,
    ) -> Said:
        """Read streams, by a cursor if one is named; `fields` are all that is wanted."""
        offered = self.discover().streams
        files: Json = {
            "config": self.config,
            "catalog": {"streams": [chosen(offered[name], cursor, fields) for name in names]},
        }
        if state is not None:
            files["state"] = state
        return asked("read", files)


def chosen(stream: Json, cursor: str | None, fields: Sequence[str] | None = None) -> Json:
    """A stream as a configured catalog has it."""
    if fields is not None:
        known = stream["json_schema"]["properties"]
        schema = {"type": "object", "properties": {name: known.get(name, {}) for name in fields}}
        stream = {**stream, "json_schema": schema}
    configured: Json = {
        "stream": stream, "sync_mode": "full_refresh", "destination_sync_mode": "append"
    }  # fmt: skip
    if cursor is not None:
        configured |= {"sync_mode": "incremental", "cursor_field": [cursor]}
    return configured


def asked(action: str, files: Mapping[str, object]) -> Said:
    with tempfile.TemporaryDirectory() as name:
        folder, arguments = Path(name), [action]
        for option, content in files.items():
            path = folder / f"{option}.json"
            path.write_text(json.dumps(content, default=float))
            arguments += [f"--{option}", str(path)]
        with (folder / "said").open("w+b") as said:
            exit_code = main(arguments, Voice(said.fileno()))
            said.seek(0)
            lines = said.read().splitlines()
    return Said(exit_code, [json.loads(line, parse_float=Decimal) for line in lines])
