"""What is a secret by its name, where no specification says so."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

HIDDEN = "**********"
"""What stands in a secret's place. Source: Airbyte shows a secret of a configuration so."""

_SECRET_NAME = re.compile(
    r"pass|secret|token|key|credential|auth|private|signature|certificate|connection_string|dsn",
    re.IGNORECASE,
)
_NO_SECRET_NAME = re.compile(r"type|method|mode|url$|uri$|primary|name$", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    return _SECRET_NAME.search(name) is not None and _NO_SECRET_NAME.search(name) is None


def passwords_in(text: str) -> Iterator[str]:
    """The password of an address with user and password; nothing of any other text."""
    if "@" not in text or "://" not in text:
        return
    try:
        password = urlsplit(text).password
    except ValueError:
        return
    if password:
        yield password
