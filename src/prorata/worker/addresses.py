"""Addresses: which ones a delivery may be sent to, decided at the moment of dialing.

A name that was harmless when the endpoint was made may lead somewhere else later; what counts is
the address that a socket is about to be connected to.
"""

import errno
import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any, Literal

Reach = Literal["public", "private", "local"]
"""How far: public addresses; also private ranges; also this machine and what it can reach."""

# Of IPv6, with an address of IPv4 at the end: NAT64, and older ways of carrying one.
_WRAPPING = [ip_network(each) for each in ("64:ff9b::/96", "::/96", "::ffff:0:0:0/96")]
_SITE_LOCAL = ip_network("fec0::/10")
_SHARED = ip_network("100.64.0.0/10")
# Of clouds, where they are not link-local: Amazon, Google, Alibaba, Oracle, Azure.
_METADATA = [
    ip_network(each)
    for each in (
        "fd00:ec2::/32", "fd20:ce::254", "100.100.100.200", "192.0.0.192", "168.63.129.16",
    )
]  # fmt: skip


class AddressRefused(OSError):
    """A delivery would have gone to an address that it must not reach."""


def may_dial(address: str, reach: Reach) -> bool:
    """Return whether an address is within reach; those of the metadata of clouds never are.

    Most of them are link-local. An address of IPv4 that is wrapped into one of IPv6 is judged by
    itself.
    """
    ip = _unwrapped(ip_address(address.partition("%")[0]))
    if ip.is_link_local or ip.is_multicast or any(ip in each for each in _METADATA):
        return False
    if ip.is_loopback or ip.is_unspecified:
        return reach == "local"
    if ip.is_private or ip in _SHARED or ip in _SITE_LOCAL:
        return reach in ("private", "local")
    return ip.is_global


def dialing(reach: Reach) -> Callable[[Any], socket.socket]:
    """Return what makes the sockets of a connector; raises AddressRefused beyond the reach."""

    def make(info: tuple[int, int, int, str, tuple[Any, ...]]) -> socket.socket:
        family, kind, protocol, _, address = info
        if not may_dial(address[0], reach):
            raise AddressRefused(
                errno.EACCES, f"deliveries may not be sent to the address {address[0]}"
            )
        return socket.socket(family=family, type=kind, proto=protocol)

    return make


def _unwrapped(ip: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(ip, IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if not ip.is_loopback and any(ip in each for each in _WRAPPING):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip
