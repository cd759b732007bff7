"""Tests of app/processes/redaction.py."""

import json
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.processes.redaction import Redaction

SECRETS = st.text(min_size=4, max_size=30).filter(lambda text: text not in "[redacted]")


@given(SECRETS)
def test_a_secret_is_hidden_in_each_form_it_may_be_quoted_in(secret: str) -> None:
    redact = Redaction.of({"credentials": {"client": {"password": secret}}})

    for form in (secret, json.dumps(secret), quote(secret), quote(secret, safe="")):
        assert redact(f"<{form}>").strip('<">') == "[redacted]"


@pytest.mark.parametrize(
    ("config", "text", "shown"),
    [
        ({"api_key": "k-123456"}, "key k-123456 refused", "key [redacted] refused"),
        ({"url": "https://me:pass123@host/"}, "at pass123", "at [redacted]"),
        ({"tokens": ["one-1", "two-2"]}, "one-1 two-2", "[redacted] [redacted]"),
        ({"private_key": "line-1\nline-2"}, "got line-2", "got [redacted]"),
        ({"pin_token": 12345678}, "12345678", "[redacted]"),
        ({"stream": "orders", "auth_type": "oauth"}, "orders by oauth", "orders by oauth"),
        ({"password": "abc"}, "abc", "abc"),  # too short to be told from words
    ],
)
def test_what_is_named_like_a_secret_is_one(
    config: dict[str, object], text: str, shown: str
) -> None:
    assert Redaction.of(config)(text) == shown


def test_what_the_specification_marks_is_a_secret_whatever_its_name() -> None:
    spec = {"properties": {"login": {"oneOf": [{"properties": {"pin": {"airbyte_secret": True}}}]}}}

    redact = Redaction.of({"login": {"pin": "0000-1111"}}, spec)

    assert redact("0000-1111") == "[redacted]"
