"""A job's report as one JSON object, and as tables for a person."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from app.core.findings import PathDecision
from app.sync.report import JobReport, StreamReport

_COUNTS = (
    "read", "rejected", "explored", "charted", "quarantined", "superseded", "deleted", "held", "unchanged", "versions",
)  # fmt: skip


def as_json(report: JobReport) -> dict[str, object]:
    """What `--json` ends with. Units: seconds; confidences and scores 0..1, null if unmeasured."""
    job = report.job
    return {
        "status": job.status.value,
        "mode": job.mode.value if job.mode else None,
        "jobId": job.job_id,
        "runId": str(job.run_id) if job.run_id else None,
        "seconds": round(report.seconds, 3),
        "stages": {stage: round(seconds, 3) for stage, seconds in report.stages.items()},
        "attempts": job.attempts,
        "failure": None
        if job.failure is None
        else {"type": job.failure.slug, "title": job.failure.title, "detail": job.failure.detail},
        "streams": [_stream(stream) for stream in report.streams],
    }


def _stream(stream: StreamReport) -> dict[str, object]:
    books = stream.books
    return {
        "name": books.name,
        "namespace": books.namespace,
        **{count: getattr(books, count) for count in _COUNTS},
        "balanced": books.is_balanced,
        "chartRows": stream.chart_rows,
        "navigateCurrentRows": stream.navigate_current_rows,
        "pii": [_decision(decision) for decision in stream.masked],
        "quasi": [column_of(decision) for decision in stream.quasi],
        "quality": dict(stream.scores),
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
    balance = "books balance" if report.is_balanced else "BOOKS DO NOT BALANCE"
    console.print(_books(report.streams, f"Job {job.job_id}: {job.status}, {balance}", mark))
    console.print(_personal(report.streams, mark))
    console.print(_quality(report.streams, mark))
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in report.stages.items())
    console.print(
        f"Mode{mark}. {report.seconds:.1f} s in all; by stage, some at the same time: {stages}."
    )
    console.print(f"Lineage run {job.run_id}{_of(mark)}.")
    if job.failure is not None:
        console.print(
            f"Why it failed{_of(mark)}: {job.failure.title}. {job.failure.detail}", style="red"
        )


def _of(mark: str) -> str:
    return f" ({mark.strip()})" if mark == " mock" else ""


def _books(streams: Sequence[StreamReport], title: str, mark: str) -> Table:
    shown = (
        "read",
        "rejected",
        "explored",
        "charted",
        "superseded",
        "quarantined",
        "deleted",
        "held",
        "versions",
    )
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("stream")
    for count in shown:
        table.add_column(count, justify="right")
    for column in ("balanced", "chart now", "navigate now"):
        table.add_column(column, justify="right")
    for stream in streams:
        books = stream.books
        table.add_row(
            books.name + _of(mark),
            *(f"{getattr(books, count):,}" for count in shown),
            "yes" if books.is_balanced else "NO",
            f"{stream.chart_rows:,}",
            f"{stream.navigate_current_rows:,}",
        )
    return table


def _personal(streams: Sequence[StreamReport], mark: str) -> Table:
    table = Table(title="Personal data", title_justify="left", title_style="bold")
    for column in ("stream", "column", "holds", "confidence", "in chart and navigate"):
        table.add_column(column)
    for stream in streams:
        for decision in stream.masked:
            table.add_row(
                stream.books.name + _of(mark),
                column_of(decision),
                decision.entity.value if decision.entity else "cannot be judged",
                f"{decision.confidence:.2f}",
                "token (HMAC-SHA256)",
            )
        if not stream.masked:
            table.add_row(stream.books.name + _of(mark), "none", "", "", "as sent")
    return table


def _quality(streams: Sequence[StreamReport], mark: str) -> Table:
    dimensions = ("completeness", "uniqueness", "validity", "consistency", "accuracy", "timeliness")
    table = Table(title="Quality, 0 to 1", title_justify="left", title_style="bold")
    table.add_column("stream")
    for dimension in dimensions:
        table.add_column(dimension, justify="right")
    for stream in streams:
        scores = [stream.scores.get(dimension) for dimension in dimensions]
        table.add_row(
            stream.books.name + _of(mark),
            *("not measured" if score is None else f"{score:.3f}" for score in scores),
        )
    return table
