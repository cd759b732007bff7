"""Secrets on the way of a sync: opened for the connector, and seen by nobody else."""

from collections.abc import Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from app.core.configurations import Clear
from app.core.errors import AtlasError
from app.core.failures import (
    ConnectorProtocolBroken,
)
from app.core.jobs import JobStatus
from app.secrets.references import References
from app.sources.port import Listener
from app.sync.connections import connection_store
from app.sync.connections.configurations import Configurations
from tests.fixtures.atlas import Atlas, configurations_on
from tests.secrets.test_canaries import Handed, everything, handed_to_connector
from tests.sources.reading import ledger
from tests.sync.test_orchestrator import orders

CANARY, RENEWED = "canary-of-a-sync", "canary-that-was-renewed"


async def stored(atlas: Atlas) -> Mapping[str, object]:
    assert atlas.connection is not None
    async with atlas.database.connection() as session:
        return (
            await connection_store.get_source(session, atlas.connection.source_id)
        ).configuration


async def revealed(atlas: Atlas, configurations: Configurations | None = None) -> Clear:
    assert atlas.connection is not None
    async with atlas.database.connection() as session:
        source = await connection_store.get_source(session, atlas.connection.source_id)
    return await handed_to_connector(configurations or atlas.configurations, source)


async def test_a_connector_uses_its_secrets_and_nobody_sees_them(
    atlas: Atlas, caplog: pytest.LogCaptureFixture
) -> None:
    """The connector says them in its log and its error; renewed, they are locked away again."""
    config = ledger(orders(20), logs=[f"with {CANARY}", f"now {RENEWED}"], password=CANARY)
    config["new_config"] = {**config, "password": RENEWED}
    await atlas.connect(config)

    adopted = await atlas.configurations.adopt()
    with capture_logs() as said:
        report = await atlas.sync()

    assert adopted == 1
    assert report.job.status is JobStatus.SUCCEEDED
    assert "[redacted]" in repr(said), "it did say them"
    assert (await revealed(atlas))["password"] == RENEWED
    assert (await stored(atlas))["password"] != RENEWED
    source = await stored(atlas)
    rows = (await everything(atlas.database)).split("\n")
    kept = [row for row in rows if not row.startswith("pipeline.sources ")]
    kept += [
        repr(value) for name, value in source.items() if name != "logs"
    ]  # what the mock shall say
    for canary in (CANARY, RENEWED):
        for place in ("\n".join(kept), repr(said), caplog.text):
            assert canary not in place


async def test_what_is_kept_elsewhere_is_looked_up_at_each_start(
    atlas: Atlas, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    references = References(prefix="ATLAS_SECRET_", folder=tmp_path)
    configurations = configurations_on(atlas.database, references=references)
    await atlas.connect(ledger(orders(1)))
    assert atlas.connection is not None
    reference = {"$file": str(secret)}
    source = await configurations.change(
        atlas.connection.source_id, sent={"password": reference}, is_patch=True
    )

    with pytest.raises(AtlasError, match=str(secret)) as missing:
        await handed_to_connector(configurations, source)
    found = []
    for text in ("one", "two"):
        secret.write_text(text)
        found.append((await handed_to_connector(configurations, source))["password"])

    assert missing.value.failure == "config_error"
    assert found == ["one", "two"]
    assert (await stored(atlas))["password"] == reference, "it is not kept"
    assert "two" not in (await everything(atlas.database))


async def test_a_connector_that_renews_something_leaves_references_where_they_are(
    atlas: Atlas, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("from a file")
    references = References(prefix="ATLAS_SECRET_", folder=tmp_path)
    configurations = configurations_on(atlas.database, references=references)
    await atlas.connect(ledger(orders(1)))
    assert atlas.connection is not None
    reference = {"$file": str(tmp_path / "secret")}
    source = await configurations.change(
        atlas.connection.source_id,
        sent={"password": reference, "token": "first", "seed": 1},
        is_patch=True,
    )
    heard: list[Mapping[str, object]] = []
    hears, with_secrets = configurations.revealing(source, Listener(on_config=heard.append))
    connector = Handed()
    await with_secrets(connector).check(source.configuration)

    hears.on_config({**connector.config, "token": "second"})
    with pytest.raises(ConnectorProtocolBroken):
        hears.on_config({**connector.config, "token": {"$env": "ATLAS_SECRET_OF_ANOTHER"}})
    keep = await configurations.renewal(source, heard[-1])
    async with atlas.database.transaction() as session:
        renewed = await keep(session)

    assert connector.config["password"] == "from a file"
    assert len(heard) == 1
    assert renewed.configuration["password"] == reference
    assert renewed.configuration["token"] == source.configuration["token"], "under the same id"
    assert (await revealed(atlas, configurations))["token"] == "second"


async def test_adopting_again_changes_nothing_and_loses_nothing(atlas: Atlas) -> None:
    await atlas.connect({"password": CANARY, "token_type": "x", "list": [{"api_key": 7}]})
    specification = {"properties": {"token_type": {"type": "string", "airbyte_secret": True}}}

    by_name = await atlas.configurations.adopt()
    by_specification = configurations_on(atlas.database, specification=specification)
    adopted = await by_specification.adopt()
    before = await stored(atlas)
    again = await by_specification.adopt()

    assert (by_name, adopted, again) == (1, 1, 0)
    assert await stored(atlas) == before
    assert CANARY not in await everything(atlas.database)
    assert all(isinstance(before[name], dict) for name in ("password", "token_type"))
    assert await revealed(atlas) == {
        "password": CANARY, "token_type": "x", "list": [{"api_key": 7}],
    }  # fmt: skip
