"""Where clients reach what they asked for: links that lead back through the proxies before Atlas."""

import re
from ipaddress import ip_address

from fastapi import Request
from starlette.datastructures import URL

from app.core.settings import Settings

_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def link_to(request: Request, **query: object) -> str:
    """The request's own address as its client wrote it, with other values in its query.

    Shape: begins with `public_url`, where that is set; else as a trusted proxy says, else as it came.
    """
    url = request.url.include_query_params(**query)
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return f"{settings.public_url}{url.path}?{url.query}"
    if _is_trusted(request, settings):
        return _forwarded(request, url)
    return str(url)


def _is_trusted(request: Request, settings: Settings) -> bool:
    if request.client is None:
        return False
    try:
        peer = ip_address(request.client.host)
    except ValueError:
        return False
    return any(peer in network for network in settings.proxies)


def _forwarded(request: Request, url: URL) -> str:
    """What a header says is taken only where it is what such a header can be."""
    scheme = _first(request, "x-forwarded-proto")
    host = _first(request, "x-forwarded-host")
    prefix = _first(request, "x-forwarded-prefix").rstrip("/")
    scheme = scheme if scheme in ("http", "https") else url.scheme
    host = host if _HOST.fullmatch(host) else url.netloc
    prefix = prefix if _PREFIX.fullmatch(prefix) else ""
    return f"{scheme}://{host}{prefix}{url.path}?{url.query}"


def _first(request: Request, header: str) -> str:
    """What the outermost of several proxies has said."""
    return request.headers.get(header, "").split(",")[0].strip()
