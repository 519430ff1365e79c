"""Random lives: whatever happens to subscriptions, entitlements are what they grant."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.lives import SeenLife
from acceptance.test_random_lives import Fate
from entitlements.plans import UPDATED
from prorata.engine.doctor import CHECKS
from prorata.engine.entitlements import proofs

WORDS = ("chat", "video", "export", "seats")
ENTITLED = ("active", "trialing", "past_due")
PROOFS = (proofs.entitlements_are_granted, proofs.grants_are_given)
STEPS = 30


class EntitledFate(Fate):
    """A life in a shop whose products have features; `moving`: the catalogue changes too."""

    def __init__(self, life: SeenLife, seed: int, server: Any, *, moving: bool) -> None:
        super().__init__(life, seed)
        self.server, self.moving = server, moving
        self.features = [
            self.client.entitlements.features.create(
                {"name": word, "lookup_key": f"{word}_{life.customer.id}"}
            ).id
            for word in WORDS
        ]
        # Price -> its product, product -> its features.
        self.products: dict[str, str] = {}
        self.granted: dict[str, set[str]] = {}

    def price(self) -> str:
        price = super().price()
        if price not in self.products:
            product = self.client.prices.retrieve(price).product
            self.products[price] = product
            self.granted[product] = set()
            for feature in self.dice.sample(self.features, self.dice.randrange(4)):
                self.attach(product, feature)
        return price

    def attach(self, product: str, feature: str) -> None:
        self.client.products.features.create(product, {"entitlement_feature": feature})
        self.granted[product].add(feature)
        if self.chance(0.3):
            self.life.whole_client.raw_request(
                "post", "/v1/prorata/quotas", product=product, feature=feature,
                limit=self.dice.randrange(9), per_unit=self.chance(0.5))

    def happens(self) -> None:
        super().happens()
        if self.moving and self.granted and self.chance(0.3):
            self.catalogue_moves()

    def catalogue_moves(self) -> None:
        product = self.dice.choice(sorted(self.granted))
        feature = self.dice.choice(self.features)
        features = self.client.products.features
        if feature not in self.granted[product]:
            self.attach(product, feature)
            return
        for each in features.list(product).data:
            if each.entitlement_feature.id == feature:
                features.delete(product, each.id)
        self.granted[product].discard(feature)

    def listed(self) -> list[str]:
        found = self.client.entitlements.active_entitlements.list(
            {"customer": self.life.customer.id, "limit": 100})
        return [each.feature for each in found.data]

    def due(self) -> set[str]:
        """Return what the customer's subscriptions grant, with a catalogue that does not move."""
        found = self.client.subscriptions.list(
            {"customer": self.life.customer.id, "status": "all", "limit": 100})
        return {
            feature
            for each in found.data if each.status in ENTITLED
            for item in each["items"].data
            for feature in self.granted.get(item.price.product, ())
        }

    def problems(self) -> list[str]:
        """Return what does not hold now."""
        system = self.server.system
        wrong = [
            found for proof in PROOFS
            for found in system.database.read(lambda each, p=proof: list(p(system, each))) if found
        ]
        listed = self.listed()
        if len(set(listed)) != len(listed):
            wrong.append(f"twice: {listed}")
        if not self.moving and set(listed) != self.due():
            wrong.append(f"{set(listed)} is not {self.due()}")
        return wrong

    def told(self) -> list[str]:
        """Follow the summaries from each to the next, and return what the last one told."""
        present: list[str] = []
        for event in self.life.events_whole():
            if event.type == UPDATED:
                former = event.data.previous_attributes.entitlements.data
                assert [each.feature for each in former] == present
                present = [each.feature for each in event.data.object.entitlements.data]
                assert present != [each.feature for each in former]
        return present


@pytest.mark.parametrize("moving", [False, True], ids=["fixed", "moving"])
@pytest.mark.parametrize("seed", range(3))
def test_a_random_life(client: Any, server: Any, seed: int, moving: bool) -> None:
    life = SeenLife(client, on="2026-01-31 09:30")
    fate = EntitledFate(life, seed, server, moving=moving)
    for step in range(STEPS):
        fate.happens()
        wrong = fate.problems()
        assert not wrong, f"step {step}: " + "\n".join(wrong)
    assert fate.told() == fate.listed()


def test_the_doctor_knows_these_proofs() -> None:
    assert set(PROOFS) <= set(CHECKS.values())
