"""A real `atlas serve` with its dashboard, and a browser that is signed in to it."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures.home import ATLAS, SHARED, Row, Shell, free_port
from tests.fixtures.memory import folder_for_data

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

DASHBOARD = SHARED.parent / "frontend" / "dist" / "index.html"
PASSWORD = "correct horse battery staple"
STARTS_S = 60.0
_WITHOUT_A_WINDOW = "chromium-headless-shell"
_OF_DEBIAN = (_WITHOUT_A_WINDOW, "chromium", "chromium-browser", "google-chrome")
"""The first draws no window of its own around the page, and takes half the processor for it."""
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Served:
    """Shape: `welcome` is the link by which the first admin sets a password."""

    url: str
    welcome: str
    shell: Shell

    @cached_property
    def token(self) -> str:
        return self.shell.atlas("token").stdout.strip()

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """What the API answers to a request of whoever may run commands here."""
        headers = {"authorization": f"Bearer {self.token}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.loads(answer.read() or b"null")

    def sql(self, query: str) -> list[Row]:
        return self.shell.fetch(query)

    def value(self, query: str) -> object:
        ((value,),) = (row.values() for row in self.sql(query))
        return value


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Served]:
    """An Atlas of its own, in memory if there is room and else in `folder`, with the connectors of the
    repository's home."""
    with (
        folder_for_data(folder) as place,
        _running(Shell(folder=place).shares_connectors(), settings) as served,
    ):
        yield served


@contextmanager
def _running(shell: Shell, settings: Mapping[str, str]) -> Iterator[Served]:
    port, said = free_port(), shell.folder / "said"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ATLAS_")}
    given = {f"ATLAS_{name.upper()}": value for name, value in settings.items()}
    shell.temporary.mkdir(exist_ok=True)
    with said.open("wb") as output:
        process = subprocess.Popen(
            [str(ATLAS), "serve"],
            cwd=shell.folder,
            env={
                **kept,
                "TMPDIR": str(shell.temporary),
                "ATLAS_PORT": str(port),
                "ATLAS_HOME": str(shell.home),
                **given,
            },
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    try:
        welcome = _welcome(process, said, port)
        yield Served(url=f"http://127.0.0.1:{port}", welcome=welcome, shell=shell)
    finally:
        process.terminate()
        process.wait(60)


def _welcome(process: "subprocess.Popen[bytes]", said: Path, port: int) -> str:
    deadline = time.monotonic() + STARTS_S
    while time.monotonic() < deadline:
        assert process.poll() is None, said.read_text(errors="replace")
        link = re.search(r"http://\S+/welcome/\S+", said.read_text(errors="replace"))
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=1):
                if link is not None:
                    return link[0]
        except OSError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"It did not start:\n{said.read_text(errors='replace')}")


def chromium() -> str:
    """The program of a Chromium; installed where that may be, else the test is skipped with its reason."""
    with _alone():
        for name in _OF_DEBIAN:
            if found := shutil.which(name):
                return found
        if os.geteuid() == 0 and shutil.which("apt-get"):
            for package in _OF_DEBIAN[:2]:
                command = f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {package}"
                subprocess.run(["sh", "-c", command], capture_output=True, timeout=600, check=False)
                if found := shutil.which(package):
                    return found
    pytest.skip("no Chromium is here, and none could be installed")


@contextmanager
def _alone() -> Iterator[None]:
    """Of all the processes that tests run in, one looks and installs at a time: Debian's tools refuse a second, and
    what is half installed is no browser yet."""
    with (Path(tempfile.gettempdir()) / "atlas-tests-chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def require_built() -> None:
    if not DASHBOARD.is_file():
        pytest.skip("the dashboard is not built: `make dashboard` says why")


@contextmanager
def browsing() -> Iterator["Browser"]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def looking(browser: "Browser", served: Served, **options: object) -> Iterator["BrowserContext"]:
    """A context whose pages may have no error that nobody expected."""
    context = browser.new_context(base_url=served.url, locale="en-GB", timezone_id="UTC", **options)  # type: ignore[arg-type]
    context.set_default_timeout(20_000)
    broken: list[str] = []
    context.on("weberror", lambda error: broken.append(str(error.error)))
    yield context
    context.close()
    assert broken == []


def sign_in(page: "Page", email: str, password: str = PASSWORD) -> None:
    page.goto("/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Home").wait_for()
