"""`atlas quarantine`: what was kept out, and how it comes back."""

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from app.core.errors import InvalidRequest
from app.core.jobs import Job
from app.database.pool import Connection as Session
from app.main import Atlas
from app.sync.connections import connection_store
from app.sync.quarantine import decisions, records, replays
from app.sync.quarantine.decisions import Correction
from app.sync.quarantine.records import Boundary, Filter, KeptRecord, Status
from app.sync.quarantine.replays import Choice
from app.terminal import acts
from app.terminal.acts import system_user

_SHOWN = 100


async def show_list(
    console: Console,
    atlas: Atlas,
    *,
    connection: str | None,
    stream: str | None,
    rule: str | None,
    boundary: Boundary | None,
    status: Status | None,
    as_json: bool,
) -> None:
    """The newest records, one line for those alike, and the rules with how many broke them."""
    async with atlas.database.connection() as session:
        found = None
        if connection is not None:
            found = (await connection_store.find_connection(session, connection)).connection_id
        wanted = Filter(
            connection_id=found, stream=stream, rule=rule, boundary=boundary, status=status
        )
        lines = await records.listed(session, wanted, _SHOWN, 0)
        counts = await records.counts(session, wanted)
    if as_json:
        print(json.dumps([_facts(line) for line in lines]))
        return
    if not lines:
        console.print("Nothing is in quarantine.")
        return
    table = Table()
    for column in ("record", "stream", "rules", "status", "times", "last seen"):
        table.add_column(column)
    for line in lines:
        seen = f"{line.last_seen_at:%Y-%m-%d %H:%M:%S}"
        rules = ", ".join(line.rules)
        table.add_row(str(line.kept), line.stream, rules, line.status, str(line.times), seen)
    console.print(table)
    for count in counts:
        console.print(
            f"{count.records} {count.status} at {count.boundary}: {count.rule}", markup=False
        )


async def show_record(
    console: Console, atlas: Atlas, record: str, *, with_record: bool, as_json: bool
) -> None:
    """One record, with its values only if they are asked for. Errors: QuarantineRecordNotFound."""
    kept, content = records.kept_of(record), None
    async with atlas.database.transaction() as session:
        line = await records.get(session, kept)
        decided = await records.decisions(session, kept)
        if with_record:
            content = await records.look(session, kept, system_user())
            await _note(atlas, session, "quarantine show", "getQuarantined", line, looked=True)
    found = _facts(line)
    found["decisions"] = [
        {"decision": one.decision, "by": one.decided_by, "at": one.decided_at.isoformat()}
        | ({"note": one.note} if one.note else {})
        for one in decided
    ]
    if content is not None:
        found["sent"] = content.sent.decode("utf-8", "backslashreplace")
        found["fixed"] = content.fixed
    if as_json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        console.print(f"{name}: {value}", markup=False)


async def fix(
    console: Console,
    atlas: Atlas,
    record: str,
    whole: Path | None,
    patch: Path | None,
    note: str | None,
) -> None:
    """Errors: QuarantineRecordNotFound, QuarantineRecordDecided, FixInvalid, InvalidRequest."""
    correction = Correction(record=_read(whole), patch=_read(patch))
    kept = records.kept_of(record)
    async with atlas.database.transaction() as session:
        fixed = await decisions.fix(session, kept, correction, system_user(), note)
        line = await records.get(session, kept)
        await _note(atlas, session, "quarantine fix", "fixQuarantined", line, records=fixed)
    console.print(f"Corrected: {_so_many(fixed)}. `atlas quarantine replay` brings it back.")


async def dismiss(console: Console, atlas: Atlas, record: str, note: str | None) -> None:
    """Errors: QuarantineRecordNotFound, QuarantineRecordDecided."""
    kept = records.kept_of(record)
    async with atlas.database.transaction() as session:
        dismissed = await decisions.dismiss(session, kept, system_user(), note)
        line = await records.get(session, kept)
        await _note(
            atlas, session, "quarantine dismiss", "dismissQuarantined", line, records=dismissed
        )
    console.print(f"Dismissed: {_so_many(dismissed)}.")


async def choice_of(
    atlas: Atlas, connection: str, chosen: list[str] | None, stream: str | None, rule: str | None
) -> Choice:
    """Errors: ConnectionNotFound, InvalidRequest."""
    async with atlas.database.connection() as session:
        found = await connection_store.find_connection(session, connection)
    return Choice(
        connection_id=found.connection_id,
        records=[records.kept_of(one) for one in chosen] if chosen else None,
        stream=stream,
        rule=rule,
    )


async def preview(console: Console, atlas: Atlas, choice: Choice) -> None:
    """What a replay would do now. Errors: NothingToReplay."""
    for found in await atlas.scheduler.replayer.foresee(choice):
        console.print(
            f"{found.stream}: of {found.picked} records {found.charted} would be charted, {found.superseded} "
            f"superseded, {found.deleted} deleted, {found.quarantined} kept again; {found.versions} versions.",
            markup=False,
        )
        for rule, count in found.rules.items():
            console.print(f"  still broken by {count}: {rule}", markup=False)


async def start(atlas: Atlas, choice: Choice) -> Job:
    """Errors: NothingToReplay, ConnectionInactive, SyncAlreadyRunning."""
    async with atlas.database.transaction() as session:
        connection = await connection_store.get_connection(session, choice.connection_id)
        await acts.note(
            atlas.keys, session, "quarantine replay", "createReplay", acts.path_of(choice.connection_id),
            connection.workspace_id,
        )  # fmt: skip
    return await atlas.scheduler.replay(choice, system_user())


async def show_fates(console: Console, atlas: Atlas, job: Job) -> None:
    """What became of a replay's records."""
    async with atlas.database.connection() as session:
        found = await replays.fates(session, job.job_id)
    for fate, count in found.items():
        console.print(f"{count} {fate}")


async def _note(
    atlas: Atlas, session: Session, command: str, action: str, line: KeptRecord, **facts: object
) -> None:
    connection = await connection_store.get_connection(session, line.connection_id)
    subject = f"/v1/quarantine/{line.kept}"
    await acts.note(atlas.keys, session, command, action, subject, connection.workspace_id, **facts)


def _facts(line: KeptRecord) -> dict[str, object]:
    return {
        "record": str(line.kept),
        "connection": str(line.connection_id),
        "stream": line.stream,
        "namespace": line.namespace,
        "rules": list(line.rules),
        "reason": line.reason,
        "status": line.status.value,
        "batch": line.batch_id,
        "seq": line.seq,
        "times": line.times,
        "first_seen_at": line.first_seen_at.isoformat(),
        "last_seen_at": line.last_seen_at.isoformat(),
    }


def _so_many(count: int) -> str:
    return "one record" if count == 1 else f"{count} records that were sent alike"


def _read(path: Path | None) -> bytes | None:
    """Errors: InvalidRequest."""
    try:
        return None if path is None else path.read_bytes()
    except OSError as error:
        raise InvalidRequest(f"{path} cannot be read.") from error
