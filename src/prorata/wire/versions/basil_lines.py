"""Basil's lines: prices in `pricing`, origins in `parent`, taxes in `taxes`."""

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from prorata.resources.billing.plan import Plan
from prorata.wire.versions.change import Change, Node, hash_at, hashes_at
from prorata.wire.versions.related import Related

TWELVE_PLACES = Decimal("0.000000000001")


# Where older taxes led to their rates.
OLD_TAXES = {"tax_rate": ("tax_rate",)}


def old_taxes(node: Node, name: str) -> list[Node]:
    """Return taxes as they were written before: with the rate's id and whether it is inclusive."""
    return [
        {
            "amount": tax.get("amount"),
            "inclusive": tax.get("tax_behavior") == "inclusive",
            "tax_rate": (tax.get("tax_rate_details") or {}).get("tax_rate"),
            "taxability_reason": _reason(tax),
            "taxable_amount": tax.get("taxable_amount"),
        }
        for tax in hashes_at(node, name)
    ]


def _reason(tax: Node) -> Any:
    """Return why a tax is as it is; where that is not known, older taxes said nothing."""
    reason = tax.get("taxability_reason")
    return None if reason == "not_available" else reason


def excluding_tax(amount: int, taxes: list[Node]) -> int:
    """Return an amount in minor units less the taxes that it includes."""
    included: int = sum(tax["amount"] for tax in taxes if tax["inclusive"])
    return amount - included


def unit_excluding_tax(amount: int, quantity: Any) -> str:
    """Return the amount of one of a quantity, in minor units, to at most twelve decimals."""
    unit = Decimal(amount) / (quantity or 1)
    return plain_decimal(unit.quantize(TWELVE_PLACES, ROUND_HALF_UP))


def plain_decimal(value: Decimal) -> str:
    """Return a decimal without exponent and trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def plan_of(price: Node | None) -> Node | None:
    """Return the plan that a recurring price also is; None for one-time prices."""
    recurring = price.get("recurring") if price else None
    if price is None or recurring is None:
        return None
    transform = price.get("transform_quantity")
    return {
        "id": price["id"],
        "object": "plan",
        "active": price.get("active"),
        "aggregate_usage": None,
        "amount": price.get("unit_amount"),
        "amount_decimal": price.get("unit_amount_decimal"),
        "billing_scheme": price.get("billing_scheme"),
        "created": price.get("created"),
        "currency": price.get("currency"),
        "interval": recurring.get("interval"),
        "interval_count": recurring.get("interval_count"),
        "livemode": price.get("livemode"),
        "metadata": price.get("metadata"),
        "meter": recurring.get("meter"),
        "nickname": price.get("nickname"),
        "product": price.get("product"),
        "tiers_mode": price.get("tiers_mode"),
        "transform_usage": transform,
        "trial_period_days": recurring.get("trial_period_days"),
        "usage_type": recurring.get("usage_type"),
    }


def _price_id(node: Node) -> Any:
    details = (hash_at(node, "pricing") or {}).get("price_details") or {}
    return details.get("price")


def _want_price(node: Node, related: Related) -> None:
    related.want("price", _price_id(node))


def _lower_pricing(node: Node, related: Related) -> None:
    price = related.document("price", _price_id(node))
    pricing = node.pop("pricing", None) or {}
    node["price"] = price
    node["plan"] = plan_of(price)
    if node["object"] == "invoiceitem":
        unit = pricing.get("unit_amount_decimal")
        node["unit_amount_decimal"] = unit
        exact = Decimal(unit) if unit is not None else None
        whole = exact is not None and exact == exact.to_integral_value()
        node["unit_amount"] = int(exact) if exact is not None and whole else None


def _want_rates(line: Node, related: Related) -> None:
    for tax in old_taxes(line, "taxes"):
        related.want("tax_rate", tax["tax_rate"])


def _lower_line_taxes(line: Node, related: Related) -> None:
    taxes = old_taxes(line, "taxes")
    line.pop("taxes", None)
    line["tax_amounts"] = taxes
    rates = [related.document("tax_rate", tax["tax_rate"]) for tax in taxes]
    line["tax_rates"] = [rate for rate in rates if rate is not None]
    amount = excluding_tax(line.get("amount") or 0, taxes)
    line["amount_excluding_tax"] = amount
    line["unit_amount_excluding_tax"] = unit_excluding_tax(amount, line.get("quantity"))


def _lower_line_parent(line: Node, related: Related) -> None:
    parent = line.pop("parent", None) or {}
    of_item = parent.get("subscription_item_details") or {}
    details = of_item or parent.get("invoice_item_details") or {}
    # A proration had an invoice item and was of that type, though a subscription item caused it.
    line["type"] = "invoiceitem" if details.get("invoice_item") or not of_item else "subscription"
    if details.get("invoice_item") is not None:
        line["invoice_item"] = details["invoice_item"]
    if of_item.get("subscription_item") is not None:
        line["subscription_item"] = of_item["subscription_item"]
    line["proration"] = bool(details.get("proration"))
    line["proration_details"] = details.get("proration_details") or {"credited_items": None}
    if line.get("subscription") is None:
        line["subscription"] = details.get("subscription")


def _lower_credit_line(line: Node, related: Related) -> None:
    taxes = old_taxes(line, "taxes")
    line.pop("taxes", None)
    line["tax_amounts"] = taxes
    amount = excluding_tax(line.get("amount") or 0, taxes)
    line["amount_excluding_tax"] = amount
    line["unit_amount_excluding_tax"] = unit_excluding_tax(amount, line.get("quantity"))


CHANGES = (
    Change(
        "Lines and invoice items name their price in `pricing`; they held the whole price and"
        " plan.",
        lowers={"line_item": _lower_pricing, "invoiceitem": _lower_pricing},
        needs={"line_item": _want_price, "invoiceitem": _want_price},
        fields={
            "line_item": {"price": ("price",), "plan": Plan},
            "invoiceitem": {"price": ("price",), "plan": Plan},
        },
    ),
    Change(
        "A line's `taxes` name their rate and behavior; they were `tax_amounts` beside"
        " `tax_rates`.",
        lowers={"line_item": _lower_line_taxes},
        needs={"line_item": _want_rates},
        fields={"line_item": {"tax_amounts": OLD_TAXES, "tax_rates": ("tax_rate",)}},
    ),
    Change(
        "What a line comes from is its `parent`; it had a `type` and named the items itself.",
        lowers={"line_item": _lower_line_parent},
        fields={"line_item": {"invoice_item": ("invoiceitem",)}},
    ),
    Change(
        "A credit note line's `taxes` were `tax_amounts`.",
        lowers={"credit_note_line_item": _lower_credit_line},
        fields={"credit_note_line_item": {"tax_amounts": OLD_TAXES}},
    ),
)
