"""Conservation: whatever is granted, billed, voided and expired, no credit is made or lost.

Each example is a year of a customer's life; `books` proves it once more when the module is done.
"""

from __future__ import annotations

from typing import Any

import stripe
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from subscriptions.life import DAY, HOUR, at

MONTHS = [f"2026-{month:02}-01" for month in range(2, 13)]
amounts = st.integers(1, 4_000)
steps = st.one_of(
    st.tuples(st.just("grant"), amounts, st.booleans(), st.integers(0, 3),
              st.none() | st.integers(5, 90)),
    st.tuples(st.just("use"), st.integers(0, 3), st.integers(0, 3_000)),
    st.tuples(st.just("month")),
    st.tuples(st.just("month")),
    st.tuples(st.just("void invoice"), st.integers(0, 5)),
    st.tuples(st.just("credit"), st.integers(0, 5), st.integers(1, 100)),
    st.tuples(st.just("void grant"), st.integers(0, 5)),
    st.tuples(st.just("expire grant"), st.integers(0, 5)),
)  # fmt: skip


class Year:
    """A customer with two things that are counted, billed by invoices that are sent."""

    def __init__(self, life: Any) -> None:
        self.life, self.months = life, iter(MONTHS)
        self.prices = [life.usage(500, "Calls"), life.usage(900, "Storage")]
        self.grants: list[Any] = []
        life.subscribe(*self.prices, collection_method="send_invoice", days_until_due=30)

    def do(self, name: str, *facts: Any) -> None:
        try:
            getattr(self, name.replace(" ", "_"))(*facts)
        except stripe.InvalidRequestError as refused:
            assert refused.http_status == 400, refused

    def grant(self, value: int, paid: bool, scope: int, days: int | None) -> None:
        terms: dict[str, Any] = {"category": "paid" if paid else "promotional"}
        if days is not None:
            terms["expires_at"] = self.life.now + days * DAY
        self.grants.append(self.life.grant(value, *self.prices[:scope % 3], **terms))

    def use(self, place: int, amount: int) -> None:
        self.life.used[self.prices[place % 2]] = amount

    def month(self) -> None:
        if (month := next(self.months, None)) is not None:
            self.life.advance(at(month) + 2 * HOUR)

    def void_invoice(self, place: int) -> None:
        if found := [each for each in self.life.invoices() if each.status == "open"]:
            self.life.client.invoices.void_invoice(found[place % len(found)].id)

    def credit(self, place: int, amount: int) -> None:
        if found := [each for each in self.life.invoices() if each.status == "open"]:
            invoice = found[place % len(found)]
            line = invoice.lines.data[amount % len(invoice.lines.data)]
            self.life.client.credit_notes.create({"invoice": invoice.id, "lines": [
                {"type": "invoice_line_item", "invoice_line_item": line.id, "amount": amount},
            ]})  # fmt: skip

    def void_grant(self, place: int) -> None:
        if self.grants:
            self.life.billing.credit_grants.void_grant(self.grants[place % len(self.grants)].id)

    def expire_grant(self, place: int) -> None:
        if self.grants:
            self.life.billing.credit_grants.expire(self.grants[place % len(self.grants)].id)

    def check(self) -> None:
        """What was granted is applied, expired, voided or left; invoices say what was applied."""
        applied = 0
        for grant in self.grants:
            sums: dict[str, int] = {}
            for kind, amount in self.life.moves(grant):
                sums[kind] = sums.get(kind, 0) + amount
            used = sums.get("credits_applied", 0) - sums.get(
                "credits_application_invoice_voided", 0
            )
            gone = sums.get("credits_expired", 0) + sums.get("credits_voided", 0)
            left, available = self.life.balance(grant)
            assert sums["credits_granted"] == grant.amount.monetary.value == used + gone + left
            assert 0 <= available <= left
            applied += used
        said = 0
        for invoice in self.life.invoices():
            paid = sum(each.amount for each in invoice.total_pretax_credit_amounts)
            assert invoice.total == invoice.subtotal - paid >= 0
            if invoice.status in ("open", "paid"):
                said += paid
        assert said == applied


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(steps, min_size=8, max_size=30))
def test_credits_are_conserved(live, lived):
    year = Year(live())
    for step in lived:
        year.do(*step)
    year.check()
