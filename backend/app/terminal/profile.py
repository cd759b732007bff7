"""`atlas profile`: what is in a dataset, as a table."""

from rich.console import Console
from rich.markup import escape

from app.api.public.datasets import ProfileView
from app.layers.profile import ColumnProfile
from app.main import Atlas
from app.sync.connections import connection_store
from app.sync.datasets import profiles
from app.sync.datasets.profiles import Profile
from app.terminal.tables import plain_table

_LONGEST = 25


async def show_profile(
    console: Console,
    atlas: Atlas,
    *,
    name_or_id: str,
    stream: str,
    namespace: str | None,
    as_json: bool,
) -> None:
    """Errors: ConnectionNotFound, StreamNotFound, ProfileTookTooLong."""
    async with atlas.database.connection() as session:
        connection = await connection_store.find_connection(session, name_or_id)
    found = await profiles.of_dataset(atlas.database, connection.connection_id, stream, namespace)
    if as_json:
        print(ProfileView.of(connection.connection_id, found).model_dump_json(by_alias=True))
        return
    _show(console, found)


def _show(console: Console, found: Profile) -> None:
    layout, saved = found.stream.layout, found.saved
    if saved is None:
        console.print(f"Nothing of {escape(str(layout.descriptor))} was promoted yet.")
        return
    about = "about " if saved.chart.sampled is not None else ""
    shown = plain_table(
        f"chart.{layout.table}: {about}{saved.chart.rows:,} rows",
        "column", "type", "nulls", "distinct", "least", "greatest", "length", "most frequent",
        numbers=("nulls", "distinct"),
    )  # fmt: skip
    for column in layout.columns:
        profile = found.column(column.name)
        if profile is None:
            continue
        if column.name in found.shown:
            values = (_cut(profile.low), _cut(profile.high), _lengths(profile), _top(profile))
        else:
            values = ("not shown", "", "", "")
        estimated = "~" if found.is_estimate(profile) else ""
        shown.add_row(
            escape(column.name),
            column.type,
            f"{profile.nulls:,}",
            f"{estimated}{profile.distinct:,}",
            *map(escape, values),
        )
    console.print(shown)
    if saved.chart.sampled is not None:
        console.print(f"All figures are estimated from {saved.chart.sampled:,} rows.")
    if any(found.is_estimate(column) for column in saved.chart.columns):
        counted = max(column.counted for column in saved.chart.columns)
        console.print(
            f"~ is an estimate; it and the most frequent values rest on {counted:,} rows."
        )
    if found.is_stale:
        console.print(
            "A promotion came since: a new profile took too long, this is the one before."
        )
    if found.freshness.promoted_at and found.freshness.extracted_at:
        console.print(
            f"Newest batch read {found.freshness.extracted_at:%Y-%m-%d %H:%M:%S}, promoted "
            f"{found.freshness.promoted_at:%Y-%m-%d %H:%M:%S}; newest record {found.newest_at or 'not shown'}."
        )


def _lengths(profile: ColumnProfile) -> str:
    if profile.shortest is None:
        return ""
    return f"{profile.shortest}..{profile.longest}"


def _top(profile: ColumnProfile) -> str:
    return ", ".join(f"{_cut(value)} ({rows:,})" for value, rows in (profile.top or ())[:3])


def _cut(value: str | None) -> str:
    text = value or ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
