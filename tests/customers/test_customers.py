"""Customers: created, changed, listed, searched and deleted through the front door."""

import pytest
import stripe

SETTINGS = {
    "custom_fields": None,
    "default_payment_method": None,
    "footer": None,
    "rendering_options": None,
}
FULL_ADDRESS = {"city", "country", "line1", "line2", "postal_code", "state"}


def test_a_customer_begins_with_the_documented_defaults(client):
    customer = client.v1.customers.create({"email": "ada@example.com"}).to_dict()

    assert customer["id"].startswith("cus_") and len(customer["id"]) == 18
    assert len(customer.pop("invoice_prefix")) == 8
    for name in ("id", "created"):
        customer.pop(name)
    assert customer == {
        "object": "customer",
        "address": None,
        "balance": 0,
        "currency": None,
        "customer_account": None,
        "default_source": None,
        "delinquent": False,
        "description": None,
        "discount": None,
        "email": "ada@example.com",
        "invoice_settings": SETTINGS,
        "livemode": False,
        "metadata": {},
        "name": None,
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": [],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


def test_an_address_has_all_its_keys_once_it_is_given(client):
    customer = client.v1.customers.create(
        {
            "address": {"country": "DE"},
            "shipping": {"name": "Ada", "address": {"line1": "Unter den Linden 1"}},
        }
    ).to_dict()

    assert set(customer["address"]) == FULL_ADDRESS
    assert set(customer["shipping"]["address"]) == FULL_ADDRESS
    assert customer["shipping"]["phone"] is None


def test_sent_fields_change_and_empty_ones_are_unset(client):
    customer = client.v1.customers.create(
        {"name": "Ada", "phone": "1", "business_name": "Acme", "metadata": {"a": "1", "b": "2"}}
    )

    changed = client.v1.customers.update(
        customer.id,
        {"phone": "", "business_name": "", "metadata": {"a": "", "c": "3"}, "tax_exempt": "exempt"},
    )

    assert (changed.name, changed.phone, changed.tax_exempt) == ("Ada", None, "exempt")
    assert "business_name" not in changed
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}


def test_invoice_settings_change_one_by_one(client):
    fields = [{"name": "VAT", "value": "DE1"}]
    customer = client.v1.customers.create(
        {"invoice_settings": {"footer": "Thanks", "custom_fields": fields}}
    )

    changed = client.v1.customers.update(
        customer.id,
        {"invoice_settings": {"rendering_options": {"amount_tax_display": "exclude_tax"}}},
    )

    settings = changed.invoice_settings.to_dict()
    assert settings["footer"] == "Thanks"
    assert settings["custom_fields"] == fields
    assert settings["rendering_options"] == {
        "amount_tax_display": "exclude_tax",
        "template": None,
    }


def test_a_balance_given_at_creation_is_the_initial_transaction(client):
    customer = client.v1.customers.create({"balance": -2500})
    client.v1.customers.update(customer.id, {"balance": -1000})

    transactions = client.v1.customers.balance_transactions.list(customer.id).data
    assert customer.currency == "usd"
    assert [(each.type, each.amount, each.ending_balance) for each in transactions] == [
        ("adjustment", 1500, -1000),
        ("initial", -2500, -2500),
    ]


