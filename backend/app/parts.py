"""Parts that the settings and the database's address make alone, for the composition root to fit in."""

import shlex
from collections.abc import Mapping, Sequence
from functools import partial
from importlib.metadata import version
from pathlib import Path

from app.core.settings import Settings
from app.database.address import address_of
from app.database.pool import Database, parameters_of
from app.database.relay import Relay
from app.database.rounds import repeat
from app.lineage.emitter import LineageWriter
from app.notices.courier import Courier
from app.notices.email import Email
from app.notices.rules import ChannelName
from app.notices.signing import SigningSecrets
from app.notices.webhook import Webhook
from app.outgoing.sending import Outgoing
from app.remote.dbt import Dbt
from app.secrets.sealing import Sealing
from app.sync.jobs import events
from app.sync.jobs.retry_policy import RetryTerms
from app.sync.jobs.transitions import Transitions
from app.sync.queue.job_engine import ProcrastinateEngine
from app.sync.queue.queue_worker import Timing
from app.sync.queue.rescue import Rescue
from app.sync.queue.system_worker import SystemTask
from app.sync.remotes.remote_sync import RemoteSync, Unwanted
from app.sync.remotes.remotes import Remotes
from app.sync.transformations.environments import Environments

CHECKOUT = Path(__file__).parents[2]
TRANSFORMER_ROLE = "atlas_transformer"
_LIBPQ = {
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "password": "DBT_ENV_SECRET_PGPASSWORD",  # dbt keeps what is named so out of its logs
    "dbname": "PGDATABASE",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
    "sslcert": "PGSSLCERT",
    "sslkey": "PGSSLKEY",
}


def courier_of(
    settings: Settings, database: Database, outgoing: Outgoing, signing: SigningSecrets
) -> Courier:
    """Who tells of what happens, by each of the channels."""
    password = settings.smtp_password
    timeout_s = settings.notification_timeout_s
    return Courier(
        database=database,
        channels={
            ChannelName.WEBHOOK: Webhook(timeout_s=timeout_s, outgoing=outgoing, signing=signing),
            ChannelName.EMAIL: Email(
                host=settings.smtp_host,
                port=settings.smtp_port,
                security=settings.smtp_security,
                user=settings.smtp_user,
                password=None if password is None else password.get_secret_value(),
                sender=settings.smtp_from,
                timeout_s=timeout_s,
            ),
        },
        timeout_s=timeout_s,
        wait_s=settings.notification_wait_s,
        most_tries=settings.notification_tries,
    )


def lineage_of(settings: Settings, database: Database) -> LineageWriter:
    """Who notes where rows came from, under the names of this database."""
    return LineageWriter(
        address=address_of(database.dsn),
        namespace=settings.lineage_namespace,
        version=version("atlas"),
    )


def transitions_of(settings: Settings, database: Database, lineage: LineageWriter) -> Transitions:
    """How jobs go from state to state, and the queue that they wait in."""
    timing = Timing(
        poll_s=settings.queue_poll_s, heartbeat_s=settings.heartbeat_s, stall_s=settings.stall_s
    )
    return Transitions(
        engine=ProcrastinateEngine(dsn=database.dsn, role=database.role, timing=timing),
        lineage=lineage,
        retry=RetryTerms(
            wait_s=settings.retry_wait_s, factor=settings.retry_factor, cap_s=settings.retry_cap_s
        ),
        workspace_jobs=settings.workspace_jobs,
    )


def rescue_of(settings: Settings, database: Database, transitions: Transitions) -> Rescue:
    return Rescue(
        database=database,
        transitions=transitions,
        stall_s=settings.stall_s,
        idle_s=settings.sweep_s,
    )


def remote_sync_of(
    settings: Settings, database: Database, remotes: Remotes, lineage: LineageWriter
) -> RemoteSync:
    """Follows the jobs of connections that another Airbyte moves."""
    return RemoteSync(
        database=database,
        remotes=remotes,
        lineage=lineage,
        poll_s=settings.remote_poll_s,
        silence_s=settings.remote_silence_s,
    )


def unwanted_of(settings: Settings, database: Database, remotes: Remotes) -> Unwanted:
    """Ends there what is not wanted here any more."""
    return Unwanted(
        database=database,
        remotes=remotes,
        again_s=settings.remote_poll_s,
        starts_within_s=settings.remote_start_timeout_s,
    )


def dbt_of(settings: Settings) -> Dbt:
    """dbt as it is set, or as `make dbt` puts it beside Atlas."""
    own = CHECKOUT / ".venv-dbt" / "bin" / "dbt"
    command = shlex.split(settings.dbt_command) if settings.dbt_command else [str(own)]
    return Dbt(
        command=command,
        projects=settings.dbt_projects or CHECKOUT / "orchestration",
        grace_s=settings.dbt_grace_s,
    )


def environments_of(settings: Settings, database: Database, sealing: Sealing) -> Environments:
    """What dbt is told of the database: by a login of its own, or by Atlas's, as a role that makes tables alone."""
    own = settings.dbt_database_url
    parameters = database.parameters() if own is None else parameters_of(own.get_secret_value())
    given = {
        variable: str(parameters[name]) for name, variable in _LIBPQ.items() if parameters.get(name)
    }
    given["PGOPTIONS"] = (
        "-c client_connection_check_interval=5000"  # a query whose dbt is gone ends
    )
    if own is None:
        given["ATLAS_DBT_ROLE"] = TRANSFORMER_ROLE
    return Environments(sealing=sealing, given=given)


def relay_of(settings: Settings, database: Database) -> tuple[Relay | None, Sequence[SystemTask]]:
    """What carries announcements over Redis, and the task that does it; nothing where no Redis is set."""
    if settings.redis_url is None:
        return None, ()
    relay = Relay(url=settings.redis_url.get_secret_value(), channel=events.CHANNEL)
    forward = partial(
        repeat, "announce_on_redis", partial(relay.forward, database), every_s=settings.tick_s
    )
    return relay, [SystemTask(name="announce_on_redis", every_s=settings.tick_s, run=forward)]


def soda_connection(database: Database) -> Mapping[str, object]:
    """How Soda reaches the database; it needs host, port and names apart."""
    parts = database.parameters()
    found = {
        "host": parts.get("host", "localhost"),
        "port": int(str(parts.get("port", 5432))),
        "username": parts.get("user", ""),
        "password": parts.get("password", ""),
        "database": parts.get("dbname", "postgres"),
    }
    return {name: value for name, value in found.items() if value != ""}


def own_destination(database: Database) -> Mapping[str, object]:
    """Atlas's own layers as the `postgres` destination that Airbyte's clients know."""
    address = address_of(database.dsn)
    return {
        "destinationType": "postgres",
        "host": address.host,
        "port": address.port,
        "database": address.database,
        "schema": "chart",
        "username": str(database.parameters().get("user", "")),
    }
