"""`atlas serve` does not let passwords go over a network as they are."""

from pathlib import Path

import pytest

from app.core.failures import AddressNotSafe
from app.core.settings import Settings
from app.terminal.serving import require_safe
from tests.fixtures.home import Shell, free_port

REACHED = ["0.0.0.0", "::", "192.0.2.7", "2001:db8::7", "atlas.example.org"]
OWN = ["127.0.0.1", "127.0.0.2", "::1", "localhost"]
SAFE = [
    {"behind_proxy": True},
    {"tls_certificate": Path("certificate.pem"), "tls_key": Path("key.pem")},
]


@pytest.mark.parametrize("host", REACHED)
def test_an_address_that_others_reach_needs_tls(host: str) -> None:
    with pytest.raises(AddressNotSafe, match=host.replace(".", r"\.")):
        require_safe(Settings(host=host))
    # trusting what a proxy says is not saying that it speaks TLS
    with pytest.raises(AddressNotSafe):
        require_safe(Settings(host=host, trusted_proxies="192.0.2.0/24"))


@pytest.mark.parametrize("host", [*REACHED, *OWN])
@pytest.mark.parametrize("changes", SAFE, ids=["proxy", "tls"])
def test_tls_of_its_own_or_of_a_proxy_lets_it_start(host: str, changes: dict[str, object]) -> None:
    require_safe(Settings.model_validate({"host": host, **changes}))


@pytest.mark.parametrize("host", OWN)
def test_its_own_machine_needs_none(host: str) -> None:
    require_safe(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_the_command_says_what_to_do_and_starts_nothing(tmp_path: Path, host: str) -> None:
    shell = Shell(folder=tmp_path, environment={"ATLAS_SOURCE_MODE": "mock"})

    done = shell.atlas("serve", ATLAS_HOST=host, ATLAS_PORT=str(free_port()))

    assert (done.code, done.stdout) == (1, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"atlas: Atlas would be reached without TLS. {host} can be reached from")
    for word in ("ATLAS_TLS_CERTIFICATE", "ATLAS_TLS_KEY", "ATLAS_BEHIND_PROXY=true", "127.0.0.1"):
        assert word in line
    assert not shell.has_server()
