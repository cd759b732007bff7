"""Tests of app/remote/dbt_artifacts.py; that the real dbt writes them so is in tests/compat."""

import json

import pytest

from app.core.remote_failures import (
    DbtSpeaksOtherwise,
)
from app.core.transformations import NodeStatus
from app.remote import dbt_artifacts
from tests.fixtures import dbt_stand_in
from tests.fixtures.dbt import MODELS, ORDERS


def manifest(**nodes: object) -> bytes:
    return json.dumps(dbt_stand_in.manifest(list(MODELS))).encode()


def results(version: str = "v6") -> bytes:
    return json.dumps(dbt_stand_in.results(list(MODELS), version)).encode()


def test_results_have_the_tables_that_they_were_made_of() -> None:
    project = dbt_artifacts.project_of(manifest())

    orders, test, revenue = dbt_artifacts.results_of(results(), project)

    assert (orders.relation, orders.inputs, orders.rows) == (
        "atlas.finale.orders",
        ["atlas.chart.shop_orders"],
        10,
    )
    assert (revenue.name, revenue.inputs) == ("revenue", ["atlas.finale.orders"])
    assert (test.status, test.relation, test.rows, test.failures) == (
        NodeStatus.PASS,
        None,
        None,
        0,
    )


def test_a_model_without_a_table_stands_for_what_it_is_made_of() -> None:
    told = dbt_stand_in.manifest(list(MODELS))
    told["nodes"]["model.shop.orders"]["config"]["materialized"] = "ephemeral"

    project = dbt_artifacts.project_of(json.dumps(told).encode())

    assert project.parents("model.shop.revenue") == ["atlas.chart.shop_orders"]
    assert project.relations.keys() == {"model.shop.revenue", ORDERS}


def test_a_test_asserts_something_of_its_table() -> None:
    project = dbt_artifacts.project_of(manifest())

    (assertion,) = project.assertions(dbt_artifacts.results_of(results(), project))

    assert (assertion.name, assertion.relation, assertion.column) == (
        "not_null",
        "atlas.finale.orders",
        "id",
    )
    assert (assertion.is_met, assertion.severity) == (True, "error")


@pytest.mark.parametrize(
    "written",
    [
        results("v4"),
        results("v7"),
        results().replace(b"run-results", b"manifest"),
        results().replace(b'"results"', b'"result"'),
        results().replace(b'"pass"', b'"maybe"'),
        results().replace(b"0.25", b'"soon"'),
        results()[:-3],
        b"\xff\xfe",
        b"[" * 100_000,
        b"",
    ],
    ids=["older", "newer", "another", "no results", "no such status", "no number", "cut", "no text", "deep", "nothing"],
)  # fmt: skip
def test_what_is_not_as_it_is_known_is_refused(written: bytes) -> None:
    project = dbt_artifacts.project_of(manifest())

    with pytest.raises(DbtSpeaksOtherwise):
        dbt_artifacts.results_of(written, project)


def test_results_that_are_fit_to_keep_differ_in_their_messages_alone() -> None:
    told = dbt_stand_in.results(list(MODELS), "v6")
    told["results"][0]["message"] = 'value "Zoe" is out of range for type integer'
    told["results"][1]["message"] = ["Zoe"]

    kept = json.loads(dbt_artifacts.fit_to_keep(json.dumps(told)) or "")

    messages = [result.pop("message") for result in kept["results"]]
    for result in told["results"]:
        del result["message"]
    assert messages == ["value …", None, None]
    assert kept == told


@pytest.mark.parametrize(
    "written",
    ["", "Zoe", '"Zoe"', "[]", '{"results": "Zoe"}', '{"results": {"Zoe": 1}}', '{"results": ["Zoe"]}', "[" * 100_000],
)  # fmt: skip
def test_of_results_that_cannot_be_looked_through_nothing_is_kept(written: str) -> None:
    assert dbt_artifacts.fit_to_keep(written) is None
