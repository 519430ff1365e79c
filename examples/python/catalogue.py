"""Catalogue: the plans, what each lets people do, and what they may change in the portal.

Everything is found again by its lookup key: starting the shop twice makes nothing twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FEATURES = {
    "album": "An album for your photos",
    "sharing": "Share photos by a link",
    "originals": "Download in full size",
}


@dataclass(frozen=True)
class Plan:
    """A product with its monthly price, and a yearly one where it costs something."""

    key: str
    name: str
    words: str
    amount: int  # cents a month
    features: tuple[str, ...]

    @property
    def monthly(self) -> str:
        return f"{self.key}_monthly"

    @property
    def yearly(self) -> str:
        return f"{self.key}_yearly"

    def prices(self) -> dict[str, tuple[int, str]]:
        """Return amount and interval by lookup key; a year costs ten months."""
        found = {self.monthly: (self.amount, "month")}
        if self.amount:
            found[self.yearly] = (self.amount * 10, "year")
        return found


PLANS = {
    plan.key: plan
    for plan in (
        Plan("free", "Free", "To look around", 0, ("album",)),
        Plan("basic", "Basic", "For you and your family", 1500, ("album", "sharing")),
        Plan("premium", "Premium", "For those who print", 2500, ("album", "sharing", "originals")),
    )
}
PAID = {key: plan for key, plan in PLANS.items() if plan.amount}

# The configuration of the portal carries this, so that it is found again.
PORTAL_MARK = {"shop": "lumen-photos"}


def make_catalogue(billing: Any) -> Catalogue:
    """Make what is not there yet; return what there is by its lookup keys."""
    features = {key: _feature(billing, key, name) for key, name in FEATURES.items()}
    keys = [key for plan in PLANS.values() for key in plan.prices()]
    listed = billing.prices.list({"lookup_keys": keys, "active": True, "limit": 100})
    prices = {price.lookup_key: price for price in listed.data}
    for plan in PLANS.values():
        known = [prices[key] for key in plan.prices() if key in prices]
        product = known[0].product if known else None
        product = _product(billing, plan, product, features)
        for key, (amount, interval) in plan.prices().items():
            if key not in prices:
                prices[key] = billing.prices.create(
                    {
                        "product": product,
                        "currency": "usd",
                        "unit_amount": amount,
                        "recurring": {"interval": interval},
                        "lookup_key": key,
                    }
                )
    return Catalogue(
        prices={key: price.id for key, price in prices.items()},
        products={plan.key: prices[plan.monthly].product for plan in PLANS.values()},
        portal=_portal(billing, prices),
    )


@dataclass(frozen=True)
class Catalogue:
    """The ids behind the lookup keys."""

    prices: dict[str, str]
    products: dict[str, str]
    portal: str

    def plan_of(self, product: str) -> Plan | None:
        """Return the plan that a product is, if it is one of ours."""
        keys = [key for key, each in self.products.items() if each == product]
        return PLANS[keys[0]] if keys else None


def _feature(billing: Any, key: str, name: str) -> str:
    found = billing.entitlements.features.list({"lookup_key": key}).data
    if found:
        return str(found[0].id)
    return str(billing.entitlements.features.create({"lookup_key": key, "name": name}).id)


def _product(billing: Any, plan: Plan, product: str | None, features: dict[str, str]) -> str:
    """Return the plan's product, with its words and its features."""
    words = {
        "description": plan.words,
        "marketing_features": [{"name": FEATURES[key]} for key in plan.features],
    }
    if product is None:
        product = str(billing.products.create({"name": plan.name, **words}).id)
    else:
        billing.products.update(product, words)
    attached = billing.products.features.list(product, {"limit": 100}).data
    known = {each.entitlement_feature.lookup_key for each in attached}
    for key in plan.features:
        if key not in known:
            billing.products.features.create(product, {"entitlement_feature": features[key]})
    return product


def _portal(billing: Any, prices: dict[str, Any]) -> str:
    """Return the configuration of the portal: what customers change by themselves there."""
    for each in billing.billing_portal.configurations.list({"active": True, "limit": 100}).data:
        if each.metadata and each.metadata.to_dict() == PORTAL_MARK:
            return str(each.id)
    offered = [
        {
            "product": prices[plan.monthly].product,
            "prices": [prices[key].id for key in plan.prices()],
        }
        for plan in PLANS.values()
    ]
    made = billing.billing_portal.configurations.create(
        {
            "features": {
                "customer_update": {"enabled": True, "allowed_updates": ["email", "address"]},
                "invoice_history": {"enabled": True},
                "payment_method_update": {"enabled": True},
                "subscription_cancel": {
                    "enabled": True,
                    "mode": "at_period_end",
                    "cancellation_reason": {
                        "enabled": True,
                        "options": ["too_expensive", "unused", "switched_service", "other"],
                    },
                },
                "subscription_update": {
                    "enabled": True,
                    "default_allowed_updates": ["price", "promotion_code"],
                    "products": offered,
                    "proration_behavior": "always_invoice",
                },
            },
            "metadata": PORTAL_MARK,
        }
    )
    return str(made.id)
