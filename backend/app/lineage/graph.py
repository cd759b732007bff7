"""The graph of what was recorded: datasets, the jobs that read and write them, and columns that come of others."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from app.core.errors import LineageNotFound
from app.core.ids import ConnectionId, JobId, WorkspaceId
from app.database.pool import Connection, Row
from app.database.queries import load
from app.lineage.events import EventType
from app.lineage.facets import DatasetName

SQL = load(__file__)

MOST_NODES = 1_000
_SOURCE = "airbyte://"
_LAYERS = frozenset({"explore", "chart", "navigate"})
_Workspaces = Sequence[WorkspaceId] | None


class Direction(StrEnum):
    """`upstream` is where a dataset comes from, `downstream` what comes of it."""

    UPSTREAM = "upstream"
    DOWNSTREAM = "downstream"
    BOTH = "both"


@dataclass(frozen=True, slots=True)
class JobName:
    namespace: str
    name: str


Node = DatasetName | JobName


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """From one node to another, in the direction of the data.

    Shape: `reads` goes from dataset to job, `writes` from job to dataset, `derives` from dataset to dataset with
           the columns that come from it, and how many of them are masked; `rows` of the last run, if it says so.
    """

    kind: str
    source: Node
    target: Node
    runs: int
    last_at: datetime
    rows: int | None = None
    last_event: str | None = None
    columns: int | None = None
    masked: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastRun:
    """What ran a job of lineage the last time: a connection's job. Shape: `connection` is its name."""

    connection_id: ConnectionId
    connection: str
    job_id: JobId


@dataclass(slots=True)
class Graph:
    """Shape: nodes with how many steps they are from where it was begun; `is_cut` if there are more. `last_runs` of
    the jobs that Atlas's connections ran."""

    nodes: dict[Node, int] = field(default_factory=dict)
    edges: dict[tuple[Node, Node], Edge] = field(default_factory=dict)
    last_runs: dict[Node, LastRun] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which events are listed. Shape: what is none does not matter; `run_id` of an attempt, or of a stream in one."""

    connection_id: UUID | None = None
    run_id: UUID | None = None
    job_id: int | None = None
    event_type: EventType | None = None
    namespace: str | None = None
    dataset: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event, without its content. Shape: connection, job and attempt none of one that is not Atlas's own."""

    event_id: int
    event_type: EventType
    run_id: UUID
    stream_run_id: str
    job_name: str
    created_at: datetime
    delivered_at: datetime | None
    connection_id: ConnectionId | None
    job_id: JobId | None
    attempt: int | None
    size_bytes: int


def layer_of(name: DatasetName) -> str | None:
    """`source`, a layer, or none of what is neither."""
    if name.namespace.startswith(_SOURCE):
        return "source"
    parts = name.name.split(".")
    return parts[1] if len(parts) > 2 and parts[1] in _LAYERS else None


async def events(
    connection: Connection,
    workspaces: _Workspaces,
    wanted: Wanted,
    limit: int,
    offset: int,
    up_to: int | None = None,
) -> Sequence[Recorded]:
    """The newest events first."""
    rows = await connection.fetch(
        SQL["events"],
        workspaces,
        wanted.connection_id,
        wanted.run_id,
        wanted.job_id,
        wanted.event_type,
        wanted.namespace,
        wanted.dataset,
        limit,
        offset,
        up_to,
    )
    return [Recorded(**{**row, "event_type": EventType(row["event_type"])}) for row in rows]


async def event(connection: Connection, event_id: int, workspaces: _Workspaces) -> str:
    """An event as it was recorded, as JSON. Errors: LineageNotFound."""
    found: str | None = await connection.fetchval(SQL["event"], event_id, workspaces)
    if found is None:
        raise LineageNotFound("No event has this id.", event_id=event_id)
    return found


async def begin(
    connection: Connection,
    workspaces: _Workspaces,
    dataset: str | None,
    namespace: str | None,
    connection_id: UUID | None,
) -> Sequence[DatasetName]:
    """The datasets of a name, or of a connection. Errors: LineageNotFound if nothing was recorded of any."""
    if dataset is not None:
        query = SQL["datasets_called"].format(is_seen=SQL["is_seen"])
        rows = await connection.fetch(query, dataset, namespace, workspaces)
    else:
        query = SQL["datasets_of"].format(is_seen=SQL["is_seen"])
        rows = await connection.fetch(query, connection_id, MOST_NODES, workspaces)
    if not rows:
        raise LineageNotFound("Nothing was recorded of such a dataset yet.")
    return [DatasetName(row["namespace"], row["name"]) for row in rows]


