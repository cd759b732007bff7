"""limit, offset and next, the same everywhere. Source: Airbyte's public API."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Query, Request

from app.api.views import View

T = TypeVar("T")

DEFAULT_LIMIT, LARGEST_LIMIT = 20, 100


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

    def page(self, found: Sequence[T]) -> Page[T]:
        has_more = len(found) > self.limit
        return Page(
            previous=self._url(max(self.offset - self.limit, 0)) if self.offset else "",
            next=self._url(self.offset + self.limit) if has_more else "",
            data=list(found[: self.limit]),
        )

    def _url(self, offset: int) -> str:
        return str(self.request.url.include_query_params(limit=self.limit, offset=offset))


def _paging(
    request: Request,
    limit: Annotated[int, Query(ge=1, le=LARGEST_LIMIT)] = DEFAULT_LIMIT,
    offset: Annotated[int, Query(ge=0)] = 0,
) -> Paging:
    return Paging(request, limit, offset)


Paged = Annotated[Paging, Depends(_paging)]
