"""`atlas doctor`: looks at everything Atlas stands on, and says how to mend what is not right."""

import sys
from collections.abc import Sequence

from rich.console import Console

from app.core.errors import AtlasError
from app.core.settings import Settings
from app.database.pool import open_database
from app.main import database_server
from app.parts import dbt_of
from app.sync import checkup
from app.sync.checkup import Look


async def examine(settings: Settings) -> bool:
    """Print every look; true if all is right."""
    console = Console(width=None if sys.stdout.isatty() else 120)
    all_right = True
    for look in await _looks(settings):
        all_right = all_right and look.is_right
        mark = "[green]ok  [/green]" if look.is_right else "[red]mend[/red]"
        console.print(f"{mark} {look.subject}: {look.found}", highlight=False, soft_wrap=True)
        if not look.is_right:
            console.print(f"       {look.mend}", highlight=False, soft_wrap=True)
    return all_right


async def _looks(settings: Settings) -> Sequence[Look]:
    return [
        *await checkup.before_the_database(settings),
        *await _database(settings),
        *await checkup.beside_the_database(settings, dbt_of(settings)),
    ]


async def _database(settings: Settings) -> Sequence[Look]:
    try:
        async with (
            database_server(settings) as dsn,
            open_database(dsn, size=2) as database,
            database.connection() as session,
        ):
            return await checkup.of_database(settings, database, session)
    except AtlasError as error:
        return [Look("database", False, error.detail, "Start it, or unset ATLAS_DATABASE_URL.")]
