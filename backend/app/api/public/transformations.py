"""/v1/transformations: dbt projects that are built by themselves, or after each successful job of a connection."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Header, Path, Query
from pydantic import Field

from app.api.access import Editor, Operator, Viewer
from app.api.dependencies import Environments, Session, Transaction, Transformer, Workspaces
from app.api.pagination import Page, Paged
from app.api.problems import problems
from app.api.public.job_shapes import ParentRunBody
from app.api.public.transformation_shapes import TransformationRunView
from app.api.requests.editing import Edited
from app.api.views import AtlasBody, View, instant
from app.core.errors import (
    ConfigurationInvalid,
    ConnectionNotFound,
    EditedMeanwhile,
    InvalidRequest,
    TransformationInactive,
    TransformationNotFound,
    WorkspaceNotFound,
)
from app.core.ids import ConnectionId, TransformationId, WorkspaceId
from app.core.parent_runs import ParentRun, parent_run_of
from app.core.remote_failures import (
    ProjectNotFound,
)
from app.core.transformations import Build, Transformation, TransformationStatus
from app.database import turns
from app.secrets.sealing import shown
from app.sync.transformations import runs, store

router = APIRouter(prefix="/transformations", tags=["Transformations"])

TransformationPath = Annotated[UUID, Path(alias="transformationId")]
Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
ProjectName = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$",
    ),
]
TargetName = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*$")]
Selector = Annotated[
    str, Field(max_length=300, pattern=r"^[A-Za-z0-9_@+*.:/][A-Za-z0-9_@+*.:/,-]*$")
]
"""As dbt's `--select` takes it; none begins with a dash, so none is taken for another option."""
Selectors = Annotated[list[Selector], Field(max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=604_800)]
Retries = Annotated[int, Field(ge=0, le=10)]
Json = dict[str, object]


class TransformationCreate(AtlasBody):
    """Shape: `project` is a folder under ATLAS_DBT_PROJECTS, `target` an output of its profile; `select`, `exclude` and
    `vars` as dbt takes them; `environment` has variables, of which what is named like a secret is never given back.
    Without `blocksOnFailedTests` all is built before it is tested, and a failed test is a warning.
    Units: `timeoutS` of a whole run; `retries` of a run that failed by what time mends.
    """

    name: Name
    workspace_id: UUID
    project: ProjectName
    target: TargetName | None = None
    select: Selectors = Field(default_factory=list)
    exclude: Selectors = Field(default_factory=list)
    vars: Json = Field(default_factory=dict)
    environment: Json = Field(default_factory=dict)
    after_connection_id: UUID | None = None
    blocks_on_failed_tests: bool = True
    makes_docs: bool = False
    timeout_s: Seconds = 3_600.0
    retries: Retries = 0

    def wanted(self) -> Build:
        return Build(
            project=self.project,
            target=self.target,
            selected=tuple(self.select),
            excluded=tuple(self.exclude),
            variables=self.vars,
            blocks_on_failed_tests=self.blocks_on_failed_tests,
            makes_docs=self.makes_docs,
            timeout_s=self.timeout_s,
            retries=self.retries,
        )


class TransformationPatch(AtlasBody):
    """What changes of a transformation; the rest stays. Shape: of `environment` variable by variable, null takes one
    away; null of `afterConnectionId` lets it follow nothing, of `target` take the profile's own."""

    name: Name | None = None
    status: TransformationStatus | None = None
    project: ProjectName | None = None
    target: TargetName | None = None
    select: Selectors | None = None
    exclude: Selectors | None = None
    vars: Json | None = None
    environment: Json | None = None
    after_connection_id: UUID | None = None
    blocks_on_failed_tests: bool | None = None
    makes_docs: bool | None = None
    timeout_s: Seconds | None = None
    retries: Retries | None = None

    def applied_to(self, there: Transformation) -> Transformation:
        """Errors: InvalidRequest for `deprecated`: a transformation is deleted by DELETE."""
        if self.status is TransformationStatus.DEPRECATED:
            raise InvalidRequest("A transformation is active or inactive; DELETE takes it away.")
        old, given = there.build, self.model_fields_set
        after = None if self.after_connection_id is None else ConnectionId(self.after_connection_id)
        build = replace(
            old,
            project=self.project or old.project,
            target=self.target if "target" in given else old.target,
            selected=old.selected if self.select is None else tuple(self.select),
            excluded=old.excluded if self.exclude is None else tuple(self.exclude),
            variables=old.variables if self.vars is None else self.vars,
            blocks_on_failed_tests=_or(self.blocks_on_failed_tests, old.blocks_on_failed_tests),
            makes_docs=_or(self.makes_docs, old.makes_docs),
            timeout_s=self.timeout_s or old.timeout_s,
            retries=old.retries if self.retries is None else self.retries,
        )
        return replace(
            there,
            name=self.name or there.name,
            status=self.status or there.status,
            after_connection_id=after
            if "after_connection_id" in given
            else there.after_connection_id,
            build=build,
        )


class TransformationView(View):
    transformation_id: UUID
    workspace_id: UUID
    name: str
    status: TransformationStatus
    project: str
    target: str | None
    select: list[str]
    exclude: list[str]
    vars: Mapping[str, object]
    environment: Mapping[str, object]
    after_connection_id: UUID | None
    blocks_on_failed_tests: bool
    makes_docs: bool
    timeout_s: float
    retries: int
    created_at: str
    updated_at: str

    @classmethod
    def of(cls, found: Transformation) -> "TransformationView":
        build = found.build
        return cls(
            transformation_id=found.transformation_id,
            workspace_id=found.workspace_id,
            name=found.name,
            status=found.status,
            project=build.project,
            target=build.target,
            select=list(build.selected),
            exclude=list(build.excluded),
            vars=build.variables,
            environment=shown(build.environment),
            after_connection_id=found.after_connection_id,
            blocks_on_failed_tests=build.blocks_on_failed_tests,
            makes_docs=build.makes_docs,
            timeout_s=build.timeout_s,
            retries=build.retries,
            created_at=instant(found.created_at),
            updated_at=instant(found.updated_at),
        )


