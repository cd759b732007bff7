"""Full-match validators: each says of one value whether it has the shape, and the checksum, of an entity."""

import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import import_module

import phonenumbers
from stdnum import bitcoin, iban, luhn
from stdnum.us import ssn

from app.core.findings import Entity
from app.gates.pii.addresses import is_address

Validator = Callable[[str], bool]

EMAIL = re.compile(
    r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_]{2,24}"
)
ASSETS = frozenset(["png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ico"])
"""What follows the last dot of `logo@2x.png`; none of these is a top-level domain."""
URL = re.compile(r"(?:(?:https?|ftp)://|www\d?\.)[^\s/$.?#][^\s]*", re.IGNORECASE)
MAC = re.compile(r"(?:[0-9A-Fa-f]{2}([:-]))(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
UUID = re.compile(r"\{?[0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12}\}?")
ETHEREUM = re.compile(r"0x[0-9a-fA-F]{40}")
NUMBER = re.compile(r"[-+$€£]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?%?")
PHONE_SHAPE = re.compile(
    r"\+?(?:\(?\d{1,5}\)?[ ./()-]{0,3}){1,7}(?: ?(?:x|ext\.?) ?\d{1,6})?", re.IGNORECASE
)
CARD_SHAPE = re.compile(r"\d(?:[ -]?\d){12,18}")
SSN_SHAPE = re.compile(r"\d{3}[- ]\d{2}[- ]\d{4}")
POSTCODE = re.compile(
    r"\d{4,6}(?:-\d{3,4})?|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d"
)
ISO_DATE = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?: ?(?:Z|[+-]\d{2}(?::?\d{2})?))?)?"
)
DATE = re.compile(
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}[/.]\d{1,2}[/.]\d{1,2}|"
    r"\d{1,2}[ -][A-Za-z]{3,9}[ ,-]{1,2}\d{2,4}|[A-Za-z]{3,9} \d{1,2},? \d{4}|[A-Za-z]{3}-\d{2}|"
    r"\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
)
NO_PHONES = (NUMBER, DATE, ISO_DATE, POSTCODE, re.compile(r"[0-9-]{1,11}"))
"""What `phonenumbers` would read as a number all the same; `555-867-5309` has twelve characters."""
NAME_SHAPE = re.compile(
    r"(?:(?:[^\W\d_]\.){1,3} ?)?[^\W\d_][^\W\d_.'\u2019-]*(?:[ '\u2019,.-]{1,2}[^\W\d_][^\W\d_.'\u2019-]*){0,4}\.?"
)

PHONE_REGIONS = ("US", "GB", "DE", "FR", "ES", "IT", "DK", "IN", "BR", "AU")
"""Regions that a number without a country code is tried in; the rest need their `+`."""

LOCAL_DIGITS = 7
"""Shorter ones are assigned too, and so is any pair of measurements."""

CARD_PREFIXES = re.compile(
    r"(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2(?:2[2-9]|[3-6]\d|7[01])\d{13}|3[47]\d{13}|"
    r"3(?:0[0-5]|[689]\d)\d{11}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12}(?:\d{3})?|"
    r"(?:50|5[6-9]|6\d)\d{10,17}|62\d{14,17})"
)
"""Issuer prefixes with their lengths, Maestro's wide ranges included."""

NATIONAL_IDS = [
    "gb.nhs",
    "de.idnr",
    "fr.nir",
    "dk.cpr",
    "se.personnummer",
    "no.fodselsnummer",
    "fi.hetu",
    "nl.bsn",
    "es.dni",
    "es.nie",
    "it.codicefiscale",
    "pl.pesel",
    "br.cpf",
    "in_.aadhaar",
    "in_.pan",
    "cn.ric",
    "kr.rrn",
    "za.idnr",
    "be.nn",
    "mx.curp",
]
SELF_EVIDENT = frozenset(
    ["fr.nir", "fi.hetu", "es.dni", "es.nie", "it.codicefiscale", "in_.pan", "mx.curp", "cn.ric"]
)
"""Ids whose letters or two check digits leave little to chance; the others want a header."""


def is_email(text: str) -> bool:
    return EMAIL.fullmatch(text) is not None and text.rpartition(".")[2].lower() not in ASSETS


