"""Brings the tables of a stream from one layout to the next, masked as is decided now."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.core.catalog import Path
from app.core.findings import PathDecision, mask_of
from app.core.layout import Layout
from app.database.pool import Connection as Session
from app.gates.pii import decisions as pii_decisions
from app.layers import children, tables
from app.layers.tables import Masks, Tables


async def follow(session: Session, old: Layout, new: Layout) -> None:
    """Add, widen and lay out what the new layout has more; nothing where no table is made yet.

    Shape: a stream that has a key only now gets its history, which is empty.
    """
    decisions = await pii_decisions.current(session, new.stream_id)
    if not await tables.exists(session, Tables.of(new.table).chart):
        return
    texts = await tables.kept_as_text(session, old)
    before = masks(old, decisions).beside(texts)
    after = masks(new, decisions).beside(texts)
    if new.has_key and not old.has_key:
        await tables.drop_views(session, old)
        as_before = replace(new, primary_key=())
        await tables.grow(session, old, as_before, before, after)
        await tables.drop_views(session, as_before)
        await tables.ensure_published(session, new, after)
    else:
        await tables.grow(session, old, new, before, after)
    if new.children != old.children:
        await children.rebuild(session, new, masked_items(new, decisions))


def masks(layout: Layout, decisions: Mapping[Path, PathDecision]) -> Masks:
    """Which columns of a layout hold tokens."""
    columns = (*layout.columns, *layout.variants)
    return Masks(
        frozenset(c.name for c in columns if mask_of(decisions, c.path)),
        has_cursor=mask_of(decisions, layout.cursor_field) is not None,
    )


def masked_items(layout: Layout, decisions: Mapping[Path, PathDecision]) -> Collection[Path]:
    """The paths within arrays that are masked in child tables."""
    paths = [column.path for child in layout.children for column in child.columns]
    return [path for path in paths if mask_of(decisions, path)]
