"""Tests of app/remote/dbt.py against a stand-in; the real dbt is in tests/compat."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.core.remote_failures import (
    DbtBroke,
    DbtNotInstalled,
    DbtSpeaksOtherwise,
    NothingToBuild,
    ProjectNotFound,
    TransformationFailed,
    TransformationFailedTransiently,
    TransformationTestsFailed,
    TransformationTookTooLong,
)
from app.core.transformations import Artifact, Build, NodeStatus, Step
from app.remote.dbt import Kept, Outcome
from tests.fixtures.dbt import MODELS, PROJECT, Heard, Projects, asked, is_alive

ORDERS, TEST, REVENUE = MODELS
BROKEN = {**ORDERS, "status": "error", "message": 'invalid input syntax for type integer: "Zoe"', "then": "success"}  # fmt: skip
SKIPPED = {**REVENUE, "status": "skipped", "then": "success"}
FAILING = {**TEST, "status": "fail", "failures": 2, "message": "Got 2 results, configured to fail if != 0"}  # fmt: skip
LENIENT = Build(project=PROJECT, blocks_on_failed_tests=False)


@pytest.fixture
def projects(tmp_path: Path) -> Projects:
    made = Projects(tmp_path / "projects")
    made.tell()
    return made


async def run(projects: Projects, build: Build | None = None, **environment: str) -> Outcome:
    return await projects.dbt.run(asked(build, **environment), Heard().hearing)


async def test_what_was_built_is_told_node_by_node(projects: Projects) -> None:
    heard = Heard()

    outcome = await projects.dbt.run(asked(), heard.hearing)

    assert outcome.failure is None
    assert [node.status for node in outcome.nodes.values()] == ["success", "pass", "success"]
    assert heard.progress[-1] == (Step.BUILD, 3, 3)
    assert "1 of 3 SUCCESS model.shop.orders" in heard.text
    assert outcome.dbt_version == "1.11.16"
    assert outcome.artifacts.keys() == {Artifact.MANIFEST, Artifact.RUN_RESULTS}


async def test_dbt_is_told_what_was_asked_for(projects: Projects) -> None:
    build = Build(
        project=PROJECT,
        target="prod",
        selected=("tag:finale", "+revenue"),
        excluded=("slow",),
        variables={"day": "2026-01-01"},
    )

    await run(projects, build, SHOP_DAY="monday")

    (call,) = projects.calls
    said = " ".join(call["words"])
    assert "build --select tag:finale +revenue --exclude slow" in said
    assert '--target prod --vars {"day": "2026-01-01"}' in said
    assert call["environment"]["SHOP_DAY"] == "monday"
    assert call["environment"]["DBT_SEND_ANONYMOUS_USAGE_STATS"] == "false"
    assert call["environment"]["HOME"] == call["environment"]["TMPDIR"]
    assert "PYTEST_CURRENT_TEST" not in call["environment"]  # nothing of Atlas's own


async def test_a_model_that_is_not_built_is_named_without_a_value(projects: Projects) -> None:
    projects.tell([BROKEN, TEST, SKIPPED])
    heard = Heard()

    outcome = await projects.dbt.run(asked(), heard.hearing)

    assert type(outcome.failure) is TransformationFailed
    assert outcome.failure.detail.startswith("orders could not be built.")
    assert outcome.nodes["model.shop.revenue"].status is NodeStatus.SKIPPED
    assert "Zoe" not in heard.text + outcome.failure.detail + str(outcome.nodes)


async def test_no_value_that_a_database_quotes_is_in_an_artifact(projects: Projects) -> None:
    taken = "duplicate key\nDETAIL:  Key (email)=(zoe@quux.example) already exists."
    projects.tell([BROKEN, {**TEST, "status": "error", "message": taken}, SKIPPED])

    outcome = await run(projects)

    kept = outcome.artifacts[Artifact.RUN_RESULTS]
    told = {one["unique_id"]: one for one in json.loads(kept)["results"]}
    assert "zoe" not in str(outcome.artifacts).lower()
    assert told["model.shop.orders"]["message"].startswith("invalid input syntax for type integer")
    assert [one["status"] for one in told.values()] == ["error", "error", "skipped"]


async def test_a_database_that_is_away_is_a_failure_that_time_mends(projects: Projects) -> None:
    away = "Database Error\n  connection to server at localhost failed: Connection refused"
    projects.tell([{**ORDERS, "status": "error", "message": away}, TEST, SKIPPED])

    assert isinstance((await run(projects)).failure, TransformationFailedTransiently)


async def test_failed_tests_block_where_they_shall(projects: Projects) -> None:
    projects.tell([ORDERS, FAILING, SKIPPED])

    outcome = await run(projects)

    assert isinstance(outcome.failure, TransformationTestsFailed)
    assert outcome.failure.detail == "1 of 3 failed: not_null_orders_id."


async def test_failed_tests_are_warnings_where_they_do_not_block(projects: Projects) -> None:
    projects.tell([ORDERS, FAILING, REVENUE])

    outcome = await run(projects, LENIENT)

    assert outcome.failure is None
    assert outcome.warnings == ["not_null_orders_id"]
    assert projects.commands() == ["build", "test"]
    assert {name: node.status.value for name, node in outcome.nodes.items()} == {
        "model.shop.orders": "success",
        "model.shop.revenue": "success",
        "test.shop.not_null_orders_id.1": "fail",
    }


async def test_a_run_goes_on_from_where_another_failed(projects: Projects) -> None:
    projects.tell([BROKEN, TEST, SKIPPED])
    failed = await run(projects)
    kept = Kept(step=Step.BUILD, run_results=failed.artifacts[Artifact.RUN_RESULTS])

    outcome = await projects.dbt.run(replace(asked(), kept=kept), Heard().hearing)

    assert projects.commands() == ["build", "retry"]
    assert outcome.failure is None
    assert set(outcome.nodes) == {"model.shop.orders", "model.shop.revenue"}


async def test_what_failed_in_its_tests_is_not_built_again(projects: Projects) -> None:
    projects.tell([ORDERS, {**TEST, "status": "error", "then": "pass"}, REVENUE])
    failed = await run(projects, LENIENT)
    assert failed.step is Step.TEST
    kept = Kept(step=Step.TEST, run_results=failed.artifacts[Artifact.RUN_RESULTS])

    outcome = await projects.dbt.run(replace(asked(LENIENT), kept=kept), Heard().hearing)

    assert projects.commands() == ["build", "test", "retry"]
    assert outcome.failure is None


async def test_documentation_is_made_where_it_is_wished_for(projects: Projects) -> None:
    outcome = await run(projects, Build(project=PROJECT, makes_docs=True))

    assert outcome.artifacts[Artifact.DOCS] == b"<html>the shop</html>"
    assert Artifact.CATALOG in outcome.artifacts


@pytest.mark.parametrize(
    ("told", "failure", "says"),
    [
        ({"behaves": "cannot_parse"}, DbtBroke, "no such macro"),
        ({"behaves": "dies"}, DbtBroke, "without a word"),
        ({"results_version": "v9"}, DbtSpeaksOtherwise, "version v9"),
    ],
)
async def test_a_dbt_that_breaks_is_a_failed_run(
    projects: Projects, told: dict[str, Any], failure: type[Exception], says: str
) -> None:
    projects.tell(**told)

    outcome = await run(projects)

    assert type(outcome.failure) is failure
    assert says in outcome.failure.detail


async def test_what_selects_nothing_is_no_success(projects: Projects) -> None:
    projects.tell([])

    assert isinstance((await run(projects)).failure, NothingToBuild)


async def test_a_project_without_tests_is_tested_for_nothing(projects: Projects) -> None:
    projects.tell([ORDERS])

    assert (await run(projects, LENIENT)).failure is None


async def test_a_dbt_that_talks_much_is_heard_to_its_end(projects: Projects) -> None:
    projects.tell(behaves="talks")

    assert (await run(projects)).failure is None


async def test_no_secret_is_in_what_is_kept(projects: Projects) -> None:
    projects.tell(
        [{**ORDERS, "message": "correct horse"}], says=[["Note", "correct horse", "info"]]
    )
    heard = Heard()

    outcome = await projects.dbt.run(asked(SHOP_PASSWORD="correct horse"), heard.hearing)

    assert "[redacted]" in heard.text
    told = heard.text + str(outcome.nodes) + str(outcome.artifacts)
    assert "correct horse" not in told


async def test_a_run_that_takes_too_long_is_ended_whole(projects: Projects) -> None:
    projects.tell(behaves="hangs")

    outcome = await run(projects, Build(project=PROJECT, timeout_s=8.0))

    assert isinstance(outcome.failure, TransformationTookTooLong)
    assert [pid for pid in await projects.pids() if is_alive(pid)] == []


async def test_a_run_that_is_cancelled_ends_all_that_it_has_started(projects: Projects) -> None:
    projects.tell(behaves="hangs")
    building = asyncio.create_task(run(projects))
    pids = await projects.pids()
    assert all(is_alive(pid) for pid in pids)

    building.cancel()
    await asyncio.gather(building, return_exceptions=True)

    assert [pid for pid in pids if is_alive(pid)] == []


async def test_a_dbt_that_is_not_there_is_said_to_be(projects: Projects) -> None:
    dbt = replace(projects.dbt, command=["/nowhere/dbt"])

    with pytest.raises(DbtNotInstalled, match="cannot be started"):
        await dbt.run(asked(), Heard().hearing)


def test_a_project_is_a_folder_under_the_one_of_projects(
    projects: Projects, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "dbt_project.yml").touch()
    (projects.folder / "empty").mkdir()
    (projects.folder / "link").symlink_to(outside)

    assert projects.dbt.project(PROJECT).name == PROJECT
    for name in ("../outside", str(outside), "link", "empty", "nothing", "a\0b", "x" * 5_000):
        with pytest.raises(ProjectNotFound):
            projects.dbt.project(name)
