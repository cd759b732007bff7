"""429 for who asks too often. Source: draft-ietf-httpapi-ratelimit-headers-10, RFC 6585."""

from fastapi import Request

from app.access.rates import Left, Policy, Rates, of_address, of_caller
from app.api.authentication import caller_of
from app.api.requests.proxies import way_of
from app.core.access import Caller
from app.core.errors import NotSignedIn
from app.core.refusals import TooManyRequests


async def counted(request: Request) -> Caller:
    """Who asks, after his request was counted; one of whom nobody knows counts for its address.

    Errors: NotSignedIn, TooManyRequests.
    """
    try:
        caller = await caller_of(request)
    except NotSignedIn:
        await count(request, None)
        raise
    await count(request, caller)
    return caller


async def count(request: Request, caller: Caller | None, policy: Policy = Policy.DEFAULT) -> None:
    """Count a request for its caller, or for its address where nobody is known. Errors: TooManyRequests."""
    rates: Rates = request.app.state.rates
    who = of_address(way_of(request.scope).client) if caller is None else of_caller(caller)
    left = await rates.take(policy, who)
    request.state.headers += headers(left)
    if not left.is_granted:
        request.state.headers.append((b"retry-after", str(left.resets_s).encode()))
        raise TooManyRequests(
            f"{left.limit} requests in {left.window_s} s are allowed here.",
            retry_after_s=left.resets_s,
        )


def headers(left: Left) -> list[tuple[bytes, bytes]]:
    """Shape: what is allowed, and how much of it is left for how many seconds."""
    return [
        (b"ratelimit-policy", f'"{left.policy}";q={left.limit};w={left.window_s}'.encode()),
        (b"ratelimit", f'"{left.policy}";r={left.remaining};t={left.resets_s}'.encode()),
    ]