def is_ip(text: str) -> bool:
    """True for an address with all of its parts; a lone number or a prefix is none."""
    if text.count(".") != 3 and text.count(":") < 2:
        return False
    try:
        return bool(ipaddress.ip_address(text.split("/")[0].strip("[]")))
    except ValueError:
        return False


def is_card(text: str) -> bool:
    digits = text.replace(" ", "").replace("-", "")
    return (
        CARD_SHAPE.fullmatch(text) is not None
        and CARD_PREFIXES.fullmatch(digits) is not None
        and luhn.is_valid(digits)
    )


def is_iban(text: str) -> bool:
    return len(text) >= 15 and text[:2].isalpha() and iban.is_valid(text)


def is_ssn(text: str) -> bool:
    return SSN_SHAPE.fullmatch(text) is not None and ssn.is_valid(text.replace(" ", "-"))


def is_phone_shaped(text: str) -> bool:
    """True for 6 to 15 digits with nothing but a phone's punctuation; believed under a header only."""
    return 6 <= sum(map(str.isdigit, text)) <= 18 and PHONE_SHAPE.fullmatch(text) is not None


def is_phone(text: str) -> bool:
    """True for a number that some plan assigns, written as a phone: digits alone are an id."""
    if not is_phone_shaped(text) or any(pattern.fullmatch(text) for pattern in NO_PHONES):
        return False
    if text.startswith("+"):
        return is_assigned(text, None)
    if sum(map(str.isdigit, text)) < LOCAL_DIGITS:
        return False
    return any(is_assigned(text, region) for region in PHONE_REGIONS)


def is_assigned(text: str, region: str | None) -> bool:
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, region))
    except phonenumbers.NumberParseException:
        return False


def is_crypto(text: str) -> bool:
    """True for a Bitcoin address by its checksum, and for an Ethereum one by its shape."""
    return ETHEREUM.fullmatch(text) is not None or (
        26 <= len(text) <= 90 and bitcoin.is_valid(text)
    )


def is_date(text: str) -> bool:
    return ISO_DATE.fullmatch(text) is not None or DATE.fullmatch(text) is not None


def matches(pattern: re.Pattern[str], text: str) -> bool:
    return pattern.fullmatch(text) is not None


def is_name_shaped(text: str) -> bool:
    """True for one to five words of letters, the first a capital: what a name looks like."""
    return NAME_SHAPE.fullmatch(text) is not None and not text[0].islower()


is_url = partial(matches, URL)
is_mac = partial(matches, MAC)
is_uuid = partial(matches, UUID)
is_number = partial(matches, NUMBER)
is_postcode = partial(matches, POSTCODE)

VALIDATORS: Mapping[Entity, Validator] = {
    Entity.EMAIL_ADDRESS: is_email,
    Entity.CREDIT_CARD: is_card,
    Entity.IBAN_CODE: is_iban,
    Entity.US_SSN: is_ssn,
    Entity.IP_ADDRESS: is_ip,
    Entity.MAC_ADDRESS: is_mac,
    Entity.CRYPTO: is_crypto,
    Entity.PHONE_NUMBER: is_phone,
    Entity.STREET_ADDRESS: is_address,
    Entity.URL: is_url,
    Entity.DATE_TIME: is_date,
}


def share(texts: Sequence[str], validator: Validator) -> float:
    """The share of texts that pass, 0 of none."""
    return sum(map(validator, texts)) / len(texts) if texts else 0.0


def national_id_share(texts: Sequence[str], is_expected: bool) -> float:
    """The share of texts that pass the checksum of the best fitting country.

    Units: 0..1. Where no header expects an id, only those that chance can hardly make are tried.
    """
    candidates = [text for text in texts if may_be_national_id(text)]
    if len(candidates) * 4 < len(texts) or not candidates:
        return 0.0
    names = NATIONAL_IDS if is_expected else sorted(SELF_EVIDENT)
    return max(sum(map(is_valid_by(name), candidates)) for name in names) / len(texts)


def may_be_national_id(text: str) -> bool:
    """True for what is worth its checksums: some twenty are tried on each."""
    return 6 <= len(text) <= 25 and any(map(str.isdigit, text)) and not matches(ISO_DATE, text)


def is_valid_by(name: str) -> Validator:
    is_valid: Validator = import_module(f"stdnum.{name}").is_valid
    return is_valid
