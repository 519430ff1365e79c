"""2022-11-15: a payment intent names its latest charge; a charge lists its refunds where asked."""

from prorata.wire.versions.change import Change, Node, Step
from prorata.wire.versions.related import Related

SHOWN = 10


def _want_charge(intent: Node, related: Related) -> None:
    related.want("charge", intent.get("latest_charge"))


def _lower_charges(intent: Node, related: Related) -> None:
    charge = related.document("charge", intent.get("latest_charge"))
    data = [] if charge is None else [charge]
    intent["charges"] = {
        "object": "list",
        "data": data,
        "has_more": False,
        "total_count": len(data),
        "url": f"/v1/charges?payment_intent={intent.get('id')}",
    }


def _want_refunds(charge: Node, related: Related) -> None:
    related.want_of("refund", "charge", charge.get("id"))


def _lower_refunds(charge: Node, related: Related) -> None:
    found = related.of("refund", "charge", charge.get("id"))
    charge.setdefault("refunds", {
        "object": "list",
        "data": found[:SHOWN],
        "has_more": len(found) > SHOWN,
        "total_count": len(found),
        "url": f"/v1/charges/{charge.get('id')}/refunds",
    })  # fmt: skip


STEP = Step(
    "2022-11-15",
    (
        Change(
            "A payment intent names its latest charge; it listed its charges.",
            lowers={"payment_intent": _lower_charges},
            needs={"payment_intent": _want_charge},
        ),
        Change(
            "A charge lists its `refunds` where it is asked to; they were always there.",
            lowers={"charge": _lower_refunds},
            needs={"charge": _want_refunds},
        ),
    ),
)
