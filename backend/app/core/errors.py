"""What a wish comes to that cannot be met, one class a failure; the API turns each into a problem (RFC 9457).

What is wrong with a request as such is in `refusals.py`; what goes wrong while a wish is carried out, in
`failures.py`.
"""

from enum import StrEnum
from typing import ClassVar


class Failure(StrEnum):
    """Who can mend it. Source: Airbyte protocol, AirbyteErrorTraceMessage.failure_type."""

    CONFIG = "config_error"
    TRANSIENT = "transient_error"
    SYSTEM = "system_error"


class AtlasError(Exception):
    """A failure with a detail for a person and facts as keywords; no value of a record is ever in either.

    Shape: `hint` says what to do about it, where the same helps in each case; else it is empty.
    """

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "Something broke inside Atlas"
    failure: ClassVar[Failure] = Failure.SYSTEM
    hint: ClassVar[str] = ""
    """What a person can do about it; empty where the detail says so, or nothing can be done."""

    def __init__(self, detail: str, **facts: object) -> None:
        super().__init__(detail)
        self.detail = detail
        self.facts = facts


# Who asks is not known, or may not.


class NotSignedIn(AtlasError):
    """Title: as Airbyte's clients know it."""

    status, slug, title, failure = 401, "invalid-api-key", "invalid-api-key", Failure.CONFIG
    hint = (
        "Ask for a new token, or look whether the client id and its secret are those of this Atlas."
    )


class Forbidden(AtlasError):
    status, slug, title, failure = 403, "forbidden", "forbidden", Failure.CONFIG
    hint = "Ask an admin of the workspace for the role that this needs."


class CsrfTokenMissing(Forbidden):
    slug = "csrf-token-missing"
    hint = "Send the session's csrfToken in the header X-Atlas-CSRF."


# What was asked for is not there, or not as it was asked for.


class NotFound(AtlasError):
    status, slug, title, failure = 404, "resource-not-found", "resource-not-found", Failure.CONFIG


class ConnectionNotFound(NotFound):
    slug = "connection-not-found"


class SourceNotFound(NotFound):
    slug = "source-not-found"


class DestinationNotFound(NotFound):
    slug = "destination-not-found"


class WorkspaceNotFound(NotFound):
    slug = "workspace-not-found"


class TagNotFound(NotFound):
    slug = "tag-not-found"


class DefinitionNotFound(NotFound):
    slug = "definition-not-found"


class PathNotFound(NotFound):
    slug = "path-not-found"
    hint = "The paths of the API are at /docs."


class ApplicationNotFound(NotFound):
    slug = "application-not-found"


class UserNotFound(NotFound):
    slug = "user-not-found"


class LinkUsed(NotFound):
    slug = "link-used"
    hint = "Ask an admin for a new link: each works once, and for a while."


class JobNotFound(NotFound):
    slug = "job-not-found"


class StreamNotFound(NotFound):
    slug = "stream-not-found"


class TransformationNotFound(NotFound):
    slug = "transformation-not-found"


class TransformationRunNotFound(NotFound):
    slug = "transformation-run-not-found"


class ArtifactNotFound(NotFound):
    slug = "artifact-not-found"


class RowNotFound(NotFound):
    slug = "row-not-found"


class LineageNotFound(NotFound):
    slug = "lineage-not-found"


class InstallationNotFound(NotFound):
    slug = "installation-not-found"


class RemoteNotFound(NotFound):
    slug = "remote-not-found"


class ProfileTookTooLong(AtlasError):
    """Time does not mend it, a smaller sample would; what was found before stays."""

    status, slug, failure = 503, "profile-took-too-long", Failure.SYSTEM
    title = "A profile could not be made in time"
    hint = "Profile a smaller sample."


class InvalidRequest(AtlasError):
    status, slug, failure = 422, "unprocessable-entity", Failure.CONFIG
    title = "unprocessable-entity"


class ConfigurationInvalid(InvalidRequest):
    """Shape: `errors` name the fields that are wrong by JSON pointer, never a value."""

    slug = "configuration-invalid"


