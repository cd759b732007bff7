"""Whatever a command changes, and every value that it shows, is in the audit log, by the API's own words."""

import io
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import typer
from fastapi import FastAPI
from pydantic import SecretStr
from rich.console import Console

from app.access import applications
from app.access.audit import Audit
from app.api.app import build_app
from app.api.routing import operations_of
from app.cli import app
from app.core.access import Role
from app.core.catalog import StreamDescriptor, SyncMode
from app.core.jobs import CursorRange, Job
from app.core.settings import Settings
from app.core.transformations import Build
from app.database.pool import Database
from app.gates.quality.gate import QualityGate
from app.main import Atlas, open_atlas
from app.sync.connections import connection_store
from app.sync.retention.policies import RetentionPolicy
from app.sync.transformations import store
from app.terminal import (
    access,
    backfilling,
    changing,
    checking,
    demo,
    finishing,
    generations,
    passport,
    quarantine,
    quarantine_commands,
    rebuilding,
    remotes,
    retention,
    schema,
    schema_commands,
    secrets,
    state,
    syncing,
    table_acts,
    transforming,
    welcome,
)
from app.terminal.acts import ACTS, LOOKS, NOT_NOTED
from app.terminal.running import open_console, run
from tests.fixtures.airbyte_cloud import CLIENT_ID, CLIENT_SECRET, CONNECTION, FakeCloud
from tests.fixtures.atlas import KEYS, NoChecks, NothingPersonal, atlas_on
from tests.fixtures.driven import USERS
from tests.fixtures.scripted import AT, INSTANT, offered
from tests.fixtures.shop import BASE, STRING, Shop, order
from tests.fixtures.synced import Synced
from tests.sources.reading import ledger

