"""What a first start says: how the first admin signs in."""

from rich.console import Console

from app.access import sessions, users
from app.main import Atlas
from app.terminal import acts


async def say_welcome(console: Console, atlas: Atlas, command: str) -> None:
    """Print a link for the first admin, until somebody can sign in; each start makes another."""
    async with atlas.database.transaction() as session:
        is_first = not await users.listed(session)
        admin = await users.ensure_admin(session)
        if admin is None:
            return
        token = await sessions.make_link(session, admin.user_id)
        subject = f"/v1/users/{admin.user_id}"
        if is_first:
            await acts.note(atlas.keys, session, command, "createUser", subject)
        await acts.note(atlas.keys, session, command, "createUserLink", subject)
    console.print(
        f"Nobody can sign in yet. Set the password of {admin.email} here, once, within "
        f"{sessions.LINK_LIFETIME_H} hours:"
    )
    console.print(f"  {atlas.settings.address}/welcome/{token}", soft_wrap=True)
    console.print(
        "Programs ask with a client id and a secret: `atlas applications create NAME`; you, from a terminal, "
        "with `atlas token`."
    )
