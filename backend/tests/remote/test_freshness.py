"""How a destination is asked, and what of it is refused before it is."""

import pytest

from app.core.errors import InvalidRequest
from app.outgoing.addresses import Allowed
from app.outgoing.sending import Outgoing
from app.remote.freshness import Postgres, destination_of, measured
from app.remote.snowflake import Snowflake, query_of
from app.remote.verification import Freshness

CHECK = Freshness(table=("public", 'us"ers'), column="_airbyte_extracted_at", max_age_s=60.0)
HERE = Outgoing(allowed=Allowed(names=frozenset({"127.0.0.1"})))


@pytest.mark.parametrize(
    "dsn",
    [
        "", "nonsense", "postgresql://u:p@/d", "postgresql://u:p@/d?host=/var/run/postgresql",
        "postgresql://u:p@a,b/d", "postgresql://host/d", "postgresql://u:canary@host/d?sslkey=/etc/key",
        "postgresql://u:canary@host/d?options=-csearch_path%3Dx", "postgresql://u:canary@host/d?passfile=/etc/pgpass",
        "postgresql://u:canary@host/d?service=other",
    ],
)  # fmt: skip
def test_a_dsn_names_one_host_and_nothing_of_this_machine(dsn: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        destination_of({"kind": "postgres", "dsn": dsn}, HERE)

    assert "canary" not in refused.value.detail


@pytest.mark.parametrize(
    ("outgoing", "said"),
    [(Outgoing(), "not public"), (HERE, "PostgreSQL refuses it")],
    ids=["an address that is not allowed", "nobody there"],
)
async def test_what_cannot_be_asked_says_why(outgoing: Outgoing, said: str) -> None:
    destination = Postgres(dsn="postgresql://u:canary@127.0.0.1:1/d", outgoing=outgoing)

    (found,) = await measured(destination, [CHECK], 5.0)

    assert found.why_not is not None
    assert said in found.why_not
    assert "canary" not in found.why_not


@pytest.mark.parametrize(
    "profile",
    [
        {}, {"account": "acme", "user": "u", "private_key": "no key", "database": "RAW"},
        {"account": "acme/evil", "user": "u", "private_key": "k", "database": "RAW"},
        {"account": "acme", "user": "u", "private_key": "k"},
    ],
)  # fmt: skip
def test_a_profile_of_snowflake_is_whole(profile: dict[str, object]) -> None:
    with pytest.raises(InvalidRequest):
        destination_of({"kind": "snowflake", **profile}, HERE)


def test_names_are_quoted_in_what_snowflake_is_asked() -> None:
    asked = query_of('R"AW', Freshness(table=("SHOP", 'US"ERS'), column='A"T', max_age_s=1))

    assert '"R""AW"."SHOP"."US""ERS"' in asked
    assert 'MAX("A""T")' in asked


def test_a_key_never_shows_itself() -> None:
    made = Snowflake(account="a", user="u", private_key="canary", passphrase="canary", database="d")

    assert "canary" not in repr(made)
