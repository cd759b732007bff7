"""A connection that a remote moves: what a success must show, who is asked for it, and its way from engine to engine."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.public.job_shapes import LARGEST_ID, RemoteJobView
from app.api.public.remote_shapes import Identifier, Secret
from app.api.views import AtlasBody, View, instant
from app.core.remotes import Engine
from app.remote.verification import Freshness, Policy, WhenRunning
from app.secrets.sealing import shown
from app.sync.remotes.links import Facts, Link
from app.sync.remotes.moving import Readiness, StateChoice
from app.sync.remotes.remote_runs import RemoteRun
from app.sync.state_versions import Fate, Turn


class FreshnessBody(AtlasBody):
    """A table of the destination, and how old its newest row may be. Units: `maxAgeS` seconds."""

    table: Annotated[str, Field(max_length=130, pattern=r"^[^.]{1,63}\.[^.]{1,63}$")]
    column: Identifier = "_airbyte_extracted_at"
    max_age_s: Annotated[float, Field(gt=0, le=31_536_000)]

    @property
    def wanted(self) -> Freshness:
        schema, _, name = self.table.partition(".")
        return Freshness(table=(schema, name), column=self.column, max_age_s=self.max_age_s)


class RemotePolicyBody(AtlasBody):
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
    max_retries: int = Field(3, ge=0, le=10)

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
    def of(cls, policy: Policy) -> "RemotePolicyBody":
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

    policy: RemotePolicyBody = Field(default_factory=RemotePolicyBody)
    profile: Profile | None = None


class RemotePolicyView(View):
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
    def of(cls, policy: Policy) -> "RemotePolicyView":
        return cls(**RemotePolicyBody.of(policy).model_dump())


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


class RemoteRunView(RemoteJobView):
    atlas_job_id: int

    @classmethod
    def of(cls, run: RemoteRun) -> "RemoteRunView":
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
    policy: RemotePolicyView
    profile: dict[str, object] | None
    runs: list[RemoteRunView]

    @classmethod
    def of(cls, engine: Engine, link: Link, runs: list[RemoteRun]) -> "ConnectionRemoteView":
        profile = None if link.profile is None else _camel(dict(shown(link.profile)))
        return cls(
            engine=engine,
            remote_id=link.remote_id,
            remote_connection_id=link.remote_connection_id,
            facts=FactsView.of(link.facts),
            policy=RemotePolicyView.of(link.policy),
            profile=profile,
            runs=[RemoteRunView.of(run) for run in runs],
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
