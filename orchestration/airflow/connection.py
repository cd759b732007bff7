"""Prints the Airflow connection to an Airbyte or an Atlas in the form that today's provider reads, and tests it.

    python connection.py --host https://api.airbyte.com/v1 --client-id ID
    python connection.py --host http://atlas:8000/api/public/v1 --client-id ID --test

The secret is read from AIRBYTE_CLIENT_SECRET or asked for, never an argument: those are seen by everybody.
Until version 3 of the provider the connection was of type `http` with id and secret in `extra`; since 4 those are
not read, and requests go out without a token.
"""

import argparse
import getpass
import json
import os
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

VARIABLE = "AIRFLOW_CONN_AIRBYTE_DEFAULT"


def form(host: str, client_id: str, secret: str, timeout_s: float) -> dict[str, object]:
    """The connection as JSON. Source: apache-airflow-providers-airbyte 6.2, hooks/airbyte.py."""
    return {
        "conn_type": "airbyte",
        "host": host.rstrip("/"),
        "login": client_id,
        "password": secret,
        "extra": {"timeout": timeout_s},
    }


def uri(fields: dict[str, object]) -> str:
    """The same as a URI, for where JSON is not taken."""
    login, password, host = (quote(str(fields[n]), safe="") for n in ("login", "password", "host"))
    return f"airbyte://{login}:{password}@{host}?{urlencode({'__extra__': json.dumps(fields['extra'])})}"


def test(fields: dict[str, object]) -> str | None:
    """Why it does not work, in words that say what to mend; none if it does, which is said."""
    sys.path.insert(0, str(Path(__file__).resolve().parent / "dags"))
    from airbyte_jobs import AirbyteJobs, AirbyteRefused, AirbyteUnreachable
    from airflow.sdk import Connection

    extra = json.dumps(fields["extra"])
    plain = {name: str(fields[name]) for name in ("conn_type", "host", "login", "password")}
    try:
        said = AirbyteJobs.on(Connection(conn_id="tested", extra=extra, **plain)).tested()
    except (AirbyteRefused, AirbyteUnreachable) as failure:
        return str(failure)
    print(said, file=sys.stderr)
    return None


def main() -> int:
    said = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    said.add_argument("--host", required=True, help="scheme, host and path, up to /v1")
    said.add_argument("--client-id", required=True)
    said.add_argument("--timeout", type=float, default=60.0, help="seconds for one answer; 60")
    said.add_argument("--uri", action="store_true", help="print the URI form")
    said.add_argument("--test", action="store_true", help="ask for a token and a list of jobs")
    asked = said.parse_args()
    secret = os.environ.get("AIRBYTE_CLIENT_SECRET") or getpass.getpass("Client secret: ")
    fields = form(asked.host, asked.client_id, secret, asked.timeout)
    if asked.test and (refused := test(fields)):
        print(f"connection: {refused}", file=sys.stderr)
        return 1
    print(f"{VARIABLE}={uri(fields) if asked.uri else json.dumps(fields)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
