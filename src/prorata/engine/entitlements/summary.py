"""Summary: a customer's active entitlements are told of whenever one comes or goes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from prorata.model.transaction import Tx
from prorata.resources.entitlements.active_entitlement import ActiveEntitlement, summary_url

KIND = "entitlements.active_entitlement_summary"
UPDATED = f"{KIND}.updated"
# As many are told of in the event; the rest is on the pages of the list's url.
INLINE = 10


def tell_of(
    tx: Any,
    customer: str,
    before: Sequence[ActiveEntitlement],
    after: Sequence[ActiveEntitlement],
) -> None:
    """Say what a customer may use now, and what it could before; both newest first.

    Of several changes in one step only what they come to is told, or nothing at all.
    """
    former, present = _list(customer, before), _list(customer, after)
    told = next(
        (each for each in tx.events if each.type == UPDATED and each.object_id == customer), None
    )
    if told is not None:
        tx.events.remove(told)
        former = told.payload["entitlements"] | told.previous["entitlements"]
        if former["data"] == present["data"]:
            return
    previous = {name: former[name] for name in ("data", "has_more")
                if name == "data" or former[name] != present[name]}  # fmt: skip
    tx.emit_payload(
        UPDATED, KIND, customer, summary(tx, customer, present), {"entitlements": previous}
    )


def summary(tx: Tx, customer: str, entitlements: dict[str, Any]) -> dict[str, Any]:
    """Return the object that an event tells of."""
    return {
        "object": KIND,
        "customer": customer,
        "entitlements": entitlements,
        "livemode": tx.book.livemode,
    }


def _list(customer: str, entitlements: Sequence[ActiveEntitlement]) -> dict[str, Any]:
    return {
        "object": "list",
        "data": [msgspec.to_builtins(each) for each in entitlements[:INLINE]],
        "has_more": len(entitlements) > INLINE,
        "url": summary_url(customer),
    }
