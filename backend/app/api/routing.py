"""Operations, found by the first part of their path.

FastAPI holds a path against the pattern of each operation of each router, one after the other, and twice: with
hundreds of them that is a good part of an answer's time. Here a path is held against those of its own resource.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

_FOUND = "atlas.route"
_NOT_FOUND: tuple[Match, Scope] = (Match.NONE, {})


def add_operations(
    app: FastAPI, routers: Sequence[APIRouter], prefix: str = "", **options: Any
) -> None:
    """Let an app have the operations of some routers, under a prefix. Shape: `options` are of `include_router`, and
    say what the document has of them."""
    app.router.routes.append(_Operations(routers, prefix, options))


def operations_of(routes: Iterable[object]) -> Iterator[APIRoute]:
    """All operations among an app's routes."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif isinstance(route, _Operations):
            yield from route.all


def documented(routes: Iterable[BaseRoute]) -> list[BaseRoute]:
    """The same as FastAPI has them where it includes the routers itself, with their whole paths."""
    router = APIRouter()
    for route in routes:
        if isinstance(route, _Operations):
            for included in route.routers:
                router.include_router(included, prefix=route.prefix, **route.options)
        else:
            router.routes.append(route)
    return router.routes


class _Operations(BaseRoute):
    """Shape: routers are shared by all that have them; nothing of theirs is made anew, whatever the prefix."""

    def __init__(self, routers: Sequence[APIRouter], prefix: str, options: dict[str, Any]) -> None:
        self.routers, self.prefix, self.options = routers, prefix, options
        self.all = [route for router in routers for route in operations_of(router.routes)]
        self.by_first: defaultdict[str, list[APIRoute]] = defaultdict(list)
        for route in self.all:
            self.by_first[_first(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        path: str = scope["path"]
        if scope["type"] != "http" or not path.startswith(self.prefix):
            return _NOT_FOUND
        path = path[len(self.prefix) :]
        partly = _NOT_FOUND
        for route in self.by_first.get(_first(path), ()):
            found = route.path_regex.match(path)
            if found is None:
                continue
            given = {
                name: route.param_convertors[name].convert(value)
                for name, value in found.groupdict().items()
            }
            selected = {
                "endpoint": route.endpoint, "path_params": given, "route": route, _FOUND: route,
            }  # fmt: skip
            if scope["method"] in (route.methods or ()):
                return Match.FULL, selected
            if partly is _NOT_FOUND:
                partly = Match.PARTIAL, selected
        return partly

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope[_FOUND].handle(scope, receive, send)


def _first(path: str) -> str:
    """The first part of a path that begins with a slash."""
    return path[1:].partition("/")[0]
