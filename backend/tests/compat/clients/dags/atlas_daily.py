"""The DAGs of Airflow that ask Atlas: sync, wait, verify; and one whose tasks are given too little time."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.providers.airbyte.hooks.airbyte import AirbyteHook
from airflow.providers.airbyte.operators.airbyte import AirbyteTriggerSyncOperator
from airflow.providers.airbyte.sensors.airbyte import AirbyteJobSensor
from airflow.sdk import DAG, task

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ATLAS = {"airbyte_conn_id": "atlas"}


@task
def verify(job_id: int, at_least: int) -> int:
    """The rows that a job brought; the task fails if they are too few, or are not told."""
    job = AirbyteHook("atlas").get_job_details(job_id)
    if job.status.value != "succeeded" or (job.rows_synced or 0) < at_least:
        raise ValueError(f"job {job_id} is {job.status.value} with {job.rows_synced} rows")
    seen: dict[str, Any] = {
        "job_id": job.job_id,
        "status": job.status.value,
        "rows": job.rows_synced,
        "bytes": job.bytes_synced,
    }
    Path(os.environ["SEEN"]).write_text(json.dumps(seen))
    return int(job.rows_synced)


with DAG("atlas_daily", start_date=BEGIN, schedule=None):
    sync = AirbyteTriggerSyncOperator(
        task_id="sync", connection_id=os.environ["DAILY"], asynchronous=True, **ATLAS
    )
    wait = AirbyteJobSensor(
        task_id="wait", airbyte_job_id=sync.output, poke_interval=1, retries=3, **ATLAS
    )
    wait >> verify(sync.output, at_least=int(os.environ["AT_LEAST"]))

with DAG("atlas_deferred", start_date=BEGIN, schedule=None):
    AirbyteTriggerSyncOperator(
        task_id="sync", connection_id=os.environ["DAILY"], deferrable=True, **ATLAS
    )

with DAG("atlas_impatient", start_date=BEGIN, schedule=None):
    waits = AirbyteTriggerSyncOperator(
        task_id="waits", connection_id=os.environ["ENDLESS"], timeout=8, wait_seconds=1, **ATLAS
    )
    works = AirbyteTriggerSyncOperator(
        task_id="works",
        connection_id=os.environ["ENDLESS"],
        execution_timeout=timedelta(seconds=8),
        wait_seconds=1,
        trigger_rule="all_done",
        **ATLAS,
    )
    waits >> works
