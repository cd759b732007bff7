"""What an example is made of, and the things that all of them speak of."""

from dataclasses import dataclass

Json = dict[str, object]

WORKSPACE = "00000000-0000-0000-0000-000000000001"
SOURCE = "8a7c1d52-6b0f-4f6e-8c2e-1a6f2b9f4c33"
DESTINATION = "00000000-0000-0000-0000-000000000002"
CONNECTION = "3f9f2c4e-0b6c-4d5e-9a51-6a0f5a2f7d10"


@dataclass(frozen=True, slots=True)
class Example:
    """Shape: no `answer` where there is nothing to show."""

    answer: object = None
    body: Json | None = None
