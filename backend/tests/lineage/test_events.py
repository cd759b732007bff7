"""Events are OpenLineage as its own library reads it, and hold names and counts alone."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openlineage.client import generated
from openlineage.client.generated.base import BaseFacet

from app.core.catalog import StreamDescriptor
from app.core.failures import (
    ConnectorConfigRefused,
)
from app.core.jobs import PLAIN, JobOptions, JobType
from app.lineage import events
from app.lineage.events import EventType, stream_run_id
from tests.lineage.samples import RUN, USERS, WITHOUT_KEY, witnessed

FAILURE = ConnectorConfigRefused("The password is not accepted.", connector="source-faker")

BACKEND = Path(__file__).parents[2]

Json = Mapping[str, Any]


def body(event_type: EventType = EventType.COMPLETE) -> Json:
    failure = FAILURE if event_type in (EventType.ABORT, EventType.FAIL) else None
    return events.event(witnessed(event_type, failure=failure)).body


def facet_classes() -> Mapping[str, type[BaseFacet]]:
    """The library's facets by the address of their schema."""
    found = {}
    for module in pkgutil.iter_modules(generated.__path__, "openlineage.client.generated."):
        for _, made in inspect.getmembers(importlib.import_module(module.name), inspect.isclass):
            if issubclass(made, BaseFacet):
                found[made._get_schema()] = made
    return found


def facets_in(value: object) -> Iterator[tuple[str, Json]]:
    """Every facet of an event, by the name it goes by."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            if isinstance(inner, Mapping) and "_schemaURL" in inner:
                yield name, inner
            yield from facets_in(inner)
    if isinstance(value, list):
        for inner in value:
            yield from facets_in(inner)


@pytest.mark.parametrize("event_type", list(EventType))
def test_an_event_has_what_openlineage_requires(event_type: EventType) -> None:
    event = body(event_type)

    assert event["eventType"] == event_type.value
    assert datetime.fromisoformat(event["eventTime"]).utcoffset() is not None
    assert event["schemaURL"].endswith("#/$defs/RunEvent")
    assert event["job"]["namespace"] == "atlas"
    assert event["job"]["name"] == "daily.users"
    assert UUID(event["run"]["runId"]) == stream_run_id(RUN, USERS.descriptor)
    assert [(d["namespace"], d["name"]) for d in event["inputs"] + event["outputs"]] == [
        ("airbyte://source-faker", "test.users"),
        ("postgres://db:5432", "atlas.explore.test_users_raw"),
        ("postgres://db:5432", "atlas.chart.test_users"),
        ("postgres://db:5432", "atlas.navigate.test_users"),
    ]


@pytest.mark.parametrize(
    ("job_type", "options", "read", "wrote"),
    [
        (JobType.BACKFILL, PLAIN, ["test.users"], ["explore", "chart", "navigate"]),
        (JobType.CLEAR, PLAIN, [], ["chart", "navigate"]),
        (JobType.REBUILD, PLAIN, ["explore"], []),
        (JobType.REBUILD, JobOptions(swaps=True), ["explore"], ["chart", "navigate"]),
        (JobType.REFRESH, JobOptions(generation=1), ["explore"], ["chart", "navigate"]),
    ],
)
def test_a_job_has_read_and_written_what_its_type_says(
    job_type: JobType, options: JobOptions, read: list[str], wrote: list[str]
) -> None:
    told = witnessed()
    attempt = replace(told.attempt, job_type=job_type, options=options)

    event: Json = events.event(replace(told, attempt=attempt)).body

    def named(datasets: list[Json]) -> list[str]:
        return [str(d["name"]).removeprefix("atlas.").split(".test_users")[0] for d in datasets]

    assert named(event["inputs"]) == read
    assert named(event["outputs"]) == wrote
    assert event["run"]["facets"]["atlas"]["jobType"] == job_type.value


@pytest.mark.parametrize("event_type", list(EventType))
def test_the_library_reads_every_facet_by_its_schema(event_type: EventType) -> None:
    classes = facet_classes()
    found = {name: facet for name, facet in facets_in(body(event_type)) if name != "atlas"}

    for facet in found.values():
        members = {name: value for name, value in facet.items() if not name.startswith("_")}
        classes[facet["_schemaURL"]](**members, producer=facet["_producer"])

    always = {"parent", "processing_engine", "jobType", "schema", "columnLineage"}
    of_type = {
        EventType.START: set(),
        EventType.RUNNING: {"inputStatistics", "outputStatistics"},
        EventType.COMPLETE: {"inputStatistics", "outputStatistics"},
        EventType.ABORT: {"errorMessage"},
        EventType.FAIL: {"errorMessage"},
    }
    assert found.keys() == always | of_type[event_type]


@pytest.mark.parametrize("event_type", list(EventType))
def test_an_event_says_whether_its_records_were_real(event_type: EventType) -> None:
    atlas = body(event_type)["run"]["facets"]["atlas"]

    assert (atlas["mode"], atlas["jobId"], atlas["attempt"]) == ("mock", 7, 2)
    assert ("books" in atlas) is (event_type in (EventType.RUNNING, EventType.COMPLETE))


def test_a_failure_says_what_happened_and_how_to_go_on() -> None:
    message = body(EventType.FAIL)["run"]["facets"]["errorMessage"]["message"]

    assert message == ("The connector refuses its configuration: The password is not accepted.")


def test_columns_say_where_they_come_from_and_what_masks_them() -> None:
    [_, chart, _] = body()["outputs"]

    assert chart["facets"]["columnLineage"]["fields"]["email_1a2b3c4d"]["inputFields"] == [
        {
            "namespace": "airbyte://source-faker",
            "name": "test.users",
            "field": "eMail",
            "transformations": [
                {
                    "type": "DIRECT",
                    "subtype": "TRANSFORMATION",
                    "description": "tokens of EMAIL_ADDRESS",
                    "masking": True,
                }
            ],
        }
    ]


def test_streams_of_an_attempt_are_runs_of_their_own_under_one_parent() -> None:
    orders = replace(WITHOUT_KEY, descriptor=StreamDescriptor("orders", "shop"))

    first, second = (events.event(witnessed(layout=layout)).body for layout in (USERS, orders))

    runs: list[Any] = [first["run"], second["run"]]
    assert runs[0]["runId"] != runs[1]["runId"]
    assert runs[0]["facets"]["parent"] == runs[1]["facets"]["parent"]
    assert runs[0]["facets"]["parent"]["run"]["runId"] == str(RUN)
    assert events.event(witnessed(layout=orders)).job_name == "daily.shop.orders"


def test_a_streams_run_is_told_from_every_other_and_always_the_same() -> None:
    one, other = StreamDescriptor("c", "a.b"), StreamDescriptor("b.c", "a")

    assert stream_run_id(RUN, one) == stream_run_id(RUN, one)
    assert stream_run_id(RUN, one) != stream_run_id(RUN, other)
    assert stream_run_id(RUN, StreamDescriptor("c", "")) == stream_run_id(
        RUN, StreamDescriptor("c")
    )


def test_atlas_starts_without_the_library() -> None:
    program = (
        "import sys, app.lineage.emitter, app.lineage.transport;"
        "sys.exit(any(name.startswith('openlineage') for name in sys.modules))"
    )

    subprocess.run([sys.executable, "-c", program], check=True, cwd=BACKEND, timeout=60)
