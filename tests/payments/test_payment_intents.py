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


class TestChallenges:
    """3-D Secure: the payer is sent away and comes back."""

    def test_with_a_return_url_the_payer_is_redirected(self, pay, told, challenge):
        intent = pay("pm_card_threeDSecure2Required", return_url="https://example.com/back")

        assert intent.status == "requires_action"
        assert intent.next_action.type == "redirect_to_url"
        assert intent.next_action.redirect_to_url.return_url == "https://example.com/back"
        assert intent.id in intent.next_action.redirect_to_url.url
        assert told.types() == ["payment_intent.created", "payment_intent.requires_action"]

        assert challenge(intent)["status"] == "succeeded"
        assert told.types() == ["charge.succeeded", "payment_intent.succeeded"]

    def test_without_one_the_browser_script_goes_on(self, client, pay, challenge):
        intent = pay("pm_card_threeDSecure2Required")

        assert intent.next_action.type == "use_stripe_sdk"
        assert challenge(intent)["status"] == "succeeded"
        charge = client.v1.charges.retrieve(
            client.v1.payment_intents.retrieve(intent.id).latest_charge
        )
        assert charge.payment_method_details.card.three_d_secure.result == "authenticated"

    def test_a_failed_challenge_asks_for_another_method(self, pay, told, challenge):
        intent = pay("pm_card_threeDSecure2Required")
        told.read()

        failed = challenge(intent, success=False)

        assert failed["status"] == "requires_payment_method"
        assert failed["last_payment_error"]["code"] == "payment_intent_authentication_failure"
        assert failed["latest_charge"] is None
        assert told.types() == ["payment_intent.payment_failed"]

    def test_a_card_may_be_declined_after_its_challenge(self, pay, challenge):
        intent = pay("pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")

        failed = challenge(intent)
        assert failed["last_payment_error"]["decline_code"] == "insufficient_funds"

    def test_a_challenge_is_answered_once(self, pay, challenge):
        intent = pay("pm_card_threeDSecure2Required")
        challenge(intent)

        assert "does not wait for a challenge" in challenge(intent)["error"]["message"]

    def test_a_stranger_without_the_secret_is_refused(self, pay, challenge):
        intent = pay("pm_card_threeDSecure2Required")
        intent.client_secret = "wrong"

        assert challenge(intent)["error"]["param"] == "client_secret"

    def test_an_action_can_be_refused_at_once(self, client, pay):
        with pytest.raises(stripe.CardError) as raised:
            pay("pm_card_threeDSecure2Required", error_on_requires_action=True)

        assert raised.value.code == "authentication_required"
        assert raised.value.json_body["error"]["payment_intent"]["status"] == (
            "requires_payment_method"
        )

    def test_a_new_confirmation_takes_the_place_of_an_open_challenge(self, client, pay, challenge):
        intent = pay("pm_card_threeDSecure2Required")

        intent = client.v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        assert (intent.status, intent.next_action) == ("succeeded", None)
        assert len(client.v1.charges.list({"payment_intent": intent.id}).data) == 1


class TestCaptures:
    """Money is reserved first and taken later."""

    def test_a_reservation_is_captured_in_part(self, client, pay, told):
        intent = pay(capture_method="manual")
        assert (intent.status, intent.amount_capturable) == ("requires_capture", 2000)
        assert told.types() == [
            "payment_intent.created", "charge.succeeded",
            "payment_intent.amount_capturable_updated",
        ]

        intent = client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 1500})

        assert (intent.status, intent.amount_received, intent.amount_capturable) == (
            "succeeded", 1500, 0,
        )
        assert told.types() == ["charge.captured", "payment_intent.succeeded"]
        charge = client.v1.charges.retrieve(
            intent.latest_charge, {"expand": ["balance_transaction"]}
        )
        assert (charge.amount_captured, charge.amount_refunded, charge.refunded) == (
            1500, 500, False,
        )
        assert charge.balance_transaction.amount == 1500

    def test_a_canceled_reservation_is_given_back(self, client, pay, told):
        intent = pay(capture_method="manual")
        told.read()

        intent = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

        assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
        assert client.v1.charges.retrieve(intent.latest_charge).refunded is True
        assert sorted(told.types()) == ["charge.refunded", "payment_intent.canceled"]

    def test_a_charge_captures_its_intent(self, client, pay):
        intent = pay(capture_method="manual")

        charge = client.v1.charges.capture(intent.latest_charge)

        assert (charge.captured, charge.amount_captured) == (True, 2000)
        assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"

    def test_more_than_the_reservation_is_refused(self, client, pay):
        intent = pay(capture_method="manual")
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.capture(intent.id, {"amount_to_capture": 2001})
        assert (raised.value.code, raised.value.param) == ("amount_too_large", "amount_to_capture")

    def test_only_a_reservation_is_captured(self, client, pay):
        intent = pay()
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.capture(intent.id)
        assert raised.value.code == "payment_intent_unexpected_state"
        assert raised.value.user_message == (
            "This PaymentIntent could not be captured because it has a status of succeeded. Only a"
            " PaymentIntent with one of the following statuses may be captured: requires_capture."
        )

    def test_a_reservation_lapses_after_a_week(self, client, told, advance):
        clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})
        owner = client.v1.customers.create({"test_clock": clock.id})
        intent = client.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "customer": owner.id, "confirm": True,
            "payment_method": "pm_card_visa", "capture_method": "manual",
        })
        told.read()
        advance(clock, 1_700_000_000 + 8 * 86_400)

        intent = client.v1.payment_intents.retrieve(intent.id)
        assert (intent.status, intent.cancellation_reason) == ("canceled", "automatic")
        types = told.types()
        assert types.index("charge.expired") < types.index("payment_intent.canceled")


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
    ])
    def test_creating(self, client, params, code, param):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.create({"amount": 2000, "currency": "usd", **params})
        assert (raised.value.code, raised.value.param) == (code, param)
        assert raised.value.http_status == 400

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
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_intents.cancel(intent.id)
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


class TestPages:
    """What a page with a publishable key may do."""

    @pytest.fixture
    def page(self, server):
        return stripe.StripeClient(server.publishable_key, base_addresses={"api": server.url})

    def test_the_secret_opens_and_confirms_an_intent(self, client, page):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
        secret = intent.client_secret

        seen = page.v1.payment_intents.retrieve(intent.id, {"client_secret": secret})
        assert seen.id == intent.id
        confirmed = page.v1.payment_intents.confirm(
            intent.id, {"client_secret": secret, "payment_method": "pm_card_visa"}
        )
        assert confirmed.status == "succeeded"

    @pytest.mark.parametrize("params", [{}, {"client_secret": "pi_x_secret_y"}])
    def test_without_the_secret_nothing_opens(self, client, page, params):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
        with pytest.raises(stripe.InvalidRequestError) as raised:
            page.v1.payment_intents.retrieve(intent.id, params)
        assert raised.value.param == "client_secret"

    def test_the_rest_stays_closed(self, client, page):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
        with pytest.raises(stripe.PermissionError):
            page.v1.payment_intents.update(intent.id, {"amount": 100})