class RunCreate(AtlasBody):
    """Shape: `parentRun` is the run that began this one, as OpenLineage names it; it may stand in the header
    `Atlas-Parent-Run` instead."""

    parent_run: ParentRunBody | None = None


_REFUSED = (ProjectNotFound, ConfigurationInvalid, InvalidRequest, ConnectionNotFound)


@router.get("", operation_id="listTransformations")
async def list_transformations(
    caller: Viewer,
    session: Session,
    paged: Paged,
    workspaces: Workspaces,
    connection_id: Annotated[UUID | None, Query(alias="connectionId")] = None,
) -> Page[TransformationView]:
    """The transformations; of a connection those that follow it."""
    of = None if connection_id is None else ConnectionId(connection_id)
    found = await store.listed(session, workspaces, of, paged.wanted, paged.offset)
    return paged.page([TransformationView.of(each) for each in found])


@router.post(
    "", operation_id="createTransformation", responses=problems(WorkspaceNotFound, *_REFUSED)
)
async def create_transformation(
    caller: Editor,
    session: Transaction,
    environments: Environments,
    transformer: Transformer,
    wanted: TransformationCreate,
) -> TransformationView:
    """Let a dbt project be built: by a run that is asked for, or after each successful job of a connection."""
    transformer.project(wanted.project)
    after = wanted.after_connection_id
    made = await store.create(
        session,
        WorkspaceId(wanted.workspace_id),
        wanted.name,
        None if after is None else ConnectionId(after),
        wanted.wanted(),
    )
    return TransformationView.of(await environments.keep(session, made, wanted.environment))


@router.get(
    "/{transformationId}",
    operation_id="getTransformation",
    responses=problems(TransformationNotFound),
)
async def get_transformation(
    caller: Viewer, session: Session, edited: Edited, transformation_id: TransformationPath
) -> TransformationView:
    found = await store.present(session, TransformationId(transformation_id))
    return edited.shown(TransformationView.of(found))


@router.patch(
    "/{transformationId}",
    operation_id="patchTransformation",
    responses=problems(TransformationNotFound, EditedMeanwhile, *_REFUSED),
)
async def patch_transformation(
    caller: Editor,
    session: Transaction,
    environments: Environments,
    transformer: Transformer,
    edited: Edited,
    transformation_id: TransformationPath,
    wanted: TransformationPatch,
) -> TransformationView:
    """Change what is given of a transformation, for the runs that begin after it."""
    await turns.take(session, transformation_id)
    there = await store.present(session, TransformationId(transformation_id))
    edited.require(TransformationView.of(there))
    if wanted.project is not None:
        transformer.project(wanted.project)
    changed = await store.change(session, wanted.applied_to(there))
    if wanted.environment is not None:
        changed = await environments.keep(session, changed, wanted.environment, is_patch=True)
    return edited.shown(TransformationView.of(changed))


@router.delete(
    "/{transformationId}",
    operation_id="deleteTransformation",
    status_code=204,
    responses=problems(TransformationNotFound, EditedMeanwhile),
)
async def delete_transformation(
    caller: Editor,
    session: Transaction,
    environments: Environments,
    edited: Edited,
    transformation_id: TransformationPath,
) -> None:
    """Delete a transformation and cancel what runs of it; its tables and the results of its runs stay."""
    await turns.take(session, transformation_id)
    there = await store.present(session, TransformationId(transformation_id))
    edited.require(TransformationView.of(there))
    await store.change(session, replace(there, status=TransformationStatus.DEPRECATED))
    await runs.cancel_all(session, there.transformation_id)
    await environments.let_go(session, there)


@router.post(
    "/{transformationId}/runs",
    operation_id="createTransformationRun",
    responses=problems(TransformationNotFound, TransformationInactive, InvalidRequest),
)
async def create_run(
    caller: Operator,
    session: Transaction,
    transformation_id: TransformationPath,
    wanted: RunCreate,
    parent_run: Annotated[
        str | None,
        Header(
            alias="Atlas-Parent-Run",
            max_length=2_000,
            description="The run that began this one, as OpenLineage writes it in a line: {namespace}/{job name}/{run id}, "
            "with %2F for a slash in a name.",
        ),
    ] = None,
) -> TransformationRunView:
    """Let a worker build a transformation, and answer at once. Runs of the same one come one after the other."""
    found = await store.active(session, TransformationId(transformation_id))
    parent = _parent(wanted, parent_run)
    run = await runs.ask(session, found, f"{caller.kind}:{caller.id}", parent=parent)
    return TransformationRunView.of(run)


def _parent(wanted: RunCreate, header: str | None) -> ParentRun | None:
    """Errors: InvalidRequest for none that could be one, or two that differ."""
    body = wanted.parent_run.wanted if wanted.parent_run else None
    line = parent_run_of(header) if header else None
    if body is not None and line is not None and body != line:
        raise InvalidRequest("Atlas-Parent-Run and parentRun name two different runs.")
    return body or line


def _or(given: bool | None, old: bool) -> bool:
    return old if given is None else given
