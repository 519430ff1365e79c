"""Released: a network that had taken the money before it was asked to let go is believed."""

import pytest
import stripe

from prorata.engine.doctor import examine
from servers import running


class HastyGateway:
    """A gateway at which every challenge was passed by the moment it is to be given up."""

    def __init__(self, inner):
        self._inner = inner

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def cancel(self, reference, key, now):
        self._inner.authenticate(reference, True, now)
        return self._inner.cancel(reference, key, now)


@pytest.fixture
def hasty():
    with running(worker=False) as server:
        server.system.gateway = HastyGateway(server.system.gateway)
        yield server
        problems = [each for check in examine(server.system) for each in check.findings]
        assert not problems


@pytest.fixture
def api(hasty):
    return stripe.StripeClient(hasty.secret_key, base_addresses={"api": hasty.url}).v1


def challenged(api, **params):
    return api.payment_intents.create({
        "amount": 2000, "currency": "usd", "payment_method": "pm_card_threeDSecure2Required",
        "confirm": True, **params,
    })  # fmt: skip


def test_a_canceled_intent_whose_money_came_has_succeeded(api):
    intent = challenged(api)
    api.payment_intents.cancel(intent.id)

    intent = api.payment_intents.retrieve(intent.id)

    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert (intent.canceled_at, intent.cancellation_reason) == (None, None)
    [charge] = api.charges.list({"payment_intent": intent.id}).data
    assert (charge.id, charge.paid, charge.captured) == (intent.latest_charge, True, True)
    told = [event.type for event in api.events.list({"limit": 3}).data]
    assert told == ["payment_intent.succeeded", "charge.succeeded", "payment_intent.canceled"]


def test_an_intent_that_was_paid_in_another_way_gives_the_first_money_back(api):
    intent = challenged(api)
    intent = api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert intent.status == "succeeded"

    charges = api.charges.list({"payment_intent": intent.id}).data

    assert sorted((each.amount, each.refunded) for each in charges) == [(2000, False), (2000, True)]
    [refund] = api.refunds.list({"payment_intent": intent.id}).data
    assert (refund.amount, refund.reason, refund.status) == (2000, "duplicate", "succeeded")
    assert next(each for each in charges if not each.refunded).id == intent.latest_charge


def test_the_doctor_waits_for_the_answer_about_what_goes_back(hasty, api, monkeypatch):
    refund, found = hasty.system.gateway.refund, []

    def asked(order):
        found.append([each for check in examine(hasty.system) for each in check.findings])
        return refund(order)

    monkeypatch.setattr(hasty.system.gateway, "refund", asked, raising=False)
    intent = challenged(api)
    api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert found == [[]]


def test_a_voided_invoice_whose_money_came_gives_it_to_the_customers_balance(api):
    method = "pm_card_threeDSecure2Required"
    customer = api.customers.create({"payment_method": method})
    invoice = api.invoices.create({"customer": customer.id, "currency": "usd"})
    api.invoice_items.create({
        "customer": customer.id, "invoice": invoice.id, "amount": 2000, "currency": "usd",
    })  # fmt: skip
    api.invoices.finalize_invoice(invoice.id)
    with pytest.raises(stripe.CardError):
        api.invoices.pay(invoice.id, {"payment_method": method, "off_session": False})

    api.invoices.void_invoice(invoice.id)

    invoice = api.invoices.retrieve(invoice.id)
    assert (invoice.status, invoice.amount_paid, invoice.amount_overpaid) == ("void", 0, 2000)
    assert api.customers.retrieve(customer.id).balance == -2000


def test_a_request_that_leaves_nothing_behind_gives_the_money_back(api):
    price = api.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    method = "pm_card_threeDSecure2Required"
    customer = api.customers.create({"payment_method": method})
    [card] = api.payment_methods.list({"customer": customer.id}).data
    with pytest.raises(stripe.CardError):
        api.subscriptions.create({
            "customer": customer.id, "items": [{"price": price.id}],
            "default_payment_method": card.id, "payment_behavior": "error_if_incomplete",
            "off_session": False,
        })  # fmt: skip

    [charge] = api.charges.list({"customer": customer.id}).data
    assert (charge.amount, charge.payment_intent, charge.refunded) == (1500, None, True)
    assert not api.subscriptions.list({"customer": customer.id, "status": "all"}).data


@pytest.mark.parametrize("change", [{"amount": 3000}, {"currency": "eur"}])
def test_what_came_for_less_or_in_another_currency_than_is_asked_for_goes_back(api, change):
    intent = challenged(api)
    api.payment_intents.update(intent.id, change)

    intent = api.payment_intents.retrieve(intent.id)

    assert (intent.status, intent.amount_received) == ("requires_confirmation", 0)
    [charge] = api.charges.list({"payment_intent": intent.id}).data
    assert (charge.amount, charge.currency, charge.refunded) == (2000, "usd", True)
    intent = api.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.amount_received) == ("succeeded", intent.amount)
