"""The service itself, and what it can run."""

from app.api.examples.example import DESTINATION, WORKSPACE, Example, Json

_POSTGRES: Json = {
    "id": "25c5221d-dce2-4163-ade9-739ef790f503",
    "name": "postgres",
    "dockerRepository": "atlas",
    "dockerImageTag": "0.1.0",
}
_INSTALLED: Json = {
    "installationId": 3,
    "connector": "source-faker",
    "package": "airbyte-source-faker",
    "version": "7.2.1",
    "status": "succeeded",
    "askedBy": "user:4f0a1c7e-2b3d-4c5e-8f60-718293a4b5c6",
    "askedAt": "2026-12-01T06:00:00Z",
    "startedAt": "2026-12-01T06:00:01Z",
    "endedAt": "2026-12-01T06:00:24Z",
    "host": "worker-1",
    "python": "3.11",
    "steps": [{"name": "environment", "at": "2026-12-01T06:00:01Z"}],
    "output": [],
}
DESTINATION_VIEW: Json = {
    "destinationId": DESTINATION,
    "name": "atlas",
    "destinationType": "postgres",
    "definitionId": _POSTGRES["id"],
    "workspaceId": WORKSPACE,
    "configuration": {
        "destinationType": "postgres",
        "host": "localhost",
        "port": 5432,
        "database": "atlas",
        "schema": "chart",
        "username": "atlas",
    },
    "createdAt": 1_795_000_000,
}

EXAMPLES: dict[str, Example] = {
    "health": Example(
        {
            "status": "ok",
            "database": "ok",
            "databaseMs": 1.4,
            "mode": "auto",
            "atlas": {"reasons": [], "workers": {"living": 1, "silent": 0, "heartbeatAgeS": 3.2}},
        }
    ),
    "healthLive": Example({"status": "ok", "loopLagMs": 0.4}),
    "healthReady": Example(
        {"status": "ok", "loopLagMs": 0.4, "databaseMs": 1.4, "heartbeatAgeS": 3.2}
    ),
    "getHealth": Example("Successful operation"),
    "configHealth": Example({"available": True}),
    "refreshConnectors": Example({"origin": "live", "dated": "2026-12-01", "connectors": 541}),
    "getConnectorInstallation": Example(_INSTALLED),
    "getSourceDefinition": Example(
        {
            "id": "dfd88b22-b603-4c3d-aad7-3701784586b1",
            "name": "Sample Data (Faker)",
            "dockerRepository": "airbyte/source-faker",
            "dockerImageTag": "6.2.20",
        }
    ),
    "getDestinationDefinition": Example(_POSTGRES),
    "getDeclarativeSourceDefinition": Example(
        {
            "id": "9f8e7d6c-5b4a-4392-8170-6f5e4d3c2b1a",
            "name": "PokeAPI",
            "dockerRepository": "airbyte/source-pokeapi",
            "dockerImageTag": "0.3.11",
        }
    ),
    "putDestination": Example(
        DESTINATION_VIEW, {"name": "atlas", "configuration": DESTINATION_VIEW["configuration"]}
    ),
}
