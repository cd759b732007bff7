"""What is said of a stream's datasets is what their tables are."""

from dataclasses import replace

import pytest

from app.core.findings import ITEMS, Action, PathDecision, Verdict
from app.core.layout import Child, Column, Layout
from app.core.schema import ColumnType
from app.database.pool import Connection, Database
from app.layers import children
from app.layers.tables import Masks, Tables, ensure_explore, ensure_published
from app.lineage.facets import Dataset, Field, Subtype
from tests.conftest import SERVERS
from tests.lineage.samples import FLATTENED, USERS, WITHOUT_CURSOR, WITHOUT_KEY, facets

LAYOUTS = [USERS, WITHOUT_KEY, WITHOUT_CURSOR, FLATTENED]


async def columns_of(
    connection: Connection, schema: str, name: str
) -> list[tuple[str, str | None]]:
    rows = await connection.fetch(
        """SELECT attname, format_type(atttypid, NULL) AS type FROM pg_attribute
           WHERE attrelid = format('%I.%I', $1::text, $2::text)::regclass AND attnum > 0
           ORDER BY attnum""",
        schema,
        name,
    )
    in_short = {"timestamp with time zone": "timestamptz"}
    return [(row["attname"], in_short.get(row["type"], row["type"])) for row in rows]


def fields_of(dataset: Dataset) -> list[tuple[str, str | None]]:
    return [(field.name, field.type) for field in dataset.fields]


@pytest.mark.parametrize("layout", LAYOUTS, ids=["key", "no key", "no cursor", "flattened"])
@pytest.mark.parametrize("dsn", SERVERS, indirect=True)
async def test_a_schema_is_that_of_the_table(database: Database, layout: Layout) -> None:
    said = facets(layout)

    async with database.transaction() as connection:
        await ensure_explore(connection, layout)
        await ensure_published(connection, layout, Masks(frozenset({"email_1a2b3c4d", "age"})))
        tables = Tables.of(layout.table)

        for dataset, table in (
            (said.explore(), tables.explore),
            (said.chart(), tables.chart),
            (said.navigate(), tables.navigate),
        ):
            assert dataset.name.name == f"atlas.{table.dotted}"
            assert fields_of(dataset) == await columns_of(connection, table.schema, table.name)


@pytest.mark.parametrize("layout", LAYOUTS, ids=["key", "no key", "no cursor", "flattened"])
@pytest.mark.parametrize("is_complete", [True, False])
def test_a_column_comes_from_a_field_that_is_there(layout: Layout, is_complete: bool) -> None:
    said = facets(layout, is_complete=is_complete)
    datasets = [said.source(), said.explore(), said.chart(), said.navigate()]
    fields = {d.name: {field.name for field in d.fields} for d in datasets}

    for dataset in datasets:
        assert dataset.origins.keys() <= fields[dataset.name]
        for origins in dataset.origins.values():
            assert all(origin.field in fields[origin.dataset] for origin in origins)


def test_a_mask_shows_on_every_column_behind_it() -> None:
    said = facets()

    for dataset in (said.chart(), said.navigate()):
        masked = {name for name, origins in dataset.origins.items() if origins[0].is_masked}
        assert masked - {"key_hash", "_atlas_key_hash"} == {"email_1a2b3c4d", "age", "address"}


def test_what_lies_in_a_field_comes_from_that_field_and_has_its_own_mask() -> None:
    said = facets(FLATTENED)
    [street], [zip_] = (said.chart().origins[f"address__{name}"] for name in ("street", "zip"))

    assert [field for field in said.source().fields if field.name.startswith("address")] == [
        Field("address", "jsonb")
    ]
    assert (street.field, street.description) == ("address", "tokens of STREET_ADDRESS")
    assert (zip_.field, zip_.description) == ("address", "a field in it, as bigint")
    assert (street.is_masked, zip_.is_masked) == (True, False)
    [same] = said.navigate().origins["address__street"]
    assert same.is_masked


def test_a_mask_is_described_by_its_kind_and_not_by_a_path() -> None:
    [origin] = facets().chart().origins["address"]

    assert origin.description == "tokens of PERSON, STREET_ADDRESS"


def test_a_type_that_a_mask_may_change_is_not_said_before_the_end() -> None:
    types = {field.name: field.type for field in facets(is_complete=False).chart().fields}

    assert types["age"] is None
    assert types["email_1a2b3c4d"] == "text"
    assert types["address"] == "jsonb"
    assert types["_atlas_batch_id"] == "bigint"


def test_nothing_is_called_unmasked_before_it_is_known() -> None:
    said = facets(is_complete=False)

    assert (said.chart().origins, said.navigate().origins) == ({}, {})


def test_a_version_begins_at_the_time_of_the_cursor_or_of_the_extraction() -> None:
    [by_cursor] = facets(USERS).navigate().origins["valid_from"]
    [by_extraction] = facets(WITHOUT_CURSOR).navigate().origins["valid_from"]

    assert by_cursor.field == "updated_at"
    assert by_extraction.field == "_atlas_extracted_at"
    assert {by_cursor.subtype, by_extraction.subtype} == {Subtype.TRANSFORMATION}


def test_counts_come_from_the_books() -> None:
    said = facets()

    assert said.source().rows == 10
    assert (said.explore().rows, said.explore().size_bytes) == (9, 5_690)
    assert said.chart().rows == 5
    assert said.navigate().rows == 6
    assert facets(WITHOUT_KEY).navigate().rows is None  # a view, to which nothing is written


async def test_the_items_of_arrays_are_a_dataset_of_their_own(database: Database) -> None:
    tags = Column(path=("tags",), name="tags", type=ColumnType.JSONB)
    items = Child(
        field="tags",
        table="test_users__tags",
        columns=(
            Column(path=("tags", ITEMS, "label"), name="label", type=ColumnType.TEXT),
            Column(path=("tags", ITEMS, "n"), name="n", type=ColumnType.BIGINT),
        ),
    )
    layout = replace(WITHOUT_KEY, columns=(*WITHOUT_KEY.columns, tags), children=(items,))
    masked = PathDecision(path=("tags", ITEMS, "label"), verdict=Verdict.PERSONAL, action=Action.MASK)  # fmt: skip
    said = replace(facets(layout), decisions={masked.path: masked})

    async with database.transaction() as connection:
        await ensure_published(connection, layout, Masks())
        await children.rebuild(connection, layout, [masked.path])
        (dataset,) = said.children()

        assert dataset.name.name == "atlas.chart.test_users__tags"
        assert fields_of(dataset) == await columns_of(connection, "chart", "test_users__tags")
    (label,) = dataset.origins["label"]
    assert (label.dataset, label.field, label.is_masked) == (said.chart().name, "tags", True)
    assert not dataset.origins["n"][0].is_masked
