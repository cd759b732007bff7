"""Tests of app/sync/promotion.py: masks that come late reach what is published."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as File

import pytest

from app.core.catalog import JsonSchema, Nested, Path, SyncMode
from app.core.findings import ITEMS, DecidedBy, Entity, PathDecision, Verdict
from app.core.jobs import JobStatus
from app.database.pool import Database
from app.gates.pii.gate import PiiGate
from tests.fixtures.atlas import KEYS, Atlas, NothingPersonal, atlas_on
from tests.fixtures.detectors import KnownNames
from tests.fixtures.scripted import AT, INSTANT, offered, saying, whole
from tests.fixtures.synced import Synced
from tests.layers.test_masking import as_jsonb, masks

OBJECT = {"type": "object"}
SCHEMA: Mapping[str, object] = {
    "id": {"type": "integer"},
    "at": INSTANT,
    "phone": {"type": "integer"},
    "doc": OBJECT,
    **{f"f{n}": {"type": "string"} for n in range(6)},
    "far": {"type": "string"},
    "deep": OBJECT,
}


@dataclass
class Decided(NothingPersonal):
    """A gate that always says the same."""

    decisions: Sequence[PathDecision]

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[Path, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]:
        return self.decisions


def sent(key: int) -> dict[str, object]:
    data = {"phone": 4_711 + key, "doc": {"a": {"b": "Anna", "c": 1}}, "f0": "Bo"}
    return {"id": key, "at": AT % key, **data, "far": "Cy", "deep": {"name": "Di", "n": key}}


def token(value: object) -> str:
    return KEYS.token(Entity.PERSON, value if isinstance(value, str) else as_jsonb(value))


@pytest.mark.parametrize(
    ("decisions", "changes"),
    [
        # a bigint column becomes text
        ([[("phone",)]], {"phone": lambda row: token(row["phone"])}),
        ([[("f0",)]], {"f0": lambda row: token("Bo")}),
        ([[("doc", "a", "b")]], {"doc": lambda row: {"a": {"b": token("Anna"), "c": 1}}}),
        ([[("doc",)]], {"doc": lambda row: token(row["doc"])}),
        # what lies in a number is none
        ([[("phone", "mail")]], {}),
        # fields that have no column of their own
        ([[("far",)]], {"far": lambda row: token("Cy")}),
        ([[("deep", "name")]], {"deep": lambda row: {"name": token("Di"), "n": row["id"]}}),
        # what is a token already does not become the token of a token
        ([[("doc",)], [("doc", "a", "b")]], {"doc": lambda row: token(row["doc"])}),
        ([[("deep",)], [("deep", "name")]], {"deep": lambda row: token(row["deep"])}),
        ([[("f0",)], [("phone",)]], {"f0": lambda r: token("Bo"), "phone": lambda r: token(r["phone"])}),
    ],
    ids=lambda value: "+".join(".".join(p) for ps in value for p in ps) if isinstance(value, list) else "",
)  # fmt: skip
async def test_a_mask_that_comes_late_makes_the_rows_it_would_have_made_at_once(
    decisions: list[list[Path]], changes: Mapping[str, object], database: Database, tmp_path: File
) -> None:
    # given: what each sync decides, and in the end all of it
    atlas = atlas_on(database, column_limit=10)
    await atlas.connect({}, streams=[offered("orders", SCHEMA, cursor=("at",))])
    known: list[PathDecision] = []

    # when
    for number, paths in enumerate([[], *decisions]):
        known = [*known, *(masks(path) for path in paths)]
        atlas.pii = Decided(known)
        versions = [sent(number) | {"at": "2020-01-01T00:00:00Z"}, sent(number)]
        said = [json.dumps(version).encode() for version in versions]
        atlas.command = saying(tmp_path, whole("orders", said))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure

    # then
    for table, versions_each in (
        ("chart.ledger_orders", 1),
        ("navigate.ledger_orders", 2),
        ("navigate.ledger_orders__history", 1),
        ("navigate.ledger_orders__current", 1),
    ):
        rows = await atlas.rows(table, "id")
        assert len(rows) == versions_each * (1 + len(decisions))
        for place, row in enumerate(rows):
            clear = sent(place // versions_each)
            expected = {name: _made(changes.get(name), clear, clear[name]) for name in _SHOWN}
            rest = json.loads(str(row["_atlas_rest"]))
            seen = {name: row.get(name, rest.get(name)) for name in _SHOWN}
            seen["doc"] = json.loads(str(seen["doc"]))
            assert seen == expected, table


_SHOWN = ("id", "phone", "doc", "f0", "far", "deep")


def _made(change: object, clear: Mapping[str, object], value: object) -> object:
    return change(clear) if callable(change) else value


CITY, WHOLE = ("address", "city"), ("address",)
ADDRESS = {"type": "object", "properties": {"city": {"type": "string"}, "zip": {"type": "integer"}}}


@pytest.mark.parametrize(
    ("decisions", "masked"),
    [
        ([[CITY]], {"city"}),
        ([[("address", "zip")]], {"zip"}),
        ([[WHOLE]], {"city", "zip", "address"}),
        ([[CITY], [WHOLE]], {"city", "zip", "address"}),
    ],
)
async def test_a_mask_that_comes_late_reaches_the_columns_of_what_lies_in_an_object(
    decisions: list[list[Path]], masked: set[str], database: Database, tmp_path: File
) -> None:
    atlas = atlas_on(database)
    schema = {"id": {"type": "integer"}, "at": INSTANT, "address": ADDRESS}
    stream = offered("orders", schema, cursor=("at",))
    await atlas.connect({}, streams=[stream], nested=Nested.FLATTEN)
    known: list[PathDecision] = []

    for number, paths in enumerate([[], *decisions]):
        known = [*known, *(masks(path) for path in paths)]
        atlas.pii = Decided(known)
        sent = {"id": number, "at": AT % number, "address": {"city": "Bonn", "zip": 53111}}
        atlas.command = saying(tmp_path, whole("orders", [json.dumps(sent).encode()]))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure

    city, zip_ = token("Bonn"), token(53111)
    for table in (
        "chart.ledger_orders",
        "navigate.ledger_orders",
        "navigate.ledger_orders__current",
    ):
        for row in await atlas.rows(table, "id"):
            kept = json.loads(str(row["address"]))
            assert row["address__city"] == (city if "city" in masked else "Bonn"), table
            assert row["address__zip"] == (zip_ if "zip" in masked else 53111), table
            if "address" in masked:
                assert str(kept).startswith("person_"), table
            else:
                assert kept == {"city": row["address__city"], "zip": row["address__zip"]}, table


async def test_a_mask_that_comes_late_reaches_child_tables(
    database: Database, tmp_path: File
) -> None:
    atlas = atlas_on(database)
    item = {"type": "object", "properties": {"sku": {"type": "integer"}, "n": {"type": "integer"}}}
    arrays = {
        "items": {"type": "array", "items": item},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    schema = {"id": {"type": "integer"}, "at": INSTANT, **arrays}
    stream = offered("orders", schema, cursor=("at",))
    await atlas.connect({}, streams=[stream], nested=Nested.CHILD_TABLES)

    for number, decisions in enumerate(
        [[], [masks(("items", ITEMS, "sku")), masks(("tags", ITEMS))]]
    ):
        atlas.pii = Decided(decisions)
        sent = {
            "id": number,
            "at": AT % number,
            "items": [{"sku": 7, "n": number}],
            "tags": ["Anna"],
        }
        atlas.command = saying(tmp_path, whole("orders", [json.dumps(sent).encode()]))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure

        if number == 0:
            await atlas.execute(
                "CREATE VIEW of_somebody AS SELECT value FROM chart.ledger_orders__tags;"
                "GRANT SELECT ON of_somebody TO atlas_app"
            )
    rows = await atlas.rows("chart.ledger_orders__items", "n")
    assert [(row["sku"], row["n"]) for row in rows] == [(token(7), 0), (token(7), 1)]
    assert await atlas.values("SELECT value FROM of_somebody") == [token("Anna")] * 2


async def test_a_leak_in_what_lies_in_an_object_masks_that_alone(
    database: Database, tmp_path: File
) -> None:
    """The range's sample shows nothing; the scan of every text does."""
    atlas = atlas_on(database)
    schema = {"id": {"type": "integer"}, "at": INSTANT, "address": ADDRESS}
    await atlas.connect(
        {}, streams=[offered("orders", schema, cursor=("at",))], nested=Nested.FLATTEN
    )
    atlas.pii = Decided([])
    sent = [
        {
            "id": n,
            "at": AT % n,
            "address": {"city": "anna.berg@example.org" if n == 7 else "Bonn", "more": "x"},
        }
        for n in range(10)
    ]
    atlas.command = saying(tmp_path, whole("orders", [json.dumps(one).encode() for one in sent]))

    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    decided = await atlas.values(
        "SELECT path::text FROM pii.column_decisions WHERE action = 'mask'"
    )
    assert decided == ["{address,city}"]
    for row in await atlas.rows("chart.ledger_orders", "id"):
        kept = json.loads(str(row["address"]))
        assert kept == {"city": row["address__city"], "more": "x"}
        assert str(kept["city"]).startswith("email_address_")


