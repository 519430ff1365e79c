"""Payment intents: created, confirmed, captured, changed and canceled through the front door."""

import pytest
import stripe


def test_an_intent_begins_with_the_documented_defaults(client):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"}).to_dict()

    assert intent["client_secret"].startswith(f"{intent['id']}_secret_")
    assert len(intent["client_secret"]) == len(intent["id"]) + len("_secret_") + 25
    wanted = {
        "status": "requires_payment_method",
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "amount_details": {"tip": {}},
        "automatic_payment_methods": {"allow_redirects": "always", "enabled": True},
        "cancellation_reason": None,
        "amount_received": 0,
        "latest_charge": None,
        "payment_method": None,
    }
    assert {name: intent[name] for name in wanted} == wanted


def test_confirming_charges_and_tells_it_in_order(client, told):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    assert told.types() == ["payment_intent.created"]

    intent = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})

    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert told.types() == ["charge.succeeded", "payment_intent.succeeded"]
    charge = client.v1.charges.retrieve(
        intent.latest_charge, {"expand": ["balance_transaction"]}
    )
    assert (charge.status, charge.paid, charge.captured, charge.amount) == (
        "succeeded", True, True, 2000,
    )
    assert charge.payment_method_details.card.last4 == "4242"
    assert charge.outcome.network_status == "approved_by_network"
    movement = charge.balance_transaction
    assert (movement.amount, movement.fee, movement.net) == (2000, 88, 1912)
    assert (movement.type, movement.status) == ("charge", "pending")


def test_an_intent_can_be_confirmed_as_it_is_created(pay, told):
    intent = pay(metadata={"order": "7"}, description="Tea")

    assert intent.status == "succeeded"
    assert told.types() == [
        "payment_intent.created", "charge.succeeded", "payment_intent.succeeded",
    ]


def test_metadata_and_description_are_copied_to_the_charge(client, pay):
    intent = pay(metadata={"order": "7"}, description="Tea", receipt_email="ada@example.com")

    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert charge.metadata.to_dict() == {"order": "7"}
    assert (charge.description, charge.receipt_email) == ("Tea", "ada@example.com")


def test_a_decline_is_raised_and_leaves_the_intent_open(client, told):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
    with pytest.raises(stripe.CardError) as raised:
        client.v1.payment_intents.confirm(
            intent.id, {"payment_method": "pm_card_visa_chargeDeclinedInsufficientFunds"}
        )

    error = raised.value.json_body["error"]
    assert raised.value.http_status == 402
    assert (error["code"], error["decline_code"]) == ("card_declined", "insufficient_funds")
    assert error["message"] == "Your card has insufficient funds."
    assert (error["network_decline_code"], error["advice_code"], error["network_advice_code"]) == (
        "51", "try_again_later", "02",
    )
    assert error["payment_intent"]["id"] == intent.id
    assert error["payment_method"]["card"]["last4"] == "9995"
    assert "param" not in error
    intent = client.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.payment_method) == ("requires_payment_method", None)
    assert intent.last_payment_error.charge == intent.latest_charge == error["charge"]
    assert told.types() == [
        "payment_intent.created", "charge.failed", "payment_intent.payment_failed",
    ]
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, "card_declined")
    assert charge.outcome.type == "issuer_declined"


def test_after_a_decline_another_card_pays(client, pay):
    with pytest.raises(stripe.CardError) as raised:
        pay("pm_card_chargeDeclined")

    id = raised.value.json_body["error"]["payment_intent"]["id"]
    intent = client.v1.payment_intents.confirm(id, {"payment_method": "pm_card_visa"})
    assert (intent.status, intent.last_payment_error) == ("succeeded", None)
    assert [each.status for each in client.v1.charges.list({"payment_intent": id}).data] == [
        "succeeded", "failed",
    ]


def test_the_highest_risk_is_blocked_before_the_network(client, pay):
    with pytest.raises(stripe.CardError) as raised:
        pay("pm_card_radarBlock")

    charge = client.v1.charges.retrieve(raised.value.json_body["error"]["charge"])
    assert (charge.outcome.type, charge.outcome.network_status) == (
        "blocked", "not_sent_to_network",
    )


