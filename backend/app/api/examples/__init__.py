"""What the document shows of operations: a body and an answer as they could be.

Of the main ones by hand, so that they tell one story, and of those that no Atlas alone can answer; of the others as a real
Atlas answered, `make examples` records it.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from app.api.examples import (
    access,
    config_api,
    correcting,
    remotes,
    service,
    syncing,
    transformations,
)
from app.api.examples.example import Example

RECORDED = Path(__file__).with_name("recorded.json")
EXAMPLES: dict[str, Example] = {
    **syncing.EXAMPLES,
    **correcting.EXAMPLES,
    **remotes.EXAMPLES,
    **transformations.EXAMPLES,
    **access.EXAMPLES,
    **service.EXAMPLES,
    **config_api.EXAMPLES,
}


def all_examples() -> Mapping[str, Example]:
    """By the operation's id."""
    recorded = json.loads(RECORDED.read_text("utf-8"))
    return {name: Example(**shown) for name, shown in recorded.items()} | EXAMPLES
