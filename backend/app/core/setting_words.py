"""The words that settings are given in: some of few, and lists with commas."""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network


class LogFormat(StrEnum):
    JSON = "json"
    CONSOLE = "console"


class SmtpSecurity(StrEnum):
    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


def queues_of(listed: str) -> tuple[str, ...]:
    """The queues of a list with commas. Errors: ValueError for what is no queue's name."""
    names = tuple(name.strip() for name in listed.split(","))
    if not all(re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", name) for name in names):
        raise ValueError("a queue's name has small letters, digits and dashes")
    return names


def allowed_of(listed: str) -> tuple[tuple[Network, ...], frozenset[str]]:
    """The networks and the host names of a list with commas. Errors: ValueError for what is neither."""
    networks, names = [], set()
    for part in (part.strip().lower() for part in listed.split(",")):
        if re.fullmatch(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*", part) and not re.search(
            r"(^|\.)[0-9]+$", part
        ):
            names.add(part)
        elif part:
            networks.append(ip_network(part))
    return tuple(networks), frozenset(names)


@cache  # each request asks
def proxies_of(listed: str) -> tuple[Network, ...]:
    """The networks of a list with commas. Errors: ValueError for what is none."""
    return tuple(ip_network(one.strip()) for one in listed.split(",") if one.strip())


def web_address_of(url: str) -> str | None:
    """Shape: without the slash at its end."""
    if not url:
        return None
    if not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", url):
        raise ValueError("an address begins with http:// or https://, and has no query")
    return url.rstrip("/")


def origins_of(listed: str) -> str:
    for origin in filter(None, map(str.strip, listed.split(","))):
        if not re.fullmatch(r"https?://[a-z0-9.\[\]:-]+", origin):
            raise ValueError("an origin is as https://example.com, without a path; * is none")
    return listed


def rate_of(rate: str) -> str:
    if not re.fullmatch(r"[1-9]\d{0,8}/(second|minute|hour|day)", rate):
        raise ValueError("a rate is as 6000/minute; or /second, /hour, /day")
    return rate


def level_of(level: str) -> str:
    if level.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("it is DEBUG, INFO, WARNING or ERROR")
    return level.upper()


LISTS: Mapping[str, Callable[[str], object]] = {
    "trusted_proxies": proxies_of, "sync_queues": queues_of, "outgoing_allow": allowed_of,
}  # fmt: skip
"""The settings that are lists with commas."""
WORDS: Mapping[str, Callable[[str], str | None]] = {
    "public_url": web_address_of, "airbyte_api_url": web_address_of, "cors_origins": origins_of,
    "rate_limit": rate_of, "sign_in_rate_limit": rate_of, "log_level": level_of,
}  # fmt: skip
"""The settings that are words of a kind."""
