"""What a configuration that somebody sends comes to, beside the one that is kept."""

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.catalog import JsonSchema
from app.core.configurations import Place, pointer_of, with_values
from app.core.errors import ConfigurationInvalid, ConfigurationTooLarge
from app.core.secret_names import HIDDEN
from app.secrets.places import secret_places
from app.secrets.references import Keeper, Reference, References, is_reserved
from app.secrets.sealing import shown
from app.secrets.specification import Wrong, wrongs

MOST_BYTES = 1_048_576
DEEPEST = 32
_POINTER_CHARACTERS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """Shape: `places` are those of `configuration` whose values are to be locked away."""

    configuration: Mapping[str, object]
    places: Sequence[Place]


def accept(
    sent: Mapping[str, object],
    specification: JsonSchema | None,
    references: References,
    *,
    kept: Mapping[str, object] | None = None,
    is_patch: bool = False,
) -> Accepted:
    """Take a configuration, or refuse it with all that is wrong.

    Shape:  `**********` stands for the secret that is kept at its place, within a list for that of an item that is as it
            was. A patch changes the fields that it names, within objects too, and takes away those that it gives as
            null; lists it replaces.
    Errors: ConfigurationTooLarge, ConfigurationInvalid.
    """
    require_bounds(sent)
    _refuse(_wrong_references(sent, references))
    before = kept or {}
    merged = _patched(before, sent) if is_patch else sent
    hidden = [place for place, value in _values(merged) if value == HIDDEN]
    stays = dict(_staying(merged, before, shown(before)))
    lost: list[Wrong] = [(place, _why_lost(place)) for place in hidden if place not in stays]
    _refuse(lost)
    configuration = with_values(merged, stays)
    assert isinstance(configuration, dict)  # noqa: S101  a copy of an object
    if specification is not None:
        elsewhere = [place for place, value in _values(configuration) if is_reserved(value)]
        _refuse(wrongs(configuration, specification, elsewhere))
    return Accepted(configuration=configuration, places=secret_places(configuration, specification))


def require_bounds(sent: Mapping[str, object]) -> None:
    """Errors: ConfigurationTooLarge; ConfigurationInvalid for what is too deep, or what no database keeps."""
    found: list[Wrong] = []
    for place, value in _values(sent):
        if len(place) > DEEPEST:
            found.append((place[:1], f"It has more than {DEEPEST} levels."))
            break
        texts = [part for part in (value, *place[-1:]) if isinstance(part, str)]
        if any(not _can_be_kept(text) for text in texts):
            found.append((place, "It holds a character that cannot be kept."))
        if isinstance(value, float) and not math.isfinite(value):
            found.append((place, "It is no number."))
    _refuse(found)
    if len(json.dumps(sent)) > MOST_BYTES:
        raise ConfigurationTooLarge(f"A configuration has at most {MOST_BYTES:,} bytes.")


def has_references(configuration: Mapping[str, object]) -> bool:
    return any(is_reserved(value) for _, value in _values(configuration))


def _wrong_references(sent: Mapping[str, object], references: References) -> Iterator[Wrong]:
    """Nobody but Atlas says `$secret`: else one could name another's."""
    for place, value in _values(sent):
        if is_reserved(value):
            reference = Reference.of(value)
            why = references.why_not(reference) if reference and place else "It is no reference."
            if why is not None:
                yield place, why


def _staying(
    sent: object, kept: object, seen: object, here: Place = ()
) -> Iterator[tuple[Place, object]]:
    """What is kept of the secrets that ten stars stand for, each with its place. Shape: `seen` is `kept` as it is shown."""
    if sent == HIDDEN:
        if _is_kept(kept):
            yield here, kept
    elif isinstance(sent, Mapping) and isinstance(kept, Mapping) and isinstance(seen, Mapping):
        for name, inner in sent.items():
            yield from _staying(inner, kept.get(name), seen.get(name), (*here, name))
    elif isinstance(sent, list) and isinstance(kept, list) and isinstance(seen, list):
        for number in _same_items(sent, seen):
            yield from _staying(sent[number], kept[number], seen[number], (*here, number))


def _same_items(sent: Sequence[object], seen: Sequence[object]) -> Iterator[int]:
    """The numbers of a list's items that are surely those that were shown there.

    Shape: where one was taken out, others have its number. Of those that look alike none is sure, unless all that were
           shown stand as before, and what is new behind them.
    """
    now, before = ([json.dumps(item, sort_keys=True) for item in items] for items in (sent, seen))
    stands = now[: len(before)] == before
    alike = Counter(before)
    for number, (new, old) in enumerate(zip(now, before, strict=False)):
        if new == old and (stands or alike[old] == 1):
            yield number


def _why_lost(place: Place) -> str:
    if any(isinstance(part, int) for part in place):
        return "Give the secret again: within a list it stays only with an item that is as it was."
    return "No secret is kept here that could stay."


def _is_kept(value: object) -> bool:
    reference = Reference.of(value)
    return reference is not None and reference.keeper is Keeper.ATLAS


def _values(value: object) -> Iterator[tuple[Place, object]]:
    """All that is in it, itself first, what is in a reference not; without recursion, for it is untrusted."""
    waiting: list[tuple[Place, object]] = [((), value)]
    while waiting:
        here, found = waiting.pop()
        yield here, found
        if len(here) > DEEPEST or (here and is_reserved(found)):
            continue
        if isinstance(found, Mapping):
            waiting += [((*here, str(name)), inner) for name, inner in found.items()]
        elif isinstance(found, list):
            waiting += [((*here, number), inner) for number, inner in enumerate(found)]


def _patched(kept: Mapping[str, object], patch: Mapping[str, object]) -> dict[str, object]:
    """Source: RFC 7396, but that a reference is replaced whole."""
    found = dict(kept)
    for name, value in patch.items():
        inner = found.get(name)
        if value is None:
            found.pop(name, None)
        elif isinstance(value, Mapping) and not is_reserved(value):
            before = inner if isinstance(inner, Mapping) and not is_reserved(inner) else {}
            found[name] = _patched(before, value)
        else:
            found[name] = value
    return found


def _can_be_kept(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _refuse(found: Iterator[Wrong] | Sequence[Wrong]) -> None:
    errors = [
        {"pointer": pointer_of(place)[:_POINTER_CHARACTERS], "detail": why} for place, why in found
    ]
    if errors:
        raise ConfigurationInvalid(
            "The configuration is not as its connector takes it.", errors=errors
        )
