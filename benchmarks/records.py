"""The records that are measured with: made once, always the same, as a connector that replays them.

A user is 569 bytes of JSON on average: 20 fields, one of them a nested address. Of the other shapes an entry has five
fields and a hundred bytes, a reading 500 fields and nine kilobytes.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from app.core.catalog import (
    ConfiguredStream,
    ReadMode,
    Stream,
    StreamDescriptor,
    SyncMode,
)

DATA = Path(__file__).parent / "data"
SEED = 4171
STATE_RECORDS = 5_000
CHANGED, ADDED = 10, 100
"""Of a second load: one in so many users has changed, and for so many there is one more."""
FIELDS = 500
"""Of a reading, beside its key and its time: more than a stream gets typed columns."""

_EMITTED_AT = 1_795_325_148_997
_FIRST = [a + b for a in ["Al", "Be", "Ca", "Do", "El", "Fa", "Ga", "Ha", "Jo", "Ka"] for b in ["na", "ric", "mond", "lly", "tor", "wen", "son", "dine", "bert", "vis"]]  # fmt: skip
_LAST = [a + b for a in ["Ander", "Brook", "Carl", "Dun", "Eric", "Fitz", "Gold", "Harr", "Jack", "Lind"] for b in ["son", "field", "man", "ley", "wood", "berg", "ton", "well", "ford", "worth"]]  # fmt: skip
_CITIES = ("Springfield", "Riverside", "Franklin", "Greenville", "Bristol", "São Paulo", "Zürich", "Kraków", "Osaka", "Lyon")  # fmt: skip
_STATES = ("CA", "NY", "TX", "WA", "OR", "MA", "FL", "IL")
_OCCUPATIONS = ("Engineer", "Nurse", "Teacher", "Analyst", "Chef", "Pilot", "Clerk")
_LANGUAGES = ("English", "Spanish", "German", "French", "Hindi")
_NATIONALITIES = ("American", "Swiss", "Polish", "Brazilian", "Japanese")
_BEGINNING = datetime(2020, 1, 1)
_ADDRESS = ("street_number", "street_name", "city", "state", "postal_code", "country_code")


@dataclass(frozen=True, slots=True)
class Replay:
    """A folder with a connector in it that prints `records` records of one stream, and the same records bare.

    Shape: `source` speaks the Airbyte protocol; `bare` has one record a line, without a backslash,
           so that it is COPY's text format as it stands; `stream` is as it is synced.
    """

    folder: Path
    records: int
    stream: ConfiguredStream

    @property
    def source(self) -> Path:
        return self.folder / "source"

    @property
    def bare(self) -> Path:
        return self.folder / "records.jsonl"

    @property
    def size_bytes(self) -> int:
        return self.bare.stat().st_size


def replay(records: int) -> Replay:
    """The replaying connector of so many users, made now where it is not there."""
    return _replay(f"users-{records}", records, users(), made(records))


def changes(records: int) -> Replay:
    """The replaying connector of what changes in so many users: each tenth anew, and one in a hundred more."""
    count = records // CHANGED + records // ADDED
    return _replay(f"changes-{records}", count, users(), changed(records))


def second(records: int) -> Replay:
    """The replaying connector of the same users once more, whole, with the same changes in them."""
    count = records + records // ADDED
    return _replay(f"second-{records}", count, users(), made_again(records))


def narrow(records: int) -> Replay:
    """The replaying connector of so many entries, of which little but the row itself is to be written."""
    stream = _configured("entries", _entry_schema())
    return _replay(f"entries-{records}", records, stream, _entries(records))


def wide(records: int) -> Replay:
    """The replaying connector of so many readings of 500 fields."""
    stream = _configured("readings", _reading_schema())
    return _replay(f"readings-{records}", records, stream, _readings(records))


SHAPES: Mapping[str, Callable[[int], Replay]] = {"users": replay, "narrow": narrow, "wide": wide}


def users() -> ConfiguredStream:
    """The stream as it is synced: incremental, deduplicated, with history by the cursor's time."""
    return _configured("users", _user_schema())


