"""`atlas secrets rotate`, and what `atlas doctor` says of secrets."""

from pathlib import Path

from app.core.settings import Settings
from app.database.pool import Database
from app.secrets.master_keys import MasterKeys
from app.sync.connections import connection_store
from tests.fixtures.atlas import configurations_on
from tests.fixtures.home import Shell
from tests.secrets.test_canaries import handed_to_connector


async def test_a_new_key_is_made_used_and_looked_for(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    shell = Shell(folder=tmp_path, environment={"ATLAS_DATABASE_URL": dsn})
    keys = await MasterKeys.of(Settings.model_validate({"home": shell.home}))
    configurations = configurations_on(database, master_keys=keys)
    async with database.transaction() as session:
        await connection_store.ensure_home(session, {})
    source = await configurations.create_source(
        connection_store.HOME_WORKSPACE, "one", "source-one", {"password": "hunter2"}
    )

    rotated = shell.atlas("secrets", "rotate", "--new-key")
    again = shell.atlas("secrets", "rotate")
    looked = shell.atlas("doctor")
    keys.read_at -= 60
    opened = await handed_to_connector(configurations, source)
    for path in (shell.home / "keys" / "earlier", shell.home / "keys"):
        for key in path.glob("*.key"):
            key.unlink()
    lost = shell.atlas("doctor")

    assert "1 secrets were locked anew" in rotated.stdout, rotated.stderr
    assert "0 secrets were locked anew" in again.stdout
    assert "1 kept, all open" in looked.stdout
    assert "keys/master.key: back it up" in looked.stdout
    assert opened == {"password": "hunter2"}, "by a process that was there before"
    assert "1 of 1 do not open" in lost.stdout
    assert lost.code == 1
