"""Clocks: a test clock that was sent on is waited for until it stands where it was sent."""

from __future__ import annotations

import time
from typing import Any

PATIENCE_SECONDS = 120.0
LOOK_SECONDS = 0.01


def arrived(clocks: Any, id: str) -> Any:
    """Return a test clock once it is ready; fail when it is not in the end."""
    until = time.monotonic() + PATIENCE_SECONDS
    while (clock := clocks.retrieve(id)).status == "advancing":
        assert time.monotonic() < until, "the clock did not arrive"
        time.sleep(LOOK_SECONDS)
    assert clock.status == "ready", clock
    return clock
