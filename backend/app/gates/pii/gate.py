"""The PII gate: decides for every path of a sample whether it holds personal data, and of what kind."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog

from app.core.catalog import JsonSchema, Path
from app.core.failures import (
    GateUnavailable,
)
from app.core.findings import ITEMS, DecidedBy, PathDecision, Verdict
from app.core.json_schema import Schema
from app.gates.pii.decide import decide, needs_model, undecided, unseen
from app.gates.pii.detectors import Detectors, Spans
from app.gates.pii.evidence import ModelEvidence, ValueEvidence, model_evidence, value_evidence
from app.gates.pii.headers import Header, headers_of
from app.gates.pii.profile import PathProfile, profile, spread

log = structlog.get_logger(__name__)

SHORT_ASKED = 100
"""Distinct short values the model is asked about; free text is asked in full, a hit may be rare."""
CHARACTERS_ASKED = 100_000
LEAST_ASKED = 30
"""Of long texts fewer are asked about: the longer one is, the surer it shows what such texts hold."""
DEEPEST = 32
MOST_DECLARED = 5_000
"""About how many paths are taken from a schema: one whose parts refer to each other may name any number."""
CONTAINERS = frozenset({"object", "array"})
PLAIN_TYPES = frozenset({"boolean", "integer", "number"})
PLAIN_FORMATS = frozenset({"date", "date-time", "time", "uuid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One path of the sample with what is known of it before the model is asked."""

    profile: PathProfile
    header: Header
    values: ValueEvidence

    @property
    def questions(self) -> list[str]:
        """The texts that the model is to judge; empty if it is not needed."""
        if not needs_model(self.values, self.header):
            return []
        if self.values.exceptions:
            return list(self.values.exceptions)
        texts = [text for text in self.profile.texts if text.strip()]
        if not self.values.is_free_text:
            return list(spread(texts, SHORT_ASKED))
        longest = max(map(len, texts))
        return list(spread(texts, max(LEAST_ASKED, CHARACTERS_ASKED // longest)))


@dataclass(frozen=True, slots=True, kw_only=True)
class PiiGate:
    """Decides for every path of a range whether it holds personal data, and of what kind."""

    detectors: Detectors

    def warm(self) -> None:
        """Begin to load the detectors, while a connector is still starting."""
        self.detectors.start()

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[Path, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]:
        """Decisions for all paths that the sample, the schema or earlier decisions name.

        What a person decided stays, and so does a mask; a path found clean is judged again and
        may turn personal. Without the detector, what needs it is masked and provisional.

        Shape: in order of path, one a path; the same sample gives the same decisions.
        """
        declared = await asyncio.to_thread(plain_paths, schema or {})
        held = frozenset(path for path, decision in known.items() if is_settled(decision))
        judged = await asyncio.to_thread(judge, records, frozenset(declared), held)
        found = await self.ask(judged)
        fresh = {
            path: unseen(path, header, declared[path])
            for path, header in headers_of(declared).items()
        }
        holding = containers(held | {each.profile.path for each in judged})
        fresh |= {path: opened(path) for path in holding & fresh.keys()}
        for each, model in zip(judged, found, strict=True):
            path = each.profile.path
            if each.profile.is_empty and path in holding:  # null, where there is no object
                fresh[path] = opened(path)
            elif each.profile.is_empty:
                is_plain = declared.get(path, "boolean" in each.profile.types)
                fresh[path] = unseen(path, each.header, is_plain)
            elif isinstance(model, GateUnavailable):
                fresh[path] = undecided(path, each.values, each.header, self.detectors.version)
            else:
                fresh[path] = decide(path, each.values, each.header, model, self.detectors.version)
        return [settle(known.get(path), fresh.get(path)) for path in sorted({*known, *fresh})]

    async def ask(
        self, judged: Sequence[Judged]
    ) -> Sequence[ModelEvidence | GateUnavailable | None]:
        """The model's evidence for each path, None where it was not needed."""
        questions = [each.questions for each in judged]
        distinct = list(dict.fromkeys(text for texts in questions for text in texts))
        spans: Mapping[str, Spans] = {}
        failure: GateUnavailable | None = None
        if distinct:
            try:
                spans = dict(zip(distinct, await self.detectors.find(distinct), strict=True))
            except GateUnavailable as error:
                failure = error
                log.warning("pii_gate_masks_unjudged", paths=sum(map(bool, questions)))
        return [
            None if not texts else failure or model_evidence(texts, [spans[t] for t in texts])
            for texts in questions
        ]


def judge(
    records: Sequence[bytes], declared: frozenset[Path], settled: frozenset[Path] = frozenset()
) -> list[Judged]:
    """What the values of every path show, but for those of which nothing more can be learnt."""
    profiles = profile(records)
    headers = headers_of({*(each.path for each in profiles), *declared})
    return [
        Judged(
            profile=each,
            header=headers[each.path],
            values=value_evidence(each, headers[each.path]),
        )
        for each in profiles
        if each.path not in settled
    ]


def is_settled(decision: PathDecision) -> bool:
    """True if no values can change it: a person's word, or a mask that is not provisional."""
    return decision.decided_by is DecidedBy.PERSON or (
        decision.is_masked and not decision.is_provisional
    )


def containers(paths: Iterable[Path]) -> set[Path]:
    """The paths that hold others of these: what is in them is judged, not they."""
    return {path[:length] for path in paths for length in range(1, len(path))}


def opened(path: Path) -> PathDecision:
    """A path of which the schema says nothing, and the sample shows what is in it."""
    return PathDecision(path=path, verdict=Verdict.CLEAN)


def settle(known: PathDecision | None, fresh: PathDecision | None) -> PathDecision:
    """Of an earlier decision and a new one, the one that holds from now on.

    A mask is only ever added: nothing but a person, or the first judgement of what had none,
    takes it off.
    """
    if known is None or fresh is None:
        chosen = known or fresh
        assert chosen is not None  # noqa: S101  a path is in one of the two
        return chosen
    if is_settled(known):
        return known
    if known.is_provisional:
        has_more = bool(fresh.evidence.distinct) or not known.evidence.distinct
        is_judged = fresh.evidence.is_judged and has_more
        return fresh if is_judged or not known.is_masked else known
    if fresh.is_provisional and not fresh.evidence.distinct:
        return known
    if fresh.is_masked or fresh.evidence.distinct > known.evidence.distinct:
        return fresh
    return known


def plain_paths(schema: JsonSchema) -> dict[Path, bool]:
    """The leaf paths that a JSON schema declares; true where the type leaves no room for a person.

    Shape: what may be a scalar as well as hold others is a leaf beside them; what a schema holds in itself
           again, or holds too many of, is one as a whole.
    """
    found: dict[Path, bool] = {}
    waiting: deque[tuple[Path, Schema, Sequence[object]]] = deque([((), Schema.of(schema), ())])
    while waiting:
        path, part, above = waiting.popleft()
        has_room = len(path) < DEEPEST and len(found) + len(waiting) < MOST_DECLARED
        is_new = part.part not in above
        below = list(parts_below(path, part)) if has_room and is_new else []
        waiting.extend((path_, below_, (*above, part.part)) for path_, below_ in below)
        if path and (not below or any(kind not in CONTAINERS for kind, _ in part.kinds)):
            found[path] = is_plain(part)
    return found


def parts_below(path: Path, part: Schema) -> Iterable[tuple[Path, Schema]]:
    for key, below in part.properties.items():
        yield (*path, key), below
    items = part.items
    if items is not None and isinstance(items.part, Mapping):  # else nothing is said of them
        yield (*path, ITEMS), items


def is_plain(part: Schema) -> bool:
    kinds = part.kinds
    return bool(kinds) and (
        all(kind in PLAIN_TYPES for kind, _ in kinds)
        or all(kind == "string" and format_ in PLAIN_FORMATS for kind, format_ in kinds)
    )
