"""limit, offset and next, the same everywhere. Source: Airbyte's public API."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request, Response
from fastapi import Query as Declared
from pydantic import Field

from app.api.links import link_to
from app.api.queries import Query
from app.api.views import View

T = TypeVar("T")

DEFAULT_LIMIT, LARGEST_LIMIT = 20, 100
WIDE_LIMIT, LARGEST_WIDE_LIMIT = 100, 500
LARGEST_OFFSET = 2**63 - 1


class Page(View, Generic[T]):
    """A part of a list. Shape: `next` and `previous` are URLs, or "" at the ends."""

    previous: str
    next: str
    data: list[T]


@dataclass(frozen=True, slots=True)
class Paging:
    request: Request
    limit: int
    offset: int

    @property
    def wanted(self) -> int:
        """One more than a page, so that the last page knows that it is the last."""
        return self.limit + 1

    def page(self, found: Sequence[T], **kept: object) -> Page[T]:
        """The page of what was found. Shape: `kept` stands in the URLs of the pages beside it."""
        has_more = len(found) > self.limit
        return Page(
            previous=self.previous(**kept),
            next=self.next(**kept) if has_more else "",
            data=list(found[: self.limit]),
        )

    def previous(self, **kept: object) -> str:
        """The URL of the page before; "" at the beginning."""
        return self._url(max(self.offset - self.limit, 0), kept) if self.offset else ""

    def next(self, **kept: object) -> str:
        """The URL of the page after, if there is one."""
        return self._url(self.offset + self.limit, kept)

    def answer(self, shown: str, *, has_more: bool) -> Response:
        """An object that PostgreSQL has made the JSON of, with the URLs of the pages beside this one."""
        ends = dumps({"previous": self.previous(), "next": self.next() if has_more else ""})
        return Response(f"{ends[:-1]},{shown[1:]}", media_type="application/json")

    def up_to(self, given: T | None, newest: T | None) -> dict[str, T]:
        """What keeps the pages of a list that begins with the newest apart from what comes in meanwhile.

        Shape: the newest row of the first page, in the URLs of the others; for `page`.
        """
        pinned = given if given is not None or self.offset else newest
        return {} if pinned is None else {"upTo": pinned}

    def _url(self, offset: int, kept: Mapping[str, object]) -> str:
        return link_to(self.request, limit=self.limit, offset=offset, **kept)


class PageAsked(Query):
    """The same two, of an operation that reads its query as one model."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=LARGEST_LIMIT)
    offset: int = Field(0, ge=0, le=LARGEST_OFFSET)


async def _paging(
    request: Request,
    limit: Annotated[int, Declared(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT,
    offset: Annotated[int, Declared(ge=0, le=LARGEST_OFFSET)] = 0,
) -> Paging:
    return Paging(request, limit, offset)


async def _wide_paging(
    request: Request,
    limit: Annotated[int, Declared(ge=1, le=LARGEST_WIDE_LIMIT)] = WIDE_LIMIT,
    offset: Annotated[int, Declared(ge=0, le=LARGEST_OFFSET)] = 0,
) -> Paging:
    return Paging(request, limit, offset)


Paged = Annotated[Paging, Depends(_paging)]
WidePaged = Annotated[Paging, Depends(_wide_paging)]
"""For what is looked at as a whole."""
UpTo = Annotated[
    int | None,
    Declared(
        alias="upTo",
        ge=0,
        le=LARGEST_OFFSET,
        description="The newest row to show; `next` brings it along, so that nothing new moves the pages.",
    ),
]
