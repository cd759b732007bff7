"""One thing of each kind in a workspace, and what operations are sent about them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI

from app.api.examples import EXAMPLES
from app.core.ids import JobId
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import DESTINATION, NOBODY, WORKSPACE
from tests.fixtures.owner import owner_of

Json = dict[str, Any]
Names = Mapping[str, Any]
"""Ids by the names of paths and queries."""

PLACEHOLDER = re.compile(r"\{((?:own\.)?\w+)\}")
MARK = "zebra"
"""In the name of everything that has one; whoever may not look sees it nowhere."""
STREAM = f"{MARK}s"
_BAD = {"5": '{"id":null,"number":5,"updated_at":"2024-01-01T00:00:00Z"}'}
LEDGER = {
    "sourceType": "faker",
    "kind": "ledger",
    "streams": [{"name": STREAM, "records": 40, "keys": 20, "bad_rows": _BAD}],
}
_NO_NUMBER = 987_654_321


def example(operation: str, **members: object) -> Json:
    """The body that the document shows."""
    body = EXAMPLES[operation].body
    assert body is not None, operation
    return {**body, **members}


_WISH = {"connectionId": "{connectionId}", "jobType": "sync"}
_CATALOG = {"streams": [{"stream": {"name": STREAM}, "config": {"syncMode": "full_refresh", "destinationSyncMode": "append"}}]}  # fmt: skip
_NEW: Json = {"sourceId": "{sourceId}", "destinationId": "{destinationId}"}
_OWN: Json = {"sourceId": "{own.sourceId}", "destinationId": "{own.destinationId}"}
_STREAM: Json = {"name": STREAM}
_COLUMN: Json = {"path": ["name"], "action": "mask"}
_REPLAYS: list[Json] = [
    {"connectionId": "{connectionId}"},
    {"connectionId": "{connectionId}", "records": ["{recordId}"]},
    {"connectionId": "{own.connectionId}", "records": ["{recordId}"]},
]
_CONNECTIONS: list[Json] = [
    _NEW,
    {**_OWN, "sourceId": "{sourceId}"},
    {**_OWN, "destinationId": "{destinationId}"},
    {**_OWN, "tags": [{"tagId": "{tagId}", "name": MARK, "color": "FF69B4", "workspaceId": "{workspaceId}"}]},
]  # fmt: skip
_RENAMED_TABLE: Json = {**_STREAM, "table": "herd"}
_RENAMED_STREAM: Json = {**_STREAM, "newName": "herd"}
_TRANSFORMATION = example("createTransformation")
_ADOPTION: Json = {"fromConnectionId": "{connectionId}"}

BODIES: Mapping[str, list[Json]] = {
    "adoptSchemaChange": [{}],
    "adoptTables": [_ADOPTION],
    "checkConnector": [{"configuration": {}}],
    "configCancelJob": [{"id": "{jobId}"}],
    "configCheckDestination": [{"destinationId": "{destinationId}"}],
    "configCheckSource": [{"sourceId": "{sourceId}"}],
    "configGetConnection": [{"connectionId": "{connectionId}"}],
    "configGetJob": [{"id": "{jobId}"}],
    "configGetState": [{"connectionId": "{connectionId}"}],
    "configGetWebConnection": [{"connectionId": "{connectionId}"}],
    "configListJobs": [{"configTypes": ["sync"], "configId": "{connectionId}"}, {"configTypes": ["sync"]}],
    "configPutCatalog": [{"connectionId": "{connectionId}", "syncCatalog": _CATALOG, "skipReset": True}],
    "configPutState": [{"connectionId": "{connectionId}", "connectionState": {"connectionId": "{connectionId}", "stateType": "not_set"}}],
    "configSyncConnection": [{"connectionId": "{connectionId}"}],
    "createConnection": _CONNECTIONS,
    "createDestination": [{"name": "atlas", "workspaceId": "{workspaceId}", "configuration": "{atlas}"}],
    "createJob": [_WISH, {**_WISH, "jobType": "reset"}, {**_WISH, "jobType": "refresh"}],
    "createNotificationRule": [example("createNotificationRule", connectionId="{connectionId}")],
    "createRemote": [{"workspaceId": "{workspaceId}", "name": "elsewhere", "apiUrl": "https://example.org/v1", "clientId": "atlas", "clientSecret": "secret"}],
    "createReplay": _REPLAYS,
    "createSource": [example("createSource", workspaceId="{workspaceId}")],
    "createTag": [{"name": "gold", "color": "FF69B4", "workspaceId": "{workspaceId}"}],
    "createTransformation": [
        {**_TRANSFORMATION, "workspaceId": "{workspaceId}", "afterConnectionId": "{own.connectionId}"},
        {**_TRANSFORMATION, "workspaceId": "{own.workspaceId}", "afterConnectionId": "{connectionId}"},
    ],
    "createTransformationRun": [{}],
    "createWaiver": [{"stream": STREAM, "rule": "primary_key"}],
    "discoverConnector": [{"configuration": {}}],
    "dismissQuarantined": [{}],
    "dropTables": [{}],
    "fixQuarantined": [{"record": {"id": 1}}],
    "getPassport": [{"key": [1]}],
    "importRemoteConnections": [{"connectionIds": ["{connectionId}"]}],
    "patchColumn": [{"stream": STREAM, "field": "name", "contract": "freeze"}],
    "patchConnection": [
        example("patchConnection"),
        {"name": "mine"},
        {"on": "own", "sourceId": "{sourceId}"},
        {"on": "own", "destinationId": "{destinationId}"},
    ],
    "patchDataset": [{"description": "mine"}],
    "patchDestination": [{"name": "mine"}],
    "patchNotificationRule": [{"isActive": False}],
    "patchRemote": [{"name": "mine"}],
    "patchSource": [example("patchSource")],
    "patchTag": [{"name": "mine", "color": "FF69B4"}],
    "patchTransformation": [{"name": "mine"}, {"on": "own", "afterConnectionId": "{connectionId}"}],
    "patchWorkspace": [{"name": "mine"}],
    "previewAdoption": [_ADOPTION],
    "previewConnection": _CONNECTIONS[:2],  # where it shall be written, and what it is marked with, changes nothing there
    "previewEngine": [{"engine": "remote"}],
    "previewJob": [_WISH, {**_WISH, "jobType": "reset"}],
    "previewPersonalData": [_COLUMN],
    "previewReplay": _REPLAYS,
    "previewRetention": [{"maxAgeDays": 1}],
    "previewSchedule": [{"scheduleType": "manual"}],
    "previewState": [{"clear": True}],
    "previewStreamRename": [_RENAMED_STREAM],
    "previewTableRename": [_RENAMED_TABLE],
    "putCheckColumns": [{"stream": STREAM, "checkCols": []}],
    "putConnectionJobTerms": [example("putConnectionJobTerms")],
    "putConnectionRemote": [{"policy": {}}],
    "putDestination": [{"name": "mine", "configuration": {}}],
    "putPersonalData": [{**_COLUMN, "reason": "mine"}],
    "putQuarantineLimit": [{"share": 0.5}],
    "putRetention": [example("putRetention")],
    "putSource": [{"name": "mine", "configuration": LEDGER}],
    "putState": [{"clear": True, "reason": "mine"}],
    "putWorkspaceJobTerms": [{"maxRunning": 1}],
    "renameStream": [_RENAMED_STREAM],
    "renameTables": [_RENAMED_TABLE],
    "setEngine": [{"engine": "remote", "reason": "mine"}],
    "setSchedule": [example("setSchedule")],
    "setStreamRead": [{**_STREAM, "read": False}],
}  # fmt: skip
"""By operation, what it is sent: `{name}` is an id of theirs, `{own.name}` of whoever asks. Shape: `on: own` is no
member: the path names the asker's own, and the body what is theirs."""


