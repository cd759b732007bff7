"""Parts that the settings and the database's address make alone, for the composition root to fit in."""

from collections.abc import Mapping

from app.core.settings import Settings
from app.database.address import address_of
from app.database.pool import Database
from app.notices.courier import Courier
from app.notices.email import Email
from app.notices.rules import ChannelName
from app.notices.signing import SigningSecrets
from app.notices.webhook import Webhook
from app.outgoing.sending import Outgoing


def courier_of(
    settings: Settings, database: Database, outgoing: Outgoing, signing: SigningSecrets
) -> Courier:
    """Who tells of what happens, by each of the channels."""
    password = settings.smtp_password
    timeout_s = settings.notification_timeout_s
    return Courier(
        database=database,
        channels={
            ChannelName.WEBHOOK: Webhook(timeout_s=timeout_s, outgoing=outgoing, signing=signing),
            ChannelName.EMAIL: Email(
                host=settings.smtp_host,
                port=settings.smtp_port,
                security=settings.smtp_security,
                user=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                sender=settings.smtp_from,
                timeout_s=timeout_s,
            ),
        },
        timeout_s=timeout_s,
        wait_s=settings.notification_wait_s,
        most_tries=settings.notification_tries,
    )


def soda_connection(database: Database) -> Mapping[str, object]:
    """How Soda reaches the database; it needs host, port and names apart."""
    parts = database.parameters()
    found = {
        "host": parts.get("host", "localhost"),
        "port": int(str(parts.get("port", 5432))),
        "username": parts.get("user", ""),
        "password": parts.get("password", ""),
        "database": parts.get("dbname", "postgres"),
    }
    return {name: value for name, value in found.items() if value != ""}


def own_destination(database: Database) -> Mapping[str, object]:
    """Atlas's own layers as the `postgres` destination that Airbyte's clients know."""
    address = address_of(database.dsn)
    return {
        "destinationType": "postgres",
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "schema": "chart",
        "username": str(database.parameters().get("user", "")),
    }
