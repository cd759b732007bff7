"""Asks a destination how new its rows are: PostgreSQL here, Snowflake by its own door."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from app.core.errors import InvalidRequest
from app.core.failures import (
    AddressRefused,
)
from app.core.remote_failures import (
    FreshnessNotMeasured,
)
from app.database import elsewhere
from app.outgoing.addresses import literal
from app.outgoing.sending import Outgoing
from app.remote.snowflake import Snowflake
from app.remote.verification import Freshness, Measured

_PORT = 5432


class Asked(Protocol):
    """A destination that can be asked."""

    async def age_s(self, check: Freshness, timeout_s: float) -> float | None:
        """Seconds since the newest row of a table; none where it has none. Errors: FreshnessNotMeasured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    """Shape: the address behind the host is looked at once, and that very one is connected to."""

    dsn: str = field(repr=False)
    outgoing: Outgoing = field(repr=False)

    async def age_s(self, check: Freshness, timeout_s: float) -> float | None:
        parameters = postgres_parameters(self.dsn)
        try:
            async with asyncio.timeout(timeout_s):
                address = await self._address(parameters["host"])
                return await elsewhere.age_s(
                    parameters, address, check.table, check.column, timeout_s
                )
        except AddressRefused as error:
            raise FreshnessNotMeasured(error.detail) from error
        except TimeoutError:
            raise FreshnessNotMeasured(f"It did not answer within {timeout_s:g} s.") from None
        except OSError as error:
            raise FreshnessNotMeasured(f"It was not reached ({type(error).__name__}).") from None

    async def _address(self, host: str) -> str:
        """Errors: AddressRefused, OSError."""
        found = literal(host)
        texts = [str(found)] if found else await self.outgoing.resolve(host, _PORT)
        addresses = [address for text in texts if (address := literal(text)) is not None]
        for address in addresses:
            self.outgoing.allowed.require(host, address)
        if not addresses:
            raise FreshnessNotMeasured("The name of its host is not known.")
        return str(addresses[0])


def destination_of(profile: Mapping[str, object], outgoing: Outgoing) -> Asked:
    """Who can be asked by a profile whose secrets are open. Errors: InvalidRequest."""
    if profile.get("kind") == "snowflake":
        return Snowflake.of(profile)
    dsn = str(profile.get("dsn", ""))
    postgres_parameters(dsn)
    return Postgres(dsn=dsn, outgoing=outgoing)


def postgres_parameters(dsn: str) -> Mapping[str, str]:
    """Errors: InvalidRequest for what is no DSN, names no host, or more than a connection to one needs."""
    try:
        return elsewhere.parameters_of(dsn)
    except ValueError as error:
        raise InvalidRequest(f"The destination's DSN cannot be used: {error}") from None


async def measured(
    destination: Asked, checks: Sequence[Freshness], timeout_s: float
) -> Sequence[Measured]:
    """All that is to be looked at; what cannot be asked says why, and stops no other."""
    found = []
    for check in checks:
        try:
            age_s = await destination.age_s(check, timeout_s)
        except FreshnessNotMeasured as failure:
            found.append(Measured(check=check, why_not=failure.detail))
        else:
            found.append(Measured(check=check, age_s=age_s))
    return found
