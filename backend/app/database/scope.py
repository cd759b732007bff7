"""Which workspaces' rows a piece of work may see: PostgreSQL's row-level security holds it to them."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID

EVERYTHING, NOTHING = "*", ""

_scope: ContextVar[str] = ContextVar("scope", default=EVERYTHING)


def current() -> str:
    """As the setting `atlas.workspaces` has it: `*`, or ids between commas."""
    return _scope.get()


def set_to(workspaces: Iterable[UUID] | None) -> None:
    """From now on; all of them if none is named."""
    _scope.set(
        EVERYTHING if workspaces is None else ",".join(sorted(str(each) for each in workspaces))
    )


@contextmanager
def nothing() -> Iterator[None]:
    """Until it is known who asks; then `set_to` says what he may see, for what is left of this."""
    token = _scope.set(NOTHING)
    try:
        yield
    finally:
        _scope.reset(token)


@contextmanager
def everything() -> Iterator[None]:
    """For what is nobody's: who asks is looked up before it is known what he may see."""
    token = _scope.set(EVERYTHING)
    try:
        yield
    finally:
        _scope.reset(token)
