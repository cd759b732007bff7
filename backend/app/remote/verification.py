"""Whether a remote's success is one: by its figures, by the runs before, by the rows that the destination has."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from statistics import median


class WhenRunning(StrEnum):
    """What becomes of a job of Atlas's whose connection runs at the remote already."""

    ATTACH = "attach"
    WAIT = "wait"
    FAIL = "fail"


class Verdict(StrEnum):
    """`unverified` is a success of which nothing more is known."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """A table of the destination, and how old its newest row may be. Shape: `table` is its schema and its name."""

    table: tuple[str, str]
    column: str
    max_age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a success must show, and how a remote's job is treated.

    Shape:  `min_share` of the median rows of the last `history` runs; none asks nothing. `allow_unverified` lets a job be
            green of which only the remote's word is known; `retry_unverified` tries one that is not again.
    Units:  shares 0..1; `max_retries` jobs that are begun after one that failed.
    """

    min_rows: int | None = None
    min_share: float | None = None
    history: int = 5
    freshness: tuple[Freshness, ...] = ()
    allow_unverified: bool = True
    retry_unverified: bool = False
    when_running: WhenRunning = WhenRunning.ATTACH
    cancel_on_deadline: bool = True
    max_retries: int = 3

    def as_json(self) -> Mapping[str, object]:
        return asdict(self)


def policy_of(kept: Mapping[str, object]) -> Policy:
    """What `as_json` made."""
    told = dict(kept)
    listed = told.pop("freshness", ())
    checks = listed if isinstance(listed, list | tuple) else ()
    if "when_running" in told:
        told["when_running"] = WhenRunning(str(told["when_running"]))
    freshness = tuple(Freshness(**{**check, "table": tuple(check["table"])}) for check in checks)
    return Policy(freshness=freshness, **told)  # type: ignore[arg-type]  # as_json has made it


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A table that was asked. Shape: `age_s` none where it has no row; `why_not` where it could not be asked."""

    check: Freshness
    age_s: float | None = None
    why_not: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What is known of a run that succeeded. Shape: `earlier` rows of runs before, the newest first; `reads_all` if each
    of its streams is read whole each time."""

    rows: int | None
    size_bytes: int | None
    earlier: Sequence[int]
    reads_all: bool
    measured: Sequence[Measured] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """Shape: `reasons` in words, what was wrong first; never a value of a record."""

    verdict: Verdict
    reasons: Sequence[str]


def verify(reported: Reported, policy: Policy) -> Verification:
    """Look at all that is known; one thing that is wrong outweighs all that is right."""
    wrong: list[str] = []
    unknown: list[str] = []
    right: list[str] = []
    _look_at_tables(reported.measured, wrong, unknown, right)
    _look_at_rows(reported, policy, wrong, unknown, right)
    if wrong:
        return Verification(verdict=Verdict.FAILED, reasons=[*wrong, *unknown])
    if unknown or not right:
        return Verification(verdict=Verdict.UNVERIFIED, reasons=unknown)
    return Verification(verdict=Verdict.VERIFIED, reasons=right)


def _look_at_rows(
    reported: Reported, policy: Policy, wrong: list[str], unknown: list[str], right: list[str]
) -> None:
    rows = reported.rows
    if rows is None:
        unknown.append("The remote reports no rows: it may not have run at all.")
        return
    if reported.size_bytes is None:
        unknown.append("The remote reports rows and no bytes.")
    if policy.min_rows is not None and rows < policy.min_rows:
        wrong.append(f"It reports {rows} rows, and the policy wants {policy.min_rows}.")
    earlier = list(reported.earlier[: policy.history])
    usual = median(earlier) if earlier else None
    if policy.min_share is not None and usual and rows < policy.min_share * usual:
        wrong.append(
            f"It reports {rows} rows, less than {policy.min_share:g} of the {usual:g} that the last "
            f"{len(earlier)} runs had."
        )
    if policy.min_share is not None and usual is None:
        unknown.append("There is no run before to compare its rows with.")
    if rows == 0 and policy.min_rows is None:
        if reported.reads_all and usual:
            wrong.append(
                f"It reads all of each stream and reports no rows, where runs before had {usual:g}."
            )
        elif not right:  # where the tables are fresh there was nothing to read
            unknown.append("It reports no rows, and nothing says whether there were any to read.")
    else:
        right.append(f"It reports {rows} rows.")


def _look_at_tables(
    measured: Sequence[Measured], wrong: list[str], unknown: list[str], right: list[str]
) -> None:
    for one in measured:
        name, limit = ".".join(one.check.table), one.check.max_age_s
        if one.why_not is not None:
            unknown.append(f"{name} could not be asked: {one.why_not}")
        elif one.age_s is None:
            wrong.append(f"{name} has no row with a {one.check.column}.")
        elif one.age_s > limit:
            wrong.append(
                f"The newest row of {name} is {one.age_s:.0f} s old, and {limit:g} s are allowed."
            )
        else:
            right.append(f"The newest row of {name} is {max(one.age_s, 0):.0f} s old.")
