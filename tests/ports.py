"""Ports: free ones that are given to nobody else meanwhile."""

from __future__ import annotations

import os
import random
import socket
from contextlib import suppress

# Below those that the system gives to whoever asks for any, or calls somebody.
FIRST, EACH = 10_240, 1_000


def free_port() -> int:
    """Return a port of this machine that nobody listens at; each of pytest's workers has its own.

    What the system gives by itself may be given to another one before a process has begun to
    listen at it.
    """
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 20
    ports = range(FIRST + worker * EACH, FIRST + (worker + 1) * EACH)
    for port in random.SystemRandom().sample(ports, EACH):
        with suppress(OSError), socket.socket() as tried:
            tried.bind(("127.0.0.1", port))
            return port
    raise OSError("no port is free")
