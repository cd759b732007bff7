"""The one transaction in which everything happens, and what is left of it: nothing, for whoever has the server next."""

import pytest

from app.database.outside import OutsideFailed, OutsideSession
from app.sources.postgres import configuration, discovery, session
from tests.sources.postgres.asking import Asking

_CHANGED = "SELECT name, setting FROM pg_settings WHERE source = 'session' ORDER BY name"


def changed(opened: OutsideSession) -> dict[object, object]:
    return {row[0]: row[1] for row in opened.rows(_CHANGED)}


def test_a_pooler_may_give_the_server_to_anybody_after_the_transaction(source: Asking) -> None:
    source.run("CREATE TABLE t (id int)")
    with session.opened(configuration.read(source.config)) as opened:
        session.snapshot(opened)
        discovery.relations(opened, ["public"])
        while_reading = changed(opened)

        opened.rows("COMMIT")

        assert while_reading["statement_timeout"] == "0"
        assert while_reading["TimeZone"] == "UTC"
        assert set(changed(opened)) <= {"client_encoding", "application_name"}
        assert opened.rows("SELECT count(*) FROM pg_prepared_statements") == [(0,)]


def test_nothing_can_be_written_and_what_others_write_is_not_seen(source: Asking) -> None:
    source.run("CREATE TABLE t (id int)")
    with session.opened(configuration.read(source.config)) as opened:
        source.run("INSERT INTO t VALUES (1)")

        assert opened.rows("SELECT count(*) FROM public.t") == [(0,)]
        with pytest.raises(OutsideFailed) as refused:
            opened.rows("INSERT INTO public.t VALUES (2)")

    assert refused.value.sqlstate == "25006"
