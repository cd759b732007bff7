"""Instants that a query names."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator

ABOUT = "An instant in ISO 8601; without an offset it is UTC."


def _in_utc(at: datetime) -> datetime:
    """Errors: ValueError for an offset that leads out of the years that there are."""
    try:
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except OverflowError:
        raise ValueError("in UTC it is not within the years 1 to 9999") from None


Instant = Annotated[datetime, AfterValidator(_in_utc)]
