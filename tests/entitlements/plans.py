"""Plans: products with features, and a customer who buys them."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import pytest
import stripe

from subscriptions.life import Life

UPDATED = "entitlements.active_entitlement_summary.updated"
_numbers = itertools.count(1)


def refused(call: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Return the error with which a call is refused."""
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*args, **kwargs)
    return caught.value


class Plans(Life):
    """A life in a shop whose products have features; every shop has keys of its own."""

    def __init__(self, client: Any, *args: Any) -> None:
        super().__init__(client, *args)
        self.run = next(_numbers)
        self.features: dict[str, Any] = {}
        self.products: dict[str, str] = {}

    def feature(self, word: str) -> Any:
        """Return the feature of a word, made once."""
        if word not in self.features:
            self.features[word] = self.client.entitlements.features.create(
                {"name": word.title(), "lookup_key": f"{word}_{self.run}"}
            )
        return self.features[word]

    def plan(self, name: str, *words: str, amount: int = 1_000, interval: str = "month") -> str:
        """Return a price of a new product with these features."""
        price = self.client.prices.create({
            "currency": "usd", "unit_amount": amount, "recurring": {"interval": interval},
            "product_data": {"name": name},
        })
        self.products[name] = price.product
        for word in words:
            self.attach(name, word)
        return price.id

    def plan_with(self, name: str, word: str, limit: int) -> str:
        """Return a price of a new product that grants so much more of what is limited already."""
        price = self.plan(name, word)
        [quota] = self.raw("get", "/v1/prorata/quotas", feature=self.feature(word).id)["data"][:1]
        self.quota(name, word, limit, meter=quota["meter"])
        return price

    def attach(self, name: str, word: str) -> Any:
        return self.client.products.features.create(
            self.products[name], {"entitlement_feature": self.feature(word).id}
        )

    def detach(self, name: str, word: str) -> None:
        features = self.client.products.features
        for each in features.list(self.products[name]).data:
            if each.entitlement_feature.id == self.feature(word).id:
                features.delete(self.products[name], each.id)

    def quota(self, name: str, word: str, limit: int, **more: Any) -> Any:
        """Limit a feature of a product."""
        return self.raw("post", "/v1/prorata/quotas", product=self.products[name],
                        feature=self.feature(word).id, limit=limit, **more)  # fmt: skip

    def raw(self, method: str, path: str, **params: Any) -> Any:
        """Return what a call beside the SDK answers, as plain dicts."""
        return self.whole_client.raw_request(method, path, **params).data

    def entitled(self, customer: str | None = None) -> set[str]:
        """Return the words of what the customer may use."""
        found = self.client.entitlements.active_entitlements.list(
            {"customer": customer or self.customer.id, "limit": 100}
        )
        assert len({each.feature for each in found.data}) == len(found.data)
        return {each.lookup_key.rpartition("_")[0] for each in found.data}

    def check(self, word: str, customer: str | None = None) -> dict[str, Any]:
        """Return the answer to whether the customer may use a feature."""
        found = self.raw("get", "/v1/prorata/entitlements/check",
                         customer=customer or self.customer.id,
                         feature=self.feature(word).lookup_key)  # fmt: skip
        assert found["object"] == "prorata.entitlement_check"
        return dict(found)

    def told(self) -> list[set[str]]:
        """Return what each summary told that the customer may use, the oldest first."""
        return [
            {each.lookup_key.rpartition("_")[0] for each in event.data.object.entitlements.data}
            for event in self.events_whole() if event.type == UPDATED
        ]
