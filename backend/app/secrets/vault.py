"""Reads secrets from a HashiCorp Vault. Source: Vault's HTTP API, KV version 2."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from app.core.failures import (
    AddressRefused,
    ReferenceUnreachable,
    ReferenceUnresolved,
)
from app.outgoing.sending import Outgoing

_MOST_BYTES = 1_048_576
_NAME = re.compile(r"(?P<mount>[^/#]+)/(?P<path>[^#]+)#(?P<field>.+)", re.DOTALL)
_SAID = {
    400: "Vault does not take the question.",
    403: "Vault does not let Atlas read it: look at the policy of ATLAS_VAULT_TOKEN, and whether it is still valid.",
    404: "Vault has nothing there.",
}


def path_of(name: str) -> tuple[str, str] | None:
    """The path of the question and the field of the answer, of a `mount/path#field`; none if it is none."""
    found = _NAME.fullmatch(name)
    if found is None or not name.isprintable():
        return None
    parts = [found["mount"], *found["path"].split("/")]
    if any(part in ("", ".", "..") for part in parts):
        return None
    mount, *rest = (quote(part, safe="") for part in parts)
    return f"/v1/{mount}/data/{'/'.join(rest)}", found["field"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Shape: `url` without a path. Units: `timeout_s` seconds for each of connecting, sending and reading."""

    url: str
    token: str = field(repr=False)
    timeout_s: float
    outgoing: Outgoing = field(repr=False)

    @classmethod
    def at(cls, url: str, *, token: str, timeout_s: float, outgoing: Outgoing) -> "Vault":
        """The vault of the settings: whoever runs Atlas named it, so it need not be public."""
        allowing = outgoing.allowing(urlsplit(url).hostname or "")
        return cls(url=url.rstrip("/"), token=token, timeout_s=timeout_s, outgoing=allowing)

    async def read(self, name: str) -> object:
        """The newest version of a field.

        Errors: ReferenceUnresolved; ReferenceUnreachable if Vault is away, sealed, or does not answer in time.
        """
        wanted = path_of(name)
        if wanted is None:
            raise _unresolved(name, "It is not mount/path#field.")
        path, part = wanted
        status, body = await self._ask(name, path)
        if status in _SAID:
            raise _unresolved(name, _SAID[status])
        if status != 200:
            raise _unreachable(name, f"Vault answered {status}.")
        found = _field(body, part)
        if found is None:
            raise _unresolved(name, "What Vault has there holds no such field.")
        return found

    async def _ask(self, name: str, path: str) -> tuple[int, bytes]:
        import httpx

        headers = {"X-Vault-Token": self.token, "X-Vault-Request": "true"}
        try:
            async with (
                asyncio.timeout(self.timeout_s),
                self.outgoing.client(timeout_s=self.timeout_s) as client,
                client.stream("GET", self.url + path, headers=headers) as answer,
            ):
                body = b""
                async for part in answer.aiter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES:
                        raise _unresolved(name, "What Vault has there is too large.")
                return answer.status_code, body
        except TimeoutError:
            raise _unreachable(name, f"Vault did not answer within {self.timeout_s:g} s.") from None
        except AddressRefused as error:
            raise _unresolved(name, error.detail) from None
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unreachable(name, f"Vault was not reached ({type(error).__name__}).") from None


def _field(body: bytes, part: str) -> object:
    """A field of an answer; none if it is not there, or the answer is none of KV version 2."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    for name in ("data", "data", part):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _unresolved(name: str, why: str) -> ReferenceUnresolved:
    return ReferenceUnresolved(f'{{"$vault": "{name}"}} was not found. {why}', reference=name)


def _unreachable(name: str, why: str) -> ReferenceUnreachable:
    return ReferenceUnreachable(f'{{"$vault": "{name}"}} was not found. {why}', reference=name)
