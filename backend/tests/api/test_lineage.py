"""/v1/lineage: events, and the graph that they draw."""

from app.core.access import Caller, CallerKind
from app.core.ids import JobId
from app.database.pool import Database
from app.lineage import graph
from app.lineage.graph import Wanted
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client, Object

USERS = {"name": "users", "syncMode": "incremental_deduped_history"}


async def synced(api: Client, scheduler: SyncScheduler, name: str) -> Object:
    connection = await api.connection(USERS, name=name)
    job = await api.job(connection)
    await scheduler.run(JobId(job["jobId"]))
    return {**connection, "jobId": job["jobId"]}


async def test_events_and_the_graph_are_of_what_ran(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    first = await synced(api, scheduler, "first")
    second = await synced(api, scheduler, "second")

    events = (await api.get("/lineage/events", limit=100))["data"]
    of_first = (await api.get("/lineage/events", connectionId=first["connectionId"]))["data"]
    ended = (await api.get("/lineage/events", eventType="COMPLETE", jobId=second["jobId"]))["data"]
    raw = await api.get(f"/lineage/events/{ended[0]['eventId']}")
    chart = next(o["name"] for o in raw["outputs"] if ".chart." in o["name"])
    of_chart = (await api.get("/lineage/events", dataset=chart))["data"]
    of_run = (await api.get("/lineage/events", runId=ended[0]["streamRunId"]))["data"]
    of_attempt = (await api.get("/lineage/events", runId=ended[0]["runId"]))["data"]

    assert [one["eventId"] for one in events] == sorted(
        (e["eventId"] for e in events), reverse=True
    )
    assert {one["connectionId"] for one in of_first} == {first["connectionId"]}
    assert {one["eventType"] for one in of_first} == {"START", "RUNNING", "COMPLETE"}
    assert len(ended) == 1
    assert raw["run"]["runId"] == ended[0]["streamRunId"]
    assert {one["jobId"] for one in of_chart} == {second["jobId"]}
    assert of_run == of_attempt == of_chart

    drawn = await api.get("/lineage/graph", dataset=chart)
    up = await api.get("/lineage/graph", dataset=chart, direction="upstream", depth=1)
    down = await api.get("/lineage/graph", dataset=chart, direction="downstream")
    whole = await api.get("/lineage/graph", connectionId=second["connectionId"])

    nodes = {node["id"]: node for node in drawn["nodes"]}
    edges = {(edge["kind"], edge["source"], edge["target"]): edge for edge in drawn["edges"]}
    layers = {node.get("layer") for node in nodes.values()}
    assert layers == {None, "source", "chart"}, "upstream of chart is its job, and the source"
    (job,) = (node["id"] for node in nodes.values() if node["type"] == "job")
    (source,) = (node["id"] for node in nodes.values() if node.get("layer") == "source")
    target = next(node["id"] for node in nodes.values() if node["name"] == chart)
    assert edges["writes", job, target]["rows"] == 40
    ran = nodes[job]
    assert (ran["connectionId"], ran["connection"], ran["jobId"]) == (
        second["connectionId"],
        "second",
        second["jobId"],
    )
    assert "connectionId" not in nodes[target]
    assert edges["writes", job, target]["runs"] == 1
    derived = edges["derives", source, target]
    assert 0 < derived["maskedColumns"] < derived["columns"]
    assert {node["distance"] for node in up["nodes"]} == {0, 1}
    assert [node["name"] for node in down["nodes"]] == [chart], (
        "nothing that was recorded reads chart"
    )
    assert {n.get("layer") for n in whole["nodes"]} == {
        None,
        "source",
        "explore",
        "chart",
        "navigate",
    }
    jobs = {node["name"] for node in whole["nodes"] if node["type"] == "job"}
    assert jobs == {"first.users", "second.users"}, "both read the one source"
    assert whole["isCut"] is False


async def test_what_was_not_recorded_or_is_anothers_is_not_there(
    api: Client, scheduler: SyncScheduler, database: Database
) -> None:
    await synced(api, scheduler, "first")
    nobody = Caller(kind=CallerKind.USER, id="1", name="somebody")

    nothing = await api.problem("GET", "/lineage/graph", 404, query={"dataset": "a.b.c"})
    neither = await api.problem("GET", "/lineage/graph", 422)
    event = await api.problem("GET", "/lineage/events/999999", 404)
    async with database.connection() as session:
        seen = await graph.events(session, [*(nobody.roles)], Wanted(), 10, 0)
        mine = await graph.events(session, None, Wanted(), 10, 0)
        told = await session.fetchval("SELECT count(*) FROM lineage.run_datasets")

    assert {nothing["type"], event["type"]} == {"/problems/lineage-not-found"}
    assert neither["type"] == "/problems/unprocessable-entity"
    assert (len(seen), len(mine), told) == (0, 3, 4)
