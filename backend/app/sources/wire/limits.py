"""What a record may be like to be stored: an object, not too large, not too deep."""

import re
from dataclasses import dataclass
from itertools import accumulate

from app.core.json_strings import STRING
from app.core.settings import Settings

_STRINGS = re.compile(STRING, re.DOTALL)
_NOT_STRUCTURE = bytes(set(range(256)) - set(b"{}[]:"))
_STEPS = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1, ord(":"): 0}
_LEAST_BYTES_A_KEY = len(b'"":0,')
_LEAST_BYTES_A_LEVEL = len(b"[]")


@dataclass(frozen=True, slots=True)
class Limits:
    """Judges a record's bytes without parsing them; exact only where a cheap test is suspicious."""

    value_bytes: int
    depth: int
    keys: int
    harmless_bytes: int
    few_keys_bytes: int

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        """Limits as set.

        Units: no record below `harmless_bytes` can break one of them, and none below
               `few_keys_bytes` any but the depth.
        """
        few_keys = min(settings.value_bytes, settings.record_keys * _LEAST_BYTES_A_KEY)
        return cls(
            value_bytes=settings.value_bytes,
            depth=settings.record_depth,
            keys=settings.record_keys,
            harmless_bytes=min(few_keys, settings.record_depth * _LEAST_BYTES_A_LEVEL),
            few_keys_bytes=few_keys,
        )

    def broken(self, data: bytes) -> tuple[str, str] | None:
        """The rule that a record breaks and why, or None."""
        size = len(data)
        if size > self.value_bytes:
            return "value_too_large", f"{size} bytes; {self.value_bytes} are stored"
        if self._may_be_deep(data) or self._may_have_many_keys(data, size):
            depth, keys = measure(data)
            if depth > self.depth:
                return "too_deep", f"nested {depth} levels deep; {self.depth} are stored"
            if keys > self.keys:
                return "too_many_keys", f"{keys} keys; {self.keys} are stored"
        return None

    def _may_be_deep(self, data: bytes) -> bool:
        return data.count(b"}") + data.count(b"]") > self.depth

    def _may_have_many_keys(self, data: bytes, size: int) -> bool:
        return size > self.keys * _LEAST_BYTES_A_KEY and data.count(b":") > self.keys


def measure(data: bytes) -> tuple[int, int]:
    """How deep a JSON text is nested and how many keys it has, not counting within strings."""
    structure = _STRINGS.sub(b"", data).translate(None, _NOT_STRUCTURE)
    return max(accumulate(map(_STEPS.__getitem__, structure)), default=0), structure.count(b":")
