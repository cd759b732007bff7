"""The statement that takes a range of explore to staging: typed, masked, its rules applied.

Keys, hashes and rules see the clear values; what is written down is masked. The plain form casts
straight away and is fast; where a cast fails the range is projected again in the guarded form,
which asks of every value whether it fits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from app.core.catalog import Path
from app.core.findings import PathDecision
from app.core.layout import (
    Column,
    Contract,
    Layout,
    Strategy,
    required_rule,
    type_rule,
    variant_of,
)
from app.core.schema import ColumnType
from app.database.identifiers import Table, literal
from app.database.keys import Keys
from app.layers import casts, row_hashes
from app.layers.masking import Masking, Parameters
from app.layers.row_hashes import digest, utf8
from app.layers.tables import column_list

DELETED_AT = "_ab_cdc_deleted_at"
"""Source: Airbyte's CDC connectors; not null means that the record says its key is gone."""


@dataclass(frozen=True, slots=True)
class Statement:
    text: str
    parameters: Sequence[object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records that are projected: those of a relation whose batches are in (after, last].

    Shape: `relation` has batch_id, seq, data, content_hash; `mended` if a record was mended on its
           way into explore; `without` are places (batch_id, seq) that are left out; `first` so many
           of them alone.
    """

    relation: str
    after: int
    last: int
    mended: bool = False
    without: Table | None = None
    first: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """How one stream's records become staged rows.

    Shape: `key_secret` and `row_secret` are 32 bytes each, never rotated: they make `key_hash`
           and `row_hash`, 128 bits of keyed SHA-256 over what was clear.
    """

    layout: Layout
    masking: Masking
    key_secret: bytes
    row_secret: bytes
    guarded: bool = False

    def statement(self, staging: Table, records: Records) -> Statement:
        """Fill `staging` from records."""
        mended = records.mended
        own = ["content_hash"] if self.layout.strategy is Strategy.TIMESTAMP else []
        parameters = Parameters()
        columns = [
            self.masking.column(column, self._typed(i, column), parameters)
            for i, column in enumerate(self.layout.columns)
        ]
        if self.layout.has_rest:
            fields = frozenset(self.layout.fields)
            columns.append(self.masking.rest("r.rest", fields, parameters))
        columns += self._variants(parameters)
        selected = [
            "r.batch_id", "r.seq", "r.extracted_at", self._key_hash(parameters), self._row_hash(parameters),
            *self._old_hashes(parameters), self._valid_from(), *self._cursor(), self._is_deleted(), self._violations(), *columns, self._meta(mended),
        ]  # fmt: skip
        cursor = "_atlas_cursor, " if self.layout.orders_by_cursor else ""
        old = "_atlas_old_hashes, " if self.layout.has_old_hashes else ""
        expressions = ",\n    ".join(selected)
        text = (
            f"INSERT INTO {staging} (_atlas_batch_id, _atlas_seq, _atlas_extracted_at, _atlas_key_hash,\n"
            f"    _atlas_row_hash, {old}_atlas_valid_from, {cursor}_atlas_is_deleted, _atlas_violations,\n"
            f"    {column_list(self.layout)})\n"
            f"SELECT {expressions}\nFROM (\n{self._records(parameters, records, *own)}\n) r"
        )
        return Statement(text, parameters.values)

    def key_statement(self, record: str) -> Statement:
        """Make `key_hash` of one record, JSON text, as it is made of the records of a range.

        Shape: one value, null if a field of the key is missing or does not fit its column.
        """
        parameters = Parameters()
        data = parameters.bind(record, "jsonb")
        guarded = replace(self, guarded=True)
        digest, fields = guarded._key_hash(parameters), ", ".join(guarded._fields())
        text = (
            f"SELECT {digest} AS key_hash FROM (\n"
            f"{guarded._typed_once(f'SELECT {fields} FROM (SELECT {data} AS data) e')}\n) r"
        )
        return Statement(text, parameters.values)

    def of_keys(self, target: str, keys: str, records: Records) -> Statement:
        """Add to `target` the records whose keys are among `keys`, a query that gives key hashes."""
        parameters = Parameters()
        text = (
            f"INSERT INTO {target} (batch_id, seq, data, content_hash)\n"
            f"SELECT r.batch_id, r.seq, r.data, r.content_hash\n"
            f"FROM (\n{self._records(parameters, records, 'content_hash', 'data')}\n) r\n"
            f"WHERE {self._key_hash(parameters)} IN ({keys})"
        )
        return Statement(text, parameters.values)

    def hashes(self, target: str, records: Records) -> Statement:
        """Add to `target` what tells keys and, under `timestamp`, their versions apart; of records
        nothing but their key is read."""
        keys = [
            column for path in self.layout.primary_key if (column := self.layout.column_of(path))
        ]
        bare = replace(self.layout, columns=tuple(keys), cursor_field=(), has_rest=False)
        narrow, parameters = replace(self, layout=bare), Parameters()
        row_hash = self._row_hash(parameters)
        text = (
            f"INSERT INTO {target} (batch_id, seq, key_hash, row_hash)\n"
            f"SELECT r.batch_id, r.seq, {narrow._key_hash(parameters)}, {row_hash}\n"
            f"FROM (\n{narrow._records(parameters, records, 'content_hash')}\n) r"
        )
        return Statement(text, parameters.values)

    # ── the records, each field once ──────────────────────────────────────────────────────────

    def _records(self, parameters: Parameters, records: Records, *own: str) -> str:
        """The records with their fields as text, and typed where more than a column asks for it; `own` are
        columns of explore that are wanted too."""
        low = parameters.bind(records.after, "bigint")
        high = parameters.bind(records.last, "bigint")
        fields = [f"e.{name}" for name in own] + self._fields()
        if self.layout.has_rest:
            known = _array((*self.layout.fields, *self.layout.left_out))
            fields.append(f"nullif(e.data - {known}, '{{}}') AS rest")
        joined = ""
        if records.mended:
            fields.append("m.rule AS mended_by")
            joined = (
                "\n    LEFT JOIN quarantine.explore_records m"
                " ON m.batch_id = e.batch_id AND m.seq = e.seq AND m.status = 'mended'"
            )
        which = f"e.batch_id > {low} AND e.batch_id <= {high}"
        if records.without:  # hashed, whatever the planner thinks of the number of records
            which += (
                f" AND (e.batch_id, e.seq) NOT IN (SELECT batch_id, seq FROM {records.without})"
            )
        first = f"\n    LIMIT {records.first}" if records.first else ""
        return self._typed_once(
            f"SELECT {', '.join(['e.batch_id', 'e.seq', 'b.extracted_at', *fields])}\n"
            f"    FROM {records.relation} e\n"
            f"    JOIN pipeline.batches b ON b.batch_id = e.batch_id{joined}\n"
            f"    WHERE {which}{first}"
        )

    def _typed_once(self, records: str) -> str:
        """The records, with `t` of each column for whose value more than the column asks.

        Shape: OFFSET 0 keeps PostgreSQL from reading or casting a field anew wherever it is used above.
        """
        casts_ = [
            f"{self._cast(f'f.c{i}', column)} AS t{i}"
            for i, column in enumerate(self.layout.columns)
            if self._is_typed_once(column)
        ]
        raw = f"    {records}\n    OFFSET 0"
        return (
            f"    SELECT f.*, {', '.join(casts_)} FROM (\n{raw}) f\n    OFFSET 0" if casts_ else raw
        )

    def _is_typed_once(self, column: Column) -> bool:
        """True if keys, order or rules ask for the typed value too."""
        if column.type in casts.AS_SENT:
            return False
        is_asked_for = (
            column.path == self.layout.cursor_field or column.path in self.layout.primary_key
        )
        return is_asked_for or casts.may_misfit(column.type, guarded=self.guarded)

    def _fields(self) -> list[str]:
        """What is read of a record `e`: columns, deep fields of the key, a deep cursor."""
        fields = [
            f"{self._read(column, column.type)} AS c{i}"
            for i, column in enumerate(self.layout.columns)
        ]
        fields += [f"e.data #>> {_array(path)} AS p{i}" for i, path in enumerate(self._deep_keys())]
        fields += [
            f"{self._read(column, ColumnType.JSONB)} AS v{i}"
            for i, column in enumerate(self.layout.columns)
            if column.has_variant
        ]
        if self.layout.cursor_field and not self.layout.column_of(self.layout.cursor_field):
            fields.append(f"e.data #>> {_array(self.layout.cursor_field)} AS cursor")
        if self._has_marker_apart:
            fields.append(f"e.data ->> {literal(DELETED_AT)} AS deleted_at")
        return fields

    def _read(self, column: Column, type_: ColumnType) -> str:
        """A column's field as text, or as JSON for JSONB; null of a field that is left out."""
        if column.field in self.layout.left_out:
            return "NULL::jsonb" if type_ is ColumnType.JSONB else "NULL::text"
        return casts.read_first("e.data", column.paths, type_)

    # ── values ────────────────────────────────────────────────────────────────────────────────

    def _typed(self, index: int, column: Column) -> str:
        """The clear value as its column's type; null where it does not fit (a rule says so)."""
        return f"r.t{index}" if self._is_typed_once(column) else self._cast(f"r.c{index}", column)

    def _cast(self, raw: str, column: Column) -> str:
        return casts.cast(raw, column.type, guarded=self.guarded)

    def _misfit(self, index: int, column: Column) -> str | None:
        """The condition under which a value is there and does not fit; none if the cast itself shall say."""
        if not casts.may_misfit(column.type, guarded=self.guarded):
            return None
        return f"r.c{index} IS NOT NULL AND r.t{index} IS NULL"

    def _variants(self, parameters: Parameters) -> list[str]:
        """What does not fit its column, as JSON and masked as its path is; null where it fits."""
        values = []
        for i, column in enumerate(self.layout.columns):
            if column.has_variant:
                misfit = self._misfit(i, column)
                kept = misfit is not None and column.contract is Contract.VARIANT
                value = f"CASE WHEN {misfit} THEN r.v{i} END" if kept else "NULL::jsonb"
                values.append(self.masking.column(variant_of(column), value, parameters))
        return values

    # ── keys, order, hashes ───────────────────────────────────────────────────────────────────

    def _deep_keys(self) -> list[Path]:
        return [path for path in self.layout.primary_key if self.layout.column_of(path) is None]

    def _key_parts(self) -> list[str]:
        """The key's fields as text in one canonical form each, so that 1 and 1.0 are one key."""
        parts = []
        deep = self._deep_keys()
        for path in self.layout.primary_key:
            column = self.layout.column_of(path)
            if column is None:
                parts.append(f"r.p{deep.index(path)}")
                continue
            typed = self._typed(self.layout.columns.index(column), column)
            if column.type is ColumnType.NUMERIC:
                typed = f"trim_scale({typed})"
            parts.append(typed if column.type is ColumnType.TEXT else f"({typed})::text")
        return parts

    def _key_hash(self, parameters: Parameters) -> str:
        parts = self._key_parts()
        if not parts:
            return "NULL::uuid"
        present = " AND ".join(f"{part} IS NOT NULL" for part in parts)
        hashed = digest(parameters.bind(self.key_secret, "bytea"), utf8(self._key_text(parts)))
        return f"CASE WHEN {present} THEN {hashed} END"

    def _key_text(self, parts: Sequence[str]) -> str:
        """The key as a row's text form, which quotes its fields, so that ('a|b', 'c') and ('a', 'b|c') differ.

        Shape: whole numbers are never quoted, and put together by hand they cost a third less.
        """
        columns = [self.layout.column_of(path) for path in self.layout.primary_key]
        if all(column and column.type is ColumnType.BIGINT for column in columns):
            listed = " || ',' || ".join(parts)
            return f"'(' || {listed} || ')'"
        return f"ROW({', '.join(parts)})::text"

    def _row_hash(self, parameters: Parameters) -> str:
        """What tells a key's versions apart.

        Under `check` equal values are no new version, however the source has written them down. Under
        `timestamp` records of two instants differ by these, so the bytes' hash is enough.
        """
        secret = parameters.bind(self.row_secret, "bytea")
        if self.layout.strategy is Strategy.TIMESTAMP:
            return digest(secret, "uuid_send(r.content_hash)")
        return row_hashes.as_known(self.layout, secret)

    def _old_hashes(self, parameters: Parameters) -> list[str]:
        """What the row's hash would have been under each schema version before, by number."""
        if not self.layout.has_old_hashes:
            return []
        secret = parameters.bind(self.row_secret, "bytea")
        return [row_hashes.before(self.layout, secret)]

    def _cursor_value(self) -> str:
        column = self.layout.column_of(self.layout.cursor_field)
        return self._typed(self.layout.columns.index(column), column) if column else "r.cursor"

    def _cursor(self) -> list[str]:
        return [self._cursor_value()] if self.layout.orders_by_cursor else []

    def _valid_from(self) -> str:
        if self.layout.strategy is Strategy.CHECK:
            return "r.extracted_at"
        return f"{self._cursor_value()}::timestamptz"

    def _is_deleted(self) -> str:
        if self._has_marker_apart:
            return "r.deleted_at IS NOT NULL"
        column = self.layout.column_of((DELETED_AT,))
        return f"r.c{self.layout.columns.index(column)} IS NOT NULL" if column else "false"

    @property
    def _has_marker_apart(self) -> bool:
        """True if a delete marker may be where no column is read: a field that nobody selected, or beyond the columns."""
        layout = self.layout
        return DELETED_AT in layout.left_out or (
            layout.has_rest and not layout.column_of((DELETED_AT,))
        )

    # ── rules ─────────────────────────────────────────────────────────────────────────────────

    def _violations(self) -> str:
        """The names of the rules that a row breaks; null of a good one, for which no array is made."""
        rules = self._rules()
        if not rules:
            return "NULL::text[]"
        broken = " OR ".join(f"({condition})" for condition, _ in rules)
        names = ", ".join(f"CASE WHEN {c} THEN {literal(name)} END" for c, name in rules)
        return f"CASE WHEN {broken} THEN array_remove(ARRAY[{names}]::text[], NULL) END"

    def _rules(self) -> Sequence[tuple[str, str]]:
        """The condition under which each rule is broken, and its name; they see clear values."""
        rules = []
        if self.layout.has_key:
            missing = " OR ".join(f"{part} IS NULL" for part in self._key_parts())
            rules.append((missing, "primary_key"))
        if self.layout.cursor_field:
            rules.append((f"{self._cursor_value()} IS NULL", "cursor"))
        alive = "" if self._is_deleted() == "false" else f" AND NOT ({self._is_deleted()})"
        for i, column in enumerate(self.layout.columns):
            misfit = self._misfit(i, column)
            if misfit and not self.layout.nulls(column):
                rules.append((misfit, type_rule(column)))
            if self.layout.requires(column):
                rules.append((f"r.c{i} IS NULL{alive}", required_rule(column)))
        return rules

    def _meta(self, mended: bool) -> str:
        """`_airbyte_meta`: what was changed in the row, as Airbyte writes it; null if nothing was."""
        changes: list[str] = []
        for i, column in enumerate(self.layout.columns):
            misfit = self._misfit(i, column)
            if misfit and self.layout.nulls(column):
                changes.append(
                    _change(misfit, ".".join(column.path), "NULLED", "DESTINATION_TYPECAST_ERROR")
                )
        if mended:
            changes.append(
                "CASE WHEN r.mended_by IS NOT NULL THEN jsonb_build_object('field', '', 'change', 'TRUNCATED', "
                "'reason', 'DESTINATION_SERIALIZATION_ERROR', 'rule', r.mended_by) END"
            )
        if not changes:
            return "NULL::jsonb"
        found = f"array_remove(ARRAY[{', '.join(changes)}]::jsonb[], NULL)"
        return f"CASE WHEN cardinality({found}) > 0 THEN jsonb_build_object('changes', to_jsonb({found})) END"


def projection_of(layout: Layout, keys: Keys, decisions: Iterable[PathDecision]) -> Projection:
    """How a stream's records become rows, by decisions about what is personal."""
    return Projection(
        layout=layout,
        masking=Masking.of(keys, decisions),
        key_secret=keys.hash_key("key_hash"),
        row_secret=keys.hash_key("row_hash"),
    )


def _change(condition: str, field: str, change: str, reason: str) -> str:
    built = (
        f"jsonb_build_object('field', {literal(field)}, 'change', '{change}', 'reason', '{reason}')"
    )
    return f"CASE WHEN {condition} THEN {built} END"


def _array(path: Path) -> str:
    return f"ARRAY[{', '.join(literal(part) for part in path)}]::text[]"
