"""Transformations in PostgreSQL."""

import json
from collections.abc import Mapping, Sequence
from uuid import uuid4

from app.core.errors import InvalidRequest, TransformationInactive, TransformationNotFound
from app.core.ids import ConnectionId, TransformationId, WorkspaceId
from app.core.transformations import Build, Transformation, TransformationStatus
from app.database.pool import Connection as Session
from app.database.pool import Row
from app.database.queries import load
from app.sync.connections import connection_store

SQL = load(__file__)


async def create(
    session: Session,
    workspace_id: WorkspaceId,
    name: str,
    after_connection_id: ConnectionId | None,
    build: Build,
) -> Transformation:
    """A new transformation, still without its environment. Errors: WorkspaceNotFound, ConnectionNotFound, InvalidRequest."""
    await connection_store.require_workspace(session, workspace_id)
    await _require_within(session, workspace_id, after_connection_id)
    made = TransformationId(uuid4())
    await session.execute(
        SQL["create"], made, workspace_id, name, after_connection_id, *_words(build)
    )
    return await present(session, made)


async def present(session: Session, transformation_id: TransformationId) -> Transformation:
    """A transformation that was not deleted. Errors: TransformationNotFound."""
    row = await session.fetchrow(SQL["get"], transformation_id)
    if row is None or row["status"] == TransformationStatus.DEPRECATED:
        raise TransformationNotFound(
            "No transformation has this id.", transformation_id=str(transformation_id)
        )
    return _transformation(row)


async def kept(session: Session, transformation_id: TransformationId) -> Transformation:
    """A transformation, also one that was deleted: a run of it may still be under way."""
    row = await session.fetchrow(SQL["get"], transformation_id)
    assert row is not None  # noqa: S101  its runs refer to it
    return _transformation(row)


async def active(session: Session, transformation_id: TransformationId) -> Transformation:
    """Errors: TransformationNotFound, TransformationInactive."""
    found = await present(session, transformation_id)
    if found.status is not TransformationStatus.ACTIVE:
        raise TransformationInactive("It runs again when it is activated.")
    return found


async def listed(
    session: Session,
    workspace_ids: Sequence[WorkspaceId] | None,
    connection_id: ConnectionId | None,
    limit: int,
    offset: int,
) -> Sequence[Transformation]:
    """Those that were not deleted, the oldest first."""
    rows = await session.fetch(SQL["listed"], workspace_ids, connection_id, limit, offset)
    return [_transformation(row) for row in rows]


async def change(session: Session, wanted: Transformation) -> Transformation:
    """Let a transformation be as it is wanted, but for its environment, for the runs that begin after it.

    Errors: ConnectionNotFound, InvalidRequest.
    """
    await _require_within(session, wanted.workspace_id, wanted.after_connection_id)
    await session.execute(
        SQL["change"],
        wanted.transformation_id,
        wanted.name,
        wanted.status,
        wanted.after_connection_id,
        *_words(wanted.build),
    )
    return await kept(session, wanted.transformation_id)


async def keep_environment(
    session: Session, transformation_id: TransformationId, stored: Mapping[str, object]
) -> None:
    await session.execute(SQL["keep_environment"], transformation_id, json.dumps(dict(stored)))


async def _require_within(
    session: Session, workspace_id: WorkspaceId, connection_id: ConnectionId | None
) -> None:
    if connection_id is None:
        return
    connection = await connection_store.present(session, connection_id)
    if connection.workspace_id != workspace_id:
        raise InvalidRequest("A transformation follows a connection of its own workspace.")


def _words(build: Build) -> tuple[object, ...]:
    return (
        build.project,
        build.target,
        list(build.selected),
        list(build.excluded),
        json.dumps(dict(build.variables)),
        build.blocks_on_failed_tests,
        build.makes_docs,
        build.timeout_s,
        build.retries,
    )


def _transformation(row: Row) -> Transformation:
    after = row["after_connection_id"]
    return Transformation(
        transformation_id=TransformationId(row["transformation_id"]),
        workspace_id=WorkspaceId(row["workspace_id"]),
        name=row["name"],
        status=TransformationStatus(row["status"]),
        after_connection_id=None if after is None else ConnectionId(after),
        build=Build(
            project=row["project"],
            target=row["target"],
            selected=tuple(row["selected"]),
            excluded=tuple(row["excluded"]),
            variables=json.loads(row["variables"]),
            environment=json.loads(row["environment"]),
            blocks_on_failed_tests=row["blocks_on_failed_tests"],
            makes_docs=row["makes_docs"],
            timeout_s=row["timeout_s"],
            retries=row["retries"],
        ),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )
