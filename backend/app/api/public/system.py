"""/v1/system: what this Atlas is made of, who works for it, what it takes up, and how it is set."""

from collections.abc import Mapping
from enum import StrEnum

from fastapi import APIRouter, Request
from pydantic import SecretStr

from app.api.access import Owner, Viewer
from app.api.dependencies import Database, Session, Settings, Transformer, Unhurried
from app.api.public.queue import QueueView, WorkerView
from app.api.views import View, instant
from app.core.records import Mode
from app.core.settings import Settings as AtlasSettings
from app.core.settings import SourceMode
from app.sync import checkup, system_figures
from app.sync.checkup import Look
from app.sync.queue import queue_figures
from app.sync.system_figures import Disk, RanConnector, SchemaSize, Versions

router = APIRouter(prefix="/system", tags=["System"])


class VersionsView(View):
    """Shape: `schemaRevision` is the database's, `schemaNeeded` this Atlas's."""

    atlas: str
    python: str
    postgresql: str
    schema_revision: str
    schema_needed: str
    packages: Mapping[str, str]

    @classmethod
    def of(cls, found: Versions) -> "VersionsView":
        return cls(
            atlas=found.atlas,
            python=found.python,
            postgresql=found.postgresql,
            schema_revision=found.revision,
            schema_needed=found.needed,
            packages=found.packages,
        )


class RanView(View):
    name: str
    version: str
    python: str
    sha256: str
    installed_at: str

    @classmethod
    def of(cls, found: RanConnector) -> "RanView":
        return cls(
            name=found.name,
            version=found.version,
            python=found.python_version,
            sha256=found.sha256,
            installed_at=instant(found.installed_at),
        )


class SchemaView(View):
    """Units: bytes on disk."""

    name: str
    tables: int
    table_bytes: int
    index_bytes: int
    other_bytes: int

    @classmethod
    def of(cls, found: SchemaSize) -> "SchemaView":
        return cls(
            name=found.schema,
            tables=found.tables,
            table_bytes=found.table_bytes,
            index_bytes=found.index_bytes,
            other_bytes=found.other_bytes,
        )


class DiskView(View):
    """Units: bytes on disk. Shape: the database has more than its schemas: what PostgreSQL keeps of itself."""

    database: str
    bytes: int
    schemas: list[SchemaView]

    @classmethod
    def of(cls, found: Disk) -> "DiskView":
        return cls(
            database=found.database,
            bytes=found.size_bytes,
            schemas=[SchemaView.of(schema) for schema in found.schemas],
        )


class SystemView(View):
    """Shape: `mode` is where records come from, as `sourceMode` and what is installed say."""

    versions: VersionsView
    mode: Mode
    source_mode: SourceMode
    workers: list[WorkerView]
    queues: list[QueueView]
    connectors: list[RanView]
    disk: DiskView


class SetBy(StrEnum):
    """`environment` is set from outside: by its variable, or by an option of the command."""

    DEFAULT = "default"
    ENVIRONMENT = "environment"


class SettingView(View):
    """Shape: of a secret only whether it is set; one that is not set has no `value`."""

    name: str
    variable: str
    description: str
    set_by: SetBy
    is_secret: bool
    is_set: bool
    value: str | None

    @classmethod
    def of(cls, settings: AtlasSettings, name: str) -> "SettingView":
        value, facts = getattr(settings, name), AtlasSettings.model_fields[name]
        is_secret = isinstance(value, SecretStr) or "SecretStr" in str(facts.annotation)
        given = name in settings.model_fields_set
        return cls(
            name=name,
            variable=settings.variable(name),
            description=facts.description or "",
            set_by=SetBy.ENVIRONMENT if given else SetBy.DEFAULT,
            is_secret=is_secret,
            is_set=value is not None,
            value=None if is_secret or value is None else str(value),
        )


class SettingList(View):
    data: list[SettingView]


@router.get("", operation_id="getSystem")
async def get_system(
    caller: Viewer, session: Session, settings: Settings, request: Request
) -> SystemView:
    """All of it measured now: nothing is remembered from an earlier answer."""
    workers = await queue_figures.workers(session, settings.stall_s)
    queues = await queue_figures.queues(session, settings.stall_s)
    ran = await system_figures.connectors(session)
    return SystemView(
        versions=VersionsView.of(await system_figures.versions(session)),
        mode=request.app.state.mode,
        source_mode=settings.source_mode,
        workers=[WorkerView.of(worker) for worker in workers],
        queues=[QueueView.of(queue) for queue in queues],
        connectors=[RanView.of(one) for one in ran],
        disk=DiskView.of(await system_figures.disk(session)),
    )


class LookView(View):
    """Shape: `mend` is what to do where it is not right."""

    subject: str
    is_right: bool
    found: str
    mend: str | None

    @classmethod
    def of(cls, look: Look) -> "LookView":
        mend = None if look.is_right else look.mend
        return cls(subject=look.subject, is_right=look.is_right, found=look.found, mend=mend)


class CheckupView(View):
    is_right: bool
    data: list[LookView]


@router.get("/checkup", operation_id="getCheckup")
async def get_checkup(
    caller: Owner,
    database: Database,
    session: Session,
    settings: Settings,
    transformer: Transformer,
    unhurried: Unhurried,
) -> CheckupView:
    """What `atlas doctor` looks at, on the machine of this process."""
    looks = [
        *await checkup.before_the_database(settings),
        *await checkup.of_database(settings, database, session),
        *await checkup.beside_the_database(settings, transformer),
    ]
    return CheckupView(
        is_right=all(look.is_right for look in looks), data=[LookView.of(look) for look in looks]
    )


@router.get("/settings", operation_id="listSettings")
async def list_settings(caller: Owner, settings: Settings) -> SettingList:
    """How this process is set, and by what; no secret's value."""
    return SettingList(
        data=[SettingView.of(settings, name) for name in sorted(AtlasSettings.model_fields)]
    )
