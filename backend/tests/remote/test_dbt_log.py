"""Tests of app/remote/dbt_log.py."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processes.redaction import Redaction
from app.remote.dbt_log import DbtLog, without_values

VALUE = "Zoe Quux, 12 Elm St"
REFUSALS = (
    'Database Error in model revenue (models/revenue.sql)\n  invalid input syntax for type integer: "{}"\n  LINE 3: x',
    'duplicate key value violates unique constraint "orders_pkey"\nDETAIL:  Key (name)=({}) already exists.',
    'value "{}" is out of range for type integer',
    "Numeric value '{}' is not recognized",
    'date/time field value out of range: "{}"\nHINT:  Perhaps you need a different "datestyle" setting.',
    'invalid input value for enum mood: "{}"\nCONTEXT:  SQL function "mood_of" {}',
    "new row violates check constraint\nDETAIL:  Failing row contains ({}, 3).",
)


@pytest.mark.parametrize("refusal", REFUSALS)
@given(value=st.text(min_size=6, max_size=40))
def test_no_value_that_a_database_quotes_is_kept(refusal: str, value: str) -> None:
    marked = f"<{value}>"

    assert marked not in without_values(refusal.replace("{}", marked))


@pytest.mark.parametrize("refusal", REFUSALS)
@pytest.mark.parametrize(
    "value",
    [VALUE, f'table "{VALUE}"', 'column "Zoe"', "Zoe\nQuux named 'Zoe'", "'Zoe' is undefined"],
)
def test_a_value_that_looks_like_a_name_is_still_one(refusal: str, value: str) -> None:
    assert "Zoe" not in without_values(refusal.replace("{}", value))


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (
            "Compilation Error in model bad (models/bad.sql)\n  Model 'model.shop.bad' (models/bad.sql) depends on a node "
            "named 'nothing' which was not found",
            "Model 'model.shop.bad' (models/bad.sql) depends on a node named 'nothing' which was not found",
        ),
        ("Compilation Error\n  'money' is undefined. This can happen", "'money' is undefined"),
        ("SQL compilation error:\nObject 'SHOP.RAW.ORDERS' does not exist", "Object 'SHOP.RAW.ORDERS' does not exist"),
        ("Database Error\n  permission denied for schema finale", "permission denied for schema finale"),
    ],
    ids=["a node", "a macro", "an object", "a right"],
)  # fmt: skip
def test_what_a_person_needs_to_mend_it_stays(said: str, kept: str) -> None:
    assert kept in without_values(said)


def test_what_is_missing_is_still_named() -> None:
    said = without_values(
        "Database Error in model revenue (models/finale/revenue.sql)\n"
        '  column "amout" does not exist\n  LINE 4:   amout\n  compiled code at target/run/revenue.sql'
    )

    assert said == (
        'Database Error in model revenue (models/finale/revenue.sql) column "amout" does not exist'
    )


class Told:
    def __init__(self, **secrets: str) -> None:
        self.lines: list[tuple[str, str]] = []
        self.progress: list[tuple[int, int | None]] = []
        self.log = DbtLog(
            on_line=lambda at, level, message: self.lines.append((level, message)),
            on_progress=lambda done, total: self.progress.append((done, total)),
            redact=Redaction.of(secrets),
        )

    def hear(self, events: Sequence[object], size: int = 7) -> None:
        """Events as they come through a pipe: cut anywhere."""
        whole = b"".join(json.dumps(event).encode() + b"\n" for event in events)
        for start in range(0, len(whole), size):
            self.log.hear(whole[start : start + size])
        self.log.hear(b"")


def event(name: str, message: str, level: str = "info", **data: object) -> dict[str, object]:
    info = {"name": name, "msg": message, "level": level, "ts": "2026-11-26T21:38:37.054064Z"}
    return {"info": info, "data": data}


def node(name: str, status: str, kind: str = "model") -> dict[str, object]:
    return {"unique_id": f"{kind}.shop.{name}", "node_status": status, "resource_type": kind}


def test_nodes_are_counted_as_they_end() -> None:
    told = Told()

    told.hear([
        event("LogStartLine", "1 of 2 START a", total=2, node_info=node("a", "started")),
        event("LogModelResult", "1 of 2 OK a", total=2, node_info=node("a", "success")),
        event("LogTestResult", "2 of 2 PASS b", num_models=2, node_info=node("b", "pass", "test")),
        event("LogHookEndLine", "1 of 1 OK", total=1, node_info=node("h", "success", "operation")),
    ])  # fmt: skip

    assert told.progress == [(0, 2), (1, 2), (2, 2)]


def test_what_a_projects_macros_say_is_not_kept() -> None:
    told = Told()

    told.hear([event("JinjaLogInfo", VALUE), event("PrintEvent", VALUE)])

    assert VALUE not in str(told.lines)
    assert len(told.lines) == 2


def test_secrets_are_taken_out_of_what_is_said() -> None:
    told = Told(password="correct horse")

    told.hear([event("Note", 'login with "correct horse" refused', "error")])
    told.log.hear_stderr(b"Traceback (most recent call last):\n  File x\nOSError: correct horse\n")
    told.log.hear_stderr(b"")

    assert "correct horse" not in str(told.lines)
    assert [level for level, _ in told.lines] == ["error", "error"]
    assert told.lines[1][1] == "OSError: [redacted]"


def test_what_is_no_event_is_counted_and_not_kept() -> None:
    told = Told()

    told.log.hear(b"Zoe Quux\n[1, 2]\n{}\nnull\n" + b'{"info": {"msg": "' + b"x" * 1_000_000)
    told.log.hear(b'"}}\n')
    told.hear([event("Done", "Done.")])

    assert told.lines[-1] == ("info", "Done.")
    assert "Zoe" not in str(told.lines)
    assert "xxx" not in str(told.lines)


def test_the_version_is_heard() -> None:
    told = Told()

    told.hear([event("MainReportVersion", "Running with dbt=1.11.16", version="=1.11.16")])

    assert told.log.version == "1.11.16"
