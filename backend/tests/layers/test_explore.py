"""Tests of app/layers/explore.py and mending.py: bytes pass untouched, and what cannot be stored is found."""

import json
import re

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from app.core.ids import BatchId
from app.core.records import Batch
from app.database.copy import rows
from app.layers import explore
from app.layers.explore import frames
from app.layers.mending import mend
from tests.fixtures.atlas import KEYS, Atlas
from tests.fixtures.by_hand import START, ByHand
from tests.fixtures.in_time import in_time
from tests.fixtures.scripted import offered

STREAM = offered("things", {"id": {"type": "integer"}})
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
PIECES = st.sampled_from(["\0", "\ud800", "\udc00", "\\", '"', "u0000", "NaN"]) | st.text(
    max_size=3
)
ANY_TEXT = st.lists(PIECES, max_size=6).map("".join)


@given(st.dictionaries(st.text(), JSON), st.booleans())
def test_a_good_record_is_not_touched(record: dict[str, object], ascii_only: bool) -> None:
    text = json.dumps(record, ensure_ascii=ascii_only)
    data = re.sub(r"\\u(0000|d[89ab]..|d[c-f]..)", "?", text).encode("utf-8", "replace")

    assert mend(data) == (data, ())


@given(ANY_TEXT, ANY_TEXT)
def test_only_what_must_change_changes(key: str, value: str) -> None:
    # json escapes what is not ASCII, lone surrogates too
    data = json.dumps({key: value, "n": 1.50, "s": "NaN Infinity"}).encode()

    mended, rules = mend(data)

    expected = {plain(key): plain(value), "n": 1.5, "s": "NaN Infinity"}
    assert json.loads(mended) == expected
    assert b'"n": 1.5' in mended
    assert bool(rules) == (
        json.loads(data) != expected
    )  # json makes a pair of surrogates one character
    assert mend(mended) == (mended, ())


def plain(text: str) -> str:
    """As JSON reads it: a high surrogate and a low one after it are one character."""
    whole = re.sub(
        "([\ud800-\udbff])([\udc00-\udfff])",
        lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"),
        text,
    )
    return re.sub("[\ud800-\udfff]", "\ufffd", whole).replace("\0", "\u2400")


@pytest.mark.parametrize(
    ("data", "mended", "rules"),
    [
        (rb'{"a":"\\u0000"}', rb'{"a":"\\u0000"}', ()),
        (rb'{"a":"\\\u0000"}', rb'{"a":"\\\u2400"}', ("nul_character",)),
        (rb'{"a":"\uD83D\uDE00\ud83d"}', rb'{"a":"\uD83D\uDE00\ufffd"}', ("lone_surrogate",)),
        (rb'{"a":"\ud83d\ud83d\ude00"}', rb'{"a":"\ufffd\ud83d\ude00"}', ("lone_surrogate",)),
        (b'{"a":"\xff","b":NaN}', '{"a":"\ufffd","b":null}'.encode(), ("invalid_utf8", "not_a_number")),
        (b'{"a":[-Infinity,Infinity,"-Infinity"]}', b'{"a":[null,null,"-Infinity"]}', ("not_a_number",)),
        (b'{"a":"x\\"NaN","b":NaN}', b'{"a":"x\\"NaN","b":null}', ("not_a_number",)),
    ],
)  # fmt: skip
def test_a_golden_table_of_mendings(data: bytes, mended: bytes, rules: tuple[str, ...]) -> None:
    assert mend(data) == (mended, rules)


def test_a_string_that_is_not_closed_is_looked_at_once() -> None:
    data = b'{"a":NaN,"b":"' + b'\\"' * 2_000_000

    with in_time():
        mended, rules = mend(data)

    assert mended == data.replace(b"NaN", b"null")
    assert rules == ("not_a_number",)


def test_a_frame_is_a_row_of_binary_copy() -> None:
    framed = frames(BatchId(7), [(3, b'{"id":1}')], KEYS.content_seed)

    digest = xxhash.xxh3_128_digest(b'{"id":1}', KEYS.content_seed)
    row = b"".join((
        (4).to_bytes(2), (8).to_bytes(4), (7).to_bytes(8), (4).to_bytes(4), (3).to_bytes(4),
        (9).to_bytes(4), b'\x01{"id":1}', (16).to_bytes(4), digest,
    ))  # fmt: skip
    assert framed == row
    assert b"".join(rows([row])) == b"PGCOPY\n\xff\r\n\0" + bytes(8) + row + b"\xff\xff"


