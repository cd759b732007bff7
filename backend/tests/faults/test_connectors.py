"""Rows 11 to 19 of the fault matrix: connectors that die, hang, flood, or say nonsense."""

import signal
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.core.jobs import JobStatus
from tests.faults.chance import chance
from tests.faults.checker import assert_sound
from tests.faults.scene import Scene, mended, reading, until
from tests.sources.reading import is_alive

AT = chance("connectors").randint(520, 760)
"""Of some 880 records, so far on that what the next attempt has to send is less than that."""
IDLE_S = 5.0
"""A connector's start counts as silence too; on a busy machine it may take a second or two."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a connector does somewhere among its records, and how its job ends then.

    Shape: one that `is_mended` behaves from its second start on.
    """

    misbehaviour: dict[str, object]
    slugs: list[str] = field(default_factory=list)
    ends: JobStatus = JobStatus.SUCCEEDED
    says: str = ""
    is_mended: bool = False


FAULTS = {
    "11 it exits in the middle": Fault(
        misbehaviour={"die_at": AT, "exit_code": 3},
        slugs=["connector-failed-transiently"],
        says="exit code 3",
        is_mended=True,
    ),
    "12 it is killed for its memory": Fault(
        misbehaviour={"die_at": AT, "die_by_signal": int(signal.SIGKILL)},
        slugs=["connector-failed-transiently"],
        says="signal 9",
    ),
    "13 it ends well and completes nothing": Fault(
        misbehaviour={"incomplete": ["orders"]},
        slugs=["stream-incomplete"] * 4,
        ends=JobStatus.FAILED,
    ),
    "14 it hangs": Fault(misbehaviour={"hang_at": AT}, slugs=["connector-silent"]),
    "15 it hangs and ignores SIGTERM": Fault(
        misbehaviour={"hang_at": AT, "ignore_sigterm": True}, slugs=["connector-silent"]
    ),
    "17 it says what is no message": Fault(
        misbehaviour={"garbage_at": AT, "garbage_lines": 5, "garbage": "hex:fffe00c3"}
    ),
    "17 it says nothing else": Fault(
        misbehaviour={"garbage_at": 100, "garbage_lines": 200_000},
        slugs=["connector-protocol-broken"] * 2,
        ends=JobStatus.FAILED,
    ),
    "19 it floods stderr": Fault(misbehaviour={"stderr_bytes": 50_000_000}),
}


@pytest.mark.faults
@pytest.mark.parametrize("row", FAULTS)
async def test_a_connectors_fault_ends_in_a_true_state(row: str, scene: Scene) -> None:
    fault = FAULTS[row]
    scene.atlas.settings = scene.atlas.settings.model_copy(update={"source_idle_timeout_s": IDLE_S})
    await scene.connect(reading(**fault.misbehaviour))
    job_id = await scene.start()
    if fault.is_mended:
        await scene.atlas.scheduler.run(job_id)
        await scene.configure(mended(scene.config))
    await scene.atlas.run(job_id)

    failures = await scene.atlas.fetch(
        "SELECT failure ->> 'slug' AS slug, failure ->> 'detail' AS detail FROM pipeline.attempts "
        "WHERE status = 'failed' ORDER BY number"
    )
    slugs = [row["slug"] for row in failures]
    assert slugs == fault.slugs
    assert all(fault.says in row["detail"] for row in failures)
    is_whole = fault.ends is JobStatus.SUCCEEDED
    await assert_sound(scene, job_id, ends=(fault.ends,), is_whole=is_whole)


async def test_rows_14_15_16_a_connector_that_hangs_goes_with_all_it_started(
    scene: Scene, tmp_path: Path
) -> None:
    """It ignores SIGTERM, and so does a child of its own, in its group."""
    child = tmp_path / "grandchild"
    hanging = reading(hang_at=AT, ignore_sigterm=True, grandchild_pid_file=str(child))
    await scene.connect(hanging)
    await scene.worker(source_idle_timeout_s=IDLE_S)
    job_id = await scene.start()

    async def has_failed() -> bool:
        return "failed" in await scene.attempts()

    async def has_forked() -> bool:
        return child.exists() and child.read_text() != ""

    await until(has_forked)
    first = int(child.read_text())
    await until(has_failed, 60)
    assert not is_alive(first)
    await scene.ended(job_id)

    assert await scene.attempts() == ["failed", "succeeded"]
    assert not is_alive(int(child.read_text()))
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_16_what_a_connector_leaves_running_goes_when_it_has_ended(
    scene: Scene, tmp_path: Path
) -> None:
    child = tmp_path / "grandchild"
    await scene.connect(reading(grandchild_pid_file=str(child)))
    job_id = await scene.start()
    await scene.atlas.run(job_id)

    assert not is_alive(int(child.read_text()))
    await assert_sound(scene, job_id)


@pytest.mark.faults
async def test_row_19_of_a_flood_of_lines_so_many_are_kept(scene: Scene) -> None:
    await scene.connect(reading(stderr_bytes=20_000_000))
    await scene.worker(log_limit_bytes=100_000)
    job_id = await scene.start()
    await scene.ended(job_id)

    (kept,) = await scene.atlas.values("SELECT coalesce(sum(octet_length(message)), 0)::int FROM pipeline.log_lines")  # fmt: skip
    assert 0 < int(str(kept)) <= 110_000
    await assert_sound(scene, job_id)