async def test_a_full_refresh_is_published_while_somebody_reads(
    database: Database, tmp_path: File
) -> None:
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    stream = offered("orders", {"id": {"type": "integer"}})
    await atlas.connect({}, SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, streams=[stream])
    atlas.command = saying(tmp_path, whole("orders", [b'{"id":1}']))
    await atlas.sync()
    atlas.command = saying(tmp_path, whole("orders", [b'{"id":2}']))

    async with database.own_connection() as reader, reader.transaction():
        seen = "SELECT id FROM navigate.ledger_orders__current"
        assert [row["id"] for row in await reader.fetch(seen)] == [1]
        async with asyncio.timeout(20):  # less than it waits for a lock
            found = await atlas.sync()
        assert await atlas.values(seen) == [2]

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure


async def test_a_leak_in_a_field_that_has_no_column_masks_that_field_alone(
    database: Database, tmp_path: File
) -> None:
    """Of such a field the sample may have shown nothing, and it may be declared nowhere."""
    atlas = atlas_on(database, column_limit=10)
    await atlas.connect({}, streams=[offered("orders", SCHEMA, cursor=("at",))])
    atlas.pii = Decided([])
    leaks = {"far": "call anna.berg@example.org", "nobody": "bo.berg@example.org"}

    for number, more in enumerate([{}, leaks]):
        said = [json.dumps(sent(number) | more).encode()]
        atlas.command = saying(tmp_path, whole("orders", said))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure

    decided = await atlas.values(
        "SELECT path::text FROM pii.column_decisions WHERE action = 'mask' ORDER BY 1"
    )
    assert decided == ["{far}", "{nobody}"]
    for table in ("chart.ledger_orders", "navigate.ledger_orders"):
        rests = [json.loads(str(row["_atlas_rest"])) for row in await atlas.rows(table, "id")]
        assert [rest["deep"] for rest in rests] == [{"name": "Di", "n": 0}, {"name": "Di", "n": 1}]
        assert all(rest["far"].startswith("email_address_") for rest in rests), table
        assert rests[1]["nobody"].startswith("email_address_"), table