SECRET = "canary-of-the-terminal"
TERMINALS_OWN = {"clearState", "applyRetention", "rotateSecrets"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A database, and the settings by which a command finds it."""

    database: Database
    settings: Settings
    folder: Path
    console: Console

    @asynccontextmanager
    async def atlas(self) -> AsyncIterator[Atlas]:
        """As a command has it, but that nothing is personal and nothing is checked."""
        async with open_atlas(self.settings) as atlas:
            whole = atlas.scheduler.orchestrator
            unchecked = QualityGate(scanner=NoChecks())
            quick = replace(whole, pii=NothingPersonal(), quality=unchecked)
            yield replace(atlas, scheduler=replace(atlas.scheduler, orchestrator=quick))

    async def ends(self, atlas: Atlas, job: Job | None) -> None:
        assert job is not None
        async with atlas.working() as tasks:
            assert await finishing.finish_briefly(self.console, atlas, job, tasks)


@pytest.fixture
def scene(database: Database, dsn: str, tmp_path: Path) -> Scene:
    settings = Settings.model_validate(
        {"database_url": dsn, "home": tmp_path / ".atlas", "source_mode": "mock", "mask_key": KEYS.master.hex(), "queue_poll_s": 0.2}
    )  # fmt: skip
    quiet = Console(file=io.StringIO(), width=120)
    return Scene(database=database, settings=settings, folder=tmp_path, console=quiet)


async def access_is_changed(scene: Scene) -> None:
    async with scene.atlas() as atlas:
        await welcome.say_welcome(scene.console, atlas, "serve")
        await access.add_user(scene.console, atlas, "a@b.org", SECRET, {None: Role.VIEWER})
        await access.new_link(scene.console, atlas, "a@b.org")
        await access.remove_user(scene.console, atlas, "a@b.org")
        await access.create_application(scene.console, atlas, "airflow", {None: Role.VIEWER})
        async with atlas.database.connection() as session:
            (made,) = await applications.listed(session)
        await access.delete_application(scene.console, atlas, made.client_id)


async def the_demo_is_set_up(scene: Scene) -> None:
    async with scene.atlas() as atlas:
        await welcome.say_welcome(scene.console, atlas, "demo")
        await demo.demo_connection(scene.console, atlas, 20)
        made = await demo.demo_connection(scene.console, atlas, 30)
        await demo.start_or_join(scene.console, atlas, made)


async def keys_are_rotated(scene: Scene) -> None:
    assert await secrets.rotate_and_show(scene.console, scene.settings, new_key=True)


async def jobs_are_run(scene: Scene) -> None:
    here = atlas_on(scene.database)
    here.pii, here.scanner = NothingPersonal(), NoChecks()
    await here.connect(ledger({"name": "orders", "records": 60, "keys": 20}, cursor_states="from"))
    await here.execute("UPDATE pipeline.sources SET connector = 'source-faker'")  # the mock's name
    orders = StreamDescriptor("orders", None)
    async with scene.atlas() as atlas:
        await checking.choose_and_show(scene.console, atlas, "ledger", orders, ["amount"])
        await syncing.sync_and_show(scene.console, atlas, "ledger", as_json=False)
        async with atlas.working() as tasks:
            await rebuilding.rebuild_and_show(scene.console, atlas, tasks, "ledger", [], swap=False)
        wanted = CursorRange(since="2024-01-01T00:00:30Z", until="2024-01-01T00:00:40Z")
        await backfilling.backfill_and_show(
            scene.console, atlas, "ledger", "orders", wanted, is_sure=True
        )
        for kind in ("refresh", "clear"):
            job = await changing.start_if_sure(
                scene.console, atlas, kind, "ledger", [], removes_history=False, is_sure=True
            )
            await scene.ends(atlas, job)


async def a_generation_is_brought_back(scene: Scene) -> None:
    here = atlas_on(scene.database)
    here.pii, here.scanner = NothingPersonal(), NoChecks()
    await here.connect(ledger({"name": "orders", "records": 20}), SyncMode.FULL_REFRESH_OVERWRITE)
    for _ in range(2):
        await here.sync()
    (oldest,) = await here.values("SELECT min(generation_id) FROM pipeline.batches")
    assert isinstance(oldest, int)
    async with scene.atlas() as atlas:
        assert await generations.bring_back_one(scene.console, atlas, "ledger", "orders", oldest)
        policy = RetentionPolicy(max_generations=1)
        asked = retention.Asked("ledger", policy, at_once=True, is_sure=True)
        assert await retention.retain_as_asked(scene.console, atlas, asked)


async def a_state_is_set_and_cleared(scene: Scene) -> None:
    here = atlas_on(scene.database)
    here.pii, here.scanner = NothingPersonal(), NoChecks()
    await here.connect(ledger({"name": "orders", "records": 20}))
    await here.sync()
    async with scene.atlas() as atlas:
        assert await state.set_state(scene.console, atlas, "ledger", 1, None, SECRET, yes=True)
        await state.clear_state(scene.console, atlas, "ledger", None)


async def a_schema_is_adopted_and_rejected(scene: Scene) -> None:
    shop = Shop(atlas_on(scene.database, schema_check_h=0), scene.folder)
    await shop.connect("ignore")
    for name in ("colour", "shade"):
        await shop.sync({**BASE, name: STRING}, [order(1, 1)])
        (change, *_) = await shop.changes()
        async with scene.atlas() as atlas:
            if name == "colour":
                await schema.reject(scene.console, atlas, change.change_id)
            else:
                await schema.adopt(scene.console, atlas, change.change_id, [], [], backfills=False)


async def records_of_quarantine_are_seen_and_decided(scene: Scene) -> None:
    kinds = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}
    here = await Synced.of(atlas_on(scene.database), offered("orders", kinds, cursor=("at",)))
    await here.sync([{"id": n, "at": AT % n, "amount": f"{SECRET}-{n}"} for n in (1, 2)])
    patch = scene.folder / "patch.json"
    patch.write_text('{"amount": 12.50}')
    first, second = [str(kept) for kept in await here.kept()]
    async with scene.atlas() as atlas:
        await quarantine.show_record(
            scene.console, atlas, first, with_record=False, as_json=False
        )  # is no look at values
        await quarantine.show_record(scene.console, atlas, first, with_record=True, as_json=False)
        await quarantine.fix(scene.console, atlas, first, None, patch, SECRET)
        await quarantine.dismiss(scene.console, atlas, second, SECRET)
        choice = await quarantine.choice_of(atlas, "ledger", None, None, None)
        await scene.ends(atlas, await quarantine.start(atlas, choice))
        asked = passport.Asked("ledger", "orders", "1", None, False, with_source=True)
        await passport.show_passport(scene.console, atlas, asked=asked, as_json=False)
        blind = replace(asked, with_source=False)  # is no look at values either
        await passport.show_passport(scene.console, atlas, asked=blind, as_json=False)


async def tables_are_renamed_left_out_dropped_and_adopted(scene: Scene) -> None:
    here = atlas_on(scene.database)
    here.pii, here.scanner = NothingPersonal(), NoChecks()
    source = ledger({"name": "orders", "records": 20}, {"name": "items", "records": 20})
    old = await here.connect(source)
    await here.sync()
    giving = str(old.connection_id)
    async with scene.atlas() as atlas:
        for stream in ("orders", "items"):
            await table_acts.rename_tables(
                scene.console, atlas, giving, stream, f"{stream}_of_old", is_sure=True
            )
        await table_acts.drop_tables(
            scene.console, atlas, giving, ["items"], deletes=True, is_sure=True
        )
        new = str((await here.connect(source)).connection_id)
        await table_acts.adopt_tables(
            scene.console, atlas, new, giving, with_state=False, is_sure=True
        )
        asked = table_acts.StreamChange("orders", is_read=False, becomes="sales")
        await table_acts.change_stream(scene.console, atlas, new, asked, is_sure=True)


async def a_connection_comes_over_and_moves(scene: Scene) -> None:
    """Shape: nobody types the secret that the remote masks; it has none here."""
    with FakeCloud().serving() as fake:
        plain = {"configuration": {"sourceType": "faker", "count": 10}}
        fake.connect([USERS], source=plain)
        own = {
            "airbyte_api_url": fake.url, "airbyte_client_id": CLIENT_ID, "airbyte_client_secret": SecretStr(CLIENT_SECRET),
        }  # fmt: skip
        played = replace(scene, settings=scene.settings.model_copy(update=own))
        async with played.atlas() as atlas:
            assert await remotes.import_and_show(
                scene.console, atlas, "airbyte", [CONNECTION], keeps_schedule=True
            )
            await remotes.check_remote(scene.console, atlas, "airbyte")
            await remotes.show_remotes(scene.console, atlas)
            assert await remotes.move_if_sure(
                scene.console,
                atlas,
                "shop to warehouse",
                "local",
                SECRET,
                takes_state=True,
                is_sure=True,
            )


async def a_transformation_is_run(scene: Scene) -> None:
    without = scene.settings.model_copy(update={"dbt_command": "/nowhere/dbt", "tick_s": 0.2})
    async with replace(scene, settings=without).atlas() as atlas:
        async with scene.database.transaction() as session:
            build = Build(project="dbt", variables={"secret": SECRET})
            await store.create(session, connection_store.HOME_WORKSPACE, "nightly", None, build)
        assert not await transforming.run_and_show(scene.console, atlas, "nightly", as_json=False)


SCENES: Mapping[Callable[[Scene], Awaitable[None]], tuple[str, ...]] = {
    access_is_changed: (
        "serve", "users add", "users link", "users remove", "applications create", "applications delete",
    ),
    the_demo_is_set_up: ("demo",),
    keys_are_rotated: ("secrets rotate",),
    a_transformation_is_run: ("transform run",),
    jobs_are_run: ("check-cols", "sync", "rebuild", "backfill", "refresh", "clear"),
    a_generation_is_brought_back: ("generations", "tables retain"),
    a_state_is_set_and_cleared: ("state set", "state clear"),
    a_connection_comes_over_and_moves: ("remote import", "remote move"),
    a_schema_is_adopted_and_rejected: ("schema adopt", "schema reject"),
    records_of_quarantine_are_seen_and_decided: (
        "quarantine show", "quarantine fix", "quarantine dismiss", "quarantine replay", "passport",
    ),
    tables_are_renamed_left_out_dropped_and_adopted: (
        "tables rename", "tables drop", "tables adopt", "tables stream",
    ),
}  # fmt: skip


@pytest.mark.parametrize("act", SCENES, ids=lambda act: act.__name__)
async def test_what_a_command_does_is_in_the_audit_log(
    scene: Scene, act: Callable[[Scene], Awaitable[None]]
) -> None:
    commands = SCENES[act]

    await act(scene)

    async with scene.database.connection() as session:
        rows = await session.fetch("SELECT * FROM audit.entries ORDER BY entry_id")
    entries = [(row, json.loads(row["facts"])) for row in rows]
    noted = {(facts["command"], row["action"]) for row, facts in entries}
    assert noted == {(command, action) for command in commands for action in ACTS[command]}
    assert {row["actor_name"] for row, _ in entries} == {"machine"}
    assert all(facts["systemUser"] for _, facts in entries)
    of_a_workspace = {
        "v1/connections",
        "v1/quarantine",
        "v1/schema-changes",
        "v1/sources",
        "v1/transformations",
    }
    for row, _ in entries:
        path = "/".join(str(row["subject"]).split("/")[1:3])
        wanted = connection_store.HOME_WORKSPACE if path in of_a_workspace else None
        assert row["workspace_id"] == wanted, f"{row['subject']}: its admins see it"
    assert SECRET not in str(entries)
    looks = [facts for row, facts in entries if row["action"] in ("getQuarantined", "getPassport")]
    assert all(facts["looked"] for facts in looks)
    assert len(looks) == len({facts["command"] for facts in looks}), "once each"
    assert (await Audit.of(KEYS).verify(scene.database)).broken_at is None


def test_every_act_is_seen_in_a_scene() -> None:
    played = [command for commands in SCENES.values() for command in commands]

    assert sorted(played) == sorted(ACTS)


def test_every_command_says_whether_it_looks_or_acts() -> None:
    """A command that is new is declared in acts.py, or this fails."""
    declared = [*ACTS, *LOOKS, *NOT_NOTED]

    assert sorted(declared) == sorted(set(declared)), "in one of them"
    assert set(commands_of(app)) == set(declared)
    assert all(reason.endswith(".") for reason in NOT_NOTED.values())


def test_acts_are_called_as_the_api_calls_them() -> None:
    @asynccontextmanager
    async def never_started(app: FastAPI) -> AsyncIterator[None]:
        yield

    api = build_app(never_started, Settings.model_validate({}))
    known = {route.operation_id for route in operations_of(api.routes)}
    named = {action for actions in ACTS.values() for action in actions}

    assert named - known == TERMINALS_OWN


def commands_of(found: typer.Typer) -> Iterator[str]:
    """All of them by what is typed, those too that a command of `atlas` has only when it is called."""
    for name in leaves(typer.main.get_command(found)):
        if name in LATER:
            made = LATER[name](run, settings_of, open_console)
            yield from leaves(typer.main.get_command(made), f"{name} ")
        else:
            yield name


def settings_of(*, quiet: bool = False) -> Settings:
    raise AssertionError("no command is called")


LATER = {"quarantine": quarantine_commands.commands, "schema": schema_commands.commands}


def leaves(command: object, before: str = "") -> Iterator[str]:
    for name, inner in getattr(command, "commands", {}).items():
        if getattr(inner, "commands", None):
            yield from leaves(inner, f"{before}{name} ")
        else:
            yield f"{before}{name}"
