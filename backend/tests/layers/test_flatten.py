"""What lies directly in an object has columns of its own beside the object's JSON."""

import json
import random
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.core.catalog import JsonSchema, Nested, SyncMode
from app.core.findings import ITEMS, Entity, PathDecision
from app.core.layout import Misfit
from tests.conftest import SERVERS
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered
from tests.layers.test_masking import document, masks

INTEGER, STRING = {"type": "integer"}, {"type": "string"}
ADDRESS: JsonSchema = {
    "type": ["null", "object"],
    "properties": {
        "city": STRING, "zip": {"type": ["null", "integer"]}, "since": INSTANT, "size": {"type": "number"},
        "is_home": {"type": "boolean"}, "geo": {"type": "object", "properties": {"lat": {"type": "number"}}},
        "0": STRING, "it's": STRING, "City": STRING,
    },
}  # fmt: skip
SCHEMA = {"id": INTEGER, "address": ADDRESS, "tags": {"type": "array", "items": STRING}}
HOME = {
    "city": "Bonn", "zip": 53111, "since": "2024-01-01T01:00:00+01:00", "size": 1.10, "is_home": True,
    "geo": {"lat": 50.7}, "0": "zero", "it's": "so", "City": "BONN", "more": ["x"],
}  # fmt: skip


async def charted(
    atlas: Atlas,
    records: Iterable[Mapping[str, object]],
    *decisions: PathDecision,
    schema: Mapping[str, object] = SCHEMA,
    misfit: Misfit = Misfit.QUARANTINE,
    nested: Nested = Nested.FLATTEN,
) -> list[dict[str, object]]:
    """The rows of chart by their fields' paths, and what was quarantined of them by their rules."""
    stream = offered("people", {"id": INTEGER, **schema})
    hand = await ByHand.of(
        atlas, stream, SyncMode.INCREMENTAL_APPEND, misfit=misfit, decisions=decisions,
        nested=nested, source=nested,
    )  # fmt: skip
    last = await hand.land([{"id": i, **record} for i, record in enumerate(records)])
    staged = await hand.stage(last - 1, last)
    names = {column.name: ".".join(column.path) for column in hand.layout.columns}
    rows = await atlas.rows(str(staged.table), "_atlas_seq")
    return [{names.get(name, name): value for name, value in row.items()} for row in rows]


@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_each_field_of_an_object_has_a_typed_column_and_the_object_stays(
    atlas: Atlas,
) -> None:
    others: list[object] = [
        None,
        {},
        "Bonn",
        7,
        ["zero", "one"],
        {"city": None, "geo": None, "more": 1},
    ]

    sent: list[dict[str, object]] = [{"address": other} for other in [HOME, *others]]
    full, *rest = await charted(atlas, [*sent, {}])

    assert json.loads(str(full["address"])) == HOME
    assert {name: full[f"address.{name}"] for name in HOME if name != "more"} == {
        "city": "Bonn", "zip": 53111, "since": datetime(2024, 1, 1, tzinfo=UTC), "size": Decimal("1.10"), "is_home": True,
        "geo": '{"lat": 50.7}', "0": "zero", "it's": "so", "City": "BONN",
    }  # fmt: skip
    assert "address.geo.lat" not in full
    assert "tags.[]" not in full
    for row, other in zip(rest, [*others, None], strict=True):
        assert row["_atlas_violations"] is None
        assert (None if row["address"] is None else json.loads(str(row["address"]))) == other
        assert {value for name, value in row.items() if name.startswith("address.")} == {None}


