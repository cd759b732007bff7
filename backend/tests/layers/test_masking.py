"""Tests of app/layers/masking.py: what SQL masks is what Python says it must be."""

import json
import random
from collections.abc import Callable, Mapping
from decimal import Decimal

from app.core.catalog import Path
from app.core.findings import ITEMS, Action, Entity, PathDecision, Verdict
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import offered

TEXTS = (
    "Anna Berg", "  Anna Berg ", "", " ", "a", "ÄÖÜ ß İ Σς", "日本", "😀", "a\tb\n", "it's \"so\" \\ %s $1 {}", "x" * 5_000,
    " A@B.org ", "\ta@b.org", "ÜBER@B.ORG", "a@b.org",
)  # fmt: skip
INTEGER, STRING, OBJECT = {"type": "integer"}, {"type": "string"}, {"type": "object"}


def masks(path: Path, entity: Entity | None = Entity.PERSON) -> PathDecision:
    return PathDecision(path=path, verdict=Verdict.PERSONAL, entity=entity, action=Action.MASK)


async def published(
    atlas: Atlas,
    schema: Mapping[str, object],
    records: list[dict[str, object]],
    *decisions: PathDecision,
) -> list[dict[str, object]]:
    """The rows of chart, JSON columns as what they say."""
    hand = await ByHand.of(atlas, offered("people", {"id": INTEGER, **schema}), decisions=decisions)
    last = await hand.land([{"id": i, **record} for i, record in enumerate(records)])
    await hand.promote(last - 1, last)
    rows = await atlas.rows(str(hand.tables.chart), "id")
    for row in rows:
        row.update({k: json.loads(str(row[k])) for k in schema if schema[k] == OBJECT and row[k]})
    return rows


async def test_a_token_in_sql_is_the_token_in_python(atlas: Atlas) -> None:
    entities = (Entity.PERSON, Entity.EMAIL_ADDRESS, None)
    schema = {f"f{i}": STRING for i in range(len(entities))}
    decisions = [masks((f"f{i}",), entity) for i, entity in enumerate(entities)]

    rows = await published(
        atlas, schema, [dict.fromkeys(schema, text) for text in TEXTS], *decisions
    )

    for row, text in zip(rows, TEXTS, strict=True):
        tags = [entity or Entity.PERSONAL for entity in entities]
        assert [row[f] for f in schema] == [KEYS.token(tag, text) for tag in tags]


async def test_every_type_is_masked_as_its_text_and_null_stays_null(atlas: Atlas) -> None:
    schema = {"n": INTEGER, "d": {"type": "number"}, "b": {"type": "boolean"}, "j": OBJECT,
              "on": {"type": "string", "format": "date"}}  # fmt: skip
    given: list[dict[str, object]] = [
        {"n": 7, "d": 1.5, "b": True, "j": {"a": 1}, "on": "2024-01-02"},
        {"n": None, "d": None, "b": None, "j": None, "on": None},
        {},
    ]

    rows = await published(atlas, schema, given, *(masks((name,)) for name in schema))

    tokens = ["7", "1.5", "true", '{"a": 1}', "2024-01-02"]
    assert [rows[0][name] for name in schema] == [KEYS.token(Entity.PERSON, t) for t in tokens]
    assert [row[name] for row in rows[1:] for name in schema] == [None] * 10


async def test_only_the_masked_places_of_a_document_change(atlas: Atlas) -> None:
    decisions = (
        masks(("doc", "person", "name")),
        masks(("doc", "mails", ITEMS), Entity.EMAIL_ADDRESS),
        masks(("doc", "kin", ITEMS, "name")),
        masks(("doc", "grid", ITEMS, ITEMS, "name")),
        masks(("doc", "map")),
        masks(("doc", "it's"), None),
    )
    paths = {decision.path[1:]: decision.entity or Entity.PERSONAL for decision in decisions}
    case = random.Random(1)
    documents = [document(case) for _ in range(300)]

    rows = await published(atlas, {"doc": OBJECT}, [{"doc": d} for d in documents], *decisions)

    for row, clear in zip(rows, documents, strict=True):
        assert row["doc"] == masked(clear, (), paths)


