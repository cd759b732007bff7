"""Takes secrets out of a configuration, and puts them back for the connector alone."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hmac import digest
from uuid import UUID

from app.core.configurations import Clear, Opened, Place, at, leaves_of, pointer_of, with_values
from app.core.failures import (
    SecretGone,
)
from app.core.ids import WorkspaceId
from app.core.secret_names import HIDDEN, is_secret_name
from app.database.keys import Keys
from app.database.pool import Connection
from app.secrets import secret_store
from app.secrets.envelope import Binding, lock, unlock
from app.secrets.master_keys import MasterKeys
from app.secrets.references import Keeper, Reference, References
from app.secrets.secret_store import Kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealing:
    """Shape: `fingerprint_key` is of the mask key, so that it outlives each master key."""

    keys: MasterKeys
    references: References
    fingerprint_key: bytes = field(repr=False)

    @classmethod
    def of(cls, keys: Keys, master_keys: MasterKeys, references: References) -> "Sealing":
        return cls(
            keys=master_keys,
            references=references,
            fingerprint_key=keys.derive("secret fingerprint"),
        )

    async def seal(
        self,
        session: Connection,
        workspace_id: WorkspaceId,
        owner_id: UUID,
        configuration: Mapping[str, object],
        places: Sequence[Place],
    ) -> Mapping[str, object]:
        """Keep what stands at these places, and let go of what is kept no more; the configuration to store.

        Shape: `{"$secret": id}` in each place. A value that is the same as before stays as it is.
        """
        before = await secret_store.of_owner(session, owner_id)
        by_pointer = {kept.binding.pointer: kept for kept in before.values()}
        sealed: dict[Place, object] = {}
        for place in places:
            binding = Binding(
                workspace_id=workspace_id, owner_id=owner_id, pointer=pointer_of(place)
            )
            secret = json.dumps(at(configuration, place)).encode()
            fingerprint = digest(self.fingerprint_key, workspace_id.bytes + secret, "sha256").hex()[
                :32
            ]
            kept = by_pointer.get(binding.pointer)
            if kept is not None and kept.fingerprint == fingerprint:
                secret_id = kept.secret_id
            else:
                locked = lock(self.keys.newest, binding, secret)
                secret_id = await secret_store.keep(session, binding, locked, fingerprint)
            sealed[place] = {Keeper.ATLAS.value: str(secret_id)}
        stored = with_values(configuration, sealed)
        assert isinstance(stored, dict)  # noqa: S101  a copy of an object
        await secret_store.keep_only(session, owner_id, _secret_ids(stored))
        return stored

    async def reveal(
        self,
        workspace_id: WorkspaceId,
        owner_id: UUID,
        configuration: Mapping[str, object],
        kept: Mapping[UUID, Kept],
    ) -> Clear:
        """The configuration with what stands for its references, for a connector that is started now.

        Shape:  `kept` are the owner's secrets.
        Errors: SecretGone, MasterKeyMissing, ReferenceUnresolved, ReferenceUnreachable.
        """
        values: dict[Place, object] = {}
        elsewhere: dict[Place, object] = {}
        for place, reference in references_in(configuration):
            if reference.keeper is Keeper.ATLAS:
                binding = Binding(
                    workspace_id=workspace_id, owner_id=owner_id, pointer=pointer_of(place)
                )
                values[place] = await self._opened(binding, kept.get(_uuid(reference.name)))
            else:
                values[place] = await self.references.resolve(reference)
                elsewhere[place] = at(configuration, place)
        texts = [text for value in values.values() for text in _texts(value)]
        clear = with_values(configuration, values)
        assert isinstance(clear, dict)  # noqa: S101  a copy of an object
        secrets = tuple(dict.fromkeys(texts))
        return Clear(clear, Opened(secrets=secrets, places=tuple(values), references=elsewhere))

    async def _opened(self, binding: Binding, kept: Kept | None) -> object:
        if kept is None:
            raise SecretGone(
                f"The secret at {binding.pointer} is not kept any more.", pointer=binding.pointer
            )
        master = await self.keys.of_kid(kept.locked.kid)
        return json.loads(unlock(master, binding, kept.locked))


def references_in(value: object, here: Place = ()) -> Iterator[tuple[Place, Reference]]:
    """The references in a configuration, each with its place."""
    reference = Reference.of(value)
    if reference is not None:
        yield here, reference
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            yield from references_in(inner, (*here, str(name)))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from references_in(inner, (*here, number))


def shown(configuration: Mapping[str, object]) -> Mapping[str, object]:
    """A configuration as it may be looked at: `**********` in place of each secret that Atlas keeps."""
    hidden = {
        place: HIDDEN
        for place, reference in references_in(configuration)
        if reference.keeper is Keeper.ATLAS
    }
    found = with_values(configuration, hidden)
    assert isinstance(found, dict)  # noqa: S101  a copy of an object
    return found


def _secret_ids(configuration: Mapping[str, object]) -> list[UUID]:
    return [
        _uuid(reference.name)
        for _, reference in references_in(configuration)
        if reference.keeper is Keeper.ATLAS
    ]


def _uuid(text: str) -> UUID:
    """Errors: SecretGone for what is none: no secret has it for an id."""
    try:
        return UUID(text)
    except ValueError:
        raise SecretGone("A secret's id is none.") from None


def _texts(value: object) -> Iterator[str]:
    """How a secret may be said: whole, a line at a time, and, of a key in JSON, what is secret in it."""
    for leaf in leaves_of(value):
        if isinstance(leaf, bool) or leaf is None:
            continue
        text = str(leaf)
        yield text
        yield from (line for line in text.splitlines() if line != text)
        yield from _within(text)


def _within(text: str) -> Iterator[str]:
    if not text.lstrip().startswith("{"):
        return
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return
    if isinstance(found, Mapping):
        for name, inner in found.items():
            if isinstance(inner, str) and is_secret_name(name):
                yield inner
                yield from inner.splitlines()
