"""Asks a remote by HTTP: a token that is renewed early, questions that are asked again, answers that are looked at."""

import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import msgspec
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from app.core.failures import (
    AddressRefused,
)
from app.core.remote_failures import (
    RemoteAnswerLost,
    RemoteAnswerUnusable,
    RemoteLacks,
    RemoteRefused,
    RemoteSyncRunning,
    RemoteUnreachable,
)
from app.outgoing.sending import Outgoing
from app.remote.shapes import Token

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 32_000_000
_LONGEST_WAIT_S = 60.0
_TOKEN_SHARE = 0.8
"""Of a token's life, after which it is renewed."""
_OLD_TOKEN_S = 180.0
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_CLOUD = "api.airbyte.com"
_CLOUD_CONFIG_API = "https://cloud.airbyte.com/api/v1"
"""Source: PyAirbyte, constants of its cloud module."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Where a remote is, and who Atlas is there. Shape: addresses without a slash at the end."""

    api_url: str
    client_id: str
    client_secret: str = field(repr=False)
    config_api_url: str | None = None

    @property
    def config_api(self) -> str | None:
        """The older API beside it, which alone has states and schemas; none where nobody knows its address."""
        if self.config_api_url is not None:
            return self.config_api_url
        if urlsplit(self.api_url).hostname == _CLOUD:
            return _CLOUD_CONFIG_API
        suffix = "/api/public/v1"
        is_known = self.api_url.endswith(suffix)
        return self.api_url.removesuffix(suffix) + "/api/v1" if is_known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Units: seconds of one question, of one that starts a job, and before the second try; then x 2."""

    timeout_s: float
    start_timeout_s: float
    tries: int
    wait_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Shape: one that is not `is_safe` is asked again only where it was certainly not carried out."""

    method: str
    url: str
    query: Mapping[str, str | int] = field(default_factory=dict)
    body: Mapping[str, object] | None = None
    timeout_s: float
    is_safe: bool = True


