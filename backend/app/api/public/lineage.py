"""/v1/lineage: the OpenLineage events that were recorded, and the graph that they draw."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Response

from app.api.access import Viewer, within
from app.api.dependencies import Session, Workspaces
from app.api.pagination import LARGEST_OFFSET, Page, Paged, UpTo
from app.api.problems import problems
from app.api.public.passports import moment
from app.api.views import View
from app.core.access import Role
from app.core.errors import InvalidRequest, LineageNotFound
from app.lineage import graph
from app.lineage.events import EventType
from app.lineage.facets import DatasetName
from app.lineage.graph import Direction, Edge, LastRun, Node, Recorded, Wanted

router = APIRouter(prefix="/lineage", tags=["Lineage"])

_MOST_STEPS = 12
_ABOUT = "The dataset's name, as `atlas.chart.people_users`."


class EventView(View):
    """Shape: `streamRunId` is the event's own run, `runId` its parent, the attempt; connection, job and attempt of what
    Atlas ran itself; `deliveredAt` once its receiver has it."""

    event_id: int
    event_type: EventType
    run_id: UUID
    stream_run_id: str
    job_name: str
    created_at: str
    delivered_at: str | None
    connection_id: UUID | None
    job_id: int | None
    attempt: int | None
    bytes: int

    @classmethod
    def of(cls, found: Recorded) -> "EventView":
        return cls(
            event_id=found.event_id,
            event_type=found.event_type,
            run_id=found.run_id,
            stream_run_id=found.stream_run_id,
            job_name=found.job_name,
            created_at=moment(found.created_at),
            delivered_at=moment(found.delivered_at) if found.delivered_at else None,
            connection_id=found.connection_id,
            job_id=found.job_id,
            attempt=found.attempt,
            bytes=found.size_bytes,
        )


class NodeView(View):
    """Shape: `id` is by what edges name it; `distance` in steps from where the graph was begun; `layer` is `source`,
    `explore`, `chart` or `navigate`, and is left out of jobs and of tables that are none of these. `connectionId`,
    `connection` and its newest `jobId` of a job that a connection of Atlas's ran."""

    id: str
    type: str
    namespace: str
    name: str
    layer: str | None
    distance: int
    connection_id: UUID | None
    connection: str | None
    job_id: int | None

    @classmethod
    def of(cls, node: Node, distance: int, ran: LastRun | None) -> "NodeView":
        is_dataset = isinstance(node, DatasetName)
        return cls(
            id=id_of(node),
            type="dataset" if is_dataset else "job",
            namespace=node.namespace,
            name=node.name,
            layer=graph.layer_of(node) if isinstance(node, DatasetName) else None,
            distance=distance,
            connection_id=ran.connection_id if ran else None,
            connection=ran.connection if ran else None,
            job_id=ran.job_id if ran else None,
        )


class EdgeView(View):
    """Shape: `reads` and `writes` have how often that was, and the rows and event of the last time; `derives` how many
    columns come from there, and how many of them are masked."""

    kind: str
    source: str
    target: str
    runs: int
    last_at: str
    rows: int | None
    last_event: str | None
    columns: int | None
    masked_columns: int | None

    @classmethod
    def of(cls, edge: Edge) -> "EdgeView":
        return cls(
            kind=edge.kind,
            source=id_of(edge.source),
            target=id_of(edge.target),
            runs=edge.runs,
            last_at=moment(edge.last_at),
            rows=edge.rows,
            last_event=edge.last_event,
            columns=edge.columns,
            masked_columns=edge.masked,
        )


class GraphView(View):
    """Shape: `isCut` if there is more than is shown."""

    nodes: list[NodeView]
    edges: list[EdgeView]
    is_cut: bool


def id_of(node: Node) -> str:
    kind = "dataset" if isinstance(node, DatasetName) else "job"
    return f"{kind}:{node.namespace}:{node.name}"


@router.get("/events", operation_id="listLineageEvents")
async def list_events(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    run_id: Annotated[
        UUID | None, Query(alias="runId", description="Of an attempt, or of a stream in one.")
    ] = None,
    job_id: Annotated[int | None, Query(alias="jobId", ge=1, le=LARGEST_OFFSET)] = None,
    event_type: Annotated[EventType | None, Query(alias="eventType")] = None,
    dataset: Annotated[str | None, Query(description=_ABOUT)] = None,
    namespace: str | None = None,
    up_to: UpTo = None,
) -> Page[EventView]:
    """The events that were recorded, the newest first, without their content.

    A dataset's events are those of the runs that ended and named it.
    """
    wanted = Wanted(
        connection_id=connection_id,
        run_id=run_id,
        job_id=job_id,
        event_type=event_type,
        namespace=namespace,
        dataset=dataset,
    )
    seen = within(caller, Role.VIEWER, workspaces)
    found = await graph.events(session, seen, wanted, paged.wanted, paged.offset, up_to)
    kept = paged.up_to(up_to, found[0].event_id if found else None)
    return paged.page([EventView.of(one) for one in found], **kept)


@router.get(
    "/events/{eventId}",
    operation_id="getLineageEvent",
    response_class=Response,
    responses={200: {"content": {"application/json": {}}}, **problems(LineageNotFound)},
)
async def get_event(
    caller: Viewer,
    session: Session,
    event_id: Annotated[int, Path(alias="eventId", ge=1, le=LARGEST_OFFSET)],
) -> Response:
    """One event, as it was recorded. Source: OpenLineage, RunEvent."""
    seen = within(caller, Role.VIEWER, None)
    return Response(await graph.event(session, event_id, seen), media_type="application/json")


@router.get(
    "/graph", operation_id="getLineageGraph", responses=problems(LineageNotFound, InvalidRequest)
)
async def get_graph(
    caller: Viewer,
    session: Session,
    workspaces: Workspaces,
    dataset: Annotated[str | None, Query(description=_ABOUT)] = None,
    namespace: str | None = None,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
    direction: Direction = Direction.BOTH,
    depth: Annotated[int, Query(ge=1, le=_MOST_STEPS, description="A job is a step.")] = 4,
) -> GraphView:
    """What a dataset comes from and what comes of it, or all of a connection, as runs that ended have recorded it."""
    if (dataset is None) == (connection_id is None):
        raise InvalidRequest("Say where to begin: with a dataset, or with a connection's datasets.")
    seen = within(caller, Role.VIEWER, workspaces)
    start = await graph.begin(session, seen, dataset, namespace, connection_id)
    found = await graph.around(session, seen, start, direction, depth)
    return GraphView(
        nodes=[
            NodeView.of(node, distance, found.last_runs.get(node))
            for node, distance in found.nodes.items()
        ],
        edges=[EdgeView.of(edge) for edge in found.edges.values()],
        is_cut=found.is_cut,
    )