class TestRefusals:
    """Requests that the API refuses, in its own words."""

    @pytest.mark.parametrize(("params", "code", "param"), [
        pytest.param({"amount": 0}, "parameter_invalid_integer", "amount", id="nothing"),
        pytest.param({"amount": -1}, "parameter_invalid_integer", "amount", id="negative"),
        pytest.param({"amount": 49}, "amount_too_small", "amount", id="below the minimum"),
        pytest.param({"amount": 100_000_000}, "amount_too_large", "amount", id="above the limit"),
        pytest.param({"currency": "xyz"}, None, "currency", id="no currency"),
        pytest.param({"customer": "cus_x"}, "resource_missing", "customer", id="no customer"),
        pytest.param(
            {"payment_method": "pm_x"}, "resource_missing", "payment_method", id="no method"
        ),
        pytest.param(
            {"payment_method_types": ["card"]},
            "payment_method_types_no_longer_supported",
            "payment_method_types",
            id="the older list of types",
        ),
        pytest.param({"off_session": True}, None, "off_session", id="away, but not confirmed"),
        pytest.param(
            {"transfer_data": {"destination": "acct_1"}}, None, "transfer_data", id="connect"
        ),
        pytest.param(
            {"allowed_payment_method_types": ["klarna"]},
            None,
            "allowed_payment_method_types[0]",
            id="a type that cannot be used",
        ),
        pytest.param(
            {"excluded_payment_method_types": ["affirm", "unset"]},
            None,
            "excluded_payment_method_types[1]",
            id="a type to leave out that does not exist",
        ),
        pytest.param(
            {"allowed_payment_method_types": ["card", "sepa_debit"]},
            "payment_intent_invalid_currency",
            "currency",
            id="a debit of another currency",
        ),
        pytest.param(
            {"allowed_payment_method_types": ["customer_balance"], "currency": "chf"},
            "payment_intent_invalid_currency",
            "currency",
            id="transfers in a currency that has none",
        ),
    ])
    def test_creating(self, client, params, code, param):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.create({"amount": 2000, "currency": "usd", **params})
        assert (raised.value.code, raised.value.param) == (code, param)
        assert raised.value.http_status == 400

    def test_a_currency_that_an_allowed_type_does_not_move(self, client):
        intent = client.v1.payment_intents.create(
            {"amount": 900, "currency": "eur", "allowed_payment_method_types": ["sepa_debit"]}
        )
        with pytest.raises(stripe.InvalidRequestError, match="only supports the following") as told:
            client.v1.payment_intents.update(intent.id, {"currency": "usd"})
        assert told.value.param == "currency"
        both = {"currency": "usd", "allowed_payment_method_types": ["us_bank_account"]}
        assert client.v1.payment_intents.update(intent.id, both).currency == "usd"

    def test_a_confirmation_needs_a_method(self, client):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.confirm(intent.id)
        assert raised.value.code == "payment_intent_unexpected_state"

    def test_what_has_succeeded_is_final(self, client, pay):
        intent = pay()
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.confirm(intent.id)
        assert raised.value.code == "payment_intent_unexpected_state"
        shown = raised.value.json_body["error"]["payment_intent"]
        assert (shown["id"], shown["status"]) == (intent.id, "succeeded")
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.cancel(intent.id)
        assert raised.value.json_body["error"]["payment_intent"] == shown
        assert raised.value.user_message.startswith(
            "You cannot cancel this PaymentIntent because it has a status of succeeded."
        )
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.update(intent.id, {"amount": 3000})
        assert raised.value.param == "amount"

    def test_a_spent_method_may_not_be_used_again(self, client, pay):
        method = pay().payment_method
        with pytest.raises(stripe.InvalidRequestError, match="may not be used again"):
            pay(method)

    def test_a_method_belongs_to_its_customer(self, client, pay, customer):
        method = client.v1.payment_methods.attach("pm_card_visa", {"customer": customer.id})
        with pytest.raises(stripe.InvalidRequestError, match="belongs to the Customer"):
            pay(method.id)
        other = client.v1.customers.create({})
        with pytest.raises(stripe.InvalidRequestError, match="does not belong to the Customer"):
            pay(method.id, customer=other.id)

    def test_an_unknown_intent_is_named(self, client):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.retrieve("pi_x")
        assert (raised.value.http_status, raised.value.param) == (404, "intent")
        assert raised.value.user_message == "No such payment_intent: 'pi_x'"


def test_an_open_intent_can_be_changed(client, customer):
    intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})

    intent = client.v1.payment_intents.update(intent.id, {
        "amount": 2500,
        "customer": customer.id,
        "description": "Tea",
        "metadata": {"order": "7"},
        "payment_method": "pm_card_visa",
        "setup_future_usage": "off_session",
        "payment_method_options": {"card": {"request_three_d_secure": "any"}},
    })

    assert (intent.amount, intent.customer, intent.description) == (2500, customer.id, "Tea")
    assert intent.status == "requires_confirmation"
    assert intent.payment_method_options.card.request_three_d_secure == "any"
    intent = client.v1.payment_intents.update(intent.id, {"description": "", "metadata": ""})
    assert (intent.description, intent.metadata.to_dict()) == (None, {})


def test_a_method_used_for_later_is_saved_with_the_customer(client, pay, customer, told):
    intent = pay(customer=customer.id, setup_future_usage="off_session")

    assert sorted(told.types()) == [
        "charge.succeeded", "payment_intent.created", "payment_intent.succeeded",
        "payment_method.attached",
    ]
    method = client.v1.payment_methods.retrieve(intent.payment_method)
    assert method.customer == customer.id
    assert pay(method.id, customer=customer.id, off_session=True).status == "succeeded"


def test_intents_are_listed_by_customer_and_found_by_search(client, pay, customer):
    pay(customer=customer.id, metadata={"order": "found-me"})

    listed = client.v1.payment_intents.list({"customer": customer.id})
    assert [each.amount for each in listed.data] == [2000]
    found = client.v1.payment_intents.search({"query": "metadata['order']:'found-me'"})
    assert [each.customer for each in found.data] == [customer.id]
    charges = client.v1.charges.search({
        "query": f"customer:'{customer.id}' AND payment_method_details.card.last4:4242"
    })
    assert len(charges.data) == 1


def test_line_items_tell_what_an_amount_is_made_of(client):
    intent = client.v1.payment_intents.create({
        "amount": 2000, "currency": "usd",
        "amount_details": {
            "discount_amount": 100,
            "line_items": [{"product_name": "Tea", "quantity": 2, "unit_cost": 1050}],
        },
    })

    assert intent.amount_details.discount_amount == 100
    lines = client.v1.payment_intents.amount_details_line_items.list(intent.id)
    assert [(each.product_name, each.quantity, each.unit_cost) for each in lines.data] == [
        ("Tea", 2, 1050)
    ]
