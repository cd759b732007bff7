"""What a person says of a schema that has changed: yes, with which key and which renames; or no."""

import json
from collections.abc import Sequence
from dataclasses import replace

from app.core.catalog import Path, shown
from app.core.connections import ConnectedStream
from app.core.declared import declared
from app.core.errors import InvalidRequest
from app.core.findings import mask_of
from app.core.ids import ConnectionId
from app.core.layout import Contract, Layout
from app.core.schema_growth import (
    YES,
    GrowthKind,
    Rename,
    Word,
    possible_renames,
    tells_otherwise,
)
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.layers import quarantine, shadow, tables
from app.layers.mending import mend
from app.layers.tables import Tables
from app.sync.connections import schema_changes, stream_growth, stream_tables
from app.sync.connections.schema_changes import ChangeStatus, SchemaChange


async def adopt(
    session: Session, change_id: int, column_limit: int, word: Word = YES
) -> SchemaChange:
    """Read the stream as it is offered now, by a person's word, from the next job on.

    Shape:  ACCEPTED where rows that are there are told apart by another key, or told apart or ordered by other types:
            the next job sees to it.
    Errors: SchemaChangeNotFound; InvalidRequest if it was decided, or nothing could be read so;
            SyncAlreadyRunning while a job of the connection is not over.
    """
    change, connection = await schema_changes.undecided(session, change_id)
    stream = schema_changes.stream_of(connection, change)
    if change.offered is None or stream is None:
        raise InvalidRequest(
            "The source has this stream no more: reject the change.", change_id=change_id
        )
    known = stream_growth.renamed(stream.layout, word.renames)
    key = _key_by(change, word, known)
    _require_readable(stream, change, word, known.cursor_field, key)
    await _carry_decisions(session, stream, word.renames)
    layout = await schema_changes.take(
        session, stream, change, column_limit, "person", None, renames=word.renames
    )
    is_otherwise = tells_otherwise(known, layout)
    if is_otherwise and not await tables.holds_anything(session, layout):
        await tables.unmake(session, layout)
    if key != layout.primary_key or is_otherwise:
        await _tell_apart_by(session, change, layout, key)
    elif word.backfills or word.renames:
        await schema_changes.ask_backfill(session, stream, layout, is_all=word.backfills)
    return await schema_changes.get(session, change_id)


async def reject(session: Session, change_id: int) -> SchemaChange:
    """Go on reading the stream as it is configured, and by the key that it has.

    Errors: SchemaChangeNotFound; InvalidRequest if it was decided, or columns of its key or cursor have their new
            types already; SyncAlreadyRunning.
    """
    change, connection = await schema_changes.undecided(
        session, change_id, ChangeStatus.PENDING, ChangeStatus.ACCEPTED
    )
    stream = schema_changes.stream_of(connection, change)
    is_accepted = change.status is ChangeStatus.ACCEPTED
    if is_accepted and stream and change.primary_key == stream.layout.primary_key:
        raise InvalidRequest(
            "Its columns have their new types already: the next job tells the rows apart by them.",
            change_id=change_id,
        )
    if change.status is ChangeStatus.ACCEPTED and stream is not None:
        await shadow.drop(
            session, stream.layout
        )  # what a job that failed has left of the other key
        await quarantine.forget_barred(session, stream.layout)
    await schema_changes.decide(session, change, ChangeStatus.REJECTED)
    return await schema_changes.get(session, change_id)


async def set_contract(
    session: Session,
    connection_id: ConnectionId,
    stream: ConnectedStream,
    path: Path,
    contract: Contract,
) -> None:
    """Say what may become of one field's column, for the attempts that begin after it.

    Errors: InvalidRequest if the stream has no column of this field; SyncAlreadyRunning while a job of the
            connection is not over and a column for variants is to be added.
    """
    layout = await stream_growth.set_contract(session, stream, path, contract)
    if layout.variants != stream.layout.variants:
        await schema_changes.require_idle(session, connection_id)
        await stream_tables.follow(session, stream.layout, layout)