class ConfigurationTooLarge(AtlasError):
    status, slug, failure = 413, "configuration-too-large", Failure.CONFIG
    title = "The configuration is too large"


class DestinationNotAtlas(InvalidRequest):
    """Atlas writes into its own layers, and nowhere else."""

    slug = "destination-not-atlas"
    hint = "Leave the destination out, and connect sources with the one that every Atlas has."


class StreamNotInCatalog(InvalidRequest):
    slug = "stream-not-in-catalog"
    hint = "GET /v1/streams?sourceId=…&ignoreCache=true asks the source what it offers now."


class SchemaBreaks(AtlasError):
    status, slug, failure = 409, "schema-breaks", Failure.CONFIG
    title = "The source has changed what tells its records apart"
    hint = "Look at the connection's schema changes, and adopt or reject the one that is open."


class KeyNeedsTheSource(AtlasError):
    """Rows that are there cannot be told apart by another key from what Atlas has of them."""

    status, slug, failure = 409, "key-needs-the-source", Failure.CONFIG
    title = "Another key needs the source to be read anew"
    hint = "Refresh the stream: its source is read anew, and rows get the new key."


class ViewsInTheWay(AtlasError):
    """Views of the database read what is to be made anew; PostgreSQL would have to drop them."""

    status, slug, failure = 409, "views-in-the-way", Failure.CONFIG
    title = "Views of the database stand on what is to change"
    hint = "Drop the views that the detail names, and make them again afterwards."


class SchemaChangeNotFound(NotFound):
    slug = "schema-change-not-found"


class SyncModeNotSupported(InvalidRequest):
    slug = "sync-mode-not-supported"
    hint = "GET /v1/streams?sourceId=… has the modes of each stream."


class CronInvalid(AtlasError):
    status, slug, failure = 400, "cron-validation-expression", Failure.CONFIG
    title = "The cron expression is not valid"
    hint = "Write Quartz's six or seven fields and a time zone: 0 0 6 * * ? Europe/Berlin."


class TimeZoneUnknown(AtlasError):
    status, slug, failure = 400, "cron-validation-time-zone", Failure.CONFIG
    title = "There is no such time zone"
    hint = "Name one of the IANA database, such as Europe/Berlin or UTC."


class ScheduleInvalid(AtlasError):
    status, slug, failure = 400, "schedule-invalid", Failure.CONFIG
    title = "The schedule cannot be kept"
    hint = "Try the schedule at /v1/schedules/preview, which sets nothing."


class NotificationRuleNotFound(NotFound):
    slug = "notification-rule-not-found"


class NotificationRuleInvalid(InvalidRequest):
    slug = "notification-rule-invalid"


class NotificationNotDead(NotFound):
    slug = "notification-not-dead"


class QuarantineRecordNotFound(NotFound):
    slug = "quarantine-record-not-found"


class FixInvalid(InvalidRequest):
    """A correction that is no record that explore could take."""

    slug = "fix-invalid"
    hint = "Send the record corrected and whole, as the source would send it."


class RuleNotWaivable(InvalidRequest):
    slug = "rule-not-waivable"
    hint = "Waive required:{column} or type:{column} of a column that the stream has."


class NothingToReplay(InvalidRequest):
    slug = "nothing-to-replay"
    hint = "List what is in quarantine: /v1/quarantine shows what can be replayed."


# Two wishes that do not go together.


class EditedMeanwhile(AtlasError):
    status, slug, failure = 412, "edited-meanwhile", Failure.CONFIG
    title = "Somebody else has changed it meanwhile"
    hint = "Read it again, put your change to what is there now, and send it with the new ETag in If-Match."


class QuarantineRecordDecided(AtlasError):
    """The record has come back, or is about to."""

    status, slug, failure = 409, "quarantine-record-decided", Failure.CONFIG
    title = "The record is no longer in quarantine"


class UserIsThere(AtlasError):
    status, slug, failure = 409, "user-is-there", Failure.CONFIG
    title = "There is such a user already"


