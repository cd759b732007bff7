"""Rows 44, 46 to 48 and 52 of the fault matrix: schemas that change, crashes in the middle of a publish, states
and keys that are wrong."""

import json

import pytest

from app.core.errors import Failure
from app.core.events import SCHEMA_CHANGED
from app.core.jobs import Job, JobStatus
from app.core.schema_growth import Word
from app.layers import shadow
from app.notices import rules
from app.notices.rules import ChannelName, Occasion
from app.sync.connections import schema_changes
from app.sync.connections.schema_changes import ChangeStatus
from app.sync.growth import growing
from tests.faults.checker import assert_nothing_is_told, assert_sound
from tests.faults.scene import MASK_KEY, Scene, orders, reading
from tests.fixtures.atlas import signing_on
from tests.sources.reading import ledger

PRICES = {"name": "prices", "records": 300, "keys": 100, "state_every": 150, "late_rows": 5}
MORE = {**PRICES, "records": 450}
KEYED: dict[str, object] = {"name": "orders", "records": 300, "keys": 120, "state_every": 60}


async def numbers_of(scene: Scene, table: str) -> list[object]:
    return await scene.atlas.values(f"SELECT number FROM {table} ORDER BY number")


@pytest.mark.faults
async def test_row_46_a_worker_is_killed_while_a_generation_is_swapped(scene: Scene) -> None:
    await scene.connect(reading(PRICES))
    await scene.worker()
    await scene.ended(await scene.start())
    old = await numbers_of(scene, "chart.ledger_prices")
    await scene.configure(reading(MORE))
    async with scene.holding("LOCK TABLE navigate.ledger_prices__history IN SHARE MODE"):
        job_id = await scene.start()
        await scene.waiting_backend("%ledger_prices__history%")
        (swapping,) = scene.children
        during = await numbers_of(scene, "chart.ledger_prices")
        swapping.kill()
    after = await numbers_of(scene, "chart.ledger_prices")
    await scene.worker()
    await scene.ended(job_id)

    assert old == during == after == list(range(300))
    assert await numbers_of(scene, "chart.ledger_prices") == list(range(450))
    await assert_sound(scene, job_id, is_whole=False)


@pytest.mark.faults
async def test_row_47_a_worker_is_killed_while_history_is_written(scene: Scene) -> None:
    await scene.connect(reading(orders(300)))
    await scene.worker()
    await scene.ended(await scene.start())
    history = await scene.atlas.values("SELECT count(*) FROM navigate.ledger_orders__history")
    await scene.configure(reading(orders(700)))
    async with scene.holding("LOCK TABLE navigate.ledger_orders__history IN SHARE MODE"):
        job_id = await scene.start()
        await scene.waiting_backend("%ledger_orders__%")
        scene.children[0].kill()
    assert await scene.atlas.values("SELECT count(*) FROM navigate.ledger_orders__history") == history  # fmt: skip
    await scene.worker()
    await scene.ended(job_id)

    overlaps = await scene.atlas.fetch(
        "SELECT id FROM navigate.ledger_orders GROUP BY id HAVING count(*) FILTER (WHERE is_current) <> 1 "
        "OR count(*) <> count(DISTINCT valid_from)"
    )
    gaps = await scene.atlas.fetch(
        "SELECT id FROM (SELECT id, valid_to, lead(valid_from) OVER (PARTITION BY id ORDER BY valid_from) AS next "
        "FROM navigate.ledger_orders) v WHERE valid_to IS DISTINCT FROM next"
    )
    assert (overlaps, gaps) == ([], [])
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_47_a_worker_is_killed_while_rows_are_told_apart_by_another_key(
    scene: Scene,
) -> None:
    await scene.connect(reading(KEYED))
    await scene.worker(schema_check_h=0)
    await scene.ended(await scene.start())
    await scene.configure(reading({**KEYED, "declares_key": "number"}))
    await scene.ended(await scene.start())  # that breaks: somebody has to say a word
    async with scene.atlas.database.transaction() as session:
        wanted = (scene.atlas.connection_id, ChangeStatus.PENDING, 2)
        (change,) = await schema_changes.listed(session, *wanted)
        await growing.adopt(session, change.change_id, 320, Word())
    before = await numbers_of(scene, "chart.ledger_orders")
    async with scene.holding("LOCK TABLE chart.ledger_orders IN ACCESS SHARE MODE"):
        job_id = await scene.start()
        await scene.waiting_backend("%ledger_orders%")  # all is made, and goes into its place now
        await scene.kill(scene.children[0])
    during = await numbers_of(scene, "chart.ledger_orders")
    await scene.worker(schema_check_h=0)
    await scene.ended(job_id)

    assert len(before) == 120
    assert during == before
    for table in ("chart.ledger_orders", "navigate.ledger_orders__current"):
        assert await numbers_of(scene, table) == list(range(300))
    beside = "SELECT tablename FROM pg_tables WHERE tablename LIKE $1"
    assert await scene.atlas.values(beside, f"%{shadow.SUFFIX}%") == []
    await assert_sound(scene, job_id, is_whole=False)


