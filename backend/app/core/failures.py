"""What goes wrong while Atlas works, one class a failure; the API turns each into a problem (RFC 9457)."""

from app.core.errors import AtlasError, Failure, NotFound

# What ends an attempt from outside.


class WorkerDied(AtlasError):
    slug, failure = "worker-died", Failure.TRANSIENT
    title = "The worker died"


class WorkerStalled(AtlasError):
    """The worker lives, perhaps, and has said nothing for too long: what it still writes is refused."""

    slug, failure = "worker-stalled", Failure.TRANSIENT
    title = "The worker said nothing for too long"


class Interrupted(AtlasError):
    """The worker was asked to stop; the job waits for the next one, and no attempt is charged."""

    status, slug, failure = 503, "attempt-interrupted", Failure.TRANSIENT
    title = "The worker was stopped"


class JobTookTooLong(AtlasError):
    slug, failure = "job-took-too-long", Failure.CONFIG
    title = "The job took longer than its connection allows"
    hint = "Raise maxDurationS of the connection's job terms, or sync fewer streams with it."


# The source and its connector.


class ConnectorUnknown(AtlasError):
    status, slug, failure = 404, "connector-unknown", Failure.CONFIG
    title = "No connector has this name"
    hint = "`atlas connectors list` shows those that there are."


class ConnectorNotRunnable(AtlasError):
    """It is listed, and there is nothing of it that Atlas could start here."""

    status, slug, failure = 422, "connector-not-runnable", Failure.CONFIG
    title = "The connector cannot be run here"


class ConnectorBuiltIn(ConnectorNotRunnable):
    """It is a program of Atlas's own; there is no package of it."""

    status, slug = 409, "connector-built-in"
    title = "The connector comes with Atlas"
    hint = "Use it as it is: there is nothing to install."


class CatalogueUnreachable(AtlasError):
    """Airbyte's registry did not answer; the list that was there stays."""

    status, slug, failure = 502, "catalogue-unreachable", Failure.TRANSIENT
    title = "Airbyte's list of connectors cannot be fetched"


class ConnectorNotInstalled(AtlasError):
    status, slug, failure = 409, "connector-not-installed", Failure.CONFIG
    title = "The connector is not installed"
    hint = "Install it: `atlas connectors install`."

    @classmethod
    def refused(cls, command: str, said: str) -> "ConnectorNotInstalled":
        """Of a command that the system does not start."""
        return cls(
            f"The connector's command cannot be started: {said}. Install it again.", command=command
        )


class ConnectorInstallFailed(AtlasError):
    status, slug, failure = 502, "connector-install-failed", Failure.CONFIG
    title = "The connector could not be installed"
    hint = "Look at what the installation said, and install the connector again."


class ConnectorFailed(AtlasError):
    """The connector ended without doing its work, and said nothing better."""

    status, slug, failure = 502, "connector-failed", Failure.SYSTEM
    title = "The connector failed"


class ConnectorFailedTransiently(ConnectorFailed):
    slug, failure = "connector-failed-transiently", Failure.TRANSIENT


class ConnectorConfigRefused(ConnectorFailed):
    slug, failure = "connector-config-refused", Failure.CONFIG
    title = "The connector refuses its configuration"
    hint = "Correct the source's configuration: the detail is what the connector says."


class StateRefused(AtlasError):
    """A saved state that is no state, or another connector's: reading all anew is nobody's wish yet."""

    status, slug, failure = 409, "state-refused", Failure.CONFIG
    title = "The saved state cannot be used"
    hint = "Set a state that the connector knows, or refresh the streams."


class StateNotFound(NotFound):
    slug = "state-not-found"


class ConnectorProtocolBroken(ConnectorFailed):
    """What the connector sent is not the Airbyte protocol."""

    slug = "connector-protocol-broken"
    title = "The connector does not speak the Airbyte protocol"


class ConnectorSilent(ConnectorFailed):
    slug, failure = "connector-silent", Failure.TRANSIENT
    title = "The connector said nothing for too long"