async def test_columns_are_called_after_field_and_inner_field_and_no_two_alike(
    atlas: Atlas,
) -> None:
    inner = {"type": "object", "properties": {"b": STRING, "b__c": STRING, "Ü": STRING}}
    schema = {"a": inner, "a__b": {"type": "object", "properties": {"c": STRING}}}

    hand = await ByHand.of(atlas, offered("things", schema, primary_key=()), nested=Nested.FLATTEN,
                           mode=SyncMode.INCREMENTAL_APPEND)  # fmt: skip

    names = {column.path: column.name for column in hand.layout.columns}
    assert list(names) == [("a",), ("a__b",), ("a", "b"), ("a", "b__c"), ("a", "Ü"), ("a__b", "c")]
    assert (names["a",], names["a__b",]) == ("a", "a__b")
    assert names["a", "b__c"] == "a__b__c"
    assert names["a", "b"].startswith("a_b_")
    assert names["a__b", "c"].startswith("a_b_c_")
    assert len(set(names.values())) == len(names)


@pytest.mark.parametrize("misfit", Misfit)
async def test_what_does_not_fit_its_column_goes_by_policy_and_stays_in_the_json(
    atlas: Atlas, misfit: Misfit
) -> None:
    records: list[dict[str, object]] = [
        {"address": {"zip": "D-53111", "city": "Bonn"}},
        {"address": HOME},
    ]

    odd, good = await charted(atlas, records, misfit=misfit)

    assert json.loads(str(odd["address"]))["zip"] == "D-53111"
    assert (odd["address.zip"], odd["address.city"], good["address.zip"]) == (None, "Bonn", 53111)
    if misfit is Misfit.QUARANTINE:
        assert odd["_atlas_violations"] == ["type:address__zip"]
    else:
        (change,) = json.loads(str(odd["_airbyte_meta"]))["changes"]
        assert (change["field"], change["change"]) == ("address.zip", "NULLED")


async def test_masks_go_by_paths_and_hold_in_column_and_json_alike(atlas: Atlas) -> None:
    city, geo = masks(("address", "city")), masks(("address", "geo", "lat"))
    digits = masks(("address", "zip"), None)

    (row,) = await charted(atlas, [{"address": HOME}], city, geo, digits)

    kept = json.loads(str(row["address"]))
    assert row["address.city"] == kept["city"] == KEYS.token(Entity.PERSON, "Bonn")
    assert row["address.zip"] == kept["zip"] == KEYS.token(Entity.PERSONAL, "53111")
    assert json.loads(str(row["address.geo"])) == kept["geo"] == {"lat": KEYS.token(Entity.PERSON, "50.7")}  # fmt: skip
    assert (row["address.size"], row["address.City"]) == (Decimal("1.10"), "BONN")


async def test_an_object_that_is_masked_whole_shows_none_of_its_fields(atlas: Atlas) -> None:
    (row,) = await charted(atlas, [{"address": HOME}], masks(("address",)))

    shown = {name: value for name, value in row.items() if name.startswith("address.")}
    assert len(shown) == 9
    for name, value in shown.items():
        assert str(value).strip('"').startswith(f"person_{KEYS.id}_"), name


async def test_nothing_is_lost_and_nothing_personal_shown_whatever_the_objects_are(
    atlas: Atlas,
) -> None:
    decisions = (
        masks(("doc", "person", "name")), masks(("doc", "mails", ITEMS), Entity.EMAIL_ADDRESS),
        masks(("doc", "kin", ITEMS, "name")), masks(("doc", "map")), masks(("doc", "it's"), None),
    )  # fmt: skip
    case = random.Random(2)
    records: list[dict[str, object]] = [{"doc": document(case)} for _ in range(200)]
    inner = {
        "person": {"type": "object"},
        "mails": {"type": "array"},
        "map": {},
        "it's": {},
        "clear": {},
    }
    schema = {"doc": {"type": "object", "properties": inner}}

    plain = await charted(atlas, records, *decisions, schema=schema, nested=Nested.JSON)
    flat = await charted(atlas, records, *decisions, schema=schema)

    for one, other in zip(plain, flat, strict=True):
        assert one["doc"] == other["doc"]
        kept = json.loads(str(other["doc"]))
        for name in inner:
            shown = other[f"doc.{name}"]
            assert (None if shown is None else json.loads(str(shown))) == kept.get(name), name
