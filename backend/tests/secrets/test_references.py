"""Secrets that are kept elsewhere: what may be named, and what is found there."""

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from app.core.failures import (
    ReferenceUnreachable,
    ReferenceUnresolved,
)
from app.outgoing.sending import Outgoing
from app.secrets.references import Keeper, Reference, References
from app.secrets.vault import Vault, path_of

TOKEN = "a-token-of-a-test"


@dataclass(slots=True)
class VaultServer:
    """Speaks as much of KV version 2 as is asked, and answers otherwise where `says` has an entry.

    Shape: a status, `hang`, `drop`, or the body of a 200, by path.
    """

    kept: dict[str, dict[str, object]] = field(default_factory=dict)
    says: dict[str, int | str | bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    @contextlib.asynccontextmanager
    async def listening(self) -> AsyncIterator["VaultServer"]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        try:
            yield self
        finally:
            server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            path = head.split(" ")[1]
            self.asked.append(path)
            said = self.says.get(path)
            if said == "hang":
                await reader.read()
            elif said != "drop":
                status, body = self._answer(head, path, said)
                length = f"content-length: {len(body)}\r\n"
                writer.write(f"HTTP/1.1 {status} X\r\n{length}\r\n".encode() + body)
                await writer.drain()
        writer.close()

    def _answer(self, head: str, path: str, said: int | str | bytes | None) -> tuple[int, bytes]:
        if isinstance(said, bytes):
            return 200, said
        if isinstance(said, int):
            return said, b'{"errors": ["it says more than anybody wants to know"]}'
        if f"x-vault-token: {TOKEN}".lower() not in head.lower():
            return 403, b'{"errors": ["permission denied"]}'
        if path not in self.kept:
            return 404, b'{"errors": []}'
        answer = {"data": {"data": self.kept[path], "metadata": {"version": 3}}}
        return 200, json.dumps(answer).encode()


@pytest.fixture
async def server() -> AsyncIterator[VaultServer]:
    async with VaultServer().listening() as server:
        yield server


def vault_at(server: VaultServer, *, token: str = TOKEN, timeout_s: float = 5.0) -> References:
    vault = Vault.at(server.url + "/", token=token, timeout_s=timeout_s, outgoing=Outgoing())
    return References(prefix="ATLAS_SECRET_", vault=vault)


def named(name: str) -> Reference:
    return Reference(Keeper.VAULT, name)


async def test_a_field_is_read_of_a_vault(server: VaultServer) -> None:
    server.kept["/v1/kv/data/team%20a/db"] = {"password": "from vault", "port": 5432}
    references = vault_at(server)

    assert await references.resolve(named("kv/team a/db#password")) == "from vault"
    assert await references.resolve(named("kv/team a/db#port")) == 5432


@pytest.mark.parametrize(
    ("says", "kind", "why"),
    [
        (403, ReferenceUnresolved, "Vault does not let Atlas read it"),
        (404, ReferenceUnresolved, "Vault has nothing there"),
        (400, ReferenceUnresolved, "Vault does not take the question"),
        (500, ReferenceUnreachable, "Vault answered 500"),
        (503, ReferenceUnreachable, "Vault answered 503"),
        (307, ReferenceUnreachable, "Vault answered 307"),
        ("hang", ReferenceUnreachable, "did not answer within 0.3 s"),
        ("drop", ReferenceUnreachable, "was not reached"),
        (b"<html>", ReferenceUnresolved, "holds no such field"),
        (b"[1]", ReferenceUnresolved, "holds no such field"),
        (b'{"data": {"password": "of version 1"}}', ReferenceUnresolved, "holds no such field"),
        (b'{"data": {"data": null}}', ReferenceUnresolved, "holds no such field"),
        (b"[" * 100_000, ReferenceUnresolved, "holds no such field"),
        (b" " * 2_000_000, ReferenceUnresolved, "too large"),
    ],
    ids=lambda each: str(each)[:30],
)
async def test_a_vault_that_misbehaves_is_a_problem_that_names_the_reference(
    server: VaultServer, says: int | str | bytes, kind: type[ReferenceUnresolved], why: str
) -> None:
    server.says["/v1/kv/data/db"] = says

    with pytest.raises(ReferenceUnresolved, match=why) as refusal:
        await vault_at(server, timeout_s=0.3).resolve(named("kv/db#password"))

    assert type(refusal.value) is kind
    assert "kv/db#password" in refusal.value.detail
    assert "anybody" not in refusal.value.detail, "what it says beside is not passed on"
    assert TOKEN not in refusal.value.detail


async def test_a_token_that_is_not_known_is_a_policy_to_look_at(server: VaultServer) -> None:
    with pytest.raises(ReferenceUnresolved, match="ATLAS_VAULT_TOKEN"):
        await vault_at(server, token="another").resolve(named("kv/db#password"))


@pytest.mark.parametrize(
    "name", ["kv", "kv#a", "kv/#a", "/a#b", "kv/../sys#b", "kv/./a#b", "kv//a#b", "kv/a", "kv/a#", "kv/a\n#b"]
)  # fmt: skip
def test_what_is_no_path_in_a_vault_is_none(name: str) -> None:
    assert path_of(name) is None


def test_letters_that_mean_something_in_an_address_are_quoted() -> None:
    assert path_of("kv/a?b=c&d/e%2f#f#g") == ("/v1/kv/data/a%3Fb%3Dc%26d/e%252f", "f#g")


async def test_only_variables_with_the_prefix_are_read() -> None:
    references = References(
        prefix="ATLAS_SECRET_", environment={"ATLAS_SECRET_A": "from there", "PATH": "/bin"}
    )

    assert await references.resolve(Reference(Keeper.ENVIRONMENT, "ATLAS_SECRET_A")) == "from there"
    for name, why in (("PATH", "begins with"), ("ATLAS_SECRET_B", "started without")):
        with pytest.raises(ReferenceUnresolved, match=why):
            await references.resolve(Reference(Keeper.ENVIRONMENT, name))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "given"
    (made / "inner").mkdir(parents=True)
    (tmp_path / "outside").write_text("not for you")
    (made / "password").write_text("from a file\n")
    (made / "inner" / "key").write_text("two\nlines\n")
    (made / "alias").symlink_to("inner/key")
    (made / "out").symlink_to(tmp_path / "outside")
    (made / "way_out").symlink_to(tmp_path)
    (made / "circle").symlink_to("circle")
    (made / "bytes").write_bytes(b"\xff\xfe")
    (made / "large").write_text("x" * 70_000)
    os.mkfifo(made / "pipe")
    return made


@pytest.mark.parametrize(
    ("name", "text"), [("password", "from a file"), ("inner/key", "two\nlines"), ("alias", "two\nlines")]
)  # fmt: skip
async def test_a_file_under_the_folder_is_read(folder: Path, name: str, text: str) -> None:
    references = References(prefix="X", folder=folder)

    assert await references.resolve(Reference(Keeper.FILE, str(folder / name))) == text


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("{folder}/out", "leads out of ATLAS_SECRET_FOLDER"),
        ("{folder}/way_out/outside", "leads out of ATLAS_SECRET_FOLDER"),
        ("{folder}/../outside", "is under ATLAS_SECRET_FOLDER"),
        ("{folder}", "is under ATLAS_SECRET_FOLDER"),
        ("{folder}ish", "is under ATLAS_SECRET_FOLDER"),
        ("/etc/passwd", "is under ATLAS_SECRET_FOLDER"),
        ("password", "is under ATLAS_SECRET_FOLDER"),
        ("{folder}/none", "cannot be read"),
        ("{folder}/circle", "cannot be read"),
        ("{folder}/inner", "Is a directory"),
        ("{folder}/pipe", "no file"),
        ("{folder}/bytes", "as text"),
        ("{folder}/large", "more than 65536 bytes"),
        ("{folder}/a\0b", "cannot be read"),
    ],
)
async def test_no_other_file_is_read(folder: Path, name: str, why: str) -> None:
    references = References(prefix="X", folder=folder)

    async with asyncio.timeout(10):
        with pytest.raises(ReferenceUnresolved, match=why):
            await references.resolve(Reference(Keeper.FILE, name.format(folder=folder)))
