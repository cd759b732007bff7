"""How a request's client reached Atlas: past the proxies that the settings trust, and no others.

Source: RFC 7239 for `Forwarded`; X-Forwarded-* as proxies write them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.datastructures import Headers
from starlette.types import Scope

from app.core.setting_words import Network
from app.core.settings import Settings

Address = IPv4Address | IPv6Address

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")
_PORT = re.compile(r"(?:(\d+\.\d+\.\d+\.\d+)|\[([0-9A-Fa-f:.]+)\])(?::\d+)?")
_PAIR = re.compile(r'\s*([A-Za-z]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))\s*([;,]|$)')
_KEPT = "way"


@dataclass(frozen=True, slots=True)
class Way:
    """Shape: `client` is none where the server does not know its peer, or a proxy hides the client; `host` is none
    where the request's own counts; `prefix` is empty or begins with a slash."""

    client: str | None
    scheme: str
    host: str | None = None
    prefix: str = ""


def way_of(scope: Scope) -> Way:
    """How a request came here. Shape: found once a request, and kept beside it."""
    state = scope.setdefault("state", {})
    found: Way | None = state.get(_KEPT)
    if found is None:
        settings: Settings = scope["app"].state.settings
        found = state[_KEPT] = _way(scope, settings.proxies)
    return found


def _way(scope: Scope, proxies: Sequence[Network]) -> Way:
    """What headers say counts as far as trusted proxies have written it, from the right: what is left of that,
    anybody may have sent."""
    peer = scope["client"][0] if scope.get("client") else None
    scheme: str = scope["scheme"]
    if not proxies or not _is_trusted(_address(peer), proxies):
        return Way(peer, scheme)
    said = _said(Headers(scope=scope))
    client, writers = _client(peer, said["for"], proxies)
    proto, host, prefix = (_nth(said[name], writers) for name in ("proto", "host", "prefix"))
    prefix = prefix.rstrip("/")
    return Way(
        client=client,
        scheme=proto if proto in ("http", "https") else scheme,
        host=host if _HOST.fullmatch(host) else None,
        prefix=prefix if _PREFIX.fullmatch(prefix) else "",
    )


def _client(
    peer: str | None, hops: Sequence[str], proxies: Sequence[Network]
) -> tuple[str | None, int]:
    """The right-most address that is no trusted proxy's, and how many trusted proxies have written.

    Shape: where all are trusted, the outermost; where one hides who asked it, itself.
    """
    client, writers = peer, 1
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return client, writers
        client = str(address)
        if not _is_trusted(address, proxies):
            return client, writers
        writers += 1
    return client, writers


def _said(headers: Headers) -> Mapping[str, Sequence[str]]:
    """Shape: `Forwarded` is read where no X-Forwarded-* is there: a proxy that writes these passes on what anybody
    sends as `Forwarded`."""
    said = {
        name: _listed(headers, f"x-forwarded-{name}") for name in ("for", "proto", "host", "prefix")
    }
    if any(said[name] for name in ("for", "proto", "host")):
        return said
    elements = list(_forwarded(",".join(headers.getlist("forwarded"))))
    return said | {
        name: [element.get(name, "") for element in elements] for name in ("for", "proto", "host")
    }


def _listed(headers: Headers, name: str) -> list[str]:
    return [part.strip() for part in ",".join(headers.getlist(name)).split(",") if part.strip()]


def _forwarded(header: str) -> Iterator[Mapping[str, str]]:
    """The elements of a `Forwarded`, in their order; none of one that is not well-formed."""
    element: dict[str, str] = {}
    elements, at = [element], 0
    while at < len(header):
        pair = _PAIR.match(header, at)
        if pair is None:
            return
        name, quoted, plain, end = pair.groups()
        element[name.lower()] = plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        at = pair.end()
        if end == ",":
            element = {}
            elements.append(element)
    yield from elements


def _nth(values: Sequence[str], from_the_right: int) -> str:
    """Shape: the left-most where there are fewer, as of a header that each proxy writes anew."""
    return values[-min(from_the_right, len(values))] if values else ""


def _address(text: str | None) -> Address | None:
    """Shape: without its port; an IPv4 address that is written as one of IPv6 is itself."""
    given = text or ""
    with_port = _PORT.fullmatch(given)
    if with_port is not None:
        given = with_port[1] or with_port[2]
    try:
        address = ip_address(given)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _is_trusted(address: Address | None, proxies: Sequence[Network]) -> bool:
    return address is not None and any(address in network for network in proxies)
