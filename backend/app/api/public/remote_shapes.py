"""Remotes, and connections that they move, as they are written and shown."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.public.connection_shapes import ConnectionView
from app.api.public.job_shapes import LARGEST_ID, RemoteJobView
from app.api.views import AtlasBody, View, instant
from app.core.configurations import pointer_of
from app.core.ids import ConnectionId
from app.core.remotes import Engine
from app.core.secret_names import HIDDEN
from app.remote.shapes import RemoteConnection, Workspaces
from app.remote.verification import Freshness, Policy, WhenRunning
from app.secrets.sealing import shown
from app.sync.remotes.importing import Found
from app.sync.remotes.links import Facts, Link
from app.sync.remotes.moving import Readiness, StateChoice
from app.sync.remotes.remote_runs import RemoteRun
from app.sync.remotes.remote_store import RemoteRow
from app.sync.remotes.remotes import Wanted
from app.sync.state_versions import Fate, Turn

Name = Annotated[str, Field(min_length=1, max_length=250, pattern=r"\S")]
Url = Annotated[str, Field(min_length=1, max_length=2_000)]
Secret = Annotated[str, Field(min_length=1, max_length=10_000)] | dict[str, str]
"""Itself, or where it is kept: `{"$env": …}`, `{"$file": …}`, `{"$vault": …}`."""
Identifier = Annotated[str, Field(min_length=1, max_length=63)]


class RemoteBody(AtlasBody):
    """An Airbyte elsewhere. Shape: `apiUrl` of its public API, which ends with /v1 in Airbyte Cloud and else with
    /api/public/v1; `configApiUrl` of the older one where it is at no usual place."""

    workspace_id: UUID
    name: Name
    api_url: Url
    config_api_url: Url | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500)]
    client_secret: Secret

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name, api_url=self.api_url, config_api_url=self.config_api_url,
            client_id=self.client_id, client_secret=self.client_secret,
        )  # fmt: skip


class RemotePatch(AtlasBody):
    """What changes of a remote; the rest stays. Shape: `**********` keeps the secret."""

    name: Name | None = None
    api_url: Url | None = None
    config_api_url: Url | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    client_secret: Secret | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name, api_url=self.api_url, config_api_url=self.config_api_url,
            client_id=self.client_id, client_secret=self.client_secret,
        )  # fmt: skip


class RemoteView(View):
    """Shape: `clientSecret` never in the clear; `isFromEnvironment` of the one that nobody changes here."""

    remote_id: UUID
    workspace_id: UUID
    name: str
    kind: Literal["airbyte"] = "airbyte"
    api_url: str
    config_api_url: str | None
    client_id: str
    client_secret: str | dict[str, str]
    is_from_environment: bool
    created_at: str

    @classmethod
    def of(cls, row: RemoteRow) -> "RemoteView":
        secret = HIDDEN if row.secret is None else shown({"secret": row.secret})["secret"]
        return cls(
            remote_id=row.remote_id,
            workspace_id=row.workspace_id,
            name=row.name,
            api_url=row.api_url,
            config_api_url=row.config_api_url,
            client_id=row.client_id,
            client_secret=secret,  # type: ignore[arg-type]  # a mask, or a reference
            is_from_environment=row.is_from_environment,
            created_at=instant(row.created_at),
        )


class RemoteWorkspace(View):
    workspace_id: UUID
    name: str


class CheckView(View):
    """Shape: the workspaces that the remote lets Atlas see; without a Config API there are no states to move."""

    workspaces: list[RemoteWorkspace]
    has_config_api: bool

    @classmethod
    def of(cls, found: Workspaces, *, has_config_api: bool) -> "CheckView":
        seen = [RemoteWorkspace(workspace_id=one.workspace_id, name=one.name) for one in found.data]
        return cls(workspaces=seen, has_config_api=has_config_api)


class RemoteConnectionView(View):
    """A connection of a remote. Shape: `connectionId` of the one of Atlas's that stands for it, if there is one."""

    remote_connection_id: UUID
    name: str
    status: str
    schedule: str
    streams: int
    connection_id: UUID | None

    @classmethod
    def of(cls, one: RemoteConnection, here: ConnectionId | None) -> "RemoteConnectionView":
        return cls(
            remote_connection_id=one.connection_id,
            name=one.name,
            status=one.status,
            schedule=one.schedule.words,
            streams=len(one.configurations.streams),
            connection_id=here,
        )


