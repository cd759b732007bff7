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
from app.sources.postgres import choosing, configuration, discovery, session, state
from app.sources.postgres.choosing import Chosen
from app.sources.postgres.configuration import Configuration
from app.sources.postgres.discovery import Relation
from app.sources.postgres.failing import Failed, Stopped, broken
from app.sources.postgres.messages import Voice
from app.sources.postgres.reading import StreamReader
from app.sources.postgres.state import Saved

Options = Mapping[str, str]
_STOPPED = 143
_NO_SCHEMA = [""]
"""One that nobody has: no schemas at all would be every one of them."""


def main(arguments: Sequence[str], voice: Voice) -> int:
    """Do what is asked; the exit code."""
    action, given = (arguments[0], arguments[1:]) if arguments else ("", [])
    options = dict(zip(given[::2], given[1::2], strict=False))
    try:
        match action:
            case "spec":
                _spec(voice)
            case "check":
                _check(voice, options)
            case "discover":
                _discover(voice, options)
            case "read":
                _read(voice, options)
            case _:
                raise Failed("Ask for spec, check, discover or read.")
    except Failed as failed:
        voice.error(failed.message, failed.failure)
        return 1
    except (Stopped, BrokenPipeError):
        return _STOPPED
    return 0


def _spec(voice: Voice) -> None:
    from app.sources.postgres import specification  # which reads the list of connectors

    said = {"connectionSpecification": specification.specification()}
    voice.say("SPEC", "spec", {**said, "documentationUrl": specification.DOCUMENTATION})


def _check(voice: Voice, options: Options) -> None:
    """Say whether something can be read with a configuration, and why not."""
    config, verdict = _file(options, "--config"), {"status": "SUCCEEDED"}
    try:
        told = configuration.read(config)
        with session.opened(told) as opened:
            if missing := session.missing_schemas(opened, told.schemas):
                raise Failed(f"The account sees no schema {', '.join(missing)}.")
            if not discovery.relations(opened, told.schemas):
                raise Failed(
                    "The account may read nothing: grant it SELECT, and USAGE of the schemas."
                )
    except Failed as failed:
        verdict = {"status": "FAILED", "message": failed.message}
    voice.say("CONNECTION_STATUS", "connectionStatus", verdict)


def _discover(voice: Voice, options: Options) -> None:
    told = configuration.read(_file(options, "--config"))
    with session.opened(told) as opened:
        found = discovery.relations(opened, told.schemas)
    for relation in found:
        _warn_of_filter(voice, relation)
    voice.catalog([discovery.stream(relation) for relation in found])


def _read(voice: Voice, options: Options) -> None:
    told = configuration.read(_file(options, "--config"))
    chosen = choosing.chosen(_file(options, "--catalog"))
    saved = state.saved(state.read_file(_bytes(options["--state"]))) if "--state" in options else {}
    with session.opened(told) as opened:
        missing = _read_all(voice, opened, told, chosen, saved)
    if missing:
        raise Failed(
            f"{', '.join(missing)}: there is no such table, or the account may not read it. Discover anew, "
            "or grant it SELECT."
        )


def _read_all(
    voice: Voice,
    opened: OutsideSession,
    told: Configuration,
    chosen: Sequence[Chosen],
    saved: Mapping[StreamDescriptor, Saved],
) -> Sequence[str]:
    """Send one stream after the other; those that are not there. Errors: Failed at the first that breaks."""
    snapshot, missing = session.snapshot(opened), []
    schemas = sorted({one.descriptor.namespace for one in chosen if one.descriptor.namespace})
    found = discovery.relations(opened, schemas or _NO_SCHEMA)
    there = {relation.descriptor: relation for relation in found}
    for one in chosen:
        stream, relation = one.descriptor, there.get(one.descriptor)
        voice.status(stream, "STARTED")
        if relation is None:
            missing.append(str(stream))
            voice.status(stream, "INCOMPLETE")
            continue
        _tell(voice, one, relation)
        try:
            reader = StreamReader(
                session=opened,
                voice=voice,
                snapshot=snapshot,
                selection=one.selection(relation),
                cursor=one.cursor(relation),
                lookback=told.lookback,
            )
            reader.read(saved.get(stream))
        except OutsideFailed as failed:
            voice.status(stream, "INCOMPLETE")
            raise broken(failed, f"reading {stream}") from None
        except Failed:
            voice.status(stream, "INCOMPLETE")
            raise
        voice.status(stream, "COMPLETE")
    return missing


def _tell(voice: Voice, chosen: Chosen, relation: Relation) -> None:
    """What is to be known of a stream before its records."""
    _warn_of_filter(voice, relation)
    for name in chosen.lost(relation):
        voice.log("WARN", f"{chosen.descriptor}: there is no column {name!r} any more.")
    if relation.rows >= 0:
        voice.estimate(relation.descriptor, relation.rows, relation.size_bytes)


def _warn_of_filter(voice: Voice, relation: Relation) -> None:
    if relation.is_filtered:
        voice.log(
            "WARN",
            f"{relation.descriptor}: row level security is on, and holds for this account: only rows that its "
            "policies let through are read. A role with BYPASSRLS reads all.",
        )


def _file(options: Options, name: str) -> object:
    """The JSON of a file that an option names. Errors: Failed."""
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


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    raise Stopped


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    sys.exit(main(sys.argv[1:], Voice()))
