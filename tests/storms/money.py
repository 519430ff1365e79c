"""Money: what the sandbox's network says that it moved, beside what our books say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from prorata.gateways.sandbox.books import BookedOrder, SandboxBooks
from storms.stored import Stored


def unmatched(stored: Stored, books: SandboxBooks) -> Iterator[str]:
    """Yield what the network took, or gave back, and we do not know of; and the other way round.

    Of cards alone: a bank that takes its money back tells so later.
    """
    orders = [each for each in books.orders() if each.kind == "charge"]
    taken = _taken(orders)
    known = Counter(
        (each["customer"], each["amount_captured"], each["amount_refunded"])
        for each in stored.of("charge") if each["status"] == "succeeded"
    )  # fmt: skip
    for what, number in (taken - known).items():
        yield f"the network took {what} {number} times more than we know of"
    for what, number in (known - taken).items():
        yield f"we know of {what} {number} times more than the network took"
    keys = {each["id"] for each in stored.of("payment_attempt")}
    for each in orders:
        if each.captured and each.key not in keys:
            yield f"the network has an order {each.key} that we never decided on"
    paid = Counter(
        each["payment_intent"] for each in stored.of("charge")
        if each["status"] == "succeeded" and each["payment_intent"]
    )  # fmt: skip
    for intent, number in paid.items():
        if number > 1:
            yield f"{intent} was charged {number} times"


def _taken(orders: Iterable[BookedOrder]) -> Counter[tuple[Any, int, int]]:
    return Counter(
        (each.request.customer, each.captured, each.refunded)
        for each in orders if each.captured  # type: ignore[union-attr]
    )  # fmt: skip


def waiting(stored: Stored) -> list[str]:
    """Return the payment attempts that still wait for an answer."""
    return [
        each["id"] for each in stored.of("payment_attempt")
        if each["state"] in ("pending", "unknown")
    ]  # fmt: skip
