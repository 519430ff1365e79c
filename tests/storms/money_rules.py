"""Rules of money: cards that fail, invoices by hand, payments, refunds, credit notes, disputes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.life_rules import LifeRules
from storms.world import FAILING, FINE

AMOUNTS = (1_000, 2_345, 99, 40, 12_000)


class MoneyRules(LifeRules):
    """What is paid, given back and argued about; mixed into the machine."""

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def another_card_is_used(self, data: st.DataObject) -> None:
        someone = self.one(data, self.world.everyone())
        self.world.use_card(someone, self.card(data, someone.currency))

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_invoice_is_made_by_hand(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        params: dict[str, Any] = {"customer": someone.id, "currency": someone.currency}
        params |= self.terms(data)
        if self.chance(data, 3):
            params |= {"collection_method": "send_invoice", "days_until_due": 2}
        if self.chance(data, 2):
            params["pending_invoice_items_behavior"] = "include"
        draft = world.tried(world.client.invoices.create, params)
        for _ in range(data.draw(st.integers(1, 3))):
            item: dict[str, Any] = {"customer": someone.id, "currency": someone.currency}
            if draft is not None and self.chance(data, 7):
                item["invoice"] = draft.id
            if self.chance(data, 2):
                item["discounts"] = [{"coupon": self.one(data, world.coupons)}]
            if self.chance(data, 2):
                item["tax_rates"] = [self.one(data, world.rates)]
            amount = self.one(data, (*AMOUNTS, -300))
            world.tried(world.client.invoice_items.create, item | {"amount": amount})
        if draft is not None and self.chance(data, 6):
            world.tried(world.client.invoices.finalize_invoice, draft.id)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_invoice_is_settled(self, data: st.DataObject) -> None:
        world = self.world
        found = [each for each in world.listed(world.client.invoices) if each.status != "void"]
        if not found:
            return
        invoice, invoices = self.one(data, found), world.client.invoices
        if invoice.status == "draft" and self.chance(data, 3):
            what = self.one(data, (
                {"discounts": [{"coupon": self.one(data, world.coupons)}]}, {"discounts": ""},
                {"default_tax_rates": [self.one(data, world.rates)]}, {"auto_advance": False}))
            world.tried(invoices.update, invoice.id, what)
            return
        verb, params = self.one(data, (
            ("pay", {}), ("pay", {"paid_out_of_band": True}), ("pay", {"forgive": True}),
            ("pay", {"payment_method": "pm_card_visa"}), ("finalize_invoice", {}),
            ("void_invoice", {}), ("mark_uncollectible", {}), ("send_invoice", {}),
            ("delete", {}),
        ))  # fmt: skip
        world.tried(getattr(invoices, verb), invoice.id, params)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_charge_is_refunded(self, data: st.DataObject) -> None:
        world = self.world
        charges = [each for each in world.listed(world.client.charges) if each.paid]
        if not charges:
            return
        charge = self.one(data, charges)
        params: dict[str, Any] = {"charge": charge.id}
        if self.chance(data, 7):
            params["amount"] = self.one(data, (1, charge.amount, max(charge.amount // 3, 1)))
        world.tried(world.client.refunds.create, params)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_invoice_is_credited(self, data: st.DataObject) -> None:
        world, notes = self.world, self.world.client.credit_notes
        if self.chance(data, 2):
            made = [each for each in world.listed(notes) if each.status == "issued"]
            if made:
                world.tried(notes.void_credit_note, self.one(data, made).id)
            return
        found = [
            each for each in world.listed(world.client.invoices)
            if each.status in ("open", "paid", "uncollectible") and each.total > 0
        ]  # fmt: skip
        if not found:
            return
        invoice = self.one(data, found)
        total = invoice.total
        amount = self.one(data, (total, max(total // 4, 1), 1, total - total // 3))
        if self.chance(data, 4):
            line = self.one(data, invoice.lines.data)
            share = self.one(data, (line.amount, max(line.amount // 2, 1)))
            params: dict[str, Any] = {"invoice": invoice.id, "lines": [{
                "type": "invoice_line_item", "invoice_line_item": line.id, "amount": share}]}
            shown = world.tried(notes.preview, params)
            amount = amount if shown is None else shown.total
        else:
            params = {"invoice": invoice.id, "amount": amount}
        if invoice.status == "paid":
            first = self.one(data, (amount, amount // 2))
            ways = ("refund_amount", "credit_amount", "out_of_band_amount")
            params[self.one(data, ways)] = first
            if amount - first:
                params[self.one(data, ways)] = amount - first
        world.tried(notes.create, params)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_balance_is_moved(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        world.tried(world.client.customers.balance_transactions.create, someone.id, {
            "amount": self.one(data, (-2_500, -30, 60, 1_100)), "currency": someone.currency})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_payment_is_made_by_hand(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        intents = world.client.payment_intents
        made = world.tried(intents.create, {
            "amount": self.one(data, AMOUNTS), "currency": someone.currency,
            "customer": someone.id, "confirm": self.chance(data, 8),
            "payment_method": f"pm_{self.one(data, (*FINE, *FAILING))}",
            "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
            "capture_method": self.one(data, ("automatic", "manual"))})
        if made is None:
            return
        if made.status == "requires_capture" and self.chance(data, 7):
            world.tried(intents.capture, made.id, self.one(data, (
                {}, {"amount_to_capture": max(made.amount // 2, 1)})))
        elif self.chance(data, 3):
            world.tried(intents.cancel, made.id)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_payer_is_asked(self, data: st.DataObject) -> None:
        world = self.world
        waiting = [
            each for each in world.listed(world.client.payment_intents)
            if each.status == "requires_action"
        ]  # fmt: skip
        if waiting:
            world.answer_challenge(self.one(data, waiting).id, self.chance(data, 6))

    @rule(data=st.data())
    def a_dispute_goes_on(self, data: st.DataObject) -> None:
        world, disputes = self.world, self.world.client.disputes
        found = list(reversed(disputes.list({"limit": 100}).data))
        if not found:
            return
        dispute = self.one(data, found)
        if self.chance(data, 3):
            world.tried(disputes.close, dispute.id)
            return
        text = self.one(data, ("winning_evidence", "losing_evidence", "Hm."))
        world.tried(disputes.update, dispute.id, {
            "evidence": {"uncategorized_text": text}, "submit": self.chance(data, 7)})

    @precondition(lambda self: len(self.world.everyone()) > 1)
    @rule(data=st.data())
    def a_customer_goes(self, data: st.DataObject) -> None:
        if self.chance(data, 2):
            someone = self.one(data, self.world.everyone())
            self.world.tried(self.world.client.customers.delete, someone.id)
            someone.gone = True
