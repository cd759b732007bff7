"""A secret of every connector there is goes in, and is nowhere but in the connector's hands."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from structlog.testing import capture_logs

import app.sources
from app.api.public.sources import SourceView
from app.core.catalog import Catalog, ConfiguredCatalog
from app.core.configurations import Clear, at
from app.core.connections import Source
from app.core.ids import WorkspaceId
from app.core.records import Landing, Mode, State
from app.core.secret_names import HIDDEN
from app.database.pool import Database
from app.processes.redaction import Redaction
from app.sources.port import Check, Config, Listener, Spec
from app.sync.connections import connection_store
from app.sync.connections.configurations import Configurations
from tests.fixtures.atlas import configurations_on
from tests.secrets.made import Maker

CANARIES = ("canary", b"canary".hex())
"""How each secret begins, as text and as the bytes of a column are written."""


@dataclass(slots=True)
class Handed:
    """A connector that does nothing but keep what it is handed."""

    mode: Mode = Mode.MOCK
    name: str = "handed"
    version: str = "1"
    config: Config = field(default_factory=dict)

    async def spec(self) -> Spec:
        return Spec(connection_specification={})

    async def check(self, config: Config) -> Check:
        self.config = config
        return Check(succeeded=True)

    async def discover(self, config: Config) -> Catalog:
        self.config = config
        return Catalog(streams=())

    async def read(
        self, config: Config, catalog: ConfiguredCatalog, states: Sequence[State]
    ) -> AsyncGenerator[Landing, None]:
        self.config = config
        yield Landing()


async def handed_to_connector(configurations: Configurations, source: Source) -> Clear:
    """What a source's connector is handed when it starts."""
    connector = Handed()
    _, with_secrets = configurations.revealing(source, Listener())
    await with_secrets(connector).check(source.configuration)
    assert isinstance(connector.config, Clear)
    return connector.config


async def everything(database: Database) -> str:
    """All rows of all tables of Atlas, as text."""
    async with database.connection() as session:
        tables = await session.fetch(
            "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        )
        dump = []
        for table in tables:
            rows = await session.fetch(f"SELECT t::text AS line FROM {table['name']} t")
            dump += [f"{table['name']} {row['line']}" for row in rows]
    return "\n".join(dump)


async def locked(database: Database) -> set[str]:
    """The rows of all secrets."""
    rows = (await everything(database)).split("\n")
    return {row for row in rows if row.startswith("pipeline.secrets ")}


def specifications() -> Mapping[str, Mapping[str, Any]]:
    path = Path(app.sources.__file__).with_name("catalogue.jsonl")
    entries = map(json.loads, path.read_text("utf-8").splitlines())
    return {each["name"]: each.get("connectionSpecification") for each in entries}


def fits(schema: Mapping[str, Any], value: object) -> bool:
    return bool(jsonschema.Draft7Validator(schema).is_valid(value))


async def test_no_secret_of_any_connector_is_seen_by_anybody_but_the_connector(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    """One configuration for each variant of each of the catalogue's specifications."""
    known = specifications()
    made, secrets, answers = 0, 0, []

    with capture_logs() as said:
        async with database.transaction() as session:
            await connection_store.ensure_home(session, {})
        for name, specification in known.items():
            if specification is None:
                continue
            configurations = configurations_on(database, specification=specification)
            maker = Maker(name, fits)
            for sent in maker.variants(specification):
                source = await configurations.create_source(
                    connection_store.HOME_WORKSPACE, name, name, sent
                )
                shown = SourceView.of(source).configuration
                answers.append(SourceView.of(source).model_dump_json())
                clear = await handed_to_connector(configurations, source)
                redact = Redaction.of(clear)

                assert clear == sent, name
                assert all(at(shown, place) == HIDDEN for place in maker.canaries), name
                assert not any(
                    str(secret) in redact(f"it is {secret}") for secret in maker.canaries.values()
                ), name
                made, secrets = made + 1, secrets + len(maker.canaries)
        kept = await everything(database)

    assert made > 600
    assert secrets > 900
    assert kept.count("$secret") == secrets
    for canary in CANARIES:
        assert canary not in kept
        assert canary not in "".join(answers)
        assert canary not in repr(said) + caplog.text


async def test_what_is_shown_can_be_sent_back_and_changes_nothing(database: Database) -> None:
    known = specifications()
    async with database.transaction() as session:
        await connection_store.ensure_home(session, {})
    for name in ("source-postgres", "source-github", "source-google-ads", "source-mongodb-v2"):
        specification = known[name]
        configurations = configurations_on(database, specification=specification)
        for sent in Maker(name, fits).variants(specification):
            source = await configurations.create_source(
                WorkspaceId(connection_store.HOME_WORKSPACE), name, name, sent
            )
            shown = {
                field: value
                for field, value in SourceView.of(source).configuration.items()
                if field != "sourceType"
            }
            kept = await locked(database)

            put = await configurations.change(source.source_id, sent=shown, is_patch=False)
            patched = await configurations.change(source.source_id, sent=shown, is_patch=True)

            assert put.configuration == patched.configuration == source.configuration
            assert await handed_to_connector(configurations, patched) == sent
            assert await locked(database) == kept, "no secret is locked anew"
