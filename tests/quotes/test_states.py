"""Quotes live: made, finalized, accepted, canceled, expired, revised."""

from __future__ import annotations

import time

import pytest
import stripe

from quotes.seller import DAY, Seller, refused
from servers import running

START = 1_790_000_000


def test_a_draft_is_empty_at_first_and_ends_in_thirty_days(seller: Seller) -> None:
    quote = seller.quotes.create({})
    assert (quote.status, quote.number, quote.currency, quote.customer) == (
        "draft", None, None, None,
    )  # fmt: skip
    assert quote.expires_at == quote.created + 30 * DAY
    assert (quote.amount_subtotal, quote.amount_total) == (0, 0)
    assert quote.computed.recurring is None
    assert quote.default_tax_rates == [] and quote.discounts == []
    assert quote.subscription_data.billing_mode.type == "flexible"
    assert "line_items" not in quote
    assert refused(seller.quotes.finalize_quote, quote.id).param == "customer"
    seller.quotes.update(quote.id, {"customer": seller.customer()})
    assert refused(seller.quotes.finalize_quote, quote.id).param == "line_items"


def test_numbers_count_for_each_customer(seller: Seller) -> None:
    customer = seller.customer()
    prefix = seller.client.customers.retrieve(customer).invoice_prefix
    price = seller.price()
    numbers = [seller.open(price, customer=customer).number for _ in range(2)]
    assert numbers == [f"QT-{prefix}-0001-1", f"QT-{prefix}-0002-1"]


def test_one_time_items_become_a_draft_invoice(seller: Seller) -> None:
    customer = seller.payer()
    quote = seller.accepted(
        {"price": seller.once(), "quantity": 3}, customer=customer,
        collection_method="send_invoice",
        invoice_settings={
            "days_until_due": 14, "description": "Thanks", "footer": "Bye",
            "custom_fields": [{"name": "PO", "value": "7"}],
        },
    )  # fmt: skip
    assert quote.status == "accepted" and quote.status_transitions.accepted_at
    assert (quote.subscription, quote.subscription_schedule) == (None, None)
    invoice = seller.client.invoices.retrieve(quote.invoice)
    assert (invoice.status, invoice.auto_advance, invoice.total) == ("draft", False, 1500)
    assert invoice.billing_reason == "quote_accept"
    assert invoice.parent.type == "quote_details"
    assert invoice.parent.quote_details.quote == quote.id
    assert (invoice.collection_method, invoice.description, invoice.footer) == (
        "send_invoice", "Thanks", "Bye",
    )  # fmt: skip
    assert invoice.custom_fields[0].value == "7"
    final = seller.client.invoices.finalize_invoice(invoice.id)
    assert final.due_date == final.status_transitions.finalized_at + 14 * DAY
    assert seller.events(quote.id) == ["quote.created", "quote.finalized", "quote.accepted"]


def test_recurring_items_become_a_subscription_with_a_draft(seller: Seller) -> None:
    customer = seller.payer()
    quote = seller.accepted(
        {"price": seller.price(), "quantity": 2}, seller.once(), customer=customer,
        subscription_data={"description": "Team", "metadata": {"a": "b"}},
    )  # fmt: skip
    assert (quote.invoice, quote.subscription_schedule) == (None, None)
    found = seller.client.subscriptions.retrieve(quote.subscription, {"expand": ["latest_invoice"]})
    assert (found.status, found.description, found.metadata.to_dict()) == (
        "active", "Team", {"a": "b"},
    )  # fmt: skip
    draft = found.latest_invoice
    assert (draft.status, draft.auto_advance, draft.total) == ("draft", True, 2500)
    assert draft.billing_reason == "subscription_create"


def test_a_classic_trial_is_passed_on(seller: Seller) -> None:
    quote = seller.accepted(
        seller.price(), customer=seller.payer(),
        subscription_data={"trial_period_days": 14, "billing_mode": {"type": "classic"}},
    )  # fmt: skip
    found = seller.client.subscriptions.retrieve(quote.subscription)
    assert found.status == "trialing" and found.billing_mode.type == "classic"
    assert found.trial_end == found.created + 14 * DAY


