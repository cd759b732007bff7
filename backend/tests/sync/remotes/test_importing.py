"""A connection comes over with its source, its streams and modes, and without a secret."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.core.catalog import StreamDescriptor, SyncMode
from app.core.errors import AtlasError, InvalidRequest, SyncModeNotSupported
from app.core.remotes import Elsewhere, Engine
from app.database.pool import Database
from app.sync.connections import connection_store
from app.sync.remotes import importing, links
from app.sync.remotes.remotes import Wanted
from tests.fixtures.airbyte_cloud import MASKED, FakeCloud
from tests.fixtures.atlas import atlas_on
from tests.fixtures.driven import Driven, drive, look, remote_of
from tests.secrets.test_canaries import everything

Json = dict[str, Any]


async def test_source_streams_and_modes_are_as_the_remote_has_them(driven: Driven) -> None:
    async with driven.atlas.database.connection() as session:
        source = await connection_store.get_source(session, driven.connection.source_id)
        link = await links.get(session, driven.connection.connection_id)

    (stream,) = driven.connection.streams
    assert (driven.connection.name, driven.connection.engine) == (
        "shop to warehouse",
        Engine.AIRBYTE_CLOUD,
    )
    assert (source.name, source.connector, source.configuration) == (
        "shop",
        "source-faker",
        {"count": 40},
    )
    assert stream.configured.sync_mode is SyncMode.INCREMENTAL_DEDUPED_HISTORY
    assert (stream.configured.cursor_field, stream.configured.primary_key) == (
        ("updated_at",),
        (("id",),),
    )
    assert [column.name for column in stream.layout.columns] == ["id", "updated_at"]
    assert (link.facts.missing, link.facts.schedule) == (["/api_key"], "0 0 1 * * ? UTC")
    assert (link.facts.destination, link.facts.destination_type) == ("warehouse", "snowflake")


async def test_a_remotes_secret_and_a_mask_are_nowhere_in_the_database(driven: Driven) -> None:
    dump = await everything(driven.atlas.database)

    assert "canary-of-the-remote" not in dump
    assert MASKED not in dump


async def test_a_connection_is_imported_once(driven: Driven) -> None:
    async with driven.atlas.remotes.asked(driven.remote.remote_id) as cloud:
        found = await look(cloud)

    with pytest.raises(InvalidRequest):
        async with driven.atlas.database.transaction() as session:
            await importing.take(session, driven.remote, found, driven.atlas.configurations, 300)


async def test_without_a_config_api_the_streams_come_without_their_schemas(
    database: Database, fake: FakeCloud
) -> None:
    fake.has_config_api = False

    driven = await drive(database, fake)

    (stream,) = driven.connection.streams
    async with database.connection() as session:
        link = await links.get(session, driven.connection.connection_id)
    assert sorted(column.name for column in stream.layout.columns) == ["id", "updated_at"]
    assert not link.facts.has_schemas


@pytest.mark.parametrize(
    ("members", "refused"),
    [
        ({"configurations": {"streams": [{"name": "users", "syncMode": "incremental_soft_delete"}]}}, InvalidRequest),
        ({"configurations": {"streams": [{"name": "other", "syncMode": "incremental_deduped_history"}]}}, SyncModeNotSupported),
        ({"source": {"configuration": {"key": {"$env": "ATLAS_SECRET_OF_ANOTHER"}}}}, InvalidRequest),
        ({"source": {"sourceType": "../faker"}}, InvalidRequest),
    ],
)  # fmt: skip
async def test_what_cannot_be_taken_over_is_refused_whole(
    database: Database, fake: FakeCloud, members: Json, refused: type[AtlasError]
) -> None:
    with pytest.raises(refused):
        await drive(database, fake, **members)

    async with database.connection() as session:
        assert await session.fetchval("SELECT count(*) FROM pipeline.connections") == 0
        assert await session.fetchval("SELECT count(*) FROM pipeline.sources") == 0


@pytest.mark.parametrize(
    ("members", "dataset"),
    [
        ({}, ("snowflake://acme", "RAW.SHOP.users")),
        ({"prefix": "raw_"}, ("snowflake://acme", "RAW.SHOP.raw_users")),
        ({"namespaceDefinition": "source"}, ("snowflake://acme", "RAW.public.users")),
        (
            {"namespaceDefinition": "custom_format", "namespaceFormat": "from_${SOURCE_NAMESPACE}"},
            ("snowflake://acme", "RAW.from_public.users"),
        ),
        (
            {"destination": {"destinationType": "postgres", "configuration": {"host": "db", "port": 6543, "database": "dwh", "schema": "raw"}}},
            ("postgres://db:6543", "dwh.raw.users"),
        ),
        (
            {"destination": {"destinationType": "bigquery", "configuration": {"project_id": "acme", "dataset_id": "raw"}}},
            ("bigquery", "acme.raw.users"),
        ),
        ({"destination": {"destinationType": "s3", "configuration": {}}}, ("airbyte://", "warehouse.users")),
    ],
)  # fmt: skip
async def test_its_datasets_are_named_as_lineage_names_them(
    database: Database, fake: FakeCloud, members: Json, dataset: tuple[str, str]
) -> None:
    driven = await drive(database, fake, **members)

    elsewhere = driven.connection.elsewhere
    assert isinstance(elsewhere, Elsewhere)
    namespace, name = elsewhere.dataset(StreamDescriptor("users", "public"))
    assert (namespace.startswith(dataset[0]), name) == (True, dataset[1])


@pytest.mark.parametrize(
    ("configuration", "kept", "missing"),
    [
        ({"a": 1, "b": MASKED}, {"a": 1}, [("b",)]),
        ({"a": {"b": {"c": MASKED, "d": 2}}}, {"a": {"b": {"d": 2}}}, [("a", "b", "c")]),
        ({"a": [1, {"b": MASKED}]}, {"a": [1, {}]}, [("a", 1, "b")]),
        ({"a": ["x", MASKED]}, {}, [("a",)]),
    ],
)
def test_what_is_masked_is_left_out_and_named(
    configuration: Mapping[str, object], kept: Json, missing: list[tuple[str | int, ...]]
) -> None:
    assert importing.unmasked(configuration) == (kept, missing)


async def test_a_remote_that_is_changed_sends_no_kept_secret_elsewhere(
    database: Database, fake: FakeCloud
) -> None:
    atlas = atlas_on(database)
    remote = await remote_of(atlas, fake)

    for secret in (None, MASKED):
        wanted = Wanted(api_url="https://elsewhere.example/v1", client_secret=secret)
        async with database.transaction() as session:
            with pytest.raises(InvalidRequest):
                await atlas.remotes.change(session, remote.remote_id, wanted)
