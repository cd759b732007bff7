"""Settings from the environment, read once in the entry point and passed on."""

from enum import StrEnum
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class SourceMode(StrEnum):
    """`auto` takes the mock only if PyAirbyte cannot be imported, and says so."""

    AUTO = "auto"
    REAL = "real"
    MOCK = "mock"


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


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
        67_108_864,
        ge=1024,
        description="Longest line taken from a connector; a longer one is refused",
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
    copy_timeout_s: float = Field(60.0, gt=0, description="Time limit of one COPY")

    first_promotion_records: int = Field(
        5_000, ge=1, description="Records that a stream's first promotion waits for, or its end"
    )
    promotion_records: int = Field(
        25_000,
        ge=1,
        description="Records after which a range is staged while the source is still read",
    )
    column_limit: int = Field(
        320,
        ge=10,
        le=320,  # 24 bytes a column: less is never moved out of a row, which has 8,160
        description="Typed columns; more go to _atlas_rest",
    )

    detector_processes: int = Field(1, ge=1, description="Processes that run NER")
    detector_timeout_s: float = Field(120.0, gt=0, description="Time limit of one NER call")
    mask_key: SecretStr | None = Field(
        None, description="Mask key, 64 hex digits; unset, a file under home/keys"
    )

    retry_wait_s: float = Field(
        5.0, gt=0, description="Wait before a job's second attempt; then x 3"
    )

    lineage_namespace: str = Field("atlas", description="OpenLineage namespace of jobs")

    @field_validator("database_url")
    @classmethod
    def _is_postgresql(cls, url: SecretStr | None) -> SecretStr | None:
        if url and not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("an address begins with postgresql://")
        return url

    @field_validator("log_level")
    @classmethod
    def _is_level(cls, level: str) -> str:
        if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
            raise ValueError("it is DEBUG, INFO, WARNING or ERROR")
        return level.upper()