@dataclass(slots=True, kw_only=True)
class Asking:
    """One conversation with a remote; it knows its token, and forgets it with itself."""

    account: Account
    pace: Pace
    http: "httpx.AsyncClient"
    clock: Callable[[], float] = time.monotonic
    _token: str | None = field(default=None, repr=False)
    _renew_at: float = 0.0

    async def ask(self, question: Question, answer: type[T]) -> T:
        """The answer as it must be.

        Errors: RemoteUnreachable, RemoteAnswerLost; RemoteRefused, RemoteLacks, RemoteSyncRunning; RemoteAnswerUnusable,
                AddressRefused.
        """
        return _decoded(await self._answered(question), answer)

    async def _answered(self, question: Question) -> bytes:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self.pace.tries),
            wait=self._wait_s,
            retry=retry_if_exception(lambda error: _is_worth_another_try(error, question)),
            reraise=True,
        )
        async for attempt in retrying:
            with attempt:
                return await self._with_token(question)
        raise AssertionError  # it has raised

    def _wait_s(self, state: RetryCallState) -> float:
        """As long as the remote asks for; else longer each time, by chance so that not all come at once."""
        failure = state.outcome.exception() if state.outcome else None
        if isinstance(failure, RemoteUnreachable) and "retry_after_s" in failure.facts:
            return float(str(failure.facts["retry_after_s"]))
        growing = wait_exponential_jitter(
            multiplier=self.pace.wait_s, max=_LONGEST_WAIT_S, jitter=self.pace.wait_s
        )
        return growing(state)

    async def _with_token(self, question: Question) -> bytes:
        """Ask with a token; with a new one, once, where the old is not taken."""
        status, body, retry_after_s = await self._send(question, await self._valid_token())
        if status == 401:
            self._token = None
            status, body, retry_after_s = await self._send(question, await self._valid_token())
        if 200 <= status < 300:
            return body
        raise _failure_of(status, retry_after_s)

    async def _valid_token(self) -> str:
        """Errors: RemoteRefused if the remote does not know Atlas; as of any question."""
        if self._token is not None and self.clock() < self._renew_at:
            return self._token
        asked_at = self.clock()
        account = self.account
        question = Question(
            method="POST",
            url=f"{account.api_url}/applications/token",
            body={
                "client_id": account.client_id,
                "client_secret": account.client_secret,
                "grant-type": "client_credentials",
            },
            timeout_s=self.pace.timeout_s,
        )
        status, body, retry_after_s = await self._send(question, None)
        if status in (400, 401, 403, 422):
            raise RemoteRefused(
                f"The remote gives no token: it answers {status} to the client id and secret.",
                status_code=status,
            )
        if not 200 <= status < 300:
            raise _failure_of(status, retry_after_s)
        token = _decoded(body, Token)
        lives_s = token.expires_in if token.expires_in and token.expires_in > 0 else _OLD_TOKEN_S
        self._token, self._renew_at = token.access_token, asked_at + _TOKEN_SHARE * lives_s
        return self._token

    async def _send(self, question: Question, token: str | None) -> tuple[int, bytes, float | None]:
        """Status, body, and the seconds that the remote asks to wait for.

        Errors: RemoteUnreachable if it never had the question, RemoteAnswerLost if it may have; AddressRefused.
        """
        import httpx

        headers = {"accept": "application/json", "user-agent": "atlas"}
        if token is not None:
            headers["authorization"] = f"Bearer {token}"
        try:
            async with self.http.stream(
                question.method, question.url, params=dict(question.query), json=question.body,
                headers=headers, timeout=question.timeout_s,
            ) as answer:  # fmt: skip
                return answer.status_code, await _read(answer), _retry_after_s(answer)
        except AddressRefused:
            raise
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise RemoteUnreachable(
                f"The remote was not reached ({type(error).__name__})."
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise RemoteAnswerLost(
                f"The remote did not answer to the end ({type(error).__name__})."
            ) from error


@asynccontextmanager
async def conversation(account: Account, pace: Pace, outgoing: Outgoing) -> AsyncIterator[Asking]:
    """A conversation with a remote, as long as it is held."""
    async with outgoing.client(timeout_s=pace.timeout_s) as http:
        yield Asking(account=account, pace=pace, http=http)


async def _read(answer: "httpx.Response") -> bytes:
    """Errors: RemoteAnswerUnusable for more than Atlas reads."""
    body = bytearray()
    async for part in answer.aiter_bytes():
        body += part
        if len(body) > MOST_BYTES:
            raise RemoteAnswerUnusable(f"The remote's answer has more than {MOST_BYTES:,} bytes.")
    return bytes(body)


def _decoded(body: bytes, answer: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=answer)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise RemoteAnswerUnusable(
            "The remote's answer is no JSON, or not in the form that Airbyte's API has."
        ) from None


def _failure_of(status: int, retry_after_s: float | None) -> Exception:
    told = {} if retry_after_s is None else {"retry_after_s": retry_after_s}
    if status == 429:
        return RemoteUnreachable("The remote is asked too often.", status_code=status, **told)
    if status in _PASSING:
        return RemoteAnswerLost(f"The remote answered {status}.", status_code=status, **told)
    if status == 404:
        return RemoteLacks("The remote answered 404.", status_code=status)
    if status == 409:
        return RemoteSyncRunning("The remote answered 409: a sync is running.", status_code=status)
    if 300 <= status < 400:
        return RemoteAnswerUnusable(f"The remote answered {status}, and Atlas follows no redirect.")
    return RemoteRefused(f"The remote answered {status}.", status_code=status)


def _is_worth_another_try(error: BaseException, question: Question) -> bool:
    if not isinstance(error, RemoteUnreachable):
        return False
    waits = error.facts.get("retry_after_s")
    if isinstance(waits, float) and waits > _LONGEST_WAIT_S:
        return False  # the attempt fails instead, and another comes later
    return question.is_safe or not isinstance(error, RemoteAnswerLost)


def _retry_after_s(answer: "httpx.Response") -> float | None:
    """Source: RFC 9110, 10.2.3: seconds, or an instant."""
    said = answer.headers.get("retry-after", "")
    if said.isascii() and said.isdigit():
        return float(said[:9])
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, TypeError):
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max((aware - datetime.now(UTC)).total_seconds(), 0.0)
