"""What goes wrong with systems elsewhere that Atlas drives: dbt, and another Airbyte."""

from app.core.errors import AtlasError, Failure

# dbt.


class DbtNotInstalled(AtlasError):
    status, slug, failure = 409, "dbt-not-installed", Failure.CONFIG
    title = "dbt is not installed"
    hint = "Make its environment: `make dbt`; or let ATLAS_DBT_COMMAND name a dbt."

    @classmethod
    def refused(cls, command: str, said: str) -> "DbtNotInstalled":
        """Of a command that the system does not start."""
        return cls(f"dbt cannot be started: {said}.", command=command)


class ProjectNotFound(AtlasError):
    """No folder of this name, or one that leads out of where projects may be."""

    status, slug, failure = 409, "project-not-found", Failure.CONFIG
    title = "There is no such dbt project"
    hint = "Put the project's folder under ATLAS_DBT_PROJECTS, with a dbt_project.yml in it."


class TransformationFailed(AtlasError):
    """Shape: `nodes` names what was not built, by unique id."""

    slug, failure = "transformation-failed", Failure.CONFIG
    title = "dbt could not build everything"
    hint = "The run's results say what failed; mend it, and retry the run from there."


class TransformationFailedTransiently(TransformationFailed):
    """All that failed met a database that was away, or in another's way."""

    slug, failure = "transformation-failed-transiently", Failure.TRANSIENT


class TransformationTestsFailed(TransformationFailed):
    """Shape: `nodes` names the tests that found something."""

    slug = "transformation-tests-failed"
    title = "Tests of the transformation failed"


class NothingToBuild(TransformationFailed):
    """dbt calls it a success; whoever waits for tables does not."""

    slug = "nothing-to-build"
    title = "Nothing of the project was selected"
    hint = "Look at the transformation's select and exclude: `dbt ls` shows what they choose."


class DbtBroke(TransformationFailed):
    """dbt ended before it came to a result: a project that does not parse, a database that it does not reach."""

    slug = "dbt-broke"
    title = "dbt did not run"


class DbtBrokeTransiently(DbtBroke):
    slug, failure = "dbt-broke-transiently", Failure.TRANSIENT


class DbtSpeaksOtherwise(AtlasError):
    """Its artifacts are of a version that Atlas does not know, or are none."""

    status, slug = 502, "dbt-speaks-otherwise"
    title = "What dbt wrote cannot be read"
    hint = "Install the dbt of orchestration/dbt/requirements.lock: `make dbt`."


class TransformationTookTooLong(AtlasError):
    slug, failure = "transformation-took-too-long", Failure.CONFIG
    title = "The transformation took longer than it may"
    hint = "Raise its timeoutS, or select less."


class TransformationSuperseded(AtlasError):
    """A later job of the connection succeeded before this run had begun: the later run sees all that this would."""

    slug, failure = "transformation-superseded", Failure.CONFIG
    title = "A later run took its place"


# Systems elsewhere that Atlas drives.


class RemoteUnreachable(AtlasError):
    """It did not take the question, or is not well; the same question may be asked again."""

    status, slug, failure = 503, "remote-unreachable", Failure.TRANSIENT
    title = "The remote system does not answer"


class RemoteAnswerLost(RemoteUnreachable):
    """It may have done what it was asked for: look before it is asked again."""

    slug, title = "remote-answer-lost", "The remote system's answer was lost"


class RemoteRefused(AtlasError):
    status, slug, failure = 502, "remote-refused", Failure.CONFIG
    title = "The remote system refuses what Atlas asks for"
    hint = "Look at the remote's client id and secret, and at what its application may do there."


class RemoteLacks(RemoteRefused):
    """It has no such thing, or Atlas may not see it there."""

    slug, title = "remote-lacks", "The remote system has no such thing"


class RemoteAnswerUnusable(AtlasError):
    status, slug, failure = 502, "remote-answer-unusable", Failure.CONFIG
    title = "The remote system's answer is none that Atlas knows"
    hint = "Look at the remote's address: a public API's ends with /v1 in Airbyte Cloud, else with /api/public/v1."


class RemoteSyncRunning(AtlasError):
    status, slug, failure = 409, "remote-sync-running", Failure.TRANSIENT
    title = "A sync of the connection runs at the remote"
    hint = "Wait for its end, or cancel it there; a connection's policy may also say that it is adopted."


class RemoteSyncFailed(AtlasError):
    slug, failure = "remote-sync-failed", Failure.TRANSIENT
    title = "The remote's job failed"


class RemoteSyncGivenUp(RemoteSyncFailed):
    """It failed as often as the connection's policy allows."""

    slug, failure = "remote-sync-given-up", Failure.CONFIG
    hint = "Look at the job's log in Airbyte: its API does not give the reason."


class RemoteSyncCancelled(AtlasError):
    """Somebody has cancelled it there: Atlas's job is cancelled too, and not begun anew."""

    slug, failure = "remote-sync-cancelled", Failure.CONFIG
    title = "The remote's job was cancelled there"


class RemoteNotVerified(AtlasError):
    """The remote says that its job succeeded, and what can be seen of it says otherwise."""

    slug, failure = "remote-not-verified", Failure.CONFIG
    title = "The remote's success was not verified"
    hint = "Look at the job's log in Airbyte, at the destination, and at the connection's remote policy."


class RemoteNotVerifiedYet(RemoteNotVerified):
    """The connection's policy says that it is tried again."""

    slug, failure = "remote-not-verified-yet", Failure.TRANSIENT


class FreshnessNotMeasured(AtlasError):
    """The destination could not be asked how new its rows are."""

    status, slug, failure = 502, "freshness-not-measured", Failure.TRANSIENT
    title = "The destination could not be asked how new its rows are"
