"""What is told of a transformation's run: its beginning, each node with the tables that it was made of, its end."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid5

from app.core.ids import RunId
from app.core.parent_runs import ParentRun
from app.core.transformations import Assertion, NodeResult, NodeStatus
from app.lineage.events import EventType, Told
from app.lineage.facets import DatasetName

_KINDS = {"model": "MODEL", "seed": "SEED", "snapshot": "SNAPSHOT"}
"""Source: OpenLineage's dbt integration; tests are told of with the whole run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRun:
    """A run as lineage names it.

    Shape: `datasets` is the namespace of its tables, none where it is not known: then no table is named.
    """

    run_id: UUID
    namespace: str
    name: str
    parent: ParentRun | None
    datasets: str | None = None
    nodes: Sequence[NodeResult] = ()
    assertions: Sequence[Assertion] = field(default_factory=tuple)

    @property
    def itself(self) -> ParentRun:
        """The run as the parent of its nodes' runs, and of what dbt tells by itself."""
        root = self.parent and (self.parent.root or self.parent)
        return ParentRun(
            namespace=self.namespace, job_name=self.name, run_id=self.run_id, root=root
        )


def started(run: ToldRun, at: datetime) -> Sequence[Told]:
    return [_whole(run, EventType.START, at, None, {})]


def ended(run: ToldRun, event_type: EventType, at: datetime, failure: str | None) -> Sequence[Told]:
    """The nodes that were made or could not be, and then the whole with what its tests asserted."""
    asserted: dict[DatasetName, list[Assertion]] = {}
    for assertion in run.assertions if run.datasets else ():
        asserted.setdefault(_dataset(run, assertion.relation), []).append(assertion)
    nodes = [told for node in run.nodes for told in _of_node(run, node, at)]
    return [*nodes, _whole(run, event_type, at, failure, asserted)]


def _whole(
    run: ToldRun,
    event_type: EventType,
    at: datetime,
    failure: str | None,
    asserted: Mapping[DatasetName, Sequence[Assertion]],
) -> Told:
    return Told(
        event_type=event_type,
        at=at,
        whole=RunId(run.run_id),
        run_id=run.run_id,
        job_name=run.name,
        kind="JOB",
        parent=run.parent,
        inputs=list(asserted),
        asserted=asserted,
        failure=failure,
    )


def _of_node(run: ToldRun, node: NodeResult, at: datetime) -> Iterator[Told]:
    if node.kind not in _KINDS or node.status in (NodeStatus.SKIPPED, NodeStatus.NO_OP):
        return
    is_broken = node.status.is_broken
    for event_type in (EventType.START, EventType.FAIL if is_broken else EventType.COMPLETE):
        is_end = event_type is not EventType.START
        yield Told(
            event_type=event_type,
            at=at,
            whole=RunId(run.run_id),
            run_id=uuid5(run.run_id, node.unique_id),
            job_name=f"{run.name}.{node.name}",
            kind=_KINDS[node.kind],
            parent=run.itself,
            inputs=[_dataset(run, each) for each in node.inputs] if run.datasets else (),
            output=_dataset(run, node.relation) if run.datasets and node.relation else None,
            rows=node.rows if is_end else None,
            failure=node.message if is_broken and is_end else None,
        )


def _dataset(run: ToldRun, relation: str) -> DatasetName:
    return DatasetName(run.datasets or "", relation)
