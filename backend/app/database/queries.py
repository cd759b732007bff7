"""Named statements from the `.sql` file beside a module."""

import re
from collections.abc import Mapping
from pathlib import Path

_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)


def load(module: str) -> Mapping[str, str]:
    """The statements of the `.sql` file beside `module` (its `__file__`), by name.

    Shape: each statement begins with a line `-- name: {name}` and ends at the next.
    """
    text = Path(module).with_suffix(".sql").read_text("utf-8")
    _, *rest = _NAME.split(text)
    return {name: body.strip() for name, body in zip(rest[::2], rest[1::2], strict=True)}
