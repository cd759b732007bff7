"""What the connector wants to be told: what Airbyte's own source-postgres does, so that its configurations go on.

Source: Airbyte's registry, source-postgres 3.6.
"""

import copy
from typing import Any

from app.sources.catalogue import shipped

NAME = "source-postgres"
DOCUMENTATION = "https://docs.airbyte.com/integrations/sources/postgres"
STANDARD = "Standard"
LATER = {
    "CDC": "Change data capture (CDC) comes later",
    "Xmin": "Reading by the xmin column is not offered",
}
_LOOKBACK = {
    "title": "Lookback window",
    "description": "How far before its cursor an incremental read begins, so that rows of transactions that "
    "were committed late are not missed: seconds for an instant, whole days of them for a date, "
    "the difference itself for a number. They are sent again with every sync.",
    "type": "integer",
    "minimum": 0,
    "default": 0,
    "order": 9,
}


def specification() -> dict[str, Any]:
    """The specification as JSON schema.

    Shape: what this connector refuses stays in it, and is refused by its name when it is configured.
    """
    found: dict[str, Any] = copy.deepcopy(
        dict(shipped().entry(NAME).connection_specification or {})
    )
    properties = found["properties"]
    properties["ssl_mode"]["default"] = {"mode": "prefer"}
    properties["tunnel_method"]["default"] = {"tunnel_method": "NO_TUNNEL"}
    methods = properties["replication_method"]
    methods["default"] = {"method": STANDARD}
    for method in methods["oneOf"]:
        name = method["properties"]["method"]["const"]
        if name == STANDARD:
            method["properties"]["lookback_window"] = _LOOKBACK
        else:
            method["description"] = f"{LATER[name]}: choose {STANDARD}."
    return found
