"""Mail over a real SMTP conversation: encrypted where it is wanted, honest where it fails."""

import asyncio
import ssl
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.failures import (
    NotDelivered,
)
from app.core.setting_words import SmtpSecurity
from app.notices.email import Email
from app.notices.outbox import Notice
from app.notices.rules import ChannelName, Occasion
from tests.fixtures.books import Books
from tests.fixtures.receivers import MailServer, make_certificate
from tests.notices.making import courier, statuses, tell

NOTICE = Notice(
    notification_id=7,
    occasion=Occasion.FAILURE,
    facts={"connection": "Aufträge\r\nBcc: somebody@example.org", "jobId": 3, "failure": {"title": "It broke", "slug": "x", "failure": "config_error"}},
    tries=1,
    created_at=datetime(2026, 11, 22, tzinfo=UTC),
    channel=ChannelName.EMAIL,
    target="ops@example.org",
    key=None,
)  # fmt: skip


def email(server: MailServer, security: SmtpSecurity = SmtpSecurity.NONE) -> Email:
    return Email(
        host="localhost", port=server.port, security=security, user=None, password=None,
        sender="atlas@example.org", timeout_s=2.0,
    )  # fmt: skip


async def test_a_mail_says_what_happened_in_words() -> None:
    async with MailServer().listening() as server:
        await email(server).send(NOTICE)

    (mail,) = server.mails
    assert mail["To"] == "ops@example.org"
    assert mail["Subject"] == "Atlas: the sync of Aufträge Bcc: somebody@example.org failed"
    assert mail["Bcc"] is None
    assert mail["Message-ID"] == "<notification-7@example.org>"
    assert "Why: It broke (x, config_error)" in mail.get_content()


async def test_starttls_comes_before_the_password_and_the_mail(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with MailServer(certificate=certificate).listening() as server:
        sending = replace(
            email(server, SmtpSecurity.STARTTLS), context=trusting, user="u", password="p"
        )
        await sending.send(NOTICE)

    words = server.commands
    assert words.index("STARTTLS") < words.index("AUTH") < words.index("DATA")
    assert len(server.mails) == 1


async def test_a_certificate_that_nobody_trusts_stops_the_mail(tmp_path: Path) -> None:
    async with MailServer(certificate=make_certificate(tmp_path)).listening() as server:
        with pytest.raises(NotDelivered):
            await email(server, SmtpSecurity.STARTTLS).send(NOTICE)

    assert server.mails == []


async def test_without_starttls_at_the_server_nothing_is_sent_in_the_clear() -> None:
    async with MailServer(replies={"EHLO": "250 here"}).listening() as server:
        with pytest.raises(NotDelivered):
            await email(server, SmtpSecurity.STARTTLS).send(NOTICE)

    assert "MAIL" not in server.commands


@pytest.mark.parametrize(
    ("replies", "detail"),
    [
        ({"RCPT": "550 no such user jane.doe"}, "refused the recipient (550)"),
        ({"MAIL": "451 later"}, "answered 451"),
        ({"DATA": "554 spam"}, "answered 554"),
        ({"EHLO": "421 busy", "HELO": "421 busy"}, "answered 421"),
    ],
)
async def test_what_the_server_refuses_is_said_without_its_words(
    replies: dict[str, str], detail: str
) -> None:
    async with MailServer(replies=replies).listening() as server:
        with pytest.raises(NotDelivered) as refused:
            await email(server).send(NOTICE)

    assert detail in refused.value.detail
    assert "jane" not in refused.value.detail


async def test_a_server_that_hangs_or_is_not_there_is_given_up_in_time() -> None:
    began = time.monotonic()
    async with MailServer(hangs=True).listening() as server:
        with pytest.raises(NotDelivered):
            await replace(email(server), timeout_s=0.5).send(NOTICE)
    with pytest.raises(NotDelivered):
        await replace(email(server), port=1).send(NOTICE)

    assert time.monotonic() - began < 3


async def test_without_a_mail_server_a_notice_dies_seen(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, "ops@example.org", channel=ChannelName.EMAIL)
    await books.run(connection_id, "failed")
    nowhere = replace(email(MailServer()), host=None)

    await courier(books, most_tries=1, email=nowhere).deliver()

    assert await statuses(books) == [("failure", "dead", 1)]
    assert "ATLAS_SMTP_HOST" in str(
        await books.values("SELECT last_failure FROM pipeline.notifications")
    )


async def test_a_mail_goes_through_the_outbox(books: Books) -> None:
    connection_id = await books.connect()
    await tell(books, connection_id, "ops@example.org", channel=ChannelName.EMAIL)
    await books.run(connection_id, "failed")

    async with MailServer().listening() as server:
        await courier(books, email=email(server)).deliver()
        await asyncio.sleep(0)

    assert await statuses(books) == [("failure", "delivered", 1)]
    assert [mail["To"] for mail in server.mails] == ["ops@example.org"]
