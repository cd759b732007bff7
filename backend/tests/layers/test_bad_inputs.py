"""What sources send that no table takes: every kind, from the connector's line to the books.

Source: research/reliability.md section 4, rows 1 to 19 and 27 to 46; SEMANTICS where they differ.
"""

import json
import resource
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

import pytest

from app.core.catalog import Path as FieldPath
from app.core.errors import InvalidRequest
from app.core.jobs import JobStatus
from app.core.layout import Misfit
from app.database.identifiers import LONGEST
from app.database.pool import Database
from tests.fixtures.atlas import Atlas, NoChecks, NothingPersonal, atlas_on, counts, one
from tests.fixtures.scripted import AT, INSTANT, offered, record, saying, whole

STREAM = "things"
KEPT, MENDED, CHART = "explore:kept", "explore:mended", "chart"


def text(value: bytes, key: bytes = b"2", at: bytes = b"02") -> bytes:
    """A good record but for what stands as its value."""
    return (
        b'{"id":'
        + key
        + b',"part":"p","at":"2024-01-01T00:00:'
        + at
        + b'Z","value":'
        + value
        + b"}"
    )


def fields(**changes: object) -> bytes:
    sent = {"id": 2, "part": "p", "at": AT % 2, **changes}
    return json.dumps({k: v for k, v in sent.items() if v is not ...}).encode()


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is sent between two good records, and what must become of it.

    Shape: `explore` and `chart` are the values found there, as jsonb prints them and as the
           driver reads them; `quarantine` is (boundary, rule); `lines` instead of records.
    """

    row: int
    what: str
    sent: Sequence[bytes] = ()
    lines: Sequence[bytes] = ()
    type: Mapping[str, object] = field(default_factory=lambda: {"type": "string"})
    schema: Mapping[str, object] = field(default_factory=dict)
    key: Sequence[FieldPath] = (("id",),)
    cursor: FieldPath = ("at",)
    explore: Sequence[str | None] = ()
    chart: Sequence[object] = ()
    quarantine: Sequence[tuple[str, str]] = ()
    superseded: int = 0
    deleted: int = 0
    settings: Mapping[str, object] = field(default_factory=dict)
    bom: bytes = b""

    def __str__(self) -> str:
        return f"{self.row}-{self.what.replace(' ', '_')}"


NUMBER, INTEGER, ANY = {"type": "number"}, {"type": "integer"}, {"type": ["array", "object"]}
STRING = {"type": "string"}
DIGITS = b"9" * 200_000
NESTED_100 = b'{"a":' * 100 + b"1" + b"}" * 100
MARKER = {"_ab_cdc_deleted_at": {**INSTANT, "type": ["null", "string"]}}
TEMPLATES = """100%s $1 {} {0} :x \\ \\n \\"  \\\\ %% """
LONG_KEY = "k" * 3_000

