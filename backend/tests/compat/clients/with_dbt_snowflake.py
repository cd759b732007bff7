"""dbt's Snowflake adapter on a Snowflake that is none: fakesnow, within this process.

Told on stdin: where the project is, where dbt may write, the rows of the shop's tables, and the commands. Says as its last
line, as JSON, what became of each command, and what tables there are.
"""

import json
import sys
from pathlib import Path
from typing import Any

import fakesnow
import snowflake.connector
from dbt.cli.main import dbtRunner


def main() -> None:
    told = json.load(sys.stdin)
    with fakesnow.patch():
        connection = snowflake.connector.connect(database="SHOP", schema="CHART")
        fill(connection, told["tables"])
        ended = [run(told, command) for command in told["commands"]]
        counts = {
            f"{schema}.{name}".lower(): connection.cursor().execute(f'SELECT count(*) FROM SHOP."{schema}"."{name}"').fetchone()[0]
            for schema, name in connection.cursor().execute(
                "SELECT table_schema, table_name FROM SHOP.information_schema.tables "
                "WHERE table_schema LIKE 'MOVEMENT%' OR table_schema = 'FINALE'"
            ).fetchall()
        }  # fmt: skip
    print(json.dumps({"ended": ended, "counts": counts}))


def fill(connection: Any, tables: dict[str, Any]) -> None:
    for schema in ("CHART", "NAVIGATE"):
        connection.cursor().execute(f"CREATE SCHEMA IF NOT EXISTS SHOP.{schema}")
    for name, table in tables.items():
        columns = ", ".join(f"{column} {kind}" for column, kind in table["columns"])
        connection.cursor().execute(f"CREATE TABLE SHOP.{name} ({columns})")
        marks = f"({', '.join(['%s'] * len(table['columns']))})"
        for start in range(0, len(table["rows"]), 200):
            rows = table["rows"][start : start + 200]
            values = ", ".join([marks] * len(rows))
            flat = [value for row in rows for value in row]
            connection.cursor().execute(f"INSERT INTO SHOP.{name} VALUES {values}", flat)


def run(told: dict[str, Any], command: list[str]) -> dict[str, Any]:
    places = [
        "--project-dir", told["project"], "--profiles-dir", told["project"], "--target", "snowflake",
        "--target-path", told["target"], "--log-path", told["target"],
    ]  # fmt: skip
    done = dbtRunner().invoke(["--quiet", *command, *places])
    results = Path(told["target"]) / "run_results.json"
    found = json.loads(results.read_text())["results"] if results.exists() else []
    return {
        "command": command,
        "success": done.success,
        "exception": None if done.exception is None else repr(done.exception)[:500],
        "broken": {
            each["unique_id"]: (each["message"] or "")[:400]
            for each in found
            if each["status"] in ("error", "fail", "skipped")
        },
        "nodes": len(found),
    }


if __name__ == "__main__":
    main()