async def test_what_a_person_lets_pass_within_json_stays_clear(
    database: Database, tmp_path: File
) -> None:
    atlas = atlas_on(database)
    schema = {"id": {"type": "integer"}, "at": INSTANT, "doc": OBJECT}
    await atlas.connect({}, streams=[offered("orders", schema, cursor=("at",))])
    paths = [("doc", "mail"), ("doc", "kin", ITEMS, "mail")]
    atlas.pii = Decided(
        [
            PathDecision(path=path, verdict=Verdict.CLEAN, decided_by=DecidedBy.PERSON)
            for path in paths
        ]
    )
    doc: dict[str, object] = {
        "mail": "anna.berg@example.org",
        "kin": [{"mail": "bo.berg@example.org"}],
    }
    docs: list[dict[str, object]] = [doc, doc, {**doc, "note": "cy.berg@example.org"}]

    kept = []
    for number, each in enumerate(docs):
        sent = {"id": number, "at": AT % number, "doc": each}
        atlas.command = saying(tmp_path, whole("orders", [json.dumps(sent).encode()]))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
        rows = await atlas.rows("navigate.ledger_orders", "id")
        kept.append([json.loads(str(row["doc"])) for row in rows])

    assert kept[:2] == [[doc], [doc, doc]]
    assert all(str(each).startswith("email_address_") for each in kept[2]), "elsewhere it is a leak"


