"""/v1/system/keys: which keys there are, where they lie and what they hold; never a key."""

from typing import Annotated

from fastapi import APIRouter, Depends

from app.api.access import Owner
from app.api.dependencies import Session, Settings
from app.api.problems import problems
from app.api.views import View
from app.core.failures import KeyFileRefused
from app.database import mask_key
from app.database.keys import load_keys
from app.secrets import secret_store
from app.secrets.master_keys import MasterKeys

router = APIRouter(prefix="/system", tags=["System"])


class MaskKeyView(View):
    """What tokens and hashes are made with. Shape: `keyId` as it stands in tokens; `isOfDatabase` absent while nothing
    was landed."""

    key_id: str
    where: str
    is_of_database: bool | None


class MasterKeyView(View):
    """A key that locks secrets, or did. Shape: `where` absent of one that is not at hand: its secrets do not open."""

    key_id: str
    where: str | None
    is_newest: bool
    secrets: int


class KeyStatusView(View):
    """Shape: `isRotated` if the newest master key locks all secrets; master keys the newest first."""

    mask: MaskKeyView
    master: list[MasterKeyView]
    is_rotated: bool


async def _master_keys(settings: Settings) -> MasterKeys:
    return await MasterKeys.of(settings)


@router.get("/keys", operation_id="getKeyStatus", responses=problems(KeyFileRefused))
async def get_key_status(
    caller: Owner,
    session: Session,
    settings: Settings,
    keys: Annotated[MasterKeys, Depends(_master_keys)],
) -> KeyStatusView:
    """The keys by their ids, as they lie where the API runs; ids tell nothing of a key."""
    mask = load_keys(settings)
    where = "ATLAS_MASK_KEY" if settings.mask_key else str(settings.home / "keys" / "mask.key")
    locked = await secret_store.kids(session)
    known = {key.kid: key.where for key in keys.keys}
    newest = keys.newest.kid
    return KeyStatusView(
        mask=MaskKeyView(
            key_id=mask.id, where=where, is_of_database=await mask_key.is_right(session, mask)
        ),
        master=[
            MasterKeyView(
                key_id=kid,
                where=known.get(kid),
                is_newest=kid == newest,
                secrets=locked.get(kid, 0),
            )
            for kid in dict.fromkeys([*known, *locked])
        ],
        is_rotated=all(kid == newest for kid in locked),
    )
