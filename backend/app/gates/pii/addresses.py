"""Street addresses by their words: where most of what NER misses is."""

import re

AFTER = (  # 12 Main Street
    "street|str|st|avenue|ave|av|road|rd|boulevard|blvd|lane|ln|drive|dr|court|ct|way|place|pl|"
    "square|sq|terrace|ter|parkway|pkwy|highway|hwy|circle|cir|trail|trl|crescent|cres|close|alley|"
    "row|mews|quay|loop|walk|plaza|point|path|grove|gardens|hill|heights|ridge|view|crossing|"
    "expressway|turnpike|broadway|esplanade|route|junction|bypass|pike|run|spur"
)
BEFORE = (  # Rua Augusta 12, 12 rue de Rivoli
    "rue|avenue|av|boulevard|chemin|allée|place|impasse|quai|cours|calle|c/|avenida|avda|carrera|"
    "plaza|paseo|camino|ctra|via|viale|v\\.le|piazza|corso|vicolo|strada|rua|travessa|praça|largo|"
    "ul|ulica|aleja|jl|jalan|utca|strasse|straße|os"
)
ENDING = (  # Hauptstraße 12
    "straße|strasse|str|weg|platz|gasse|allee|ring|damm|ufer|straat|laan|plein|kade|dijk|hof|singel|"
    "plaats|steenweg|vegur|gade|vej|vejen|plads|gatan|gata|vägen|väg|gränd|veien|vegen|vei|gate|alléen|stræde|katu|tie|"
    "kuja|polku|götu|gata|stígur"
)
WORD = r"[^\W\d_][\w.'\u2019-]{0,30}"
NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
SEP = r"[\s,]{1,4}"
SUITE = r"(?:apartment|apt|suite|ste)\.?\s?\d{1,5}[a-z]?\b"
UNIT = rf"(?:{SUITE}|(?:unit|floor|room|flat|#)\.?\s?\d{{1,5}}[a-z]?\b)"
TAIL = (
    rf"(?:{SEP}\d{{1,4}})?(?:{SEP}{UNIT})?(?:{SEP}(?:{WORD}{SEP}){{1,5}}\d{{4,6}}(?:-\d{{4}})?\b)?"
)
"""What may follow a street and its number: a unit; then place, state and post code."""

FORMS = (
    rf"{NUMBER},?{SEP}(?:\d{{1,3}}(?:st|nd|rd|th)|(?:{WORD}{SEP}){{0,3}}{WORD}){SEP}(?:{AFTER})\b\.?",
    rf"{NUMBER},?{SEP}(?:{BEFORE})\.?{SEP}(?:{WORD}{SEP}){{0,4}}{WORD}(?:{SEP}{NUMBER})?",
    rf"(?:{NUMBER}{SEP})?(?:{BEFORE})\.?{SEP}(?:{WORD}{SEP}){{0,4}}{WORD},?{SEP}(?:n[°ºo]\.?{SEP}?)?{NUMBER}",
    rf"(?:{NUMBER}{SEP})?(?:{WORD}{SEP}){{0,2}}{WORD}(?:{ENDING})\.?,?{SEP}{NUMBER}",
    rf"(?:{NUMBER}{SEP})?(?:{WORD}{SEP}){{1,3}}(?:{ENDING})\.?{SEP}{NUMBER}",
    rf"{NUMBER}{SEP}(?:{WORD}{SEP}){{1,4}}(?:{NUMBER})?{SEP}{UNIT}",
    rf"(?:{WORD}{SEP}){{1,3}}{NUMBER}{SEP}{UNIT}",
    rf"{NUMBER}{SEP}(?:{WORD}{SEP}){{1,4}}{NUMBER}{SEP}(?:{WORD}{SEP}){{1,5}}\d{{5}}",
    r"(?:\d{1,4}\s)?p\.?\s?o\.?\s?box\s\d{1,6}",
    r"psc\s\d{1,5},?\sbox\s\d{1,5}(?:\s[af]po\s\w\w\s\d{5})?",
    SUITE,
)
NAMES = (
    rf"(?:{WORD}\s|\d{{1,3}}(?:st|nd|rd|th)\s){{1,4}}(?:{AFTER})\.?",
    rf"(?:{BEFORE})\.?\s(?:{WORD}\s?){{1,5}}",
    rf"(?:{WORD}\s){{0,2}}[^\W\d_]{{2,}}(?:{ENDING})\.?",
)
ADDRESS = re.compile(rf"\b(?:{'|'.join(FORMS)}){TAIL}", re.IGNORECASE)
STREET = re.compile(rf"(?:{'|'.join(NAMES)})", re.IGNORECASE)
PLAIN = re.compile(
    rf"[^\W\d_a-z]|\b(?:street|avenue|road|boulevard|lane|box|str|rue|calle|via)\b|{SUITE}",
)
"""A capital letter, or a word that says it all: `12 hours way` is prose."""


def is_address(text: str) -> bool:
    """True if the text begins with a street and a number, or a post box."""
    return ADDRESS.match(text.strip()) is not None


def is_street(text: str) -> bool:
    """True if the whole text is the name of a street."""
    return STREET.fullmatch(text.strip()) is not None


def addresses_in(text: str) -> list[tuple[int, int]]:
    """Where in a text there are addresses. Shape: begin and end in characters."""
    return [
        (match.start(), match.end())
        for match in ADDRESS.finditer(text)
        if PLAIN.search(match.group())
    ]
