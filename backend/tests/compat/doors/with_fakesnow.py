"""What Atlas's own door to Snowflake does with the connector, whose server is `fakesnow`; it says as JSON what it saw."""

import asyncio
import json
import sys
from typing import Any

import fakesnow
import snowflake.connector
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
)

from app.core.errors import AtlasError
from app.remote.snowflake import Snowflake
from app.remote.verification import Freshness

PASSPHRASE = "of the key"


def a_key() -> str:
    """A key as a person keeps one: in PEM, behind a passphrase."""
    key = generate_private_key(public_exponent=65_537, key_size=2_048)
    locked = BestAvailableEncryption(PASSPHRASE.encode())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked).decode()


def fill() -> None:
    connection = snowflake.connector.connect(database="RAW", schema="SHOP")
    for statement in (
        'CREATE TABLE USERS ("_AIRBYTE_EXTRACTED_AT" TIMESTAMP_TZ)',
        "INSERT INTO USERS SELECT DATEADD('second', -100, CURRENT_TIMESTAMP())",
        'CREATE TABLE EMPTY ("_AIRBYTE_EXTRACTED_AT" TIMESTAMP_TZ)',
    ):
        connection.cursor().execute(statement)
    connection.close()


async def asked(destination: Snowflake, table: str) -> Any:
    check = Freshness(table=("SHOP", table), column="_AIRBYTE_EXTRACTED_AT", max_age_s=1)
    try:
        return await destination.age_s(check, 30.0)
    except AtlasError as failure:
        return failure.detail


async def main() -> None:
    destination = Snowflake.of(
        {
            "account": "acme-eu1", "user": "ATLAS", "private_key": a_key(), "passphrase": PASSPHRASE,
            "role": "READER", "warehouse": "XS", "database": "RAW",
        }
    )  # fmt: skip
    seen = {table: await asked(destination, table) for table in ("USERS", "EMPTY", "GONE")}
    json.dump(seen, sys.stdout)


with fakesnow.patch():
    fill()
    asyncio.run(main())
