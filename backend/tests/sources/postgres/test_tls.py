"""Every ssl_mode against a server with a certificate of its own: who is let in, and who is believed."""

from collections.abc import Iterator

import pytest

from tests.sources.postgres.asking import Asking
from tests.sources.postgres.tls_server import KEY_PASSWORD, PASSWORD, Authority, TlsServer, serving


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsServer]:
    with serving(tmp_path_factory.mktemp("tls") / "home") as started:
        yield started


def asking(tls: TlsServer, mode: str, *, host: str = "localhost", user: str = "reader", **ssl: str) -> Asking:  # fmt: skip
    return Asking(
        tls.owner,
        {
            "host": host, "port": tls.port, "username": user, "password": PASSWORD,
            "ssl_mode": {"mode": mode, **ssl},
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("mode", "user", "is_let_in"),
    [
        ("disable", "reader", False),
        ("disable", "without_tls", True),
        ("allow", "reader", True),
        ("prefer", "reader", True),
        ("require", "reader", True),
        ("require", "without_tls", True),
    ],
)
def test_a_mode_that_believes_any_server_is_encrypted_as_it_says(
    tls: TlsServer, mode: str, user: str, is_let_in: bool
) -> None:
    status, message = asking(tls, mode, user=user).check().verdict

    assert (status == "SUCCEEDED") is is_let_in, message
    assert PASSWORD not in message


@pytest.mark.parametrize("mode", ["verify-ca", "verify-full"])
def test_a_server_is_believed_by_the_certificate_of_its_authority(
    tls: TlsServer, mode: str
) -> None:
    own = asking(tls, mode, ca_certificate=tls.authority.pem)
    foreign = asking(tls, mode, ca_certificate=Authority.made("Somebody else").pem)

    assert own.read("t").records("t") == [{"id": 1}]
    status, message = foreign.check().verdict
    assert status == "FAILED"
    assert "certificate verify failed" in message


def test_the_name_of_a_server_counts_in_the_strictest_mode_alone(tls: TlsServer) -> None:
    by_address = {"host": "127.0.0.1", "ca_certificate": tls.authority.pem}

    assert asking(tls, "verify-ca", **by_address).check().verdict[0] == "SUCCEEDED"
    status, message = asking(tls, "verify-full", **by_address).check().verdict
    assert status == "FAILED"
    assert "does not match" in message


@pytest.mark.parametrize("password", [None, KEY_PASSWORD])
def test_a_client_is_known_by_its_certificate(tls: TlsServer, password: str | None) -> None:
    certificate, key = tls.authority.issue("with_certificate", password)
    told = {"ca_certificate": tls.authority.pem, "user": "with_certificate"}
    its_own = {"client_certificate": certificate, "client_key": key}
    locked = {"client_key_password": password} if password else {}

    known = asking(tls, "verify-full", **told, **its_own, **locked)
    unknown = asking(tls, "verify-full", **told)

    assert known.read("t").records("t") == [{"id": 1}]
    assert unknown.check().verdict[0] == "FAILED"


def test_a_wrong_password_is_told_without_it(tls: TlsServer) -> None:
    status, message = asking(tls, "require").but(password="wrong horse").check().verdict

    assert status == "FAILED"
    assert "password authentication failed" in message
    assert "wrong horse" not in message