@pytest.mark.faults
async def test_row_44_a_schema_that_changed_is_told_once_also_where_a_worker_is_killed(
    scene: Scene,
) -> None:
    made = await scene.connect(reading(orders(300)))
    async with scene.atlas.database.transaction() as session:
        await rules.create(
            session,
            signing_on(scene.atlas.database),
            made.connection_id,
            (Occasion.SCHEMA_CHANGE,),
            ChannelName.EMAIL,
            "a@b.org",
        )
    await scene.worker(schema_check_h=0)
    first = await scene.start()
    await scene.ended(first)
    await scene.configure(reading(orders(800, declares_drift=True), slow_s=4))
    job_id = await scene.start()
    (await scene.holder()).kill()
    await scene.worker(schema_check_h=0)
    await scene.ended(job_id)
    last = await scene.start()
    await scene.ended(last)

    assert "failed" in await scene.attempts()
    told = "SELECT payload FROM pipeline.job_events WHERE kind = $1"
    fields = {"stream": "orders", "added": ["extra"], "retyped": ["amount"]}
    assert [json.loads(str(one)) for one in await scene.atlas.values(told, SCHEMA_CHANGED)] == [
        fields
    ]
    assert await scene.atlas.values("SELECT occasion FROM pipeline.notifications") == ["schema_change"]  # fmt: skip
    await assert_sound(scene, first, job_id, last)


UNKNOWN = '{"type": "STREAM", "stream": {"stream_descriptor": {"name": "orders"}, "stream_state": {"version": 99}}}'
OTHERS = '{"type": "STREAM", "stream": {"stream_descriptor": {"name": "people"}, "stream_state": {"next": 300}}}'


@pytest.mark.faults
@pytest.mark.parametrize(
    ("message", "slug"),
    [
        (UNKNOWN, "connector-config-refused"),
        ('{"type": "STREAM", "stream": "nothing"}', "state-refused"),
        ('{"unknown": true}', "state-refused"),
        ('["a", "list"]', "state-refused"),
        (OTHERS, "state-refused"),
    ],
    ids=[
        "unknown to the connector",
        "of no stream",
        "of no kind",
        "no object",
        "of another stream",
    ],
)
async def test_row_48_a_state_that_nobody_understands_is_no_silent_full_refresh(
    message: str, slug: str, scene: Scene
) -> None:
    await assert_refused(scene, slug, "message = $1::json", message)


@pytest.mark.faults
@pytest.mark.parametrize(
    ("change", "value"),
    [("connector = $1", "source-other"), ("version = $1", "2.0.0")],
    ids=["of another connector", "of a newer connector"],
)
async def test_row_48_a_state_of_another_connector_is_no_silent_full_refresh(
    change: str, value: str, scene: Scene
) -> None:
    await assert_refused(scene, "state-refused", change, value, "pipeline.attempt_connectors")


@pytest.mark.faults
async def test_row_48_a_state_of_a_stream_that_is_not_there_is_no_silent_full_refresh(
    scene: Scene,
) -> None:
    await assert_refused(scene, "state-refused", "name = 'people', message = $1::json", OTHERS)