class RecordsMissing(ConnectorFailed):
    """The source states a count of records that Atlas did not see."""

    slug, failure = "records-missing", Failure.TRANSIENT
    title = "The source counts more or fewer records than arrived"


class StreamIncomplete(ConnectorFailed):
    """The connector ended well but did not say that each of its streams is complete."""

    slug, failure = "stream-incomplete", Failure.TRANSIENT
    title = "A stream did not complete"


class StateMissing(ConnectorFailed):
    """A stream that is appended to ended with records that no state stands behind."""

    slug, failure = "state-missing", Failure.CONFIG
    title = "The connector sent no state behind a stream's last records"
    hint = (
        "Read the stream by incremental_deduped_history, where what is read again changes nothing, or by "
        "full_refresh_append; or use a version of the connector that sends its last state."
    )


class StreamEmptied(AtlasError):
    """A full refresh returned nothing where the last one had rows."""

    slug, failure = "stream-emptied", Failure.CONFIG
    title = "A full refresh suddenly returned nothing"
    hint = "Look whether the source is well; if it is empty indeed, set the connection's onEmpty to allow."


# The database.


class DatabaseUnreachable(AtlasError):
    status, slug, failure = 503, "database-unreachable", Failure.TRANSIENT
    title = "The database cannot be reached"
    hint = "Come again in a while; if it lasts, look whether PostgreSQL runs at ATLAS_DATABASE_URL."


class StatementTookTooLong(DatabaseUnreachable):
    """Worth one more try; a limit that is met again is somebody's to raise."""

    slug = "statement-took-too-long"
    title = "The database broke a statement off"
    hint = "Raise statement_timeout for Atlas's role, or find what keeps the database busy."


class DatabaseFull(DatabaseUnreachable):
    """What is written finds no room; what is there can be read."""

    slug = "database-full"
    title = "The database's disk is full"
    hint = "Free space where PostgreSQL keeps its data: jobs that wait for it go on by themselves."

    @classmethod
    def when(cls, doing: str) -> "DatabaseFull":
        return cls(f"PostgreSQL found no room on its disk {doing}.")


class LandingsLost(AtlasError):
    """A server that crashes may take back landings that an attempt believes there: the attempt is over."""

    status, slug, failure = 503, "landings-lost", Failure.TRANSIENT
    title = "The database server has crashed in the middle of an attempt"
    hint = "Nothing is to be done: the next attempt reads again what is missing. Look why PostgreSQL crashed."


class CopyInterrupted(AtlasError):
    status, slug, failure = 503, "copy-interrupted", Failure.TRANSIENT
    title = "A COPY did not finish"


class CopyRefused(AtlasError):
    """The server refuses a value in the block; nothing of the block is there."""

    slug, title = "copy-refused", "The database refuses a value"


class SchemaBehind(AtlasError):
    status, slug, failure = 503, "schema-behind", Failure.CONFIG
    title = "The database's schema does not match this Atlas"
    hint = "Run `atlas migrate`, and the same version of Atlas everywhere."


class SchemaAhead(AtlasError):
    """A newer Atlas has brought the database further than this one knows."""

    status, slug, failure = 503, "schema-ahead", Failure.CONFIG
    title = "The database is of a newer Atlas"
    hint = "Run the newer version of Atlas everywhere. The way back is a backup from before it was there."


class QueueSchemaMismatch(AtlasError):
    """The queue's tables are not those of the Procrastinate that is installed."""

    status, slug, failure = 503, "queue-schema-mismatch", Failure.CONFIG
    title = "The job queue's schema does not match the installed Procrastinate"
    hint = "Run `atlas migrate`, and the same version of Atlas everywhere."


class EmbeddedServerFailed(AtlasError):
    status, slug, failure = 503, "embedded-server-failed", Failure.CONFIG
    title = "The embedded PostgreSQL did not start"
    hint = "`atlas doctor` says what is wrong; or let ATLAS_DATABASE_URL name a PostgreSQL of your own."


