"""/v1/connections/{connectionId}/quarantineLimit and /waivers: how much is too much, and which rules hold."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction
from app.api.problems import problems
from app.api.public.quarantine import NO_NUL, Name
from app.api.requests.editing import Edited
from app.api.views import Body, View, instant
from app.core.catalog import StreamDescriptor
from app.core.errors import (
    ConnectionNotFound,
    EditedMeanwhile,
    RuleNotWaivable,
    StreamNotInCatalog,
)
from app.core.ids import ConnectionId
from app.database import turns
from app.sync.connections import connection_store
from app.sync.quarantine import limits, waivers
from app.sync.quarantine.limits import Limit, OnExceeded
from app.sync.quarantine.waivers import Waiver

router = APIRouter(prefix="/connections", tags=["Quarantine"])

ConnectionPath = Annotated[UUID, Path(alias="connectionId")]


class LimitBody(Body):
    """The most of a stream that a job may leave in quarantine; what is left out does not limit.

    Units: `share` 0..1 of the records that the job read of the stream; `records` likewise.
    Shape: `onExceeded`: `fail` the job, or `warn` by an event `quarantine_exceeded`.
    """

    model_config = ConfigDict(extra="forbid")

    share: float | None = Field(None, ge=0, le=1)
    records: int | None = Field(None, ge=0, le=2**63 - 1)
    on_exceeded: OnExceeded = OnExceeded.FAIL


class LimitView(View):
    share: float | None
    records: int | None
    on_exceeded: OnExceeded


class WaiverBody(Body):
    """Shape: `rule` is `required:{column}`, or `type:{column}`: what does not fit becomes null then."""

    model_config = ConfigDict(extra="forbid")

    stream: str = Field(pattern=NO_NUL)
    namespace: str | None = Field(None, pattern=NO_NUL)
    rule: str = Field(max_length=200, pattern=NO_NUL)


class WaiverView(View):
    stream: str
    namespace: str | None
    rule: str
    waived_by: str
    waived_at: str

    @classmethod
    def of(cls, waiver: Waiver) -> "WaiverView":
        return cls(
            stream=waiver.stream.name,
            namespace=waiver.stream.namespace,
            rule=waiver.rule,
            waived_by=waiver.waived_by,
            waived_at=instant(waiver.waived_at),
        )


class WaiverViews(View):
    data: list[WaiverView]


@router.get(
    "/{connectionId}/quarantineLimit",
    operation_id="getQuarantineLimit",
    responses=problems(ConnectionNotFound),
)
async def get_limit(
    caller: Viewer, session: Session, edited: Edited, connection_id: ConnectionPath
) -> LimitView:
    """The limit that holds; without `share` and `records` there is none."""
    await connection_store.present(session, ConnectionId(connection_id))
    found = await limits.of_connection(session, ConnectionId(connection_id))
    return edited.shown(_limit(found))


@router.put(
    "/{connectionId}/quarantineLimit",
    operation_id="putQuarantineLimit",
    responses=problems(ConnectionNotFound, EditedMeanwhile),
)
async def put_limit(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: LimitBody,
) -> LimitView:
    """Let a limit hold for the jobs that end from now on. Who is told is said by notification rules."""
    kept = ConnectionId(connection_id)
    await connection_store.present(session, kept)
    await turns.take(session, kept)
    edited.require(_limit(await limits.of_connection(session, kept)))
    limit = Limit(share=wanted.share, records=wanted.records, on_exceeded=wanted.on_exceeded)
    await limits.keep(session, kept, limit)
    return edited.shown(_limit(limit))


@router.get(
    "/{connectionId}/waivers", operation_id="listWaivers", responses=problems(ConnectionNotFound)
)
async def list_waivers(
    caller: Viewer, session: Session, connection_id: ConnectionPath
) -> WaiverViews:
    """The rules that the connection's records need not keep."""
    await connection_store.present(session, ConnectionId(connection_id))
    found = await waivers.listed(session, ConnectionId(connection_id))
    return WaiverViews(data=[WaiverView.of(one) for one in found])


@router.post(
    "/{connectionId}/waivers",
    operation_id="createWaiver",
    responses=problems(ConnectionNotFound, StreamNotInCatalog, RuleNotWaivable),
)
async def create_waiver(
    caller: Editor, session: Transaction, connection_id: ConnectionPath, wanted: WaiverBody
) -> WaiverViews:
    """Let a stream's records be good without a rule, from the next job on; a replay brings the others in."""
    kept = ConnectionId(connection_id)
    await connection_store.present(session, kept)
    stream = StreamDescriptor(wanted.stream, wanted.namespace)
    await waivers.waive(session, kept, stream, wanted.rule, caller.name)
    return WaiverViews(data=[WaiverView.of(one) for one in await waivers.listed(session, kept)])


@router.delete(
    "/{connectionId}/waivers",
    operation_id="deleteWaiver",
    responses=problems(ConnectionNotFound, StreamNotInCatalog),
)
async def delete_waiver(
    caller: Editor,
    session: Transaction,
    connection_id: ConnectionPath,
    stream: Annotated[str, Query(pattern=NO_NUL)],
    rule: Annotated[str, Query(max_length=200, pattern=NO_NUL)],
    namespace: Name = None,
) -> WaiverViews:
    """Let a rule hold again; rows that came in without it stay."""
    kept = ConnectionId(connection_id)
    await connection_store.present(session, kept)
    await waivers.restore(session, kept, StreamDescriptor(stream, namespace), rule)
    return WaiverViews(data=[WaiverView.of(one) for one in await waivers.listed(session, kept)])


def _limit(limit: Limit) -> LimitView:
    return LimitView(share=limit.share, records=limit.records, on_exceeded=limit.on_exceeded)
