"""Remotes and their secrets: taken in, changed, and opened when one is asked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core.catalog import JsonSchema
from app.core.errors import InvalidRequest, RemoteIsSet
from app.core.ids import ConnectionId, RemoteId, WorkspaceId
from app.core.secret_names import HIDDEN
from app.core.settings import Settings
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.outgoing.sending import Outgoing
from app.remote.airbyte_cloud import AirbyteCloud, airbyte_at
from app.remote.asking import Account, Pace
from app.remote.freshness import Asked, destination_of
from app.secrets import secret_store
from app.secrets.accepting import accept
from app.secrets.sealing import Sealing
from app.sync.remotes import remote_store
from app.sync.remotes.remote_store import RemoteRow

_FIELD = "client_secret"
_SECRET: JsonSchema = {
    "type": "object",
    "properties": {_FIELD: {"type": "string", "airbyte_secret": True, "minLength": 1}},
    "required": [_FIELD],
}
_PROFILE: JsonSchema = {
    "type": "object",
    "properties": {
        "kind": {"type": "string"},
        "dsn": {"type": "string", "airbyte_secret": True},
        "private_key": {"type": "string", "airbyte_secret": True},
        "passphrase": {"type": "string", "airbyte_secret": True},
    },
}
"""What of a remote, and of a destination's profile, is locked away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is given of a remote; none leaves what is there. Shape: `drops_config_api_url` takes that address away."""

    name: str | None = None
    api_url: str | None = None
    config_api_url: str | None = None
    drops_config_api_url: bool = False
    client_id: str | None = None
    client_secret: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remotes:
    """The one way by which a remote's secret comes in, and by which it is used.

    Shape: of the environment's own remote the secret is in the settings, and nowhere else.
    """

    database: Database
    settings: Settings
    sealing: Sealing
    outgoing: Outgoing

    async def adopt(self) -> None:
        """Let the remote that the environment names be there, before anything asks for it."""
        settings = self.settings
        if settings.airbyte_api_url is not None and settings.airbyte_client_id is not None:
            async with self.database.transaction() as session:
                await remote_store.set_by_environment(
                    session, settings.airbyte_api_url, settings.airbyte_client_id
                )

    async def create(
        self, session: Session, workspace_id: WorkspaceId, wanted: Wanted
    ) -> RemoteRow:
        """A new remote, its secret locked away. Errors: WorkspaceNotFound, InvalidRequest, ConfigurationInvalid."""
        if wanted.name is None or wanted.api_url is None or wanted.client_id is None:
            raise InvalidRequest("A remote has a name, an address and a client id.")
        remote_id = await remote_store.create(
            session, workspace_id, wanted.name, address(wanted.api_url),
            address(wanted.config_api_url) if wanted.config_api_url else None, wanted.client_id,
        )  # fmt: skip
        return await self._keep(session, remote_id, wanted.client_secret)

    async def change(self, session: Session, remote_id: RemoteId, wanted: Wanted) -> RemoteRow:
        """Change what is given. Errors: RemoteNotFound, RemoteIsSet, InvalidRequest, ConfigurationInvalid.

        Shape: a remote at another address needs its secret anew: nobody sends a kept one elsewhere. Nor is the new
               remote's token sent to the old one's Config API unless that is said.
        """
        kept = await self._own(session, remote_id)
        says_config_api = wanted.config_api_url is not None or wanted.drops_config_api_url
        moves = [
            address(given)
            for given, now in ((wanted.api_url, kept.api_url), (wanted.config_api_url, kept.config_api_url))
            if given is not None and address(given) != now
        ]  # fmt: skip
        if moves and wanted.client_secret in (None, HIDDEN):
            raise InvalidRequest("Another address needs the client secret to be given again.")
        if moves and kept.config_api_url is not None and not says_config_api:
            raise InvalidRequest(
                "At another address, say what becomes of configApiUrl: where its Config API is, or null for its usual place."
            )
        await remote_store.change(
            session, remote_id, name=wanted.name, client_id=wanted.client_id,
            api_url=address(wanted.api_url) if wanted.api_url else None,
            config_api_url=address(wanted.config_api_url) if wanted.config_api_url else None,
            drops_config_api_url=wanted.drops_config_api_url,
        )  # fmt: skip
        if wanted.client_secret is None:
            return await remote_store.get(session, remote_id)
        return await self._keep(session, remote_id, wanted.client_secret)

    async def delete(self, session: Session, remote_id: RemoteId) -> None:
        """Errors: RemoteNotFound, RemoteIsSet; StillNeeded while it moves connections."""
        await self._own(session, remote_id)
        await remote_store.delete(session, remote_id)
        await secret_store.keep_only(session, remote_id, ())

    @asynccontextmanager
    async def asked(self, remote_id: RemoteId) -> AsyncIterator[AirbyteCloud]:
        """A remote to be asked, as long as it is held.

        Errors: RemoteNotFound, RemoteIsSet if the environment names it no more; MasterKeyMissing, SecretGone,
                ReferenceUnresolved.
        """
        async with self.database.connection() as session:
            row = await remote_store.get(session, remote_id)
        account, outgoing = await self._account(row)
        settings = self.settings
        pace = Pace(
            timeout_s=settings.remote_timeout_s, start_timeout_s=settings.remote_start_timeout_s,
            tries=settings.remote_tries, wait_s=settings.remote_wait_s,
        )  # fmt: skip
        async with airbyte_at(account, pace, outgoing) as cloud:
            yield cloud

    async def keep_profile(
        self,
        session: Session,
        workspace_id: WorkspaceId,
        connection_id: ConnectionId,
        sent: Mapping[str, object],
        kept: Mapping[str, object] | None,
    ) -> Mapping[str, object]:
        """How a destination is asked, as it is stored: its secrets locked away, as the connection's own.

        Errors: InvalidRequest, ConfigurationInvalid.
        """
        accepted = accept(sent, _PROFILE, self.sealing.references, kept=kept)
        secrets = {str(place[0]) for place in accepted.places}
        if {"dsn", "private_key"} & {name for name in secrets if sent.get(name) != HIDDEN}:
            destination_of(
                sent, self.outgoing
            )  # what is kept, or is elsewhere, shows when it is asked
        return await self.sealing.seal(
            session, workspace_id, connection_id, accepted.configuration, accepted.places
        )

    async def destination(
        self, workspace_id: WorkspaceId, connection_id: ConnectionId, profile: Mapping[str, object]
    ) -> Asked:
        """Who can be asked by a profile as it is stored. Errors: as of secrets that do not open; InvalidRequest."""
        async with self.database.connection() as session:
            kept = await secret_store.of_owner(session, connection_id)
        clear = await self.sealing.reveal(workspace_id, connection_id, profile, kept)
        return destination_of(clear, self.outgoing)

    async def _account(self, row: RemoteRow) -> tuple[Account, Outgoing]:
        """Shape: the host that whoever runs Atlas has named need not be public."""
        if row.is_from_environment:
            secret = self.settings.airbyte_client_secret
            if secret is None or self.settings.airbyte_api_url != row.api_url:
                raise RemoteIsSet("The environment of this process does not name this remote.")
            outgoing = self.outgoing.allowing(urlsplit(row.api_url).hostname or "")
            return _account_of(row, secret.get_secret_value()), outgoing
        async with self.database.connection() as session:
            kept = await secret_store.of_owner(session, row.remote_id)
        clear = await self.sealing.reveal(
            row.workspace_id, row.remote_id, {_FIELD: row.secret}, kept
        )
        return _account_of(row, str(clear[_FIELD])), self.outgoing

    async def _own(self, session: Session, remote_id: RemoteId) -> RemoteRow:
        found = await remote_store.get(session, remote_id)
        if found.is_from_environment:
            raise RemoteIsSet("This remote is what the environment says it is.")
        return found

    async def _keep(self, session: Session, remote_id: RemoteId, secret: object) -> RemoteRow:
        row = await remote_store.get(session, remote_id)
        sent = {} if secret is None else {_FIELD: secret}
        kept = {} if row.secret is None else {_FIELD: row.secret}
        accepted = accept(sent, _SECRET, self.sealing.references, kept=kept)
        stored = await self.sealing.seal(
            session, row.workspace_id, remote_id, accepted.configuration, accepted.places
        )
        await remote_store.keep_secret(session, remote_id, stored[_FIELD])
        return await remote_store.get(session, remote_id)


def address(url: str) -> str:
    """An API's address as it is kept. Errors: InvalidRequest for what is none, or holds more than that."""
    try:
        parts = urlsplit(url.strip())
        port = parts.port
    except ValueError:
        raise InvalidRequest("The address of a remote is a URL.") from None
    if (
        parts.scheme not in ("http", "https")
        or not parts.hostname
        or port == 0
        or not url.isprintable()
    ):
        raise InvalidRequest("The address of a remote begins with https:// or http://.")
    if parts.username or parts.password or parts.query or parts.fragment or " " in url.strip():
        raise InvalidRequest("The address of a remote has no user, no password and no query.")
    return url.strip().rstrip("/")


def _account_of(row: RemoteRow, secret: str) -> Account:
    return Account(
        api_url=row.api_url,
        client_id=row.client_id,
        client_secret=secret,
        config_api_url=row.config_api_url,
    )
