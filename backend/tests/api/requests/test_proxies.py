"""Who a request is of, and where he reached Atlas: told by trusted proxies alone, over real sockets."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from types import SimpleNamespace

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from starlette.types import Scope

from app.access.rates import Rates
from app.api.requests.proxies import Way, way_of
from app.core.settings import Settings
from app.terminal.serving import config_of
from tests.api.making import make_source

TRUSTED, OTHER = "127.0.0.1", "127.0.0.2"
Serve = Callable[[str], Awaitable[str]]
FORGED = {
    "x-forwarded-for": "198.51.100.1",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
    "forwarded": "for=198.51.100.1;proto=https;host=evil.example",
}


@pytest.fixture
async def serve(app: FastAPI, settings: Settings) -> AsyncIterator[Serve]:
    """Serves the app as `atlas serve` does, and lets an address ask two times a day."""
    async with AsyncExitStack() as stack:

        async def served(trusted: str) -> str:
            changed = settings.model_copy(update={"trusted_proxies": trusted, "port": 0})
            app.state.settings = changed
            app.state.rates = Rates.of(changed.model_copy(update={"rate_limit": "2/day"}))
            return await stack.enter_async_context(_served(app, changed))

        yield served


@asynccontextmanager
async def _served(app: FastAPI, settings: Settings) -> AsyncIterator[str]:
    config = config_of(app, settings)
    config.lifespan = "off"  # it is up already
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    await serving


@asynccontextmanager
async def peer(address: str, base: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client that connects from an address of this machine."""
    transport = httpx.AsyncHTTPTransport(local_address=address)
    async with httpx.AsyncClient(transport=transport, base_url=base) as client:
        yield client


async def statuses(client: httpx.AsyncClient, *forwarded: str) -> list[int]:
    return [
        (await client.get("/health/live", headers={"x-forwarded-for": each})).status_code
        for each in forwarded
    ]


@pytest.mark.parametrize(("trusted", "address"), [("", TRUSTED), (TRUSTED, OTHER)])
async def test_headers_of_who_is_no_trusted_proxy_change_nothing(
    serve: Serve, trusted: str, address: str
) -> None:
    base = await serve(trusted)

    async with peer(address, base) as client:
        live = await client.get("/health/live", headers=FORGED)
        counts = await statuses(client, "198.51.100.2", "198.51.100.3")

    assert (live.status_code, counts) == (200, [200, 429])
    assert "strict-transport-security" not in live.headers


async def test_strangers_behind_a_trusted_proxy_have_a_count_each(serve: Serve) -> None:
    base = await serve(TRUSTED)

    async with peer(TRUSTED, base) as proxy:
        ours = await statuses(proxy, *["203.0.113.7"] * 3)
        forging = await statuses(proxy, *(f"198.51.100.{n}, 203.0.113.8" for n in range(3)))
        chained = await statuses(proxy, *["203.0.113.9, 127.0.0.1"] * 3)

    assert (ours, forging, chained) == ([200, 200, 429],) * 3


async def test_a_trusted_proxy_says_where_clients_came_in(
    app: FastAPI, client: httpx.AsyncClient, serve: Serve
) -> None:
    for name in ("one", "two"):
        await make_source(client, name)
    shown = {"authorization": client.headers["authorization"]}
    base = await serve(TRUSTED)
    by_tls = shown | {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https"}
    by_tls |= {"x-forwarded-host": "atlas.example.org", "x-forwarded-prefix": "/data"}

    async with peer(TRUSTED, base) as proxy, peer(OTHER, base) as stranger:
        through = await proxy.get("/v1/sources?limit=1", headers=by_tls)
        past = await stranger.get("/v1/sources?limit=1", headers=by_tls)
        app.state.rates = Rates.of(app.state.settings)
        ann = {"email": "ann@example.org", "roles": []}
        invited = await proxy.post("/v1/users", headers=by_tls, json=ann)

    assert through.json()["next"].startswith("https://atlas.example.org/data/v1/sources?")
    assert invited.json()["link"]["url"].startswith("https://atlas.example.org/data/welcome/")
    assert "max-age" in through.headers["strict-transport-security"]
    assert past.json()["next"].startswith(f"{base}/v1/sources?")
    assert "strict-transport-security" not in past.headers


PROXIES = "10.0.0.0/8, 2001:db8:1::/48"
AS_IT_CAME = Way("10.0.0.1", "http")


@pytest.mark.parametrize(
    ("peer_address", "headers", "way"),
    [
        ("10.0.0.1", {}, AS_IT_CAME),
        ("::ffff:10.0.0.1", {"x-forwarded-for": "203.0.113.7"}, Way("203.0.113.7", "http")),
        ("2001:db8:1::9", {"x-forwarded-for": "[2001:db8:2::7]:443"}, Way("2001:db8:2::7", "http")),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.7:5000"}, Way("203.0.113.7", "http")),
        ("10.0.0.1", {"x-forwarded-for": "1.1.1.1, 203.0.113.7, 10.0.0.2"}, Way("203.0.113.7", "http")),
        ("10.0.0.1", {"x-forwarded-for": "10.0.0.3, 10.0.0.2"}, Way("10.0.0.3", "http")),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.7, unknown, 10.0.0.2"}, Way("10.0.0.2", "http")),
        ("10.0.0.1", {"x-forwarded-for": "x" * 5_000}, AS_IT_CAME),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.7", "x-forwarded-proto": "https, http"}, Way("203.0.113.7", "http")),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.7, 10.0.0.2", "x-forwarded-proto": "http, https, http"}, Way("203.0.113.7", "https")),
        ("10.0.0.1", {"x-forwarded-proto": "javascript", "x-forwarded-host": "evil.example/?x="}, AS_IT_CAME),
        ("10.0.0.1", {"forwarded": 'for="[2001:db8:2::7]:443";proto=https;host="atlas.example.org:8443"'},
         Way("2001:db8:2::7", "https", "atlas.example.org:8443")),
        ("10.0.0.1", {"forwarded": "for=1.1.1.1;host=evil.example, for=203.0.113.7;proto=https, for=10.0.0.2"}, Way("203.0.113.7", "https")),
        ("10.0.0.1", {"forwarded": "for=203.0.113.7, for=_hidden"}, AS_IT_CAME),
        ("10.0.0.1", {"forwarded": 'for="203.0.113.7'}, AS_IT_CAME),
        ("10.0.0.1", {"x-forwarded-for": "203.0.113.7", "forwarded": "for=1.1.1.1;proto=https"}, Way("203.0.113.7", "http")),
        ("192.0.2.1", FORGED, Way("192.0.2.1", "http")),
        (None, FORGED, Way(None, "http")),
    ],
    ids=str,
)  # fmt: skip
def test_the_client_is_the_right_most_address_that_is_no_trusted_proxy_s(
    peer_address: str | None, headers: dict[str, str], way: Way
) -> None:
    state = SimpleNamespace(settings=Settings(trusted_proxies=PROXIES))
    scope: Scope = {
        "type": "http",
        "scheme": "http",
        "client": None if peer_address is None else (peer_address, 1),
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "app": SimpleNamespace(state=state),
    }

    assert way_of(scope) == way
