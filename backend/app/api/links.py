"""Where clients reach what they asked for: links that lead back through the proxies before Atlas."""

from urllib.parse import urlencode

from fastapi import Request

from app.api.requests.proxies import way_of
from app.core.settings import Settings


def link_to(request: Request, **query: object) -> str:
    """The request's own address as its client wrote it, with other values in its query.

    Shape: begins with `public_url`, where that is set; else as a trusted proxy says, else as it came.
    """
    kept = [(name, said) for name, said in request.query_params.multi_items() if name not in query]
    return f"{address_of(request)}{request.url.path}?{urlencode([*kept, *query.items()])}"


def address_of(request: Request) -> str:
    """Where the request's client reaches Atlas. Shape: without a slash at its end."""
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return settings.public_url
    way = way_of(request.scope)
    return f"{way.scheme}://{way.host or request.url.netloc}{way.prefix}"