async def assert_refused(
    scene: Scene, slug: str, change: str, value: str, table: str = "pipeline.connector_state"
) -> None:
    """A whole worker refuses what somebody changed, reads nothing, and goes on once it is put right."""
    await scene.connect(reading(orders(300), state_kind="stream"))
    await scene.worker()
    first = await scene.start()
    await scene.ended(first)
    before = await scene.atlas.values("SELECT count(*) FROM explore.ledger_orders_raw")
    await scene.atlas.execute(f"CREATE TABLE public.saved AS SELECT * FROM {table}")
    await scene.atlas.execute(f"UPDATE {table} SET {change}", value)
    job_id = await scene.start()

    refused = await scene.ended(job_id)
    after = await scene.atlas.values("SELECT count(*) FROM explore.ledger_orders_raw")
    assert refused.status is JobStatus.FAILED
    assert refused.failure is not None
    assert (refused.failure.slug, refused.failure.failure) == (slug, Failure.CONFIG)
    assert refused.attempts == 1
    if slug == "state-refused":
        assert f"atlas state clear {scene.atlas.connection_id}" in refused.failure.detail
    assert before == after, "nothing was read anew"
    await put_back(scene, table)
    await scene.configure(reading(orders(400), state_kind="stream"))
    again = await scene.start()
    await scene.ended(again)
    await assert_sound(scene, first, job_id, again, ends=(JobStatus.SUCCEEDED, JobStatus.FAILED))


async def put_back(scene: Scene, table: str) -> None:
    if table == "pipeline.connector_state":
        columns, key = "kind = s.kind, name = s.name, message = s.message", "state_id"
    else:
        columns, key = "connector = s.connector, version = s.version", "attempt_id"
    await scene.atlas.execute(
        f"UPDATE {table} t SET {columns} FROM public.saved s WHERE s.{key} = t.{key}"
    )


@pytest.mark.faults
async def test_row_52_another_mask_key_is_not_taken_for_the_old_one(scene: Scene) -> None:
    """Under another key every row would be another row: chart and history would double."""
    await scene.connect(reading(orders(300)))
    await scene.worker(mask_key=MASK_KEY)
    first = await scene.start()
    await scene.ended(first)
    await scene.close()
    await scene.configure(reading(orders(400)))

    before = await sizes(scene)
    await scene.worker(mask_key="ff" * 32)
    changed = await scene.start()
    refused = await scene.ended(changed)
    await scene.close()

    assert_key_refused(refused)
    assert await sizes(scene) == before
    await scene.worker(mask_key=MASK_KEY)
    restored = await scene.start()
    await scene.ended(restored)
    await assert_sound(scene, first, changed, restored, ends=(JobStatus.SUCCEEDED, JobStatus.FAILED))  # fmt: skip


@pytest.mark.faults
async def test_row_52_without_its_master_key_a_secret_stays_closed_and_others_work(
    scene: Scene,
) -> None:
    """A worker that was given another file: it reads nothing with a secret that it cannot open, and says so."""
    await scene.connect(ledger(orders(100)), source="open")
    plain = scene.atlas.connection_id
    await scene.connect(reading(orders(300)))
    locked = scene.atlas.connection_id
    await scene.worker()
    first = await scene.ended(await scene.start())
    await scene.close()
    assert await scene.atlas.values("SELECT count(*) FROM pipeline.secrets") == [1]

    await scene.worker(master_key="ff" * 32)
    refused = await scene.ended(await scene.start())
    other = await scene.ended((await scene.atlas.scheduler.start(plain)).job_id)
    await scene.close()
    await scene.worker()
    opened = await scene.ended((await scene.atlas.scheduler.start(locked)).job_id)

    assert refused.status is JobStatus.FAILED
    assert refused.failure is not None
    assert (refused.failure.slug, refused.failure.failure) == ("master-key-missing", Failure.CONFIG)
    assert refused.attempts == 1
    assert first.status is other.status is opened.status is JobStatus.SUCCEEDED
    assert any("secrets_do_not_open" in child.said.read_text() for child in scene.children)
    await assert_nothing_is_told(scene)


async def sizes(scene: Scene) -> list[object]:
    return await scene.atlas.values(
        "SELECT count(*) FROM chart.ledger_orders UNION ALL SELECT count(*) FROM explore.ledger_orders_raw"
    )


def assert_key_refused(job: Job) -> None:
    assert job.status is JobStatus.FAILED
    assert job.failure is not None
    assert (job.failure.slug, job.failure.failure) == ("mask-key-mismatch", Failure.CONFIG)
    assert "ATLAS_MASK_KEY" in job.failure.detail
    assert job.attempts == 1
