"""Editors of the same thing come one after the other: what one compares, none changes before he has written."""

from uuid import UUID

from app.database.pool import Connection
from app.database.queries import load

SQL = load(__file__)


async def take(session: Connection, edited: UUID) -> None:
    """Wait until nobody else edits this, and keep them waiting until the transaction ends."""
    await session.execute(SQL["take"], str(edited))