@dataclass(slots=True, kw_only=True)
class Things:
    """Shape: `theirs` in the workspace that every Atlas has, `own` in another, `nothing` beside `theirs` name by name."""

    theirs: Names
    own: Names
    nothing: Names = field(init=False)

    def __post_init__(self) -> None:
        self.nothing = {name: nothing_like(value) for name, value in self.theirs.items()}

    @property
    def marks(self) -> list[str]:
        """What of theirs would be known in any answer."""
        ids = [each for each in self.theirs.values() if isinstance(each, str) and len(each) > 30]
        return [MARK, *ids]


def nothing_like(value: Any) -> Any:
    """Names nothing, in the form of what names something; what is no id stays."""
    if isinstance(value, int):
        return _NO_NUMBER
    if not isinstance(value, str):
        return value
    boundary, _, number = value.partition("-")
    if number.isdigit():
        return f"{boundary}-{_NO_NUMBER}"
    return NOBODY if len(value) == len(NOBODY) else value


def filled(value: Any, names: Names, own: Names) -> Any:
    """A body about these."""
    if isinstance(value, Mapping):
        return {key: filled(inner, names, own) for key, inner in value.items() if key != "on"}
    if isinstance(value, list):
        return [filled(inner, names, own) for inner in value]
    if isinstance(value, str) and (placeholder := PLACEHOLDER.fullmatch(value)):
        name = placeholder[1]
        return own[name.removeprefix("own.")] if name.startswith("own.") else names[name]
    return value


