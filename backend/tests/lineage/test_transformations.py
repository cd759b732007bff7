"""Tests of app/lineage/transformations.py; that they reach the outbox is in tests/sync/transformations."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from app.core.parent_runs import ParentRun
from app.core.transformations import Assertion, NodeResult, NodeStatus
from app.lineage import events, transformations
from app.lineage.events import EventType
from app.lineage.transformations import ToldRun

AT = datetime(2026, 1, 2, tzinfo=UTC)
RUN = UUID("0198c0de-0000-7000-8000-000000000001")
ROOT = ParentRun(namespace="airflow", job_name="daily", run_id=UUID(int=1))
PARENT = ParentRun(namespace="atlas", job_name="shop", run_id=UUID(int=2), root=ROOT)


def node(name: str, status: NodeStatus, kind: str = "model") -> NodeResult:
    return NodeResult(
        unique_id=f"{kind}.shop.{name}",
        kind=kind,
        name=name,
        status=status,
        message="Database Error",
        rows=7,
        failures=None,
        seconds=0.1,
        relation=f"atlas.finale.{name}",
        inputs=["atlas.chart.shop_orders"],
    )


def run(*nodes: NodeResult, datasets: str | None = "postgres://db:5432") -> ToldRun:
    tested = Assertion(
        name="unique", relation="atlas.finale.a", column="id", is_met=True, severity="warn"
    )
    return ToldRun(
        run_id=RUN,
        namespace="atlas",
        name="nightly",
        parent=PARENT,
        datasets=datasets,
        nodes=nodes,
        assertions=[tested],
    )


@pytest.mark.parametrize(
    ("status", "kind", "told"),
    [
        (NodeStatus.SUCCESS, "model", [EventType.START, EventType.COMPLETE]),
        (NodeStatus.SUCCESS, "seed", [EventType.START, EventType.COMPLETE]),
        (NodeStatus.SUCCESS, "snapshot", [EventType.START, EventType.COMPLETE]),
        (NodeStatus.ERROR, "model", [EventType.START, EventType.FAIL]),
        (NodeStatus.SKIPPED, "model", []),
        (NodeStatus.PASS, "test", []),
        (NodeStatus.SUCCESS, "operation", []),
        (NodeStatus.NO_OP, "exposure", []),
    ],
)
def test_what_was_made_has_a_run_of_its_own(
    status: NodeStatus, kind: str, told: list[EventType]
) -> None:
    found = transformations.ended(run(node("a", status, kind)), EventType.COMPLETE, AT, None)

    assert [each.event_type for each in found] == [*told, EventType.COMPLETE]
    assert len({each.run_id for each in found[:-1]}) == (1 if told else 0)


def test_the_root_of_the_tree_goes_all_the_way_down() -> None:
    first, _, whole = transformations.ended(
        run(node("a", NodeStatus.SUCCESS)), EventType.COMPLETE, AT, None
    )

    assert whole.parent == PARENT
    assert first.parent is not None
    assert (first.parent.run_id, first.parent.root) == (RUN, ROOT)


def test_where_a_projects_tables_are_is_not_made_up() -> None:
    found = transformations.ended(
        run(node("a", NodeStatus.SUCCESS), datasets=None), EventType.COMPLETE, AT, None
    )

    assert all((each.inputs, each.output) in (((), None), ([], None)) for each in found)


def test_an_event_is_openlineages() -> None:
    *_, complete, whole = transformations.ended(
        run(node("a", NodeStatus.SUCCESS)), EventType.FAIL, AT, "It broke."
    )

    made = events.told_event(complete, "atlas", "1.11.16").body
    ended = events.told_event(whole, "atlas", "1.11.16").body

    assert made["job"]["name"] == "nightly.a"  # type: ignore[index]
    assert made["job"]["facets"]["jobType"]["integration"] == "DBT"  # type: ignore[index]
    assert made["outputs"][0]["outputFacets"]["outputStatistics"]["rowCount"] == 7  # type: ignore[index]
    assert ended["run"]["facets"]["errorMessage"]["message"] == "It broke."  # type: ignore[index]
    assert ended["run"]["facets"]["parent"]["root"]["job"]["name"] == "daily"  # type: ignore[index]
    facet = ended["inputs"][0]["inputFacets"]["dataQualityAssertions"]  # type: ignore[index]
    assert facet["assertions"][0]["severity"] == "warn"
