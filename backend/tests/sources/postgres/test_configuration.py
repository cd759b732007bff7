"""What the connector is told: Airbyte's configurations, libpq's words for them, and what is refused by its name."""

import pytest

from app.secrets.places import secret_places
from app.secrets.specification import wrongs
from app.sources.postgres.configuration import read
from app.sources.postgres.failing import Failed
from app.sources.postgres.specification import specification
from tests.sources.postgres.asking import Asking, asked

PLAIN = {
    "host": "db",
    "port": 6543,
    "database": "shop",
    "username": "reader",
    "password": "p w'd\\",
}
PEM = "-----BEGIN CERTIFICATE-----"


def test_airbytes_configuration_is_a_connection() -> None:
    found = read({**PLAIN, "schemas": ["a", "b"], "ssl_mode": {"mode": "require"}})

    assert {name: found.parameters[name] for name in ("host", "port", "dbname", "user", "password", "sslmode")} == {
        "host": "db", "port": "6543", "dbname": "shop", "user": "reader", "password": "p w'd\\",
        "sslmode": "require",
    }  # fmt: skip
    assert (found.schemas, found.lookback, found.certificates) == (["a", "b"], 0, {})
    assert read(PLAIN).parameters["sslmode"] == "prefer"
    assert read({**PLAIN, "ssl": True}).parameters["sslmode"] == "require"


def test_certificates_are_files_of_their_own() -> None:
    tls = {
        "mode": "verify-full", "ca_certificate": PEM, "client_certificate": PEM, "client_key": PEM,
        "client_key_password": "x",
    }  # fmt: skip

    found = read({**PLAIN, "ssl_mode": tls})

    assert found.certificates == {
        "sslrootcert": PEM, "sslcert": PEM, "sslkey": PEM, "sslpassword": "x",
    }  # fmt: skip


def test_parameters_of_jdbc_are_understood_where_libpq_has_them() -> None:
    text = (
        "connectTimeout=7&ApplicationName=etl&tcpKeepAlive=false&targetServerType=preferSecondary"
    )

    found = read({**PLAIN, "jdbc_url_params": text}).parameters

    assert (found["connect_timeout"], found["application_name"]) == ("7", "etl")
    assert (found["keepalives"], found["target_session_attrs"]) == ("0", "prefer-standby")


REFUSED = [
    ({"replication_method": {"method": "CDC", "replication_slot": "s", "publication": "p"}}, "CDC. comes later"),
    ({"replication_method": {"method": "Xmin"}}, "xmin column is not offered"),
    ({"replication_method": {"method": "Magic"}}, "no such method"),
    ({"replication_method": "CDC"}, "replication_method"),
    ({"replication_method": {"method": "Standard", "lookback_window": -1}}, "lookback_window"),
    ({"tunnel_method": {"tunnel_method": "SSH_KEY_AUTH", "ssh_key": "topsecret"}}, "SSH tunnels"),
    ({"jdbc_url_params": "prepareThreshold=0"}, "'prepareThreshold'"),
    ({"jdbc_url_params": "password=topsecret"}, "'password'"),
    ({"jdbc_url_params": "targetServerType=topsecret"}, "targetServerType"),
    ({"jdbc_url_params": "sslmode=verify-full"}, "ssl_mode"),
    ({"ssl_mode": {"mode": "verify-ca"}}, "ssl_mode.ca_certificate"),
    ({"ssl_mode": {"mode": "verify-ca", "ca_certificate": PEM, "client_key": "topsecret"}}, "go together"),
    ({"ssl_mode": {"mode": "topsecret"}}, "ssl_mode.mode"),
    ({"host": ""}, "host"),
    ({"database": "a\0b"}, "database"),
    ({"port": "many"}, "port"),
    ({"schemas": [1]}, "schemas"),
    ({"schemas": ["a\0b"]}, "schemas"),
    ({"jdbc_url_params": "ApplicationName=%00"}, "ApplicationName"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "why"), REFUSED, ids=lambda case: str(case)[:40])
def test_what_is_not_offered_is_refused_by_its_name_and_without_its_value(
    changes: dict[str, object], why: str
) -> None:
    with pytest.raises(Failed, match=why) as refused:
        read({**PLAIN, **changes})

    assert "topsecret" not in refused.value.message


def test_a_refusal_is_the_verdict_of_a_check_and_an_error_of_a_read(source: Asking) -> None:
    source.run("CREATE TABLE t (id int)")
    with_cdc = source.but(replication_method={"method": "CDC"})

    status, message = with_cdc.check().verdict
    found = with_cdc.discover()

    assert status == "FAILED"
    assert "comes later" in message
    assert (found.exit_code, found.error["failure_type"]) == (1, "config_error")


def test_the_specification_is_airbytes_with_its_secrets_marked() -> None:
    found = specification()
    told = {
        **PLAIN,
        "ssl_mode": {"mode": "verify-ca", "ca_certificate": PEM, "client_key": "k"},
        "replication_method": {"method": "Standard", "lookback_window": 60},
        "tunnel_method": {"tunnel_method": "NO_TUNNEL"},
    }

    assert not wrongs(told, found)
    assert wrongs({**told, "port": "x"}, found)
    places = set(secret_places(told, found))
    assert {("password",), ("ssl_mode", "ca_certificate"), ("ssl_mode", "client_key")} <= places
    assert found["properties"]["replication_method"]["default"] == {"method": "Standard"}


def test_who_asks_for_nothing_that_there_is_is_told() -> None:
    assert "spec, check" in asked("sing", {}).error["message"]
    assert "--config" in asked("check", {}).error["message"]
    assert asked("spec", {}).exit_code == 0
