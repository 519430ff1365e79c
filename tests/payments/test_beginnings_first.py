"""Beginnings first: nobody hears of a change, or of an end, before hearing that something is there.
"""

from __future__ import annotations

import threading

import pytest
import stripe

from payments.world import World
from servers import running

PATIENCE = 30


class Slow(World):
    """A world whose gateway has heard an order, and answers it when it is told to."""

    def __init__(self, server):
        super().__init__(server)
        self.heard, self.answers = threading.Event(), threading.Event()
        self.gateway.inner.immediate = False
        charge = self.gateway.charge

        def slow(order):
            self.heard.set()
            assert self.answers.wait(PATIENCE)
            return charge(order)

        self.gateway.charge = slow
        self.gateway.charge_many = lambda orders: [slow(order) for order in orders]

    def beside(self, create):
        """Return a thread that creates what waits for its payment by now."""
        thread = threading.Thread(target=create)
        thread.start()
        assert self.heard.wait(PATIENCE)
        return thread


@pytest.fixture
def world():
    with running(worker=False) as server:
        found = Slow(server)
        yield found
        found.answers.set()


def test_what_waits_for_its_first_payment_is_changed_and_ended_once_it_was_told(world):
    v1 = world.client.v1
    product = v1.products.create({"name": "Chairs"}).id
    customer = v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id
    monthly = {
        "currency": "usd", "product": product, "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }
    subscribing = world.beside(
        lambda: v1.subscriptions.create({"customer": customer, "items": [{"price_data": monthly}]})
    )
    [found] = v1.subscriptions.list({"customer": customer}).data
    price, invoice = found["items"].data[0].price.id, found.latest_invoice
    told = {"metadata": {"told": "later"}}
    changes = [
        lambda: v1.subscriptions.update(found.id, told),
        lambda: v1.prices.update(price, told),
        lambda: v1.invoices.update(invoice, told),
        lambda: v1.subscriptions.cancel(found.id),
    ]
    for change in changes:
        with pytest.raises(stripe.RateLimitError) as raised:
            change()
        assert raised.value.error.code == "lock_timeout"
    # What was there before goes on meanwhile.
    v1.customers.update(customer, told)

    world.answers.set()
    subscribing.join(PATIENCE)
    for change in changes:
        change()
    events = [each.to_dict() for each in reversed(v1.events.list({"limit": 100}).data)]
    for id in (found.id, price, invoice):
        about = [each["type"] for each in events if each["data"]["object"]["id"] == id]
        # A price has two names.
        begun = [type.endswith(".created") for type in about if not type.startswith("plan.")]
        assert begun[0] and sum(begun) == 1 < len(begun), about
