"""What `atlas secrets rotate` does and says."""

from rich.console import Console

from app.core.settings import Settings
from app.database.keys import load_keys
from app.database.migrate import require_current
from app.database.pool import open_database
from app.main import database_server
from app.secrets.master_keys import MasterKeys
from app.secrets.rotation import make_new_key, rotate
from app.terminal import acts


async def rotate_and_show(console: Console, settings: Settings, *, new_key: bool) -> bool:
    """True if all secrets are locked with the newest master key. Errors: KeyFileRefused, SchemaBehind."""
    async with database_server(settings) as dsn, open_database(dsn, size=2) as database:
        async with database.transaction() as session:
            await require_current(session)
            await acts.note(
                load_keys(settings), session, "secrets rotate", "rotateSecrets", "/v1/secrets",
                newKey=new_key,
            )  # fmt: skip
        if new_key:
            make_new_key(settings)
        keys = await MasterKeys.of(settings)
        rotated = await rotate(database, keys)
    newest = keys.newest
    console.print(
        f"{rotated.rewrapped:,} secrets were locked anew with {newest.kid}, in {newest.where}."
    )
    if rotated.closed:
        console.print(
            f"{rotated.closed:,} do not open: put their master keys among the earlier ones, or give the "
            "configurations and the remotes' secrets, and make the notification rules, anew."
        )
    return not rotated.closed
