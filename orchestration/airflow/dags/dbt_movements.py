"""The four movements of orchestration/dbt as a DAG of Airflow, a task each model: dbt's own graph, by its manifest.

It is triggered by `airbyte_sync`, or by hand. dbt runs in an environment of its own. Environment:

  DBT_PROJECT      the project; orchestration/dbt of this repository
  DBT_MANIFEST     its manifest; target/manifest.json of the project: `dbt parse` makes it, reading no DAG has to
  DBT_EXECUTABLE   dbt; .venv-dbt/bin/dbt of this repository
  DBT_TARGET       the target of profiles.yml; postgres
"""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml
from airbyte_sync import alert
from cosmos import DbtDag, ExecutionConfig, LoadMode, ProfileConfig, ProjectConfig, RenderConfig
from cosmos.constants import InvocationMode, TestBehavior

ROOT = Path(__file__).resolve().parents[3]
PROJECT = Path(os.environ.get("DBT_PROJECT", ROOT / "orchestration" / "dbt"))
MANIFEST = Path(os.environ.get("DBT_MANIFEST", PROJECT / "target" / "manifest.json"))
DBT = os.environ.get("DBT_EXECUTABLE", str(ROOT / ".venv-dbt" / "bin" / "dbt"))
NAMED = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())

dbt_movements = DbtDag(
    dag_id="dbt_movements",
    description="What has landed, cleaned, joined and brought to those who decide",
    schedule=None,
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,
    max_active_runs=1,
    tags=["dbt", "atlas"],
    project_config=ProjectConfig(
        project_name=NAMED["name"],
        manifest_path=MANIFEST,
        env_vars={"DBT_SEND_ANONYMOUS_USAGE_STATS": "false"},
    ),
    profile_config=ProfileConfig(
        profile_name=NAMED["profile"],
        target_name=os.environ.get("DBT_TARGET", "postgres"),
        profiles_yml_filepath=PROJECT / "profiles.yml",
    ),
    execution_config=ExecutionConfig(
        dbt_project_path=PROJECT,
        dbt_executable_path=DBT,
        invocation_mode=InvocationMode.SUBPROCESS,
    ),
    render_config=RenderConfig(
        load_method=LoadMode.DBT_MANIFEST,
        test_behavior=TestBehavior.AFTER_EACH,
        # a reference between two models is tested once both are there
        should_detach_multiple_parents_tests=True,
        emit_datasets=False,
    ),
    operator_args={"install_deps": False},
    default_args={
        "owner": "data",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "on_failure_callback": alert,
    },
)
