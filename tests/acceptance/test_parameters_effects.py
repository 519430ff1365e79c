"""Parameters: each one that is taken works, and what cannot work is refused by its name."""

from __future__ import annotations

import time
from typing import Any

import pytest
import stripe

from badinput.asking import Asker

OLD = {"Stripe-Version": "2024-06-20"}
CARD = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2040, "cvc": "123"}
LINE = {"product_name": "Tea", "quantity": 2, "unit_cost": 450}
ABLE = {"enabled": True, "allow_redirects": "never"}


@pytest.fixture(scope="module")
def v1(server: Any) -> Any:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1


@pytest.fixture(scope="module")
def shop(v1: Any) -> dict[str, str]:
    product = v1.products.create({"name": "Basic"}).id
    month = {"product": product, "currency": "usd", "recurring": {"interval": "month"}}
    customer = v1.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })
    price = v1.prices.create({**month, "unit_amount": 1000}).id
    subscription = v1.subscriptions.create({"customer": customer.id, "items": [{"price": price}]})
    return {
        "product": product, "price": price, "customer": customer.id,
        "other": v1.prices.create({**month, "unit_amount": 3000}).id,
        "subscription": subscription.id, "invoice": subscription.latest_invoice,
    }


def refused(call: Any) -> tuple[str | None, str]:
    with pytest.raises(stripe.StripeError) as caught:
        call()
    error = caught.value
    assert error.user_message is not None
    return error.param, error.user_message


class TestRefusedByName:
    @pytest.mark.parametrize(("path", "tree", "param"), [
        ("/v1/payment_intents", {"radar_options": {"session": "rse_1"}}, "radar_options"),
        ("/v1/payment_intents", {"payment_method_configuration": "pmc_1"},
         "payment_method_configuration"),
        ("/v1/payment_intents", {"payment_method_options": {"card": {"moto": True}}},
         "payment_method_options[card][moto]"),
        ("/v1/payment_intents", {"payment_method_options": {"us_bank_account": {
            "networks": {"requested": ["us_domestic_wire"]}}}},
         "payment_method_options[us_bank_account][networks][requested]"),
        ("/v1/payment_methods", {"radar_options": {"session": "rse_1"}}, "radar_options"),
        ("/v1/payment_methods", {"sepa_debit": {"iban": "DE89370400440532013000"}}, "sepa_debit"),
        ("/v1/tokens", {"card": {"currency": "usd"}}, "card[currency]"),
        ("/v1/test_helpers/test_clocks", {"customer": "cus_1"}, "customer"),
    ])  # fmt: skip
    def test_what_no_gateway_here_does(self, server, path, tree, param):
        bases = {
            "/v1/payment_intents": {"amount": 1000, "currency": "usd"},
            "/v1/payment_methods": {"type": "card", "card": {"token": "tok_visa"}},
            "/v1/tokens": {"card": CARD}, "/v1/test_helpers/test_clocks": {"frozen_time": 10**9},
        }  # fmt: skip
        asker = Asker(server.url, server.secret_key)
        whole = {name: {**CARD, **value} if name == "card" else value
                 for name, value in tree.items()}
        answer = asker.ask("POST", path, {**bases[path], **whole})
        asker.close()
        assert (answer.status, answer.param) == (400, param)

    @pytest.mark.parametrize("type", ["acss_debit", "bancontact", "billie", "blik", "konbini",
                                      "payto", "pix", "upi"])
    def test_options_of_methods_that_cannot_pay(self, v1, shop, type):
        param, message = refused(lambda: v1.subscriptions.create({
            "customer": shop["customer"], "items": [{"price": shop["price"]}],
            "payment_settings": {"payment_method_options": {type: {"a": "b"}}},
        }))
        assert param == f"payment_settings[payment_method_options][{type}]"
        assert f"of the type {type} are not supported" in message

    def test_nothing_is_forgiven(self, v1, shop):
        draft = v1.invoices.create({"customer": shop["customer"]})
        param, _ = refused(lambda: v1.invoices.pay(draft.id, {"forgive": True}))
        assert param == "forgive"

    def test_a_refund_in_another_currency(self, v1):
        charge = v1.charges.create({"amount": 500, "currency": "usd", "source": "tok_visa"})
        assert refused(lambda: v1.refunds.create({"charge": charge.id, "currency": "eur"}))[0] == (
            "currency"
        )


