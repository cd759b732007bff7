"""The records that are measured with: made once, always the same, as a connector that replays them.

A user is 569 bytes of JSON on average: 20 fields, one of them a nested address.
"""

import random
from collections.abc import Iterator
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
USERS = StreamDescriptor("users")

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
    """A folder with a connector in it that prints `records` users, and the same records bare.

    Shape: `source` speaks the Airbyte protocol; `bare` has one record a line, without a backslash,
           so that it is COPY's text format as it stands.
    """

    folder: Path
    records: int

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
    found = Replay(DATA / f"users-{records}", records)
    if not found.source.exists():
        _write(found, made(records))
    return found


def changes(records: int) -> Replay:
    """The replaying connector of what changes in so many users: each tenth anew, and one in a hundred more."""
    found = Replay(DATA / f"changes-{records}", records // CHANGED + records // ADDED)
    if not found.source.exists():
        _write(found, changed(records))
    return found


def second(records: int) -> Replay:
    """The replaying connector of the same users once more, whole, with the same changes in them."""
    found = Replay(DATA / f"second-{records}", records + records // ADDED)
    if not found.source.exists():
        _write(found, made_again(records))
    return found


def users() -> ConfiguredStream:
    """The stream as it is synced: incremental, deduplicated, with history by the cursor's time."""
    return ConfiguredStream(
        stream=Stream(
            descriptor=USERS,
            json_schema=_schema(),
            supported=(ReadMode.FULL_REFRESH, ReadMode.INCREMENTAL),
            source_defined_cursor=True,
            default_cursor_field=("updated_at",),
            source_defined_primary_key=(("id",),),
        ),
        sync_mode=SyncMode.INCREMENTAL_DEDUPED_HISTORY,
        cursor_field=("updated_at",),
        primary_key=(("id",),),
    )


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


def _instant(seconds: int) -> str:
    return (_BEGINNING + timedelta(seconds=seconds)).isoformat() + "+00:00"


def _schema() -> dict[str, object]:
    def kind(name: str, **more: object) -> dict[str, object]:
        return {"type": ["null", name], **more}

    text, instant = kind("string"), kind("string", format="date-time")
    properties = dict.fromkeys(next(made(1)), text)
    properties |= {"id": kind("integer"), "age": kind("integer"), "weight": kind("integer")}
    properties |= {"height": kind("number"), "balance": kind("number")}
    properties |= {"is_active": kind("boolean"), "created_at": instant, "updated_at": instant}
    properties["address"] = kind("object", properties=dict.fromkeys(_ADDRESS, text))
    return {"type": "object", "properties": properties}


_RECORD = b'{"type":"RECORD","record":{"stream":"users","data":%s,"emitted_at":%d}}\n'
_SCRIPT = """#!/bin/sh
# A connector that costs nothing: it prints what was prepared.
here=$(dirname "$0")
case "$1" in
    spec | check | discover) exec cat "$here/$1.jsonl" ;;
    read) exec cat "$here/read.jsonl" ;;
esac
"""


def _write(replay: Replay, users: Iterator[dict[str, object]]) -> None:
    replay.folder.mkdir(parents=True, exist_ok=True)
    encode = msgspec.json.Encoder().encode
    with (replay.folder / "read.jsonl").open("wb") as read, replay.bare.open("wb") as bare:
        read.write(_line("TRACE", "trace", _status("STARTED")))
        for number, user in enumerate(users, 1):
            data = encode(user)
            read.write(_RECORD % (data, _EMITTED_AT))
            bare.write(data + b"\n")
            if number % STATE_RECORDS == 0 or number == replay.records:
                read.write(_line("STATE", "state", _state(number)))
        read.write(_line("TRACE", "trace", _status("COMPLETE")))
    for name, line in _answers().items():
        (replay.folder / f"{name}.jsonl").write_bytes(line)
    draft = replay.folder / "source.new"  # last, so that a run which was stopped is made anew
    draft.write_text(_SCRIPT)
    draft.chmod(0o755)
    draft.rename(replay.source)


def _answers() -> dict[str, bytes]:
    stream = {
        "name": USERS.name,
        "json_schema": _schema(),
        "supported_sync_modes": ["full_refresh", "incremental"],
        "source_defined_cursor": True,
        "default_cursor_field": ["updated_at"],
        "source_defined_primary_key": [["id"]],
    }
    specification = {"connectionSpecification": {"type": "object", "properties": {}}}
    return {
        "spec": _line("SPEC", "spec", specification),
        "check": _line("CONNECTION_STATUS", "connectionStatus", {"status": "SUCCEEDED"}),
        "discover": _line("CATALOG", "catalog", {"streams": [stream]}),
    }


def _line(kind: str, member: str, content: object) -> bytes:
    return msgspec.json.encode({"type": kind, member: content}) + b"\n"


def _status(status: str) -> dict[str, object]:
    told = {"stream_descriptor": {"name": USERS.name}, "status": status}
    return {"type": "STREAM_STATUS", "emitted_at": _EMITTED_AT, "stream_status": told}


def _state(number: int) -> dict[str, object]:
    return {
        "type": "STREAM",
        "stream": {"stream_descriptor": {"name": USERS.name}, "stream_state": {"read": number}},
    }
