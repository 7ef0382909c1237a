"""The addresses that a stranger may have fetched."""

import ipaddress
import socket

import pytest
from guarded_web.addresses import is_allowed
from hypothesis import given
from hypothesis import strategies as st

# https://www.iana.org/assignments/iana-ipv4-special-registry, those that are not globally reachable, and multicast
FORBIDDEN = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.2.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "168.63.129.16/32",
]
LOOPBACK = "127.0.0.0/8"
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "20.42.0.1",
    "140.82.121.4",
    "151.101.1.42",
    "168.63.129.17",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700:4700::1111",
    "2001:4860:4860::8888",
    "2a00:1450:4001:81b::200e",
]


def within(network: str) -> st.SearchStrategy[ipaddress.IPv4Address]:
    found = ipaddress.ip_network(network)
    return st.integers(int(found[0]), int(found[-1])).map(ipaddress.IPv4Address)


def forms(address: ipaddress.IPv4Address) -> dict[str, str]:
    """The address, and IPv6 addresses that stand for it."""
    number = int(address)

    def six(prefix: str, shift: int = 0) -> str:
        return str(ipaddress.IPv6Address(int(ipaddress.IPv6Address(prefix)) | number << shift))

    return {
        "plain": str(address),
        "mapped": six("::ffff:0:0"),
        "compatible": six("::") if number > 1 else "::",
        "translated": six("::ffff:0:0:0"),
        "6to4": six("2002::", 80),
        "NAT64": six("64:ff9b::"),
        "local NAT64": six("64:ff9b:1::"),
        "Teredo": str(ipaddress.IPv6Address(int(ipaddress.IPv6Address("2001:0:808:808::")) | number ^ 0xFFFFFFFF)),
    }


@given(st.one_of(map(within, FORBIDDEN)), st.booleans())
def test_no_address_that_is_not_public_is_allowed_in_any_form(address, loopback):
    assert not [form for form, text in forms(address).items() if is_allowed(text, loopback)]


@given(within(LOOPBACK))
def test_loopback_is_not_allowed_unless_it_is_asked_for_whatever_its_form(address):
    assert not [form for form, text in forms(address).items() if is_allowed(text, False)]
    assert is_allowed(str(address), True)
    assert is_allowed(forms(address)["mapped"], True)


@given(st.integers(0, 2**128 - 1).map(ipaddress.IPv6Address), st.booleans())
def test_ipv6_is_public_only_in_the_range_of_global_unicast_or_where_it_holds_an_ipv4_address(address, loopback):
    if is_allowed(str(address), loopback):
        holds_ipv4 = int(address) >> 32 in (0, 0xFFFF, 0xFFFF0000, 0x64FF9B << 64)
        assert int(address) >> 125 == 1 or holds_ipv4


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address):
    assert is_allowed(address, False)
    assert is_allowed(address, True)


@pytest.mark.parametrize(
    "address",
    [
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fe80::1%1",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "100::1",
        "4000::1",
        "5f00::1",
        "64:ff9b:1::808:808",
        "::1%lo",
        "::ffff:169.254.169.254",
        "::ffff:168.63.129.16",
        "64:ff9b::a9fe:a9fe",
    ],
)
def test_ipv6_addresses_that_are_not_public_are_refused(address):
    assert not is_allowed(address, False)


def test_loopback_of_both_versions_is_allowed_where_it_is_asked_for():
    assert is_allowed("127.0.0.1", True) and is_allowed("::1", True) and is_allowed("::1%lo", True)


@pytest.mark.parametrize("text", ["", "localhost", "127.1", "0x7f.1", "2130706433", "1.2.3.4.5", "%eth0"])
def test_what_is_no_address_is_an_error(text):
    with pytest.raises(ValueError):
        is_allowed(text, True)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1"])
def test_the_system_reads_other_spellings_of_loopback_as_an_address_that_is_refused(host):
    for *_, (address, *_) in socket.getaddrinfo(host, 80, type=socket.SOCK_STREAM):
        assert not is_allowed(address, False)
