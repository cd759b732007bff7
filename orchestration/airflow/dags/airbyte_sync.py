"""The daily flow: start a sync, wait for it, verify it, then let dbt go on.

It runs against Airbyte Cloud and against Atlas; which of them, only the Airflow connection says. Environment:

  AIRBYTE_CONNECTION_ID    the connection that is synced
  AIRBYTE_CONN_ID          the Airflow connection; airbyte_default
  AIRBYTE_POLL_S           seconds between two looks; 30
  AIRBYTE_SYNC_LIMIT_S     seconds after which the sync is cancelled; six hours
  AIRBYTE_RETRY_S          seconds before the first retry; 300, doubled for each, at most an hour
  AIRBYTE_LEAST_ROWS       fewer rows are no success; 0
  AIRBYTE_LEAST_SHARE      nor are fewer than this share of the middle of the last syncs; 0, which asks for nothing
  AIRBYTE_UNVERIFIED       `fail` or `allow` a success of which Airbyte gives no figures; fail
  ALERT_WEBHOOK            is told of a failure, as JSON
"""

import json
import logging
import os
import statistics
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from airbyte_jobs import (
    CANCELLED,
    FAILED,
    SUCCEEDED,
    AirbyteJobs,
    AirbyteRefused,
    Job,
    is_over,
)
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, BaseSensorOperator, PokeReturnValue, get_current_context, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

log = logging.getLogger(__name__)

CONNECTION_ID = os.environ.get("AIRBYTE_CONNECTION_ID", "")
CONN_ID = os.environ.get("AIRBYTE_CONN_ID", "airbyte_default")
POLL_S = float(os.environ.get("AIRBYTE_POLL_S", "30"))
LIMIT_S = float(os.environ.get("AIRBYTE_SYNC_LIMIT_S", str(6 * 3_600)))
RETRIES = 3
RETRY_WAIT = timedelta(seconds=float(os.environ.get("AIRBYTE_RETRY_S", "300")))
LEAST_ROWS = int(os.environ.get("AIRBYTE_LEAST_ROWS", "0"))
LEAST_SHARE = float(os.environ.get("AIRBYTE_LEAST_SHARE", "0"))
UNVERIFIED = os.environ.get("AIRBYTE_UNVERIFIED", "fail")
LOOKED_AT = 10
"""Syncs before this one that its rows are held against."""


def airbyte() -> AirbyteJobs:
    """Airbyte, told which task of which run asks."""
    context = get_current_context()
    instance = context["ti"]
    run = uuid.uuid5(uuid.NAMESPACE_URL, f"{instance.dag_id}/{instance.run_id}")
    return AirbyteJobs.of(CONN_ID, parent_run=f"airflow/{instance.dag_id}/{run}")


def alert(context: Any) -> None:
    """Tell of a failure where somebody looks; that this cannot be told is only logged."""
    instance = context["ti"]
    said = {
        "dag": instance.dag_id,
        "task": instance.task_id,
        "run": instance.run_id,
        "failure": str(context.get("exception")),
    }
    log.error("Alert: %s", json.dumps(said))
    if not (url := os.environ.get("ALERT_WEBHOOK")):
        return
    try:
        httpx.post(url, json=said, timeout=10).raise_for_status()
    except httpx.HTTPError as failure:
        log.error("The alert could not be told: %s", type(failure).__name__)


@task(retries=RETRIES, retry_delay=RETRY_WAIT, retry_exponential_backoff=True)
def trigger_airbyte_sync() -> int:
    """The id of the job. A retry begins no second one: a job that runs, or whose answer was lost, is followed."""
    if not CONNECTION_ID:
        raise AirflowFailException("AIRBYTE_CONNECTION_ID is not set: it says what to sync.")
    try:
        return int(airbyte().start(CONNECTION_ID)["jobId"])
    except AirbyteRefused as refused:
        raise AirflowFailException(str(refused)) from refused