class TestAmountDetails:
    def test_they_must_add_up(self, v1):
        param, message = refused(lambda: v1.payment_intents.create({
            "amount": 1000, "currency": "usd", "amount_details": {"line_items": [LINE]},
        }))
        assert param == "amount_details"
        assert message == (
            "The line items with tax, shipping and discounts add up to 900, not to the amount"
            " (1000)."
        )

    def test_the_error_can_stay_beside_them(self, v1):
        intent = v1.payment_intents.create({
            "amount": 1000, "currency": "usd",
            "amount_details": {"line_items": [LINE], "enforce_arithmetic_validation": False},
        })
        assert intent.amount_details.error.code == "amount_details_amount_mismatch"
        mended = v1.payment_intents.update(intent.id, {
            "amount_details": {"shipping": {"amount": 150}, "discount_amount": 50}})
        assert "error" not in mended.amount_details

    def test_tax_shipping_and_discount_have_their_place(self, v1):
        made = v1.payment_intents.create({
            "amount": 1000, "currency": "usd",
            "amount_details": {"line_items": [{**LINE, "tax": {"total_tax_amount": 70}}],
                               "shipping": {"amount": 80}, "discount_amount": 50},
            "expand": ["amount_details.line_items"],
        })
        assert [each.unit_cost for each in made.amount_details.line_items.data] == [450]
        assert refused(lambda: v1.payment_intents.update(made.id, {"amount": 999}))[0] == (
            "amount_details"
        )


def test_a_cvc_token_is_spent(v1):
    token = v1.tokens.create({"cvc_update": {"cvc": "123"}})
    paying = {
        "amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": ABLE,
        "payment_method_options": {"card": {"cvc_token": token.id}},
    }
    assert v1.payment_intents.create(paying).status == "succeeded"
    assert v1.tokens.retrieve(token.id).used is True
    param, message = refused(lambda: v1.payment_intents.create(paying))
    assert param == "payment_method_options[card][cvc_token]"
    assert message == f"You cannot use a Stripe token more than once: {token.id}."


def test_a_card_prefers_a_network_that_it_runs_on(v1):
    card = {"token": "tok_visa", "networks": {"preferred": "visa"}}
    made = v1.payment_methods.create({"type": "card", "card": card})
    assert made.card.networks.preferred == "visa"
    card["networks"] = {"preferred": "cartes_bancaires"}
    assert refused(lambda: v1.payment_methods.create({"type": "card", "card": card}))[0] == (
        "card[networks][preferred]"
    )


def test_a_mandate_must_be_of_the_method_that_pays(v1):
    param, message = refused(lambda: v1.payment_intents.create({
        "amount": 1000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
        "automatic_payment_methods": ABLE, "mandate": "mandate_none",
    }))
    assert (param, message) == ("mandate", "No such mandate: 'mandate_none'")


def test_a_challenge_that_a_subscription_asks_for_reaches_its_payment(v1, shop):
    made = v1.subscriptions.create({
        "customer": shop["customer"], "items": [{"price": shop["price"]}],
        "payment_behavior": "default_incomplete",
        "payment_settings": {"payment_method_options": {"card": {"request_three_d_secure": "any"}}},
    })
    [payment] = v1.invoice_payments.list({"invoice": made.latest_invoice}).data
    intent = v1.payment_intents.retrieve(payment.payment.payment_intent)
    assert intent.payment_method_options.card.request_three_d_secure == "any"


def test_a_draft_is_finalized_when_it_is_told_to_be(v1, shop):
    draft = v1.invoices.create({"customer": shop["customer"], "auto_advance": False})
    moment = int(time.time()) + 9_000
    planned = v1.invoices.update(draft.id, {"automatically_finalizes_at": moment})
    assert planned.auto_advance is True
    assert planned.automatically_finalizes_at == moment
    assert planned.next_payment_attempt == moment - 1


class TestOnePriceOnly:
    def test_of_an_item(self, v1, shop):
        items = [{"price": shop["price"], "plan": shop["other"]}]
        assert refused(lambda: v1.subscriptions.create({
            "customer": shop["customer"], "items": items})) == (
            "items[0][plan]",
            "You may only specify one of these parameters: items[0][plan], items[0][price].",
        )

    def test_of_a_phase(self, v1, shop):
        items = [{"price": shop["price"], "plan": shop["other"]}]
        param, _ = refused(lambda: v1.subscription_schedules.create({
            "customer": shop["customer"], "start_date": "now", "phases": [{"items": items}],
        }))
        assert param == "phases[0][items][0][plan]"


