"""Deliveries reach only addresses that are meant to be reached, whatever their name says."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from prorata.worker.addresses import AddressRefused, dialing, may_dial
from prorata.worker.sender import Sender

PUBLIC, PRIVATE, LOCAL, NONE = "public", "private", "local", "nobody"
ORDER = (PUBLIC, PRIVATE, LOCAL)


@pytest.mark.parametrize(("address", "from_reach"), [
    ("93.184.216.34", PUBLIC),
    ("2606:2800:220:1:248:1893:25c8:1946", PUBLIC),
    ("64:ff9b::5db8:d822", PUBLIC),
    ("10.0.0.1", PRIVATE),
    ("172.16.0.1", PRIVATE),
    ("192.168.1.1", PRIVATE),
    ("100.64.0.1", PRIVATE),
    ("fd00::1", PRIVATE),
    ("::ffff:10.0.0.1", PRIVATE),
    ("64:ff9b::a00:1", PRIVATE),
    ("2002:a00:1::", PRIVATE),
    ("::10.0.0.1", PRIVATE),
    ("::ffff:0:10.0.0.1", PRIVATE),
    ("fec0::1", PRIVATE),
    ("127.0.0.1", LOCAL),
    ("127.8.8.8", LOCAL),
    ("::1", LOCAL),
    ("::ffff:127.0.0.1", LOCAL),
    ("::127.0.0.1", LOCAL),
    ("::ffff:0:127.0.0.1", LOCAL),
    ("0.0.0.0", LOCAL),
    ("::", LOCAL),
    ("169.254.169.254", NONE),
    ("::ffff:169.254.169.254", NONE),
    ("::169.254.169.254", NONE),
    ("fd00:ec2::254", NONE),
    ("fd20:ce::254", NONE),
    ("100.100.100.200", NONE),
    ("::ffff:100.100.100.200", NONE),
    ("192.0.0.192", NONE),
    ("168.63.129.16", NONE),
    ("fe80::1%eth0", NONE),
    ("224.0.0.1", NONE),
    ("ff02::1", NONE),
])
def test_how_far_a_delivery_may_go(address: str, from_reach: str) -> None:
    allowed = ORDER[ORDER.index(from_reach):] if from_reach != NONE else ()
    for reach in ORDER:
        assert may_dial(address, reach) == (reach in allowed), reach  # type: ignore[arg-type]


def test_the_address_is_checked_when_a_socket_is_made() -> None:
    info: Any = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("169.254.169.254", 80))
    with pytest.raises(AddressRefused, match=r"169\.254\.169\.254"):
        dialing("local")(info)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "0x7f.1"])
def test_a_name_that_leads_to_this_machine_is_refused_in_live_mode(host: str) -> None:
    async def send() -> Any:
        sender = Sender("public")
        try:
            return await sender.send(f"http://{host}:9/", b"{}", ["whsec_test"])
        finally:
            await sender.close()

    reply = asyncio.run(send())
    assert not reply.delivered
    assert reply.status is None
    assert "may not be sent to the address" in reply.error