@pytest.mark.parametrize(
    "bad", [{0}, {99}, {50}, {0, 99}, {7, 8, 9, 70}, set(range(0, 100, 3)), set(range(100))]
)
async def test_every_good_record_lands_and_every_bad_one_is_found(
    bad: set[int], atlas: Atlas
) -> None:
    hand = await ByHand.of(atlas, STREAM)
    records = [b'{"id":%d,"n":%s}' % (n, b"1e-20000" if n in bad else b"1.10") for n in range(100)]

    batch_id, appended = await hand.append(records)

    landed = await hand.rows(
        f"SELECT seq, data::text, content_hash FROM {hand.tables.explore} ORDER BY seq"
    )
    good = [n for n in range(100) if n not in bad]
    assert [seq for seq, _, _ in landed] == good
    assert [json.loads(str(data))["id"] for _, data, _ in landed] == good
    assert all('"n": 1.10' in str(data) for _, data, _ in landed)
    hashes = [xxhash.xxh3_128_digest(records[n], KEYS.content_seed).hex() for n in good]
    assert [str(h).replace("-", "") for _, _, h in landed] == hashes
    assert appended.explored == len(good)
    assert sorted(seq for seq, _ in appended.rejected if seq is not None) == sorted(bad)
    booked = await hand.rows(
        f"SELECT read, explored, rejected FROM pipeline.batches WHERE batch_id = {batch_id}"
    )
    assert booked == [(100, len(good), len(bad))]


async def test_a_batch_that_lands_in_a_transaction_that_fails_is_not_there(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    batch = Batch(
        stream=STREAM.descriptor, extracted_at=START, records=[b'{"id":1}', b'{"id":1e-20000}']
    )

    async def land() -> None:
        async with hand.database.lane() as lane, lane.transaction():
            (batch_id,) = await explore.reserve_batches(lane, 1)
            await hand.writer.write_to_explore(lane, hand.layout, batch_id, batch)
            raise RuntimeError("a crash")

    with pytest.raises(RuntimeError):
        await land()

    assert await hand.rows(f"SELECT * FROM {hand.tables.explore}") == []


async def test_batches_that_nothing_covers_are_taken_back_whole(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    covered = await hand.land([{"id": 1}])
    lost = await hand.land([{"id": 2}, b'{"id":1e-20000}'])
    await atlas.execute(
        "INSERT INTO pipeline.checkpoints (stream_id, attempt_id, through_batch_id, is_complete) "
        f"VALUES ({hand.layout.stream_id}, {hand.attempt_id}, {covered}, false)"
    )

    async with hand.database.transaction() as session:
        voided = await explore.void_uncovered(session, hand.layout.stream_id, hand.tables.explore)
        again = await explore.void_uncovered(session, hand.layout.stream_id, hand.tables.explore)

    assert (voided, again) == (1, 0)
    assert await hand.rows(f"SELECT batch_id FROM {hand.tables.explore}") == [(covered,)]
    assert await atlas.rows("quarantine.explore_records") == []
    ledger = await atlas.rows("pipeline.batch_ledger")
    assert [row["batch_id"] for row in ledger] == [covered]
    assert await atlas.values(
        "SELECT batch_id FROM pipeline.batches WHERE voided_at IS NOT NULL"
    ) == [lost]


async def test_rows_that_the_index_misses_are_taken_back_too(atlas: Atlas) -> None:
    hand = await ByHand.of(atlas, STREAM)
    covered = await hand.land([{"id": 1}])
    await atlas.execute(
        "INSERT INTO pipeline.checkpoints (stream_id, attempt_id, through_batch_id, is_complete) "
        f"VALUES ({hand.layout.stream_id}, {hand.attempt_id}, {covered}, false)"
    )
    async with hand.database.transaction() as session:
        await explore.summarise(session, hand.tables.explore)
    await atlas.execute(
        "UPDATE pg_index SET indisready = false WHERE indrelid IN (SELECT inhrelid FROM pg_inherits "
        f"WHERE inhparent = '{hand.tables.explore}'::regclass)"
    )
    await hand.land([{"id": 2}, {"id": 3}])  # of which the index is told nothing: decision 0058

    async with hand.database.transaction() as session:
        await session.execute("SET LOCAL enable_seqscan = off")
        voided = await explore.void_uncovered(session, hand.layout.stream_id, hand.tables.explore)

    assert voided == 1
    assert await hand.rows(f"SELECT batch_id FROM {hand.tables.explore}") == [(covered,)]
