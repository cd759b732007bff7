"""Tests of app/gates/quality/metrics.py: each dimension's share, counted by hand."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from app.gates.quality.metrics import Dimension, Score, measure
from tests.fixtures.atlas import Atlas
from tests.fixtures.by_hand import ByHand
from tests.fixtures.scripted import INSTANT, offered

SCHEMA = {
    "id": {"type": "integer"},
    "name": {"type": ["null", "string"]},
    "created_at": INSTANT,
    "updated_at": INSTANT,
}


async def scores(
    atlas: Atlas, records: Sequence[Mapping[str, object]], masked: frozenset[str] = frozenset()
) -> dict[Dimension, Score]:
    stream = offered("people", SCHEMA, cursor=("updated_at",))
    hand = await ByHand.of(atlas, stream)
    batch = await hand.land(records, extracted_at=datetime.now(UTC) - timedelta(seconds=9))
    staged = await hand.stage(0, batch)
    async with atlas.database.connection() as session:
        found = await measure(session, hand.layout, staged.table, masked)
    return {score.dimension: score for score in found.scores}


def person(id_: object, *, created: datetime, updated: datetime, name: str | None = "n") -> dict[str, object]:  # fmt: skip
    return {"id": id_, "name": name, "created_at": created.isoformat(), "updated_at": updated.isoformat()}  # fmt: skip


async def test_every_dimension_is_the_share_it_says(atlas: Atlas) -> None:
    now = datetime.now(UTC)
    while_it_was_read = now - timedelta(seconds=4)  # after the batch's first record was sent
    long_ago, tomorrow = now - timedelta(days=2), now + timedelta(days=1)
    fine = person(1, created=long_ago, updated=while_it_was_read)

    found = await scores(
        atlas,
        [
            fine,
            fine,
            person(2, created=while_it_was_read, updated=long_ago, name=None),
            person(None, created=long_ago, updated=tomorrow),
        ],
    )

    assert found[Dimension.COMPLETENESS].score == pytest.approx(14 / 16)  # an id and a name lack
    assert found[Dimension.UNIQUENESS].score == pytest.approx(3 / 4)  # one record comes twice
    assert found[Dimension.VALIDITY].score == pytest.approx(3 / 4)  # one has no key
    assert found[Dimension.CONSISTENCY].score == pytest.approx(3 / 4)  # one is updated before it is
    assert found[Dimension.ACCURACY].score == pytest.approx(7 / 8)  # one instant is of tomorrow
    assert found[Dimension.TIMELINESS].score == 1.0
    assert [score.measured for score in found.values()] == [16, 4, 4, 4, 8, 4]


async def test_what_cannot_be_measured_has_no_score(atlas: Atlas) -> None:
    now = datetime.now(UTC)

    found = await scores(atlas, [person(1, created=now, updated=now)], frozenset({"created_at", "updated_at"}))  # fmt: skip

    assert found[Dimension.CONSISTENCY] == Score(Dimension.CONSISTENCY, None, 0)
    assert found[Dimension.ACCURACY] == Score(Dimension.ACCURACY, None, 0)


async def test_old_data_is_worth_a_day_over_its_age(atlas: Atlas) -> None:
    old = datetime.now(UTC) - timedelta(days=4)

    found = await scores(atlas, [person(1, created=old, updated=old)])

    assert found[Dimension.TIMELINESS].score == pytest.approx(1 / 4, rel=1e-3)
