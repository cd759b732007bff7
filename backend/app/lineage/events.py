"""OpenLineage events of one stream's run; the only door to openlineage-python."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING
from uuid import UUID, uuid5

from app.core.catalog import StreamDescriptor
from app.core.errors import AtlasError
from app.core.ids import RunId
from app.core.jobs import Attempt, JobType, Ledger
from app.core.parent_runs import ParentRun
from app.core.transformations import Assertion
from app.lineage.facets import Dataset, DatasetName, Origin, StreamFacets

if TYPE_CHECKING:
    from openlineage.client import event_v2, facet_v2
    from openlineage.client.serde import Serde

PRODUCER = "urn:atlas:lineage"
ATLAS_FACET_SCHEMA = "urn:atlas:lineage:AtlasRunFacet:1-0-0"
"""A name, not an address: Atlas has no host of its own to publish a schema on."""


class EventType(StrEnum):
    """Source: OpenLineage, RunEvent.eventType."""

    START = "START"
    RUNNING = "RUNNING"
    COMPLETE = "COMPLETE"
    ABORT = "ABORT"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """An event as it waits in the outbox. Shape: `run_id` is the attempt's, `body` plain JSON."""

    run_id: RunId
    job_name: str
    event_type: EventType
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnessed:
    """What one event tells of: a stream in an attempt, at one instant.

    Units: `at` in UTC. Shape: `failure` is set for ABORT and FAIL alone.
    """

    event_type: EventType
    at: datetime
    namespace: str
    version: str
    attempt: Attempt
    facets: StreamFacets
    failure: AtlasError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one event tells of a part of a transformation's run: the whole of it, or one node.

    Units: `at` in UTC. Shape: `whole` is the run's own id in the outbox, `run_id` the part's; `kind` a word of
    OpenLineage's dbt integration; `asserted` what tests said of each input; `rows` that were written.
    """

    event_type: EventType
    at: datetime
    whole: RunId
    run_id: UUID
    job_name: str
    kind: str
    parent: ParentRun | None
    inputs: Sequence[DatasetName] = ()
    output: DatasetName | None = None
    rows: int | None = None
    asserted: Mapping[DatasetName, Sequence[Assertion]] = field(default_factory=dict)
    failure: str | None = None


def load() -> None:
    """Import openlineage-python: most of a second of CPU, so not before the first event."""
    global event_v2, facet_v2, Serde
    from openlineage.client import event_v2, facet_v2
    from openlineage.client.serde import Serde


def stream_run_id(run_id: RunId, stream: StreamDescriptor) -> UUID:
    """The run of one stream within an attempt: the same two, the same id, in every process.

    An attempt's run is the parent of its streams' runs, so that each has a job, a start and an end
    of its own. The name is `{namespace}` NUL `{name}`, which no two streams share.
    """
    return uuid5(run_id, f"{stream.namespace or ''}\0{stream.name}")


def event(witnessed: Witnessed) -> Event:
    """Put what was witnessed into an OpenLineage event; of a wide stream it takes a tenth of a second.

    Source: OpenLineage 2-0-2, RunEvent.
    """
    load()
    facets, attempt = witnessed.facets, witnessed.attempt
    stream = facets.layout.descriptor
    job_name = f"{facets.route.connection}.{stream}"
    inputs, outputs = _datasets(attempt, facets)
    body = Serde.to_dict(
        event_v2.RunEvent(
            eventType=event_v2.RunState(witnessed.event_type),
            eventTime=witnessed.at.isoformat(),
            producer=PRODUCER,
            run=event_v2.Run(str(stream_run_id(attempt.run_id, stream)), _of_run(witnessed)),
            job=event_v2.Job(witnessed.namespace, job_name, _of_job()),
            inputs=[_input(dataset) for dataset in inputs],
            outputs=[_output(dataset) for dataset in outputs],
        )
    )
    body["run"]["facets"]["atlas"] = _atlas(attempt, facets.books)
    return Event(
        run_id=attempt.run_id, job_name=job_name, event_type=witnessed.event_type, body=body
    )


# ── of the run and its job ───────────────────────────────────────────────────────────────────────


def _of_run(witnessed: Witnessed) -> "dict[str, facet_v2.RunFacet]":
    found: dict[str, facet_v2.RunFacet] = {
        "parent": _parent(witnessed),
        "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet(
            name="Atlas", version=witnessed.version, producer=PRODUCER
        ),
    }
    if (failure := witnessed.failure) is not None:
        found["errorMessage"] = facet_v2.error_message_run.ErrorMessageRunFacet(
            message=f"{failure.title}: {failure.detail}",
            programmingLanguage="PYTHON",
            producer=PRODUCER,
        )
    return found


def _parent(witnessed: Witnessed) -> "facet_v2.parent_run.ParentRunFacet":
    """Whoever began the job, and the top of its tree; else the attempt, which has no events of its own."""
    parents = facet_v2.parent_run
    parent = witnessed.attempt.parent
    if parent is None:
        return parents.ParentRunFacet(
            run=parents.Run(str(witnessed.attempt.run_id)),
            job=parents.Job(witnessed.namespace, witnessed.facets.route.connection),
            producer=PRODUCER,
        )
    root = parent.root or parent
    return parents.ParentRunFacet(
        run=parents.Run(str(parent.run_id)),
        job=parents.Job(parent.namespace, parent.job_name),
        root=parents.Root(
            run=parents.RootRun(str(root.run_id)),
            job=parents.RootJob(root.namespace, root.job_name),
        ),
        producer=PRODUCER,
    )


def _of_job() -> "dict[str, facet_v2.JobFacet]":
    kind = facet_v2.job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="ATLAS", jobType="SYNC", producer=PRODUCER
    )
    return {"jobType": kind}


def _atlas(attempt: Attempt, books: Ledger | None) -> Mapping[str, object]:
    """Atlas's own facet: where the records came from, and the job's books of the stream."""
    facet: dict[str, object] = {
        "_producer": PRODUCER,
        "_schemaURL": ATLAS_FACET_SCHEMA,
        "mode": attempt.mode.value,
        "jobType": attempt.job_type.value,
        "jobId": attempt.job_id,
        "attempt": attempt.number,
        "runId": str(attempt.run_id),
        "engine": attempt.engine.value,
    }
    if books is not None:
        facet["books"] = {
            "read": books.read,
            "rejected": books.rejected,
            "unchanged": books.unchanged,
            "outOfRange": books.out_of_range,
            "explored": books.explored,
            "charted": books.charted,
            "superseded": books.superseded,
            "quarantined": books.quarantined,
            "deleted": books.deleted,
            "held": books.held,
            "versions": books.versions,
            "isBalanced": books.is_balanced,
        }
    return facet


# ── of the datasets ──────────────────────────────────────────────────────────────────────────────


def _datasets(
    attempt: Attempt, facets: StreamFacets
) -> tuple[Sequence[Dataset], Sequence[Dataset]]:
    """What the attempt reads of a stream, and what it writes."""
    if facets.route.elsewhere is not None:
        return (facets.source(),), (facets.elsewhere(facets.route.elsewhere),)
    published = (facets.chart(), facets.navigate(), *facets.children())
    if attempt.job_type.clears:
        return (), published
    if attempt.job_type is JobType.REBUILD:  # without a swap it compares, and changes nothing
        return (facets.explore(),), published if attempt.options.swaps else ()
    if attempt.options.generation is not None:
        return (facets.explore(),), published
    return (facets.source(),), (facets.explore(), *published)


def _input(dataset: Dataset) -> "event_v2.InputDataset":
    facets: dict[str, facet_v2.InputDatasetFacet] = {}
    if dataset.rows is not None:
        statistics = facet_v2.input_statistics_input_dataset.InputStatisticsInputDatasetFacet
        facets["inputStatistics"] = statistics(rowCount=dataset.rows, producer=PRODUCER)
    return event_v2.InputDataset(
        dataset.name.namespace, dataset.name.name, inputFacets=facets, facets=_of_dataset(dataset)
    )


def _output(dataset: Dataset) -> "event_v2.OutputDataset":
    facets: dict[str, facet_v2.OutputDatasetFacet] = {}
    if dataset.rows is not None:
        statistics = facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        facets["outputStatistics"] = statistics(
            rowCount=dataset.rows, size=dataset.size_bytes, producer=PRODUCER
        )
    return event_v2.OutputDataset(
        dataset.name.namespace, dataset.name.name, outputFacets=facets, facets=_of_dataset(dataset)
    )


def _of_dataset(dataset: Dataset) -> "dict[str, facet_v2.DatasetFacet]":
    schema = facet_v2.schema_dataset
    found: dict[str, facet_v2.DatasetFacet] = {}
    if dataset.fields:
        found["schema"] = schema.SchemaDatasetFacet(
            fields=[
                schema.SchemaDatasetFacetFields(
                    name=field.name, type=field.type, ordinal_position=position, fields=None
                )
                for position, field in enumerate(dataset.fields, start=1)
            ],
            producer=PRODUCER,
        )
    if dataset.origins:
        columns = facet_v2.column_lineage_dataset
        found["columnLineage"] = columns.ColumnLineageDatasetFacet(
            fields={
                column: columns.Fields(inputFields=_input_fields(origins))
                for column, origins in dataset.origins.items()
            },
            dataset=None,
            producer=PRODUCER,
        )
    return found


def _input_fields(
    origins: Sequence[Origin],
) -> "list[facet_v2.column_lineage_dataset.InputField]":
    columns = facet_v2.column_lineage_dataset
    return [
        columns.InputField(
            namespace=origin.dataset.namespace,
            name=origin.dataset.name,
            field=origin.field,
            transformations=[
                columns.Transformation(
                    type="DIRECT",
                    subtype=origin.subtype,
                    description=origin.description or None,
                    masking=origin.is_masked,
                )
            ],
        )
        for origin in origins
    ]


# ── of a transformation ──────────────────────────────────────────────────────────────────────────


def told_event(told: Told, namespace: str, version: str) -> Event:
    """Put what is told of a transformation into an OpenLineage event. Source: OpenLineage 2-0-2, RunEvent."""
    load()
    kind = facet_v2.job_type_job.JobTypeJobFacet(
        processingType="BATCH", integration="DBT", jobType=told.kind, producer=PRODUCER
    )
    body = Serde.to_dict(
        event_v2.RunEvent(
            eventType=event_v2.RunState(told.event_type),
            eventTime=told.at.isoformat(),
            producer=PRODUCER,
            run=event_v2.Run(str(told.run_id), _of_told_run(told, version)),
            job=event_v2.Job(namespace, told.job_name, {"jobType": kind}),
            inputs=[_asserted(told, name) for name in told.inputs],
            outputs=[_written(told.output, told.rows)] if told.output else [],
        )
    )
    return Event(run_id=told.whole, job_name=told.job_name, event_type=told.event_type, body=body)


def _of_told_run(told: Told, version: str) -> "dict[str, facet_v2.RunFacet]":
    found: dict[str, facet_v2.RunFacet] = {
        "processing_engine": facet_v2.processing_engine_run.ProcessingEngineRunFacet(
            name="dbt", version=version, producer=PRODUCER
        ),
    }
    parents = facet_v2.parent_run
    if (parent := told.parent) is not None:
        root = parent.root or parent
        found["parent"] = parents.ParentRunFacet(
            run=parents.Run(str(parent.run_id)),
            job=parents.Job(parent.namespace, parent.job_name),
            root=parents.Root(
                run=parents.RootRun(str(root.run_id)),
                job=parents.RootJob(root.namespace, root.job_name),
            ),
            producer=PRODUCER,
        )
    if told.failure is not None:
        found["errorMessage"] = facet_v2.error_message_run.ErrorMessageRunFacet(
            message=told.failure, programmingLanguage="SQL", producer=PRODUCER
        )
    return found


def _asserted(told: Told, name: DatasetName) -> "event_v2.InputDataset":
    quality = facet_v2.data_quality_assertions_dataset
    facets: dict[str, facet_v2.InputDatasetFacet] = {}
    if assertions := told.asserted.get(name):
        facets["dataQualityAssertions"] = quality.DataQualityAssertionsDatasetFacet(
            assertions=[
                quality.Assertion(
                    assertion=each.name,
                    success=each.is_met,
                    column=each.column,
                    severity=each.severity,
                )
                for each in assertions
            ],
            producer=PRODUCER,
        )
    return event_v2.InputDataset(name.namespace, name.name, inputFacets=facets)


def _written(name: DatasetName, rows: int | None) -> "event_v2.OutputDataset":
    facets: dict[str, facet_v2.OutputDatasetFacet] = {}
    if rows is not None:
        statistics = facet_v2.output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet
        facets["outputStatistics"] = statistics(rowCount=rows, producer=PRODUCER)
    return event_v2.OutputDataset(name.namespace, name.name, outputFacets=facets)
