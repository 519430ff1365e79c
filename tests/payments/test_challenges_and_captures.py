"""Challenges and captures: payments that come to their end in two steps; pages that begin them."""

import pytest
import stripe


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

    def test_a_card_that_is_detached_meanwhile_is_not_saved_again(
        self, client, pay, challenge, customer
    ):
        methods = client.v1.payment_methods
        card = methods.attach("pm_card_threeDSecure2Required", {"customer": customer.id}).id
        intent = pay(card, customer=customer.id, setup_future_usage="off_session")
        methods.detach(card)

        assert challenge(intent)["status"] == "succeeded"
        assert methods.retrieve(card).customer is None
        assert methods.list({"customer": customer.id}).data == []

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
            1500, 0, False,
        )
        assert charge.balance_transaction.amount == 1500

    def test_a_canceled_reservation_is_given_back(self, client, pay, told):
        intent = pay(capture_method="manual")
        told.read()

        intent = client.v1.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})

        assert (intent.status, intent.cancellation_reason) == ("canceled", "abandoned")
        assert client.v1.charges.retrieve(intent.latest_charge).refunded is False
        assert told.types() == ["payment_intent.canceled"]

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
        assert (intent.status, intent.cancellation_reason) == ("canceled", "expired")
        types = told.types()
        assert types.index("charge.expired") < types.index("payment_intent.canceled")


class TestPages:
    """What a page with a publishable key may do."""

    @pytest.fixture
    def page(self, server):
        return stripe.StripeClient(server.publishable_key, base_addresses={"api": server.url})

    @pytest.mark.any_shape("a page sees only a part of an intent")
    def test_the_secret_opens_and_confirms_an_intent(self, client, page, customer):
        intent = client.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "customer": customer.id, "metadata": {"a": "b"},
        })
        secret = intent.client_secret

        seen = page.v1.payment_intents.retrieve(intent.id, {"client_secret": secret})
        assert (seen.id, seen.amount) == (intent.id, 2000)
        assert not {"customer", "latest_charge", "metadata"} & set(seen.to_dict())
        confirmed = page.v1.payment_intents.confirm(
            intent.id, {"client_secret": secret, "payment_method": "pm_card_visa"}
        )
        assert confirmed.status == "succeeded"
        assert "latest_charge" not in confirmed.to_dict()

    @pytest.mark.any_shape("a page sees only a part of an intent")
    def test_neither_does_it_see_more_in_an_error(self, client, page):
        intent = client.v1.payment_intents.create({"amount": 2000, "currency": "usd"})
        with pytest.raises(stripe.CardError) as raised:
            page.v1.payment_intents.confirm(intent.id, {
                "client_secret": intent.client_secret, "payment_method": "pm_card_chargeDeclined",
            })
        seen = raised.value.json_body["error"]["payment_intent"]
        assert seen["status"] == "requires_payment_method"
        assert "metadata" not in seen

    @pytest.mark.any_shape("a page sees only a part of an intent")
    def test_a_page_sees_a_part_of_a_set_up(self, client, page):
        intent = client.v1.setup_intents.create({"metadata": {"a": "b"}})
        seen = page.v1.setup_intents.retrieve(intent.id, {"client_secret": intent.client_secret})
        assert (seen.status, seen.usage) == ("requires_payment_method", "off_session")
        assert not {"customer", "latest_attempt", "metadata"} & set(seen.to_dict())

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
