"""Realistic values from a JSON schema, each from the seed and the record's number alone."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID

Schema = Mapping[str, object]
Make = Callable[[Random], object]

_EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
_PAST = datetime(2015, 1, 1, tzinfo=UTC)
_PAST_MINUTES = 9 * 365 * 24 * 60
_FIRST = [
    "Ana",
    "Ben",
    "Carla",
    "David",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Kira",
    "Liam",
    "Mara",
    "Noah",
    "Olga",
    "Paul",
]
_LAST = [
    "Abel",
    "Brandt",
    "Costa",
    "Dietz",
    "Ebner",
    "Fischer",
    "Gomez",
    "Haas",
    "Ito",
    "Jansen",
    "Khan",
    "Lopez",
    "Meyer",
    "Novak",
]
_CITIES = [
    "Berlin",
    "Lisbon",
    "Oslo",
    "Madrid",
    "Vienna",
    "Zagreb",
    "Lyon",
    "Porto",
    "Ghent",
    "Turin",
    "Malmo",
    "Graz",
]
_STREETS = ["Main", "Oak", "Mill", "Church", "Station", "Garden", "Lake", "Hill", "River", "Park"]
_WORDS = [
    "amber",
    "brisk",
    "calm",
    "delta",
    "ember",
    "fresh",
    "grand",
    "hazel",
    "ivory",
    "jolly",
    "keen",
    "lucid",
    "mellow",
    "noble",
]
_COUNTRIES = ["AT", "BE", "DE", "ES", "FR", "HR", "IT", "NL", "NO", "PT", "SE", "US"]
_LANGUAGES = [
    "English",
    "German",
    "French",
    "Spanish",
    "Portuguese",
    "Italian",
    "Dutch",
    "Croatian",
]
_JOBS = ["Engineer", "Nurse", "Teacher", "Carpenter", "Analyst", "Chef", "Driver", "Architect"]


def _pick(words: Sequence[str]) -> Make:
    size = len(words)
    return lambda random: words[int(random.random() * size)]


def _digits(random: Random, count: int) -> str:
    return str(random.randrange(10 ** (count - 1), 10**count))


def _name(random: Random) -> str:
    return f"{random.choice(_FIRST)} {random.choice(_LAST)}"


def _email(random: Random) -> str:
    first, last = random.choice(_FIRST), random.choice(_LAST)
    return f"{first}.{last}{random.randrange(10_000)}@example.com".lower()


def _phone(random: Random) -> str:
    return f"+1-555-{_digits(random, 3)}-{_digits(random, 4)}"


def _past(random: Random) -> datetime:
    return _PAST + timedelta(minutes=random.randrange(_PAST_MINUTES), seconds=random.randrange(60))


def _card(random: Random) -> str:
    digits = [4, *(random.randrange(10) for _ in range(14))]
    doubled = [d * 2 - 9 * (d > 4) if i % 2 == 0 else d for i, d in enumerate(digits)]
    return "".join(map(str, digits)) + str(-sum(doubled) % 10)


_BY_FORMAT: Mapping[str, Make] = {
    "date-time": lambda random: _past(random).isoformat(),
    "date": lambda random: _past(random).date().isoformat(),
    "time": lambda random: _past(random).time().isoformat(),
    "email": _email,
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    "uri": lambda random: f"https://example.com/{random.choice(_WORDS)}/{random.randrange(10_000)}",
    "hostname": lambda random: f"{random.choice(_WORDS)}.example.com",
    "ipv4": lambda random: f"198.51.100.{random.randrange(256)}",
    "ipv6": lambda random: f"2001:db8::{random.randrange(65_536):x}",
}
# the first part that a field's name contains decides
_BY_NAME: Sequence[tuple[str, Make]] = (
    ("email", _email),
    ("phone", _phone),
    ("mobile", _phone),
    ("first_name", _pick(_FIRST)),
    ("last_name", _pick(_LAST)),
    ("surname", _pick(_LAST)),
    ("street_name", lambda random: f"{random.choice(_STREETS)} Street"),
    ("company", lambda random: f"{random.choice(_LAST)} {random.choice(('Ltd', 'GmbH', 'Inc'))}"),
    ("username", lambda random: f"{random.choice(_WORDS)}{random.randrange(1_000)}"),
    ("name", _name),
    ("street_number", lambda random: str(random.randrange(1, 400))),
    ("street", lambda random: f"{random.randrange(1, 400)} {random.choice(_STREETS)} Street"),
    ("address", lambda random: f"{random.randrange(1, 400)} {random.choice(_STREETS)} Street"),
    ("city", _pick(_CITIES)),
    ("postal", lambda random: _digits(random, 5)),
    ("zip", lambda random: _digits(random, 5)),
    ("country", _pick(_COUNTRIES)),
    ("nationality", _pick(_COUNTRIES)),
    ("state", _pick(_CITIES)),
    ("province", _pick(_CITIES)),
    (
        "ssn",
        lambda random: f"{random.randrange(100, 665)}-{_digits(random, 2)}-{_digits(random, 4)}",
    ),
    ("card", _card),
    ("ip_address", _BY_FORMAT["ipv4"]),
    ("language", _pick(_LANGUAGES)),
    ("occupation", _pick(_JOBS)),
    ("job", _pick(_JOBS)),
    ("title", _pick(("Dr.", "Mr.", "Mrs.", "Ms."))),
    ("height", lambda random: f"1.{random.randrange(50, 99)}"),
    ("url", _BY_FORMAT["uri"]),
)


@dataclass(frozen=True, slots=True)
class Template:
    """Makes a stream's records: key and cursor from the number, all else from seed and number."""

    fields: Sequence[tuple[str, Make]]
    numbered: Mapping[str, Callable[[int], object]]
    prefix: str

    @classmethod
    def of(cls, stream: Schema, seed: int) -> "Template":
        properties = _properties(stream["json_schema"])
        cursor = stream.get("default_cursor_field") or []
        keys = stream.get("source_defined_primary_key") or []
        numbered: dict[str, Callable[[int], object]] = {}
        for path in [cursor, *keys] if isinstance(keys, list) else [cursor]:
            if isinstance(path, list) and len(path) == 1 and path[0] in properties:
                numbered[path[0]] = _from_number(properties[path[0]])
        fields = [(name, _maker(name, inner)) for name, inner in properties.items()]
        return cls(fields, numbered, f"{seed}:{stream['name']}:")

    def record(self, number: int) -> bytes:
        """One record as compact JSON."""
        random = Random(self.prefix + str(number))  # noqa: S311
        data = {
            name: self.numbered[name](number) if name in self.numbered else make(random)
            for name, make in self.fields
        }
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode()