class ScheduleChoice(StrEnum):
    """Who starts its jobs: the remote as before, or Atlas by the same schedule."""

    REMOTE = "remote"
    ATLAS = "atlas"


class ImportBody(AtlasBody):
    """Shape: without ids, the one that AIRBYTE_CONNECTION_ID names."""

    connection_ids: list[UUID] = Field(default_factory=list, max_length=50)
    schedule: ScheduleChoice = ScheduleChoice.REMOTE


class ImportedView(View):
    """What became of one. Shape: `connection` and what belongs to it, or why it was refused, by a problem's type."""

    remote_connection_id: UUID
    connection: ConnectionView | None = None
    missing: list[str] | None = None
    schedule: str | None = None
    type: str | None = None
    detail: str | None = None

    @classmethod
    def imported(cls, found: Found, connection: ConnectionView) -> "ImportedView":
        return cls(
            remote_connection_id=found.connection.connection_id,
            connection=connection,
            missing=[pointer_of(place) for place in found.missing],
            schedule=found.connection.schedule.words,
        )

    @classmethod
    def refused(cls, there: UUID, type_: str, detail: str) -> "ImportedView":
        return cls(remote_connection_id=there, type=type_, detail=detail)


class ImportsView(View):
    data: list[ImportedView]


# ── a connection that a remote moves ─────────────────────────────────────────────────────────────


class FreshnessBody(AtlasBody):
    """A table of the destination, and how old its newest row may be. Units: `maxAgeS` seconds."""

    table: Annotated[str, Field(max_length=130, pattern=r"^[^.]{1,63}\.[^.]{1,63}$")]
    column: Identifier = "_airbyte_extracted_at"
    max_age_s: Annotated[float, Field(gt=0, le=31_536_000)]

    @property
    def wanted(self) -> Freshness:
        schema, _, name = self.table.partition(".")
        return Freshness(table=(schema, name), column=self.column, max_age_s=self.max_age_s)


class PolicyBody(AtlasBody):
    """What a success must show, and how the remote's jobs are treated.

    Shape:  `minShare` of the median rows of the last `history` good runs. `allowUnverified` lets a job be green of which
            only the remote's word is known; `retryUnverified` tries one that is not again. `whenRunning`: a job runs
            there already; `cancelOnDeadline`: the remote's job goes with Atlas's when `maxDurationS` is over.
    """

    min_rows: Annotated[int, Field(ge=0, le=LARGEST_ID)] | None = None
    min_share: Annotated[float, Field(ge=0, le=1)] | None = None
    history: int = Field(5, ge=1, le=100)
    freshness: list[FreshnessBody] = Field(default_factory=list, max_length=50)
    allow_unverified: bool = True
    retry_unverified: bool = False
    when_running: WhenRunning = WhenRunning.ATTACH
    cancel_on_deadline: bool = True
    max_retries: int = Field(2, ge=0, le=2)

    @property
    def wanted(self) -> Policy:
        return Policy(
            min_rows=self.min_rows,
            min_share=self.min_share,
            history=self.history,
            freshness=tuple(check.wanted for check in self.freshness),
            allow_unverified=self.allow_unverified,
            retry_unverified=self.retry_unverified,
            when_running=self.when_running,
            cancel_on_deadline=self.cancel_on_deadline,
            max_retries=self.max_retries,
        )

    @classmethod
    def of(cls, policy: Policy) -> "PolicyBody":
        checks = [
            FreshnessBody(table=".".join(one.table), column=one.column, max_age_s=one.max_age_s)
            for one in policy.freshness
        ]
        kept = {name: value for name, value in policy.as_json().items() if name != "freshness"}
        return cls.model_validate({**kept, "freshness": checks})


class PostgresProfile(AtlasBody):
    """Shape: `dsn` is a secret as a whole: postgresql://user:password@host:port/database?sslmode=verify-full."""

    kind: Literal["postgres"]
    dsn: Secret


class SnowflakeProfile(AtlasBody):
    """Shape: signs in by key pair; `privateKey` is PEM."""

    kind: Literal["snowflake"]
    account: Annotated[str, Field(min_length=1, max_length=200)]
    user: Annotated[str, Field(min_length=1, max_length=200)]
    private_key: Secret
    passphrase: Secret | None = None
    role: Identifier | None = None
    warehouse: Identifier | None = None
    database: Identifier


Profile = Annotated[PostgresProfile | SnowflakeProfile, Field(discriminator="kind")]


