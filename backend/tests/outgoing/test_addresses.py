"""Which addresses are spoken to."""

from ipaddress import ip_address

import pytest

from app.core.failures import (
    AddressRefused,
)
from app.core.setting_words import allowed_of
from app.outgoing.addresses import Allowed, is_public, literal

PRIVATE = """
    0.0.0.0 10.0.0.1 100.64.0.1 100.100.100.200 127.0.0.1 127.255.255.254 168.63.129.16 169.254.169.254
    172.16.0.1 172.31.255.255 192.0.0.192 192.0.2.1 192.168.1.1 198.18.0.1 198.51.100.1 203.0.113.1 224.0.0.1
    240.0.0.1 255.255.255.255
    :: ::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::ffff:a9fe:a9fe ::127.0.0.1 ::ffff:0:127.0.0.1
    64:ff9b::127.0.0.1 64:ff9b::169.254.169.254 64:ff9b:1::1 2002:7f00:1:: 2002:a9fe:a9fe::1 2001::1
    2001:db8::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 fec0::1 ff02::1 100::1
"""
ODD = """
    2130706433 0x7f000001 0x7f.0.0.1 0177.0.0.1 127.1 127.0.1 127.0.0.1. 1.2.3.4.5 256.1.1.1 017700000001
    a.0x7f fe80::1%eth0 ::g
"""
PUBLIC = "1.1.1.1 8.8.8.8 172.32.0.1 100.128.0.1 2606:4700::1111 ::ffff:8.8.8.8 64:ff9b::8.8.8.8 2002:808:808::1"


@pytest.mark.parametrize("text", PRIVATE.split())
def test_what_is_nobodys_on_the_internet_is_not_public(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize("text", PUBLIC.split())
def test_what_is_somebodys_is_public(text: str) -> None:
    assert is_public(ip_address(text))


@pytest.mark.parametrize("host", ODD.split())
def test_numbers_in_odd_forms_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused):
        literal(host)


def test_plain_addresses_are_themselves_and_names_are_none() -> None:
    assert literal("127.0.0.1") == ip_address("127.0.0.1")
    assert literal("[::1]") == literal("::1") == ip_address("::1")
    assert literal("1.example") is literal("localhost") is literal("cafe") is None


def test_whoever_runs_atlas_allows_networks_addresses_and_names() -> None:
    allowed = Allowed(*allowed_of("10.1.0.0/16, ::1,192.168.1.7 , Hooks.internal"))

    for host, address in (
        ("a.example", "10.1.2.3"),
        ("a.example", "::ffff:10.1.2.3"),
        ("a.example", "192.168.1.7"),
        ("::1", "::1"),
        ("HOOKS.internal.", "192.168.9.9"),
    ):
        allowed.require(host, ip_address(address))
    for host, address in (("a.example", "10.2.0.1"), ("b.hooks.internal", "192.168.9.9")):
        with pytest.raises(AddressRefused, match="ATLAS_OUTGOING_ALLOW"):
            allowed.require(host, ip_address(address))


@pytest.mark.parametrize("listed", ["a b", "10.0.0.0/40", "10.0.0.1/8", "http://a", "127.1", "*"])
def test_what_is_neither_network_nor_name_is_no_setting(listed: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        allowed_of(listed)
