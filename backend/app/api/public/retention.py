"""/v1/connections/{connectionId}/retention: how much explore keeps, what would go now, and what went."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter
from pydantic import ConfigDict, Field

from app.api.access import Editor, Viewer
from app.api.dependencies import Session, Transaction
from app.api.pagination import Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.connections import ConnectionPath
from app.api.requests.editing import Edited
from app.api.views import Body, View, instant
from app.core.errors import ConnectionNotFound, EditedMeanwhile
from app.core.ids import ConnectionId
from app.database import turns
from app.sync.connections import connection_store
from app.sync.retention import horizon, policies, removing
from app.sync.retention.horizon import Reach
from app.sync.retention.policies import RetentionPolicy
from app.sync.retention.removing import Act

router = APIRouter(prefix="/connections/{connectionId}/retention", tags=["Connections"])

Bound = Annotated[int, Field(ge=1, le=2**31 - 1)]


class RetentionBody(Body):
    """The most that explore keeps of each stream; what is left out is no bound, and none of them keeps all."""

    model_config = ConfigDict(extra="forbid")

    max_age_days: Bound | None = None
    max_generations: Bound | None = None
    max_rows: Annotated[int, Field(ge=0, le=2**62)] | None = None

    def wanted(self) -> RetentionPolicy:
        return RetentionPolicy(**self.model_dump())


class PolicyView(View):
    max_age_days: int | None
    max_generations: int | None
    max_rows: int | None

    @classmethod
    def of(cls, policy: RetentionPolicy) -> "PolicyView":
        return cls(
            max_age_days=policy.max_age_days,
            max_generations=policy.max_generations,
            max_rows=policy.max_rows,
        )


class ReachView(View):
    """Shape: `records` would go; `heldBack` are beyond the bounds as well, and stay `because` of something."""

    stream: str
    namespace: str | None
    table: str
    batches: int
    records: int
    bytes: int
    landed_from: str | None
    landed_to: str | None
    stay: int
    held_back: int
    because: str | None

    @classmethod
    def of(cls, reach: Reach) -> "ReachView":
        return cls(
            stream=reach.stream.descriptor.name,
            namespace=reach.stream.descriptor.namespace,
            table=reach.stream.explore.dotted,
            batches=reach.batches,
            records=reach.records,
            bytes=reach.size_bytes,
            landed_from=instant(reach.landed_from) if reach.landed_from else None,
            landed_to=instant(reach.landed_to) if reach.landed_to else None,
            stay=reach.stay,
            held_back=reach.held_back,
            because=reach.because,
        )


class RetentionView(View):
    policy: PolicyView
    streams: list[ReachView]

    @classmethod
    def of(cls, policy: RetentionPolicy, found: Sequence[Reach]) -> "RetentionView":
        return cls(policy=PolicyView.of(policy), streams=[ReachView.of(one) for one in found])


class RetentionActView(View):
    act_id: int
    stream: str
    namespace: str | None
    asked_by: str
    policy: Mapping[str, int]
    how: str
    batches: int
    records: int
    bytes: int
    landed_from: str
    landed_to: str
    removed_at: str

    @classmethod
    def of(cls, act: Act) -> "RetentionActView":
        return cls(
            act_id=act.act_id,
            stream=act.stream.name,
            namespace=act.stream.namespace,
            asked_by=act.asked_by,
            policy=act.policy,
            how=act.how,
            batches=act.batches,
            records=act.records,
            bytes=act.size_bytes,
            landed_from=instant(act.landed_from),
            landed_to=instant(act.landed_to),
            removed_at=instant(act.removed_at),
        )


@router.get("", operation_id="getRetention", responses=problems(ConnectionNotFound))
async def get_retention(
    caller: Viewer, session: Session, edited: Edited, connection_id: ConnectionPath
) -> RetentionView:
    """What explore keeps of a connection's streams, and what the next round will take out."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    policy = await policies.of_connection(session, found.connection_id)
    reach = await horizon.of_connection(session, found.connection_id, policy)
    return edited.shown(RetentionView.of(policy, reach), edited=PolicyView.of(policy))


@router.put(
    "", operation_id="putRetention", responses=problems(ConnectionNotFound, EditedMeanwhile)
)
async def put_retention(
    caller: Editor,
    session: Transaction,
    edited: Edited,
    connection_id: ConnectionPath,
    wanted: RetentionBody,
) -> RetentionView:
    """Say how much explore keeps from now on; nothing goes before the next round."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    await turns.take(session, found.connection_id)
    edited.require(PolicyView.of(await policies.of_connection(session, found.connection_id)))
    policy = wanted.wanted()
    await policies.keep(session, found.connection_id, policy)
    reach = await horizon.of_connection(session, found.connection_id, policy)
    return edited.shown(RetentionView.of(policy, reach), edited=PolicyView.of(policy))


@router.post("/preview", operation_id="previewRetention", responses=problems(ConnectionNotFound))
async def preview_retention(
    caller: Viewer, session: Session, connection_id: ConnectionPath, wanted: RetentionBody
) -> RetentionView:
    """What a policy would take out now, changing nothing."""
    found = await connection_store.present(session, ConnectionId(connection_id))
    policy = wanted.wanted()
    return RetentionView.of(
        policy, await horizon.of_connection(session, found.connection_id, policy)
    )


@router.get("/acts", operation_id="listRetentionActs", responses=problems(ConnectionNotFound))
async def list_acts(
    caller: Viewer,
    session: Session,
    paged: Paged,
    connection_id: ConnectionPath,
    up_to: UpTo = None,
) -> Page[RetentionActView]:
    """What was taken out of explore so far, the newest first; of a deleted connection too."""
    found = await connection_store.get_connection(session, ConnectionId(connection_id))
    acts = await removing.acts(session, found.connection_id, paged.wanted, paged.offset, up_to)
    kept = paged.up_to(up_to, acts[0].act_id if acts else None)
    return paged.page([RetentionActView.of(act) for act in acts], **kept)
