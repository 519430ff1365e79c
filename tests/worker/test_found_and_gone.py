"""What is due may be ended by somebody else before its batch begins."""

from __future__ import annotations

import stripe

from prorata.engine.advance import Progress, _attend_batch
from prorata.engine.due import HANDLERS
from prorata.store.books import all_books
from prorata.store.due import find_due
from prorata.store.memory import Memory
from servers import running

NOW = 1_790_000_000
HOUR = 3_600


def test_a_customer_deleted_after_its_invoice_was_found_sets_nothing_aside(store: str) -> None:
    with running(worker=False, now=NOW) as server:
        api = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
        customer = api.customers.create({
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })  # fmt: skip
        api.invoice_items.create({"customer": customer.id, "amount": 900, "currency": "usd"})
        invoice = api.invoices.create({
            "customer": customer.id, "auto_advance": True,
            "pending_invoice_items_behavior": "include",
        })  # fmt: skip
        system = server.system
        system.clock.move_to(NOW + 2 * HOUR)
        found = system.database.read(
            lambda each: find_due(each, NOW + 2 * HOUR, limit=9, kinds=HANDLERS.keys())
        )
        assert invoice.id in {each.id for each in found}
        api.customers.delete(customer.id)
        book, progress = system.database.read(all_books)[0], Progress()
        _attend_batch(system, book, found, NOW + 2 * HOUR, progress, Memory())
        assert progress.failed == []
        assert api.invoices.retrieve(invoice.id).status == "draft"