class SyncCompletion(BaseSensorOperator):
    """Waits for a sync; a retry of this task is a retry of the sync.

    Shape: the id of the job that succeeded. Asked where it stands, it looks at Airbyte alone: of the jobs since the
           first, as many may have failed as this task was tried before; one more is a failure of this try.
    """

    template_fields = ("first_job_id",)

    def __init__(self, *, first_job_id: Any, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.first_job_id = first_job_id

    def poke(self, context: Any) -> PokeReturnValue | bool:
        jobs = airbyte()
        try:
            job = self._followed(jobs, int(self.first_job_id), tries=context["ti"].try_number)
        except AirbyteRefused as refused:
            raise AirflowFailException(str(refused)) from refused
        if self._is_overdue(job):
            jobs.cancel(int(job["jobId"]))
            raise AirflowFailException(f"Job {job['jobId']} took longer than {LIMIT_S:g} s: cancelled.")  # fmt: skip
        if not is_over(job):
            log.info("Job %s is %s.", job["jobId"], job["status"])
            return False
        if job["status"] == CANCELLED:
            raise AirflowFailException(f"Job {job['jobId']} was cancelled, by somebody else: it is not begun again.")  # fmt: skip
        if job["status"] == FAILED:
            raise AirflowException(f"Job {job['jobId']} failed{_why(job)}")
        return PokeReturnValue(is_done=True, xcom_value=int(job["jobId"]))

    def _followed(self, jobs: AirbyteJobs, first: int, tries: int) -> Job:
        """The newest job since the first; of a later try a new one, if those before have failed."""
        since = [job for job in jobs.since(CONNECTION_ID, first) if job["jobType"] == "sync"]
        if not since:
            return jobs.get(first)
        newest = since[0]
        if newest["status"] == FAILED and len(since) < tries:
            newest = jobs.start(CONNECTION_ID)
            log.info("Try %s: job %s follows one that failed.", tries, newest["jobId"])
        return newest

    def _is_overdue(self, job: Job) -> bool:
        if is_over(job) or not job.get("startTime"):
            return False
        began = datetime.fromisoformat(job["startTime"].replace("Z", "+00:00"))
        return (datetime.now(UTC) - began).total_seconds() > LIMIT_S


@task(retries=RETRIES, retry_delay=timedelta(seconds=30))
def verify_sync_success(job_id: int) -> dict[str, Any]:
    """What a sync brought; the task fails if it is not what a success is.

    Shape: `succeeded` alone is none: Airbyte has called launches that failed so, without any figures.
    """
    jobs = airbyte()
    try:
        job = jobs.get(job_id)
        earlier = [
            before["rowsSynced"]
            for before in jobs.since(CONNECTION_ID, 0)
            if before["status"] == SUCCEEDED
            and before.get("rowsSynced") is not None
            and int(before["jobId"]) < job_id
        ][:LOOKED_AT]
    except AirbyteRefused as refused:
        raise AirflowFailException(str(refused)) from refused
    found = {
        "jobId": job_id,
        "status": job["status"],
        "rows": job.get("rowsSynced"),
        "bytes": job.get("bytesSynced"),
    }
    log.info("Verifying %s against %s", found, earlier)
    if doubts := list(_doubts(job, earlier)):
        raise AirflowFailException(" ".join(doubts))
    return found


def _doubts(job: Job, earlier: list[int]) -> Any:
    """Why a job is no success; nothing if it is one."""
    rows, size = job.get("rowsSynced"), job.get("bytesSynced")
    if job["status"] != SUCCEEDED:
        yield f"Job {job['jobId']} is {job['status']}{_why(job)}"
        return
    if rows is None or size is None or (rows > 0 and size == 0):
        if UNVERIFIED != "allow":
            yield "Airbyte gives no figures of what was moved: it succeeded, unverified."
        return
    if rows < LEAST_ROWS:
        yield f"{rows} rows were moved, at least {LEAST_ROWS} are wanted."
    if earlier and rows < LEAST_SHARE * statistics.median(earlier):
        yield (
            f"{rows} rows were moved; the last {len(earlier)} syncs moved {statistics.median(earlier):g} in the "
            f"middle, and at least {LEAST_SHARE:.0%} of that is wanted."
        )
    atlas = job.get("atlas") or {}
    if atlas.get("balanced") is False:
        yield "Its books do not balance."
    remote = atlas.get("remote") or {}
    if remote.get("verification") == "failed":
        yield f"What Airbyte Cloud did is not what is wanted: {' '.join(remote.get('reasons', []))}"


def _why(job: Job) -> str:
    """Atlas says why; Airbyte's public API does not."""
    failure = (job.get("atlas") or {}).get("failure") or {}
    return f": {failure.get('title', '')} {failure.get('detail', '')}".rstrip() if failure else "."


with DAG(
    "airbyte_sync",
    description="A sync of Airbyte's, verified, and then dbt",
    schedule="0 1 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "data", "on_failure_callback": alert},
    tags=["airbyte", "atlas"],
):
    triggered = trigger_airbyte_sync()
    waited = SyncCompletion(
        task_id="wait_for_sync_completion",
        first_job_id=triggered,
        poke_interval=POLL_S,
        mode="reschedule",
        timeout=(RETRIES + 1) * LIMIT_S,
        retries=RETRIES,
        retry_delay=RETRY_WAIT,
        retry_exponential_backoff=True,
        max_retry_delay=timedelta(hours=1),
    )
    verified = verify_sync_success(waited.output)
    verified >> TriggerDagRunOperator(
        task_id="transform",
        trigger_dag_id="dbt_movements",
        conf={"sync": "{{ ti.xcom_pull(task_ids='verify_sync_success') }}"},
        wait_for_completion=False,
        retries=RETRIES,
        retry_delay=timedelta(seconds=30),
    )
