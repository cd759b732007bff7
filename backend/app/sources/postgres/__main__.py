"""The connector as a program: `spec`, `check`, `discover` and `read`. Source: Airbyte protocol, connector interface."""

import json
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from app.core.catalog import StreamDescriptor
from app.core.errors import Failure
from app.database.outside import OutsideFailed, OutsideSession
from app.sources.postgres import configuration, discovery, session, state
from app.sources.postgres.configuration import Configuration
from app.sources.postgres.discovery import Relation
from app.sources.postgres.failing import Failed, Stopped, broken
from app.sources.postgres.messages import Voice
from app.sources.postgres.reading import StreamReader
from app.sources.postgres.selecting import Selection
from app.sources.postgres.state import Saved

Object = Mapping[str, object]
_STOPPED = 143


def main(arguments: Sequence[str], voice: Voice) -> int:
    """Do what is asked; the exit code."""
    try:
        return _answer(voice, arguments)
    except Failed as failed:
        voice.error(failed.message, failed.failure)
        return 1
    except (Stopped, BrokenPipeError):
        return _STOPPED


def _answer(voice: Voice, arguments: Sequence[str]) -> int:
    action, options = (arguments[0] if arguments else ""), dict(zip(arguments[1::2], arguments[2::2], strict=False))  # fmt: skip
    if action == "spec":
        from app.sources.postgres import specification  # it reads the list of connectors

        said = {"connectionSpecification": specification.specification()}
        voice.say("SPEC", "spec", {**said, "documentationUrl": specification.DOCUMENTATION})
        return 0
    if action not in ("check", "discover", "read"):
        raise Failed("Ask for spec, check, discover or read.")
    config = _file(options, "--config")
    if action == "check":
        voice.say("CONNECTION_STATUS", "connectionStatus", _verdict(config))
        return 0
    chosen = configuration.read(config)
    if action == "discover":
        with session.opened(chosen) as opened:
            found = discovery.relations(opened, chosen.schemas)
            for relation in found:
                _warn_of_filter(voice, relation)
        voice.catalog([discovery.stream(relation) for relation in found])
        return 0
    catalog = _file(options, "--catalog")
    saved = state.saved(state.read_file(_bytes(options["--state"]))) if "--state" in options else {}
    with session.opened(chosen) as opened:
        return _read(voice, opened, chosen, catalog, saved)


def _verdict(config: object) -> Object:
    """Whether something can be read with a configuration, and why not."""
    try:
        chosen = configuration.read(config)
        with session.opened(chosen) as opened:
            if missing := session.missing_schemas(opened, chosen.schemas):
                raise Failed(f"The account sees no schema {', '.join(missing)}.")
            if not discovery.relations(opened, chosen.schemas):
                raise Failed(
                    "The account may read nothing: grant it SELECT, and USAGE of the schemas."
                )
    except Failed as failed:
        return {"status": "FAILED", "message": failed.message}
    return {"status": "SUCCEEDED"}


def _read(
    voice: Voice,
    opened: OutsideSession,
    chosen: Configuration,
    catalog: object,
    saved: Mapping[StreamDescriptor, Saved],
) -> int:
    snapshot = session.snapshot(opened)
    configured = [_Configured(one) for one in _list(catalog, "streams")]
    schemas = sorted({one.stream.namespace for one in configured if one.stream.namespace})
    there = {
        relation.descriptor: relation for relation in discovery.relations(opened, schemas or [""])
    }
    missing = []
    for one in configured:
        stream, relation = one.stream, there.get(one.stream)
        voice.status(stream, "STARTED")
        if relation is None:
            missing.append(str(stream))
            voice.status(stream, "INCOMPLETE")
            continue
        _warn_of_filter(voice, relation)
        if relation.rows >= 0:
            voice.estimate(stream, relation.rows, relation.size_bytes)
        try:
            reader = StreamReader(
                session=opened,
                voice=voice,
                snapshot=snapshot,
                selection=one.selection(relation, voice),
                cursor=one.cursor(relation),
                lookback=chosen.lookback,
            )
            reader.read(saved.get(stream))
        except (OutsideFailed, Failed) as failed:
            voice.status(stream, "INCOMPLETE")
            raise (
                failed if isinstance(failed, Failed) else broken(failed, f"reading {stream}")
            ) from None
        voice.status(stream, "COMPLETE")
    if missing:
        raise Failed(
            f"{', '.join(missing)}: there is no such table, or the account may not read it. Discover anew, "
            "or grant it SELECT."
        )
    return 0


class _Configured:
    """One stream of a configured catalog."""

    def __init__(self, given: object) -> None:
        self.given: Object = given if isinstance(given, Mapping) else {}
        offered = self.given.get("stream")
        self.offered: Object = offered if isinstance(offered, Mapping) else {}
        name, namespace = self.offered.get("name"), self.offered.get("namespace")
        if not isinstance(name, str):
            raise Failed("The catalog has a stream without a name.")
        if "\0" in f"{name}{namespace}":
            raise Failed("The catalog has a name that PostgreSQL cannot have.")
        self.stream = StreamDescriptor(name, namespace if isinstance(namespace, str) else None)

    def selection(self, relation: Relation, voice: Voice) -> Selection:
        """The columns that the catalog wants, and those that tell rows apart; what is gone is said."""
        wanted = self._properties()
        for name in sorted(wanted - {column.name for column in relation.columns}):
            voice.log("WARN", f"{self.stream}: there is no column {name!r} any more.")
        needed = {*relation.key, *self._cursor_path()}
        columns = [
            c for c in relation.columns if not wanted or c.name in wanted or c.name in needed
        ]
        return Selection(relation=relation, columns=columns)

    def cursor(self, relation: Relation) -> discovery.Column | None:
        """The cursor's column; none of a stream that is read as a whole. Errors: Failed."""
        if self.given.get("sync_mode") != "incremental":
            return None
        path = self._cursor_path()
        column = relation.column(path[0]) if len(path) == 1 else None
        if column is None:
            raise Failed(
                f"{self.stream} is to be read incrementally: choose one of its columns as cursor."
            )
        if column.type.order is None:
            raise Failed(f"{self.stream}: a column of this type cannot be a cursor: {column.name}.")
        return column

    def _cursor_path(self) -> Sequence[str]:
        return [str(name) for name in _list(self.given, "cursor_field")]

    def _properties(self) -> set[str]:
        schema = self.offered.get("json_schema")
        properties = schema.get("properties") if isinstance(schema, Mapping) else None
        return set(properties) if isinstance(properties, Mapping) else set()


def _warn_of_filter(voice: Voice, relation: Relation) -> None:
    if relation.is_filtered:
        voice.log(
            "WARN",
            f"{relation.descriptor}: row level security is on, and holds for this account: only rows that its "
            "policies let through are read. A role with BYPASSRLS reads all.",
        )


def _file(options: Mapping[str, str], name: str) -> object:
    """Errors: Failed."""
    if name not in options:
        raise Failed(f"{name} is missing.")
    try:
        found: object = json.loads(_bytes(options[name]))
    except ValueError:
        raise Failed(f"The file of {name} is no JSON.") from None
    return found


def _bytes(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise Failed(f"A file cannot be read: {error.strerror}.", Failure.SYSTEM) from None


def _list(given: object, name: str) -> Sequence[object]:
    found = given.get(name) if isinstance(given, Mapping) else None
    return found if isinstance(found, list) else ()


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main(sys.argv[1:], Voice()))
