"""Asks Snowflake how new the rows of a table are; the only door to its connector, which need not be installed."""

import asyncio
import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from app.core.errors import InvalidRequest
from app.core.remote_failures import (
    FreshnessNotMeasured,
)
from app.remote.verification import Freshness

_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}")
Library = Any  # it need not be there, so its types are not either


def load() -> Library:
    """Import the connector. Errors: FreshnessNotMeasured where it is not installed."""
    try:
        return importlib.import_module("snowflake.connector")
    except ImportError:
        raise FreshnessNotMeasured(
            "Snowflake's connector is not installed: pip install snowflake-connector-python."
        ) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class Snowflake:
    """Shape: signs in by key pair alone; `private_key` is PEM."""

    account: str
    user: str
    private_key: str = field(repr=False)
    passphrase: str | None = field(default=None, repr=False)
    role: str | None = None
    warehouse: str | None = None
    database: str

    @classmethod
    def of(cls, profile: Mapping[str, object]) -> "Snowflake":
        """Errors: InvalidRequest for an account, key or name that cannot be one."""

        def told(name: str) -> str | None:
            value = profile.get(name)
            return value if isinstance(value, str) and value else None

        account, user, key, database = map(told, ("account", "user", "private_key", "database"))
        if account is None or user is None or key is None or database is None:
            raise InvalidRequest(
                "Snowflake needs an account, a user, a private key and a database."
            )
        if not _ACCOUNT.fullmatch(account):
            raise InvalidRequest("This is no account of Snowflake's.")
        made = cls(
            account=account, user=user, private_key=key, passphrase=told("passphrase"),
            role=told("role"), warehouse=told("warehouse"), database=database,
        )  # fmt: skip
        made.key()
        return made

    def key(self) -> bytes:
        """The key as the connector takes it. Errors: InvalidRequest."""
        passphrase = self.passphrase.encode() if self.passphrase else None
        try:
            key = load_pem_private_key(self.private_key.encode(), passphrase)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise InvalidRequest(
                "The private key is no PEM key, or its passphrase is wrong."
            ) from None
        return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())

    async def age_s(self, check: Freshness, timeout_s: float) -> float | None:
        """Errors: FreshnessNotMeasured. Shape: the library waits on I/O, so in a thread."""
        return await asyncio.to_thread(self._age_s, load(), check, timeout_s)

    def _age_s(self, library: Library, check: Freshness, timeout_s: float) -> float | None:
        try:
            connection = library.connect(
                account=self.account, user=self.user, private_key=self.key(), role=self.role,
                warehouse=self.warehouse, database=self.database, schema=check.table[0],
                login_timeout=int(timeout_s) or 1, network_timeout=int(timeout_s) or 1,
                session_parameters={"TIMEZONE": "UTC"},
            )  # fmt: skip
            try:
                row = connection.cursor().execute(query_of(self.database, check)).fetchone()
            finally:
                connection.close()
        except library.errors.Error as error:
            raise FreshnessNotMeasured(f"Snowflake refuses it ({type(error).__name__}).") from None
        return None if row is None or row[0] is None else float(row[0])


def query_of(database: str, check: Freshness) -> str:
    """How old the newest row is. Shape: names are quoted, so they count in capitals where Snowflake made them so."""
    table = ".".join(_quoted(name) for name in (database, *check.table))
    column = _quoted(check.column)
    return f"SELECT DATEDIFF('second', MAX({column}), CURRENT_TIMESTAMP()) FROM {table}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
