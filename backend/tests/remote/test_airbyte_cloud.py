"""What an Airbyte elsewhere may answer, and what the client makes of it: no fault begins a second job."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from uuid import UUID

import pytest

from app.core.errors import AtlasError
from app.core.failures import (
    AddressRefused,
)
from app.core.remote_failures import (
    RemoteAnswerLost,
    RemoteAnswerUnusable,
    RemoteLacks,
    RemoteRefused,
    RemoteSyncRunning,
    RemoteUnreachable,
)
from app.outgoing.sending import Outgoing
from app.remote.airbyte_cloud import NOBODYS, AirbyteCloud, airbyte_at
from app.remote.asking import Account
from app.remote.shapes import Outcome
from tests.fixtures.airbyte_cloud import CONNECTION, FakeCloud, Fault, How
from tests.remote.conftest import HERE, PACE, account

HERE_ID = UUID(CONNECTION)
Prepare = Callable[[FakeCloud], object]


def fault(method: str, path: str, how: How, **more: object) -> Prepare:
    return lambda fake: fake.faults.append(Fault(method, path, how, **more))  # type: ignore[arg-type]


def life(*statuses: str) -> Prepare:
    return lambda fake: setattr(fake, "next_life", list(enumerate(statuses)))


SURVIVED: dict[str, Prepare] = {
    "nothing": lambda _: None,
    "queued first": life("queued", "running", "succeeded"),
    "incomplete between": life("running", "incomplete", "running", "succeeded"),
    "a status that nobody knows": life("pending", "contemplating", "succeeded"),
    "401 while it is followed": fault("GET", "/jobs/41", How.STATUS, status=401),
    "409 as the answer is lost": fault("POST", "/jobs", How.LOST),
    "429 to the start": fault("POST", "/jobs", How.STATUS, status=429, headers={"retry-after": "0"}, times=2),
    "429 to a look": fault("GET", "/jobs/41", How.STATUS, status=429, headers={"retry-after": "0"}, times=2),
    "an answer that is lost of a job that is over at once": lambda fake: (
        life("succeeded")(fake), fault("POST", "/jobs", How.LOST)(fake),
    ),
    "a slow start whose job began": fault("POST", "/jobs", How.SLOW, seconds=1.0),
    "a start that never arrived": fault("POST", "/jobs", How.CUT),
    "503 to the start": fault("POST", "/jobs", How.STATUS, status=503),
    "502 to looks": fault("GET", "/jobs/41", How.STATUS, status=502, times=3),
    "a look that is cut": fault("GET", "/jobs/41", How.CUT, times=2),
    "500 from the token's door": fault("POST", "/applications/token", How.STATUS, status=500),
    "no statistics": lambda fake: setattr(fake, "next_figures", (None, None)),
    "nothing synced": lambda fake: setattr(fake, "next_figures", (0, 0)),
    "a token that says no end": lambda fake: setattr(fake, "token_lives_s", None),
}  # fmt: skip


ADOPTED = {
    "409 as the answer is lost",
    "an answer that is lost of a job that is over at once",
    "a slow start whose job began",
}


@pytest.mark.parametrize("name", SURVIVED)
async def test_one_job_begins_and_is_seen_to_its_end(
    cloud: AirbyteCloud, fake: FakeCloud, name: str
) -> None:
    SURVIVED[name](fake)

    started = await cloud.start(HERE_ID, NOBODYS)
    job = started.job
    while job.outcome is None:
        job = await cloud.job(job.job_id)

    assert job.outcome is Outcome.SUCCEEDED
    assert [each.job_id for each in fake.jobs] == [job.job_id] == [41]
    assert started.is_adopted is (name in ADOPTED)
    assert (job.rows_synced, job.bytes_synced) == fake.next_figures
    assert job.started_at is not None
    assert job.started_at.isoformat() == "2026-01-01T10:00:00+00:00"


REFUSED: dict[str, tuple[Prepare, type[AtlasError]]] = {
    "HTML from the token's door": (fault("POST", "/applications/token", How.HTML), RemoteAnswerUnusable),
    "a token's door elsewhere": (fault("POST", "/applications/token", How.STATUS, status=302), RemoteAnswerUnusable),
    "a secret that is not taken": (fault("POST", "/applications/token", How.STATUS, status=403), RemoteRefused),
    "a job that is none": (fault("GET", "/jobs/7", How.GARBAGE), RemoteAnswerUnusable),
    "HTML for a job": (fault("GET", "/jobs/7", How.HTML), RemoteAnswerUnusable),
    "a job that is not there": (lambda _: None, RemoteLacks),
    "401 again and again": (fault("GET", "/jobs/7", How.STATUS, status=401, times=9), RemoteRefused),
    "403": (fault("GET", "/jobs/7", How.STATUS, status=403), RemoteRefused),
    "500 for ever": (fault("GET", "/jobs/7", How.STATUS, status=500, times=99), RemoteAnswerLost),
    "429 for an hour": (
        fault("GET", "/jobs/7", How.STATUS, status=429, headers={"retry-after": "3600"}, times=99),
        RemoteUnreachable,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_what_cannot_be_mended_says_which_failure_it_is(
    cloud: AirbyteCloud, fake: FakeCloud, name: str
) -> None:
    prepare, failure = REFUSED[name]
    prepare(fake)

    with pytest.raises(AtlasError) as raised:
        await cloud.job(7)

    assert type(raised.value) is failure
    assert "canary" not in f"{raised.value.detail} {raised.value.facts}"


async def test_a_question_is_asked_as_often_as_it_may_and_a_token_is_renewed_once(
    cloud: AirbyteCloud, fake: FakeCloud
) -> None:
    fake.faults.append(Fault("GET", "/jobs/7", How.STATUS, status=500, times=99))
    with pytest.raises(RemoteAnswerLost):
        await cloud.job(7)
    assert fake.asked.count(("GET", "/api/public/v1/jobs/7")) == PACE.tries

    fake.asked.clear()
    fake.faults[:] = [Fault("GET", "/jobs/7", How.STATUS, status=401, times=99)]
    with pytest.raises(RemoteRefused):
        await cloud.job(7)
    assert fake.asked.count(("GET", "/api/public/v1/jobs/7")) == 2
    assert fake.asked.count(("POST", "/api/public/v1/applications/token")) == 1


@pytest.mark.parametrize("as_instant", [False, True])
async def test_the_remote_says_how_long_to_wait(
    cloud: AirbyteCloud, fake: FakeCloud, as_instant: bool
) -> None:
    job = fake.begin()
    wait = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    fake.faults.append(
        Fault(
            "GET",
            f"/jobs/{job.job_id}",
            How.STATUS,
            status=429,
            headers={"retry-after": wait if as_instant else "1"},
        )
    )

    began = time.monotonic()
    await cloud.job(job.job_id)

    assert time.monotonic() - began >= (0.8 if as_instant else 1.0)  # an instant has no fractions


async def test_a_token_is_renewed_before_it_ends(cloud: AirbyteCloud, fake: FakeCloud) -> None:
    job, seconds = fake.begin(), [0.0]
    cloud.asking.clock = lambda: seconds[0]

    for seconds[0] in (0.0, 700.0, 730.0):
        await cloud.job(job.job_id)

    assert len(fake.tokens) == 2
    assert all(
        status == ("GET", f"/api/public/v1/jobs/{job.job_id}")
        for status in fake.asked
        if status[0] == "GET"
    )


async def test_a_running_job_that_is_older_than_the_wish_is_not_taken_for_it(
    cloud: AirbyteCloud, fake: FakeCloud
) -> None:
    older = fake.begin(life=[(0, "running")])

    with pytest.raises(RemoteSyncRunning):
        await cloud.start(HERE_ID, after=older.job_id)

    assert fake.jobs == [older]


async def test_a_cancelled_job_is_cancelled_once_and_one_that_is_over_stays_as_it_ended(
    cloud: AirbyteCloud, fake: FakeCloud
) -> None:
    running = fake.begin(life=[(0, "running")])
    over = fake.begin(life=[(0, "succeeded")])

    first = await cloud.cancel(running.job_id)
    again = await cloud.cancel(running.job_id)
    late = await cloud.cancel(over.job_id)

    assert [first.outcome, again.outcome, late.outcome] == [
        Outcome.CANCELLED, Outcome.CANCELLED, Outcome.SUCCEEDED,
    ]  # fmt: skip


async def test_pages_are_asked_for_by_offset_whatever_host_the_next_one_has(
    cloud: AirbyteCloud, fake: FakeCloud
) -> None:
    for number in range(130):
        fake.connect([], connectionId=str(UUID(int=number)))

    found = await cloud.connections()

    assert len(found) == 130
    assert {path for _, path in fake.asked if "connections" in path} == {
        "/api/public/v1/connections"
    }


async def test_an_address_that_is_not_public_is_asked_only_if_it_is_allowed(
    fake: FakeCloud,
) -> None:
    async with airbyte_at(account(fake), PACE, Outgoing()) as cloud:
        with pytest.raises(AddressRefused):
            await cloud.workspaces()
    assert fake.asked == []


async def test_a_remote_that_is_gone_is_not_reached() -> None:
    gone = Account(api_url="http://127.0.0.1:1/v1", client_id="a", client_secret="b")
    async with airbyte_at(gone, replace(PACE, tries=2), HERE) as cloud:
        with pytest.raises(RemoteUnreachable) as raised:
            await cloud.workspaces()
    assert type(raised.value) is RemoteUnreachable  # it never had the question


@pytest.mark.parametrize(
    ("api_url", "config_api"),
    [
        ("https://api.airbyte.com/v1", "https://cloud.airbyte.com/api/v1"),
        ("http://airbyte.internal:8000/api/public/v1", "http://airbyte.internal:8000/api/v1"),
        ("https://elsewhere.example/v1", None),
    ],
)
def test_the_config_api_is_beside_the_public_one(api_url: str, config_api: str | None) -> None:
    made = Account(api_url=api_url, client_id="a", client_secret="b")

    assert made.config_api == config_api
    assert replace(made, config_api_url="https://other/api/v1").config_api == "https://other/api/v1"
    assert "client_secret" not in repr(made)
