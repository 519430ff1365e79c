"""Rules of recovery: schedules change, cards are updated, what went back is counted by notes."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.usage_rules import UsageRules

SETTINGS: tuple[dict[str, Any], ...] = (
    {"retry_mode": "smart", "retry_tries": 8, "retry_window_days": 14},
    {"retry_mode": "smart", "retry_tries": 3, "retry_window_days": 7},
    {"retry_mode": "fixed", "retry_tries": 20, "retry_window_days": 60},
    {"retry_mode": "custom", "retry_custom_days": [1, 3]}, {"retry_mode": "none"},
    {"retry_new_method_at_once": True}, {"retry_new_method_at_once": False},
    {"subscription_final_state": "unpaid"}, {"subscription_final_state": "cancel"},
    {"subscription_final_state": "past_due", "invoice_final_state": "uncollectible"},
    {"invoice_final_state": "past_due"},
)  # fmt: skip
RENEWALS: tuple[dict[str, Any], ...] = (
    {"card": {"exp_year": 2041}}, {"card": {"exp_year": 2042, "last4": "1881"}},
    {"test_card": "pm_card_visa"}, {"test_card": "pm_card_chargeCustomerFail"},
    {"test_card": "pm_card_none"},
)  # fmt: skip


class RecoveryRules(UsageRules):
    """What is done about payments that fail, and how that is told; mixed into the machine."""

    def ask(self, method: str, path: str, tree: dict[str, Any]) -> Any:
        answer = self.world.asker.ask(method, f"/v1/prorata/{path}", tree)
        assert answer.status in (200, 400, 402, 404), answer.content
        return answer.body if answer.status == 200 else None

    @rule(data=st.data())
    def the_seller_changes_its_schedule(self, data: st.DataObject) -> None:
        self.ask("POST", "settings", self.one(data, SETTINGS))

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_card_is_updated(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        found = world.client.payment_methods.list({"customer": someone.id, "type": "card"}).data
        if not found:
            return
        method = self.one(data, found).id
        if self.chance(data, 3):
            world.tried(
                world.client.payment_methods.update,
                method,
                {"card": {"exp_year": self.one(data, (2038, 2039))}},
            )
        else:
            self.ask("POST", f"payment_methods/{method}/automatic_update",
                     self.one(data, RENEWALS))  # fmt: skip

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_recovery_is_read(self, data: st.DataObject) -> None:
        found = self.world.listed(self.world.client.invoices)
        if not found:
            return
        invoice = self.one(data, found)
        shown = self.ask("GET", f"invoices/{invoice.id}/recovery", {})
        assert shown["next_payment_attempt"] == invoice.next_payment_attempt
        assert shown["explanation"] and shown["after_last_try"]["explanation"]
        times = [step["at"] for step in shown["attempts"]]
        assert times == sorted(times)
        if shown["status"] == "recovered":
            assert invoice.status == "paid"
        if shown["status"] in ("retrying", "waiting_for_payment_method"):
            assert invoice.status == "open" and shown["next_payment_attempt"] is not None

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_refund_is_counted_by_a_note(self, data: st.DataObject) -> None:
        world = self.world
        found = world.client.refunds.list({"limit": 50}).data
        refunds = [each for each in found if each.payment_intent]
        if not refunds:
            return
        refund = self.one(data, refunds)
        payments = world.client.invoice_payments.list(
            {"payment": {"type": "payment_intent", "payment_intent": refund.payment_intent}}
        ).data
        if payments:
            part = self.one(data, (refund.amount, max(refund.amount // 2, 1)))
            world.tried(
                world.client.credit_notes.create,
                {
                    "invoice": payments[0].invoice,
                    "amount": part,
                    "refunds": [{"refund": refund.id, "amount_refunded": part}],
                },
            )

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def a_payment_came_elsewhere(self, data: st.DataObject) -> None:
        world, now = self.world, self.world.now
        found = [each for each in world.listed(world.client.invoices) if each.status == "open"]
        if not found:
            return
        invoice = self.one(data, found)
        owed = invoice.amount_remaining
        record = world.tried(world.client.payment_records.report_payment, {
            "amount_requested": {"currency": invoice.currency,
                                 "value": self.one(data, (owed, owed + 7, max(owed // 2, 1)))},
            "initiated_at": now, "outcome": "guaranteed", "guaranteed": {"guaranteed_at": now},
            "payment_method_details": {"type": "custom", "custom": {"display_name": "Wire"}}})
        if record is not None:
            world.tried(world.client.invoices.attach_payment, invoice.id,
                        {"payment_record": record.id})  # fmt: skip

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def it_goes_back_elsewhere(self, data: st.DataObject) -> None:
        """What is reported is named by a note, counted by its amount, before or after, or not."""
        world, records = self.world, self.world.client.payment_records
        paid = world.client.invoice_payments.list({"status": "paid", "limit": 50}).data
        found = [each for each in paid if each.payment.type == "payment_record"]
        if not found:
            return
        payment = self.one(data, found)
        record = records.retrieve(payment.payment.payment_record)
        amount = self.one(data, (record.amount_guaranteed.value, 7))
        group = f"{record.id} {world.calls}"
        note: dict[str, Any] = {"invoice": payment.invoice, "amount": amount}
        if self.chance(data, 3):
            told = self.one(data, (amount, max(amount // 2, 1)))
            world.tried(
                world.client.credit_notes.create,
                note | {"amount": told, "out_of_band_amount": told},
            )
        told = world.tried(records.report_refund, record.id, {
            "amount": {"currency": record.amount.currency, "value": amount},
            "outcome": "refunded", "refunded": {"refunded_at": world.now},
            "processor_details": {"type": "custom", "custom": {"refund_reference": group}}})
        if told is None or self.chance(data, 3):
            return
        named = {"payment_record": record.id, "refund_group": group}
        if self.chance(data, 5):
            note["refunds"] = [{"type": "payment_record_refund", "payment_record_refund": named}]
        else:
            note["out_of_band_amount"] = amount
        world.tried(world.client.credit_notes.create, note)
