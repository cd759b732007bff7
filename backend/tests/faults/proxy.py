"""A TCP door to PostgreSQL whose way can be slowed down, broken off, or lead nowhere."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, unquote, urlsplit

_RESET = struct.pack("ii", 1, 0)  # linger on, for no time: closing sends RST
_CHUNK_BYTES = 65_536


@dataclass(slots=True, eq=False)
class Link:
    """One connection through the proxy. Shape: `backend` once the server has said who it is."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    backend: int | None = None
    cuts_commit: bool = False
    is_cut: asyncio.Event = field(default_factory=asyncio.Event)

    def reset(self) -> None:
        """RST to the client; the server sees its client go."""
        taken: socket.socket | None = self.client.get_extra_info("socket")
        if taken is not None:
            with contextlib.suppress(OSError):
                taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        for writer in (self.client, self.server):
            writer.transport.abort()


@dataclass(slots=True)
class Proxy:
    """Passes bytes on; `latency_s` later each way, or not at all while it is a black hole.

    Shape: `target` is a Unix socket, or host and port.
    """

    target: str | tuple[str, int]
    dsn: str = ""
    port: int = 0
    latency_s: float = 0.0
    links: set[Link] = field(default_factory=set)
    _passes: asyncio.Event = field(default_factory=asyncio.Event)

    @contextlib.asynccontextmanager
    async def listening(self, dsn: str) -> AsyncIterator["Proxy"]:
        """Listen; `self.dsn` is then `dsn` by way of the proxy."""
        self._passes.set()
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        parts = urlsplit(dsn)
        user = parts.username or "postgres"
        self.dsn = f"postgresql://{user}@127.0.0.1:{self.port}{parts.path}?sslmode=disable"
        try:
            yield self
        finally:
            server.close()
            self.heal()
            self.reset()

    def reset(self) -> None:
        """RST on every connection there is; new ones pass."""
        for link in list(self.links):
            link.reset()

    def black_hole(self) -> None:
        """Take all bytes and pass none on, without a word to either side."""
        self._passes.clear()

    def heal(self) -> None:
        self.latency_s = 0.0
        self._passes.set()

    def link_of(self, backend: int) -> Link:
        (link,) = (link for link in self.links if link.backend == backend)
        return link

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._passes.wait()
            if isinstance(self.target, str):
                from_server, to_server = await asyncio.open_unix_connection(self.target)
            else:
                from_server, to_server = await asyncio.open_connection(*self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(client=writer, server=to_server)
        self.links.add(link)
        pumps = [
            asyncio.create_task(self._to_server(link, reader)),
            asyncio.create_task(self._to_client(link, from_server)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.links.discard(link)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            for one in (writer, to_server):
                one.close()

    async def _to_server(self, link: Link, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._delay()
                if link.cuts_commit and is_commit(chunk):
                    link.is_cut.set()  # the server commits, and its answer is not passed on
                link.server.write(chunk)
                await link.server.drain()

    async def _to_client(self, link: Link, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(_CHUNK_BYTES):
                await self._delay()
                if link.is_cut.is_set():
                    link.reset()
                    return
                if link.backend is None:
                    link.backend = backend_of(chunk)
                link.client.write(chunk)
                await link.client.drain()

    async def _delay(self) -> None:
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        await self._passes.wait()


def is_commit(chunk: bytes) -> bool:
    """True for a simple query that commits; both drivers send it as a message of its own."""
    return chunk[:1] == b"Q" and chunk[5:11].upper() == b"COMMIT"


def backend_of(chunk: bytes) -> int | None:
    """The process id in the server's BackendKeyData, if that is in what it says."""
    at = chunk.find(b"K\x00\x00\x00")
    return None if at < 0 else int(struct.unpack_from("!i", chunk, at + 5)[0])


def socket_of(dsn: str) -> str | tuple[str, int]:
    """Where the server of a DSN listens."""
    parts = urlsplit(dsn)
    asked = parse_qs(parts.query)
    host = unquote(asked["host"][0]) if "host" in asked else (parts.hostname or "127.0.0.1")
    port = int(asked["port"][0]) if "port" in asked else (parts.port or 5432)
    return f"{host}/.s.PGSQL.{port}" if host.startswith("/") else (host, port)
