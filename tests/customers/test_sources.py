"""Sources: cards and bank accounts by the older calls."""

import pytest
import stripe


def test_a_card_from_a_token_becomes_the_default_source(client):
    customer = client.v1.customers.create({"source": "tok_visa"})
    [card] = client.v1.customers.payment_sources.list(customer.id).data

    assert customer.default_source == card.id and card.id.startswith("card_")
    assert (card.object, card.brand, card.last4, card.customer) == (
        "card",
        "Visa",
        "4242",
        customer.id,
    )
    told = client.v1.events.list({"type": "customer.source.created", "limit": 1}).data[0]
    assert told.data.object.id == card.id


def test_a_card_source_is_a_payment_method_too(client):
    customer = client.v1.customers.create({"source": "tok_mastercard"})

    [method] = client.v1.customers.payment_methods.list(customer.id).data
    assert method.id == customer.default_source
    assert method.card.brand == "mastercard"


def test_sources_are_listed_by_kind(client):
    customer = client.v1.customers.create({})
    sources = client.v1.customers.payment_sources
    assert sources.list(customer.id, {"object": "card"}).data == []

    bank = sources.create(customer.id, {"source": "btok_us_verified"})
    card = sources.create(customer.id, {"source": "tok_visa"})

    assert [each.id for each in sources.list(customer.id).data] == [card.id, bank.id]
    assert [each.id for each in sources.list(customer.id, {"object": "card"}).data] == [card.id]
    assert sources.retrieve(customer.id, bank.id).status == "verified"


def test_card_data_is_taken_inline(client):
    customer = client.v1.customers.create({})
    source = {
        "object": "card",
        "number": "4242424242424242",
        "exp_month": 12,
        "exp_year": 2040,
        "cvc": "123",
        "name": "Ada",
        "address_zip": "10115",
    }
    card = client.v1.customers.payment_sources.create(customer.id, {"source": source})

    assert (card.name, card.address_zip, card.exp_year) == ("Ada", "10115", 2040)
    assert (card.cvc_check, card.address_zip_check) == ("pass", "pass")


def test_a_source_changes(client):
    customer = client.v1.customers.create({"source": "tok_visa"})

    changed = client.v1.customers.payment_sources.update(
        customer.id, customer.default_source, {"name": "Grace", "exp_year": 2041}
    )

    assert (changed.name, changed.exp_year) == ("Grace", 2041)
    types = [each.type for each in client.v1.events.list({"limit": 1}).data]
    assert types == ["customer.source.updated"]


def test_the_newest_remaining_source_becomes_the_default(client):
    customer = client.v1.customers.create({"source": "tok_visa"})
    sources = client.v1.customers.payment_sources
    second = sources.create(customer.id, {"source": "tok_mastercard"})

    assert sources.delete(customer.id, customer.default_source).deleted
    assert client.v1.customers.retrieve(customer.id).default_source == second.id
    sources.delete(customer.id, second.id)
    assert client.v1.customers.retrieve(customer.id).default_source is None


@pytest.mark.parametrize("how", ["deleted", "detached"])
def test_a_source_that_is_gone_pays_for_no_subscription(client, how):
    api = client.v1
    customer = api.customers.create({"source": "tok_visa"})
    price = api.prices.create({
        "product_data": {"name": "Basic"}, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    subscription = api.subscriptions.create({
        "customer": customer.id, "items": [{"price": price}],
        "default_source": customer.default_source,
    })  # fmt: skip

    if how == "deleted":
        api.customers.payment_sources.delete(customer.id, customer.default_source)
    else:
        api.payment_methods.detach(customer.default_source)
    assert api.subscriptions.retrieve(subscription.id).default_source is None


def test_a_new_source_on_update_takes_the_place_of_the_default(client):
    customer = client.v1.customers.create({"source": "tok_visa"})

    changed = client.v1.customers.update(customer.id, {"source": "tok_mastercard"})

    [card] = client.v1.customers.payment_sources.list(customer.id).data
    assert changed.default_source == card.id and card.brand == "MasterCard"


def test_the_default_source_is_shown_when_it_is_expanded(client):
    customer = client.v1.customers.create({"source": "tok_visa"})

    shown = client.v1.customers.retrieve(customer.id, {"expand": ["default_source", "sources"]})

    assert shown.default_source.last4 == "4242"
    assert [each.id for each in shown.sources.data] == [customer.default_source]


def test_a_bank_account_is_verified_by_its_deposits(client):
    customer = client.v1.customers.create({"source": "btok_us"})
    [account] = client.v1.customers.payment_sources.list(customer.id).data
    assert account.status == "new"
    verify = client.v1.customers.payment_sources.verify

    with pytest.raises(stripe.InvalidRequestError):
        verify(customer.id, account.id, {"amounts": [1, 2]})
    assert verify(customer.id, account.id, {"amounts": [32, 45]}).status == "verified"


def test_a_declined_card_is_not_saved(client):
    customer = client.v1.customers.create({})

    with pytest.raises(stripe.CardError) as declined:
        client.v1.customers.payment_sources.create(
            customer.id, {"source": "tok_visa_chargeDeclined"}
        )

    assert (declined.value.code, declined.value.http_status) == ("card_declined", 402)
    assert client.v1.customers.payment_sources.list(customer.id).data == []


def test_an_unknown_token_and_source_are_refused(client):
    customer = client.v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.payment_sources.create(customer.id, {"source": "tok_nothing"})
    assert (refused.value.code, refused.value.param) == ("resource_missing", "source")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.payment_sources.retrieve(customer.id, "card_nothing")
    assert refused.value.http_status == 404


def test_a_token_is_used_once(client):
    card = {"number": "5555555555554444", "exp_month": 1, "exp_year": 2040, "name": "Ada"}
    token = client.v1.tokens.create({"card": card})
    customer = client.v1.customers.create({"source": token.id})

    source = client.v1.customers.payment_sources.retrieve(customer.id, customer.default_source)
    assert (source.id, source.name, source.brand) == (token.card.id, "Ada", "MasterCard")
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.update(customer.id, {"source": token.id})
    assert refused.value.code == "token_already_used"


def test_a_source_pays_a_subscription(client):
    customer = client.v1.customers.create({"source": "tok_visa", "balance": -400})
    price = client.v1.prices.create(
        {
            "product_data": {"name": "Basic"},
            "currency": "usd",
            "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }
    )

    subscription = client.v1.subscriptions.create(
        {"customer": customer.id, "items": [{"price": price.id}]}
    )

    [charge] = client.v1.charges.list({"customer": customer.id}).data
    assert (subscription.status, charge.amount) == ("active", 600)
    assert charge.payment_method == charge.source.id == customer.default_source
    [applied] = client.v1.customers.balance_transactions.list(
        customer.id, {"invoice": subscription.latest_invoice}
    ).data
    assert (applied.type, applied.amount, applied.ending_balance) == ("applied_to_invoice", 400, 0)
