"""The run that a job is a part of, in one line and as JSON."""

from urllib.parse import quote
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.errors import InvalidRequest
from app.core.parent_runs import ParentRun, as_json, from_json, parent_run_of

RUN = UUID("0198c0de-0000-7000-8000-000000000001")


@given(names=st.tuples(*[st.text(min_size=1, max_size=300).filter(str.isprintable)] * 2))
def test_a_parent_in_a_line_is_read_whatever_its_names_are(names: tuple[str, str]) -> None:
    namespace, job_name = names
    wanted = ParentRun(namespace=namespace, job_name=job_name, run_id=RUN)

    line = "/".join((quote(namespace, safe=""), quote(job_name, safe=""), str(RUN)))

    assert parent_run_of(line) == wanted
    assert from_json(as_json(wanted)) == wanted


def test_the_root_is_kept_with_its_parent() -> None:
    root = ParentRun(namespace="airflow", job_name="daily", run_id=RUN)
    parent = ParentRun(namespace="airflow", job_name="daily.sync", run_id=RUN, root=root)

    assert from_json(as_json(parent)) == parent


@pytest.mark.parametrize(
    "line",
    ["", "airflow", f"airflow/{RUN}", f"airflow/daily/sync/{RUN}", "airflow/daily/not-a-uuid",
     f"/daily/{RUN}", f"airflow//{RUN}", f"air%00flow/daily/{RUN}", f"{'a' * 301}/daily/{RUN}"],
)  # fmt: skip
def test_what_is_no_parent_is_refused(line: str) -> None:
    with pytest.raises(InvalidRequest):
        parent_run_of(line)