async def around(
    connection: Connection,
    workspaces: _Workspaces,
    start: Iterable[DatasetName],
    direction: Direction,
    depth: int,
) -> Graph:
    """What is so many steps from some datasets, and all columns that come of each other among them.

    Shape:  a job is a step of its own. Upstream of what is downstream is not looked for.
    """
    found = Graph(nodes=dict.fromkeys(start, 0))
    first = [*found.nodes]
    ways = [way for way in (Direction.UPSTREAM, Direction.DOWNSTREAM) if direction in (way, Direction.BOTH)]  # fmt: skip
    for way in ways:
        newest: list[Node] = [*first]
        for distance in range(1, depth + 1):
            newest = await _step(connection, workspaces, found, newest, way, distance)
            if not newest:
                break
    await _derive(connection, workspaces, found)
    await _last_runs(connection, workspaces, found)
    return found


async def _step(
    connection: Connection,
    workspaces: _Workspaces,
    graph: Graph,
    nodes: Sequence[Node],
    way: Direction,
    distance: int,
) -> list[Node]:
    datasets = [node for node in nodes if isinstance(node, DatasetName)]
    jobs = [node for node in nodes if isinstance(node, JobName)]
    up = way is Direction.UPSTREAM
    rows: list[Row] = []
    for name, some, role in (
        ("of_datasets", datasets, "output" if up else "input"),
        ("of_jobs", jobs, "input" if up else "output"),
    ):
        if some:
            query = SQL[name].format(is_seen=SQL["is_seen"])
            spaces, names = [one.namespace for one in some], [one.name for one in some]
            rows += await connection.fetch(query, spaces, names, workspaces, [role])
    fresh: list[Node] = []
    for edge in map(_edge, rows):
        for node in (edge.source, edge.target):
            if node not in graph.nodes:
                if len(graph.nodes) >= MOST_NODES:
                    graph.is_cut = True
                    continue
                graph.nodes[node] = distance
                fresh.append(node)
        if edge.source in graph.nodes and edge.target in graph.nodes:
            graph.edges[edge.source, edge.target] = edge
    return fresh


async def _derive(connection: Connection, workspaces: _Workspaces, graph: Graph) -> None:
    datasets = [node for node in graph.nodes if isinstance(node, DatasetName)]
    query = SQL["derivations"].format(is_seen=SQL["is_seen"])
    spaces, names = [one.namespace for one in datasets], [one.name for one in datasets]
    for row in await connection.fetch(query, spaces, names, workspaces):
        source = DatasetName(row["from_namespace"], row["from_name"])
        target = DatasetName(row["to_namespace"], row["to_name"])
        graph.edges[source, target] = Edge(
            kind="derives",
            source=source,
            target=target,
            runs=row["runs"],
            last_at=row["last_at"],
            columns=row["columns"],
            masked=row["masked"],
        )


async def _last_runs(connection: Connection, workspaces: _Workspaces, graph: Graph) -> None:
    jobs = [node for node in graph.nodes if isinstance(node, JobName)]
    query = SQL["last_runs"].format(is_seen=SQL["is_seen"])
    spaces, names = [one.namespace for one in jobs], [one.name for one in jobs]
    for row in await connection.fetch(query, spaces, names, workspaces):
        graph.last_runs[JobName(row["job_namespace"], row["job_name"])] = LastRun(
            connection_id=row["connection_id"], connection=row["connection"], job_id=row["job_id"]
        )


def _edge(row: Row) -> Edge:
    dataset = DatasetName(row["namespace"], row["name"])
    job = JobName(row["job_namespace"], row["job_name"])
    reads = row["role"] == "input"
    return Edge(
        kind="reads" if reads else "writes",
        source=dataset if reads else job,
        target=job if reads else dataset,
        runs=row["runs"],
        last_at=row["last_at"],
        rows=row["rows"],
        last_event=row["last_event"],
    )
