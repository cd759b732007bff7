"""The leak scan: looks for personal data in every value of columns that were decided clean."""

import asyncio
import ipaddress
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
from stdnum import iban

from app.core.findings import Entity
from app.gates.pii import validators
from app.gates.pii.profile import spread

CARD_SAMPLE = 1_000
CARD_SHARE = 0.5
"""One in ten ids passes a card's checksum by chance; a column of cards passes nearly whole."""
VERSION_PART = 20
"""`1.2.3.4` is a version as likely as an address; one part of an address is mostly larger."""
IPV6_GROUPS = 4

Confirm = Callable[[str], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """Personal data in a column decided clean.

    Shape: `values` are whole cells, or where `nested` the strings (and keys) inside them that
           were hit; they are for masking in the same transaction and appear in no repr.
    Units: `count` of rows.
    """

    column: str
    entity: Entity
    values: frozenset[str] = field(repr=False)
    count: int
    nested: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """What is looked for: `coarse` in linear time over all values, `fine` and `confirm` over its hits.

    Shape: `coarse` has no lookaround, for the engine that polars has knows none.
    """

    entity: Entity
    coarse: str
    fine: re.Pattern[str]
    confirm: Confirm


def is_public_address(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return max(address.packed) >= VERSION_PART and not address.is_unspecified
    return sum(map(bool, text.split(":"))) >= IPV6_GROUPS


def is_international_phone(text: str) -> bool:
    return validators.is_assigned(text, None if text.startswith("+") else "US")


def is_certain(text: str) -> bool:
    """For patterns so narrow that a hit is its own confirmation."""
    return bool(text)


def bounded(pattern: str) -> re.Pattern[str]:
    """The pattern where it does not go on before or after: no piece of a uuid or of a longer id."""
    return re.compile(rf"(?<![\w.+-])(?:{pattern})(?![\w-]|\.\w)")


PATTERNS = (
    Pattern(
        entity=Entity.EMAIL_ADDRESS,
        coarse=r"[^\s@]@[^\s@]+\.[A-Za-z\p{L}]{2}",
        # the last letter of the local part will do, and a domain ends: a text may be megabytes of either
        fine=re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]@(?:[\w-]{1,63}\.){1,20}[^\W\d_]{2,24}"),
        confirm=validators.is_email,
    ),
    Pattern(
        entity=Entity.CREDIT_CARD,
        coarse=r"[2-6](?:[ -]?[0-9]){12}",
        fine=bounded(r"\d(?:[ -]?\d){12,18}"),
        confirm=validators.is_card,
    ),
    Pattern(
        entity=Entity.IBAN_CODE,
        coarse=r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[A-Z0-9]{4} ?[A-Z0-9]{3}",
        fine=bounded(r"[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?"),
        confirm=lambda text: iban.is_valid(text),
    ),
    Pattern(
        entity=Entity.US_SSN,
        coarse=r"[0-9]{3}[- ][0-9]{2}[- ][0-9]{4}",
        fine=bounded(r"\d{3}[- ]\d{2}[- ]\d{4}"),
        confirm=validators.is_ssn,
    ),
    Pattern(
        entity=Entity.PHONE_NUMBER,
        coarse=r"\+[0-9][0-9 ().-]{5}|\([0-9]{2,5}\) ?[0-9]",
        fine=re.compile(
            r"(?<![\w.:+-])(?:\+\d[\d ().-]{6,18}\d|\(\d{3}\) ?\d{3}[ .-]\d{4})(?!\w|-\d)"
        ),
        confirm=is_international_phone,
    ),
    Pattern(
        entity=Entity.PHONE_NUMBER,
        coarse=r"[0-9]{3}[-. ][0-9]{3}[-. ][0-9]{4}",
        fine=bounded(r"(?:1[-. ])?\d{3}([-. ])\d{3}\1\d{4}"),
        confirm=is_international_phone,
    ),
    Pattern(
        entity=Entity.IP_ADDRESS,
        coarse=r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}",
        fine=bounded(r"\d{1,3}(?:\.\d{1,3}){3}"),
        confirm=is_public_address,
    ),
    Pattern(
        entity=Entity.IP_ADDRESS,
        coarse=r"[0-9A-Fa-f]{1,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]*[0-9A-Fa-f]{3}",
        fine=re.compile(r"(?<![\w:.])[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![\w:])"),
        confirm=is_public_address,
    ),
    Pattern(
        entity=Entity.MAC_ADDRESS,
        coarse=r"(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}",
        fine=re.compile(rf"(?<![\w:-]){validators.MAC.pattern}(?![\w:-])"),
        confirm=validators.is_mac,
    ),
    Pattern(
        entity=Entity.PASSWORD,
        coarse=r"PRIVATE KEY-----|AKIA[0-9A-Z]{16}|eyJ[A-Za-z0-9_-]{20}|gh[ps]_[A-Za-z0-9]{36}",
        fine=re.compile(
            r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[ps]_\w{36}\b|"
            # a token begins in a run of its letters that is looked at once, however many `eyJ` are in it
            r"(?<![\w-])(?=[\w-]*+\.eyJ[\w-]{10})[\w-]*?\beyJ[\w-]{10}"
        ),
        confirm=is_certain,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakScan:
    """Looks at every value; sampling alone would miss the one row in a thousand."""

    patterns: Sequence[Pattern] = PATTERNS

    @property
    def coarse(self) -> str:
        """What every suspect of any pattern meets."""
        return "|".join(f"(?:{pattern.coarse})" for pattern in self.patterns)

    async def is_suspect(self, text: str) -> bool:
        """True if any pattern meets anything in a text of many cells, a line or more each.

        Shape: no pattern goes on past the end of a line, so what no cell has is not found in all of
               them together, and what one has is: only then need they be looked at apart.
        """
        return await asyncio.to_thread(self._meets, text)

    def _meets(self, text: str) -> bool:
        import polars as pl

        return bool(pl.Series([text]).str.contains(self.coarse)[0])

    async def find(self, cells: Mapping[str, Sequence[str | None]]) -> Sequence[Leak]:
        """The leaks in some rows' cells, given by column.

        Shape: in order of column and entity; one of each at most.
        """
        return await asyncio.to_thread(self.find_now, cells)

    def find_now(self, cells: Mapping[str, Sequence[str | None]]) -> list[Leak]:
        import polars as pl

        leaks: list[Leak] = []
        for name, texts in cells.items():
            column = pl.Series(name, texts, dtype=pl.String)
            values = column.drop_nulls().unique()
            values = values.filter(values.str.contains(self.coarse))  # one pass instead of ten
            hits: dict[tuple[Entity, bool], set[str]] = {}
            held: dict[tuple[Entity, bool], set[str]] = {}
            for pattern in self.patterns:
                suspects = values.filter(values.str.contains(pattern.coarse)).to_list()
                for cell, nested, value in confirmed(pattern, suspects):
                    hits.setdefault((pattern.entity, nested), set()).add(value)
                    held.setdefault((pattern.entity, nested), set()).add(cell)
            leaks.extend(
                Leak(
                    column=name,
                    entity=entity,
                    values=frozenset(found),
                    count=int(column.is_in(list(held[entity, nested])).sum()),
                    nested=nested,
                )
                for (entity, nested), found in sorted(hits.items(), key=lambda item: item[0])
            )
        return leaks


def confirmed(pattern: Pattern, suspects: Sequence[str]) -> Iterable[tuple[str, bool, str]]:
    """Of cells that the coarse pattern met, those that hold: cell, nested, value."""
    if pattern.entity is Entity.CREDIT_CARD:
        suspects = without_ids(suspects)
    for cell in suspects:
        inside = leaves_of(cell)
        for value in (cell,) if inside is None else inside:
            if any(
                pattern.confirm(match.group().strip()) for match in pattern.fine.finditer(value)
            ):
                yield cell, inside is not None, value


def without_ids(suspects: Sequence[str]) -> Sequence[str]:
    """The suspects without those of digits alone, if these are ids rather than cards."""
    bare = [cell for cell in suspects if cell.isdigit()]
    if validators.share(spread(bare, CARD_SAMPLE), validators.is_card) >= CARD_SHARE:
        return suspects
    return [cell for cell in suspects if not cell.isdigit()]


def leaves_of(cell: str) -> list[str] | None:
    """The strings, numbers and keys inside a cell of jsonb, or None if it is no JSON object or array."""
    if cell[:1] not in ("{", "["):
        return None
    try:
        stack = [msgspec.json.decode(cell)]
    except (msgspec.DecodeError, RecursionError):
        return None
    leaves: list[str] = []
    while stack:
        match stack.pop():
            case Mapping() as below:
                leaves.extend(map(str, below))
                stack.extend(below.values())
            case list() as below:
                stack.extend(below)
            case bool() | None:
                pass
            case scalar:
                leaves.append(str(scalar))
    return leaves
