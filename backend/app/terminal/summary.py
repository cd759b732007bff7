"""A job's report as one JSON object, and as tables for a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from app.core.findings import PathDecision
from app.core.remotes import Engine
from app.gates.quality.metrics import Dimension
from app.sync.jobs.report import JobReport, StreamReport
from app.sync.remotes.remote_runs import RemoteRun
from app.terminal import elsewhere
from app.terminal.tables import plain_table

_COUNTS = (
    "read", "rejected", "explored", "charted", "quarantined", "superseded", "deleted", "held", "unchanged", "versions",
)  # fmt: skip


_DIMENSIONS = tuple(dimension.value for dimension in Dimension)
_BALANCES = {True: "books balance", False: "BOOKS DO NOT BALANCE", None: "nothing was read"}


def as_json(report: JobReport) -> dict[str, object]:
    """What `--json` ends with.

    Shape: `balanced` is null while nothing was read; of a job that a remote does, which has no streams, too.
    Units: seconds; confidences and scores 0..1, null if unmeasured.
    """
    job = report.job
    return {
        "status": job.status.value,
        "mode": job.mode.value if job.mode else None,
        "engine": job.engine.value,
        "jobId": job.job_id,
        "runId": str(job.run_id) if job.run_id else None,
        "seconds": round(report.seconds, 3),
        "stages": {stage: round(seconds, 3) for stage, seconds in report.stages.items()},
        "attempts": job.attempts,
        "failure": None
        if job.failure is None
        else {"type": job.failure.slug, "title": job.failure.title, "detail": job.failure.detail},
        "balanced": report.balance,
        "remote": elsewhere.as_json(report.remote),
        "streams": [_stream(stream) for stream in report.streams],
    }


def _stream(stream: StreamReport) -> dict[str, object]:
    books = stream.books
    return {
        "name": books.name,
        "namespace": books.namespace,
        **{count: getattr(books, count) for count in _COUNTS},
        "outOfRange": books.out_of_range,
        "balanced": books.is_balanced,
        "chartRows": stream.chart_rows,
        "navigateCurrentRows": stream.navigate_current_rows,
        "pii": [_decision(decision) for decision in stream.masked],
        "quasi": [column_of(decision) for decision in stream.quasi],
        "quality": {name: stream.scores.get(name) for name in _DIMENSIONS},
    }


def _decision(decision: PathDecision) -> dict[str, object]:
    return {
        "column": column_of(decision),
        "entity": decision.entity.value if decision.entity else None,
        "confidence": round(decision.confidence, 4),
        "action": decision.action.value,
    }


def column_of(decision: PathDecision) -> str:
    return ".".join(decision.path)


def show(console: Console, report: JobReport) -> None:
    """Print the report; in mock mode every line says so."""
    job = report.job
    mark = f" {job.mode.value}" if job.mode else ""
    title = f"Job {job.job_id}{_of(mark)}: {job.status}"
    if job.engine is Engine.LOCAL:
        console.print(_books(report.streams, f"{title}, {_BALANCES[report.balance]}", mark))
        console.print(_tables(report.streams, mark))
        console.print(_personal(report.streams, mark))
        console.print(_quality(report.streams, mark))
    else:
        _show_remote(console, title, report.remote)
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in report.stages.items())
    console.print(
        f"Mode{mark}. {report.seconds:.1f} s in all; by stage, some at the same time: {stages}."
    )
    console.print(f"Lineage run {job.run_id}{_of(mark)}.")
    if job.failure is not None:
        console.print(
            f"Why it failed{_of(mark)}: {job.failure.title}. {job.failure.detail}", style="red"
        )


def _show_remote(console: Console, title: str, run: RemoteRun | None) -> None:
    """What the remote says, and what that is worth: of records that Atlas does not see there are no books."""
    console.print(f"{title}; {elsewhere.words(run)}. Of its records there are no books.", markup=False)  # fmt: skip
    for reason in run.reasons if run else ():
        console.print(f"  {reason}", markup=False)


def _of(mark: str) -> str:
    return f" ({mark.strip()})" if mark == " mock" else ""


_ALWAYS = ("read", "rejected", "explored", "charted", "quarantined", "versions")
_WHERE_ANY = ("superseded", "deleted", "held", "unchanged", "out_of_range")


def _books(streams: Sequence[StreamReport], title: str, mark: str) -> Table:
    """Shape: the counts that are zero everywhere are left out, but for those that people look for."""
    some = [count for count in _WHERE_ANY if any(getattr(s.books, count) for s in streams)]
    shown = [*_ALWAYS, *some]
    heads = [count.replace("_", " ") for count in shown]
    table = plain_table(title, "stream", *heads, "balanced", numbers=(*heads, "balanced"))
    for stream in streams:
        books = stream.books
        table.add_row(
            books.name + _of(mark),
            *(f"{getattr(books, count):,}" for count in shown),
            "yes" if books.is_balanced else "NO",
        )
    return table


def _tables(streams: Sequence[StreamReport], mark: str) -> Table:
    table = plain_table(
        f"Tables now{_of(mark)}",
        "chart",
        "rows",
        "navigate (current)",
        "rows ",
        numbers=("rows", "rows "),
    )
    for stream in streams:
        name = stream.books.table
        table.add_row(
            f"chart.{name}{_of(mark)}",
            f"{stream.chart_rows:,}",
            f"navigate.{name}__current",
            f"{stream.navigate_current_rows:,}",
        )
    return table


def _personal(streams: Sequence[StreamReport], mark: str) -> Table:
    table = plain_table(
        f"Personal data{_of(mark)}", "stream", "column", "holds", "confidence", "shown as"
    )
    for stream in streams:
        for decision in stream.masked:
            table.add_row(
                stream.books.name + _of(mark),
                column_of(decision),
                decision.entity.value if decision.entity else "cannot be judged",
                f"{decision.confidence:.2f}",
                "token",
            )
        if not stream.masked:
            table.add_row(stream.books.name + _of(mark), "none", "", "", "as sent")
    return table


def _quality(streams: Sequence[StreamReport], mark: str) -> Table:
    table = plain_table(f"Quality, 0 to 1{_of(mark)}", "stream", *_DIMENSIONS, numbers=_DIMENSIONS)
    for stream in streams:
        scores = [stream.scores.get(dimension) for dimension in _DIMENSIONS]
        table.add_row(
            stream.books.name + _of(mark),
            *("-" if score is None else f"{score:.3f}" for score in scores),
        )
    return table