def test_a_later_beginning_becomes_a_schedule(seller: Seller) -> None:
    begins = int(time.time()) + 10 * DAY
    coupon = seller.coupon(25, "forever")
    quote = seller.accepted(
        {"price_data": {"currency": "usd", "product": seller.product, "unit_amount": 800,
                        "recurring": {"interval": "month"}}, "quantity": 2},
        seller.once(), customer=seller.payer(), discounts=[{"coupon": coupon}],
        subscription_data={"effective_date": begins, "trial_period_days": 5,
                           "metadata": {"a": "b"}, "description": "Later"},
    )  # fmt: skip
    assert (quote.invoice, quote.subscription) == (None, None)
    schedule = seller.client.subscription_schedules.retrieve(quote.subscription_schedule)
    assert (schedule.status, schedule.end_behavior) == ("not_started", "release")
    [phase] = schedule.phases
    assert (phase.start_date, phase.trial_end) == (begins, begins + 5 * DAY)
    assert phase.metadata.to_dict() == {"a": "b"} and phase.description == "Later"
    assert phase.items[0].quantity == 2 and len(phase.add_invoice_items) == 1
    assert phase.discounts[0].coupon == coupon


def test_a_schedule_bills_what_was_quoted(seller: Seller) -> None:
    clock = seller.clock(START)
    customer = seller.payer(test_clock=clock)
    quote = seller.accepted(
        {"price": seller.price(), "quantity": 3}, seller.once(), customer=customer,
        discounts=[{"coupon": seller.coupon(10, "forever")}],
        subscription_data={"effective_date": START + 5 * DAY},
    )  # fmt: skip
    seller.advance(clock, START + 6 * DAY)
    schedule = seller.client.subscription_schedules.retrieve(quote.subscription_schedule)
    assert schedule.status == "active"
    [invoice] = seller.client.invoices.list({"customer": customer}).data
    assert (invoice.status, invoice.total) == ("paid", quote.computed.upfront.amount_total)
    seller.advance(clock, START + 40 * DAY)
    newest = seller.client.invoices.list({"customer": customer}).data[0]
    assert newest.total == quote.computed.recurring.amount_total


def test_a_beginning_that_has_passed_begins_now(seller: Seller) -> None:
    clock = seller.clock(START)
    quote = seller.open(
        seller.price(), customer=seller.payer(test_clock=clock),
        subscription_data={"effective_date": START + DAY},
    )  # fmt: skip
    seller.advance(clock, START + 2 * DAY)
    accepted = seller.quotes.accept(quote.id)
    assert accepted.subscription and accepted.subscription_schedule is None
    found = seller.client.subscriptions.retrieve(accepted.subscription)
    assert found.start_date == START + 2 * DAY


@pytest.mark.parametrize("finalized", [False, True])
def test_a_quote_expires(seller: Seller, finalized: bool) -> None:
    clock = seller.clock(START)
    quote = seller.quote(seller.price(), customer=seller.payer(test_clock=clock))
    if finalized:
        quote = seller.quotes.finalize_quote(quote.id, {"expires_at": START + 3 * DAY})
        assert quote.expires_at == START + 3 * DAY
    assert (quote.test_clock, quote.created) == (clock, START)
    seller.advance(clock, quote.expires_at - 1)
    assert seller.quotes.retrieve(quote.id).status == ("open" if finalized else "draft")
    seller.advance(clock, quote.expires_at)
    gone = seller.quotes.retrieve(quote.id)
    assert (gone.status, gone.status_transitions.canceled_at) == ("canceled", quote.expires_at)
    assert seller.events(quote.id)[-1] == "quote.canceled"
    assert "`canceled`" in str(refused(seller.quotes.accept, quote.id))


def test_states_refuse_what_does_not_fit(seller: Seller) -> None:
    quotes = seller.quotes
    draft = seller.quote(seller.price(), customer=seller.payer())
    assert "`draft`" in str(refused(quotes.accept, draft.id))
    quotes.finalize_quote(draft.id)
    assert "`open`" in str(refused(quotes.finalize_quote, draft.id))
    quotes.accept(draft.id)
    for verb in (quotes.accept, quotes.cancel, quotes.finalize_quote):
        assert "`accepted`" in str(refused(verb, draft.id))
    other = seller.open(seller.price())
    canceled = quotes.cancel(other.id)
    assert canceled.status == "canceled" and canceled.status_transitions.canceled_at
    assert seller.events(other.id)[-1] == "quote.canceled"
    assert "`canceled`" in str(refused(quotes.cancel, other.id))


def test_an_open_quote_keeps_all_but_its_end_and_its_metadata(seller: Seller) -> None:
    quote = seller.open(seller.price())
    ends = quote.expires_at - DAY
    changed = seller.quotes.update(quote.id, {"expires_at": ends, "metadata": {"a": "b"}})
    assert (changed.expires_at, changed.metadata.to_dict()) == (ends, {"a": "b"})
    for name, value in (("description", "New"), ("line_items", []), ("header", "Hello")):
        if name != "line_items":
            assert refused(seller.quotes.update, quote.id, {name: value}).param == name
    sent = {"line_items": [{"price": seller.price()}]}
    assert refused(seller.quotes.update, quote.id, sent).param == "line_items"


