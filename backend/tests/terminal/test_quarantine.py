"""`atlas quarantine`, typed by a person: from the list to the rows in chart."""

import json
from pathlib import Path

from app.database.pool import Database
from tests.fixtures.atlas import KEYS, MASTER, atlas_on
from tests.fixtures.home import Shell
from tests.fixtures.scripted import AT, INSTANT, offered
from tests.fixtures.synced import Synced

SCHEMA = {"id": {"type": "integer"}, "at": INSTANT, "amount": {"type": "number"}}


async def test_a_person_finds_corrects_and_replays_a_record(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    # given: two broken orders
    synced = await Synced.of(atlas_on(database), offered("orders", SCHEMA, cursor=("at",)))
    await synced.sync([{"id": n, "at": AT % n, "amount": f"secret-{n}"} for n in (1, 2)])
    shell = Shell(
        folder=tmp_path,
        environment={
            "ATLAS_SOURCE_MODE": "mock",
            "ATLAS_DATABASE_URL": dsn,
            "ATLAS_MASK_KEY": KEYS.master.hex(),
            "ATLAS_MASTER_KEY": MASTER.master.hex(),
        },
    )
    (tmp_path / "patch.json").write_text('{"amount": 12.50}')
    first, second = [str(kept) for kept in await synced.kept()]

    # when
    listed = shell.atlas("quarantine", "list", "--connection", "ledger", "--json")
    shown = shell.atlas("quarantine", "show", first)
    looked = shell.atlas("quarantine", "show", first, "--with-record", "--json")
    fixed = shell.atlas("quarantine", "fix", first, "--patch", "patch.json", "--note", "by phone")
    left = shell.atlas("quarantine", "dismiss", second)
    dry = shell.atlas("quarantine", "replay", "ledger", "--dry-run")
    replayed = shell.atlas("quarantine", "replay", "ledger", "--stream", "orders")
    again = shell.atlas("quarantine", "replay", "ledger")
    nonsense = shell.atlas("quarantine", "show", "orders-1")

    # then
    done = (listed, shown, looked, fixed, left, dry, replayed)
    assert [one.code for one in done] == [0] * len(done), [one.stderr for one in done]
    assert [line["record"] for line in json.loads(listed.stdout)] == [second, first]
    assert "secret" not in listed.stdout + shown.stdout
    assert json.loads(json.loads(looked.stdout)["sent"])["amount"] == "secret-1"
    assert "of 1 records 1 would be charted" in dry.stdout
    assert "1 charted" in replayed.stdout
    assert again.code == nonsense.code == 1
    assert "orders-1" not in nonsense.stderr
    assert len(again.stderr.splitlines()) == len(nonsense.stderr.splitlines()) == 1
    rows = await synced.hand.rows("SELECT id, amount::text FROM chart.ledger_orders")
    assert rows == [(1, "12.50")]