class TestPreviews:
    def test_supposed_tax_ids_are_shown(self, v1, shop):
        seen = v1.invoices.create_preview({
            "subscription": shop["subscription"],
            "customer_details": {"tax_ids": [{"type": "eu_vat", "value": "DE123456789"}]},
        })
        assert [(each.type, each.value) for each in seen.customer_tax_ids] == [
            ("eu_vat", "DE123456789")
        ]

    @pytest.mark.parametrize(("tree", "param"), [
        ({"subscription_details": {"cancel_now": True, "items": [{"price": "other"}]}},
         "subscription_details[cancel_now]"),
        ({"issuer": {"type": "account", "account": "acct_other"}}, "issuer[account]"),
        ({"on_behalf_of": "acct_other"}, "on_behalf_of"),
        ({"schedule": "sub_sched_1"}, "schedule"),
        ({"subscription_details": {"billing_cycle_anchor": {"type": "now", "timestamp": 5}}},
         "subscription_details[billing_cycle_anchor][timestamp]"),
    ])
    def test_what_cannot_be_supposed_is_refused(self, v1, shop, tree, param):
        found = refused(lambda: v1.invoices.create_preview({
            "subscription": shop["subscription"], **tree}))
        assert found[0] == param

    def test_what_a_new_subscription_cannot_have(self, v1, shop):
        found = refused(lambda: v1.invoices.create_preview({
            "customer": shop["customer"],
            "subscription_details": {"items": [{"price": shop["price"]}], "cancel_now": True},
        }))
        assert found[0] == "subscription_details[cancel_now]"


class TestSources:
    def test_a_source_has_the_metadata_of_its_description(self, v1):
        customer = v1.customers.create({}).id
        made = v1.customers.payment_sources.create(
            customer, {"source": {"object": "card", **CARD, "metadata": {"a": "b"}}})
        assert made.metadata.to_dict() == {"a": "b"}
        assert refused(lambda: v1.customers.payment_sources.update(
            customer, made.id, {"account_holder_name": "Ada"}))[0] == "account_holder_name"

    def test_a_card_may_be_saved_without_asking_its_network(self, v1):
        customer, declining = v1.customers.create({}).id, "tok_chargeDeclined"
        assert refused(lambda: v1.customers.payment_sources.create(
            customer, {"source": declining}))[1] == "Your card was declined."
        saved = v1.customers.payment_sources.create(
            customer, {"source": declining, "validate": False})
        assert saved.customer == customer


@pytest.mark.parametrize(("currency", "odd", "even"), [
    ("kwd", 1005, 1010), ("bhd", 1001, 1000), ("isk", 10_050, 10_000), ("ugx", 500_050, 500_000)])
def test_amounts_are_multiples_of_what_the_currency_has(v1, shop, currency, odd, even):
    calls = (
        (v1.payment_intents.create, {}, "amount"),
        (v1.prices.create, {"product": shop["product"]}, "unit_amount"),
        (v1.coupons.create, {}, "amount_off"),
    )
    for call, beside, name in calls:
        tree = {"currency": currency, **beside}
        assert refused(lambda: call({**tree, name: odd}))[0] == name  # noqa: B023
        assert call({**tree, name: even}).id


@pytest.mark.parametrize(("method", "path", "tree", "named"), [
    ("POST", "/v1/subscriptions", {"coupon": "nope"}, "coupon"),
    ("POST", "/v1/invoiceitems", {"price": "nope"}, "price"),
    ("POST", "/v1/credit_notes", {"amount": 100, "refund": "nope"}, "refund"),
    ("POST", "/v1/promotion_codes", {"coupon": "nope"}, "coupon"),
    ("GET", "/v1/invoices/upcoming", {"subscription_items": [{"nope": "1"}]},
     "subscription_items[0][nope]"),
    ("GET", "/v1/invoices/upcoming", {"subscription_proration_date": "x"},
     "subscription_proration_date"),
])
def test_errors_of_older_versions_name_what_was_sent(server, shop, method, path, tree, named):
    bases: dict[str, Any] = {
        "/v1/subscriptions": {"customer": shop["customer"], "items": [{"price": shop["price"]}]},
        "/v1/invoiceitems": {"customer": shop["customer"]},
        "/v1/credit_notes": {"invoice": shop["invoice"]},
        "/v1/invoices/upcoming": {"subscription": shop["subscription"]},
    }
    asker = Asker(server.url, server.secret_key)
    answer = asker.ask(method, path, {**bases.get(path, {}), **tree}, headers=OLD)
    asker.close()
    assert (answer.status, answer.param) == (400, named)
