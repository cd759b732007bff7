"""Tells by e-mail, over SMTP."""

import asyncio
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

from app.core.failures import (
    NotDelivered,
)
from app.core.setting_words import SmtpSecurity
from app.notices.outbox import Notice
from app.notices.words import text_of, title_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Email:
    """Sends one message a notice; the server's certificate is looked at unless `security` is none.

    Shape: `host` none is a mail server that is not set: nothing is delivered, and says so.
           The Message-ID is the same in every try, so that a repeat can be told.
    Units: `timeout_s` seconds for each answer of the server.
    """

    host: str | None
    port: int
    security: SmtpSecurity
    user: str | None
    password: str | None
    sender: str
    timeout_s: float
    context: ssl.SSLContext | None = None

    async def send(self, notice: Notice) -> None:
        """Errors: NotDelivered."""
        if self.host is None:
            raise NotDelivered("No mail server is set: ATLAS_SMTP_HOST names one.")
        # the thread ends by the socket's own time limit, should the caller's end before
        await asyncio.to_thread(self._send, self.host, self._message(notice))

    def _message(self, notice: Notice) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"] = self.sender, notice.target
        message["Subject"] = title_of(notice)
        domain = self.sender.rpartition("@")[2] or "atlas"
        message["Message-ID"] = f"<notification-{notice.notification_id}@{domain}>"
        message["Date"] = notice.created_at
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text_of(notice))
        return message

    def _send(self, host: str, message: EmailMessage) -> None:
        try:
            with self._connected(host) as server:
                if self.user is not None:
                    server.login(self.user, self.password or "")
                server.send_message(message)
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"The mail server answered {error.smtp_code}.") from error
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            raise NotDelivered(f"The mail server refused the recipient ({codes[0]}).") from error
        except (smtplib.SMTPException, OSError, ValueError) as error:
            kind = type(error).__name__
            raise NotDelivered(f"The mail server was not reached ({kind}).") from error

    def _connected(self, host: str) -> smtplib.SMTP:
        context = self.context or ssl.create_default_context()
        if self.security is SmtpSecurity.TLS:
            return smtplib.SMTP_SSL(host, self.port, timeout=self.timeout_s, context=context)
        server = smtplib.SMTP(host, self.port, timeout=self.timeout_s)
        if self.security is SmtpSecurity.STARTTLS:
            try:
                server.starttls(context=context)
            except BaseException:
                server.close()
                raise
        return server
