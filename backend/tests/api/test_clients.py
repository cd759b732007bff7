"""The client that `make clients` writes from the document: it is written whole, and its calls arrive."""

import importlib
import subprocess
from pathlib import Path
from uuid import UUID

import httpx
import pytest

from tests.api.making import WORKSPACE

ROOT = Path(__file__).parents[3]
GENERATOR = ROOT / ".venv-clients" / "bin" / "openapi-python-client"


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """The folder with the client; without the generator, the test is skipped."""
    if not GENERATOR.exists():
        pytest.skip("the generator is not installed: `make clients`")
    command = [str(GENERATOR), "generate", "--meta", "none", "--fail-on-warning"]
    command += ["--config", str(ROOT / "clients" / "generator.yaml")]
    command += ["--path", str(ROOT / "docs" / "openapi.json")]
    command += ["--output-path", str(tmp_path / "atlas_client")]
    subprocess.run(command, check=True, capture_output=True)
    return tmp_path


async def test_a_generated_client_makes_and_lists(
    client: httpx.AsyncClient, written: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(written))
    models = importlib.import_module("atlas_client.models")
    create, listed, get = (
        importlib.import_module(f"atlas_client.api.sources.{name}")
        for name in ("create_source", "list_sources", "get_source")
    )
    ours = importlib.import_module("atlas_client").Client(base_url="http://atlas")
    ours.set_async_httpx_client(client)

    wanted = {
        "name": "people",
        "workspaceId": WORKSPACE,
        "configuration": {"sourceType": "faker", "count": 1},
    }
    made = await create.asyncio(client=ours, body=models.SourceCreate.from_dict(wanted))
    found = await listed.asyncio(client=ours, limit=5)
    missing = await get.asyncio(UUID(int=1), client=ours)

    assert isinstance(made, models.SourceView)
    assert [source.source_id for source in found.data] == [made.source_id]
    assert isinstance(missing, models.Problem)
    assert missing.type_ == "/problems/source-not-found"
