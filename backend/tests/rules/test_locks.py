"""What is locked and set names no host: Atlas is installed from wherever its user installs from."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMPAT = "backend/tests/compat/clients"
DOORS = "backend/tests/compat/doors"
ORCHESTRATION = ("orchestration/airflow", "orchestration/dbt")
LOCKS = ("requirements.lock", "requirements-dev.lock")
PEERS = [
    str(path.relative_to(ROOT))
    for folder in ("benchmarks/peers", "clients", *ORCHESTRATION, COMPAT, DOORS)
    for path in sorted((ROOT / folder).glob("*.lock"))
]
PATTERNS = (
    *(
        "*.lock",
        "benchmarks/peers/*.lock",
        "clients/*",
        f"{COMPAT}/*",
        f"{DOORS}/*",
        "*.toml",
        "*.cfg",
        "*.ini",
        ".npmrc",
        ".pre-commit-config.yaml",
    ),
    *("Makefile", "Dockerfile", ".dockerignore", "docker/*", "tools/*", ".ci/run"),
    *("frontend/*.json", "frontend/.npmrc", "frontend/Dockerfile", "orchestration/**/*.lock"),
)
HERE = {"127.0.0.1", "localhost"}

# A host of a URL, with a dot in it: a service of compose.yaml has none.
HOST = re.compile(r"\w+://(?:[^@/\s\"']*@)?(?P<host>[\w-]+(?:\.[\w-]+)+)")
INDEX = re.compile(r"(?:index|find-links|registry)(?:-url)?\s*=|--(?:extra-)?index|--find-links")
SOMEBODYS_FOLDER = re.compile(r"(?:^|[\s\"'=:])(?:file://)?/(?:root|home|Users|work)/")


def settings_files() -> list[Path]:
    return [path for pattern in PATTERNS for path in sorted(ROOT.glob(pattern)) if path.is_file()]


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", settings_files(), ids=relative)
def test_file_names_no_host_no_index_and_no_folder_of_somebody(path: Path) -> None:
    found = [
        f"{relative(path)}:{number}: {line.strip()}"
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if {match["host"] for match in HOST.finditer(line)} - HERE
        or INDEX.search(line)
        or SOMEBODYS_FOLDER.search(line)
    ]

    assert found == []


@pytest.mark.parametrize("name", [*LOCKS, *PEERS])
def test_every_requirement_has_one_version_and_a_hash(name: str) -> None:
    lines = (ROOT / name).read_text().replace("\\\n", " ").splitlines()
    requirements = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]

    assert requirements
    for requirement in requirements:
        assert re.match(r"[\w.\[\],-]+==[\w.+!]+( ;|\s)", requirement), requirement
        assert "--hash=sha256:" in requirement, requirement


def test_development_lock_holds_all_that_atlas_runs_with() -> None:
    run, dev = (
        set(re.findall(r"^[\w.-]+==[^\s;]+", (ROOT / name).read_text(), re.MULTILINE))
        for name in LOCKS
    )

    assert run <= dev


def test_the_clients_in_the_documentation_are_those_that_are_run() -> None:
    rows = re.findall(
        r"^\| `([\w-]+)` ([\w.]+) \|", (ROOT / "docs/api.md").read_text(), re.MULTILINE
    )
    locked = {
        tuple(found.split("=="))
        for path in (ROOT / COMPAT).glob("*.lock")
        for found in re.findall(r"^[\w.-]+==[^\s;]+", path.read_text(), re.MULTILINE)
    }

    assert (
        len(rows) == len(list((ROOT / COMPAT).glob("*.lock"))) + 1
    )  # Airflow's provider has Airflow beside it
    assert set(rows) <= locked
