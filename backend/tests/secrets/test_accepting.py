"""What is taken of a configuration, and what is said of the rest."""

import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from app.core.errors import ConfigurationInvalid, ConfigurationTooLarge
from app.core.secret_names import HIDDEN
from app.secrets.accepting import MOST_BYTES, accept
from app.secrets.places import secret_places
from app.secrets.references import References
from app.secrets.specification import wrongs

SPECIFICATION: Mapping[str, object] = {
    "type": "object",
    "required": ["host", "credentials"],
    "additionalProperties": False,
    "properties": {
        "host": {"type": "string", "pattern": r"^[a-z.]+$"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "mode": {"enum": ["fast", "slow"]},
        "free": {"type": "object", "additionalProperties": True},
        "keys": {"type": "array", "items": {"type": "string", "airbyte_secret": True}},
        "a/b~c": {"type": "integer"},
        "credentials": {
            "type": "object",
            "oneOf": [
                {
                    "required": ["kind", "password"],
                    "additionalProperties": False,
                    "properties": {
                        "kind": {"const": "password"},
                        "password": {"type": "string", "minLength": 4, "airbyte_secret": True},
                    },
                },
                {
                    "required": ["kind", "token"],
                    "properties": {
                        "kind": {"const": "token"},
                        "token": {"type": "string", "airbyte_secret": True},
                    },
                },
            ],
        },
    },
}
GOOD: Mapping[str, object] = {
    "host": "a.example",
    "credentials": {"kind": "password", "password": "hunter2"},
}
REFERENCES = References(prefix="ATLAS_SECRET_", folder=Path("/secrets"))
SECRET = {"$secret": "5a8768c2-f510-41c4-be3f-df7077409b0a"}
KEPT = {"host": "a.example", "credentials": {"kind": "password", "password": SECRET}}


def refused(
    sent: Mapping[str, object], kept: Mapping[str, object] | None = None
) -> Mapping[str, str]:
    """What is wrong with a configuration, by pointer."""
    with pytest.raises(ConfigurationInvalid) as refusal:
        accept(sent, SPECIFICATION, REFERENCES, kept=kept)
    errors = refusal.value.facts["errors"]
    assert isinstance(errors, list)
    assert "hunter2" not in str(errors), "no value is named"
    return {each["pointer"]: each["detail"] for each in errors}


def test_a_configuration_that_fits_is_taken_with_its_secrets_places() -> None:
    accepted = accept({**GOOD, "keys": ["a", "b"], "free": {"x": 1}}, SPECIFICATION, REFERENCES)

    assert set(accepted.places) == {("credentials", "password"), ("keys", 0), ("keys", 1)}


@pytest.mark.parametrize(
    ("changes", "pointer", "detail"),
    [
        ({"port": "hunter2"}, "/port", "It is not of type integer."),
        ({"port": 0}, "/port", "It breaks the rule minimum: 1."),
        ({"host": "hunter2!"}, "/host", "It does not match the pattern ^[a-z.]+$."),
        ({"mode": "hunter2"}, "/mode", "It is none of: fast, slow."),
        ({"hots": "hunter2"}, "/hots", "The connector knows no such field."),
        ({"a/b~c": "hunter2"}, "/a~1b~0c", "It is not of type integer."),
        ({"keys": [1]}, "/keys/0", "It is not of type string."),
        ({"credentials": {"kind": "password"}}, "/credentials/password", "It is missing."),
        ({"credentials": {"kind": "token", "password": "hunter2"}}, "/credentials/token", "It is missing."),
        ({"credentials": {"kind": "password", "password": "x"}}, "/credentials/password", "It breaks the rule minLength: 4."),
        ({"credentials": {"kind": "hunter2"}}, "/credentials", "It fits none of the variants that this field takes."),
        ({"credentials": "hunter2"}, "/credentials", "It is not of type object."),
        ({"free": {"x": float("nan")}}, "/free/x", "It is no number."),
        ({"free": {"x": "a\0hunter2"}}, "/free/x", "It holds a character that cannot be kept."),
        ({"free": {"x\ud800": 1}}, "/free/x\ud800", "It holds a character that cannot be kept."),
        ({"free": {"$secret": "5a8768c2-f510-41c4-be3f-df7077409b0a"}}, "/free", "Only Atlas itself says which of its secrets stands where."),
        ({"credentials": {"kind": "password", "password": {"$secret": "hunter2"}}}, "/credentials/password", "Only Atlas itself says which of its secrets stands where."),
        ({"free": [[{"x": {"$secret": 1, "y": 2}}]]}, "/free/0/0/x", "It is no reference."),
        ({"free": {"$env": "HOME"}}, "/free", "A variable that may be named begins with ATLAS_SECRET_."),
        ({"free": {"$file": "/secrets/../etc/passwd"}}, "/free", "A file that may be named is under ATLAS_SECRET_FOLDER."),
        ({"free": {"$file": "secrets/a"}}, "/free", "A file that may be named is under ATLAS_SECRET_FOLDER."),
        ({"free": {"$vault": "kv/a#b"}}, "/free", "Nothing in a vault may be named: ATLAS_VAULT_URL is not set."),
        ({"free": {"x": HIDDEN}}, "/free/x", "No secret is kept here that could stay."),
        ({"host": HIDDEN}, "/host", "No secret is kept here that could stay."),
    ],
    ids=str,
)  # fmt: skip
def test_what_is_wrong_is_named_by_pointer(
    changes: Mapping[str, object], pointer: str, detail: str
) -> None:
    assert refused({**GOOD, **changes}).get(pointer) == detail


def test_all_that_is_wrong_is_said_at_once() -> None:
    assert list(refused({"port": "x", "more": 1, "and": 2})) == [
        "/and", "/credentials", "/host", "/more", "/port",
    ]  # fmt: skip


def test_the_whole_configuration_is_no_reference() -> None:
    assert refused({"$env": "ATLAS_SECRET_ALL"}) == {"": "It is no reference."}


def test_a_reference_stands_for_a_value_that_fits() -> None:
    reference = {"$env": "ATLAS_SECRET_PASSWORD"}
    sent = {**GOOD, "port": {"$env": "ATLAS_SECRET_PORT"}, "credentials": {"kind": "password", "password": reference}}  # fmt: skip

    accepted = accept(sent, SPECIFICATION, REFERENCES)

    assert accepted.configuration == sent
    assert accepted.places == []


def test_a_secret_stays_where_ten_stars_stand_in_its_place() -> None:
    sent = {"host": "b.example", "credentials": {"kind": "password", "password": HIDDEN}}

    put = accept(sent, SPECIFICATION, REFERENCES, kept=KEPT)
    patched = accept({"host": "b.example"}, SPECIFICATION, REFERENCES, kept=KEPT, is_patch=True)

    assert put.configuration == patched.configuration == {**KEPT, "host": "b.example"}
    assert put.places == patched.places == []


A, B, C = ({"$secret": f"{letter * 8}-f510-41c4-be3f-df7077409b0a"} for letter in "abc")
AGAIN = "Give the secret again: within a list it stays only with an item that is as it was."


def account(host: str, password: object = HIDDEN) -> Mapping[str, object]:
    return {"host": host, "login": {"password": password}}


@pytest.mark.parametrize(
    ("kept", "sent", "taken"),
    [
        ([account("a", A), account("b", B)], [account("a"), account("b")], [account("a", A), account("b", B)]),
        ([account("a", A), account("b", B)], [account("a")], [account("a", A)]),
        ([account("a", A)], [account("a"), account("c", "new")], [account("a", A), account("c", "new")]),
        ([account("a", A), account("b", B)], [account("c", "new"), account("b")], [account("c", "new"), account("b", B)]),
        ([account("a", A), account("a", B)], [account("a"), account("a")], [account("a", A), account("a", B)]),
        ([A, B], [HIDDEN, HIDDEN, "new"], [A, B, "new"]),
        ([[account("a", A)], []], [[account("a")], [1]], [[account("a", A)], [1]]),
    ],
    ids=["as it was", "without the last", "with another", "the first anew", "twins", "bare", "nested"],
)  # fmt: skip
def test_a_secret_stays_with_its_item_of_a_list(
    kept: list[object], sent: list[object], taken: list[object]
) -> None:
    for is_patch in (False, True):
        accepted = accept({"x": sent}, None, REFERENCES, kept={"x": kept}, is_patch=is_patch)

        assert accepted.configuration == {"x": taken}


@pytest.mark.parametrize(
    ("kept", "sent", "lost"),
    [
        ([account("a", A), account("b", B)], [account("b")], [0]),
        ([account("a", A), account("b", B)], [account("b"), account("a")], [0, 1]),
        ([account("a", A), account("b", B), account("c", C)], [account("a"), account("c")], [1]),
        ([account("a", A)], [account("another")], [0]),
        ([account("a", A)], [account("a", "new"), account("a")], [1]),
        ([account("a", A), account("a", B)], [account("a")], [0]),
    ],
    ids=["without the first", "turned round", "without the middle", "changed", "one more", "one of twins"],
)  # fmt: skip
def test_no_item_of_a_list_takes_the_secret_of_another(
    kept: list[object], sent: list[object], lost: list[int]
) -> None:
    for is_patch in (False, True):
        with pytest.raises(ConfigurationInvalid) as refusal:
            accept({"x": sent}, None, REFERENCES, kept={"x": kept}, is_patch=is_patch)

        errors = refusal.value.facts["errors"]
        assert isinstance(errors, list)
        assert {each["pointer"]: each["detail"] for each in errors} == {
            f"/x/{number}/login/password": AGAIN for number in lost
        }


@pytest.mark.parametrize("sent", [[HIDDEN], [HIDDEN, "new"], ["new", HIDDEN]], ids=str)
def test_of_secrets_that_nothing_tells_apart_none_stays_beside_a_change(sent: list[object]) -> None:
    with pytest.raises(ConfigurationInvalid):
        accept({"keys": sent}, None, REFERENCES, kept={"keys": [A, B]})


def test_a_patch_changes_what_it_names_and_takes_null_away() -> None:
    kept = {**KEPT, "port": 1, "free": {"a": 1, "b": {"c": 2}}}
    patch = {"port": None, "free": {"b": {"d": 3}}, "credentials": {"password": "another"}}

    accepted = accept(patch, SPECIFICATION, REFERENCES, kept=kept, is_patch=True)

    assert accepted.configuration == {
        "host": "a.example",
        "free": {"a": 1, "b": {"c": 2, "d": 3}},
        "credentials": {"kind": "password", "password": "another"},
    }
    assert accepted.places == [("credentials", "password")]


def test_a_put_without_a_secret_lets_it_go_and_says_that_it_is_missing() -> None:
    sent = {"host": "a.example", "credentials": {"kind": "password"}}

    assert refused(sent, KEPT) == {"/credentials/password": "It is missing."}


def test_too_much_and_too_deep_are_refused() -> None:
    deep: object = 1
    for _ in range(40):
        deep = {"x": deep}

    with pytest.raises(ConfigurationTooLarge):
        accept({"free": {"x": "a" * MOST_BYTES}}, None, REFERENCES)
    assert refused({**GOOD, "free": deep}) == {"/free": "It has more than 32 levels."}


def test_without_a_specification_names_tell_secrets() -> None:
    sent = {
        "password": "a", "api_key": 7, "token_type": "Bearer", "host": "h", "credentials": {"user": "u", "on": True},
        "url": "https://me:word@host/", "plain_url": "https://host/", "list": [{"secret": "b"}], "token": "",
    }  # fmt: skip

    assert set(secret_places(sent, None)) == {
        ("password",), ("api_key",), ("credentials", "user"), ("url",), ("list", 0, "secret"),
    }  # fmt: skip


def test_what_a_specification_describes_is_judged_by_it_and_the_rest_by_name() -> None:
    specification = {
        "properties": {"key_column": {"type": "string"}, "pin": {"type": "integer", "airbyte_secret": True}},
        "definitions": {"inner": {"properties": {"x": {"airbyte_secret": True}}}},
        "allOf": [{"properties": {"ref": {"$ref": "#/definitions/inner"}}}],
        "patternProperties": {"^s_": {"airbyte_secret": True}},
    }  # fmt: skip
    sent = {"key_column": "id", "pin": 1234, "ref": {"x": ["a"]}, "s_1": "b"}

    broken = {"patternProperties": {"(": {"airbyte_secret": True}}}

    assert set(secret_places(sent, specification)) == {("pin",), ("ref", "x"), ("s_1",)}
    assert secret_places({"x": 1}, broken) == [("x",)], "what cannot be judged is a secret"


@pytest.mark.parametrize(
    "specification",
    [
        {"$ref": "#"},
        {"properties": {"a": {"$ref": "#/properties/a"}}},
        {"$ref": "http://127.0.0.1:9/schema.json"},
        {"$ref": "file:///etc/passwd"},
        {"properties": {"a": {"pattern": "("}}},
        {"properties": {"a": {"pattern": "^(a+)+$"}}},
        {"properties": {"a": {"type": "no such"}}},
        {"properties": 7, "required": "a", "oneOf": 3},
    ],
    ids=str,
)
def test_a_specification_that_is_none_harms_nobody(specification: Mapping[str, object]) -> None:
    began = time.monotonic()

    wrongs({"a": "a" * 5_000 + "!"}, specification)
    secret_places({"a": {"a": "b"}}, specification)

    assert time.monotonic() - began < 2, "nothing is fetched, nothing goes round for ever"
