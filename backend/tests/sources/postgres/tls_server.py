"""A PostgreSQL that speaks TLS, with certificates made for it; and who else might claim to be it."""

import datetime
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.database import as_nobody
from app.database.cluster import has_name

PASSWORD = "correct horse"
KEY_PASSWORD = "battery staple"
_HBA = """
local     all  all                                    trust
hostssl   all  with_certificate  127.0.0.1/32         cert
hostssl   all  all               127.0.0.1/32         scram-sha-256
hostnossl all  without_tls       127.0.0.1/32         scram-sha-256
"""


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA of a test's own."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def made(cls, name: str) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = _name(name)
        basic = x509.BasicConstraints(ca=True, path_length=None)
        made = _builder(subject, subject, key).add_extension(basic, critical=True)
        return cls(key, made.sign(key, hashes.SHA256()))

    @property
    def pem(self) -> str:
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, name: str, password: str | None = None) -> tuple[str, str]:
        """A certificate for a name, and its key, as PEM."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = _builder(_name(name), self.certificate.subject, key)
        signed = made.add_extension(alternatives, critical=False).sign(self.key, hashes.SHA256())
        locked = (
            serialization.BestAvailableEncryption(password.encode())
            if password
            else serialization.NoEncryption()
        )
        pem = serialization.Encoding.PEM
        return (
            signed.public_bytes(pem).decode(),
            key.private_bytes(pem, serialization.PrivateFormat.PKCS8, locked).decode(),
        )


@dataclass(frozen=True, slots=True)
class TlsServer:
    """Shape: `owner` is a DSN that needs no TLS, on the socket."""

    authority: Authority
    port: int
    owner: str


@contextmanager
def serving(home: Path) -> Iterator[TlsServer]:
    """A server on 127.0.0.1 whose certificate is for `localhost`, and accounts for each way in.

    The embedded server is built without TLS, so this is one of the machine's; where there is none, the test is skipped.
    """
    programs = _programs()
    authority, data, port = Authority.made("The test's own CA"), home / "data", _free_port()
    home.mkdir(parents=True)
    _run(
        home,
        programs / "initdb",
        "-D",
        "data",
        "-U",
        "atlas",
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
    )
    certificate, key = authority.issue("localhost")
    for name, text in (("server.crt", certificate), ("server.key", key), ("ca.crt", authority.pem)):
        path = data / name
        path.touch(mode=0o600)
        path.write_text(text)
    (data / "pg_hba.conf").write_text(_HBA)
    options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1 -c ssl=on -c ssl_ca_file=ca.crt -c fsync=off"
    _run(
        home,
        programs / "pg_ctl",
        "-D",
        "data",
        "-w",
        "-t",
        "300",
        "-l",
        "log",
        "-o",
        options,
        "start",
    )
    try:
        owner = f"postgresql://atlas@/postgres?host={home}&port={port}"
        with psycopg.connect(owner, autocommit=True) as connection:
            for role in ("reader", "without_tls", "with_certificate"):
                connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{PASSWORD}'".encode())
            connection.execute("CREATE TABLE t (id int)")
            connection.execute("INSERT INTO t VALUES (1)")
            connection.execute("GRANT SELECT ON t TO PUBLIC")
        yield TlsServer(authority, port, owner)
    finally:
        _run(home, programs / "pg_ctl", "-D", "data", "-w", "-m", "immediate", "stop")


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    on_path = shutil.which("pg_ctl")
    if not found and on_path is None:
        pytest.skip(
            "there is no PostgreSQL with TLS on this machine: neither on the path nor in /usr/lib/postgresql"
        )
    return found[-1].parent if found else Path(str(on_path)).parent


def _run(home: Path, program: Path, *arguments: str) -> None:
    """As the embedded server is run: not as root, and with nothing of the environment that means something to it."""
    command = [str(program), *arguments]
    if not has_name(os.geteuid()):
        command = [sys.executable, "-I", as_nobody.__file__, *command]
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
    with (home / f"{program.name}.said").open("wb") as said:
        subprocess.run(
            command, cwd=home, env=environment | {"LC_ALL": "C"}, stdin=subprocess.DEVNULL, stdout=said,
            stderr=said, start_new_session=True, check=True, timeout=360,
        )  # fmt: skip


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
    )


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])
