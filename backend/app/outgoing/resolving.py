"""Where a name leads."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a name, in the order in which they are to be tried. Errors: OSError."""


async def by_system(name: str, port: int) -> Sequence[str]:
    """As the machine resolves it, in a thread."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
