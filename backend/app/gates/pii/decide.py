"""Decides what a path holds, from its header, its validators' shares and the model's; no I/O, no randomness."""

from math import sqrt

from app.core.catalog import Path
from app.core.findings import Action, Entity, Evidence, PathDecision, Verdict
from app.gates.pii.evidence import ModelEvidence, ValueEvidence
from app.gates.pii.headers import Header

# Needed shares of distinct values. Fixed ahead and round: they are to hold on data never seen.
NEEDED = 0.5  # values alone: most of them
NEEDED_WITH_HEADER = 0.2  # a header that agrees; the rest are exceptions, and masked as well
NEEDED_DESPITE_HEADER = 0.9  # a header that speaks of things, places or attributes
DOUBT = 0.02  # a checksum or an `@` in this share is no chance, and too little for a column

PERSON_NEEDED = 0.45  # md on bare cells: recall 1.00, precision 0.96 between 0.35 and 0.5
PERSON_WITH_HEADER = 0.15
PERSON_DESPITE_HEADER = 0.95
PERSON_SHAPED = 0.6  # under a header such as `last_name`, values that look like names are names
LEAST_DISTINCT = 3  # fewer values show no share

NATIONAL_ID_NEEDED = 0.8  # a weak checksum lets one in eleven pass by chance

# In order: an e-mail is also a URL to some, a card number a bank's or a phone's.
BY_VALIDATOR = (
    Entity.EMAIL_ADDRESS,
    Entity.CREDIT_CARD,
    Entity.IBAN_CODE,
    Entity.US_SSN,
    Entity.IP_ADDRESS,
    Entity.MAC_ADDRESS,
    Entity.CRYPTO,
    Entity.NATIONAL_ID,
    Entity.PHONE_NUMBER,
    Entity.STREET_ADDRESS,
)
SURE = (Entity.EMAIL_ADDRESS, Entity.CREDIT_CARD, Entity.IBAN_CODE, Entity.US_SSN)
"""Entities whose validators chance does not meet, so that a few values raise a doubt."""

PERSONAL_IN_TEXT = frozenset({*BY_VALIDATOR, Entity.PERSON})


def needs_model(values: ValueEvidence, header: Header) -> bool:
    """True if only a model can tell: text that no type, and no enumeration, explains.

    Of values that are mostly of one type it is asked about the exceptions.
    """
    if values.is_typed or values.distinct == 0:
        return bool(values.exceptions)
    if any(values.shares[entity] >= NEEDED for entity in (*BY_VALIDATOR[:7], Entity.URL)):
        return False
    if values.is_enum:
        return header.agrees(Entity.PERSON) or header.is_about_people or header.is_plain_name
    return True


def decide(
    path: Path,
    values: ValueEvidence,
    header: Header,
    model: ModelEvidence | None,
    detector: str,
) -> PathDecision:
    """What one path holds.

    Shape: `model` is None if no model was needed; use `undecided` where one was and did not run.
    """
    for entity, share, needed in candidates(values, header):
        if share >= needed:
            return decision(Verdict.PERSONAL, path, entity, share, values, header, model, detector)
    by_header = header_alone(values, header)
    if by_header is not None:
        return decision(Verdict.PERSONAL, path, by_header, 0.0, values, header, model, detector)
    if is_person(values, header, model):
        share = max(model.being.get(Entity.PERSON, 0.0), values.name_shaped) if model else 0.0
        return decision(
            Verdict.PERSONAL, path, Entity.PERSON, share, values, header, model, detector
        )
    doubted = doubt(values, header, model)
    if doubted is not None:
        share = values.shares.get(doubted, 0.0)
        return decision(Verdict.REVIEW, path, doubted, share, values, header, model, detector)
    if values.is_free_text and model is not None:
        hits = {e: s for e, s in model.mentioning.items() if e in PERSONAL_IN_TEXT and s}
        most = max(hits, key=lambda e: (hits[e], e), default=None)
        share = hits[most] if most else 0.0
        return decision(Verdict.FREE_TEXT, path, most, share, values, header, model, detector)
    verdict = Verdict.QUASI if is_quasi(values, header, model) else Verdict.CLEAN
    return decision(verdict, path, None, 0.0, values, header, model, detector)


def candidates(values: ValueEvidence, header: Header) -> list[tuple[Entity, float, float]]:
    """For each entity with a validator, in order of the ties: its share, and the share it needs."""
    found = []
    for entity in BY_VALIDATOR:
        share = values.shares.get(entity, 0.0)
        agrees = header.agrees(entity) or (
            entity is Entity.NATIONAL_ID and header.agrees(Entity.US_SSN)
        )
        needed = NEEDED_WITH_HEADER if agrees else NEEDED
        if entity is Entity.PHONE_NUMBER:
            if agrees:
                share, needed = max(share, values.phone_shaped), NEEDED
        elif entity is Entity.NATIONAL_ID and not agrees:
            needed = NATIONAL_ID_NEEDED
        elif entity is Entity.STREET_ADDRESS:
            share = max(share, values.streets) if agrees else max(share, street_share(values))
            needed = NEEDED_WITH_HEADER if agrees else NEEDED
            if header.is_quasi or header.is_thing:
                needed = NEEDED_DESPITE_HEADER
        elif entity is Entity.CREDIT_CARD and values.is_numeric and not agrees:
            needed = NEEDED_DESPITE_HEADER if header.is_thing else NEEDED
        found.append((entity, share, needed))
    return found


def street_share(values: ValueEvidence) -> float:
    """Names of streets without numbers count for themselves only where nearly all values are such."""
    return values.streets if values.streets >= NEEDED else 0.0


