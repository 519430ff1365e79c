"""Rules of rarer things: trials without a card, edited lines, codes, cash, foreign payments."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.life_rules import MONTH
from storms.money_rules import AMOUNTS, MoneyRules
from storms.world import DAY

ENDINGS = ("create_invoice", "cancel", "pause")


class RareRules(MoneyRules):
    """What few customers do; mixed into the machine."""

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_tries_without_a_card(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        if self.chance(data, 5):
            world.tried(world.client.customers.update, someone.id, {
                "invoice_settings": {"default_payment_method": ""}})
        made = world.tried(world.client.subscriptions.create, {
            "customer": someone.id, "trial_end": world.now + data.draw(st.integers(1, 20)) * DAY,
            "items": [{"price": self.price(data, someone.currency, MONTH)}],
            "trial_settings": {
                "end_behavior": {"missing_payment_method": self.one(data, ENDINGS)}}})
        if made is not None:
            someone.subscriptions.append(made.id)

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def an_item_waits_for_the_next_bill(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        world.tried(world.client.invoice_items.create, {
            "customer": found.customer, "subscription": found.id, "currency": found.currency,
            "amount": self.one(data, (*AMOUNTS, -700))})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def lines_are_edited(self, data: st.DataObject) -> None:
        world, invoices = self.world, self.world.client.invoices
        drafts = [each for each in world.listed(invoices) if each.status == "draft"]
        if not drafts:
            return
        draft = self.one(data, drafts)
        added = {"description": "Work", "amount": self.one(data, AMOUNTS)}
        if not draft.lines.data or self.chance(data, 3):
            world.tried(invoices.add_lines, draft.id, {"lines": [added]})
            return
        line = self.one(data, draft.lines.data)
        if self.chance(data, 5):
            changed: dict[str, Any] = self.one(data, (
                {"quantity": 3}, {"description": "Other work"}, {"discounts": ""},
                {"discounts": [{"coupon": self.one(data, world.coupons)}]},
                {"tax_rates": [self.one(data, world.rates)]}, {"amount": 4_321}))
            world.tried(invoices.update_lines, draft.id, {"lines": [{"id": line.id, **changed}]})
        else:
            how = self.one(data, ("delete", "unassign"))
            world.tried(invoices.remove_lines, draft.id, {
                "lines": [{"id": line.id, "behavior": how}]})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_moves_to_flexible_billing(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        world.tried(world.client.subscriptions.migrate, found.id, {
            "billing_mode": {"type": "flexible"}})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def a_code_is_used_or_a_discount_goes(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        what = data.draw(st.integers(0, 3))
        if what == 0:
            world.tried(world.client.customers.delete_discount, found.customer)
        elif what == 1:
            world.tried(world.client.subscriptions.delete_discount, found.id)
        else:
            code = world.tried(world.client.promotion_codes.create, {
                "promotion": {"type": "coupon", "coupon": self.one(data, world.coupons)},
                "max_redemptions": 2})
            if code is not None:
                world.tried(world.client.subscriptions.update, found.id, {
                    "discounts": [{"promotion_code": code.id}]})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_invoice_is_paid_from_elsewhere(self, data: st.DataObject) -> None:
        world, invoices = self.world, self.world.client.invoices
        open_ones = [each for each in world.listed(invoices) if each.status == "open"]
        if not open_ones:
            return
        invoice = self.one(data, open_ones)
        amount = self.one(data, (
            invoice.amount_remaining, max(invoice.amount_remaining // 2, 50),
            invoice.amount_remaining + 100))
        paid = world.tried(world.client.payment_intents.create, {
            "amount": max(amount, 50), "currency": invoice.currency, "confirm": True,
            "customer": invoice.customer, "payment_method": "pm_card_visa",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}})
        if paid is not None:
            world.tried(invoices.attach_payment, invoice.id, {"payment_intent": paid.id})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def cash_arrives(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        world.tried(world.client.test_helpers.customers.fund_cash_balance, someone.id, {
            "amount": self.one(data, (*AMOUNTS, 700)), "currency": someone.currency})
