"""What Atlas says about a stream's datasets, one a layer: names, types, counts; never a value.

No library is needed here: `events.py` puts these words into OpenLineage's classes.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from app.core.catalog import Path
from app.core.findings import Entity, PathDecision, mask_of
from app.core.jobs import Ledger, Route
from app.core.layout import Column, Layout, Strategy
from app.core.remotes import Elsewhere
from app.core.schema import ColumnType
from app.database.address import DatabaseAddress

_EXPLORE = {"batch_id": "bigint", "seq": "integer", "data": "jsonb", "content_hash": "uuid"}
_CHART = {
    "_atlas_batch_id": "bigint",
    "_atlas_seq": "integer",
    "_atlas_extracted_at": "timestamptz",
    "_atlas_key_hash": "uuid",
    "_atlas_row_hash": "uuid",
}
_VERSION = {
    "_atlas_valid_from": "timestamptz",
    "_atlas_recorded_at": "timestamptz",
    "_atlas_schema_version": "integer",
}
"""What chart says of a row where it has one a key."""
_OF_PARENT = ("_atlas_key_hash", "_atlas_batch_id", "_atlas_seq")
_CHILD = {name: _CHART[name] for name in _OF_PARENT} | {"_atlas_index": "integer"}
_HISTORY_BEFORE = {
    "key_hash": "uuid",
    "valid_from": "timestamptz",
    "valid_to": "timestamptz",
    "is_current": "boolean",
    "is_deleted": "boolean",
    "recorded_at": "timestamptz",
}
_HISTORY_AFTER = {"row_hash": "uuid", "_atlas_batch_id": "bigint", "_atlas_seq": "integer"}
_CALLED_IN_CHART = {"key_hash": "_atlas_key_hash", "row_hash": "_atlas_row_hash"}
_AS_SENT = frozenset({ColumnType.TEXT, ColumnType.JSONB})


class Subtype(StrEnum):
    """How a value comes from another. Source: OpenLineage, column lineage, direct subtypes."""

    IDENTITY = "IDENTITY"
    TRANSFORMATION = "TRANSFORMATION"


@dataclass(frozen=True, slots=True)
class DatasetName:
    namespace: str
    name: str


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a dataset. Shape: no type where a mask may still change it."""

    name: str
    type: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A field that a column's values come from, and what happened to them between.

    Shape: `is_masked` if the values are tokens or keyed hashes, by this step or one before it.
    """

    dataset: DatasetName
    field: str
    subtype: Subtype = Subtype.IDENTITY
    description: str = ""
    is_masked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A dataset as a run read or wrote it. Shape: counts are none while they are not known."""

    name: DatasetName
    fields: Sequence[Field]
    origins: Mapping[str, Sequence[Origin]] = field(default_factory=dict)
    rows: int | None = None
    size_bytes: int | None = None


