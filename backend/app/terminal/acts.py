"""Which commands change something or show values, and how the audit log has it: as of the API, in its words."""

import getpass
from collections.abc import Mapping

from app.access.audit import Audit
from app.access.callers import MACHINE
from app.core.connections import Connection
from app.core.ids import ConnectionId, WorkspaceId
from app.core.jobs import PLAIN, Job, JobOptions, JobType
from app.database.keys import Keys
from app.database.pool import Connection as Session
from app.main import Atlas

ACTS: Mapping[str, tuple[str, ...]] = {
    "serve": ("createUser", "createUserLink"),
    "demo": (
        "createSource", "createConnection", "patchSource", "createJob", "createUser", "createUserLink",
    ),
    "sync": ("createJob",),
    "refresh": ("createJob",),
    "clear": ("createJob",),
    "rebuild": ("createJob",),
    "backfill": ("createJob",),
    "generations": ("createJob",),
    "check-cols": ("putCheckColumns",),
    "passport": ("getPassport",),
    "state set": ("putState",),
    "state clear": ("clearState",),
    "remote import": ("importRemoteConnections",),
    "remote move": ("setEngine",),
    "schema adopt": ("adoptSchemaChange",),
    "schema reject": ("rejectSchemaChange",),
    "quarantine show": ("getQuarantined",),
    "quarantine fix": ("fixQuarantined",),
    "quarantine dismiss": ("dismissQuarantined",),
    "quarantine replay": ("createReplay",),
    "tables retain": ("putRetention", "applyRetention"),
    "tables drop": ("deleteConnection", "dropTables"),
    "tables rename": ("renameTables",),
    "tables stream": ("setStreamRead", "renameStream"),
    "tables adopt": ("adoptTables",),
    "users add": ("createUser",),
    "users link": ("createUserLink",),
    "users remove": ("deleteUser",),
    "applications create": ("createApplication",),
    "applications delete": ("deleteApplication",),
    "secrets rotate": ("rotateSecrets",),
    "transform run": ("createTransformationRun",),
}  # fmt: skip
"""By command, the operations of the API that it is; those that are the terminal's alone are named like them."""

LOOKS = frozenset({
    "doctor", "status", "profile", "state show", "state versions", "schema changes", "schema impact",
    "quarantine list", "remote list", "remote check", "tables show", "tables retained", "users list", "applications list", "audit list",
    "audit verify", "connectors list", "connectors search", "connectors spec", "connectors check",
    "connectors discover", "transform list", "transform show",
})  # fmt: skip
"""They change nothing, and show no value that its column's mask would hide."""

NOT_NOTED: Mapping[str, str] = {
    "worker": "It runs what others asked for; each job, and who asked, is in the books.",
    "migrate": "The schema has a log of its own, and may be too old for the audit log.",
    "stop": "It ends the server that the audit log is in.",
    "bench": "It has a database of its own.",
    "token": "It asks no database; what is done with the token is noted as the machine's.",
    "connectors install": "It changes files of this machine alone, and needs no database.",
    "connectors refresh": "It changes files of this machine alone, and needs no database.",
}
"""They do something that is not in the audit log, and why."""


async def note(
    keys: Keys,
    session: Session,
    command: str,
    action: str,
    subject: str,
    workspace_id: WorkspaceId | None = None,
    **facts: object,
) -> None:
    """Write down what a command does, in its own transaction, as late in it as can be.

    Shape: the machine acts, for whoever may start a program here is its admin; beside it stands what the system
           calls its user. `subject` is a path of the API; `facts` hold no value of a record and no secret.
    """
    assert action in ACTS[command], f"{command} does not say that it is {action}"  # noqa: S101
    said = {"command": command, "systemUser": system_user(), **facts}
    await Audit.of(keys).note(
        session, MACHINE, action, subject, workspace_id=workspace_id, facts=said
    )


async def start_job(
    atlas: Atlas,
    command: str,
    connection: Connection,
    job_type: JobType = JobType.SYNC,
    options: JobOptions = PLAIN,
) -> Job:
    """Write down that a job is asked for, and start it, as the API does.

    Errors: ConnectionInactive, InvalidRequest, SyncAlreadyRunning.
    """
    async with atlas.database.transaction() as session:
        await note(
            atlas.keys, session, command, "createJob", path_of(connection.connection_id),
            connection.workspace_id, jobType=job_type.value,
        )  # fmt: skip
    return await atlas.scheduler.start(connection.connection_id, job_type, options)


def path_of(connection_id: ConnectionId) -> str:
    return f"/v1/connections/{connection_id}"


def system_user() -> str:
    """Who the operating system says it is."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # nobody of the system's users
        return "terminal"