async def make_things(api: Client, app: FastAPI, scheduler: SyncScheduler) -> Things:
    """Theirs have been synced, with records in quarantine; own are only there."""
    async with owner_of(app.state.database) as session:
        other = str(
            await session.fetchval(
                "INSERT INTO pipeline.workspaces (workspace_id, name) VALUES (gen_random_uuid(), 'other') RETURNING workspace_id"
            )
        )
    theirs = await _in_workspace(api, WORKSPACE, DESTINATION, LEDGER, MARK)
    job = await api.post("/jobs", {"connectionId": theirs["connectionId"], "jobType": "sync"})
    await scheduler.run(JobId(job["jobId"]))
    assert (await api.get(f"/jobs/{job['jobId']}"))["status"] == "succeeded"
    (kept,) = (await api.get("/quarantine"))["data"]
    (event, *_) = (await api.get("/lineage/events"))["data"]
    run = await api.post(f"/transformations/{theirs['transformationId']}/runs", {})
    async with owner_of(app.state.database) as session:
        change = await session.fetchval(_CHANGE, theirs["connectionId"], job["jobId"])
        notification = await session.fetchval(_NOTIFICATION, theirs["ruleId"])
    await api.post("/jobs", {"connectionId": theirs["connectionId"], "jobType": "sync"})  # it waits
    layers = (await api.get(f"/destinations/{DESTINATION}"))["configuration"]
    more = {
        "jobId": job["jobId"],
        "transformationRunId": run["transformationRunId"],
        "recordId": kept["recordId"],
        "eventId": event["eventId"],
        "changeId": change,
        "notificationId": notification,
        "stream": STREAM,
        "atlas": layers,
    }
    made = await api.post("/destinations", {
        "name": "other", "workspaceId": other, "configuration": layers,
    })  # fmt: skip
    own = await _in_workspace(api, other, made["destinationId"], {"sourceType": "faker"}, "mine")
    return Things(theirs=theirs | more, own=own | {"stream": "users"})


_CHANGE = """
INSERT INTO pipeline.schema_changes (stream_id, job_id, changes, is_breaking)
SELECT stream_id, $2, '[]', false FROM pipeline.streams WHERE connection_id = $1 RETURNING change_id
"""
_NOTIFICATION = """
INSERT INTO pipeline.notifications (rule_id, event_id, occasion, facts, status)
VALUES ($1, 1, 'failure', '{}', 'dead') RETURNING notification_id
"""


async def _in_workspace(
    api: Client, workspace: str, destination: str, configuration: Json, name: str
) -> dict[str, Any]:
    source = await api.post("/sources", {
        "name": name, "workspaceId": workspace, "configuration": configuration,
    })  # fmt: skip
    connection = await api.post("/connections", {
        "name": name, "sourceId": source["sourceId"], "destinationId": destination,
    })  # fmt: skip
    tag = await api.post("/tags", {"name": name, "color": "FF69B4", "workspaceId": workspace})
    rule = await api.post("/notification-rules", {
        "connectionId": connection["connectionId"], "occasions": ["failure"],
        "channel": "webhook", "target": f"https://{name}.example.org/hook",
    })  # fmt: skip
    made = await api.post("/transformations", {"name": name, "workspaceId": workspace, "project": "dbt"})  # fmt: skip
    remote = await api.post("/remotes", {
        "workspaceId": workspace, "name": name, "apiUrl": "http://127.0.0.1:9/v1",
        "clientId": "atlas", "clientSecret": "secret",
    })  # fmt: skip
    return {
        "workspaceId": workspace,
        "destinationId": destination,
        "sourceId": source["sourceId"],
        "connectionId": connection["connectionId"],
        "tagId": tag["tagId"],
        "ruleId": rule["ruleId"],
        "transformationId": made["transformationId"],
        "remoteId": remote["remoteId"],
    }
