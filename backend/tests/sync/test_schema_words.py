"""What a person says of a schema that changed: another key, a rename, old records' values, variants."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.catalog import JsonSchema, SyncMode
from app.core.catalog import Path as FieldPath
from app.core.errors import InvalidRequest, KeyNeedsTheSource, ViewsInTheWay
from app.core.findings import Action, Entity, Evidence, PathDecision, Verdict
from app.core.jobs import JobStatus, JobType
from app.core.layout import Contract
from app.core.schema_growth import Rename, Word
from app.database.pool import Database
from app.sync.connections import backfills, connection_store, schema_impact, schema_words
from app.sync.connections.schema_changes import ChangeStatus, SchemaChange
from app.sync.growth import growing
from tests.fixtures.atlas import Atlas, atlas_on
from tests.fixtures.scripted import INSTANT
from tests.fixtures.shop import (
    BASE,
    CHART,
    DAY,
    INTEGER,
    KEEPS,
    NUMBER,
    STRING,
    VIEW,
    Shop,
    order,
    shown,
)

Values = Sequence[tuple[int, object]]
Retyped = tuple[
    Mapping[str, object],
    Mapping[str, object],
    str,
    str,
    Values,
    Values,
    Sequence[tuple[object, ...]],
]
CODED = {**BASE, "code": STRING}
APPENDS = SyncMode.INCREMENTAL_APPEND


@pytest.fixture
def shop(database: Database, tmp_path: Path) -> Shop:
    return Shop(atlas_on(database, schema_check_h=0), tmp_path)


async def pending(shop: Shop) -> SchemaChange:
    (change,) = await shop.changes(ChangeStatus.PENDING)
    return change


async def adopt(shop: Shop, word: Word) -> SchemaChange:
    change = await pending(shop)
    async with shop.atlas.database.transaction() as session:
        return await growing.adopt(session, change.change_id, 320, word)


async def unbalanced(atlas: Atlas) -> Sequence[object]:
    return await atlas.values("SELECT batch_id FROM pipeline.batch_ledger WHERE NOT is_balanced")


def masked(*path: str) -> PathDecision:
    return PathDecision(
        path=path, verdict=Verdict.PERSONAL, entity=Entity.EMAIL_ADDRESS, action=Action.MASK,
        evidence=Evidence(distinct=9),
    )  # fmt: skip


class Masks:
    """A PII gate that decides one field personal, as soon as it sees a record with it."""

    def __init__(self, field: str) -> None:
        self.field = field

    def warm(self) -> None: ...

    async def decide(
        self,
        records: Sequence[bytes],
        known: Mapping[FieldPath, PathDecision],
        schema: JsonSchema | None = None,
    ) -> Sequence[PathDecision]:
        is_seen = any(f'"{self.field}"'.encode() in record for record in records)
        return [masked(self.field)] if is_seen else []


# ── Another key ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("mode", "cursor"), [(KEEPS, ("at",)), (APPENDS, ())])
async def test_rows_are_told_apart_anew_by_another_key(
    shop: Shop, mode: SyncMode, cursor: tuple[str, ...]
) -> None:
    await shop.connect("ignore", mode, cursor, properties=CODED)
    first = await shop.sync(CODED, [order(1, 1, code="a"), order(2, 1, code="b"), order(3, 1)])
    await shop.sync(CODED, [order(1, 2, code="c"), order(5, 2, code="b")])
    broken = await shop.sync(CODED, [order(4, 3, code="a")], key="code")
    change = await pending(shop)
    async with shop.atlas.database.connection() as session:
        foreseen = await schema_impact.key_impact(session, change)

    accepted = await adopt(shop, Word())
    then = await shown(shop.atlas, "id", table=CHART)
    found = await shop.sync(CODED, [order(4, 3, code="a")], key="code")

    assert broken.job.status is JobStatus.FAILED
    assert foreseen is not None
    assert (foreseen.records, foreseen.without_key, foreseen.keys) == (5, 1, 3)
    assert accepted.status is ChangeStatus.ACCEPTED
    assert len(then) == (4 if mode is KEEPS else 5)
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    versions = await shop.atlas.rows(VIEW, "code, valid_from")
    assert [(row["code"], row["id"]) for row in versions] == [
        ("a", 1), ("a", 4), ("b", 2), ("b", 5), ("c", 1),
    ]  # fmt: skip
    current = await shop.atlas.rows(f"{VIEW}__current", "code")
    assert [(row["code"], row["id"]) for row in current] == [("a", 4), ("b", 5), ("c", 1)]
    assert len(await shown(shop.atlas, "id")) == (3 if mode is KEEPS else 5)
    assert await unbalanced(shop.atlas) == []
    books = (await shop.atlas.report(first.job.job_id)).streams[0].books
    assert (books.quarantined, books.charted + books.superseded) == (1, 2)
    kept = await shop.atlas.fetch("SELECT rules, data ->> 'id' AS id FROM quarantine.chart_records")
    assert [(row["rules"], row["id"]) for row in kept] == [(["primary_key"], "3")]
    assert [one.status for one in await shop.changes()] == [ChangeStatus.ADOPTED]
    assert (await shop.rebuild()).is_equal


async def test_another_key_makes_no_false_version_for_a_column_that_came_later(shop: Shop) -> None:
    coloured = {**CODED, "colour": STRING}
    await shop.connect("propagate_columns", cursor=(), properties=CODED)
    await shop.sync(CODED, [order(1, 1, code="a"), order(2, 1, code="b")])
    red = [order(1, 1, code="a", colour="red"), order(2, 1, code="b")]
    await shop.sync(coloured, red)
    await shop.sync(coloured, red, key="code")

    await adopt(shop, Word())
    found = await shop.sync(coloured, red, key="code")

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    versions = await shop.atlas.rows(VIEW, "code, valid_from")
    assert [(row["code"], row["colour"], row["is_current"]) for row in versions] == [
        ("a", "red", True), ("b", None, True),
    ]  # fmt: skip


@pytest.mark.parametrize("declared", ["id", ""], ids=["another key", "none before"])
async def test_a_generation_is_told_apart_by_another_key_and_history_goes_on(
    shop: Shop, declared: str
) -> None:
    key = ((declared,),) if declared else ()
    await shop.connect("ignore", SyncMode.FULL_REFRESH_OVERWRITE, (), properties=CODED, key=key)
    await shop.sync(CODED, [order(1, 1, code="a"), order(2, 1, code="b")], key=declared)
    now = [order(1, 2, code="a"), order(3, 2, code="c"), order(4, 2)]
    await shop.sync(CODED, now, key=declared)
    await shop.sync(CODED, now, key="code")

    accepted = await adopt(shop, Word())
    found = await shop.sync(CODED, [order(9, 3, code="a"), order(3, 2, code="c")], key="code")

    assert accepted.status is ChangeStatus.ACCEPTED
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shown(shop.atlas, "id", "code") == [(3, "c"), (9, "a")]
    assert await unbalanced(shop.atlas) == []
    current = await shop.atlas.rows(f"{VIEW}__current", "code")
    assert [(row["code"], row["id"]) for row in current] == [("a", 9), ("c", 3)]
    versions = await shop.atlas.rows(VIEW, "code, valid_from")
    seen = [(row["code"], row["id"], row["is_current"]) for row in versions if not row["is_deleted"]]  # fmt: skip
    assert [one for one in seen if one[2]] == [("a", 9, True), ("c", 3, True)]
    assert [one for one in seen if one[0] == "b"] == ([("b", 2, False)] if declared else [])
    kept = await shop.atlas.values("SELECT rules::text FROM quarantine.chart_records")
    assert kept == ["{primary_key}"]


INSTANTS = {**STRING, "format": "date-time", "airbyte_type": "timestamp_with_timezone"}
RETYPED = {
    # first and later types of a field, cursor, key, first and later values of it, what chart has in the end
    "cursor: instant to text": (
        INSTANT, STRING, "f", "id",
        [(1, "2024-01-01T00:00:00Z"), (2, "2024-01-02T00:00:00Z")], [(1, "2024-w09"), (3, "b")],
        [(1, "2024-w09"), (2, "2024-01-02T00:00:00Z"), (3, "b")],
    ),
    "cursor: whole number to text": (
        INTEGER, STRING, "f", "id", [(1, 7), (2, 8)], [(1, "70"), (3, "x")], [(1, "70"), (2, "8"), (3, "x")],
    ),
    "cursor: whole number to number": (
        INTEGER, NUMBER, "f", "id", [(1, 7), (2, 8)], [(1, 7.4), (1, 7.2), (2, 8.6), (2, 8.9), (2, 8.7)],
        [(1, Decimal("7.4")), (2, Decimal("8.9"))],
    ),
    "key: day to instant": (
        DAY, INSTANTS, "at", "f", [(1, "2024-05-06"), (2, "2024-05-07")], [(3, "2024-05-07T00:00:00Z")],
        [(1, datetime(2024, 5, 6, tzinfo=UTC)), (3, datetime(2024, 5, 7, tzinfo=UTC))],
    ),
    "key: number to text": (
        NUMBER, STRING, "at", "f", [(1, 7.50), (2, 8)], [(3, "7.5"), (4, "y")], [(2, "8"), (3, "7.5"), (4, "y")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", RETYPED.values(), ids=RETYPED.keys())
@pytest.mark.parametrize("mode", [KEEPS, APPENDS])
async def test_rows_are_told_apart_and_ordered_by_the_new_types_of_key_and_cursor(
    shop: Shop, case: Retyped, mode: SyncMode
) -> None:
    was, will_be, cursor, key, first, later, expected = case
    old, new = {**BASE, "f": was}, {**BASE, "f": will_be}
    await shop.connect("ignore", mode, (cursor,), properties=old, key=((key,),))
    sent = [order(number, number, f=value) for number, value in first]
    assert (await shop.sync(old, sent, key=key)).job.status is JobStatus.SUCCEEDED
    sent = [order(number, 9, f=value) for number, value in later]
    broken = await shop.sync(new, sent, key=key)

    accepted = await adopt(shop, Word())
    with pytest.raises(InvalidRequest, match="types already"):
        async with shop.atlas.database.transaction() as session:
            await schema_words.reject(session, accepted.change_id)
    found = [await shop.sync(new, sent, key=key) for _ in range(2)]

    assert broken.job.status is JobStatus.FAILED
    assert accepted.status is ChangeStatus.ACCEPTED
    assert [each.job.status for each in found] == [JobStatus.SUCCEEDED] * 2, found[0].job.failure
    current = await shown(shop.atlas, "id", "f", table=f"{VIEW}__current")
    assert current == expected
    if mode is KEEPS:
        assert await shown(shop.atlas, "id", "f") == expected
        assert (await shop.rebuild()).is_equal
    assert await unbalanced(shop.atlas) == []


async def test_types_of_a_key_change_at_once_where_no_row_is_there(shop: Shop) -> None:
    old, new = {**BASE, "f": INTEGER}, {**BASE, "f": NUMBER}
    await shop.connect("ignore", KEEPS, ("f",), properties=old)
    await shop.sync(old, [])
    await shop.sync(new, [])

    adopted = await adopt(shop, Word())
    found = await shop.sync(new, [order(1, 1, f=7.4), order(1, 1, f=7.2)])

    assert adopted.status is ChangeStatus.ADOPTED
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shown(shop.atlas, "id", "f") == [(1, Decimal("7.4"))]


async def test_a_key_that_explore_cannot_tell_asks_for_a_clear(shop: Shop) -> None:
    await shop.connect("ignore", properties=CODED)
    await shop.sync(CODED, [order(1, 1, code="a"), order(2, 1, code="b")])
    await shop.sync(CODED, [order(1, 2, code="a")], key="code")
    await shop.atlas.execute("DELETE FROM explore.shop_orders_raw WHERE seq = 0")

    with pytest.raises(KeyNeedsTheSource, match="1 of its records"):
        await adopt(shop, Word())
    waits = await pending(shop)
    job = await shop.atlas.scheduler.start(shop.atlas.connection_id, JobType.CLEAR)
    await shop.atlas.run(job.job_id)
    adopted = await adopt(shop, Word())
    found = await shop.sync(CODED, [order(1, 1, code="a"), order(2, 3, code="a")], key="code")

    assert waits.status is ChangeStatus.PENDING
    assert adopted.status is ChangeStatus.ADOPTED
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shown(shop.atlas, "id", "code") == [(2, "a")]


# ── Renames ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("mode", [KEEPS, APPENDS])
async def test_a_renamed_field_goes_on_in_its_column_and_makes_no_false_version(
    shop: Shop, mode: SyncMode
) -> None:
    """Without a cursor a version is known by its values; that the field was gone for a while was none."""
    old, new = {**BASE, "colour": STRING}, {**BASE, "shade": STRING, "size": STRING}
    await shop.connect("ignore", mode, cursor=(), properties=old)
    shop.atlas.pii = Masks("colour")
    await shop.sync(old, [order(1, 1, colour="red"), order(2, 1, colour="blue")])
    tokens = await shown(shop.atlas, "id", "colour")
    await shop.sync(new, [order(1, 1, shade="red"), order(2, 1, shade="blue")])
    change = await pending(shop)
    async with shop.atlas.database.connection() as session:
        possible = await schema_impact.renames(session, change)

    rename = Rename(("colour",), ("shade",))
    with pytest.raises(InvalidRequest, match="colour to shade"):
        await adopt(shop, Word(renames=(rename, replace(rename, new=("size",)))))
    await adopt(shop, Word(renames=(rename,)))
    await shop.sync(new, [order(1, 1, shade="red"), order(2, 1, shade="green")])

    assert [(one.rename, one.column, one.compared, one.agreeing) for one in possible] == [
        (rename, "colour", 2, 2), (replace(rename, new=("size",)), "colour", 0, 0),
    ]  # fmt: skip
    assert all(str(token).startswith("email_address_") for _, token in tokens)
    versions = await shop.atlas.rows(VIEW, "id, valid_from")
    assert [row["id"] for row in versions] == [1, 2, 2]
    seen = [(row["id"], row["colour"]) for row in versions]
    assert seen[:2] == tokens
    assert seen[2][1] not in (None, tokens[1][1])
    assert "shade" not in versions[0]
    assert (await shop.rebuild()).is_equal


async def test_a_key_that_was_renamed_is_the_same_key(shop: Shop) -> None:
    await shop.connect("ignore")
    await shop.sync(BASE, [order(1, 1), order(2, 1)])
    renamed = {**BASE, "number": BASE["id"]}
    del renamed["id"]
    sent = [{"number": 1, "at": "2024-01-02T00:00:00Z", "n": 7}]
    await shop.sync(renamed, sent, key="number")

    with pytest.raises(InvalidRequest):
        await adopt(shop, Word(primary_key=(("nowhere",),)))
    adopted = await adopt(shop, Word(renames=(Rename(("id",), ("number",)),)))
    found = await shop.sync(renamed, sent, key="number")

    assert adopted.status is ChangeStatus.ADOPTED
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    assert await shown(shop.atlas, "id", "n") == [(1, 7), (2, 2)]
    assert await shop.atlas.values(f"SELECT count(*) FROM {VIEW}") == [3]


# ── Old records' values ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("mode", "cursor"),
    [(KEEPS, ("at",)), (KEEPS, ()), (APPENDS, ()), (SyncMode.FULL_REFRESH_OVERWRITE_DEDUPED, ())],
)
async def test_rows_from_before_get_what_explore_has_of_a_new_column(
    shop: Shop, mode: SyncMode, cursor: tuple[str, ...]
) -> None:
    await shop.connect("ignore", mode, cursor)
    await shop.atlas.execute("UPDATE pipeline.connections SET on_misfit = 'null'")
    await shop.sync(BASE, [order(1, 1, size=4, mail="somebody"), order(2, 1)])
    now = [order(1, 2, size=5), order(2, 1), order(3, 2, size="x")]
    await shop.sync(BASE, now)
    before = await shown(shop.atlas, "id", "valid_from", table=f"(SELECT * FROM {VIEW} ORDER BY id, valid_from) v")  # fmt: skip
    await shop.atlas.execute("UPDATE pipeline.connections SET on_schema_change = 'propagate_fully'")
    shop.atlas.pii = Masks("mail")  # of which only a record from before has a value

    found = await shop.sync({**BASE, "size": INTEGER, "mail": STRING}, now)

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    versions = await shop.atlas.rows(VIEW, "id, valid_from")
    assert [(row["id"], row["valid_from"]) for row in versions] == before
    assert [row["size"] for row in versions] == [4, 5, None, None]
    assert "somebody" not in str(versions)
    assert str(versions[0]["mail"]).startswith("email_address_")
    rows = await shop.atlas.rows(f"(SELECT DISTINCT ON (id) * FROM {CHART} ORDER BY id, _atlas_batch_id DESC) c", "id")  # fmt: skip
    assert [row["size"] for row in rows] == [5, None, None]
    assert '"size"' in str(rows[2]["_airbyte_meta"])
    (change,) = await shop.changes(ChangeStatus.ADOPTED)
    async with shop.atlas.database.connection() as session:
        filled = await backfills.of_version(session, change.stream_id, change.version)
    assert filled is not None
    assert filled.done_at is not None
    assert filled.misfits == 1
    assert mode.overwrites or (await shop.rebuild()).is_equal


async def test_what_is_asked_for_by_a_word_is_filled_once_and_counted(shop: Shop) -> None:
    """Also in a version that was told twice: the last telling counts, and has what the first did not."""
    coloured = {**BASE, "colour": STRING}
    await shop.connect("ignore", cursor=())
    await shop.sync(BASE, [order(1, 1, size=4), order(2, 1)])
    red = order(1, 1, size=4, colour="red")
    await shop.sync(coloured, [red])
    await adopt(shop, Word())
    await shop.sync(coloured, [red])
    await shop.sync({**coloured, "size": INTEGER}, [])
    change = await pending(shop)

    adopted = await adopt(shop, Word(backfills=True))
    await shop.sync({**coloured, "size": INTEGER}, [])
    await shop.sync({**coloured, "size": INTEGER}, [])

    async with shop.atlas.database.connection() as session:
        filled = await backfills.of_version(session, change.stream_id, adopted.version)
    assert filled is not None
    assert (list(filled.columns), filled.rows, filled.versions, filled.misfits) == (["size"], 1, 1, 0)  # fmt: skip
    for table in (CHART, VIEW):
        assert await shown(shop.atlas, "id", "colour", "size", table=table) == [
            (1, "red", 4), (2, None, None),
        ]  # fmt: skip
    retold = await shop.atlas.values(f"SELECT size FROM {VIEW}__history WHERE size IS NOT NULL")
    assert retold == []  # chart has the version


async def test_a_stream_without_a_record_has_its_tables_until_it_has_one(shop: Shop) -> None:
    shop.atlas.pii = Masks("n")
    await shop.connect("ignore")

    await shop.sync(BASE, [])
    empty = [await shop.atlas.rows(table) for table in (CHART, VIEW, f"{VIEW}__current")]
    found = await shop.sync(BASE, [order(1, 1)])

    assert empty == [[], [], []]
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    ((number,),) = await shown(shop.atlas, "n")
    assert str(number).startswith("email_address_")


async def test_who_reads_a_column_is_told_before_it_changes(shop: Shop) -> None:
    await shop.connect("ignore")
    await shop.sync(BASE, [order(1, 1)])
    await shop.atlas.execute(f"CREATE VIEW public.numbers AS SELECT id, n FROM {VIEW}")
    await shop.atlas.execute("CREATE VIEW public.sums AS SELECT sum(n) FROM public.numbers")
    await shop.sync({**BASE, "n": STRING, "size": STRING}, [order(2, 2)])
    change = await pending(shop)

    async with shop.atlas.database.connection() as session:
        retyped, added = await schema_impact.impact(session, change)

    assert (retyped.views, added.views) == (["public.numbers", "public.sums"], [])
    with pytest.raises(ViewsInTheWay, match=r"public\.numbers read"):
        await adopt(shop, Word())
    await shop.atlas.execute("DROP VIEW public.sums, public.numbers")
    assert (await adopt(shop, Word())).status is ChangeStatus.ADOPTED


async def test_history_of_before_a_clear_keeps_its_columns_when_more_have_come(shop: Shop) -> None:
    await shop.connect("propagate_columns")
    await shop.sync({**BASE, "size": STRING}, [order(1, 1, size="s")])
    job = await shop.atlas.scheduler.start(shop.atlas.connection_id, JobType.CLEAR)
    await shop.atlas.run(job.job_id)
    await shop.sync({**BASE, "size": STRING, "colour": STRING}, [order(1, 1, size="s", colour="red")])  # fmt: skip
    before = await shown(shop.atlas, "id", "size", "colour", "valid_from", "valid_to", table=VIEW)

    swapped = await shop.rebuild(swaps=True)

    assert swapped.is_equal, swapped
    after = await shown(shop.atlas, "id", "size", "colour", "valid_from", "valid_to", table=VIEW)
    assert after == before


# ── Variants ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("is_masked", [False, True])
async def test_what_does_not_fit_its_column_stands_beside_it(shop: Shop, is_masked: bool) -> None:
    if is_masked:
        shop.atlas.pii = Masks("value")
    properties = {**BASE, "value": INTEGER}
    await shop.connect("propagate_columns", cursor=())
    await shop.sync(properties, [order(1, 1, value=7)])
    async with shop.atlas.database.transaction() as session:
        connection = await connection_store.get_connection(session, shop.atlas.connection_id)
        (stream,) = connection.streams
        await schema_words.set_contract(
            session, connection.connection_id, stream, ("value",), Contract.VARIANT
        )

    sent = [order(2, 2, value="seven"), order(3, 2, value={"a": 1}), order(4, 2, value=8)]
    found = await shop.sync(properties, sent)

    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    for table in (CHART, f"{VIEW}__current"):
        rows = await shop.atlas.rows(table, "id")
        beside = [row["value__variant"] for row in rows]
        values = [row["value"] for row in rows]
        assert [row["_airbyte_meta"] is None for row in rows] == [True, False, False, True]
        if is_masked:
            assert [str(one).startswith('"email_address_') for one in beside[1:3]] == [True, True]
            assert [values[1], values[2], beside[0], beside[3]] == [None] * 4
        else:
            assert (values, beside) == ([7, None, None, 8], [None, '"seven"', '{"a": 1}', None])
    assert (await shop.rebuild()).is_equal