LOGIN = "last_login_at"
WITH_LOGIN = {"id": {"type": "integer"}, "at": INSTANT, LOGIN: INSTANT}
TYPES = f"""
    SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attname = '{LOGIN}'
    AND attrelid = ANY ('{{chart.ledger_orders,navigate.ledger_orders__history}}'::regclass[])"""


def logged_in(key: int, at: str | None) -> dict[str, object]:
    return {"id": key, "at": AT % key, LOGIN: at}


async def test_a_mask_that_goes_before_a_value_came_leaves_the_columns_type(
    database: Database, tmp_path: File
) -> None:
    """A name that stands for a login masks what was not seen yet; an instant is none."""
    atlas = atlas_on(database)
    await atlas.connect({}, streams=[offered("orders", WITH_LOGIN, cursor=("at",))])
    types = []

    for number, at in enumerate((None, "2024-05-06T07:08:09Z")):
        said = [json.dumps(logged_in(number, at)).encode()]
        atlas.command = saying(tmp_path, whole("orders", said))
        found = await atlas.sync()
        assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
        types.append(await atlas.values(TYPES))

    assert types == [["text"] * 2, ["timestamp with time zone"] * 2]
    for table in ("chart.ledger_orders", "navigate.ledger_orders"):
        (_, second) = await atlas.rows(table, "id")
        assert second[LOGIN] == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC), table


async def test_what_was_staged_before_a_mask_went_is_staged_anew(atlas: Atlas) -> None:
    synced = await Synced.of(atlas, offered("orders", WITH_LOGIN, cursor=("at",)))
    await synced.begin()
    first = await synced.land([logged_in(1, None)])
    second = await synced.land([logged_in(2, "2024-05-06T07:08:09Z")])
    atlas.pii = PiiGate(detectors=KnownNames())
    promotion = await synced.promotion()
    state = await promotion.open(synced.stream)
    masked = await promotion.stage(state, first - 1, first, 1)
    clear = await promotion.stage(state, first, second, 1)

    is_published = await promotion.publish(state, [masked])
    anew = await promotion.stage(state, first - 1, first, 1)

    assert not is_published
    assert await promotion.publish(state, [anew, clear])
    logins = [row[LOGIN] for row in await atlas.rows("chart.ledger_orders", "id")]
    assert logins == [None, datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)]


async def test_rows_that_the_index_of_explore_misses_are_found_by_a_new_one(
    database: Database, tmp_path: File
) -> None:
    """As where PostgreSQL tells the index nothing of rows that a COPY brings: decision 0058."""
    atlas = atlas_on(database)
    atlas.pii = NothingPersonal()
    stream = offered("orders", {"id": {"type": "integer"}})
    await atlas.connect({}, SyncMode.FULL_REFRESH_APPEND, streams=[stream])
    atlas.command = saying(tmp_path, whole("orders", [b'{"id":1}']))
    await atlas.sync()
    index = "relid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'explore.ledger_orders_raw'::regclass)"
    deaf = f"UPDATE pg_index SET indisready = %s WHERE ind{index}"
    await atlas.execute(deaf % "false")  # what lands now is not told

    atlas.command = saying(tmp_path, whole("orders", [b'{"id":2}', b'{"id":3}']))
    found = await atlas.sync()

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await atlas.values("SELECT id FROM chart.ledger_orders ORDER BY id") == [1, 2, 3]
    assert await atlas.values(f"SELECT indisready FROM pg_index WHERE ind{index}") == [True]
    assert (await atlas.sync()).is_balanced