@dataclass(frozen=True, kw_only=True)
class StreamFacets:
    """The four datasets of a stream in one run, and those of its arrays' items.

    Shape: `decisions` and `books` are none until the run is complete; where columns of chart and
           navigate come from is not said before, for it would say that nothing is masked. Fields
           without a column of their own (in `_atlas_rest`) are not listed.
    """

    address: DatabaseAddress
    route: Route
    layout: Layout
    decisions: Mapping[Path, PathDecision] | None = None
    books: Ledger | None = None

    def source(self) -> Dataset:
        """The stream as the source has it; types are those of the columns that its fields fit."""
        books = self.books
        return Dataset(
            name=self._source,
            fields=[Field(c.field, c.type) for c in self.layout.read if not c.is_inner],
            rows=books.read if books else None,
        )

    def elsewhere(self, written: Elsewhere) -> Dataset:
        """What another engine writes of the stream. Shape: its name alone, for Atlas sees nothing else of it."""
        return Dataset(name=DatasetName(*written.dataset(self.layout.descriptor)), fields=[])

    def explore(self) -> Dataset:
        books = self.books
        as_sent = [Origin(dataset=self._source, field=field) for field in self.layout.fields]
        return Dataset(
            name=self._table("explore", f"{self.layout.table}_raw"),
            fields=_fields(_EXPLORE),
            origins={"data": as_sent},
            rows=books.explored if books else None,
            size_bytes=books.size_bytes if books else None,
        )

    def chart(self) -> Dataset:
        columns = (*self.layout.read, *self.layout.variants)
        origins = {column.name: [self._projected(column)] for column in columns}
        if self.layout.has_key:
            origins["_atlas_key_hash"] = [
                self._from_source(path, "keyed hash of the clear key", is_masked=True)
                for path in self.layout.primary_key
            ]
        return Dataset(
            name=self._chart,
            fields=[*self._stream_fields(), *_fields(_CHART), *self._version_fields()],
            origins={} if self.decisions is None else origins,
            rows=self.books.charted if self.books else None,
        )

    def children(self) -> Iterator[Dataset]:
        """The tables of chart with the items of arrays, made of the JSON that chart's rows hold."""
        for child in self.layout.children:
            column = self.layout.column_of((child.field,))
            if column is None or column.type is not ColumnType.JSONB:
                continue  # chart has no arrays of it
            items = f"items of {column.name}"
            origins = {
                each.name: [
                    Origin(
                        dataset=self._chart,
                        field=column.name,
                        subtype=Subtype.TRANSFORMATION,
                        description=items,
                        is_masked=bool(self._masks_in(each)),
                    )
                ]
                for each in child.columns
            }
            origins |= {
                name: [Origin(dataset=self._chart, field=name, is_masked=name == "_atlas_key_hash")]
                for name in _OF_PARENT
            }
            yield Dataset(
                name=self._table("chart", child.table),
                fields=[
                    *_fields(_CHILD),
                    *(Field(each.name, self._type_of(each)) for each in child.columns),
                ],
                origins={} if self.decisions is None else origins,
            )

    def navigate(self) -> Dataset:
        """History; of a stream without a key a view of chart, to which no row is written."""
        fields = list(self._stream_fields())
        origins = {f.name: [self._same(f.name)] for f in fields}
        rows = None
        if self.layout.has_key:
            fields = [*_fields(_HISTORY_BEFORE), *fields, *_fields(_HISTORY_AFTER)]
            origins |= {name: [self._same(name)] for name in ("key_hash", *_HISTORY_AFTER)}
            origins |= {name: [self._time()] for name in ("valid_from", "valid_to")}
            rows = self.books.versions if self.books else None
        return Dataset(
            name=self._table("navigate", self.layout.table),
            fields=fields,
            origins={} if self.decisions is None else origins,
            rows=rows,
        )

    # ── names ─────────────────────────────────────────────────────────────────────────────────

    @property
    def _source(self) -> DatasetName:
        return DatasetName(
            f"airbyte://{self.route.connector}", f"{self.route.source}.{self.layout.descriptor}"
        )

    @property
    def _chart(self) -> DatasetName:
        return self._table("chart", self.layout.table)

    def _table(self, schema: str, name: str) -> DatasetName:
        return DatasetName(self.address.namespace, f"{self.address.database}.{schema}.{name}")

    # ── columns ───────────────────────────────────────────────────────────────────────────────

    def _stream_fields(self) -> Iterator[Field]:
        """The columns that chart and navigate have in common."""
        for column in self.layout.columns:
            yield Field(column.name, self._type_of(column))
        if self.layout.has_rest:
            yield Field("_atlas_rest", ColumnType.JSONB)
        for variant in self.layout.variants:
            yield Field(variant.name, variant.type)
        yield Field("_airbyte_meta", ColumnType.JSONB)

    def _version_fields(self) -> Sequence[Field]:
        if not self.layout.is_one_row_a_key:
            return []
        cursor = self.layout.cursor_type if self.layout.orders_by_cursor else None
        return [*([Field("_atlas_cursor", cursor)] if cursor else []), *_fields(_VERSION)]

    def _type_of(self, column: Column) -> ColumnType | None:
        if column.type in _AS_SENT:
            return column.type
        if self.decisions is None:
            return None
        is_token = mask_of(self.decisions, column.path) is not None
        return ColumnType.TEXT if is_token else column.type

    def _masks_in(self, column: Column) -> Sequence[PathDecision]:
        """The masks of a column: of its path, of what lies in it, and of what it lies in."""
        return [
            decision
            for decision in self._masks.get(column.field, ())
            if all(one == other for one, other in zip(decision.path, column.path, strict=False))
        ]

    @cached_property
    def _masks(self) -> Mapping[str, Sequence[PathDecision]]:
        """The masked paths, by the field that they lie in."""
        masks: dict[str, list[PathDecision]] = {}
        for decision in (self.decisions or {}).values():
            if decision.is_masked and decision.path:
                masks.setdefault(decision.path[0], []).append(decision)
        return masks

    @cached_property
    def _masked_columns(self) -> frozenset[str]:
        """The columns of navigate in which something is a token or a keyed hash."""
        columns = (*self.layout.columns, *self.layout.variants)
        masked = {column.name for column in columns if self._masks_in(column)}
        rest = {"_atlas_rest"} if self._masks.keys() - {*self.layout.fields} else set()
        return frozenset({"key_hash"} | masked | rest)

    # ── where values come from ────────────────────────────────────────────────────────────────

    def _projected(self, column: Column) -> Origin:
        path = column.path
        if masks := self._masks_in(column):
            # The kinds alone: a key inside an object may itself be somebody's name.
            kinds = ", ".join(sorted({decision.entity or Entity.PERSONAL for decision in masks}))
            return self._from_source(path, f"tokens of {kinds}", is_masked=True)
        if column.is_inner:
            return self._from_source(path, f"a field in it, as {column.type}")
        if column.type in _AS_SENT:
            return Origin(dataset=self._source, field=column.field)
        return self._from_source(path, f"cast to {column.type}")

    def _from_source(self, path: Path, description: str, *, is_masked: bool = False) -> Origin:
        return Origin(
            dataset=self._source,
            field=path[0],
            subtype=Subtype.TRANSFORMATION,
            description=description,
            is_masked=is_masked,
        )

    def _same(self, name: str) -> Origin:
        """A column of navigate that is as chart has it."""
        return Origin(
            dataset=self._chart,
            field=_CALLED_IN_CHART.get(name, name),
            is_masked=name in self._masked_columns,
        )

    def _time(self) -> Origin:
        """Where a version's interval comes from. Source: SEMANTICS section 5."""
        if self.layout.strategy is Strategy.TIMESTAMP:
            return self._from_source(self.layout.cursor_field, "time of the cursor")
        return Origin(
            dataset=self._chart,
            field="_atlas_extracted_at",
            subtype=Subtype.TRANSFORMATION,
            description="time of extraction",
        )


def _fields(types: Mapping[str, str]) -> Sequence[Field]:
    return [Field(name, type_) for name, type_ in types.items()]
