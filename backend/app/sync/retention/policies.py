"""How much explore keeps of a connection's streams."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from app.core.ids import ConnectionId
from app.database.pool import Connection as Session
from app.database.queries import load

SQL = load(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """The most that explore keeps of each stream; what is beyond any of the bounds may go, the oldest first.

    Shape: none of them is no bound. `max_generations` counts those that were published; the one that chart
           shows is always kept. `max_rows` is rounded up to a batch.
    """

    max_age_days: int | None = None
    max_generations: int | None = None
    max_rows: int | None = None

    @property
    def keeps_all(self) -> bool:
        return self == KEEPS_ALL

    def said(self) -> Mapping[str, int]:
        """The bounds that there are, by name."""
        return {name: bound for name, bound in asdict(self).items() if bound is not None}


KEEPS_ALL = RetentionPolicy()


async def of_connection(session: Session, connection_id: ConnectionId) -> RetentionPolicy:
    """A connection's policy; one that says nothing keeps all."""
    row = await session.fetchrow(SQL["of_connection"], connection_id)
    return KEEPS_ALL if row is None else RetentionPolicy(**row)


async def keep(session: Session, connection_id: ConnectionId, policy: RetentionPolicy) -> None:
    """Let a policy be the connection's from now on."""
    if policy.keeps_all:
        await session.execute(SQL["forget"], connection_id)
        return
    bounds = (policy.max_age_days, policy.max_generations, policy.max_rows)
    await session.execute(SQL["keep"], connection_id, *bounds)


async def in_force(session: Session) -> Sequence[ConnectionId]:
    """The connections of which explore does not keep all."""
    return [ConnectionId(row["connection_id"]) for row in await session.fetch(SQL["in_force"])]