class TagIsThere(AtlasError):
    status, slug, failure = 409, "tag-is-there", Failure.CONFIG
    title = "There is such a tag already"


class LastAdmin(AtlasError):
    status, slug, failure = 409, "last-admin", Failure.CONFIG
    title = "Nobody would be admin any more"
    hint = "Make somebody else admin first."


class SyncAlreadyRunning(AtlasError):
    status, slug, title, failure = 409, "try-again-later", "try-again-later", Failure.TRANSIENT
    hint = "Follow the job that runs, wait for its end, or cancel it."


class ConnectionInactive(AtlasError):
    status, slug, failure = 409, "connection-inactive", Failure.CONFIG
    title = "The connection is inactive"
    hint = 'Activate it: PATCH /v1/connections/{connectionId} with {"status": "active"}.'


class JobNotRunning(AtlasError):
    status, slug, title, failure = 409, "state-conflict", "state-conflict", Failure.CONFIG


class TransformationInactive(AtlasError):
    status, slug, failure = 409, "transformation-inactive", Failure.CONFIG
    title = "The transformation is inactive"
    hint = 'Activate it: PATCH /v1/transformations/{transformationId} with {"status": "active"}.'


class TransformationRunOver(AtlasError):
    status, slug, failure = 409, "transformation-run-over", Failure.CONFIG
    title = "The run is over"


class TransformationRunNotFailed(AtlasError):
    status, slug, failure = 409, "transformation-run-not-failed", Failure.CONFIG
    title = "Only a run that failed is retried"
    hint = "Start a new run: POST /v1/transformations/{transformationId}/runs."


class StillNeeded(AtlasError):
    """It cannot go while something stands on it. Title: as Airbyte's clients know it."""

    status, slug, title, failure = 409, "still-needed", "state-conflict", Failure.CONFIG


class ConnectionLocked(AtlasError):
    """A sync moves the connector's state; nobody else does meanwhile. Source: Airbyte's Config API."""

    status, slug, failure = 423, "connection-locked", Failure.TRANSIENT
    title = "A sync has the connection's state"
    hint = "Wait for the job's end, or cancel it."


class StreamIsPublished(AtlasError):
    """Its tables were made for another mode, key or cursor."""

    status, slug, failure = 409, "stream-is-published", Failure.CONFIG
    title = "What was published of the stream stands in the way"
    hint = "Leave the stream out and drop its tables, or connect the source once more under another prefix."


class RemoteIsSet(AtlasError):
    """The environment's variables say what it is, and nobody else."""

    status, slug, failure = 409, "remote-is-set", Failure.CONFIG
    title = "The remote is set by Atlas's environment"
    hint = "Set AIRBYTE_API_URL, AIRBYTE_CLIENT_ID and AIRBYTE_CLIENT_SECRET otherwise; or make another remote."


class NotReadyToMove(AtlasError):
    """Shape: `blockers` say what is missing, each in words."""

    status, slug, failure = 409, "not-ready-to-move", Failure.CONFIG
    title = "The connection is not ready to move"
    hint = "POST /v1/connections/{connectionId}/engine/preview says what is needed."


class NotInAtlas(AtlasError):
    """An operation of Airbyte's that Atlas does not have."""

    status, slug, failure = 501, "not-implemented-in-oss", Failure.CONFIG
    title = "Not implemented in Atlas"


class Fenced(AtlasError):
    """Another worker has taken the attempt over, or it was cancelled: nothing more may be written."""

    status, slug, title = 409, "attempt-fenced", "The attempt is no longer this worker's"


class TableTaken(AtlasError):
    status, slug, failure = 409, "table-taken", Failure.CONFIG
    title = "A table of this name is there already"
    hint = "Choose another name, or another prefix for the connection."


class TablesInUse(AtlasError):
    status, slug, failure = 409, "tables-in-use", Failure.CONFIG
    title = "The tables are in use"
    hint = "Wait until the job that uses them is over, or cancel it."
