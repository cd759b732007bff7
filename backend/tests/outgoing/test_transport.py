"""No request leaves for where it may not go, whatever a name, a redirect or a second answer says."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

import httpx
import pytest

from app.core.failures import (
    AddressRefused,
)
from app.outgoing.addresses import Allowed
from app.outgoing.sending import Outgoing
from tests.fixtures.receivers import make_certificate

LOOPBACK = Allowed((ip_network("127.0.0.0/8"),))


@dataclass(slots=True)
class Server:
    """A real one that keeps what it is asked, and redirects to `leads_to` while that has entries."""

    leads_to: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    port: int = 0

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator["Server"]:
        if tls is not None:
            tls.sni_callback = lambda _, name, __: self.names.append(name)
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
            self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
            status, where = "200 OK", ""
            if self.leads_to:
                status, where = "302 Found", f"location: {self.leads_to.pop(0)}\r\n"
            writer.write(f"HTTP/1.1 {status}\r\n{where}content-length: 0\r\n\r\n".encode())
            await writer.drain()
        writer.close()


@dataclass(slots=True)
class Names:
    """A resolver of the test's own; a name has its next answer each time it is asked."""

    answers: dict[str, list[Sequence[str]]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, name: str, port: int) -> Sequence[str]:
        self.asked.append(name)
        said = self.answers.get(name)
        if said is None:
            raise OSError("no such name")
        return said.pop(0) if len(said) > 1 else said[0]


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with Server().listening() as server:
        yield server


async def get(
    outgoing: Outgoing, url: str, *, follow: bool = False, timeout_s: float = 5.0
) -> httpx.Response:
    async with outgoing.client(timeout_s=timeout_s, follow_redirects=follow) as client:
        return await client.get(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/",
        "http://localhost:{port}/",
        "http://2130706433:{port}/",
        "http://0x7f.0.0.1:{port}/",
        "http://0177.0.0.1:{port}/",
        "http://127.1:{port}/",
        "http://[::ffff:127.0.0.1]:{port}/",
        "http://[64:ff9b::7f00:1]:{port}/",
        "http://0.0.0.0:{port}/",
        "http://both.example:{port}/",
        "http://user:word@public.example:{port}/",
        "http://public.example@127.0.0.1:{port}/",
        "ftp://public.example:{port}/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
    ],
)
async def test_nothing_is_sent_to_what_is_not_public(server: Server, url: str) -> None:
    names = Names({"localhost": [["127.0.0.1"]], "both.example": [["8.8.8.8", "127.0.0.1"]]})

    with pytest.raises((AddressRefused, httpx.InvalidURL)):
        await get(Outgoing(resolve=names), url.format(port=server.port))

    assert server.asked == []


@pytest.mark.parametrize(
    "host",
    ["①②⑦.⓪.⓪.①", "\uff11\uff12\uff17.\uff10.\uff10.\uff11", "ⓛocalhost", "127。0。0。1", "a..b"],
)
async def test_letters_that_look_like_others_lead_nowhere(host: str) -> None:
    names = Names({"localhost": [["127.0.0.1"]], "127.0.0.1": [["127.0.0.1"]]})

    with pytest.raises((AddressRefused, httpx.InvalidURL, httpx.ConnectError)):
        await get(Outgoing(resolve=names), f"http://{host}/")

    assert "localhost" not in names.asked


async def test_a_name_with_other_letters_is_asked_for_as_dns_has_it(server: Server) -> None:
    names = Names({"xn--bcher-kva.example": [["127.0.0.1"]]})

    answer = await get(
        Outgoing(allowed=LOOPBACK, resolve=names), f"http://bücher.example:{server.port}/"
    )

    assert answer.status_code == 200
    assert f"Host: xn--bcher-kva.example:{server.port}" in server.asked[0]


async def test_a_name_that_answers_otherwise_the_second_time_is_asked_once(server: Server) -> None:
    """DNS rebinding: first an address that may be reached, then the one that is meant."""
    names = Names({"rebinding.example": [["127.0.0.1"], ["127.0.0.2"]]})
    allowed = Allowed((ip_network("127.0.0.1/32"),))
    outgoing = Outgoing(allowed=allowed, resolve=names)

    answer = await get(outgoing, f"http://rebinding.example:{server.port}/")
    with pytest.raises(AddressRefused):
        await get(outgoing, f"http://rebinding.example:{server.port}/")

    assert answer.status_code == 200, "connected to the address that was looked at"
    assert names.asked == ["rebinding.example"] * 2, "once a request"
    assert len(server.asked) == 1


@pytest.mark.parametrize(
    "leads_to",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/",
        "http://inner.example/",
        "file:///etc/passwd",
        "//0x7f000001/",
        "http://u:p@public.example/",
    ],
)
async def test_a_redirect_is_looked_at_as_the_request_was(server: Server, leads_to: str) -> None:
    server.leads_to = [leads_to]
    names = Names({"inner.example": [["10.0.0.1"]]})

    with pytest.raises((AddressRefused, httpx.UnsupportedProtocol)):
        await get(
            Outgoing(allowed=LOOPBACK, resolve=names),
            f"http://127.0.0.1:{server.port}/",
            follow=True,
        )

    assert len(server.asked) == 1


async def test_five_redirects_are_followed_and_no_more(server: Server) -> None:
    outgoing, url = Outgoing(allowed=LOOPBACK), f"http://127.0.0.1:{server.port}/"

    server.leads_to = [url] * 5
    answer = await get(outgoing, url, follow=True)
    server.leads_to = [url] * 6
    with pytest.raises(httpx.TooManyRedirects):
        await get(outgoing, url, follow=True)

    assert answer.status_code == 200
    assert len(server.asked) == 12


async def test_tls_and_host_keep_the_name(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    names = Names({"localhost": [["127.0.0.1"]], "other.example": [["127.0.0.1"]]})
    outgoing = Outgoing(allowed=LOOPBACK, resolve=names, verify=trusting)

    async with Server().listening(tls) as server:
        answer = await get(outgoing, f"https://localhost:{server.port}/")
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            await get(outgoing, f"https://other.example:{server.port}/")

    assert answer.status_code == 200
    assert server.names == ["localhost", "other.example"]
    assert len(server.asked) == 1
    assert f"Host: localhost:{server.port}" in server.asked[0]


async def test_another_address_of_the_name_is_tried_where_the_first_does_not_answer(
    server: Server,
) -> None:
    names = Names({"two.example": [["127.0.0.77", "127.0.0.1"]], "none.example": [[]]})
    outgoing = Outgoing(allowed=LOOPBACK, resolve=names)

    assert (await get(outgoing, f"http://two.example:{server.port}/")).status_code == 200
    for name in ("none.example", "unknown.example"):
        with pytest.raises(httpx.ConnectError, match="not known"):
            await get(outgoing, f"http://{name}/")


async def test_a_resolver_that_does_not_answer_is_waited_for_no_longer_than_the_limit() -> None:
    async def never(name: str, port: int) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    with pytest.raises(httpx.ConnectTimeout):
        await get(Outgoing(resolve=never), "http://slow.example/", timeout_s=0.05)
