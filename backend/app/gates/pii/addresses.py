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
    "r|ul|ulica|al|aleja|jl|jalan|utca|strasse|straße|am|an der|auf der|ul\\.|os\\."
)
ENDING = (  # Hauptstraße 12
    "straße|strasse|str|weg|platz|gasse|allee|ring|damm|ufer|straat|laan|plein|kade|dijk|hof|singel|"
    "gade|vej|vejen|plads|gatan|gata|vägen|väg|gränd|veien|vegen|vei|gate|alléen|stræde|katu|tie|"
    "kuja|polku|götu|gata|stígur"
)
WORD = r"[^\W\d_][\w.'’-]*"
NUMBER = r"\d{1,6}[A-Za-z]?(?:[-/]\d{1,4}[A-Za-z]?)?"
UNIT = r"(?:,? ?(?:apt|apartment|suite|ste|unit|floor|fl|room|#)\.? ?\w{1,6})?"

FORMS = (
    rf"{NUMBER},? (?:\d{{1,3}}(?:st|nd|rd|th)|(?:{WORD} ){{0,3}}{WORD}) (?:{AFTER})\b\.?{UNIT}",
    rf"{NUMBER},? (?:{BEFORE})\.? (?:{WORD} ?){{1,5}}",
    rf"(?:{BEFORE})\.? (?:{WORD} ){{0,4}}{WORD},? (?:n[°ºo]\.? ?)?{NUMBER}",
    rf"(?:{WORD} ){{0,2}}{WORD}(?:{ENDING})\.?,? {NUMBER}",
    rf"(?:{WORD} ){{1,3}}(?:{ENDING})\.? {NUMBER}",
    r"p\.? ?o\.? box \d{1,6}",
)
NAMES = (
    rf"(?:{WORD} |\d{{1,3}}(?:st|nd|rd|th) ){{1,4}}(?:{AFTER})\.?",
    rf"(?:{BEFORE})\.? (?:{WORD} ?){{1,5}}",
    rf"(?:{WORD} ){{0,2}}[^\W\d_]{{2,}}(?:{ENDING})\.?",
)
ADDRESS = re.compile(rf"\b(?:{'|'.join(FORMS)})", re.IGNORECASE)
STREET = re.compile(rf"(?:{'|'.join(NAMES)})", re.IGNORECASE)
CAPITALISED = re.compile(r"[^\W\d_a-z]")


def is_address(text: str) -> bool:
    """True if the text begins with a street and a number, or a post box."""
    return ADDRESS.match(text.strip()) is not None


def is_street(text: str) -> bool:
    """True if the whole text is the name of a street."""
    return STREET.fullmatch(text.strip()) is not None


def addresses_in(text: str) -> list[tuple[int, int]]:
    """Where in a text there are addresses; one without a capital letter is taken for prose."""
    found = []
    for match in ADDRESS.finditer(text):
        if CAPITALISED.search(match.group()):
            found.append((match.start(), match.end()))
    return found
