"""Which addresses Atlas speaks to: public ones, and those that whoever runs it allows."""

import re
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from app.core.failures import (
    AddressRefused,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SPECIAL = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
        "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "168.63.129.16/32",  # a cloud's metadata, at an address that looks public
        "2001::/23", "2001:db8::/32", "3fff::/20",
    )
)  # fmt: skip
"""Source: IANA's registries of special-purpose addresses."""
_GLOBAL6 = IPv6Network("2000::/3")
_WRAPPING = (
    (IPv6Network("::/96"), 0),
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("::ffff:0:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
)
"""Networks whose addresses hold one of IPv4, and by how many bits it is shifted: compatible, mapped,
translated, NAT64, 6to4."""
_LAST_IS_A_NUMBER = re.compile(r"(^|\.)([0-9]+|0[xX][0-9a-fA-F]*)\.?$")


def is_public(address: Address) -> bool:
    """Whether an address is anybody's on the internet: neither private, local, shared, reserved nor multicast.

    Shape: an IPv6 address that holds one of IPv4 is what the one within is.
    """
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _SPECIAL)
    within = _within(address)
    if within is not None:
        return is_public(within)
    return address in _GLOBAL6 and not any(address in network for network in _SPECIAL)


def _within(address: IPv6Address) -> IPv4Address | None:
    for network, shift in _WRAPPING:
        if address in network:
            return IPv4Address((int(address) >> shift) & 0xFFFFFFFF)
    return None


def literal(host: str) -> Address | None:
    """The address that a host is, or none if it is a name.

    Errors: AddressRefused for a number in another form than four decimals, which systems read in
            different ways (decimal, octal, hex, short), and for an address with a zone.
    """
    bare = host.removeprefix("[").removesuffix("]")
    try:
        found = ip_address(bare)
    except ValueError:
        if ":" in bare or "%" in bare or _LAST_IS_A_NUMBER.search(bare):
            raise AddressRefused("The host is a number that is no plain address.") from None
        return None
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise AddressRefused("The host is an address with a zone.")
    return found


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be spoken to although it is not public. Shape: names in small letters, without a last dot."""

    networks: tuple[Network, ...] = ()
    names: frozenset[str] = frozenset()

    def with_host(self, host: str) -> "Allowed":
        """The same, and one host more, by its name or address."""
        return Allowed(self.networks, self.names | {host.lower().removesuffix(".")})

    def require(self, host: str, address: Address) -> None:
        """Errors: AddressRefused. It names the host alone: what its name leads to is not told."""
        if host.lower().removesuffix(".") in self.names or is_public(address):
            return
        within = _within(address) if isinstance(address, IPv6Address) else None
        if any(each in network for network in self.networks for each in (address, within) if each):
            return
        raise AddressRefused(
            f"{host} is, or leads to, an address that is not public. Whoever runs Atlas may allow it by "
            "ATLAS_OUTGOING_ALLOW.",
            host=host,
        )
