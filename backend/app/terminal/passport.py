"""`atlas passport`: a row's life as a page."""

import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from app.api.public.passports import PassportView
from app.core.errors import InvalidRequest
from app.layers.passport import Key
from app.main import Atlas
from app.sync.connections import connection_store
from app.sync.datasets import passport
from app.sync.datasets.passport import Passport, Promoted, Trail, Wanted
from app.terminal import acts
from app.terminal.tables import plain_table

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What was typed. Shape: `key` as text, JSON or a value; `-` reads it from standard input, so that no
    shell's history keeps it."""

    connection: str
    stream: str
    key: str
    namespace: str | None
    is_hash: bool
    with_source: bool


async def show_passport(console: Console, atlas: Atlas, *, asked: Asked, as_json: bool) -> None:
    """Errors: ConnectionNotFound, StreamNotFound, RowNotFound, InvalidRequest."""
    text = sys.stdin.read().rstrip("\n") if asked.key == "-" else asked.key
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, asked.connection)
    wanted = Wanted(
        connection_id=connection.connection_id,
        stream=asked.stream,
        namespace=asked.namespace,
        key=None if asked.is_hash else key_of(text),
        key_hash=_hash_of(text) if asked.is_hash else None,
        with_source=asked.with_source,
    )
    found = await passport.of_row(atlas.database, atlas.keys, wanted)
    if found.source is not None:
        async with atlas.database.transaction() as session:
            await acts.note(
                atlas.keys, session, "passport", "getPassport", acts.path_of(wanted.connection_id),
                connection.workspace_id, looked=True, stream=asked.stream, keyHash=str(found.key_hash),
            )  # fmt: skip
    if as_json:
        print(PassportView.of(connection.connection_id, found).model_dump_json(by_alias=True))
        return
    _show(console, found)


def key_of(text: str) -> Key:
    """A key as it is typed: a JSON object or array, or the value of a key that has one field."""
    if not text.startswith(("{", "[")):
        return [text]
    try:
        found = json.loads(text, parse_float=str)
    except ValueError:
        raise InvalidRequest("The key begins like JSON, and is none.") from None
    return found if isinstance(found, dict | list) else [text]


def _hash_of(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidRequest("A key's hash is a UUID.") from None


def _show(console: Console, found: Passport) -> None:
    layout = found.stream.layout
    console.print(
        f"Passport of a row of {escape(str(layout.descriptor))}, key hash {found.key_hash}"
    )
    console.print(_place(found))
    for row in found.rows[:1]:
        shown = plain_table(f"As chart.{layout.table} shows it", "column", "value")
        for column, value in row.values.items():
            shown.add_row(escape(column), escape(_text(value)))
        console.print(shown)
    if found.versions:
        console.print(_versions(found))
    console.print(_batches(found.batches.values()))
    for promoted in found.promotions.values():
        console.print(_promotion(promoted))
    console.print(_decisions(found))
    console.print(_quarantine(found))
    if found.has_unkeyed:
        console.print(
            "Quarantine also has records of this stream that no key leads to: without a whole key, refused by "
            "explore, or kept by an older Atlas. One of them may be this row's."
        )
    if found.has_more:
        console.print("The key has more of these than are shown: the newest are.")
    if found.source is not None:
        console.print("The newest record as its source sent it:")
        console.print(found.source, markup=False)


def _place(found: Passport) -> str:
    rows = len(found.rows)
    chart = f"{rows} row{'s' if rows > 1 else ''} in chart" if rows else "No row in chart"
    if not found.versions:
        return f"{chart}; navigate has no version of it."
    newest = found.versions[0]
    gone = ", and it is gone" if newest.is_deleted or not newest.is_current else ""
    versions = len(found.versions)
    return f"{chart}; {versions} version{'s' if versions > 1 else ''} in navigate{gone}."


def _versions(found: Passport) -> Table:
    shown = plain_table(
        "Versions, the newest first", "valid from", "valid to", "recorded", "", "schema", "batch", "record",
        numbers=("schema", "batch", "record"),
    )  # fmt: skip
    for version in found.versions:
        what = "gone" if version.is_deleted else "current" if version.is_current else ""
        shown.add_row(
            _to_the_second(version.valid_from),
            _to_the_second(version.valid_to) if version.valid_to else "",
            _at(version.recorded_at),
            what,
            str(version.schema_version),
            str(version.batch_id),
            str(version.seq),
        )
    return shown


def _batches(trails: Iterable[Trail]) -> Table:
    shown = plain_table(
        "Batches", "batch", "job", "attempt", "mode", "connector", "read", "landed", "promotion",
        numbers=("batch", "job", "attempt", "promotion"),
    )  # fmt: skip
    for trail in trails:
        connector = (
            f"{trail.connector} {trail.connector_version}" if trail.connector else "not noted"
        )
        shown.add_row(
            str(trail.batch_id),
            str(trail.job_id),
            str(trail.attempt),
            trail.mode or "",
            escape(connector),
            _at(trail.extracted_at),
            _at(trail.landed_at) + (", removed from explore since" if trail.removed_at else ""),
            str(trail.promotion_id or "-"),
        )
    return shown


def _promotion(promoted: Promoted) -> Table:
    scores = promoted.audit.scores if promoted.audit else ()
    shown = plain_table(f"Promotion {promoted.promotion_id}", "what", "found")
    shown.add_row("recorded", f"{_at(promoted.recorded_at)} by job {promoted.job_id}")
    for score in scores:
        value = "-" if score.score is None else f"{score.score:.3f}"
        shown.add_row(score.dimension, f"{value} of {score.measured:,}")
    for check in promoted.audit.checks if promoted.audit else ():
        measured = "" if check.measured is None else f" ({check.measured:g})"
        shown.add_row(f"check {escape(check.check)}", f"{check.outcome}{measured}")
    told = ", ".join(f"{event.event_type} {event.event_id}" for event in promoted.events)
    shown.add_row("lineage", f"run {promoted.lineage_run_id}, events: {told or 'none'}")
    return shown


def _decisions(found: Passport) -> Table:
    shown = plain_table(
        "What is personal", "path", "verdict", "holds", "confidence", "action", "by", "since"
    )
    for decision, decided_at in found.decisions:
        shown.add_row(
            escape(".".join(decision.path)),
            decision.verdict,
            decision.entity.value if decision.entity else "",
            f"{decision.confidence:.2f}",
            decision.action,
            decision.decided_by,
            _at(decided_at),
        )
    return shown


def _quarantine(found: Passport) -> Table:
    shown = plain_table("Quarantine and mending", "batch", "record", "rules", "status", "seen")
    for kept in found.quarantined:
        shown.add_row(
            str(kept.batch_id), str(kept.seq), escape(", ".join(kept.rules)), kept.status, _at(kept.seen_at)
        )  # fmt: skip
    for mended in found.mended:
        shown.add_row(
            str(mended.batch_id), str(mended.seq), escape(mended.rule), "mended", _at(mended.seen_at)
        )  # fmt: skip
    if not (found.quarantined or found.mended):
        shown.add_row("none", "", "", "", "")
    return shown


def _text(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _at(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def _to_the_second(instant: str) -> str:
    return instant.rstrip("Z").partition(".")[0].replace("T", " ")
