"""Meanwhile: what another server changes between a decision and the writing of its payment."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
import stripe

import servers
from prorata.engine.advance import run_due
from storms.money import unmatched
from storms.stored import Stored

NOW = 1_790_000_000
MONTH = 31 * 86_400
SHOPPER = {
    "payment_method": "pm_card_visa",
    "invoice_settings": {"default_payment_method": "pm_card_visa"},
}
shared = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)


class Meanwhile:
    """A gateway in whose answer something else happens first."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.next = inner, []

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _happen(self) -> None:
        todo, self.next = self.next, []
        for each in todo:
            each()

    def charge(self, order: Any) -> Any:
        outcome = self.inner.charge(order)
        self._happen()
        return outcome

    def charge_many(self, orders: Any) -> Any:
        outcomes = self.inner.charge_many(orders)
        self._happen()
        return outcomes


class Two:
    """Two servers on one database; the first one's gateway lets the second one act in between."""

    def __init__(self, first: Any, second: Any) -> None:
        self.system = first.system
        self.gateway = self.system.gateway = Meanwhile(self.system.gateway)
        self.here, self.there = (
            stripe.StripeClient(
                each.secret_key, base_addresses={"api": each.url}, max_network_retries=0
            ).v1
            for each in (first, second)
        )
        self.customer = self.here.customers.create(SHOPPER).id
        self.price = self.here.prices.create({
            "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }).id  # fmt: skip
        self.servers = (first, second)
        self.numbers: list[str] = []

    def subscribe(self) -> Any:
        return self.here.subscriptions.create(
            {"customer": self.customer, "items": [{"price": self.price}]}
        )

    def meanwhile(self, function: Callable[..., Any], *args: Any) -> None:
        self.gateway.next.append(lambda: function(*args))

    def assert_sound(self) -> None:
        stored = Stored(self.system)
        stored.read()
        found = [*stored.problems(), *unmatched(stored, self.gateway.inner.books)]
        assert found == []


@pytest.fixture
def two(database_url: str) -> Iterator[Two]:
    with ExitStack() as stack:
        yield Two(*(
            stack.enter_context(servers.running(database_url, worker=False, now=NOW))
            for _ in range(2)
        ))


@shared
def test_what_another_wrote_in_between_is_kept(two: Two) -> None:
    def meddle() -> None:
        [subscription] = two.there.subscriptions.list({"status": "all"}).data
        two.there.subscriptions.update(subscription.id, {"metadata": {"seen": "yes"}})
        two.there.customers.update(two.customer, {"name": "Ada", "balance": -300})
        two.there.invoices.update(subscription.latest_invoice, {"metadata": {"seen": "too"}})

    two.meanwhile(meddle)
    made = two.subscribe()
    again = two.here.subscriptions.retrieve(made.id, {"expand": ["latest_invoice", "customer"]})
    assert (again.status, again.metadata["seen"]) == ("active", "yes")
    assert (again.latest_invoice.status, again.latest_invoice.metadata["seen"]) == ("paid", "too")
    assert (again.customer.name, again.customer.balance) == ("Ada", -300)
    two.assert_sound()


@shared
def test_the_answer_of_the_request_is_of_the_state_that_it_left(two: Two) -> None:
    def meddle() -> None:
        [subscription] = two.there.subscriptions.list({"status": "all"}).data
        two.there.subscriptions.update(subscription.id, {"metadata": {"seen": "yes"}})

    two.meanwhile(meddle)
    made = two.subscribe()
    assert (made.status, made.metadata["seen"]) == ("active", "yes")


@shared
def test_who_is_deleted_in_between_has_paid_all_the_same(two: Two) -> None:
    two.meanwhile(two.there.customers.delete, two.customer)
    made = two.subscribe()
    assert two.here.subscriptions.retrieve(made.id).status == "canceled"
    assert two.here.invoices.retrieve(made.latest_invoice).status == "paid"
    assert two.here.customers.retrieve(two.customer).deleted
    two.assert_sound()


@shared
def test_an_invoice_under_payment_is_not_voided_credited_or_paid_again(two: Two) -> None:
    invoice = two.here.invoices.create({"customer": two.customer, "auto_advance": False}).id
    two.here.invoice_items.create(
        {"customer": two.customer, "invoice": invoice, "amount": 900, "currency": "usd"}
    )
    refused: list[int | None] = []

    def meddle() -> None:
        for call in (
            lambda: two.there.invoices.void_invoice(invoice),
            lambda: two.there.credit_notes.create({"invoice": invoice, "amount": 400}),
            lambda: two.there.invoices.pay(invoice),
        ):
            with pytest.raises(stripe.StripeError) as refusal:
                call()
            refused.append(refusal.value.http_status)

    two.here.invoices.finalize_invoice(invoice)
    two.meanwhile(meddle)
    paid = two.here.invoices.pay(invoice)
    assert (paid.status, paid.amount_paid, refused) == ("paid", 900, [429, 429, 429])
    two.assert_sound()


@shared
def test_renewals_and_those_who_end_them_meanwhile(two: Two) -> None:
    made = [two.subscribe().id for _ in range(3)]
    for each in two.servers:
        each.system.clock.move_to(NOW + MONTH)
    run_due(two.system, NOW + MONTH)

    def meddle() -> None:
        two.there.subscriptions.cancel(made[0])
        two.there.subscriptions.update(made[1], {"cancel_at_period_end": True})
        two.there.customers.update(two.customer, {"name": "Ada"})

    two.meanwhile(meddle)
    for each in two.servers:
        each.system.clock.move_to(NOW + MONTH + 4_000)
    progress = run_due(two.system, NOW + MONTH + 4_000)
    assert progress.failed == []
    found = {each.id: each for each in two.here.subscriptions.list({"status": "all"}).data}
    assert [found[id].status for id in made] == ["canceled", "active", "active"]
    assert found[made[1]].cancel_at_period_end
    invoices = two.here.invoices.list({}).data
    assert [each.status for each in invoices] == ["paid"] * 6
    two.assert_sound()


@shared
def test_an_undone_change_takes_back_its_own_part_alone(two: Two) -> None:
    subscription = two.subscribe()
    declining = two.here.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": two.customer}
    ).id
    two.here.customers.balance_transactions.create(
        two.customer, {"amount": -2000, "currency": "usd"}
    )

    def meddle() -> None:
        two.there.customers.update(two.customer, {"name": "Ada", "metadata": {"seen": "yes"}})
        two.there.customers.balance_transactions.create(
            two.customer, {"amount": -300, "currency": "usd"}
        )
        draft = two.there.invoices.create({"customer": two.customer})
        two.there.invoice_items.create(
            {"customer": two.customer, "invoice": draft.id, "amount": 5000, "currency": "usd"}
        )
        two.numbers = [two.there.invoices.finalize_invoice(draft.id).number]

    two.meanwhile(meddle)
    with pytest.raises(stripe.CardError):
        two.here.subscriptions.update(subscription.id, {
            "items": [{"id": subscription["items"].data[0].id, "quantity": 9}],
            "default_payment_method": declining,
            "proration_behavior": "always_invoice",
            "payment_behavior": "error_if_incomplete",
        })  # fmt: skip

    customer = two.here.customers.retrieve(two.customer)
    # The invoice in between has used what was there: 300, as the change had taken the 2000.
    assert (customer.name, customer.metadata["seen"], customer.balance) == ("Ada", "yes", -2000)
    again = two.here.subscriptions.retrieve(subscription.id)
    assert (again["items"].data[0].quantity, again.default_payment_method) == (1, None)
    draft = two.here.invoices.create({"customer": two.customer})
    two.here.invoice_items.create(
        {"customer": two.customer, "invoice": draft.id, "amount": 5000, "currency": "usd"}
    )
    assert two.here.invoices.finalize_invoice(draft.id).number not in two.numbers
    two.assert_sound()
