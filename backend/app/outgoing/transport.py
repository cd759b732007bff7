"""A transport that looks at each request before it leaves, and at each redirect as at a request of its own."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from ssl import SSLContext

import httpx

from app.core.failures import (
    AddressRefused,
)
from app.outgoing.addresses import Address, Allowed, literal
from app.outgoing.resolving import Resolve


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves a name once, refuses what is not allowed, and connects to the very address that it has looked
    at; TLS and the Host header keep the name.

    Errors: AddressRefused, beside httpx's own.
    """

    def __init__(self, allowed: Allowed, resolve: Resolve, verify: SSLContext | bool) -> None:
        self.allowed, self.resolve = allowed, resolve
        # no connection is kept: one that was made for a name is never used for another at its address
        limits = httpx.Limits(max_keepalive_connections=0)
        self.inner = httpx.AsyncHTTPTransport(verify=verify, limits=limits, trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        _require_plain(request.url)
        host = request.url.raw_host.decode("ascii")
        *others, last = await self._addresses(request, host)
        for address in others:
            try:
                return await self._send(request, host, address)
            except httpx.ConnectError:
                continue  # the name has another address
        return await self._send(request, host, last)

    async def aclose(self) -> None:
        await self.inner.aclose()

    async def _addresses(self, request: httpx.Request, host: str) -> Sequence[Address]:
        """Where the request may go, in order. Errors: AddressRefused if one of all is not allowed."""
        found = literal(host)
        addresses = [found] if found else await self._resolved(request, host)
        for address in addresses:
            self.allowed.require(host, address)
        return addresses

    async def _resolved(self, request: httpx.Request, host: str) -> Sequence[Address]:
        limit_s = request.extensions.get("timeout", {}).get("connect")
        try:
            async with asyncio.timeout(limit_s):
                found = await self.resolve(host, request.url.port or 0)
        except TimeoutError as error:
            raise httpx.ConnectTimeout("The name was not resolved in time.") from error
        except (OSError, UnicodeError) as error:
            raise httpx.ConnectError("The name is not known.") from error
        if not found:
            raise httpx.ConnectError("The name is not known.")
        return [ip_address(each) for each in found]

    async def _send(self, request: httpx.Request, host: str, address: Address) -> httpx.Response:
        pinned = httpx.Request(
            request.method,
            request.url.copy_with(host=str(address)),
            headers=request.headers,  # Host is among them
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host.removesuffix(".")},
        )
        return await self.inner.handle_async_request(pinned)


def _require_plain(url: httpx.URL) -> None:
    if url.scheme not in ("http", "https"):
        raise AddressRefused("Atlas sends requests by http and https alone.")
    if url.userinfo:
        raise AddressRefused("An address that Atlas sends to holds no user and no password.")