class HomeLocked(AtlasError):
    status, slug, failure = 409, "home-locked", Failure.TRANSIENT
    title = "Another Atlas is starting or stopping in the same folder"


class PortInUse(AtlasError):
    status, slug, failure = 409, "port-in-use", Failure.CONFIG
    title = "The port is taken"
    hint = "Stop what listens there, or set ATLAS_PORT."


class RoleNotGranted(AtlasError):
    status, slug, failure = 500, "role-not-granted", Failure.CONFIG
    title = "The database's login may not work as Atlas"


class AddressNotSafe(AtlasError):
    status, slug, failure = 409, "address-not-safe", Failure.CONFIG
    title = "Atlas would be reached without TLS"


class KeyFileRefused(AtlasError):
    status, slug, failure = 500, "key-file-refused", Failure.CONFIG
    title = "A key cannot be used"
    hint = "Give the key's file to Atlas's user alone, or give the key by its setting."


class MaskKeyMismatch(AtlasError):
    """Another mask key than the one that made the database's rows."""

    status, slug, failure = 409, "mask-key-mismatch", Failure.CONFIG
    title = "The mask key is not this database's"
    hint = "Bring back the key that made the rows."


# Secrets, and what Atlas sends out.


class MasterKeyMissing(AtlasError):
    """A secret was locked with a master key that is not at hand, or its ciphertext is not its own."""

    status, slug, failure = 500, "master-key-missing", Failure.CONFIG
    title = "A secret cannot be opened"


class SecretGone(AtlasError):
    """The configuration was changed after it was read; the next attempt reads it anew."""

    status, slug, failure = 409, "secret-gone", Failure.TRANSIENT
    title = "A secret is no longer kept"


class ReferenceUnresolved(AtlasError):
    """A configuration names a secret that is kept elsewhere, and it is not to be had there."""

    status, slug, failure = 409, "reference-unresolved", Failure.CONFIG
    title = "A secret that is kept elsewhere was not found"


class ReferenceUnreachable(ReferenceUnresolved):
    status, slug, failure = 503, "reference-unreachable", Failure.TRANSIENT
    title = "Where a secret is kept cannot be reached"


class AddressRefused(AtlasError):
    status, slug, failure = 422, "address-refused", Failure.CONFIG
    title = "Atlas does not speak to this address"


# The gates.


class GateUnavailable(AtlasError):
    """A gate could not judge a range; the range is held and nothing of it is published."""

    status, slug, failure = 503, "gate-unavailable", Failure.TRANSIENT
    title = "A gate could not run"


class BooksDoNotBalance(AtlasError):
    slug = "books-do-not-balance"
    title = "A row is unaccounted for"


class RangeHeld(AtlasError):
    """A gate holds records back; they are in explore, counted as held, and tried again next time."""

    slug = "range-held"
    title = "A range of records is held back"


class TooMuchQuarantined(AtlasError):
    """More of a stream went into quarantine than its connection allows a job; what is good was published."""

    slug, failure = "too-much-quarantined", Failure.CONFIG
    title = "Too many records are in quarantine"
    hint = "Look at the rules that kept records out, mend or waive, and replay them."


class RedisUnreachable(AtlasError):
    status, slug, failure = 503, "redis-unreachable", Failure.TRANSIENT
    title = "Redis cannot be reached"
    hint = "Look whether Redis runs at ATLAS_REDIS_URL, or unset it: Atlas runs without."


class NotDelivered(AtlasError):
    """A notification did not arrive, or its receiver did not say that it did; it is tried again."""

    status, slug, failure = 502, "notification-not-delivered", Failure.TRANSIENT
    title = "A notification was not delivered"


class ModeMismatch(AtlasError):
    """Mock records would mix with real ones, or real ones with mock."""

    status, slug, failure = 409, "mode-mismatch", Failure.CONFIG
    title = "The connection holds records of the other mode"
    hint = "Use another connection for the other mode."
