"""2022-11-15: a payment intent names its latest charge."""

from prorata.wire.versions.change import Change, Node, Step
from prorata.wire.versions.related import Related


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


STEP = Step(
    "2022-11-15",
    (
        Change(
            "A payment intent names its latest charge; it listed its charges.",
            lowers={"payment_intent": _lower_charges},
            needs={"payment_intent": _want_charge},
        ),
    ),
)