def test_a_revision_takes_the_place_of_an_open_quote(seller: Seller) -> None:
    customer = seller.payer()
    coupon = seller.coupon(50)
    first = seller.open(
        seller.price(), customer=customer, discounts=[{"coupon": coupon}], header="Hi"
    )
    second = seller.quotes.create({"from_quote": {"quote": first.id, "is_revision": True}})
    assert (second.status, second.header, second.number) == ("draft", "Hi", None)
    assert (second.from_quote.quote, second.from_quote.is_revision) == (first.id, True)
    assert (second.amount_total, second.customer) == (500, customer)
    items = seller.quotes.line_items.list(second.id).data
    seller.quotes.update(second.id, {"line_items": [{"id": items[0].id, "quantity": 4}]})
    final = seller.quotes.finalize_quote(second.id)
    assert final.number == first.number[:-1] + "2"
    assert final.amount_total == 2000
    assert seller.quotes.retrieve(first.id).status == "canceled"
    assert "`open`" in str(
        refused(seller.quotes.create, {"from_quote": {"quote": first.id, "is_revision": True}})
    )
    copy = seller.quotes.create({"from_quote": {"quote": final.id}})
    assert seller.quotes.finalize_quote(copy.id).number.endswith("-0002-1")
    assert seller.quotes.retrieve(final.id).status == "open"
    sent = {"from_quote": {"quote": first.id}, "header": "No"}
    assert refused(seller.quotes.create, sent).param == "header"


def test_of_all_revisions_the_newest_alone_can_be_accepted(seller: Seller) -> None:
    first = seller.open(seller.price(), customer=seller.payer())
    revises = {"from_quote": {"quote": first.id, "is_revision": True}}
    second, third, fourth = (seller.quotes.create(revises) for _ in range(3))
    second = seller.quotes.finalize_quote(second.id)
    third = seller.quotes.finalize_quote(third.id)
    assert [each.number[-2:] for each in (first, second, third)] == ["-1", "-2", "-3"]
    assert seller.quotes.retrieve(second.id).status == "canceled"
    assert seller.events(second.id)[-1] == "quote.canceled"
    seller.quotes.accept(third.id)
    assert "accepted meanwhile" in str(refused(seller.quotes.finalize_quote, fourth.id))


def test_a_revision_of_what_was_accepted_meanwhile_is_not_finalized(seller: Seller) -> None:
    first = seller.open(seller.price(), customer=seller.payer())
    second = seller.quotes.create({"from_quote": {"quote": first.id, "is_revision": True}})
    seller.quotes.accept(first.id)
    assert "accepted meanwhile" in str(refused(seller.quotes.finalize_quote, second.id))


def test_a_coupon_that_has_ended_is_not_honored_silently(seller: Seller) -> None:
    coupon = seller.coupon(50)
    quote = seller.open(seller.price(), customer=seller.payer(), discounts=[{"coupon": coupon}])
    assert quote.amount_total == 500
    seller.client.coupons.delete(coupon)
    error = refused(seller.quotes.accept, quote.id)
    assert error.param == "discounts[0][coupon]"
    assert seller.quotes.retrieve(quote.id).status == "open"


def test_coupons_are_redeemed_with_acceptance(seller: Seller) -> None:
    coupon = seller.coupon(50, max_redemptions=1)
    quote = seller.open(seller.price(), customer=seller.payer(), discounts=[{"coupon": coupon}])
    assert seller.client.coupons.retrieve(coupon).times_redeemed == 0
    seller.quotes.accept(quote.id)
    assert seller.client.coupons.retrieve(coupon).times_redeemed == 1


def test_whoever_is_gone_accepts_nothing(seller: Seller) -> None:
    customer = seller.customer()
    quote = seller.open(seller.price(), customer=customer)
    seller.client.customers.delete(customer)
    assert "deleted" in str(refused(seller.quotes.accept, quote.id))
    assert seller.quotes.cancel(quote.id).status == "canceled"


def test_an_expired_quote_that_nobody_has_canceled_yet_is_refused(store: str) -> None:
    with running(worker=False, now=START) as server:
        addresses = {"api": server.url}
        client = stripe.StripeClient(server.secret_key, base_addresses=addresses).v1
        seller = Seller(client)
        quote = seller.open(seller.once(), expires_at=START + 60)
        draft = seller.quote(seller.once(), expires_at=START + 60)
        server.system.clock.move_to(START + 61)
        assert "has expired" in str(refused(client.quotes.accept, quote.id))
        assert "has expired" in str(refused(client.quotes.finalize_quote, draft.id))
