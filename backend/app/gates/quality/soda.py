"""The one door to Soda Core: scans a staging table with generated SodaCL.

Five things about Soda 3 are taken care of here: it leaves its connection open and idle in a
transaction, it drops a check that it cannot compute from its results without a word, it keeps
samples of failed rows where a data source is configured for it, it tells its maker of each scan,
and all scans of a process write into one log, so that one would take another's errors for its own.
"""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from threading import Lock
from typing import Any

from app.core.failures import (
    DatabaseUnreachable,
    GateUnavailable,
)
from app.core.layout import Layout
from app.database.identifiers import Table

_SOURCE = "atlas"
_TIMEOUT_S = 120.0
_LOST = ("OperationalError", "InterfaceError")
"""What its driver raises when a connection is refused, or breaks."""
_ONE_SCAN = Lock()


class Outcome(StrEnum):
    PASS = "pass"  # noqa: S105
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One line of SodaCL. Shape: `name` is unique in a scan; `column` none for the whole table."""

    name: str
    rule: str
    thresholds: Mapping[str, str]
    column: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    check: str
    column: str | None
    outcome: Outcome
    measured: float | None


def generated(layout: Layout) -> Sequence[Check]:
    """The checks every stream gets: it has rows, its key and cursor are there, its key repeats or not.

    Bad rows go to quarantine by the row rules, so what is found here warns; an empty staging table
    of a range that has records is a fault of Atlas, and fails.
    """
    checks = [Check(name="rows", rule="row_count", thresholds={"fail": "when < 1"})]
    keys = [c.name for path in layout.primary_key if (c := layout.column_of(path))]
    cursor = layout.column_of(layout.cursor_field)
    present = dict.fromkeys([*keys, *([cursor.name] if cursor else [])])
    checks += [
        Check(
            name=f"missing:{column}",
            rule=f'missing_count("{column}")',
            thresholds={"warn": "when > 0"},
            column=column,
        )
        for column in present
    ]
    if keys:
        listed = ", ".join(f'"{key}"' for key in keys)
        checks.append(
            Check(
                name="duplicates:" + ",".join(keys),
                rule=f"duplicate_count({listed})",
                thresholds={"warn": "when > 0"},
                column=keys[0] if len(keys) == 1 else None,
            )
        )
    return checks


@dataclass(frozen=True, slots=True, kw_only=True)
class SodaScanner:
    """Runs scans in a thread, each over a connection of its own that is closed in every case.

    Shape: `connection` has host, port, username, password, database, as Soda names them.
    """

    connection: Mapping[str, object]

    async def warm(self) -> None:
        await asyncio.to_thread(load)

    async def scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        """The result of every check asked.

        Errors: GateUnavailable if one could not be computed; DatabaseUnreachable if that was for want
                of a connection, which another attempt may have.
        """
        try:
            async with asyncio.timeout(_TIMEOUT_S):
                return await asyncio.to_thread(self._scan, staging, checks)
        except TimeoutError as error:
            raise GateUnavailable(
                "Soda did not finish its scan in time.", table=str(staging)
            ) from error

    def _scan(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        with _ONE_SCAN:
            return self._scan_alone(staging, checks)

    def _scan_alone(self, staging: Table, checks: Sequence[Check]) -> Sequence[CheckResult]:
        scan = load()()
        scan.disable_telemetry()
        scan.set_data_source_name(_SOURCE)
        source = {"type": "postgres", **self.connection, "schema": staging.schema}
        scan.add_configuration_yaml_str(json.dumps({f"data_source {_SOURCE}": source}))
        scan.add_sodacl_yaml_str(_sodacl(staging, checks))
        try:
            code = scan.execute()
        finally:
            for data_source in scan._data_source_manager.data_sources.values():
                if data_source.connection is not None:
                    data_source.connection.close()
        found = {result["name"]: result for result in scan.get_scan_results()["checks"]}
        if lost := _lost_connection(scan):
            raise DatabaseUnreachable(f"Soda lost its connection to the database ({lost}).")
        if code not in (0, 1, 2) or scan.has_error_logs() or len(found) != len(checks):
            raise GateUnavailable(
                f"Soda computed {len(found)} of {len(checks)} checks of {staging.dotted}.",
                table=staging.dotted,
            )
        return [_result(check, found[check.name]) for check in checks]


def load() -> Any:
    """Soda's Scan class. Importing it costs two seconds of CPU, so it is done at the first scan."""
    from soda.common.config_helper import ConfigHelper

    # at its import Soda would begin to send traces home, and write a cookie to the user's folder
    silent = {"send_anonymous_usage_stats": False, "user_cookie_id": ""}
    setattr(ConfigHelper, "_ConfigHelper__config", silent)  # noqa: B010 - it is private
    from soda.scan import Scan

    logging.getLogger("soda").setLevel(logging.ERROR)
    return Scan


def _lost_connection(scan: Any) -> str | None:
    """The error by which the scan's driver said that its connection is gone; its name alone."""
    names = (type(line.exception).__name__ for line in scan._logs.logs if line.exception)
    return next((name for name in names if name in _LOST), None)


def _sodacl(staging: Table, checks: Sequence[Check]) -> str:
    listed = [{check.rule: {"name": check.name, **check.thresholds}} for check in checks]
    return json.dumps({f"checks for {staging.name}": listed})


def _result(check: Check, found: Mapping[str, Any]) -> CheckResult:
    value = found.get("diagnostics", {}).get("value")
    return CheckResult(
        check=check.name,
        column=check.column,
        outcome=Outcome(found["outcome"]),
        measured=float(value) if isinstance(value, int | float) else None,
    )
