"""What is served of the dashboard, built or not."""

import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from app.api.app import build_app
from app.api.dashboard import PLACES
from app.core.settings import Settings


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    settings = Settings(dashboard_folder=folder)
    app = build_app(lambda _: contextlib.nullcontext(), settings)
    app.state.settings = settings
    transport = httpx.ASGITransport(app=app)
    shown = {"accept": "text/html,*/*;q=0.8"}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://atlas", headers=shown
    ) as client:
        yield client


@pytest.fixture
def built(tmp_path: Path) -> Path:
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><div id=root>the pages</div>")
    (tmp_path / "favicon.svg").write_text("<svg/>")
    (tmp_path / "assets" / "index-1a2b.js").write_text("export const words = 'many';\n" * 500)
    return tmp_path


async def test_without_a_build_the_page_says_how_to_build(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        page, icon = await client.get("/"), await client.get("/favicon.svg")

    assert page.status_code == 200
    assert "make dashboard" in page.text
    assert icon.status_code == 404


@pytest.mark.parametrize("path", ["/", "/jobs/7", *(f"/{place}" for place in PLACES)])
async def test_every_place_is_drawn_in_the_one_page(built: Path, path: str) -> None:
    async with served(built) as client:
        page = await client.get(path)

    assert "the pages" in page.text
    assert page.headers["cache-control"] == "no-cache", "a new build is seen at once"
    assert "script-src 'self';" in page.headers["content-security-policy"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/v1/nothing", "/assets/other.js", "/assets/../index.html"]
)
async def test_what_is_no_place_stays_not_found(built: Path, path: str) -> None:
    async with served(built) as client:
        assert (await client.get(path)).status_code == 404


async def test_assets_are_compressed_and_kept(built: Path) -> None:
    async with served(built) as client:
        script = await client.get("/assets/index-1a2b.js")

    assert script.headers["content-encoding"] == "gzip"
    assert "immutable" in script.headers["cache-control"]
    assert int(script.headers["content-length"]) < len(script.text) / 10


async def test_what_is_built_while_atlas_runs_is_shown(tmp_path: Path) -> None:
    async with served(tmp_path) as client:
        before = await client.get("/")
        (tmp_path / "index.html").write_text("<!doctype html>the pages")
        after = await client.get("/")

    assert "make dashboard" in before.text
    assert "the pages" in after.text


async def test_a_program_is_given_no_page(built: Path) -> None:
    async with served(built) as client:
        answer = await client.get("/jobs/7", headers={"accept": "application/json"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
