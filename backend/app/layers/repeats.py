"""Finds records in which an object names a key twice: jsonb keeps the last and tells nobody."""

import json
from collections.abc import Iterator, Sequence

REPEATED_KEY = "repeated_key"
_PARSED_OF_EACH = 8
"""Records with one number of keys that are parsed; the rest of them are taken to be like these."""


def with_repeated_keys(records: Sequence[bytes]) -> Iterator[int]:
    """The places of records that name a key of one object twice.

    Shape: parsing each would cost more than landing them, so records are told apart by how many
           keys they have, which a repetition changes; of each number some are parsed, spread
           over the batch, and all where one of those repeats a key.
    """
    counts = [data.count(b'":') for data in records]
    places: dict[int, list[int]] = {}
    for place, count in enumerate(counts):
        places.setdefault(count, []).append(place)
    for alike in places.values():
        step = max(1, len(alike) // _PARSED_OF_EACH)
        if any(repeats_a_key(records[place]) for place in alike[::step]):
            yield from (place for place in alike if repeats_a_key(records[place]))


def repeats_a_key(data: bytes) -> bool:
    """True if an object in the record names a key twice; false for what is no JSON."""
    found = False

    def look(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len({key for key, _ in pairs}) < len(pairs)

    try:
        json.loads(data, object_pairs_hook=look)
    except (ValueError, RecursionError):
        return False
    return found
