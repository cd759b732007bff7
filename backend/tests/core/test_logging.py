"""What somebody sent stands in a line of the log, and makes no other one."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from app.core.logging import set_up_logging
from app.core.setting_words import LogFormat
from app.core.settings import Settings

SENT = "a\r\nb\x1b[31mred\x1b[0m ü\u2028c"


@pytest.fixture
def unchanged() -> Iterator[None]:
    """Logging is configured for the process; other tests want it as it was."""
    before, handlers, level = structlog.get_config(), logging.root.handlers[:], logging.root.level
    yield
    structlog.configure(**before)
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.mark.parametrize("form", list(LogFormat))
@pytest.mark.usefixtures("unchanged")
def test_a_line_stays_one_and_colourless(
    form: LogFormat, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(Settings(log_format=form))

    structlog.get_logger().info("request_broke", path=SENT)

    written = capsys.readouterr().err
    assert len(written.splitlines()) == 1
    assert "\x1b" not in written
    assert "ü" in (json.loads(written)["path"] if form is LogFormat.JSON else written)
