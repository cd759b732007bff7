"""Settings from the environment, read once in the entry point and passed on."""

from enum import StrEnum
from pathlib import Path
from uuid import UUID

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.core.setting_words import (
    LISTS,
    WORDS,
    LogFormat,
    Network,
    SmtpSecurity,
    proxies_of,
    queues_of,
)


class SourceMode(StrEnum):
    """`auto` takes the mock only if PyAirbyte cannot be imported, and says so."""

    AUTO = "auto"
    REAL = "real"
    MOCK = "mock"


class Settings(BaseSettings):
    """All that can be set from outside, prefix `ATLAS_`."""

    model_config = SettingsConfigDict(env_prefix="ATLAS_", frozen=True, extra="forbid")

    home: Path = Field(
        Path(".atlas"),
        description="Folder of the embedded server, connectors, keys and lineage file",
    )
    database_url: SecretStr | None = Field(
        None, description="PostgreSQL 15 to 18; unset, Atlas runs its own under home"
    )
    redis_url: SecretStr | None = Field(
        None, description="Redis, optional; a sync never waits for it"
    )
    source_mode: SourceMode = Field(SourceMode.AUTO, description="auto, real or mock")

    host: str = Field("127.0.0.1", description="Address that `atlas serve` binds to")
    port: int = Field(8000, ge=1, le=65535, description="Port that `atlas serve` binds to")
    tls_certificate: Path | None = Field(
        None, description="PEM file of the certificate that `atlas serve` shows; needs tls_key"
    )
    tls_key: Path | None = Field(None, description="PEM file of the certificate's key")
    behind_proxy: bool = Field(
        False,
        description="True says that a proxy in front speaks TLS: then Atlas may bind to other addresses than "
        "this machine's own",
    )
    public_url: str | None = Field(
        None,
        description="Where clients reach the API, such as https://atlas.example.org; links begin with it",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks, separated by commas, whose X-Forwarded-* or "
        "Forwarded headers count: by them the client is known that is counted, logged and linked to",
    )
    answer_timeout_s: float = Field(
        10.0, gt=0, description="Time limit of an answer of the API that needs the database alone"
    )
    docs: bool = Field(True, description="Whether /docs and /openapi.json are served")
    dashboard_folder: Path | None = Field(
        None,
        description="Folder of the built dashboard; `frontend/dist` of the checkout if it is not set",
    )
    cors_origins: str = Field(
        "",
        description="Origins whose pages may call the API from a browser, separated by commas; none by default",
    )
    body_bytes: int = Field(1_048_576, ge=1_024, description="Largest body of a request")
    body_timeout_s: float = Field(
        10.0, gt=0, description="Time that the body of a request has to arrive in"
    )
    rate_limit: str = Field(
        "6000/minute",
        description="Requests of one caller, or of one address where nobody signed in",
    )
    sign_in_rate_limit: str = Field(
        "60/minute", description="Requests of one address for tokens and sessions"
    )
    idempotency_keep_h: int = Field(
        24, ge=1, le=8_760, description="Hours that an answer is kept for its Idempotency-Key"
    )
    log_format: LogFormat = Field(LogFormat.CONSOLE, description="json or console")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR")

    sync_concurrency: int = Field(
        2, ge=1, description="Jobs that one process runs at the same time"
    )
    batch_records: int = Field(
        2_000, ge=1, description="Records after which a STATE ends a landing"
    )
    batch_bytes: int = Field(
        1_048_576, ge=1, description="Bytes after which a STATE ends a landing"
    )
    landing_bytes: int = Field(
        4_194_304, ge=1, description="Bytes after which a landing ends without a STATE"
    )
    landing_silence_s: float = Field(1.0, gt=0, description="Silence after which a landing ends")
    line_bytes: int = Field(
        67_108_864, ge=1024, description="Longest line taken from a connector; others are refused"
    )
    value_bytes: int = Field(16_777_216, ge=1024, description="Largest record stored")
    record_depth: int = Field(256, ge=8, description="Deepest nesting stored")
    record_keys: int = Field(5_000, ge=8, description="Most keys stored in a record")
    source_idle_timeout_s: float = Field(
        1_800.0, gt=0, description="Silence after which a connector is ended"
    )
    connector_timeout_s: float = Field(
        300.0, gt=0, description="Time limit of spec, check and discover"
    )
    connector_open_files: int = Field(
        4_096, ge=64, description="Most files that a connector's process has open at once"
    )
    connector_file_bytes: int = Field(
        17_179_869_184, ge=1_048_576, description="Largest file that a connector writes"
    )
    connector_memory_bytes: int = Field(
        34_359_738_368, ge=268_435_456, description="Largest address space of a connector's process"
    )
    schema_check_h: float = Field(
        24.0,
        ge=0,
        le=87_600,
        description="Hours after which a job asks its source again what it offers; 0: each job does",
    )
    copy_timeout_s: float = Field(60.0, gt=0, description="Time limit of one COPY")
    explore_period_h: int = Field(
        24,
        ge=1,
        description="Hours whose records one part of explore holds, to be dropped together",
    )
    retention_s: float = Field(
        3_600.0, gt=0, description="How often explore's retention looks for what may go"
    )

    first_promotion_records: int = Field(
        5_000, ge=1, description="Records that a stream's first promotion waits for, or its end"
    )
    promotion_records: int = Field(
        25_000,
        ge=1,
        description="Records after which a range is staged while the source is still read",
    )
    promotion_lanes: int = Field(
        2,
        ge=1,
        description="Ranges of a job that are staged, or published, at the same time, where much of it waits",
    )
    column_limit: int = Field(
        320,
        ge=10,
        le=320,  # 24 bytes a column: less is never moved out of a row, which has 8,160
        description="Typed columns; more go to _atlas_rest",
    )

    stream_limit: int = Field(
        2_000,
        ge=1,
        description="Most streams of one connection: each has tables, a state and books of its own, all made at once",
    )

    detector_processes: int = Field(1, ge=1, description="Processes that run NER")
    detector_timeout_s: float = Field(120.0, gt=0, description="Time limit of one NER call")
    mask_key: SecretStr | None = Field(
        None, description="Mask key, 64 hex digits; unset, a file under home/keys"
    )

    # jobs and workers
    sync_queues: str = Field(
        "sync", description="Queues that this process takes jobs from, separated by commas"
    )
    heartbeat_s: float = Field(10.0, gt=0, description="How often a worker says that it lives")
    stall_s: float = Field(
        45.0, gt=0, description="Silence after which a worker's attempts are taken over"
    )
    sweep_s: float = Field(15.0, gt=0, description="How often it is looked for dead workers")
    queue_poll_s: float = Field(
        2.0, gt=0, description="How often the queue is asked for jobs that have become due"
    )
    queue_keep_h: int = Field(168, ge=1, description="Hours that the queue keeps what is over")
    stop_grace_s: float = Field(
        20.0, ge=0, description="Time that running jobs have to stop in when Atlas is asked to"
    )
    retry_wait_s: float = Field(
        10.0, gt=0, description="Wait before a job's second attempt; a connection may say otherwise"
    )
    retry_factor: float = Field(
        3.0, ge=1, description="By how much each wait without progress is longer than the last"
    )
    retry_cap_s: float = Field(900.0, gt=0, description="Longest wait between two attempts")
    workspace_jobs: int = Field(
        20, ge=1, description="Jobs of one workspace queued or running: no fewer than the slots"
    )

    # schedules, events, notifications, log lines
    tick_s: float = Field(5.0, gt=0, description="Longest time between two looks at the schedules")
    schedule_shortest_s: float = Field(
        60.0, ge=1, description="Shortest time between two windows of a schedule"
    )
    event_heartbeat_s: float = Field(
        15.0, gt=0, description="How often a silent event stream shows that it lives"
    )
    notification_tries: int = Field(
        8, ge=1, description="Tries after which a notification that nobody takes is dead"
    )
    notification_timeout_s: float = Field(
        10.0, gt=0, description="Time limit of one notification's delivery"
    )
    notification_wait_s: float = Field(
        10.0, gt=0, description="Wait after a notification's first try; then x 3, an hour at most"
    )
    smtp_host: str | None = Field(None, description="Mail server; unset, no e-mail is sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port")
    smtp_security: SmtpSecurity = Field(
        SmtpSecurity.STARTTLS, description="starttls, tls or none: how the mail server is spoken to"
    )
    smtp_user: str | None = Field(None, description="User at the mail server, where it wants one")
    smtp_password: SecretStr | None = Field(None, description="Password of that user")
    smtp_from: str = Field("atlas@localhost", description="Address that e-mail comes from")
    log_limit_bytes: int = Field(
        1_000_000, ge=1_000, description="Bytes of lines kept of an attempt; the rest is counted"
    )
    log_keep_d: int = Field(
        90, ge=0, le=36_500, description="Days that log lines are kept; 0 keeps them for good"
    )

    # secrets, and requests that Atlas sends out
    master_key: SecretStr | None = Field(
        None, description="Master key of all secrets, 64 hex digits; unset, it is in a file"
    )
    master_key_file: Path | None = Field(
        None, description="File of the master key; unset, keys/master.key under home"
    )
    master_key_command: str | None = Field(
        None,
        description="Program, with arguments and without a shell, that prints the master key",
    )
    master_key_timeout_s: float = Field(10.0, gt=0, description="Time limit of that program")
    earlier_master_keys: Path | None = Field(
        None,
        description="Folder of master keys from before, in files `*.key`; unset, keys/earlier under home",
    )
    secret_prefix: str = Field(
        "ATLAS_SECRET_",
        min_length=1,
        description="What variables begin with that a configuration may name by $env",
    )
    secret_folder: Path | None = Field(
        None, description="Folder of the files that a configuration may name by $file; unset, none"
    )
    vault_url: str | None = Field(
        None, description="Vault whose secrets a configuration may name by $vault; unset, none"
    )
    vault_token: SecretStr | None = Field(None, description="Token that Vault knows Atlas by")
    vault_timeout_s: float = Field(10.0, gt=0, description="Time limit of one question to Vault")
    outgoing_allow: str = Field(
        "",
        description="Networks, addresses and host names, separated by commas, that webhooks and the like may "
        "reach although they are not public",
    )

    # dbt
    dbt_command: str | None = Field(
        None, description="Program, with arguments, that is dbt; unset, the one of `make dbt`"
    )
    dbt_projects: Path | None = Field(
        None, description="Folder of dbt projects; unset, `orchestration` of the checkout"
    )
    dbt_database_url: SecretStr | None = Field(
        None, description="Login that dbt gets; unset, Atlas's own, as role atlas_transformer"
    )
    dbt_grace_s: float = Field(10.0, gt=0, description="Time that dbt has to take queries back in")

    lineage_namespace: str = Field("atlas", description="OpenLineage namespace of jobs")

    # an Airbyte elsewhere that Atlas drives; the names are those of Airbyte's own clients
    airbyte_api_url: str | None = Field(
        None,
        validation_alias="airbyte_api_url",
        description="Public API of an Airbyte elsewhere, such as https://api.airbyte.com/v1: a remote",
    )
    airbyte_client_id: str | None = Field(
        None, validation_alias="airbyte_client_id", description="Application that it knows Atlas by"
    )
    airbyte_client_secret: SecretStr | None = Field(
        None, validation_alias="airbyte_client_secret", description="Secret of that application"
    )
    airbyte_connection_id: UUID | None = Field(
        None,
        validation_alias="airbyte_connection_id",
        description="Connection there that is imported where none is named",
    )
    remote_poll_s: float = Field(
        30.0, gt=0, description="How often a remote is asked how its job stands"
    )
    remote_timeout_s: float = Field(
        30.0, gt=0, description="Time limit of one question to a remote"
    )
    remote_start_timeout_s: float = Field(
        150.0, gt=0, description="Time limit of starting a job there: Airbyte may take two minutes"
    )
    remote_tries: int = Field(
        5, ge=1, le=20, description="Tries of one question that a remote has not answered well"
    )
    remote_wait_s: float = Field(
        1.0, gt=0, description="Wait before the second try; then x 2, a minute at most"
    )
    remote_silence_s: float = Field(
        3_600.0, gt=0, description="How long a remote may not answer while its job is followed"
    )

    @classmethod
    def variable(cls, name: str) -> str:
        """The environment's variable of a field."""
        alias = cls.model_fields[name].validation_alias
        return alias.upper() if isinstance(alias, str) else f"ATLAS_{name.upper()}"

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues of `sync_queues`."""
        return queues_of(self.sync_queues)

    @property
    def is_https(self) -> bool:
        """Whether clients reach Atlas by TLS."""
        return self.behind_proxy or self.tls_certificate is not None

    @property
    def address(self) -> str:
        """Where `atlas serve` answers, as its own machine sees it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'https' if self.tls_certificate else 'http'}://{host}:{self.port}"

    @model_validator(mode="after")
    def _is_reached_safely(self) -> "Settings":
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("ATLAS_TLS_CERTIFICATE and ATLAS_TLS_KEY go together")
        return self

    @property
    def proxies(self) -> tuple[Network, ...]:
        """The networks of `trusted_proxies`."""
        return proxies_of(self.trusted_proxies)

    @property
    def origins(self) -> tuple[str, ...]:
        """The origins of `cors_origins`."""
        return tuple(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())

    @field_validator(*WORDS)
    @classmethod
    def _is_word(cls, given: str | None, info: ValidationInfo) -> str | None:
        return None if given is None else WORDS[info.field_name or ""](given)

    @field_validator(*LISTS)
    @classmethod
    def _is_list(cls, listed: str, info: ValidationInfo) -> str:
        LISTS[info.field_name or ""](listed)
        return listed

    @model_validator(mode="after")
    def _stall_is_missed_heartbeats(self) -> "Settings":
        if self.stall_s < 2 * self.heartbeat_s:
            raise ValueError("ATLAS_STALL_S is at least twice ATLAS_HEARTBEAT_S")
        return self

    @model_validator(mode="after")
    def _master_key_is_in_one_place(self) -> "Settings":
        places = (self.master_key, self.master_key_file, self.master_key_command)
        if sum(place is not None for place in places) > 1:
            raise ValueError("the master key is in one place: itself, its file or its command")
        return self

    @field_validator("database_url", "dbt_database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("an address begins with postgresql://")
        return url

    @model_validator(mode="after")
    def _airbyte_is_named_whole(self) -> "Settings":
        named = (self.airbyte_api_url, self.airbyte_client_id, self.airbyte_client_secret)
        if any(named) and not all(named):
            raise ValueError("AIRBYTE_API_URL, _CLIENT_ID and _CLIENT_SECRET go together")
        return self
