"""A remote's job, as the terminal says it."""

from app.sync.remotes.remote_runs import RemoteRun


def as_json(run: RemoteRun | None) -> dict[str, object] | None:
    """By the names of the API's `atlas.remote`. Shape: none of a remote that was not asked yet; figures that it does
    not tell are null, which is not zero."""
    if run is None:
        return None
    return {
        "remoteId": str(run.remote_id),
        "connectionId": str(run.remote_connection_id),
        "jobId": run.remote_job_id,
        "status": run.status,
        "adopted": run.is_adopted,
        "rows": run.rows,
        "bytes": run.size_bytes,
        "verification": run.verdict.value if run.verdict else None,
        "reasons": list(run.reasons),
    }


def words(run: RemoteRun | None) -> str:
    """What the remote says, in a line."""
    if run is None:
        return "the remote was not asked for a job yet"
    name = "its job" if run.remote_job_id is None else f"its job {run.remote_job_id}"
    said = [
        run.status or "not seen yet",
        _figure(run.rows, "rows"),
        _figure(run.size_bytes, "bytes"),
    ]
    if run.verdict is not None:
        said.append(run.verdict.value)
    return f"at the remote {name}: {', '.join(said)}"


def _figure(number: int | None, unit: str) -> str:
    return f"{unit} not told" if number is None else f"{number:,} {unit}"
