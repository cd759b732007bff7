"""What all ways of an attempt share: the names that it goes by, and what it ends with."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from app.core.connections import Connection, Source
from app.core.jobs import Route
from app.database.pool import Connection as Session


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport:
    """What an attempt did. Units: seconds by stage.

    Shape: `sign_off` belongs into the transaction that ends the job, so that no job is green whose
           books do not balance at that very moment.
    """

    seconds: Mapping[str, float]
    sign_off: Callable[[Session], Awaitable[None]]


def route_of(connection: Connection, source: Source) -> Route:
    return Route(
        connection=connection.name,
        source=source.name,
        connector=source.connector,
        elsewhere=connection.elsewhere,
    )
