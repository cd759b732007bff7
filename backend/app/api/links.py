"""Where clients reach what they asked for: links that lead back through the proxies before Atlas."""

from fastapi import Request

from app.api.requests.proxies import way_of
from app.core.settings import Settings


def link_to(request: Request, **query: object) -> str:
    """The request's own address as its client wrote it, with other values in its query.

    Shape: begins with `public_url`, where that is set; else as a trusted proxy says, else as it came.
    """
    url = request.url.include_query_params(**query)
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return f"{settings.public_url}{url.path}?{url.query}"
    way = way_of(request.scope)
    return f"{way.scheme}://{way.host or url.netloc}{way.prefix}{url.path}?{url.query}"
