"""The image's own steps, carried out in a plain folder by an ordinary user: no container engine needed."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from app.core.settings import Settings

ROOT = Path(__file__).parents[3]
IMAGE_FOLDER = "/app"  # the image's WORKDIR
NOBODY = 65534
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
STEP_LIMIT_S = 600


class OrdinaryUser:
    """Somebody who owns one folder and is not root: `nobody` where the tests run as root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = NOBODY if os.geteuid() == 0 else os.geteuid()
        names = (
            name
            for name in os.environ
            if not name.startswith(("ATLAS_", "PYTHON", "UV", "VIRTUAL"))
        )
        self.environment = {name: os.environ[name] for name in names}
        if os.geteuid() == 0:
            self.environment |= {"HOME": str(folder), "PATH": SYSTEM_PATH}

    def owns(self, path: Path) -> None:
        if os.geteuid() == 0:
            for item in (path, *path.rglob("*")):
                os.lchown(item, self.id, self.id)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["sh", "-c", command],
            cwd=self.folder,
            env=self.environment,
            user=self.id if os.geteuid() == 0 else None,
            group=self.id if os.geteuid() == 0 else None,
            extra_groups=[] if os.geteuid() == 0 else None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=STEP_LIMIT_S,
            check=False,
        )


def instructions(dockerfile: str = "Dockerfile") -> list[tuple[str, str]]:
    """The Dockerfile's instructions from `USER` on: those before make what the folder stands for."""
    text = re.sub(r"^#.*\n", "", (ROOT / dockerfile).read_text(), flags=re.MULTILINE)
    lines = [line.partition(" ") for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    steps = [(word, rest.strip()) for word, _, rest in lines]
    return steps[next(number for number, (word, _) in enumerate(steps) if word == "USER") :]


def copy(user: OrdinaryUser, words: str) -> None:
    *sources, target = [word for word in words.split() if not word.startswith("--")]
    for source in sources:
        origin = ROOT / source
        place = user.folder / target / (origin.name if target.endswith("/") else "")
        place.parent.mkdir(parents=True, exist_ok=True)
        if origin.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", "node_modules", "dist")
            shutil.copytree(origin, place, dirs_exist_ok=True, ignore=ignore)
        else:
            shutil.copy(origin, place)
    user.owns(user.folder)


@pytest.fixture
def user() -> Iterator[OrdinaryUser]:
    """An ordinary user who can run a Python that Atlas supports, with an empty folder."""
    with tempfile.TemporaryDirectory(prefix="atlas-image-", dir="/tmp") as folder:
        user = OrdinaryUser(Path(folder).resolve())
        user.owns(user.folder)
        supported = "import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))"
        pythons = ("python3.12", "python3.11", "python3")
        if not any(user.run(f"{python} -c '{supported}'").returncode == 0 for python in pythons):
            pytest.skip(
                f"an ordinary user has no Python 3.11 or 3.12 on {user.environment['PATH']}"
            )
        yield user


@pytest.mark.compat  # makes a whole environment
def test_steps_of_the_image_make_an_atlas_that_starts(user: OrdinaryUser) -> None:
    for word, rest in instructions():
        here = rest.replace(IMAGE_FOLDER, str(user.folder))
        if word == "COPY":
            copy(user, rest)
        elif word == "ENV":
            name, _, value = here.partition("=")
            user.environment[name] = value.replace("$PATH", user.environment["PATH"])
        elif word == "RUN":
            done = user.run(here)
            assert done.returncode == 0, f"RUN {rest}\n{done.stderr[-2000:]}"

    helped = user.run("atlas --help")
    assert helped.returncode == 0, helped.stderr[-2000:]
    assert "serve" in helped.stdout
    examined = user.run("atlas doctor")
    assert examined.returncode == 0, (examined.stdout + examined.stderr)[-2000:]


@pytest.mark.parametrize(
    ("dockerfile", "ignores"),
    [
        ("Dockerfile", ".dockerignore"),
        ("docker/airflow.Dockerfile", "docker/airflow.Dockerfile.dockerignore"),
    ],
)
def test_every_copied_path_is_there_and_passes_the_ignore_file(
    dockerfile: str, ignores: str
) -> None:
    ignored = (ROOT / ignores).read_text().splitlines()
    kept = [Path(line[1:]) for line in ignored if line.startswith("!")]

    for word, rest in instructions(dockerfile):
        if word == "COPY":
            *sources, _ = [word for word in rest.split() if not word.startswith("--")]
            for source in map(Path, sources):
                assert any(source == path or path in source.parents for path in kept), source
                assert (ROOT / source).exists(), source


def test_compose_asks_for_the_password_and_publishes_the_api_alone() -> None:
    text = (ROOT / "docker" / "compose.yaml").read_text()
    services = yaml.safe_load(text)["services"]

    assert {name for name, service in services.items() if "ports" in service} == {"serve"}
    assert all(port.startswith("127.0.0.1:") for port in services["serve"]["ports"])
    assert all("healthcheck" in services[name] for name in ("postgres", "redis", "worker"))
    passwords = re.findall(
        r"PASSWORD: (\S+)|://atlas:(\S+?)@postgres", text.replace(" ATLAS", "_ATLAS")
    )
    assert passwords
    assert all((a or b).startswith("${ATLAS_DATABASE_PASSWORD:?") for a, b in passwords)


def test_compose_waits_longer_than_a_worker_takes_to_stop() -> None:
    services = yaml.safe_load((ROOT / "docker" / "compose.yaml").read_text())["services"]
    grace_s = Settings.model_fields["stop_grace_s"].default

    for name in ("serve", "worker"):
        assert int(services[name]["stop_grace_period"].removesuffix("s")) > grace_s


def test_airflow_beside_it_is_published_on_this_machine_alone_and_asks_for_its_connection() -> None:
    airflow = yaml.safe_load((ROOT / "docker" / "airflow.yaml").read_text())["services"]["airflow"]

    assert all(port.startswith("127.0.0.1:") for port in airflow["ports"])
    for name in (
        "AIRFLOW_CONN_AIRBYTE_DEFAULT",
        "AIRBYTE_CONNECTION_ID",
        "DBT_ENV_SECRET_PGPASSWORD",
    ):
        assert ":?" in airflow["environment"][name]
