"""Rules of prices: several currencies on one price, prices that are renamed and replaced."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.rare_rules import RareRules

MONTH, YEAR = {"interval": "month"}, {"interval": "year"}
# In dollars, and what is asked in the other currencies.
EVERYWHERE: tuple[dict[str, Any], ...] = (
    {"unit_amount": 2_000,
     "currency_options": {"eur": {"unit_amount": 1_800}, "jpy": {"unit_amount": 3_000},
                          "kwd": {"unit_amount": 5_550}}},
    {"unit_amount_decimal": "12.345678901234",
     "currency_options": {"eur": {"unit_amount_decimal": "0.5"},
                          "jpy": {"unit_amount_decimal": "0.75"},
                          "kwd": {"unit_amount_decimal": "33.3"}}},
    {"unit_amount": 1_000, "transform_quantity": {"divide_by": 3, "round": "down"},
     "currency_options": {"eur": {"unit_amount": 900}, "jpy": {"unit_amount": 1_500},
                          "kwd": {"unit_amount": 100}}},
    {"billing_scheme": "tiered", "tiers_mode": "graduated",
     "tiers": [{"up_to": 3, "flat_amount": 900}, {"up_to": "inf", "unit_amount": 433}],
     "currency_options": {
         each: {"tiers": [{"up_to": 5, "flat_amount": 800}, {"up_to": "inf", "unit_amount": 40}]}
         for each in ("eur", "jpy", "kwd")}},
)  # fmt: skip


class PriceRules(RareRules):
    """What becomes of prices while they are used; mixed into the machine."""

    def everywhere(self, data: st.DataObject) -> str:
        """Return the id of a price in every currency."""
        terms = self.one(data, EVERYWHERE)
        recurring = self.one(data, (MONTH, MONTH, YEAR))
        return self.world.price("usd", terms | {"recurring": recurring})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_chooses_the_currency(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        items = [{"price": self.everywhere(data), "quantity": data.draw(st.integers(0, 12))}]
        made = world.tried(
            world.client.subscriptions.create,
            {
                "customer": someone.id,
                "currency": someone.currency,
                "items": items,
                **self.terms(data),
            },
        )
        if made is not None:
            assert made.currency == someone.currency
            someone.subscriptions.append(made.id)

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_price_is_known_otherwise(self, data: st.DataObject) -> None:
        """Whoever has a price sees its new name; what it costs they see no other."""
        world, prices = self.world, self.world.client.prices
        found = self.subscription(data)
        price = self.one(data, found["items"].data).price.id
        named = {"nickname": f"Known as {world.calls}"}
        renamed = world.tried(
            prices.update,
            price,
            self.one(
                data,
                (
                    named,
                    {**named, "metadata": {"step": str(world.calls)}},
                    {**named, "lookup_key": f"key {world.calls % 3}", "transfer_lookup_key": True},
                ),
            ),
        )
        world.tried(
            prices.update,
            price,
            self.one(
                data,
                (
                    {"currency_options": ""},
                    {"currency_options": {"eur": {"unit_amount": 7}}},
                    {"currency_options": {"gbp": {"unit_amount": 7}}},
                ),
            ),
        )
        if renamed is None:
            return
        items = world.client.subscriptions.retrieve(found.id)["items"].data
        [shown] = [each.price for each in items if each.price.id == price]
        assert (shown.nickname, shown.lookup_key) == (renamed.nickname, renamed.lookup_key)

    @precondition(lambda self: self.world.prices)
    @rule(data=st.data())
    def a_price_is_replaced(self, data: st.DataObject) -> None:
        """Retire a price that was sold: who has it keeps it, others get another one."""
        world = self.world
        key = self.one(data, sorted(world.prices))
        world.tried(world.client.prices.update, world.prices.pop(key), {"active": False})
