"""What a remote's success must show to be one."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.remote.verification import (
    Freshness,
    Measured,
    Policy,
    Reported,
    Verdict,
    WhenRunning,
    policy_of,
    verify,
)

CHECK = Freshness(table=("public", "users"), column="_airbyte_extracted_at", max_age_s=60.0)
GOOD = Reported(rows=100, size_bytes=5_000, earlier=(100, 90), reads_all=True)
PLAIN = Policy()
fresh = Measured(check=CHECK, age_s=5.0)
stale = Measured(check=CHECK, age_s=61.0)
empty = Measured(check=CHECK)
unasked = Measured(check=CHECK, why_not="it was not reached.")


@pytest.mark.parametrize(
    ("reported", "policy", "verdict"),
    [
        (GOOD, PLAIN, Verdict.VERIFIED),
        (replace(GOOD, rows=None), PLAIN, Verdict.UNVERIFIED),
        (replace(GOOD, size_bytes=None), PLAIN, Verdict.UNVERIFIED),
        (replace(GOOD, rows=0), PLAIN, Verdict.FAILED),
        (replace(GOOD, rows=0, earlier=()), PLAIN, Verdict.UNVERIFIED),
        (replace(GOOD, rows=0, reads_all=False), PLAIN, Verdict.UNVERIFIED),
        (replace(GOOD, rows=0, reads_all=False, measured=(fresh,)), PLAIN, Verdict.VERIFIED),
        (GOOD, Policy(min_rows=101), Verdict.FAILED),
        (GOOD, Policy(min_rows=100), Verdict.VERIFIED),
        (replace(GOOD, rows=0), Policy(min_rows=0), Verdict.VERIFIED),
        (replace(GOOD, rows=47), Policy(min_share=0.5), Verdict.FAILED),
        (replace(GOOD, rows=48), Policy(min_share=0.5), Verdict.VERIFIED),
        (replace(GOOD, earlier=()), Policy(min_share=0.5), Verdict.UNVERIFIED),
        (replace(GOOD, rows=60, earlier=(100, 10_000)), Policy(min_share=0.5, history=1), Verdict.VERIFIED),
        (replace(GOOD, measured=(fresh,)), PLAIN, Verdict.VERIFIED),
        (replace(GOOD, measured=(stale,)), PLAIN, Verdict.FAILED),
        (replace(GOOD, measured=(fresh, empty)), PLAIN, Verdict.FAILED),
        (replace(GOOD, measured=(fresh, unasked)), PLAIN, Verdict.UNVERIFIED),
        (replace(GOOD, rows=None, measured=(stale,)), PLAIN, Verdict.FAILED),
    ],
)  # fmt: skip
def test_a_success_is_verified_unverified_or_none(
    reported: Reported, policy: Policy, verdict: Verdict
) -> None:
    found = verify(reported, policy)

    assert found.verdict is verdict
    assert found.reasons


@given(
    policy=st.builds(
        Policy,
        min_rows=st.none() | st.integers(0, 10),
        min_share=st.none() | st.floats(0, 1),
        history=st.integers(1, 9),
        freshness=st.lists(st.just(CHECK)).map(tuple),
        allow_unverified=st.booleans(),
        retry_unverified=st.booleans(),
        when_running=st.sampled_from(WhenRunning),
        cancel_on_deadline=st.booleans(),
        max_retries=st.integers(0, 10),
    )
)
def test_a_policy_is_kept_as_it_is(policy: Policy) -> None:
    assert policy_of(policy.as_json()) == policy