def _key_by(change: SchemaChange, word: Word, known: Layout) -> tuple[Path, ...]:
    """The key that a stream has once a change is adopted: as is said, declared, or as it is."""
    assert change.offered is not None  # noqa: S101  the caller has looked
    if word.primary_key:
        return word.primary_key
    is_other = any(one.kind is GrowthKind.KEY_CHANGED for one in change.growth)
    declares = change.offered.source_defined_primary_key
    if is_other and not declares and known.has_key:
        raise InvalidRequest(
            'The source declares no key any more: say which fields are it, as {"primaryKey": [["id"]]}, '
            "or reject the change to go on as before.",
            change_id=change.change_id,
        )
    return declares if is_other else known.primary_key


def _require_readable(
    stream: ConnectedStream, change: SchemaChange, word: Word, cursor: Path, key: Sequence[Path]
) -> None:
    """Errors: InvalidRequest for a rename that is none, a key or cursor that the source does not have."""
    assert change.offered is not None  # noqa: S101  the caller has looked
    pairs = [*possible_renames(change.growth)]
    news, olds = [r.new for r in word.renames], [r.old for r in word.renames]
    if not {*word.renames} <= {*pairs} or len({*news}) < len(news) or len({*olds}) < len(olds):
        listed = ", ".join(f"{shown('.'.join(r.old))} to {shown('.'.join(r.new))}" for r in pairs)
        raise InvalidRequest(
            "A rename is of a field that is gone to one that came with the same type, each once; "
            f"here these could be: {listed or 'none'}.",
            change_id=change.change_id,
        )
    if mend(json.dumps(word.primary_key).encode())[1]:
        raise InvalidRequest("No field can be called so.", change_id=change.change_id)
    if hidden := [path for path in key if path[0] in stream.layout.left_out]:
        listed = ", ".join(shown(".".join(path)) for path in hidden)
        raise InvalidRequest(
            f"{listed} is left out of what is read: select it first, or say another primaryKey.",
            change_id=change.change_id,
        )
    fields = declared(change.offered.json_schema, stream.layout.nested)
    if missing := [path for path in (*key, cursor) if path and path[:1] not in fields]:
        listed = ", ".join(shown(".".join(path)) for path in missing)
        raise InvalidRequest(
            f"The source declares no {listed}, which would tell records apart or order them: say another "
            "primaryKey, or that it was renamed; for another cursor connect the stream anew; or reject the change.",
            change_id=change.change_id,
        )


async def _carry_decisions(
    session: Session, stream: ConnectedStream, renames: Sequence[Rename]
) -> None:
    """What is decided of a field holds for it under its new name.

    Errors: InvalidRequest if only the new one is personal: what the column has would stay in clear.
    """
    known = await pii_decisions.current(session, stream.stream_id)
    carried = []
    for rename in renames:
        length = len(rename.old)
        before = {path: one for path, one in known.items() if path[:length] == rename.old}
        masked = [
            path for path, one in known.items() if path[:length] == rename.new and one.is_masked
        ]
        if any(mask_of(known, (*rename.old, *path[length:])) is None for path in masked):
            raise InvalidRequest(
                f"{shown('.'.join(rename.new))} is masked, and {shown('.'.join(rename.old))} was not: as one "
                "column, the values that are there would stay in clear.",
                stream=str(stream.layout.descriptor),
            )
        for path, one in before.items():
            new = (*rename.new, *path[length:])
            if one.is_masked or new not in known:
                carried.append(replace(one, path=new))
    await pii_decisions.add(session, stream.stream_id, carried)


async def _tell_apart_by(
    session: Session, change: SchemaChange, layout: Layout, key: tuple[Path, ...]
) -> None:
    """Another key: at once where no row is there yet, by the next job otherwise. So are other types of the same key."""
    has_rows = await tables.has_rows(session, Tables.of(layout.table).chart)
    if has_rows or (key == layout.primary_key and await tables.holds_anything(session, layout)):
        await schema_changes.accept(session, change, layout.schema_version, key)
        return
    await stream_growth.tell_apart_by(session, layout.stream_id, key, layout.cursor_field)
    await stream_tables.follow(session, layout, replace(layout, primary_key=key))
