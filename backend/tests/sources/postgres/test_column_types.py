"""Every type that PostgreSQL brings: what is declared of it, and what its values are as JSON."""

from decimal import Decimal

import psycopg
import pytest

from tests.conftest import dsn_of
from tests.sources.postgres.asking import Asking

ANYTHING = {"type": ["object", "array", "string", "number", "boolean", "null"]}
TEXT, WHOLE, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}
INSTANT = {
    "type": "string",
    "format": "date-time",
    "airbyte_type": "timestamp_with_timezone",
}
LOCAL = {**INSTANT, "airbyte_type": "timestamp_without_timezone"}
TIME = {"type": "string", "format": "time", "airbyte_type": "time_without_timezone"}
TIMETZ = {**TIME, "airbyte_type": "time_with_timezone"}

CASES: list[tuple[str, str, object, object]] = [
    ("boolean", "true", {"type": "boolean"}, True),
    ("smallint", "-32768", WHOLE, -32768),
    ("integer", "2147483647", WHOLE, 2147483647),
    ("bigint", "9223372036854775807", WHOLE, 9223372036854775807),
    ("oid", "4294967295", WHOLE, 4294967295),
    ("numeric", "12345678901234567890.12345678901234567890", NUMBER, Decimal("12345678901234567890.12345678901234567890")),
    ("numeric(10,2)", "1.50", NUMBER, Decimal("1.50")),
    ("numeric", "'NaN'", NUMBER, "NaN"),
    ("numeric", "'-Infinity'", NUMBER, "-Infinity"),
    ("real", "'1.1'", NUMBER, Decimal("1.1")),
    ("real", "'Infinity'", NUMBER, "Infinity"),
    ("double precision", "'0.1'", NUMBER, Decimal("0.1")),
    ("double precision", "'1.7976931348623157e308'", NUMBER, Decimal("1.7976931348623157e308")),
    ("double precision", "'NaN'", NUMBER, "NaN"),
    ("money", "'1234.56'", NUMBER, Decimal("1234.56")),
    ("text", r"E'quote \" backslash \\ line\nreturn\r tab\t bell\x07 one\x01 two\x02 del\x7f €😀'", TEXT,
     "quote \" backslash \\ line\nreturn\r tab\t bell\x07 one\x01 two\x02 del\x7f €😀"),
    ("text", "''", TEXT, ""),
    ("text", r"'\.'", TEXT, "\\."),
    ("varchar(5)", "'abc'", TEXT, "abc"),
    ("char(5)", "'abc'", TEXT, "abc  "),
    ("name", "'abc'", TEXT, "abc"),
    ('"char"', "'a'", TEXT, "a"),
    ("bytea", r"'\x00ff'", {**TEXT, "contentEncoding": "base64"}, "AP8="),
    ("bytea", "decode(repeat('00', 100), 'hex')", {**TEXT, "contentEncoding": "base64"}, "A" * 134 + "=="),
    ("date", "'2024-02-29'", {**TEXT, "format": "date"}, "2024-02-29"),
    ("date", "'infinity'", {**TEXT, "format": "date"}, "infinity"),
    ("date", "'0044-03-15 BC'", {**TEXT, "format": "date"}, "0044-03-15 BC"),
    ("time", "'24:00'", TIME, "24:00:00"),
    ("timetz", "'12:00:00.123456+05:30'", TIMETZ, "12:00:00.123456+05:30"),
    ("timestamp", "'2024-01-01 00:00:00.000001'", LOCAL, "2024-01-01T00:00:00.000001"),
    ("timestamp", "'-infinity'", LOCAL, "-infinity"),
    ("timestamptz", "'2024-01-01 00:00:00+02'", INSTANT, "2023-12-31T22:00:00+00:00"),
    ("timestamptz", "'infinity'", INSTANT, "infinity"),
    ("interval", "'1 year 2 mons 3 days 04:05:06.7'", TEXT, "P1Y2M3DT4H5M6.7S"),
    ("json", "E'{\"a\" :\\n\\t1e3, \"a\": 2}'", ANYTHING, {"a": 2}),
    ("json", "'\"text\"'", ANYTHING, "text"),
    ("jsonb", "'{\"z\": [1, null]}'", ANYTHING, {"z": [1, None]}),
    ("uuid", "'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'", TEXT, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
    ("inet", "'10.0.0.1/8'", TEXT, "10.0.0.1/8"),
    ("cidr", "'10.0.0.0/8'", TEXT, "10.0.0.0/8"),
    ("macaddr", "'08:00:2b:01:02:03'", TEXT, "08:00:2b:01:02:03"),
    ("macaddr8", "'08:00:2b:01:02:03:04:05'", TEXT, "08:00:2b:01:02:03:04:05"),
    ("bit(3)", "B'101'", TEXT, "101"),
    ("varbit", "B'1'", TEXT, "1"),
    ("tsvector", "'a b'", TEXT, "'a' 'b'"),
    ("tsquery", "'a & b'", TEXT, "'a' & 'b'"),
    ("point", "'(1,2)'", TEXT, "(1,2)"),
    ("line", "'{1,2,3}'", TEXT, "{1,2,3}"),
    ("lseg", "'[(0,0),(1,1)]'", TEXT, "[(0,0),(1,1)]"),
    ("box", "'(1,1),(0,0)'", TEXT, "(1,1),(0,0)"),
    ("path", "'[(0,0),(1,1)]'", TEXT, "[(0,0),(1,1)]"),
    ("polygon", "'((0,0),(1,1))'", TEXT, "((0,0),(1,1))"),
    ("circle", "'<(0,0),1>'", TEXT, "<(0,0),1>"),
    ("int4range", "'[1,5)'", TEXT, "[1,5)"),
    ("tstzrange", "'[2024-01-01 00:00+00,)'", TEXT, '["2024-01-01 00:00:00+00",)'),
    ("int8multirange", "'{[1,2),[3,4)}'", TEXT, "{[1,2),[3,4)}"),
    ("pg_lsn", "'0/16B3748'", TEXT, "0/16B3748"),
    ("regclass", "'pg_catalog.pg_class'", TEXT, "pg_class"),
    ("int[]", "'{{1,2},{3,NULL}}'", {"type": "array", "items": WHOLE}, [[1, 2], [3, None]]),
    ("text[]", "'{}'", {"type": "array", "items": TEXT}, []),
    ("money[]", "'{1.5}'", {"type": "array", "items": NUMBER}, [Decimal("1.50")]),
    ("bytea[]", r"ARRAY['\x00ff'::bytea]", {"type": "array", "items": TEXT}, ["\\x00ff"]),
    ("json[]", "ARRAY[E'{\\n\"a\": 1}'::json]", {"type": "array", "items": ANYTHING}, [{"a": 1}]),
    ("timestamptz[]", "'{2024-01-01 00:00+00,infinity}'", {"type": "array", "items": INSTANT},
     ["2024-01-01T00:00:00+00:00", "infinity"]),
    ("mood", "'so so'", TEXT, "so so"),
    ("pair", "ROW(1, E'[\\n1]')", {"type": "object", "properties": {"a": WHOLE, "J s": ANYTHING}},
     {"a": 1, "J s": [1]}),
    ("pair[]", "ARRAY[ROW(2, NULL)::pair]",
     {"type": "array", "items": {"type": "object", "properties": {"a": WHOLE, "J s": ANYTHING}}},
     [{"a": 2, "J s": None}]),
    ("bytes", r"'\x01'", {**TEXT, "contentEncoding": "base64"}, "AQ=="),
    ("ids", "'{1,2}'", {"type": "array", "items": WHOLE}, [1, 2]),
    ("hstore", "'a=>1, b=>NULL'", ANYTHING, {"a": "1", "b": None}),
    ("citext", "'Abc'", TEXT, "Abc"),
]  # fmt: skip
"""A type, a value as SQL, what is declared, and what is sent."""

MADE = (
    "CREATE EXTENSION hstore",
    "CREATE EXTENSION citext",
    "CREATE TYPE mood AS ENUM ('sad', 'so so')",
    'CREATE TYPE pair AS (a int, "J s" json)',
    "CREATE DOMAIN bytes AS bytea CHECK (length(VALUE) > 0)",
    "CREATE DOMAIN ids AS int[]",
)


def test_every_value_of_every_type_is_sent_as_it_is_and_declared(source: Asking) -> None:
    columns = ", ".join(f"c{at} {type_}" for at, (type_, *_) in enumerate(CASES))
    values = ", ".join(value for _, value, *_ in CASES)
    source.run(
        *MADE,
        f"CREATE TABLE every ({columns})",
        f"INSERT INTO every VALUES ({values})",
        "INSERT INTO every DEFAULT VALUES",
    )

    declared = source.discover().streams["every"]["json_schema"]["properties"]
    full, nulls = source.read("every").records("every")

    for at, (type_, value, schema, sent) in enumerate(CASES):
        assert declared[f"c{at}"] == schema, type_
        found = full[f"c{at}"]
        assert (found, type(found)) == (sent, type(sent)), (type_, value)
    assert set(nulls.values()) == {None}
    assert list(full) == [f"c{at}" for at in range(len(CASES))]


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_text_of_another_encoding_is_sent_as_utf_8(server: str, encoding: str) -> None:
    name = f"atlas_test_{encoding.lower()}"
    with psycopg.connect(dsn_of(server, "postgres"), autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name}")
        admin.execute(
            f"CREATE DATABASE {name} TEMPLATE template0 ENCODING '{encoding}' LOCALE 'C' "
            "LOCALE_PROVIDER libc"
        )
        try:
            source = Asking(dsn_of(server, name), {})
            source.run("CREATE TABLE words (word text)", "INSERT INTO words VALUES ('café')")

            found = source.read("words").records("words")
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")

    assert found == [{"word": "café"}]
