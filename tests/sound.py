"""Sound books: those in which the doctor finds nothing wrong."""

from __future__ import annotations

from typing import Any

from prorata.engine.doctor import examine


def assert_sound(system: Any) -> None:
    """Prove that the books balance, that every invoice adds up, and whatever else is proven."""
    found = [each for check in examine(system) for each in check.findings]
    assert not found, "\n".join(f"{each.check}: {each.id}: {each.problem}" for each in found)