def made(records: int) -> Iterator[dict[str, object]]:
    """The first so many users; each is the same whatever their number."""
    chance = random.Random(SEED)
    choice, among, uniform = chance.choice, chance.randrange, chance.uniform
    for number in range(1, records + 1):
        first, last = choice(_FIRST), choice(_LAST)
        yield {
            "id": number,
            "first_name": first,
            "last_name": last,
            "email": f"{first.lower()}.{last.lower()}{number}@example.com",
            "telephone": f"+1-{among(200, 999)}-{among(200, 999)}-{among(1000, 9999)}",
            "gender": choice(("Male", "Female", "Other")),
            "title": choice(("Mr.", "Ms.", "Dr.", "Prof.")),
            "age": among(18, 90),
            "occupation": choice(_OCCUPATIONS),
            "language": choice(_LANGUAGES),
            "nationality": choice(_NATIONALITIES),
            "academic_degree": choice(("PhD", "Bachelor", "Master")),
            "height": round(uniform(1.5, 2.0), 2),
            "weight": among(45, 120),
            "balance": round(uniform(-5_000, 90_000), 4),
            "is_active": chance.random() < 0.8,
            "ssn": f"{among(100, 899):03d}-{among(10, 99)}-{among(1000, 9999)}",
            "address": {
                "street_number": str(among(1, 9999)),
                "street_name": f"{last} Street",
                "city": choice(_CITIES),
                "state": choice(_STATES),
                "postal_code": str(among(10_000, 99_999)),
                "country_code": "US",
            },
            "created_at": _instant(among(1 << 26)),
            "updated_at": _instant((1 << 26) + among(1 << 26)),
        }


