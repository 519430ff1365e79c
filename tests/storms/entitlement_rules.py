"""Rules of entitlements: features come, go and are limited, and somebody asks what is allowed."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.rare_rules import RareRules

WORDS = ("chat", "video", "export", "seats", "calls")
ENTITLED = ("active", "trialing", "past_due")


class EntitlementRules(RareRules):
    """What becomes of features while they are used; mixed into the machine."""

    def feature_wanted(self, data: st.DataObject) -> Any:
        """Return the active feature of a word, made when it is first wanted."""
        features, word = self.world.client.entitlements.features, self.one(data, WORDS)
        found = features.list({"lookup_key": word}).data
        return found[0] if found else self.world.tried(
            features.create, {"name": word, "lookup_key": word})

    def product_sold(self, data: st.DataObject) -> str | None:
        """Return the product of something that somebody has."""
        found = self.subscription(data)["items"].data
        return self.one(data, found).price.product if found else None

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_feature_comes_with_a_product(self, data: st.DataObject) -> None:
        world, product, feature = self.world, self.product_sold(data), self.feature_wanted(data)
        if product is None or feature is None:
            return
        made = world.tried(world.client.products.features.create, product, {
            "entitlement_feature": feature.id})
        if made is not None and self.chance(data, 4):
            self.limit_feature(data, product, feature.id)

    def limit_feature(self, data: st.DataObject, product: str, feature: str) -> None:
        """Let a product grant so much of a feature."""
        answer = self.world.asker.ask("POST", "/v1/prorata/quotas", {
            "product": product, "feature": feature, "limit": data.draw(st.integers(0, 9)),
            "per_unit": data.draw(st.booleans())})
        assert answer.status in (200, 400), answer.content

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_feature_goes_or_is_archived(self, data: st.DataObject) -> None:
        world, product = self.world, self.product_sold(data)
        features = world.client.products.features
        attached = features.list(product).data if product else []
        if not attached:
            return
        one = self.one(data, attached)
        if self.chance(data, 6):
            world.tried(features.delete, product, one.id)
        else:
            world.tried(world.client.entitlements.features.update, one.entitlement_feature.id, {
                "name": "Other", **({"active": False} if self.chance(data, 3) else {})})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def somebody_asks_what_is_allowed(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        active = world.client.entitlements.active_entitlements
        listed = {each.feature for each in active.list({"customer": someone.id, "limit": 100}).data}
        statuses = [each.status for each in world.client.subscriptions.list(
            {"customer": someone.id, "status": "all", "limit": 100}).data]
        assert not listed or set(statuses) & set(ENTITLED), f"{someone.id}: {statuses}"
        for feature in world.client.entitlements.features.list({"limit": 100}).data:
            answer = world.asker.ask("GET", "/v1/prorata/entitlements/check", {
                "customer": someone.id, "feature": feature.id})
            assert answer.status == 200, answer.content
            assert answer.body["entitled"] == (feature.id in listed), answer.content
