"""2023-08-16: intents choose their payment methods automatically; charges and custom fields do not
say what they are not; Checkout's coupon and shipping rates are discounts and options.
"""

from typing import Any

from prorata.wire.versions.change import Change, Node, Step, hash_at, hashes_at
from prorata.wire.versions.related import Related

FIELD_TYPES = ("dropdown", "numeric", "text")


def _card(tree: Node) -> None:
    if "automatic_payment_methods" not in tree and "payment_method_types" not in tree:
        tree["payment_method_types"] = ["card"]


def _coupon(tree: Node) -> None:
    data = hash_at(tree, "subscription_data")
    if data is not None and "coupon" in data and "discounts" not in tree:
        tree["discounts"] = [{"coupon": data.pop("coupon")}]


def _shipping_rates(tree: Node) -> None:
    rates = tree.get("shipping_rates")
    if isinstance(rates, list) and "shipping_options" not in tree:
        del tree["shipping_rates"]
        tree["shipping_options"] = [{"shipping_rate": rate} for rate in rates]


def _want_dispute(charge: Node, related: Related) -> None:
    if charge.get("disputed"):
        related.want_of("dispute", "charge", charge.get("id"))


def _lower_charge(charge: Node, related: Related) -> None:
    charge["dispute"] = _dispute_of(charge, related)
    charge["destination"] = None


def _dispute_of(charge: Node, related: Related) -> Any:
    found = related.of("dispute", "charge", charge.get("id")) if charge.get("disputed") else ()
    return next((dispute["id"] for dispute in found), None)


def _lower_fields(asking: Node, related: Related) -> None:
    for field in hashes_at(asking, "custom_fields"):
        for name in FIELD_TYPES:
            field.setdefault(name, None)


STEP = Step(
    "2023-08-16",
    (
        Change(
            "Automatic payment methods are the default of new intents; it was card alone before.",
            raises={"POST /v1/payment_intents": _card, "POST /v1/setup_intents": _card},
        ),
        Change(
            "Checkout is given `discounts`; it was given a coupon in `subscription_data`.",
            raises={"POST /v1/checkout/sessions": _coupon},
        ),
        Change(
            "Checkout is given `shipping_options`; it was given `shipping_rates`.",
            raises={"POST /v1/checkout/sessions": _shipping_rates},
        ),
        Change(
            "Charges no longer name their `dispute` and `destination`.",
            lowers={"charge": _lower_charge},
            needs={"charge": _want_dispute},
            fields={"charge": {"dispute": ("dispute",), "destination": ("account",)}},
        ),
        Change(
            "A custom field has the hash of its own type alone; those of the others were null.",
            lowers={"checkout.session": _lower_fields, "payment_link": _lower_fields},
        ),
    ),
)