def test_two_customers_cannot_share_an_invoice_prefix(client):
    client.v1.customers.create({"invoice_prefix": "ABCD"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create({"invoice_prefix": "ABCD"})

    assert refused.value.param == "invoice_prefix"


def test_changes_are_told_with_what_was_before(client):
    customer = client.v1.customers.create({"email": "grace@example.com"})
    client.v1.customers.update(customer.id, {"email": "hopper@example.com", "metadata": {"a": "1"}})
    client.v1.customers.update(customer.id, {"email": "hopper@example.com"})

    updated, created = (
        each.to_dict() for each in client.v1.events.list({"type": "customer.*", "limit": 2}).data
    )
    assert (created["type"], updated["type"]) == ("customer.created", "customer.updated")
    assert created["data"]["object"]["email"] == "grace@example.com"
    assert updated["data"]["previous_attributes"] == {
        "email": "grace@example.com",
        "metadata": {"a": None},
    }


def test_customers_are_found_by_their_address(client):
    one = client.v1.customers.create({"email": "only@example.com", "name": "Only One"})
    client.v1.customers.create({"email": "Only@example.com"})

    assert [c.id for c in client.v1.customers.list({"email": "only@example.com"}).data] == [one.id]
    query = 'name~"only" AND -metadata["kind"]:"organization"'
    assert [c.id for c in client.v1.customers.search({"query": query}).data] == [one.id]


def test_customers_are_listed_by_when_they_were_created(client):
    customer = client.v1.customers.create({})
    later = {"created": {"gt": customer.created}}

    assert client.v1.customers.list(later).data == []
    now = {"created": customer.created, "limit": 100}
    assert customer.id in [each.id for each in client.v1.customers.list(now).data]


def test_customers_of_a_test_clock_are_listed_only_with_it(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})
    customer = client.v1.customers.create({"test_clock": clock.id})

    assert customer.created == 1_700_000_000
    assert customer.test_clock == clock.id
    assert customer.id not in [each.id for each in client.v1.customers.list().data]
    with_clock = client.v1.customers.list({"test_clock": clock.id}).data
    assert [each.id for each in with_clock] == [customer.id]


def test_what_hangs_on_a_customer_is_shown_when_it_is_expanded(client):
    customer = client.v1.customers.create(
        {
            "tax_id_data": [{"type": "us_ein", "value": "12-3456789"}],
            "address": {"country": "US", "postal_code": "94107"},
        }
    )

    names = ["tax_ids", "tax", "cash_balance", "subscriptions", "sources", "invoice_credit_balance"]
    shown = client.v1.customers.retrieve(customer.id, {"expand": names}).to_dict()

    assert not set(names) & set(customer.to_dict())
    assert [each["value"] for each in shown["tax_ids"]["data"]] == ["12-3456789"]
    assert shown["subscriptions"]["url"] == f"/v1/customers/{customer.id}/subscriptions"
    assert shown["sources"]["data"] == []
    assert shown["tax"]["location"]["country"] == "US"
    assert shown["cash_balance"]["available"] is None


def test_a_location_that_must_be_known_and_is_not_is_refused(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create({"tax": {"validate_location": "immediately"}})

    assert refused.value.code == "customer_tax_location_invalid"


def test_a_deleted_customer_leaves_its_stub(client):
    customer = client.v1.customers.create({"email": "gone@example.com"})

    deleted = client.v1.customers.delete(customer.id)

    stub = {"id": customer.id, "object": "customer", "deleted": True}
    assert deleted.to_dict() == stub
    assert client.v1.customers.retrieve(customer.id).to_dict() == stub
    assert client.v1.customers.list({"email": "gone@example.com"}).data == []
    told = client.v1.events.list({"type": "customer.deleted"}).data[0].data.object.to_dict()
    assert told["email"] == "gone@example.com" and "deleted" not in told
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.delete(customer.id)
    assert refused.value.http_status == 404
    assert f"No such customer: '{customer.id}'" in str(refused.value)


@pytest.mark.parametrize(
    ("params", "param", "code"),
    [
        ({"email": "nobody"}, "email", "email_invalid"),
        ({"tax_exempt": "some"}, "tax_exempt", None),
        ({"nope": "x"}, "nope", "parameter_unknown"),
        ({"invoice_settings": {"nope": "x"}}, "invoice_settings[nope]", "parameter_unknown"),
        ({"balance": "x"}, "balance", "parameter_invalid_integer"),
        ({"test_clock": "clock_x"}, "test_clock", "resource_missing"),
        ({"next_invoice_sequence": 0}, "next_invoice_sequence", "parameter_invalid_integer"),
        ({"invoice_prefix": "a"}, "invoice_prefix", None),
        ({"shipping": {"name": "x"}}, "shipping[address]", "parameter_missing"),
        (
            {"tax_id_data": [{"type": "eu_vat", "value": "?"}]},
            "tax_id_data[0][value]",
            "tax_id_invalid",
        ),
    ],
)
def test_wrong_parameters_are_named(client, params, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.create(params)

    assert (refused.value.param, refused.value.code) == (param, code)
    assert refused.value.http_status == 400


def test_a_customer_is_created_with_a_payment_method(client):
    customer = client.v1.customers.create(
        {
            "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        }
    )

    [method] = client.v1.customers.payment_methods.list(customer.id).data
    assert customer.invoice_settings.default_payment_method == method.id
    assert client.v1.customers.payment_methods.retrieve(customer.id, method.id).id == method.id
    types = {each.type for each in client.v1.events.list({"limit": 2}).data}
    assert types == {"customer.created", "payment_method.attached"}


def test_a_declined_payment_method_leaves_no_customer(client):
    with pytest.raises(stripe.CardError) as declined:
        client.v1.customers.create(
            {"email": "none@example.com", "payment_method": "pm_card_chargeDeclined"}
        )

    assert declined.value.code == "card_declined"
    assert client.v1.customers.list({"email": "none@example.com"}).data == []


def test_only_the_customers_own_method_can_be_the_default(client):
    other = client.v1.customers.create({"payment_method": "pm_card_visa"})
    [method] = client.v1.customers.payment_methods.list(other.id).data
    customer = client.v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.update(
            customer.id, {"invoice_settings": {"default_payment_method": method.id}}
        )

    assert refused.value.code == "resource_missing"
    assert refused.value.param == "invoice_settings[default_payment_method]"
