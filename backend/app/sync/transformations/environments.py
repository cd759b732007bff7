"""What a transformation's dbt is given in its environment: secrets locked away, and opened for its child alone."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.configurations import Clear
from app.core.errors import ConfigurationInvalid
from app.core.transformations import Transformation
from app.database.pool import Connection as Session
from app.database.pool import Database
from app.secrets import secret_store
from app.secrets.accepting import accept
from app.secrets.sealing import Sealing
from app.sync.transformations import store

_OURS = frozenset({"PATH", "HOME", "TMPDIR"})
_LOADERS = ("LD_", "DYLD_", "PYTHON")
"""What says which programs run, and where: whoever edits a transformation does not."""
_OF_DATABASE = ("PG", "DBT_ENV_SECRET_PG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environments:
    """Shape: `given` is what dbt is told of Atlas's own database; one that names another is told nothing of it, or
    Atlas's password would go there."""

    sealing: Sealing
    given: Mapping[str, str] = field(repr=False)

    async def keep(
        self,
        session: Session,
        transformation: Transformation,
        sent: Mapping[str, object],
        *,
        is_patch: bool = False,
    ) -> Transformation:
        """Keep variables, those that are secret by their names locked away.

        Shape:  `**********` stands for the secret that is kept under its name.
        Errors: ConfigurationInvalid, ConfigurationTooLarge.
        """
        _require_variables(sent)
        accepted = accept(
            sent,
            None,
            self.sealing.references,
            kept=transformation.build.environment,
            is_patch=is_patch,
        )
        stored = await self.sealing.seal(
            session,
            transformation.workspace_id,
            transformation.transformation_id,
            accepted.configuration,
            accepted.places,
        )
        await store.keep_environment(session, transformation.transformation_id, stored)
        return await store.kept(session, transformation.transformation_id)

    async def open(
        self, database: Database, transformation: Transformation
    ) -> tuple[Mapping[str, str], Clear]:
        """The variables for a child that is started now, and what of them nobody may see.

        Shape:  no session is held while a vault is asked.

        Errors: SecretGone, MasterKeyMissing, ReferenceUnresolved, ReferenceUnreachable.
        """
        owner = transformation.transformation_id
        async with database.connection() as session:
            kept = await secret_store.of_owner(session, owner)
        clear = await self.sealing.reveal(
            transformation.workspace_id, owner, transformation.build.environment, kept
        )
        given = {} if any(name.upper().startswith(_OF_DATABASE) for name in clear) else self.given
        variables = {**given, **{name: str(value) for name, value in clear.items()}}
        return variables, Clear({**given, **clear}, clear.opened)

    async def let_go(self, session: Session, transformation: Transformation) -> None:
        """Keep a transformation's secrets no more."""
        await secret_store.keep_only(session, transformation.transformation_id, ())
        await store.keep_environment(session, transformation.transformation_id, {})


def _require_variables(sent: Mapping[str, object]) -> None:
    """Errors: ConfigurationInvalid."""
    wrong = [
        {"pointer": f"/{name}"[:300], "detail": why}
        for name, value in sent.items()
        if (why := _why_not(name, value)) is not None
    ]
    if wrong:
        raise ConfigurationInvalid("The environment cannot be given to dbt.", errors=wrong)


def _why_not(name: str, value: object) -> str | None:
    if not name or "=" in name or "\0" in name:
        return "It is no name of a variable."
    if name.upper() in _OURS or name.upper().startswith(_LOADERS):
        return "Atlas sets this variable itself."
    if not isinstance(value, str | Mapping | None):
        return "A variable is a text, or names where its secret is kept."
    return None
