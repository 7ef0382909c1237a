"""Which network addresses may be fetched on a stranger's behalf."""

from __future__ import annotations

import ipaddress

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

# Azure's host answers every virtual machine under this address, which counts as public.
# https://learn.microsoft.com/azure/virtual-network/what-is-ip-address-168-63-129-16
AZURE_HOST = ipaddress.ip_address("168.63.129.16")
NAT64 = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in the last four bytes
# All that is public of IPv6. The standard library counts what no registry has given out as public too, and fec0::/10.
# https://www.iana.org/assignments/ipv6-address-space
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def is_allowed(address: str, allow_loopback: bool) -> bool:
    """Whether an address is on the public internet, or on loopback where that is allowed.

    Private, link-local, shared, multicast and reserved addresses are not, in whatever form an IPv6 address holds them.

    Args:
        address: an IPv4 or IPv6 address, with or without a zone ("fe80::1%eth0").
        allow_loopback: whether 127.0.0.0/8 and ::1 are allowed.

    Raises:
        ValueError: if it is no address.
    """
    found = _innermost(ipaddress.ip_address(address.partition("%")[0]))
    if found.is_loopback:
        return allow_loopback
    if found.version == 6 and found not in GLOBAL_UNICAST:
        return False
    return found.is_global and not found.is_multicast and found != AZURE_HOST


def _innermost(address: IPAddress) -> IPAddress:
    """Return the IPv4 address inside an IPv6 address that stands for one, else the address itself."""
    if address.version == 4:
        return address
    inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
    if inner is None and (address in NAT64 or int(address) >> 32 == 0 and int(address) > 1):
        inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return inner or address
