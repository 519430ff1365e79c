"""Quotes beside everything else: events in order, two at once, keys, what they lead to."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import stripe

from quotes.seller import Seller, refused


def told_after(seller: Seller, quote: Any) -> list[str]:
    """Return what acceptance tells, in its order."""
    accepted = seller.quotes.accept(quote.id)
    found = seller.client.events.list({"limit": 30}).data
    mine = [each for each in found if each.request.id == accepted.last_response.request_id]
    return [each.type for each in reversed(mine)]


def test_acceptance_tells_causes_before_effects(seller: Seller) -> None:
    quote = seller.open(
        seller.price(), seller.once(), customer=seller.payer(),
        discounts=[{"coupon": seller.coupon()}],
    )  # fmt: skip
    assert told_after(seller, quote) == [
        "customer.discount.created", "customer.subscription.created", "invoiceitem.created",
        "invoice.created", "quote.accepted", "customer.updated",
    ]  # fmt: skip
    single = seller.open(seller.once(), customer=seller.payer())
    assert told_after(seller, single) == [
        "invoiceitem.created", "invoice.created", "quote.accepted", "customer.updated",
    ]  # fmt: skip


def test_an_event_holds_the_quote_as_it_was(seller: Seller) -> None:
    quote = seller.accepted(seller.once(), customer=seller.payer())
    found = [
        each for each in seller.client.events.list({"type": "quote.*", "limit": 50}).data
        if each.data.object.id == quote.id
    ]  # fmt: skip
    shown = {each.type: each.data.object for each in found}
    assert shown["quote.created"].status == "draft" and shown["quote.created"].number is None
    assert shown["quote.finalized"].status == "open" and shown["quote.finalized"].number
    assert shown["quote.accepted"].invoice == quote.invoice


def test_a_quote_is_accepted_once(server: Any, seller: Seller) -> None:
    customer = seller.payer()
    quote = seller.open(seller.price(), customer=customer)

    def accept(_: int) -> str:
        client = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}, max_network_retries=0
        )
        try:
            return client.v1.quotes.accept(quote.id).status
        except stripe.InvalidRequestError:
            return "refused"
        except stripe.RateLimitError:
            return "refused"

    with ThreadPoolExecutor(4) as pool:
        found = sorted(pool.map(accept, range(4)))
    assert found == ["accepted", "refused", "refused", "refused"]
    assert len(seller.client.subscriptions.list({"customer": customer}).data) == 1


def test_a_key_accepts_once_and_answers_twice(seller: Seller) -> None:
    quote = seller.open(seller.once(), customer=seller.payer())
    answers = [
        seller.quotes.accept(quote.id, {}, {"idempotency_key": f"accept {quote.id}"})
        for _ in range(2)
    ]
    assert answers[0] == answers[1]


def test_what_was_made_is_found_from_the_quote(seller: Seller) -> None:
    customer = seller.payer()
    first = seller.open(seller.once(), customer=customer)
    second = seller.quotes.create({"from_quote": {"quote": first.id, "is_revision": True}})
    seller.quotes.accept(seller.quotes.finalize_quote(second.id).id)
    shown = seller.quotes.retrieve(second.id, {"expand": [
        "invoice", "customer", "from_quote.quote", "default_tax_rates",
        "computed.upfront.total_details.breakdown", "computed.recurring.total_details.breakdown",
    ]})  # fmt: skip
    assert shown.invoice.parent.quote_details.quote == second.id
    assert (shown.customer.id, shown.from_quote.quote.status) == (customer, "canceled")
    assert shown.computed.upfront.total_details.breakdown.taxes == []
    assert "doesn't exist" in str(
        refused(seller.quotes.retrieve, second.id, {"expand": ["offer"]})
    )


def test_an_open_quote_binds_a_customer_to_its_currency(seller: Seller) -> None:
    customer = seller.payer()
    seller.open(seller.price(currency="eur"), customer=customer)
    seller.client.customers.balance_transactions.create(
        customer, {"amount": 0 - 5, "currency": "usd"})  # fmt: skip
    seller.client.customers.balance_transactions.create(
        customer, {"amount": 5, "currency": "usd"})  # fmt: skip
    error = refused(seller.client.subscriptions.create, {
        "customer": customer, "items": [{"price": seller.price(currency="gbp")}]})  # fmt: skip
    assert "quote" in str(error)