class RemoteTermsBody(AtlasBody):
    """All of it; what is left out is the default. Shape: without a `profile` the destination is not asked."""

    policy: PolicyBody = Field(default_factory=PolicyBody)
    profile: Profile | None = None


class PolicyView(View):
    min_rows: int | None
    min_share: float | None
    history: int
    freshness: list[FreshnessBody]
    allow_unverified: bool
    retry_unverified: bool
    when_running: WhenRunning
    cancel_on_deadline: bool
    max_retries: int

    @classmethod
    def of(cls, policy: Policy) -> "PolicyView":
        return cls(**PolicyBody.of(policy).model_dump())


class FactsView(View):
    """What the remote told when it was imported. Shape: `missing` are the places of secrets that it did not give."""

    source: str
    source_type: str
    destination: str
    destination_type: str
    schedule: str
    missing: list[str]

    @classmethod
    def of(cls, facts: Facts) -> "FactsView":
        return cls(
            source=facts.source,
            source_type=facts.source_type,
            destination=facts.destination,
            destination_type=facts.destination_type,
            schedule=facts.schedule,
            missing=list(facts.missing),
        )


class RunView(RemoteJobView):
    atlas_job_id: int

    @classmethod
    def of(cls, run: RemoteRun) -> "RunView":
        return cls(
            atlas_job_id=run.job_id,
            remote_id=run.remote_id,
            connection_id=run.remote_connection_id,
            job_id=run.remote_job_id,
            status=run.status,
            adopted=run.is_adopted,
            rows=run.rows,
            bytes=run.size_bytes,
            started_at=instant(run.started_at) if run.started_at else None,
            seen_at=instant(run.seen_at) if run.seen_at else None,
            verification=run.verdict.value if run.verdict else None,
            reasons=list(run.reasons),
        )


class ConnectionRemoteView(View):
    """The connection at a remote that one of Atlas's stands for. Shape: `profile` with its secrets masked; `runs` the
    newest first."""

    engine: Engine
    remote_id: UUID
    remote_connection_id: UUID
    facts: FactsView
    policy: PolicyView
    profile: dict[str, object] | None
    runs: list[RunView]

    @classmethod
    def of(cls, engine: Engine, link: Link, runs: list[RemoteRun]) -> "ConnectionRemoteView":
        profile = None if link.profile is None else _camel(dict(shown(link.profile)))
        return cls(
            engine=engine,
            remote_id=link.remote_id,
            remote_connection_id=link.remote_connection_id,
            facts=FactsView.of(link.facts),
            policy=PolicyView.of(link.policy),
            profile=profile,
            runs=[RunView.of(run) for run in runs],
        )

    def edited(self) -> "ConnectionRemoteView":
        """What somebody edits of it."""
        return self.model_copy(update={"runs": []})


class EngineBody(AtlasBody):
    """Shape: `state` of a move to Atlas's own engine: the remote's comes along, or is left there."""

    engine: Engine
    state: StateChoice = StateChoice.TAKE


class EngineChange(EngineBody):
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"\S")]


class ReadinessView(View):
    """What a move needs. Shape: it is ready without `blockers`. `states` are the streams whose state goes along; a
    remote's `schedule` that `goesOn` starts jobs there beside Atlas's, until somebody sets it to manual there."""

    engine: Engine
    to: Engine
    connector: str
    is_installed: bool
    missing: list[str]
    states: list[str]
    schedule: str
    goes_on: bool
    remote_job_id: int | None
    blockers: list[str]

    @classmethod
    def of(cls, found: Readiness) -> "ReadinessView":
        return cls(
            engine=found.engine,
            to=found.to,
            connector=found.connector,
            is_installed=found.is_installed,
            missing=list(found.missing),
            states=list(found.states),
            schedule=found.schedule,
            goes_on=found.goes_on,
            remote_job_id=found.remote_job_id,
            blockers=list(found.blockers),
        )


class MovedState(View):
    stream: str | None
    namespace: str | None
    fate: Fate

    @classmethod
    def of(cls, turn: Turn) -> "MovedState":
        named = turn.descriptor
        return cls(
            stream=named.name if named else None,
            namespace=named.namespace if named else None,
            fate=turn.fate,
        )


class MovedView(ReadinessView):
    """Shape: `moved` what became of the state of each stream."""

    moved: list[MovedState]


def _camel(stored: dict[str, object]) -> dict[str, object]:
    first_of = {"private_key": "privateKey"}
    return {first_of.get(name, name): value for name, value in stored.items()}
