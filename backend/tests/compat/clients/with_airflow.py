"""What Airflow's hook meets with a connection of the form that was read before its version 4; says it as JSON."""

import json
import sys
from typing import Any

from airflow.exceptions import AirflowException
from airflow.providers.airbyte.hooks.airbyte import AirbyteHook

told: dict[str, Any] = json.load(sys.stdin)
hook = AirbyteHook("older")
try:
    job = hook.submit_sync_connection(told["daily"])
    refused = ""
except AirflowException as error:
    refused = str(error)
print("\n" + json.dumps({"tested": hook.test_connection(), "refused": refused}))
