"""A second load with a tenth of the keys changed and a hundredth new: Atlas's chart and history, and both by hand.

By hand is what most write first: an upsert of the table of today, and a history whose rows are closed by
an UPDATE. Both take the same typed and masked rows, from staging; no gate, mask or book is in either.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from figures import Figures, ratio
from house import House, replaying
from meter import Cost, Meter
from records import changes, replay, users

from app.database.identifiers import quote
from app.database.pool import Connection as Session
from app.layers.tables import Tables
from app.sync.connections import connection_store

_LOADED = """
CREATE TABLE public.today AS SELECT * FROM {chart};
ALTER TABLE public.today ADD PRIMARY KEY (id);
CREATE TABLE public.history AS
SELECT *, _atlas_valid_from AS valid_from, NULL::timestamptz AS valid_to, true AS is_current FROM {chart};
CREATE UNIQUE INDEX ON public.history (id) WHERE is_current;
"""
_UPSERT = """
INSERT INTO public.today ({names}, {hashes}) SELECT {names}, {hashes} FROM {staging}
ON CONFLICT (id) DO UPDATE SET ({names}, {hashes}) = ({excluded}, {excluded_hashes})
WHERE today._atlas_row_hash <> excluded._atlas_row_hash
"""
_CLOSE = """
UPDATE public.history h SET valid_to = s._atlas_valid_from, is_current = false
FROM {staging} s WHERE h.is_current AND h.id = s.id AND h._atlas_row_hash <> s._atlas_row_hash
"""
_OPEN = """
INSERT INTO public.history ({names}, {hashes}, valid_from, is_current)
SELECT {s_names}, {s_hashes}, s._atlas_valid_from, true
FROM {staging} s LEFT JOIN public.history h ON h.id = s.id AND h.is_current WHERE h.id IS NULL
"""
_HASHES = (
    "_atlas_batch_id", "_atlas_seq", "_atlas_key_hash", "_atlas_row_hash", "_atlas_valid_from",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Measured:
    """Shape: `today` is the table of today's rows, `history` what was before. Units: `wal` in bytes."""

    today: Cost
    history: Cost
    wal: int

    @property
    def both(self) -> Cost:
        return self.today + self.history


async def measure(house: House, records: int, repeat: int) -> Figures:
    ours, theirs = [], []
    for _ in range(repeat):
        mine, by_hand = await _turn(house, records)
        ours.append(mine)
        theirs.append(by_hand)
    return {
        "navigate_vs_update": ratio(
            [m.history.cpu_s for m in theirs], [m.history.cpu_s for m in ours]
        ),
        "chart_and_navigate_vs_update": ratio(
            [m.both.cpu_s for m in theirs], [m.both.cpu_s for m in ours]
        ),
        "chart_and_navigate_wal_vs_update": ratio([m.wal for m in ours], [m.wal for m in theirs]),
    }


async def _turn(house: House, records: int) -> tuple[Measured, Measured]:
    """Both on the same rows: by hand first, then Atlas publishes what by hand was read."""
    atlas = house.atlas
    first, second = replay(records), changes(records)
    connection = await house.connect([users()])
    await house.sync(connection, lambda: replaying(first, atlas.settings))
    orchestrator = house.orchestrator(lambda: replaying(second, atlas.settings))
    attempt = await house.attempt(connection)
    async with atlas.database.connection() as session:
        source = await connection_store.get_source(session, connection.source_id)
        connection = await connection_store.get_connection(session, connection.connection_id)
    reading, states = await orchestrator._prepare(attempt, connection, source)
    meter = Meter(house.meter.server)
    promotion = replace(reading.promoter.promotion, stopwatch=meter)
    await orchestrator._read(reading, states)
    (track,) = reading.promoter.tracks.values()
    last, after = track.landed_through, track.staged_through
    audited, _ = await promotion.stage(track.state, after, last, second.records)
    tables = Tables.of(track.state.layout.table)
    names = [column.name for column in track.state.layout.columns]
    async with atlas.database.connection() as session:
        await session.execute(_LOADED.format(chart=tables.chart))
        by_hand = await _by_hand(house, session, str(audited.staged.table), names)
        await house.settle()
        before = await _wal(session)
        await promotion.publish(track.state, [audited])
        wal = await _wal(session) - before
        versions = await session.fetchval(f"SELECT count(*) FROM {tables.history}")
        closed = await session.fetchval("SELECT count(*) FROM public.history WHERE NOT is_current")
        await session.execute("DROP TABLE public.today, public.history")
    if versions != closed or closed != records // 10:
        raise SystemExit(f"Atlas keeps {versions} older versions, by hand {closed} are closed.")
    await house.clear(connection)
    return Measured(meter.totals["chart"], meter.totals["navigate"], wal), by_hand


async def _by_hand(
    house: House, session: Session, staging: str, columns: Sequence[str]
) -> Measured:
    def listed(names: Sequence[str], of: str = "") -> str:
        return ", ".join(f"{of}{quote(name)}" for name in names)

    words = {
        "staging": staging,
        "names": listed(columns),
        "excluded": listed(columns, "excluded."),
        "s_names": listed(columns, "s."),
        "hashes": listed(_HASHES),
        "excluded_hashes": listed(_HASHES, "excluded."),
        "s_hashes": listed(_HASHES, "s."),
    }
    await house.settle()
    wal, before = await _wal(session), house.meter.read()
    async with session.transaction():
        await session.execute("SET LOCAL work_mem = '64MB'")
        await session.execute(_UPSERT.format(**words))
        between = house.meter.read()
        for statement in (_CLOSE, _OPEN):
            await session.execute(statement.format(**words))
        after = house.meter.read()
    return Measured(between - before, after - between, await _wal(session) - wal)


async def _wal(session: Session) -> int:
    written: int = await session.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
    return int(written)
