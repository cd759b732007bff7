"""Remotes, and connections that they move, as they are written and shown."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from app.api.public.connection_shapes import ConnectionView
from app.api.views import AtlasBody, View, instant
from app.core.catalog import shown as printable
from app.core.configurations import pointer_of
from app.core.ids import ConnectionId
from app.core.secret_names import HIDDEN
from app.remote.shapes import RemoteConnection, Workspaces
from app.secrets.sealing import shown
from app.sync.remotes.importing import Found
from app.sync.remotes.remote_store import RemoteRow
from app.sync.remotes.remotes import Wanted

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
    """What changes of a remote; the rest stays.

    Shape: `**********` keeps the secret. `configApiUrl: null` takes that address away: the Config API is at its usual
           place then. Where `apiUrl` becomes another, a `configApiUrl` that is kept is said again, or taken away.
    """

    name: Name | None = None
    api_url: Url | None = None
    config_api_url: Url | None = None
    client_id: Annotated[str, Field(min_length=1, max_length=500)] | None = None
    client_secret: Secret | None = None

    @property
    def wanted(self) -> Wanted:
        return Wanted(
            name=self.name, api_url=self.api_url, config_api_url=self.config_api_url,
            drops_config_api_url="config_api_url" in self.model_fields_set and self.config_api_url is None,
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
            client_secret=secret,
            is_from_environment=row.is_from_environment,
            created_at=instant(row.created_at),
        )


class RemoteWorkspace(View):
    workspace_id: UUID
    name: str


class RemoteCheckView(View):
    """Shape: the workspaces that the remote lets Atlas see; without a Config API there are no states to move."""

    workspaces: list[RemoteWorkspace]
    has_config_api: bool

    @classmethod
    def of(cls, found: Workspaces, *, has_config_api: bool) -> "RemoteCheckView":
        seen = [
            RemoteWorkspace(workspace_id=one.workspace_id, name=printable(one.name))
            for one in found.data
        ]
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
            name=printable(one.name),
            status=printable(one.status),
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
