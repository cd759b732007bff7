"""/v1/sources: secrets go in and never come out."""

from uuid import uuid4

from app.core.secret_names import HIDDEN
from app.sync.scheduler import SyncScheduler
from tests.api.client import Client
from tests.api.making import NOBODY, WORKSPACE
from tests.secrets.test_canaries import everything

SECRET = "canary-of-the-api"


async def test_a_secret_is_written_only_and_stays_where_stars_are_sent(
    api: Client, scheduler: SyncScheduler
) -> None:
    made = await api.source(password=SECRET, nested={"api_key": SECRET}, seed=3)
    source = f"/sources/{made['sourceId']}"
    kept = await everything(scheduler.database)

    same = await api.put(source, {"name": "people", "configuration": made["configuration"]})
    patched = await api.patch(source, {"name": "humans", "configuration": {"seed": 4}})
    renamed = await api.patch(source, {"name": "people"})
    dropped = await api.patch(source, {"configuration": {"nested": None}})

    assert made["configuration"]["password"] == HIDDEN
    assert same == made
    assert patched["configuration"] == {**made["configuration"], "seed": 4}
    assert (patched["name"], renamed["name"]) == ("humans", "people")
    assert "nested" not in dropped["configuration"]
    assert (await api.get(source))["configuration"] == dropped["configuration"]
    after = await everything(scheduler.database)
    assert SECRET not in kept + after
    assert (kept.count("\npipeline.secrets "), after.count("\npipeline.secrets ")) == (2, 1)
    assert (await api.http.delete(f"/v1{source}")).status_code == 204
    assert "\npipeline.secrets " not in await everything(scheduler.database)


async def test_what_is_wrong_is_named_and_no_value_is(api: Client) -> None:
    source = f"/sources/{(await api.source())['sourceId']}"
    theirs = {"$secret": str(uuid4())}

    for method, path, body in (
        ("POST", "/sources", {"name": "x", "workspaceId": WORKSPACE, "configuration": {"sourceType": "faker", "count": SECRET, "password": theirs}}),
        ("PATCH", source, {"configuration": {"count": SECRET, "password": theirs}}),
        ("PUT", source, {"name": "x", "configuration": {"count": SECRET, "password": theirs}}),
    ):  # fmt: skip
        problem = await api.problem(method, path, 422, body)
        assert problem["type"] == "/problems/configuration-invalid"
        assert [each["pointer"] for each in problem["errors"]] == ["/password"]
        assert SECRET not in str(problem)
    problem = await api.problem("PATCH", source, 422, {"configuration": {"count": SECRET}})
    assert problem["errors"] == [{"pointer": "/count", "detail": "It is not of type integer."}]
    await api.problem("PATCH", source, 413, {"configuration": {"x": "y" * 1_100_000}})
    await api.problem("PATCH", source, 422, {"configuration": {"x": HIDDEN}})
    await api.problem("PUT", f"/sources/{NOBODY}", 404, {"name": "x", "configuration": {}})
    await api.problem("PUT", source, 422, {"name": "x"})