def header_alone(values: ValueEvidence, header: Header) -> Entity | None:
    """The entity that a header decides, if the values can be it at all: these have no shape."""
    if values.distinct == 0:
        return None
    for entity in sorted(header.deciding):
        if can_be(entity, values):
            return entity
    return None


def can_be(entity: Entity, values: ValueEvidence) -> bool:
    match entity:
        case Entity.PASSWORD:
            return not values.is_enum and values.dates < NEEDED
        case Entity.USERNAME:
            return not (values.is_enum or values.is_typed or values.shares[Entity.URL] >= NEEDED)
        case Entity.US_SSN | Entity.NATIONAL_ID:
            return not values.is_enum and values.dates < NEEDED
        case Entity.DATE_OF_BIRTH:
            return values.dates + values.numbers >= NEEDED
        case Entity.STREET_ADDRESS:
            return values.dates < NEEDED
        case _:
            return False


def is_person(values: ValueEvidence, header: Header, model: ModelEvidence | None) -> bool:
    if model is None or values.is_free_text or values.is_typed:
        return False
    share = model.being.get(Entity.PERSON, 0.0)
    if header.agrees(Entity.PERSON) and header.head is Entity.PERSON:
        return share >= PERSON_WITH_HEADER or values.name_shaped >= PERSON_SHAPED
    if values.distinct < LEAST_DISTINCT:
        return False
    others = max(model.being.get(e, 0.0) for e in (Entity.LOCATION, Entity.ORGANIZATION))
    if header.is_thing or header.is_quasi:
        return share >= PERSON_DESPITE_HEADER
    if (header.is_plain_name and header.is_near_people) or header.is_about_people:
        return share >= PERSON_WITH_HEADER and share > others
    return share >= PERSON_NEEDED and share > others


def doubt(values: ValueEvidence, header: Header, model: ModelEvidence | None) -> Entity | None:
    """An entity met too rarely for a column and too often for chance; doubt masks."""
    for entity in SURE:
        if values.shares[entity] >= DOUBT and not (values.is_numeric and not header.agrees(entity)):
            return entity
    if model is None or values.is_free_text or header.is_thing or header.is_quasi:
        return None
    needed = PERSON_WITH_HEADER if values.distinct < LEAST_DISTINCT else NEEDED
    mentioned = [e for e, share in model.mentioning.items() if share >= needed]
    return min(PERSONAL_IN_TEXT.intersection(mentioned), default=None)


def is_quasi(values: ValueEvidence, header: Header, model: ModelEvidence | None) -> bool:
    """True for what tells persons apart only together with other columns: place, age, job."""
    if header.is_quasi and not values.dates >= NEEDED and not values.uuids >= NEEDED:
        return True
    if model is None or values.is_typed:
        return False
    return model.being.get(Entity.LOCATION, 0.0) >= NEEDED


def decision(
    verdict: Verdict,
    path: Path,
    entity: Entity | None,
    share: float,
    values: ValueEvidence,
    header: Header,
    model: ModelEvidence | None,
    detector: str,
) -> PathDecision:
    masks = verdict in (Verdict.PERSONAL, Verdict.REVIEW) or (
        verdict is Verdict.FREE_TEXT and entity is not None
    )
    model_share = None
    if model is not None:
        kinds = model.mentioning if verdict is Verdict.FREE_TEXT else model.being
        model_share = round(kinds.get(entity or Entity.PERSON, 0.0), 4)
    return PathDecision(
        path=path,
        verdict=verdict,
        entity=entity,
        confidence=confidence(share, values.distinct, header, entity, masks),
        action=Action.MASK if masks else Action.PASS,
        evidence=Evidence(
            distinct=values.distinct,
            share=round(values.shares.get(entity, 0.0) if entity else 0.0, 4),
            header_words=header.words,
            model_share=model_share,
            detector=detector,
            is_judged=values.distinct > 0,
        ),
    )


def undecided(path: Path, values: ValueEvidence, header: Header, detector: str) -> PathDecision:
    """The decision where the detector was needed and did not run: masked, and open to a later one."""
    return PathDecision(
        path=path,
        verdict=Verdict.REVIEW,
        action=Action.MASK,
        evidence=Evidence(
            distinct=values.distinct,
            header_words=header.words,
            detector=detector,
            is_judged=False,
        ),
    )


def confidence(
    share: float, distinct: int, header: Header, entity: Entity | None, masks: bool
) -> float:
    """How sure a decision is: the share's lower bound, raised by the header. Units: 0..1.

    Source: Wilson's score interval, 95 %: few values never make a sure decision.
    """
    if not masks:
        return round(wilson(1.0, distinct), 4)
    told = 0.9 if entity in header.deciding else 0.5 if entity in header.entities else 0.0
    return round(1 - (1 - wilson(share, distinct)) * (1 - told), 4)


def wilson(share: float, n: int) -> float:
    if n == 0:
        return 0.0
    z = 1.96
    centre = share + z * z / (2 * n)
    spread = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, (centre - spread) / (1 + z * z / n))


def unseen(path: Path, header: Header, is_typed: bool) -> PathDecision:
    """The decision about a path that has had no value yet: masked unless its schema's type is plain."""
    masks = not is_typed or bool(header.deciding)
    return PathDecision(
        path=path,
        verdict=Verdict.REVIEW if masks else Verdict.CLEAN,
        entity=min(header.entities, default=None),
        action=Action.MASK if masks else Action.PASS,
        evidence=Evidence(header_words=header.words, is_judged=False),
    )