CASES = [
    Case(row=1, what="NUL in a string", sent=[text(rb'"a\u0000b"')],
         explore=["a␀b"], chart=["a␀b"], quarantine=[(MENDED, "nul_character")]),
    Case(row=1, what="NUL in a key", sent=[text(rb'"x","k\u0000":1')],
         explore=["x"], chart=["x"], quarantine=[(MENDED, "nul_character")]),
    Case(row=1, what="a backslash before u0000 is no NUL", sent=[text(rb'"a\\u0000b"')],
         explore=[r"a\u0000b"], chart=[r"a\u0000b"]),
    Case(row=2, what="lone surrogate", sent=[text(rb'"a\ud800b"')],
         explore=["a\ufffdb"], chart=["a\ufffdb"], quarantine=[(MENDED, "lone_surrogate")]),
    Case(row=3, what="invalid UTF-8", sent=[text(b'"a\xffb"')],
         explore=["a\ufffdb"], chart=["a\ufffdb"], quarantine=[(MENDED, "invalid_utf8")]),
    Case(row=4, what="byte order mark", bom=b"\xef\xbb\xbf", sent=[text(b'"x"')],
         explore=["x"], chart=["x"]),
    # counted and logged by the reader, as any line that is no message
    Case(row=4, what="UTF-16", lines=[record(STREAM, text(b'"x"')).decode().encode("utf-16-le")]),
    Case(row=5, what="NaN", sent=[text(b"NaN")], type=NUMBER,
         explore=[None], chart=[None], quarantine=[(MENDED, "not_a_number")]),
    Case(row=5, what="infinities", sent=[text(b"[Infinity,-Infinity]")], type=ANY,
         explore=["[null, null]"], chart=["[null, null]"], quarantine=[(MENDED, "not_a_number")]),
    Case(row=6, what="integer of 23 digits", sent=[text(b"12345678901234567890123")], type=INTEGER,
         explore=["12345678901234567890123"], quarantine=[(CHART, "type:value")]),
    Case(row=6, what="number of 23 digits", sent=[text(b"12345678901234567890123")], type=NUMBER,
         explore=["12345678901234567890123"], chart=[Decimal("12345678901234567890123")]),
    Case(row=7, what="integer of 200,000 digits", sent=[text(DIGITS)], type=NUMBER,
         quarantine=[(KEPT, "not_storable")]),
    Case(row=8, what="1e400", sent=[text(b"1e400")], type=NUMBER,
         explore=["1" + "0" * 400], chart=[Decimal("1e400")]),
    Case(row=8, what="1e-20000", sent=[text(b"1e-20000")], type=NUMBER,
         quarantine=[(KEPT, "not_storable")]),
    Case(row=9, what="exact decimals", type=NUMBER,
         sent=[text(b"1.10"), text(b"100000000000000000000.5", b"3"), text(b"0.30000000000000004", b"4")],
         explore=["1.10", "100000000000000000000.5", "0.30000000000000004"],
         chart=[Decimal("1.10"), Decimal("100000000000000000000.5"), Decimal("0.30000000000000004")]),
    # documented: jsonb knows no negative zero
    Case(row=10, what="negative zero", sent=[text(b"-0")], type=NUMBER, explore=["0"], chart=[Decimal(0)]),
    Case(row=11, what="depth 6,000", sent=[text(b"[" * 6_000 + b"]" * 6_000)], type=ANY,
         quarantine=[(KEPT, "too_deep")]),
    Case(row=11, what="depth 257", sent=[text(b"[" * 256 + b"]" * 256)], type=ANY,
         quarantine=[(KEPT, "too_deep")]),
    Case(row=11, what="depth 101", sent=[text(NESTED_100)], type=ANY,
         explore=['{"a": ' * 100 + "1" + "}" * 100], chart=['{"a": ' * 100 + "1" + "}" * 100]),
    Case(row=12, what="depth 100,000", sent=[text(b'{"a":' * 100_000 + b"1" + b"}" * 100_000)], type=ANY,
         quarantine=[(KEPT, "too_deep")]),
    Case(row=13, what="duplicate keys", sent=[text(b'"first","value":"last"')],
         explore=["last"], chart=["last"], quarantine=[(MENDED, "repeated_key")]),
    Case(row=13, what="duplicate keys deep in a record", sent=[text(b'{"a":[{"b":1,"b":2}]}')], type=ANY,
         explore=['{"a": [{"b": 2}]}'], chart=['{"a": [{"b": 2}]}'], quarantine=[(MENDED, "repeated_key")]),
    Case(row=13, what="duplicate keys beside NUL", sent=[text(rb'"a\u0000b","value":"c\u0000"')],
         explore=["c␀"], chart=["c␀"], quarantine=[(MENDED, "nul_character,repeated_key")]),
    Case(row=13, what="a key's name in a string is no key", sent=[text(rb'"\"id\": 1, \"id\": 2"')],
         explore=['"id": 1, "id": 2'], chart=['"id": 1, "id": 2']),
    Case(row=14, what="value over the limit", sent=[text(b'"' + b"x" * 100_000 + b'"')],
         settings={"value_bytes": 100_000}, quarantine=[(KEPT, "value_too_large")]),
    Case(row=15, what="far over the limit", sent=[text(b'"' + b"x" * 2_000_000 + b'"')],
         settings={"value_bytes": 100_000}, quarantine=[(KEPT, "value_too_large")]),
    Case(row=16, what="line over the limit", sent=[text(b'"' + b"x" * 300_000 + b'"')],
         settings={"line_bytes": 200_000}, quarantine=[(KEPT, "line_too_long")]),
    Case(row=17, what="5,001 keys", type=ANY, quarantine=[(KEPT, "too_many_keys")],
         sent=[text(b"{" + b",".join(b'"%d":0' % n for n in range(4_998)) + b"}")]),
    Case(row=17, what="a million keys", type=ANY, quarantine=[(KEPT, "too_many_keys")],
         sent=[text(b"{" + b",".join(b'"%d":0' % n for n in range(1_000_000)) + b"}")]),
    # a reference is data here: nothing is expanded
    Case(row=18, what="references", sent=[text(b'{"$ref":"#/value","a":[{"$ref":"#"}]}')], type=ANY,
         explore=['{"a": [{"$ref": "#"}], "$ref": "#/value"}'],
         chart=['{"a": [{"$ref": "#"}], "$ref": "#/value"}']),
    Case(row=18, what="small and branching", sent=[text(b"[" + b"[]," * 20_000 + b"[]]")], type=ANY,
         explore=["[" + "[], " * 20_000 + "[]]"], chart=["[" + "[], " * 20_000 + "[]]"]),
    Case(row=19, what="data is an array", sent=[b"[1,2]"], quarantine=[(KEPT, "not_object")]),
    Case(row=19, what="data is a string", sent=[b'"text"'], quarantine=[(KEPT, "not_object")]),
    Case(row=19, what="data is null", sent=[b"null"], quarantine=[(KEPT, "not_object")]),
    Case(row=19, what="data is a number", sent=[b"7"], quarantine=[(KEPT, "not_object")]),
    Case(row=36, what="templates in a value", sent=[text(json.dumps(TEMPLATES).encode())],
         explore=[TEMPLATES], chart=[TEMPLATES]),
    Case(row=40, what="key of 3,000 bytes", schema={"id": STRING},
         sent=[fields(id=LONG_KEY + "a", value="x"), fields(id=LONG_KEY + "b", value="y")],
         explore=["x", "y"], chart=["x", "y"]),
    Case(row=41, what="key null", sent=[fields(id=None, value="x")],
         explore=["x"], quarantine=[(CHART, "primary_key")]),
    Case(row=41, what="key missing", sent=[fields(id=..., value="x")],
         explore=["x"], quarantine=[(CHART, "primary_key")]),
    Case(row=41, what="key of another type", sent=[fields(id="two", value="x"), fields(id={}, value="y")],
         explore=["x", "y"], quarantine=[(CHART, "primary_key,type:id")] * 2),
    Case(row=41, what="key as 3, 3.0 and \"3\" is one key",
         sent=[text(b'"x"', b"3"), text(b'"y"', b"3.0"), text(b'"z"', b'"3"')],
         explore=["x", "y", "z"], chart=["z"], superseded=2),
    Case(row=42, what="separators in a composite key", schema={"id": STRING, "part": STRING},
         key=(("id",), ("part",)),
         sent=[fields(id=a, part=b, value="x") for a, b in (
             ("a|b", "c"), ("a", "b|c"), ("a,b", "c"), ("a", "b,c"), ('a"', ',"c'), ("", "a"), ("a", ""))],
         explore=["x"] * 7, chart=["x"] * 7),
    Case(row=43, what="one key twice in a batch", sent=[text(b'"x"'), text(b'"y"', at=b"03")],
         explore=["x", "y"], chart=["y"], superseded=1),
    Case(row=44, what="cursor null or missing", sent=[fields(at=None, value="x"), fields(at=..., value="y")],
         explore=["x", "y"], quarantine=[(CHART, "cursor")] * 2),
    Case(row=44, what="equal cursors", sent=[text(b'"x"'), text(b'"y"'), text(b'"z"')],
         explore=["x", "y", "z"], chart=["z"], superseded=2),
    Case(row=44, what="cursor goes back", sent=[text(b'"x"', at=b"05"), text(b'"y"', at=b"03")],
         explore=["x", "y"], chart=["x"], superseded=1),
    Case(row=45, what="number as string, declared a number", cursor=("n",), schema={"n": INTEGER},
         sent=[fields(n="9", value="x"), fields(n="10", value="y"), fields(n=8, value="z")],
         explore=["x", "y", "z"], chart=["y"], superseded=2),
    # what is declared to be text is compared as text: 9 after 10
    Case(row=45, what="number as string, declared a string", cursor=("n",), schema={"n": STRING},
         sent=[fields(n="9", value="x"), fields(n="10", value="y")],
         explore=["x", "y"], chart=["x"], superseded=1),
    Case(row=46, what="delete marker", schema=MARKER,
         sent=[text(b'"x"'), fields(at=AT % 3, value="y", _ab_cdc_deleted_at=AT % 3),
               fields(id=3, value="z", _ab_cdc_deleted_at=AT % 3)],
         explore=["x", "y", "z"], superseded=1, deleted=2),
    # rows 47 to 52 are of the same cloth
    Case(row=47, what="late after a delete", schema=MARKER,
         sent=[fields(at=AT % 5, value="x", _ab_cdc_deleted_at=AT % 5), text(b'"y"', at=b"03")],
         explore=["x", "y"], superseded=1, deleted=1),
    Case(row=48, what="impossible dates", type=INSTANT, quarantine=[(CHART, "type:value")] * 7,
         sent=[text(b'"%s"' % value, b"%d" % key) for key, value in enumerate(
             (b"0000-00-00", b"2024-02-30T00:00:00Z", b"300000-01-01T00:00:00Z", b"now", b" now",
              b"infinity", b"-infinity"), 2)],
         explore=["0000-00-00", "2024-02-30T00:00:00Z", "300000-01-01T00:00:00Z", "now", " now",
                  "infinity", "-infinity"]),
    Case(row=50, what="booleans are not guessed", type={"type": "boolean"},
         sent=[text(b"true"), text(b'"yes"', b"3"), text(b"1", b"4"), text(b"false", b"5")],
         explore=["true", "yes", "1", "false"], chart=[True, False],
         quarantine=[(CHART, "type:value")] * 2),
    Case(row=50, what="numbers are not guessed", type=NUMBER, sent=[text(b'"1,5"'), text(b'"1.5"', b"3")],
         explore=["1,5", "1.5"], chart=[Decimal("1.5")], quarantine=[(CHART, "type:value")]),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_a_bad_input_ends_where_it_should_and_the_others_go_on(
    case: Case, database: Database, tmp_path: Path
) -> None:
    # given
    atlas = atlas_on(database, **case.settings)
    atlas.pii, atlas.scanner = NothingPersonal(), NoChecks()
    good = [fields(id=key, at=AT % key, n=key) for key in (1, 9)]
    sent = [record(STREAM, data) for data in case.sent] or list(case.lines)
    first, *rest = whole(STREAM, good)
    atlas.command = saying(tmp_path, [case.bom + record(STREAM, good[0]), *sent, *rest])
    schema = {"id": INTEGER, "part": STRING, "at": INSTANT, "value": case.type, **case.schema}
    stream = offered(STREAM, schema, primary_key=case.key, cursor=case.cursor)
    await atlas.connect({}, streams=[stream])

    # when
    found = await atlas.sync()

    # then
    assert first == record(STREAM, good[0])
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    others = "WHERE data ->> 'id' IS NULL OR data ->> 'id' NOT IN ('1', '9')"
    explored = (
        f"SELECT data ->> 'value' FROM explore.ledger_things_raw {others} ORDER BY batch_id, seq"
    )
    assert await atlas.values(explored) == list(case.explore)
    charted = (
        "SELECT value FROM chart.ledger_things WHERE id::text NOT IN ('1', '9') ORDER BY _atlas_seq"
    )
    assert await atlas.values(charted) == list(case.chart)
    assert await quarantined(atlas) == list(case.quarantine)
    books = one(found)
    rejected = sum(boundary == KEPT for boundary, _ in case.quarantine)
    assert books.is_balanced
    assert counts(books) == {
        name: count
        for name, count in {
            "read": 2 + len(case.explore) + rejected,
            "rejected": rejected,
            "explored": 2 + len(case.explore),
            "charted": 2 + len(case.chart),
            "superseded": case.superseded,
            "quarantined": sum(boundary == CHART for boundary, _ in case.quarantine),
            "deleted": case.deleted,
        }.items()
        if count
    }
    assert books.charted == await count(atlas, "chart.ledger_things")


async def test_what_was_kept_out_is_there_as_it_was_sent(atlas: Atlas, tmp_path: Path) -> None:
    # given: mended first, and refused all the same
    bad = text(rb'"a\u0000b","much":1e-20000')
    atlas.command = saying(tmp_path, whole(STREAM, [bad]))
    await atlas.connect({}, streams=[offered(STREAM, {"id": INTEGER, "value": STRING})])

    # when
    await atlas.sync()

    # then
    (kept,) = await atlas.rows("quarantine.explore_records")
    assert (kept["rule"], kept["status"]) == ("not_storable", "kept")
    assert (kept["head"], kept["size_bytes"]) == (bad, len(bad))
    assert "22003" in str(kept["reason"])


async def test_a_mended_row_says_so_and_a_misfit_becomes_null_where_that_is_the_policy(
    atlas: Atlas, tmp_path: Path
) -> None:
    sent = [text(rb'"a\u0000b"', b"1"), text(b'"x"', b"2"), text(b'"y"', b"3")]
    sent[2] = fields(id=3, value="y", n="three")
    atlas.command = saying(tmp_path, whole(STREAM, sent))
    schema = {"id": INTEGER, "at": INSTANT, "value": STRING, "n": INTEGER}
    await atlas.connect({}, streams=[offered(STREAM, schema)], misfit=Misfit.NULL)

    found = await atlas.sync()

    rows = await atlas.rows("chart.ledger_things", "id")
    assert [(row["value"], row["n"]) for row in rows] == [("a␀b", None), ("x", None), ("y", None)]
    changes = [json.loads(str(row["_airbyte_meta"] or '{"changes":[]}'))["changes"] for row in rows]
    assert [[change["change"] for change in each] for each in changes] == [
        ["TRUNCATED"],
        [],
        ["NULLED"],
    ]
    assert changes[2][0]["field"] == "n"
    assert counts(one(found)) == {"read": 3, "explored": 3, "charted": 3}


async def test_a_line_of_70_megabytes_costs_no_memory(atlas: Atlas, tmp_path: Path) -> None:
    # given: over the default limit of a line
    program = tmp_path / "connector"
    parts = [tmp_path / "before", tmp_path / "after"]
    for part, data in zip(parts, (fields(id=1), fields(id=9)), strict=True):
        part.write_bytes(record(STREAM, data) + b"\n")
    end = tmp_path / "end"
    end.write_bytes(b"\n".join(whole(STREAM, [])) + b"\n")
    head, tail = record(STREAM, text(b'"')).split(b'"value":"')
    (tmp_path / "head").write_bytes(head + b'"value":"')
    (tmp_path / "tail").write_bytes(b'"' + tail + b"\n")
    program.write_text(
        f"#!/bin/sh\ncd {tmp_path}\ncat before head\n"
        "head -c 73400320 /dev/zero | tr '\\0' x\ncat tail after end\n"
    )
    program.chmod(0o700)
    atlas.command = [str(program)]
    await atlas.connect({}, streams=[offered(STREAM, {"id": INTEGER, "value": STRING})])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    # when
    found = await atlas.sync()

    # then
    assert counts(one(found)) == {"read": 3, "rejected": 1, "explored": 2, "charted": 2}
    (kept,) = await atlas.rows("quarantine.explore_records")
    assert (kept["rule"], len(bytes(str(kept["head"]), "utf-8")) > 0) == ("line_too_long", True)
    size = kept["size_bytes"]
    assert isinstance(size, int)
    assert size > 70 * 2**20
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 3 * 70 * 1024, f"{grown} KiB"


# ── Names ─────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of streams and of fields that must each find a place of their own."""

    row: int
    what: str
    streams: Sequence[str] = (STREAM,)
    fields: Sequence[str] = ("value",)
    value: str = "some words"

    def __str__(self) -> str:
        return f"{self.row}-{self.what.replace(' ', '_')}"


INJECTIONS = ('users"; DROP TABLE x;--', "users'; DROP TABLE x;--", "x') RETURNING 1;--")
ALIKE = ("Größe", "Gro\u0308ße", "GRÖSSE", "gr\u200böße", "\u202eezöS", "größe")
BLANK = (" ", ".", "..", "/", "a/b", "a.b", "\t")
PITFALLS = (
    "%",
    "%s",
    "%(x)s",
    "$1",
    "{}",
    "{names}",
    ":x",
    "\\",
    "\\n",
    "'",
    '"',
    "'%s'",
    "[]",
    "\u2400",
)

NAMES = [
    Names(row=27, what="injection", streams=INJECTIONS, fields=INJECTIONS),
    Names(row=28, what="equal in their first 63 bytes",
          streams=["s" * 63 + end for end in "ab"], fields=["f" * 63 + end for end in "ab"]),
    Names(row=29, what="case and unicode", streams=ALIKE, fields=ALIKE),
    Names(row=30, what="cut inside a character", streams=["ä" * 36, "日" * 40], fields=["ä" * 36, "日" * 40]),
    Names(row=31, what="blank", streams=["", *BLANK], fields=["", *BLANK]),
    Names(row=32, what="NUL in a field", fields=["a\0b", "a", "ab"]),
    Names(row=33, what="reserved words", streams=["select", "user"], fields=["select", "user", "table", "from"]),
    Names(row=34, what="system columns", fields=["ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", "oid"]),
    Names(row=35, what="columns of Atlas", streams=["a_raw", "a__history", "a__keys", "a__current", "a"],
          fields=["_atlas_id", "_atlas_batch_id", "_atlas_rest", "_airbyte_meta", "key_hash", "valid_from",
                  "valid_to", "is_current", "_ATLAS_ID", "r", "e", "data", "seq", "batch_id", "c0", "rest"]),
    Names(row=36, what="templates", streams=PITFALLS, fields=PITFALLS),
]  # fmt: skip


@pytest.mark.parametrize("case", NAMES, ids=str)
async def test_a_name_finds_a_place_of_its_own(case: Names, atlas: Atlas, tmp_path: Path) -> None:
    # given
    schema = {"id": INTEGER, **dict.fromkeys(case.fields, STRING)}
    data = {"id": 1, **{name: f"{case.value} {i}" for i, name in enumerate(case.fields)}}
    lines = [line for name in case.streams for line in whole(name, [json.dumps(data).encode()])]
    atlas.command = saying(tmp_path, lines)
    atlas.scanner = NoChecks() if len(case.streams) > 3 else atlas.scanner

    # when
    connection = await atlas.connect({}, streams=[offered(name, schema) for name in case.streams])
    found = await atlas.sync()

    # then
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    tables = [stream.layout.table for stream in connection.streams]
    assert len(set(tables)) == len(case.streams)
    for stream in connection.streams:
        layout = stream.layout
        columns = {column.field: column.name for column in layout.columns}
        assert len(columns) == len(set(columns.values())) == 1 + len(case.fields)
        assert all(len(name) <= LONGEST for name in [layout.table, *columns.values()])
        (row,) = await atlas.rows(f"chart.{layout.table}")
        for name, value in data.items():
            assert row[columns[name.replace("\0", "\u2400")]] == value
        (now,) = await atlas.rows(f"navigate.{layout.table}__current")
        assert {now[name] for name in columns.values()} == set(data.values())


async def test_a_stream_whose_name_no_table_can_keep_is_refused_before_the_database(
    atlas: Atlas,
) -> None:
    for name in ("a\0b", "a\ud800b"):
        with pytest.raises(InvalidRequest):
            await atlas.connect({}, streams=[offered(name, {"id": INTEGER})])


@pytest.mark.parametrize(
    ("row", "columns", "kind", "value"),
    [
        (37, 1_601, INTEGER, 7),
        (38, 1_600, STRING, "twenty-three letters ..."[:23]),
        (39, 2_000, STRING, "x"),
    ],
    ids=["37-1,601_columns", "38-1,600_filled_text_columns", "39-2,000_columns"],
)
async def test_more_columns_than_a_table_takes_stay_in_the_rest(
    row: int, columns: int, kind: Mapping[str, object], value: object, atlas: Atlas, tmp_path: Path
) -> None:
    # given: the key and the cursor come last
    names = [f"f{n}" for n in range(columns)]
    data = json.dumps({**dict.fromkeys(names, value), "id": 1, "at": AT % 1}).encode()
    atlas.command = saying(tmp_path, whole(STREAM, [data]))
    schema = {**dict.fromkeys(names, kind), "id": INTEGER, "at": INSTANT}

    # when
    await atlas.connect({}, streams=[offered(STREAM, schema, cursor=("at",))])
    found = await atlas.sync()

    # then
    assert found.job.status is JobStatus.SUCCEEDED, found.job.failure
    (charted,) = await atlas.rows("chart.ledger_things")
    rest = json.loads(str(charted["_atlas_rest"]))
    own = {name: charted[name] for name in (*names, "id") if name in charted}
    assert charted["id"] == 1
    assert {name: own.get(name, rest.get(name)) for name in names} == dict.fromkeys(names, value)
    assert not own.keys() & rest.keys()
    (version,) = await atlas.rows("navigate.ledger_things")
    assert str(version["valid_from"]) == "2024-01-01 00:00:01+00:00"


async def quarantined(atlas: Atlas) -> list[tuple[str, str]]:
    """(boundary, rules) of all that is in quarantine, in the order it was read."""
    explore = await atlas.rows("quarantine.explore_records", "batch_id, seq")
    chart = await atlas.rows("quarantine.chart_records", "batch_id, seq")
    found = [(f"explore:{row['status']}", str(row["rule"])) for row in explore]
    for row in chart:
        rules = row["rules"]
        assert isinstance(rules, list)
        found.append((CHART, ",".join(rules)))
    return found


async def count(atlas: Atlas, table: str) -> object:
    (found,) = await atlas.values(f"SELECT count(*) FROM {table}")
    return found
