"""Tells by webhook, signed. Source: Standard Webhooks 1.0."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from app.core.failures import (
    AddressRefused,
    NotDelivered,
)
from app.notices.outbox import Notice
from app.notices.rules import SECRET_PREFIX
from app.notices.signing import SigningSecrets
from app.notices.words import title_of
from app.outgoing.sending import Outgoing


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """POSTs a notice as JSON. Any status of 200 to 299 is taken for an answer; redirects are not followed.

    Shape: headers `webhook-id` (the same in every try, so that a receiver can tell a repeat),
           `webhook-timestamp` (seconds), `webhook-signature` (`v1,` and the base64 of HMAC-SHA256 over
           id, timestamp and body, joined by full stops).
    """

    timeout_s: float
    outgoing: Outgoing
    signing: SigningSecrets
    clock: Callable[[], float] = time.time

    async def send(self, notice: Notice) -> None:
        """Errors: NotDelivered; what cannot be signed is not sent."""
        if notice.key is None:
            raise NotDelivered("The rule has no secret to sign with.")
        secret = await self.signing.reveal(notice.key)
        body = body_of(notice)
        status = await self._post(notice.target, body, self.headers_of(notice, secret, body))
        if not 200 <= status < 300:
            raise NotDelivered(f"The receiver answered {status}.", status_code=status)

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """The answer's status; what it says beside is not read. Errors: NotDelivered."""
        import httpx  # a quarter of a second that a start without notifications need not spend

        client = self.outgoing.client(timeout_s=self.timeout_s)
        try:
            async with client, client.stream("POST", url, content=body, headers=headers) as answer:
                return answer.status_code
        except AddressRefused as error:
            raise NotDelivered(error.detail) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise NotDelivered(f"The receiver was not reached ({type(error).__name__}).") from error

    def headers_of(self, notice: Notice, secret: str, body: bytes) -> dict[str, str]:
        message_id, timestamp = f"notification_{notice.notification_id}", str(int(self.clock()))
        return {
            "content-type": "application/json",
            "user-agent": "atlas",
            "webhook-id": message_id,
            "webhook-timestamp": timestamp,
            "webhook-signature": signature(secret, message_id, timestamp, body),
        }


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """Errors: NotDelivered if the secret is none."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise NotDelivered("The rule's secret is none that could sign.")
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def body_of(notice: Notice) -> bytes:
    """Shape: `type` is `connection.{occasion}`, `timestamp` when it happened, `data` the facts."""
    body = {
        "type": f"connection.{notice.occasion}",
        "timestamp": notice.facts.get("at"),
        "data": {"title": title_of(notice), **notice.facts},
    }
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
