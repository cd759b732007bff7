"""How Atlas logs: one event a line to stderr, keys bound once at the start of a sync."""

import logging
import sys

import structlog

from app.core.settings import LogFormat, Settings


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
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, force=True)
    for name in ("procrastinate", "alembic", "soda", "psycopg"):
        logging.getLogger(name).setLevel(logging.ERROR)
