"""What the gates say: a rule that was met, and what was decided about a path; never a value."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.catalog import Path

ITEMS = "[]"
"""The path segment that stands for each item of an array."""


class Action(StrEnum):
    """What a gate wants done with a value, a record or a whole range."""

    PASS = "pass"  # noqa: S105
    WARN = "warn"
    MASK = "mask"
    QUARANTINE = "quarantine"
    BLOCK = "block"


class Entity(StrEnum):
    """A kind of personal data. Source: Presidio's names where it has one."""

    PERSON = "PERSON"
    EMAIL_ADDRESS = "EMAIL_ADDRESS"
    PHONE_NUMBER = "PHONE_NUMBER"
    STREET_ADDRESS = "STREET_ADDRESS"
    LOCATION = "LOCATION"
    CREDIT_CARD = "CREDIT_CARD"
    IBAN_CODE = "IBAN_CODE"
    US_SSN = "US_SSN"
    NATIONAL_ID = "NATIONAL_ID"
    IP_ADDRESS = "IP_ADDRESS"
    MAC_ADDRESS = "MAC_ADDRESS"
    CRYPTO = "CRYPTO"
    DATE_OF_BIRTH = "DATE_OF_BIRTH"
    USERNAME = "USERNAME"
    PASSWORD = "PASSWORD"  # noqa: S105
    URL = "URL"
    DATE_TIME = "DATE_TIME"
    ORGANIZATION = "ORGANIZATION"
    NRP = "NRP"
    PERSONAL = "PERSONAL"
    """Masked without knowing what it is: a doubt, or free text."""


class Verdict(StrEnum):
    """What a path holds; `review` is a doubt, and doubt masks."""

    PERSONAL = "personal"
    QUASI = "quasi"
    FREE_TEXT = "free_text"
    CLEAN = "clean"
    REVIEW = "review"


class DecidedBy(StrEnum):
    ATLAS = "atlas"
    PERSON = "person"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a path was decided as it was, each kind of evidence apart.

    Units: `distinct` values judged; `share` of them in 0..1 that pass the entity's validator;
           `model_share` in 0..1 of those the model was asked about, None if it was not asked.
    Shape: `is_judged` is false when no value was there, or the detector could not run.
    """

    distinct: int = 0
    share: float = 0.0
    header_words: int = 0
    model_share: float | None = None
    detector: str = ""
    is_judged: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class PathDecision:
    """What was decided about one JSON path of a stream.

    Shape: `path` is of object keys, `"[]"` for each item of an array. A path whose value is an
           object with unbounded keys is decided, and masked, as a whole.
    """

    path: Path
    verdict: Verdict
    entity: Entity | None = None
    confidence: float = 0.0
    action: Action = Action.PASS
    evidence: Evidence = field(default_factory=Evidence)
    decided_by: DecidedBy = DecidedBy.ATLAS

    @property
    def is_masked(self) -> bool:
        return self.action is not Action.PASS and self.action is not Action.WARN

    @property
    def is_provisional(self) -> bool:
        """True if nothing was judged yet: a later sample may open it without a person."""
        return self.decided_by is DecidedBy.ATLAS and not self.evidence.is_judged


def mask_of(decisions: Mapping[Path, PathDecision], path: Path) -> PathDecision | None:
    """The decision by which all of a path is masked: its own, or the one of what holds it."""
    found = (decisions.get(path[:length]) for length in range(1, len(path) + 1))
    return next((decision for decision in found if decision and decision.is_masked), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule met, in a column, a record or a range.

    Units: `score` in 0..1. Shape: `evidence` holds counts and shares, never a value.
    """

    rule: str
    action: Action
    path: Path = ()
    score: float = 1.0
    evidence: Mapping[str, float] = field(default_factory=dict)
