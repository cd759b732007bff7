"""A second load with a tenth of the keys changed and a hundredth new: Atlas's chart and history, and both by hand.

By hand is what most write first: an upsert of the table of today, and a history whose rows are closed by
an UPDATE. Both take the same typed and masked rows, from staging; no gate, mask or book is in either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from figures import Figures, ratio
from house import House, replaying
from records import CHANGED, changes, replay, users

from app.database.identifiers import quote
from app.database.pool import Connection as Session
from app.layers import staging
from app.layers.database_writer import DatabaseWriter
from app.layers.staging import Staged
from app.layers.tables import Tables
from app.sync.connections import connection_store

Steps = Mapping[str, "Step"]

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
class Step:
    """Units: seconds of CPU; `wal` in bytes."""

    cpu_s: float
    wal: int

    def __add__(self, other: "Step") -> "Step":
        return Step(self.cpu_s + other.cpu_s, self.wal + other.wal)


@dataclass(slots=True)
class Stopped:
    """What each step of one session costs, one after the other."""

    house: House
    session: Session
    before: Step = Step(0, 0)

    async def step(self) -> Step:
        """What was done since the last time."""
        wal = await self.session.fetchval("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
        now = Step(self.house.meter.read().cpu_s, int(wal))
        since, self.before = Step(now.cpu_s - self.before.cpu_s, now.wal - self.before.wal), now
        return since


async def measure(house: House, records: int, repeat: int) -> Figures:
    turns = [await _turn(house, records) for _ in range(repeat)]
    ours, by_hand = zip(*turns, strict=True)

    def faster(name: str) -> float:
        return ratio([t[name].cpu_s for t in by_hand], [t[name].cpu_s for t in ours])

    return {
        "navigate_vs_update": faster("history"),
        "navigate_wal_vs_update": ratio(
            [t["history"].wal for t in ours], [t["history"].wal for t in by_hand]
        ),
        "chart_and_navigate_vs_update": faster("both"),
    }


async def _turn(house: House, records: int) -> tuple[Steps, Steps]:
    """Both on the same rows, which are staged once: Atlas's, and those by hand."""
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
    promotion = reading.promoter.promotion
    await orchestrator._read(reading, states)
    (track,) = reading.promoter.tracks.values()
    last, after = track.landed_through, track.staged_through
    audited = await promotion.stage(track.state, after, last, second.records)
    tables = Tables.of(track.state.layout.table)
    async with house.owner() as session:
        await session.execute(_LOADED.format(chart=tables.chart))
        by_hand = await _by_hand(house, session, audited.staged)
        ours = await _ours(house, session, promotion.writer, audited.staged)
        versions = await session.fetchval(f"SELECT count(*) FROM {tables.history}")
        closed = await session.fetchval("SELECT count(*) FROM public.history WHERE NOT is_current")
        await session.execute("DROP TABLE public.today, public.history")
        await staging.drop(session, audited.staged.table)
    if versions != closed or closed != records // CHANGED:
        raise SystemExit(f"Atlas keeps {versions} older versions, by hand {closed} are closed.")
    await house.clear(connection)
    return ours, by_hand


async def _ours(house: House, session: Session, writer: DatabaseWriter, staged: Staged) -> Steps:
    await house.settle()
    stopped = Stopped(house, session)
    async with session.transaction():
        await session.execute("SET LOCAL work_mem = '64MB'")
        recorded_at = await session.fetchval("SELECT now()")
        await stopped.step()
        fates = await writer.choose(session, staged)
        chosen = await stopped.step()
        await writer.retire(session, staged, recorded_at)
        retired = await stopped.step()
        await writer.write_to_chart(session, staged, fates, recorded_at)
        written = await stopped.step()
        await writer.write_to_navigate(session, staged, recorded_at)
        merged = await stopped.step()
    history = retired + merged
    return {"history": history, "both": history + chosen + written}


async def _by_hand(house: House, session: Session, staged: Staged) -> Steps:
    columns = [column.name for column in staged.layout.columns]

    def listed(names: Sequence[str], of: str = "") -> str:
        return ", ".join(f"{of}{quote(name)}" for name in names)

    words = {
        "staging": staged.table,
        "names": listed(columns),
        "excluded": listed(columns, "excluded."),
        "s_names": listed(columns, "s."),
        "hashes": listed(_HASHES),
        "excluded_hashes": listed(_HASHES, "excluded."),
        "s_hashes": listed(_HASHES, "s."),
    }
    await house.settle()
    stopped = Stopped(house, session)
    async with session.transaction():
        await session.execute("SET LOCAL work_mem = '64MB'")
        await stopped.step()
        await session.execute(_UPSERT.format(**words))
        today = await stopped.step()
        for statement in (_CLOSE, _OPEN):
            await session.execute(statement.format(**words))
        history = await stopped.step()
    return {"history": history, "both": today + history}
