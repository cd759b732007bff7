"""How Atlas logs: one event a line to stderr, keys bound once at the start of a sync."""

import contextlib
import logging
import re
import sys
from collections.abc import Iterator

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from app.core.setting_words import LogFormat
from app.core.settings import Settings

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def set_up_logging(settings: Settings) -> None:
    """Send structlog to stderr, as JSON or for a console; other libraries only warn."""
    level = logging.getLevelNamesMapping()[settings.log_level]
    is_json = settings.log_format is LogFormat.JSON
    renderer = (
        structlog.processors.JSONRenderer()
        if is_json
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            printable,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    for name in ("procrastinate", "alembic", "soda", "psycopg"):
        logging.getLogger(name).setLevel(logging.ERROR)


def printable(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Let nothing in a line begin another one, or colour it: names and paths are what somebody sent."""
    for name, value in event.items():
        if isinstance(value, str) and not value.isprintable():
            event[name] = _CONTROL.sub(lambda found: f"\\x{ord(found[0]):02x}", value)
    return event


@contextlib.contextmanager
def heard_by(processor: Processor, shown: str) -> Iterator[None]:
    """Let a processor hear every line meanwhile, those too that are below the level that is shown."""
    before = structlog.get_config()
    level = logging.getLevelNamesMapping()[shown]

    def drop_below(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
        name = {"exception": "error", "warn": "warning"}.get(method, method).upper()
        if logging.getLevelNamesMapping().get(name, level) < level:
            raise structlog.DropEvent
        return event

    merge, *rest = before["processors"]
    structlog.configure(
        processors=[merge, processor, drop_below, *rest],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
    )
    try:
        yield
    finally:
        structlog.configure(processors=before["processors"], wrapper_class=before["wrapper_class"])