def _from_number(schema: Schema) -> Callable[[int], object]:
    if "integer" in _types(schema) or "number" in _types(schema):
        return lambda number: number + 1
    if schema.get("format") == "date-time":
        return lambda number: (_EPOCH + timedelta(minutes=number)).isoformat()
    if schema.get("format") == "date":
        return lambda number: (_EPOCH + timedelta(days=number)).date().isoformat()
    return lambda number: f"{number + 1:012d}"


def _maker(name: str, schema: Schema) -> Make:
    choices = schema.get("enum") or ([schema["const"]] if "const" in schema else None)
    if isinstance(choices, list):
        return lambda random: random.choice(choices)
    for union in ("oneOf", "anyOf", "allOf"):
        members = schema.get(union)
        if isinstance(members, list) and members:
            return _maker(name, members[0])
    types = _types(schema)
    make = _typed(name, schema, next((kind for kind in types if kind != "null"), "string"))
    if "null" not in types:
        return make
    return lambda random: make(random) if random.random() < 0.85 else None


def _typed(name: str, schema: Schema, kind: str) -> Make:
    match kind:
        case "object":
            inner = [(key, _maker(key, value)) for key, value in _properties(schema).items()]
            return lambda random: {key: make(random) for key, make in inner}
        case "array":
            items = schema.get("items")
            one = _maker(name, items if isinstance(items, Mapping) else {})
            return lambda random: [one(random) for _ in range(random.randrange(4))]
        case "boolean":
            return lambda random: random.random() < 0.5
        case "integer":
            low, high = int(_bound(schema, "minimum", 0)), int(_bound(schema, "maximum", 10_000))
            return lambda random: random.randint(low, max(low, high))
        case "number":
            least, most = _bound(schema, "minimum", 0), _bound(schema, "maximum", 10_000)
            return lambda random: round(random.uniform(least, most), 2)
        case _:
            return _text(name, schema)


def _text(name: str, schema: Schema) -> Make:
    by_format = _BY_FORMAT.get(str(schema.get("format")))
    if by_format is not None:
        return by_format
    lowered = name.lower()
    for part, make in _BY_NAME:
        if part in lowered:
            return make
    return lambda random: f"{random.choice(_WORDS)} {random.choice(_WORDS)}"


def _bound(schema: Schema, key: str, default: float) -> float:
    bound = schema.get(key, default)
    return bound if isinstance(bound, int | float) else default


def _types(schema: Schema) -> Sequence[str]:
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return [str(one) for one in kind] if isinstance(kind, list) else [str(kind)]


def _properties(schema: object) -> Mapping[str, Schema]:
    found = schema.get("properties") if isinstance(schema, Mapping) else None
    return found if isinstance(found, Mapping) else {}
