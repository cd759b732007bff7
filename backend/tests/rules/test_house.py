"""The guide, tested: who imports whom, what the docs must say, what no file may hold."""

import importlib
import importlib.util
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
APP = ROOT / "backend" / "app"
LONGEST = 400
HEAVY = (
    "airbyte",
    "presidio_analyzer",
    "spacy",
    "soda",
    "openlineage",
    "polars",
    "fastapi",
    "alembic",
)
EDGES = {
    "database/rounds.py",
    "sync/scheduler.py",
    "lineage/emitter.py",
    "lineage/transport.py",
}
"""The loops of the two workers, and the two ends of lineage: they alone may catch every Exception."""


def modules() -> Iterator[Path]:
    return APP.rglob("*.py")


def document() -> ModuleType:
    spec = importlib.util.spec_from_file_location("document", ROOT / "tools" / "document.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_worker_starts_without_anything_heavy() -> None:
    program = f"import sys, app.main, app.terminal.ending; print([m for m in {HEAVY} if m in sys.modules])"

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "backend",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "[]"


def test_help_imports_no_room() -> None:
    program = (
        "import sys, app.cli; print([m for m in sys.modules "
        "if m.startswith('app.') and not m.startswith('app.terminal')])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT / "backend",
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.strip() == "['app.cli']"


@pytest.mark.parametrize("file", ["settings.md", "problems.md", "openapi.json"])
def test_the_docs_are_what_the_code_says(file: str) -> None:
    wanted = getattr(document(), file.partition(".")[0])()

    assert (ROOT / "docs" / file).read_text("utf-8") == wanted, "run `make docs`"


def test_the_figures_in_the_readme_are_those_of_the_last_whole_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    figures = importlib.import_module("figures")
    measured = json.loads((figures.RESULTS / "latest.json").read_text("utf-8"))

    assert figures.in_readme(measured) in (ROOT / "README.md").read_text("utf-8"), (
        "run `make bench`"
    )


def test_every_failure_is_a_class_of_core() -> None:
    elsewhere = [
        str(path.relative_to(APP))
        for path in modules()
        if path.name not in ("errors.py", "refusals.py", "failures.py", "remote_failures.py")
        and re.search(
            r"^class \w+\((AtlasError|ConnectorFailed|NotFound)\)", path.read_text(), re.M
        )
    ]

    assert elsewhere == []


def test_every_named_query_is_used_and_every_used_one_is_there() -> None:
    for path in APP.rglob("*.sql"):
        named = set(re.findall(r"^-- name: (\w+)$", path.read_text(), re.M))
        module = path.with_suffix(".py").read_text()
        used = set(re.findall(r'SQL\["(\w+)"\]', module))
        by_variable = {name for name in named - used if re.search(rf'"{name}"', module)}

        assert used <= named, path
        assert named - used - by_variable == set(), path


def test_migrations_are_numbered_without_a_gap() -> None:
    numbers = sorted(path.name[:4] for path in (ROOT / "migrations" / "versions").glob("*.py"))

    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_no_module_is_longer_than_one_can_read() -> None:
    long = {
        str(path.relative_to(APP)): lines
        for path in modules()
        if (lines := len(path.read_text().splitlines())) > LONGEST
    }

    assert long == {}


def test_every_exception_is_caught_at_the_edges_alone() -> None:
    catching = {
        str(path.relative_to(APP))
        for path in modules()
        if re.search(r"^\s*except( Exception\b|:)", path.read_text(), re.M)
    }

    assert catching == EDGES


def test_no_module_reads_the_environment_but_the_settings() -> None:
    allowed = {
        "core/settings.py",
        "database/cluster.py",
        "processes/child.py",
        "secrets/references.py",
        "sources/pyairbyte.py",
    }
    reading = {str(path.relative_to(APP)) for path in modules() if "os.environ" in path.read_text()}

    assert reading <= allowed, "only what starts a program passes a part of the environment on"


def test_every_module_says_what_it_is() -> None:
    silent = [str(p.relative_to(APP)) for p in modules() if not p.read_text().startswith('"""')]

    assert silent == []
