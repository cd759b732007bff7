"""Rules and couriers of tests."""

from collections.abc import Sequence
from ipaddress import ip_network

from app.core.ids import ConnectionId
from app.notices import rules
from app.notices.courier import Channel, Courier
from app.notices.rules import ChannelName, Occasion
from app.notices.webhook import Webhook
from app.outgoing.addresses import Allowed
from app.outgoing.sending import Outgoing
from app.secrets.master_keys import MasterKeys
from tests.fixtures.atlas import signing_on
from tests.fixtures.books import Books

LOOPBACK = Allowed((ip_network("127.0.0.0/8"),))


async def tell(
    books: Books,
    connection_id: ConnectionId,
    target: str,
    *occasions: Occasion,
    share: float = 0.0,
    channel: ChannelName = ChannelName.WEBHOOK,
) -> str:
    """A rule; its secret."""
    async with books.database.transaction() as session:
        _, secret = await rules.create(
            session,
            signing_on(books.database),
            connection_id,
            occasions or tuple(Occasion),
            channel,
            target,
            quarantine_share=share,
        )
    return secret or ""


def courier(
    books: Books,
    *,
    timeout_s: float = 5.0,
    most_tries: int = 3,
    wait_s: float = 0.05,
    email: Channel | None = None,
    master_keys: MasterKeys | None = None,
) -> Courier:
    webhook = Webhook(
        timeout_s=timeout_s,
        outgoing=Outgoing(allowed=LOOPBACK),
        signing=signing_on(books.database, master_keys=master_keys),
    )
    return Courier(
        database=books.database,
        channels={ChannelName.WEBHOOK: webhook, ChannelName.EMAIL: email or webhook},
        timeout_s=timeout_s,
        wait_s=wait_s,
        most_tries=most_tries,
        every_s=0.05,
    )


async def statuses(books: Books) -> Sequence[tuple[object, ...]]:
    rows = await books.fetch(
        "SELECT occasion, status, tries FROM pipeline.notifications ORDER BY notification_id"
    )
    return [tuple(row.values()) for row in rows]
