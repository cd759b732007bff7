"""The run that a job is a part of, as whoever began it names it. Source: OpenLineage, ParentRunFacet."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import unquote
from uuid import UUID

from app.core.errors import InvalidRequest

LONGEST = 300
"""Characters of a namespace or a name."""
_MALFORMED = "A parent run is {namespace}/{job name}/{run id}, with %2F for a slash in a name; the run id is a UUID."


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentRun:
    """Shape: `root` the run at the top of the tree, none where the parent is that itself."""

    namespace: str
    job_name: str
    run_id: UUID
    root: "ParentRun | None" = None

    def __post_init__(self) -> None:
        for name in (self.namespace, self.job_name):
            if not name or len(name) > LONGEST or not name.isprintable():
                raise InvalidRequest(
                    f"The names of a parent run are printable, and have 1 to {LONGEST} characters."
                )


def parent_run_of(text: str) -> ParentRun:
    """A parent in one line. Source: OpenLineage's OPENLINEAGE_PARENT_ID. Errors: InvalidRequest."""
    parts = text.strip().split("/")
    if len(parts) != 3:
        raise InvalidRequest(_MALFORMED)
    namespace, job_name, run_id = (unquote(part) for part in parts)
    return ParentRun(namespace=namespace, job_name=job_name, run_id=_uuid(run_id))


def as_json(parent: ParentRun) -> Mapping[str, object]:
    told: dict[str, object] = {
        "namespace": parent.namespace,
        "jobName": parent.job_name,
        "runId": str(parent.run_id),
    }
    return told if parent.root is None else {**told, "root": as_json(parent.root)}


def from_json(kept: Mapping[str, object]) -> ParentRun:
    """What `as_json` made. Errors: InvalidRequest."""
    root = kept.get("root")
    return ParentRun(
        namespace=str(kept["namespace"]),
        job_name=str(kept["jobName"]),
        run_id=_uuid(str(kept["runId"])),
        root=from_json(root) if isinstance(root, Mapping) else None,
    )


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise InvalidRequest(_MALFORMED) from None
