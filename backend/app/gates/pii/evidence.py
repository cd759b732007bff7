"""What speaks for and against each entity at one path: shares of its values, by rule and by model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.core.findings import Entity
from app.gates.pii import validators
from app.gates.pii.addresses import is_street
from app.gates.pii.headers import Header
from app.gates.pii.profile import PathProfile
from app.gates.pii.recognizers import Span

COVERING = 0.6
"""A value is an entity, and does not just mention it, if spans cover this share of its letters."""
TYPED = 0.9
"""Above this share of values of one type, a column is of that type; the rest are its exceptions."""
ENUM_DISTINCT = 50
ENUM_REPEATS = 8
"""A column of at most ENUM_DISTINCT values, each seen this often on average, is an enumeration."""
SENTENCE_WORDS = 7
"""Values of more words than this on average are text about something, not the name of it."""

NOTE_WORDS = 2
"""As above, under a header that announces text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueEvidence:
    """What validators say of a path's distinct values.

    Units: shares in 0..1 of `distinct` values.
    Shape: `exceptions` are the texts among values that are mostly numbers, dates or uuids.
    """

    distinct: int
    shares: Mapping[Entity, float]
    phone_shaped: float
    name_shaped: float
    streets: float
    dates: float
    numbers: float
    uuids: float
    postcodes: float
    words: float
    is_enum: bool
    is_numeric: bool
    is_told_as_text: bool = False
    is_whole: bool = False
    exceptions: Sequence[str] = field(default=(), repr=False)

    @property
    def is_typed(self) -> bool:
        """True if the values are numbers, dates or uuids, however they are written."""
        needed = 1.0 if self.is_whole else TYPED
        return self.is_numeric or max(self.numbers + self.dates, self.uuids) >= needed

    @property
    def is_free_text(self) -> bool:
        """True if a value may mention a person rather than be the name of one."""
        needed = NOTE_WORDS if self.is_told_as_text else SENTENCE_WORDS
        return not self.is_typed and (self.is_whole or self.words >= needed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelEvidence:
    """What the detector says of the values it was asked about.

    Units: shares in 0..1 of `asked` values: `being` the entity as a whole, or `mentioning` it.
    """

    asked: int
    being: Mapping[Entity, float] = field(default_factory=dict)
    mentioning: Mapping[Entity, float] = field(default_factory=dict)


def value_evidence(profile: PathProfile, header: Header) -> ValueEvidence:
    """Runs every validator over the path's distinct values; numbers only over their digits."""
    texts = [text.strip() for text in profile.texts]
    texts = [text for text in texts if text]
    shares = {
        entity: validators.share(texts, is_valid)
        for entity, is_valid in validators.VALIDATORS.items()
    }
    if Entity.NATIONAL_ID in header.entities or not profile.is_numeric:
        shares[Entity.NATIONAL_ID] = validators.national_id_share(
            texts, header.agrees(Entity.NATIONAL_ID)
        )
    evidence = ValueEvidence(
        distinct=len(texts),
        shares=shares,
        phone_shaped=validators.share(texts, validators.is_phone_shaped),
        name_shaped=validators.share(texts, validators.is_name_shaped),
        streets=validators.share(texts, is_street),
        dates=shares[Entity.DATE_TIME],
        numbers=validators.share(texts, validators.is_number),
        uuids=validators.share(texts, validators.is_uuid),
        postcodes=validators.share(texts, validators.is_postcode),
        words=sum(len(text.split()) for text in texts) / len(texts) if texts else 0.0,
        is_enum=is_enum(profile),
        is_numeric=profile.is_numeric,
        is_told_as_text=header.is_text,
        is_whole=profile.is_whole,
    )
    if not evidence.is_typed:
        return evidence
    return replace(evidence, exceptions=[text for text in texts if not is_typed(text)])


def is_typed(text: str) -> bool:
    return validators.is_number(text) or validators.is_date(text) or validators.is_uuid(text)


def is_enum(profile: PathProfile) -> bool:
    return (
        0 < profile.distinct <= ENUM_DISTINCT
        and profile.occurrences - profile.types.get("null", 0) >= ENUM_REPEATS * profile.distinct
    )


def model_evidence(texts: Sequence[str], spans: Sequence[Sequence[Span]]) -> ModelEvidence:
    """Sums up the spans that a detector found in a path's values."""
    being: dict[Entity, int] = {}
    mentioning: dict[Entity, int] = {}
    for text, found in zip(texts, spans, strict=True):
        covered: dict[Entity, int] = {}
        for span in found:
            covered[span.entity] = covered.get(span.entity, 0) + span.end - span.start
        for entity, characters in covered.items():
            mentioning[entity] = mentioning.get(entity, 0) + 1
            if characters >= COVERING * len(text.strip()):
                being[entity] = being.get(entity, 0) + 1
    asked = len(texts)
    return ModelEvidence(
        asked=asked,
        being={entity: n / asked for entity, n in being.items()},
        mentioning={entity: n / asked for entity, n in mentioning.items()},
    )
