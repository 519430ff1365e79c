"""Balances: credit and debt of customers in several currencies, and their cash."""

import pytest
import stripe


def test_adjustments_change_the_balance_and_tell_so(client):
    customer = client.v1.customers.create({})
    of_customer = client.v1.customers.balance_transactions

    given = of_customer.create(
        customer.id,
        {"amount": -500, "currency": "usd", "description": "Sorry", "metadata": {"a": "1"}},
    )
    taken = of_customer.create(customer.id, {"amount": 200, "currency": "usd"})

    now = client.v1.customers.retrieve(customer.id)
    assert (now.balance, now.currency) == (-300, "usd")
    assert (given.type, given.ending_balance, taken.ending_balance) == ("adjustment", -500, -300)
    assert given.invoice is None and given.credit_note is None
    assert [each.id for each in of_customer.list(customer.id).data] == [taken.id, given.id]
    assert of_customer.retrieve(customer.id, given.id) == given
    event = client.v1.events.list({"type": "customer.updated"}).data[0].to_dict()
    assert event["data"]["previous_attributes"] == {"balance": -500}


def test_each_currency_has_its_own_balance(client):
    customer = client.v1.customers.create({})
    create = client.v1.customers.balance_transactions.create

    create(customer.id, {"amount": -500, "currency": "eur"})
    dollars = create(customer.id, {"amount": -700, "currency": "usd"})

    shown = client.v1.customers.retrieve(customer.id, {"expand": ["invoice_credit_balance"]})
    assert (shown.balance, shown.currency) == (-500, "eur")
    assert dollars.ending_balance == -700
    assert set(shown.invoice_credit_balance.to_dict()) == {"eur", "usd"}


def test_a_subscription_in_another_currency_finds_the_balance_of_it(client):
    customer = client.v1.customers.create({})
    # The first currency used becomes the customer's, until a subscription brings its own.
    client.v1.invoices.create({"customer": customer.id, "currency": "usd"})
    client.v1.customers.balance_transactions.create(
        customer.id, {"amount": -1_500, "currency": "eur"})
    product = client.v1.products.create({"name": "Basic"})
    subscription = client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price_data": {
            "product": product.id, "currency": "eur", "unit_amount": 1_000,
            "recurring": {"interval": "month"},
        }}],
    })  # fmt: skip

    bill = client.v1.invoices.retrieve(subscription.latest_invoice)
    assert (bill.starting_balance, bill.ending_balance, bill.amount_due) == (-1_500, -500, 0)
    now = client.v1.customers.retrieve(customer.id, {"expand": ["invoice_credit_balance"]})
    assert (now.balance, now.currency) == (-500, "eur")
    assert now.invoice_credit_balance.to_dict() == {"eur": -500}


def test_only_words_about_a_transaction_can_change(client):
    customer = client.v1.customers.create({})
    of_customer = client.v1.customers.balance_transactions
    given = of_customer.create(customer.id, {"amount": -500, "currency": "usd"})

    changed = of_customer.update(customer.id, given.id, {"description": "Gift"})
    assert (changed.description, changed.amount) == ("Gift", -500)
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: amount"):
        of_customer.update(customer.id, given.id, {"amount": 1})


def test_an_unknown_currency_is_refused(client):
    customer = client.v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.balance_transactions.create(
            customer.id, {"amount": -500, "currency": "zzz"}
        )

    assert refused.value.param == "currency"


def test_a_cash_balance_is_funded_in_test_mode(client):
    customer = client.v1.customers.create({})
    of_customer = client.v1.customers

    assert of_customer.cash_balance.retrieve(customer.id).available is None
    funded = client.v1.test_helpers.customers.fund_cash_balance(
        customer.id, {"amount": 1000, "currency": "eur", "reference": "abc"}
    )

    assert (funded.net_amount, funded.ending_balance, funded.type) == (1000, 1000, "funded")
    assert funded.funded.bank_transfer.type == "eu_bank_transfer"
    assert of_customer.cash_balance.retrieve(customer.id).available.to_dict() == {"eur": 1000}
    listed = of_customer.cash_balance_transactions.list(customer.id).data
    assert [each.id for each in listed] == [funded.id]
    types = {each.type for each in client.v1.events.list({"limit": 2}).data}
    assert types == {
        "cash_balance.funds_available",
        "customer_cash_balance_transaction.created",
    }


def test_how_transfers_are_matched_is_a_setting(client):
    customer = client.v1.customers.create(
        {"cash_balance": {"settings": {"reconciliation_mode": "manual"}}}
    )
    of_customer = client.v1.customers.cash_balance

    assert of_customer.retrieve(customer.id).settings.reconciliation_mode == "manual"
    default = of_customer.update(
        customer.id, {"settings": {"reconciliation_mode": "merchant_default"}}
    )
    assert default.settings.to_dict() == {
        "reconciliation_mode": "automatic",
        "using_merchant_default": True,
    }
