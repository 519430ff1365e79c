"""Deleting customers: what goes with them and what stays."""

import pytest

from prorata.engine.doctor import examine


def test_subscriptions_end_with_their_customer(client):
    product = client.v1.products.create({"name": "Basic"})
    price = client.v1.prices.create(
        {
            "product": product.id,
            "currency": "usd",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }
    )
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )
    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )
    shown = client.v1.customers.retrieve(customer.id, {"expand": ["subscriptions"]})
    assert [each.id for each in shown.subscriptions.data] == [subscription.id]
    [method] = client.v1.customers.payment_methods.list(customer.id).data

    client.v1.customers.delete(customer.id)

    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.customer) == ("canceled", customer.id)
    assert client.v1.payment_methods.retrieve(method.id).customer is None
    assert client.v1.invoices.retrieve(subscription.latest_invoice).status == "paid"
    told = [each.type for each in client.v1.events.list({"limit": 3}).data]
    assert {"customer.deleted", "customer.subscription.deleted"} <= set(told)
    again = client.v1.subscriptions.retrieve(subscription.id, {"expand": ["customer"]})
    assert again.customer.deleted


@pytest.mark.parametrize("goes", ["alone", "on a test clock", "with its test clock"])
def test_a_customer_that_goes_with_cash_leaves_sound_books(client, server, goes):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_800_000_000}).id
    customer = client.v1.customers.create({} if goes == "alone" else {"test_clock": clock})
    client.v1.test_helpers.customers.fund_cash_balance(
        customer.id, {"amount": 700, "currency": "eur"}
    )
    if goes == "with its test clock":
        client.v1.test_helpers.test_clocks.delete(clock)
    else:
        client.v1.customers.delete(customer.id)

    found = [each for check in examine(server.system) for each in check.findings]
    assert [each for each in found if each.id == customer.id] == []
