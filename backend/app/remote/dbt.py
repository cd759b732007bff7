"""dbt, run as a program of its own environment: what it says is heard, what it leaves is read."""

import asyncio
import json
import re
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from app.core.errors import AtlasError
from app.core.remote_failures import (
    DbtBroke,
    DbtBrokeTransiently,
    DbtNotInstalled,
    DbtSpeaksOtherwise,
    NothingToBuild,
    ProjectNotFound,
    TransformationFailed,
    TransformationFailedTransiently,
    TransformationTestsFailed,
    TransformationTookTooLong,
)
from app.core.transformations import Artifact, Build, NodeResult, NodeStatus, Step
from app.processes.child import private_folder, running
from app.processes.redaction import Redaction
from app.remote import dbt_artifacts
from app.remote.dbt_artifacts import Project
from app.remote.dbt_log import DbtLog, Said

PROJECT_FILE, PROFILES_FILE = "dbt_project.yml", "profiles.yml"
MOST_ARTIFACT_BYTES = 64 * 1_048_576
_FILES = {
    Artifact.MANIFEST: "manifest.json",
    Artifact.RUN_RESULTS: "run_results.json",
    Artifact.CATALOG: "catalog.json",
    Artifact.DOCS: "static_index.html",
}
_ENVIRONMENT = {
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DBT_UPLOAD_TO_ARTIFACTS_INGEST_API": "false",
    "DO_NOT_TRACK": "1",
    "DBT_USE_COLORS": "false",
    "PYTHONUNBUFFERED": "1",
}
_LOG = ("--log-format", "json", "--log-level", "info", "--log-level-file", "none")
_NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
_PASSING = re.compile(
    r"could not connect|connection (?:refused|reset|timed out|already closed)|server closed the connection|"
    r"terminating connection|deadlock detected|could not serialize|lock timeout|too many (?:clients|connections)|"
    r"remaining connection slots|(?:starting up|shutting down)|could not translate host name",
    re.IGNORECASE,
)
"""What a database says when it is away, or in somebody's way."""
_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What a run left that another goes on from. Shape: `run_results` of the step at which it failed."""

    step: Step
    run_results: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Shape: `environment` in the clear, as dbt is handed it, with `secrets` among its values."""

    build: Build
    environment: Mapping[str, str] = field(repr=False)
    secrets: Mapping[str, object] = field(default_factory=dict, repr=False)
    kept: Kept | None = None


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What became of a run.

    Shape: `failure` is none if all went well; `step` the one that was last begun; `warnings` the tests that found
           something and do not block; artifacts without a secret.
    """

    step: Step | None = None
    nodes: dict[str, NodeResult] = field(default_factory=dict)
    artifacts: dict[Artifact, bytes] = field(default_factory=dict)
    project: Project | None = None
    dbt_version: str | None = None
    warnings: list[str] = field(default_factory=list)
    failure: AtlasError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Who is told while dbt works."""

    on_line: Said
    on_progress: Callable[[Step, int, int | None], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dbt:
    """Runs dbt's steps on projects under one folder.

    Units: `grace_s` for dbt to take its queries back before it is killed.
    """

    command: Sequence[str]
    projects: Path
    grace_s: float

    def project(self, name: str) -> Path:
        """The folder of a project. Errors: ProjectNotFound, also for one that leads out of the folder of projects."""
        root = self.projects.resolve()
        try:
            folder = (root / name).resolve()
            is_there = (folder / PROJECT_FILE).is_file()
        except (OSError, ValueError, RuntimeError):
            folder, is_there = root, False
        if not is_there or not folder.is_relative_to(root):
            raise ProjectNotFound("No project of this name is where projects may be.")
        return folder

    async def run(self, asked: Asked, hearing: Hearing) -> Outcome:
        """Have dbt build what is asked for; being cancelled ends it with all that it has started.

        Shape:  a failure is in the outcome, beside what was built before it.
        Errors: DbtNotInstalled, ProjectNotFound; nothing was run then.
        """
        project = self.project(asked.build.project)
        outcome = Outcome()
        redact = Redaction.of(asked.secrets)
        with private_folder() as folder:
            work = _Work(self, asked, hearing, redact, project, folder, outcome)
            try:
                async with asyncio.timeout(asked.build.timeout_s):
                    await work.steps()
            except TimeoutError:
                outcome.failure = TransformationTookTooLong(
                    f"It had not ended after {asked.build.timeout_s:g} s. What was built stays.",
                    timeout_s=asked.build.timeout_s,
                )
            except (TransformationFailed, DbtSpeaksOtherwise) as failure:
                outcome.failure = failure
            await asyncio.to_thread(work.collect)
        return outcome


@dataclass(slots=True)
class _Work:
    """One run in hand."""

    dbt: Dbt
    asked: Asked
    hearing: Hearing
    redact: Redaction
    project: Path
    folder: Path
    outcome: Outcome

    @property
    def target(self) -> Path:
        return self.folder / "target"

    async def steps(self) -> None:
        """Errors: TransformationFailed and its kinds, DbtSpeaksOtherwise, DbtNotInstalled."""
        build, kept = self.asked.build, self.asked.kept
        steps = [Step.BUILD] if build.blocks_on_failed_tests else [Step.BUILD, Step.TEST]
        if kept is not None and kept.step in steps:
            steps = steps[steps.index(kept.step) :]
            self.target.mkdir(exist_ok=True)
            await asyncio.to_thread(
                (self.target / "run_results.json").write_bytes, kept.run_results
            )
        else:
            kept = None
        for number, step in enumerate(steps):
            arguments = ["retry"] if kept and not number else self._arguments(step)
            await self._step(step, arguments)
        if build.makes_docs:
            code, log = await self._call(Step.DOCS, ["docs", "generate", "--static"])
            if code:
                raise _broke(log)

    def _arguments(self, step: Step) -> list[str]:
        build = self.asked.build
        words = [step.value]
        if step is Step.BUILD and not build.blocks_on_failed_tests:
            words += _NO_TESTS
        for option, chosen in (("--select", build.selected), ("--exclude", build.excluded)):
            words += [option, *chosen] if chosen else []
        return words

    async def _step(self, step: Step, arguments: Sequence[str]) -> None:
        """One call of dbt, and the judgement on what it did."""
        results = self.target / "run_results.json"
        before = results.stat().st_mtime_ns if results.exists() else 0
        code, log = await self._call(step, arguments)
        if not results.exists() or results.stat().st_mtime_ns == before:
            raise _broke(log)
        found = await asyncio.to_thread(self._results)
        self.outcome.nodes.update({result.unique_id: result for result in found})
        self._judge(step, found, code, log)

    def _results(self) -> Sequence[NodeResult]:
        written = (self.target / "run_results.json").read_bytes()
        manifest = self.target / "manifest.json"
        self.outcome.dbt_version = dbt_artifacts.version_of(written)
        if manifest.exists():
            self.outcome.project = dbt_artifacts.project_of(manifest.read_bytes())
        found = dbt_artifacts.results_of(written, self.outcome.project or Project(adapter=""))
        return [
            replace(result, message=self.redact(result.message)) if result.message else result
            for result in found
        ]

    def _judge(self, step: Step, found: Sequence[NodeResult], code: int, log: DbtLog) -> None:
        broken = [result for result in found if result.status.is_broken]
        failed = [result for result in found if result.status is NodeStatus.FAIL]
        self.outcome.warnings += [
            result.name for result in found if result.status is NodeStatus.WARN
        ]
        if step is Step.BUILD and not found:
            raise NothingToBuild("No model, test, seed or snapshot is chosen by it.")
        if broken:
            raise _failed(broken)
        if failed and self.asked.build.blocks_on_failed_tests:
            raise TransformationTestsFailed(
                f"{len(failed)} of {len(found)} failed: {_names(failed)}.",
                nodes=[result.unique_id for result in failed[:_SHOWN]],
            )
        self.outcome.warnings += [result.name for result in failed]
        if code and not failed:
            raise _broke(log)

    async def _call(self, step: Step, arguments: Sequence[str]) -> tuple[int, DbtLog]:
        """Run dbt once; its exit code, and what it said."""
        self.outcome.step = step
        log = DbtLog(
            on_line=self.hearing.on_line,
            on_progress=lambda done, total: self.hearing.on_progress(step, done, total),
            redact=self.redact,
        )
        build = self.asked.build
        profiles = self.project if (self.project / PROFILES_FILE).exists() else self.dbt.projects
        words = [
            *self.dbt.command, *_LOG, *arguments,
            "--project-dir", str(self.project), "--profiles-dir", str(profiles.resolve()),
            "--target-path", str(self.target), "--log-path", str(self.folder / "logs"),
        ]  # fmt: skip
        if build.target is not None:
            words += ["--target", build.target]
        if build.variables:
            words += ["--vars", json.dumps(dict(build.variables))]
        async with running(
            words,
            folder=self.folder,
            environment={**_ENVIRONMENT, "HOME": str(self.folder), **self.asked.environment},
            on_stderr=log.hear_stderr,
            grace_s=self.dbt.grace_s,
            refused=DbtNotInstalled.refused,
            gently=signal.SIGINT,  # it cancels its queries then
        ) as child:
            while chunk := await child.stdout.read():
                log.hear(chunk)
            log.hear(b"")
            code = await child.ended()
        self.outcome.dbt_version = log.version or self.outcome.dbt_version
        return code, log

    def collect(self) -> None:
        """Read what dbt has left, as far as it is there and not too large; secrets and values of rows are taken out."""
        for artifact, name in _FILES.items():
            path = self.target / name
            if (
                path.is_file()
                and not path.is_symlink()
                and path.stat().st_size <= MOST_ARTIFACT_BYTES
            ):
                text = path.read_bytes().decode("utf-8", "replace")
                kept = dbt_artifacts.fit_to_keep(text) if artifact is Artifact.RUN_RESULTS else text
                if kept is not None:
                    self.outcome.artifacts[artifact] = self.redact(kept).encode()


def _failed(broken: Sequence[NodeResult]) -> TransformationFailed:
    is_passing = all(result.message and _PASSING.search(result.message) for result in broken)
    kind = TransformationFailedTransiently if is_passing else TransformationFailed
    why = broken[0].message or ""
    return kind(
        f"{_names(broken)} could not be built. {why}".strip(),
        nodes=[result.unique_id for result in broken[:_SHOWN]],
    )


def _broke(log: DbtLog) -> DbtBroke:
    why = (
        log.errors[0]
        if log.errors
        else "It ended without a word; the run's log has what it said before."
    )
    if log.errors and _PASSING.search(" ".join(log.errors)):
        return DbtBrokeTransiently(why)
    return DbtBroke(why)


def _names(results: Sequence[NodeResult]) -> str:
    shown = ", ".join(result.name for result in results[:_SHOWN])
    return f"{shown} and {len(results) - _SHOWN} more" if len(results) > _SHOWN else shown
