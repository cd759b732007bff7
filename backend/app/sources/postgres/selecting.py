"""The statements that read a stream: PostgreSQL makes the whole line of each record.

A line is given as CSV whose quote and delimiter are control characters. JSON holds none of them raw, so nothing
is ever quoted, and a row is sent as it was made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.database.identifiers import literal
from app.sources.postgres import messages
from app.sources.postgres.column_types import Order
from app.sources.postgres.discovery import Column, Relation
from app.sources.postgres.failing import Failed

DELIMITER = b"\x02"
_FORMAT = r"(FORMAT csv, DELIMITER E'\x02', QUOTE E'\x01', ESCAPE E'\x01')"
_XIDS = 1 << 32
_DAY_S = 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """A relation, and the columns of it that are sent."""

    relation: Relation
    columns: Sequence[Column]

    def copy(self, where: str = "true", *, beside: str = "", rest: str = "") -> str:
        """The COPY of all records for which a condition holds.

        Shape: `beside` is what is given after each record, and `DELIMITER`; it is null or JSON, too. `rest` is
               what follows the condition. The table is called `t`.
        """
        head, tail = (literal(part) for part in messages.envelope(self.relation.descriptor))
        made = ", ".join(
            f"{column.type.as_json(f't.{column.sql}')} AS {column.sql}" for column in self.columns
        )
        line = f"{head} || row_to_json(r.*)::text || {tail}"
        given = f"{line}, {beside}" if beside else line
        # pulled up by the planner: without a sub-select that runs for each row
        source = f"{self.relation.table} t CROSS JOIN LATERAL (SELECT {made}) r"
        return f"COPY (SELECT {given} FROM {source} WHERE {where} {rest}) TO STDOUT {_FORMAT}"

    def newest(self, cursor: Column) -> str:
        """The greatest value of a cursor, as JSON."""
        value = f"t.{cursor.sql}"
        return (
            f"SELECT to_json({value})::text FROM {self.relation.table} t WHERE {known(cursor)} "
            f"ORDER BY {value} DESC LIMIT 1"
        )

    def count_of(self, cursor: Column, value: str) -> str:
        """How many rows have a value of a cursor."""
        return (
            f"SELECT count(*) FROM {self.relation.table} t WHERE t.{cursor.sql} = {literal(value)}"
        )

    def key_beside(self) -> str:
        """A row's key as a JSON array of texts."""
        return f"json_build_array({', '.join(f'{part}::text' for part in self._key())})::text"

    def after_key(self, key: Sequence[str]) -> str:
        return f"({', '.join(self._key())}) > ({', '.join(map(literal, key))})" if key else "true"

    def up_to_key(self, key: Sequence[str]) -> str:
        return f"({', '.join(self._key())}) <= ({', '.join(map(literal, key))})"

    def by_key(self, limit: int) -> str:
        return f"ORDER BY {', '.join(self._key())} LIMIT {limit}"

    def _key(self) -> Sequence[str]:
        found = (self.relation.column(name) for name in self.relation.key)
        return [f"t.{column.sql}" for column in found if column is not None]


def known(cursor: Column) -> str:
    """The condition that a row has a cursor that others can come after."""
    value = f"t.{cursor.sql}"
    is_cursor = cursor.type.is_cursor(value)
    return f"{value} IS NOT NULL AND {is_cursor}" if is_cursor else f"{value} IS NOT NULL"


def since(cursor: Column, value: str, *, again: bool, lookback: int) -> str:
    """The condition that a row's cursor is a value or after it; without `again`, after it alone.

    Shape: with a lookback also what is that far before it, for a cursor of which one can say so.
    """
    column, given = f"t.{cursor.sql}", literal(value)
    if lookback and can_look_back(cursor):
        return f"{column} >= {_before(cursor, value, lookback)}"
    return f"{column} {'>=' if again else '>'} {given}"


def can_look_back(cursor: Column) -> bool:
    return cursor.type.order not in (None, Order.OTHER)


def value_beside(cursor: Column, value: str) -> str:
    """A row's cursor as JSON; null where no state can be of it: it is unknown, or before a value."""
    column = f"t.{cursor.sql}"
    return f"CASE WHEN {known(cursor)} AND {column} >= {literal(value)} THEN to_json({column})::text END"


def newer_than(horizon: int) -> str:
    """The condition that a row's version may be of a transaction that a snapshot with this horizon has not seen.

    Shape: true also of some that it has: a number of 32 bits says no more.
    """
    return f"age(t.xmin) <= age('{horizon % _XIDS}'::xid)"


def _before(cursor: Column, value: str, lookback: int) -> str:
    given = literal(value)
    match cursor.type.order:
        case Order.INSTANT:
            return f"{given}::{cursor.type.name} - interval '{lookback} seconds'"
        case Order.DATE:
            return f"{given}::date - {-(-lookback // _DAY_S)}"
        case _:
            try:
                return literal(str(Decimal(value) - lookback))
            except InvalidOperation:
                raise Failed(f"The state's cursor {cursor.name} is no number.") from None