def document(case: random.Random) -> dict[str, object]:
    """A document in which each place may be missing, null, empty or as it should be."""

    def scalar() -> object:
        return case.choice(("Anna", "", " A@b.org ", None, 5, True))

    def several(make: Callable[[], object]) -> object:
        return [make() for _ in range(case.randint(0, 3))]

    def person() -> object:
        return case.choice(({"name": scalar(), "age": 7}, {"age": 7}, {}, None))

    makes: Mapping[str, Callable[[], object]] = {
        "person": person,
        "mails": lambda: several(scalar),
        "kin": lambda: several(person),
        "grid": lambda: several(lambda: several(person)),
        "map": lambda: case.choice(({"Anna": 1, "Bo": {"x": [1]}}, {}, None)),
        "it's": scalar,
        "clear": lambda: {"name": "Anna", "mails": ["a@b.org"]},
    }
    return {name: make() for name, make in makes.items() if case.random() < 0.8}


def as_jsonb(value: object) -> str:
    """JSON as PostgreSQL prints it: short keys first."""
    return json.dumps(ordered(value), ensure_ascii=False)


def ordered(value: object) -> object:
    if isinstance(value, dict):
        return {key: ordered(value[key]) for key in sorted(value, key=lambda key: (len(key), key))}
    return [ordered(item) for item in value] if isinstance(value, list) else value


def masked(value: object, path: Path, paths: Mapping[Path, Entity]) -> object:
    """The reference: a value at a masked path becomes the token of its text."""
    if path in paths and value is not None:
        return KEYS.token(paths[path], value if isinstance(value, str) else as_jsonb(value))
    if isinstance(value, dict):
        return {key: masked(below, (*path, key), paths) for key, below in value.items()}
    if isinstance(value, list):
        return [masked(item, (*path, ITEMS), paths) for item in value]
    return value


async def test_a_structure_where_a_scalar_was_expected_is_masked_and_the_reverse(
    atlas: Atlas,
) -> None:
    decisions = (
        masks(("doc", "person", "name")),
        masks(("doc", "kin", ITEMS, "name")),
        masks(("text", "name")),
    )
    given: list[dict[str, object]] = [
        {"doc": {"person": {"name": {"first": "Anna"}}, "kin": "Anna"}},
        {"doc": {"person": "Anna", "kin": {"name": "Anna"}}},
        {"doc": {"person": ["Anna"], "kin": [["Anna"], "Anna", {"name": ["Anna"]}]}},
        {"doc": "Anna", "text": {"name": "Anna"}},
        {"doc": ["Anna"], "text": "Anna"},
    ]

    rows = await published(atlas, {"doc": OBJECT, "text": STRING}, given, *decisions)

    assert len(rows) == len(given)
    assert "Anna" not in json.dumps([[row["doc"], row["text"]] for row in rows])
    token = KEYS.token(Entity.PERSON, "Anna")
    assert rows[0]["doc"] == {
        "person": {"name": KEYS.token(Entity.PERSON, '{"first": "Anna"}')}, "kin": token,
    }  # fmt: skip
    assert rows[3]["doc"] == rows[4]["text"] == token


async def test_what_lies_in_a_column_that_can_hold_no_structure_needs_no_mask(
    atlas: Atlas,
) -> None:
    """Such a record does not fit; those that do are what they are."""
    schema = {"n": INTEGER, "b": {"type": "boolean"}, "on": {"type": "string", "format": "date"}}
    given: list[dict[str, object]] = [
        {"n": 5, "b": True, "on": "2024-01-02"},
    ]
    given += [{name: {"id": 5, "mail": "a@b.org"}} for name in schema]

    rows = await published(atlas, schema, given, *(masks((name, "mail")) for name in schema))

    assert [(row["n"], row["b"], str(row["on"])) for row in rows] == [(5, True, "2024-01-02")]
    kept = await atlas.values("SELECT rules::text FROM quarantine.chart_records ORDER BY seq")
    assert kept == [f"{{type:{name}}}" for name in schema]


async def test_keys_and_hashes_come_from_clear_values(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, offered("people", {"id": STRING, "n": {"type": "number"}}))
    last = await hand.land([{"id": "Anna", "n": 1}, {"id": "Bo", "n": 2}])
    await hand.promote(last - 1, last)
    query = f"SELECT _atlas_key_hash, _atlas_row_hash, n FROM {hand.tables.chart} ORDER BY n"
    clear = await hand.rows(query)

    hand.decisions = [masks(("id",))]
    staged = await hand.stage(last - 1, last)

    again = await hand.rows(query.replace(str(hand.tables.chart), str(staged.table)))
    assert again == clear
    assert clear[0][2] == Decimal(1)
    ids = await hand.rows(f"SELECT id FROM {staged.table} ORDER BY n")
    assert ids == [(KEYS.token(Entity.PERSON, name),) for name in ("Anna", "Bo")]
