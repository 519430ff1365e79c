"""A till: one customer, maybe on a test clock, whose invoices are made by hand or by time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import stripe

from clocks import arrived
from reading import events_about, read_events

HOUR = 3_600
DAY = 24 * HOUR


def at(moment: str) -> int:
    """Return the second of `2026-01-31` or `2026-01-31 10:30` in UTC."""
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


class Till:
    """A customer and what it is billed; `on` puts it on a test clock of its own."""

    def __init__(
        self,
        client: stripe.StripeClient,
        *,
        on: str | None = None,
        card: str | None = "pm_card_visa",
        currency: str = "usd",
        **customer: Any,
    ) -> None:
        self.whole_client, self.client = client, client.v1
        self.currency = currency
        params = dict(customer)
        if card is not None:
            params |= {"payment_method": card, "invoice_settings": {"default_payment_method": card}}
        self.clock = None
        if on is not None:
            self.clock = self.client.test_helpers.test_clocks.create({"frozen_time": at(on)}).id
            params["test_clock"] = self.clock
        self.customer = self.client.customers.create(params).id

    def item(self, amount: int | None = None, **params: Any) -> Any:
        """Make an invoice item, pending unless an invoice is given."""
        given = {"customer": self.customer, "currency": self.currency, **params}
        if amount is not None:
            given["amount"] = amount
        return self.client.invoice_items.create(given)

    def draft(self, *amounts: int, **params: Any) -> Any:
        """Make a draft with a line for each amount."""
        invoice = self.client.invoices.create(
            {"customer": self.customer, "currency": self.currency, **params}
        )
        for amount in amounts:
            self.item(amount, invoice=invoice.id)
        return self.read(invoice)

    def open(self, *amounts: int, **params: Any) -> Any:
        return self.client.invoices.finalize_invoice(self.draft(*amounts, **params).id)

    def paid(self, *amounts: int, **params: Any) -> Any:
        return self.client.invoices.pay(self.draft(*amounts, **params).id)

    def read(self, invoice: Any, *expand: str) -> Any:
        id = invoice if isinstance(invoice, str) else invoice.id
        return self.client.invoices.retrieve(id, {"expand": list(expand)} if expand else {})

    def invoices(self, **params: Any) -> list[Any]:
        """Return the customer's invoices, the oldest first."""
        found = self.client.invoices.list({"customer": self.customer, "limit": 100, **params})
        return list(reversed(found.data))

    @property
    def balance(self) -> int:
        return self.client.customers.retrieve(self.customer).balance

    def moves(self) -> list[tuple[str, int]]:
        """Return the (type, amount) of the balance transactions, the newest first."""
        found = self.client.customers.balance_transactions.list(self.customer, {"limit": 100})
        return [(each.type, each.amount) for each in found.data]

    def use(self, card: str) -> str:
        """Attach a test card and make it the customer's default."""
        method = self.client.payment_methods.attach(card, {"customer": self.customer})
        self.client.customers.update(
            self.customer, {"invoice_settings": {"default_payment_method": method.id}}
        )
        return method.id

    @property
    def now(self) -> int:
        return self.client.test_helpers.test_clocks.retrieve(self.clock).frozen_time

    def advance(self, seconds: int = 0, *, to: str | int | None = None) -> None:
        """Move the clock and wait until it is ready."""
        moment = self.now + seconds if to is None else at(to) if isinstance(to, str) else to
        clocks = self.client.test_helpers.test_clocks
        clocks.advance(self.clock, {"frozen_time": moment})
        arrived(clocks, self.clock)

    def mark(self) -> frozenset[str]:
        """Return which events there are by now."""
        return frozenset(event["id"] for event in read_events(self.whole_client))

    def events(self, *, since: frozenset[str] = frozenset(), about: str = "") -> list[Any]:
        """Return the events that came after a mark, oldest first; `about` one object, if named."""
        new = [each for each in read_events(self.whole_client) if each["id"] not in since]
        return events_about(about, new)[::-1]

    def told(self, *, since: frozenset[str]) -> list[str]:
        return [event.type for event in self.events(since=since)]

def refused(call: Any, *args: Any, **params: Any) -> tuple[int, str | None, str | None, str]:
    """Return the (status, code, param, message) with which a call is refused."""
    with pytest.raises(stripe.StripeError) as caught:
        call(*args, **params)
    error = caught.value
    return error.http_status, error.code, getattr(error, "param", None), error.user_message