def made_again(records: int) -> Iterator[dict[str, object]]:
    """So many users, each tenth a year later in another occupation; then users that were not there."""
    for number, user in enumerate(made(records + records // ADDED), 1):
        if number <= records and number % CHANGED == 0:
            yield user | {"occupation": "Retired", "updated_at": _instant((1 << 27) + number)}
        else:
            yield user


def changed(records: int) -> Iterator[dict[str, object]]:
    """Of these the users that changed and that were not there."""
    for number, user in enumerate(made_again(records), 1):
        if number > records or number % CHANGED == 0:
            yield user


def _entries(records: int) -> Iterator[dict[str, object]]:
    chance = random.Random(SEED)
    for number in range(1, records + 1):
        yield {
            "id": number,
            "kind": chance.choice(("debit", "credit", "fee")),
            "amount": round(chance.uniform(1, 10_000), 2),
            "is_open": chance.random() < 0.1,
            "updated_at": _instant(number),
        }


def _readings(records: int) -> Iterator[dict[str, object]]:
    chance = random.Random(SEED)
    for number in range(1, records + 1):
        reading: dict[str, object] = {"id": number, "updated_at": _instant(number)}
        for field in range(FIELDS):
            reading[f"field_{field:03d}"] = _measured(field, chance)
        yield reading


def _measured(field: int, chance: random.Random) -> object:
    match field % 5:
        case 0:
            return chance.randrange(100_000)
        case 1:
            return round(chance.uniform(-100, 100), 3)
        case 2:
            return chance.random() < 0.5
        case 3:
            return _OCCUPATIONS[chance.randrange(len(_OCCUPATIONS))]
        case _:
            return f"R-{chance.randrange(1_000)}" if chance.random() < 0.5 else None


def _instant(seconds: int) -> str:
    return (_BEGINNING + timedelta(seconds=seconds)).isoformat() + "+00:00"


def _configured(name: str, schema: dict[str, object]) -> ConfiguredStream:
    return ConfiguredStream(
        stream=Stream(
            descriptor=StreamDescriptor(name),
            json_schema=schema,
            supported=(ReadMode.FULL_REFRESH, ReadMode.INCREMENTAL),
            source_defined_cursor=True,
            default_cursor_field=("updated_at",),
            source_defined_primary_key=(("id",),),
        ),
        sync_mode=SyncMode.INCREMENTAL_DEDUPED_HISTORY,
        cursor_field=("updated_at",),
        primary_key=(("id",),),
    )


def _kind(name: str, **more: object) -> dict[str, object]:
    return {"type": ["null", name], **more}


_TEXT, _INSTANT = _kind("string"), _kind("string", format="date-time")
_OF_READINGS = (_kind("integer"), _kind("number"), _kind("boolean"), _TEXT, _TEXT)
"""In the order of `_measured`."""


def _user_schema() -> dict[str, object]:
    properties = dict.fromkeys(next(made(1)), _TEXT)
    properties |= {"id": _kind("integer"), "age": _kind("integer"), "weight": _kind("integer")}
    properties |= {"height": _kind("number"), "balance": _kind("number")}
    properties |= {"is_active": _kind("boolean"), "created_at": _INSTANT, "updated_at": _INSTANT}
    properties["address"] = _kind("object", properties=dict.fromkeys(_ADDRESS, _TEXT))
    return {"type": "object", "properties": properties}


def _entry_schema() -> dict[str, object]:
    properties = {"id": _kind("integer"), "kind": _TEXT, "amount": _kind("number")}
    properties |= {"is_open": _kind("boolean"), "updated_at": _INSTANT}
    return {"type": "object", "properties": properties}


def _reading_schema() -> dict[str, object]:
    properties = {"id": _kind("integer"), "updated_at": _INSTANT}
    properties |= {f"field_{i:03d}": _OF_READINGS[i % len(_OF_READINGS)] for i in range(FIELDS)}
    return {"type": "object", "properties": properties}


_RECORD = b'{"type":"RECORD","record":{"stream":"%s","data":%s,"emitted_at":%d}}\n'
_SCRIPT = """#!/bin/sh
# A connector that costs nothing: it prints what was prepared.
here=$(dirname "$0")
case "$1" in
    spec | check | discover) exec cat "$here/$1.jsonl" ;;
    read) exec cat "$here/read.jsonl" ;;
esac
"""


def _replay(
    name: str, count: int, stream: ConfiguredStream, records: Iterator[dict[str, object]]
) -> Replay:
    found = Replay(DATA / name, count, stream)
    if not found.source.exists():
        _write(found, records)
    return found


def _write(replay: Replay, records: Iterator[dict[str, object]]) -> None:
    replay.folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    name = replay.stream.descriptor.name
    with (replay.folder / "read.jsonl").open("wb") as read, replay.bare.open("wb") as bare:
        read.write(_line("TRACE", "trace", _status(name, "STARTED")))
        for number, record in enumerate(records, 1):
            data = encode(record)
            read.write(_RECORD % (name.encode(), data, _EMITTED_AT))
            bare.write(data + b"\n")
            if number % STATE_RECORDS == 0 or number == replay.records:
                read.write(_line("STATE", "state", _state(name, number)))
        read.write(_line("TRACE", "trace", _status(name, "COMPLETE")))
    for command, line in _answers(replay.stream.stream).items():
        (replay.folder / f"{command}.jsonl").write_bytes(line)
    draft = replay.folder / "source.new"  # last, so that a run which was stopped is made anew
    draft.write_text(_SCRIPT)
    draft.chmod(0o755)
    draft.rename(replay.source)


def _answers(stream: Stream) -> dict[str, bytes]:
    offered = {
        "name": stream.descriptor.name,
        "json_schema": stream.json_schema,
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": ["updated_at"],
        "source_defined_primary_key": [["id"]],
    }
    specification = {"connectionSpecification": {"type": "object", "properties": {}}}
    return {
        "spec": _line("SPEC", "spec", specification),
        "check": _line("CONNECTION_STATUS", "connectionStatus", {"status": "SUCCEEDED"}),
        "discover": _line("CATALOG", "catalog", {"streams": [offered]}),
    }


def _line(kind: str, member: str, content: object) -> bytes:
    return msgspec.json.encode({"type": kind, member: content}) + b"\n"


def _status(stream: str, status: str) -> dict[str, object]:
    told = {"stream_descriptor": {"name": stream}, "status": status}
    return {"type": "STREAM_STATUS", "emitted_at": _EMITTED_AT, "stream_status": told}


def _state(stream: str, number: int) -> dict[str, object]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": stream}, "stream_state": {"read": number}},
    }
