"""Makes storable, without guessing, what jsonb refuses in an otherwise good record."""

import re
from collections.abc import Sequence

from app.core.json_strings import STRING

_NUL = "nul_character"
_SURROGATE = "lone_surrogate"
_ENCODING = "invalid_utf8"
_CONSTANT = "not_a_number"

_ESCAPE = re.compile(
    rb"(?P<nul>\\u0000)"
    rb"|(?P<pair>\\u[dD][89aAbB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
    rb"|\\."
)
_STRING_OR_CONSTANT = re.compile(STRING + rb"|(?P<constant>-?Infinity|NaN)", re.DOTALL)
_STAND_INS = {"nul": rb"\u2400", "lone": rb"\ufffd"}
_RULES = {"nul": _NUL, "lone": _SURROGATE}


def mend(data: bytes) -> tuple[bytes, Sequence[str]]:
    """The record with its unstorable characters replaced, and the rules that fired.

    Shape:  NUL becomes U+2400, a lone surrogate or an invalid byte U+FFFD, NaN and Infinity null;
            every other byte stays. No rule fired: the same bytes.
    Source: the outcomes of PostgreSQL's jsonb, SQLSTATE 22P05, 22P02, 22021.
    """
    fired: dict[str, None] = {}
    if not _is_utf8(data):
        data = data.decode("utf-8", "replace").encode()
        fired[_ENCODING] = None

    def replace_escape(match: re.Match[bytes]) -> bytes:
        kind = match.lastgroup
        if kind is None or kind == "pair":
            return match[0]
        fired[_RULES[kind]] = None
        return _STAND_INS[kind]

    if b"\\u" in data:
        data = _ESCAPE.sub(replace_escape, data)

    def replace_constant(match: re.Match[bytes]) -> bytes:
        if match.lastgroup is None:
            return match[0]
        fired[_CONSTANT] = None
        return b"null"

    if b"NaN" in data or b"Infinity" in data:
        data = _STRING_OR_CONSTANT.sub(replace_constant, data)
    return data, tuple(fired)


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
