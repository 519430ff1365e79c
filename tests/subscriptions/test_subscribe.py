"""Subscribing: the first invoice, what pays it, and what is refused."""

from __future__ import annotations

import pytest
import stripe

from subscriptions.life import DAY, HOUR, at, first, lines, period

NO_METHOD = "This customer has no attached payment source or default payment method."


def refused(call, *, code=None, param=None, status=400):
    """Return the message of a refusal with this code and param."""
    with pytest.raises(stripe.StripeError) as caught:
        call()
    error = caught.value
    assert (error.http_status, error.code, getattr(error, "param", None)) == (status, code, param)
    return error.user_message


def test_a_paid_start_is_active_at_once(life):
    subscription = life.subscribe(life.price(2_000))
    invoice = life.latest(subscription)
    assert subscription.status == "active"
    assert period(first(subscription)) == (at("2026-01-01"), at("2026-02-01"))
    assert subscription.billing_cycle_anchor == subscription.start_date == life.now
    assert (invoice.status, invoice.billing_reason, invoice.auto_advance) == (
        "paid", "subscription_create", False)
    assert (invoice.period_start, invoice.period_end) == (life.now, life.now)
    assert (invoice.amount_paid, invoice.attempt_count) == (2_000, 1)
    assert lines(invoice) == [("1 × Basic (at $20.00 / month)", 2_000)]


def test_its_events_tell_the_outcome(life):
    life.subscribe()
    types = life.events()
    assert types[types.index("charge.succeeded"):] == [
        "charge.succeeded", "customer.updated", "customer.subscription.created",
        "payment_intent.succeeded", "payment_intent.created", "invoice.created",
        "invoice.finalized", "invoice.paid", "invoice.payment_succeeded",
    ]  # fmt: skip
    [created] = [e for e in life.events_whole() if e.type == "customer.subscription.created"]
    assert created.data.object.status == "active"


def test_defaults_of_the_object(life):
    found = life.subscribe()
    assert found.default_payment_method is None
    assert found.collection_method == "charge_automatically"
    assert found.billing_mode.to_dict() == {
        "type": "flexible", "flexible": {"proration_discounts": "included"}
    }
    assert found.payment_settings.save_default_payment_method == "off"
    assert found.trial_settings.end_behavior.to_dict() == {
        "billing_cycle_anchor": "now", "missing_payment_method": "create_invoice"
    }
    assert found.invoice_settings.issuer.type == "self"
    assert found["items"].total_count == 1
    assert found["items"].url == f"/v1/subscription_items?subscription={found.id}"
    assert first(found).quantity == 1


@pytest.mark.parametrize("card", ["chargeCustomerFail", "threeDSecure2Required"])
def test_a_payment_that_does_not_succeed_leaves_it_incomplete(live, card):
    life = live(card=card)
    subscription = life.subscribe()
    invoice = life.latest(subscription)
    assert subscription.status == "incomplete"
    assert invoice.status == "open"
    assert invoice.attempted is True
    assert invoice.attempt_count == (1 if card == "chargeCustomerFail" else 0)
    assert invoice.next_payment_attempt is None


def test_an_incomplete_one_expires_after_23_hours(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    life.advance(life.now + 23 * HOUR - 1)
    assert life.read(subscription).status == "incomplete"
    life.advance(life.now + 1)
    expired = life.read(subscription)
    assert (expired.status, expired.ended_at) == ("incomplete_expired", life.now)
    assert life.latest(subscription).status == "void"
    assert "customer.subscription.deleted" not in life.events()


def test_paying_the_invoice_completes_it(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    life.use_card("visa")
    life.client.invoices.pay(subscription.latest_invoice)
    assert life.read(subscription).status == "active"


def test_voiding_the_first_invoice_expires_it(live):
    life = live(card="chargeCustomerFail")
    subscription = life.subscribe()
    life.client.invoices.void_invoice(subscription.latest_invoice)
    assert life.read(subscription).status == "incomplete_expired"


def test_default_incomplete_tries_nothing(life):
    subscription = life.subscribe(
        payment_behavior="default_incomplete", expand=["latest_invoice.confirmation_secret"]
    )
    invoice = subscription.latest_invoice
    assert subscription.status == "incomplete"
    assert (invoice.status, invoice.attempted) == ("open", False)
    secret = invoice.confirmation_secret.client_secret
    intent = life.client.payment_intents.retrieve(secret.split("_secret_")[0])
    assert intent.status in ("requires_confirmation", "requires_payment_method")
    life.client.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert life.read(subscription).status == "active"


def test_default_incomplete_events(live):
    life = live(card=None)
    life.subscribe(payment_behavior="default_incomplete")
    types = life.events()
    assert types[types.index("customer.subscription.created"):] == [
        "customer.subscription.created", "invoice.created", "invoice.finalized",
        "payment_intent.created", "customer.updated",
    ]  # fmt: skip


def test_the_events_of_a_declined_start(live):
    life = live(card="chargeCustomerFail")
    life.subscribe()
    types = life.events()
    assert types[types.index("customer.subscription.created"):] == [
        "customer.subscription.created", "invoice.created", "invoice.finalized",
        "payment_intent.created", "charge.failed", "payment_intent.payment_failed",
        "invoice.updated", "invoice.payment_failed", "customer.updated",
    ]  # fmt: skip


def test_error_if_incomplete_leaves_nothing(live):
    life = live(card="chargeCustomerFail")
    price = life.price()
    refused(lambda: life.subscribe(price, payment_behavior="error_if_incomplete"),
            code="card_declined", status=402)
    assert life.client.subscriptions.list({"customer": life.customer.id}).data == []
    assert life.invoices() == []


def test_error_if_incomplete_with_a_challenge(live):
    life = live(card="threeDSecure2Required")
    price = life.price()
    message = refused(
        lambda: life.subscribe(price, payment_behavior="error_if_incomplete"),
        code="subscription_payment_intent_requires_action", status=402)
    assert message.startswith("Payment for this subscription requires additional user action")


def test_pending_if_incomplete_is_not_for_creation(life):
    assert refused(
        lambda: life.subscribe(payment_behavior="pending_if_incomplete"), param="payment_behavior"
    ) == ("Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a"
          " subscription.")


def test_without_a_method_nothing_is_written(live):
    life = live(card=None)
    price = life.price()
    assert refused(lambda: life.subscribe(price), code="resource_missing").startswith(NO_METHOD)
    assert life.invoices() == []


def test_a_free_price_needs_no_method(live):
    life = live(card=None)
    subscription = life.subscribe(life.price(0))
    assert subscription.status == "active"
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.amount_due, invoice.attempt_count) == ("paid", 0, 0)
    assert subscription.pending_setup_intent is not None


def test_a_sent_one_is_active_with_a_draft(live):
    life = live(card=None)
    subscription = life.subscribe(collection_method="send_invoice", days_until_due=14)
    invoice = life.latest(subscription)
    assert subscription.status == "active"
    assert (invoice.status, invoice.number, invoice.auto_advance) == ("draft", None, True)
    assert invoice.due_date == life.now + 14 * DAY
    assert subscription.pending_setup_intent is None


@pytest.mark.parametrize(("params", "message"), [
    ({"collection_method": "send_invoice"},
     "If invoice collection method is 'send_invoice', you must specify 'days_until_due'."),
    ({"days_until_due": 3},
     "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'."),
    ({"trial_from_plan": True, "trial_period_days": 3},
     "You cannot set `trial_end` or `trial_period_days` when `trial_from_plan=true`."),
])
def test_parameters_that_do_not_agree(life, params, message):
    assert refused(lambda: life.subscribe(**params)) == message


def test_an_unknown_customer_is_not_found(life):
    price = life.price()
    message = refused(lambda: life.client.subscriptions.create(
        {"customer": "cus_nobody", "items": [{"price": price}]}
    ), code="resource_missing", param="customer", status=404)
    assert message == "No such customer: 'cus_nobody'"


def test_the_same_price_twice(life):
    price = life.price()
    assert refused(lambda: life.subscribe(price, price), param="plan") == (
        "Cannot create a Subscription with multiple Subscription Items with the same Price:"
        f" {price}")


def test_mixed_currencies(life):
    euro = life.client.prices.create({
        "currency": "eur", "unit_amount": 500, "product_data": {"name": "Euro"},
        "recurring": {"interval": "month"},
    }).id
    message = refused(lambda: life.subscribe(life.price(), euro), param="items[1][price]")
    assert message.startswith("This `price` has `currency=eur`, but other items use `currency=usd`")


def test_one_currency_per_customer(life):
    life.subscribe()
    euro = life.client.prices.create({
        "currency": "eur", "unit_amount": 500, "product_data": {"name": "Euro"},
        "recurring": {"interval": "month"},
    }).id
    assert refused(lambda: life.subscribe(euro)).startswith(
        "You cannot combine currencies on a single customer.")


def test_an_archived_price(life):
    price = life.price(name="Old")
    life.client.prices.update(price, {"active": False})
    assert refused(lambda: life.subscribe(price), param="items[0][price]") == (
        "The price specified is inactive. This field only accepts active prices.")


def test_a_quantity_of_usage_is_refused(life):
    metered = life.metered()
    refused(lambda: life.client.subscriptions.create({
        "customer": life.customer.id, "items": [{"price": metered, "quantity": 2}],
    }), param="items[0][quantity]")


@pytest.mark.parametrize(("left", "right"), [
    (("month", 2), ("month", 3)), (("week", 1), ("month", 1)),
])
def test_intervals_that_do_not_fit(life, left, right):
    one = life.price(100, left[0], "One", interval_count=left[1])
    two = life.price(100, right[0], "Two", interval_count=right[1])
    refused(lambda: life.subscribe(one, two), param="items")


def test_classic_wants_one_interval(life):
    one, two = life.price(), life.price(10_000, "year", "Support")
    message = refused(lambda: life.subscribe(one, two, billing_mode={"type": "classic"}),
                      param="items")
    assert message.startswith("All prices on a subscription must have the same")


def test_a_later_anchor_bills_a_stub(life):
    subscription = life.subscribe(
        life.price(3_100), billing_cycle_anchor=at("2026-01-11")
    )
    assert period(first(subscription)) == (at("2026-01-01"), at("2026-01-11"))
    # 10 of the 31 days of 2025-12-11 … 2026-01-11.
    assert life.latest(subscription).amount_paid == 1_000
    life.advance("2026-01-12")
    assert life.latest(subscription).amount_paid == 3_100


def test_the_stub_is_free_where_nothing_is_prorated(life):
    subscription = life.subscribe(
        billing_cycle_anchor=at("2026-01-11"), proration_behavior="none"
    )
    assert subscription.status == "active"
    assert subscription.latest_invoice is None
    life.advance("2026-01-12")
    assert life.latest(subscription).amount_paid == 1_000


def test_an_anchor_by_configuration(live):
    life = live(on="2026-02-10 12:00")
    subscription = life.subscribe(
        life.price(1_000, interval_count=2), billing_cycle_anchor_config={"day_of_month": 31}
    )
    assert subscription.billing_cycle_anchor == at("2026-08-31 12:00")
    assert first(subscription).current_period_end == at("2026-02-28 12:00")


@pytest.mark.parametrize(("anchor", "param"), [
    ("2025-12-01", "billing_cycle_anchor"), ("2026-02-02", "billing_cycle_anchor"),
])
def test_anchors_out_of_reach(life, anchor, param):
    refused(lambda: life.subscribe(billing_cycle_anchor=at(anchor)), param=param)


def test_backdating_bills_a_line_per_period(live):
    life = live(on="2026-03-01")
    subscription = life.subscribe(
        life.price(3_100), backdate_start_date=at("2025-12-15")
    )
    invoice = life.latest(subscription)
    assert subscription.start_date == subscription.billing_cycle_anchor == at("2025-12-15")
    assert [line.amount for line in invoice.lines.data] == [3_100] * 3
    assert period(first(subscription)) == (at("2026-02-15"), at("2026-03-15"))


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_backdating_to_a_later_anchor(live, mode):
    life = live(on="2026-03-01")
    subscription = life.subscribe(
        life.price(1_000), backdate_start_date=at("2026-02-15"),
        billing_cycle_anchor=at("2026-04-01"), billing_mode={"type": mode},
    )
    assert life.latest(subscription).total == 1_500


@pytest.mark.parametrize(("start", "share"), [("2026-02-15", 14 / 28), ("2026-01-15", 17 / 31)])
def test_classic_backdating_measures_from_the_backdate(live, start, share):
    life = live(on="2026-03-01" if start.startswith("2026-02") else "2026-02-01")
    subscription = life.subscribe(
        life.price(3_100), backdate_start_date=at(start), billing_mode={"type": "classic"},
    )
    assert [line.amount for line in life.latest(subscription).lines.data] == [
        round(3_100 * share), 3_100
    ]


def test_invoice_items_are_added_to_the_first_invoice(life):
    setup = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Setup"}}
    ).id
    subscription = life.subscribe(
        life.price(), add_invoice_items=[{"price": setup, "quantity": 2}]
    )
    assert lines(life.latest(subscription)) == [
        ("Setup", 1_000), ("1 × Basic (at $10.00 / month)", 1_000)
    ]
    assert life.pending() == []


def test_an_invoice_item_may_be_a_credit(life):
    product = life.client.products.create({"name": "Welcome"}).id
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})

    def credit(amount):
        data = {"currency": "usd", "product": product, "unit_amount": amount}
        return [{"price_data": data, "quantity": 2}]

    subscription = life.subscribe(
        life.price(), add_invoice_items=credit(-150), discounts=[{"coupon": coupon.id}]
    )
    invoice = life.latest(subscription)
    assert lines(invoice) == [("Welcome", -300), ("1 × Basic (at $10.00 / month)", 1_000)]
    assert (invoice.lines.data[0].discountable, invoice.total) == (False, 600)
    life.update(subscription, add_invoice_items=credit(-50))
    assert [each.amount for each in life.pending()] == [-100]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        life.update(subscription, add_invoice_items=credit(-100_000_000))
    assert refused.value.param == "add_invoice_items[0][price_data][unit_amount]"


def test_discounts_by_coupon(life):
    coupon = life.client.coupons.create({"percent_off": 25, "duration": "once"})
    subscription = life.subscribe(life.price(2_000), discounts=[{"coupon": coupon.id}])
    invoice = life.latest(subscription)
    assert (invoice.subtotal, invoice.total, invoice.amount_paid) == (2_000, 1_500, 1_500)
    assert subscription.discounts == []
    life.advance("2026-02-02")
    assert life.latest(subscription).total == 2_000


def test_the_successful_method_can_be_saved(live):
    life = live(card=None)
    subscription = life.subscribe(
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"},
        expand=["latest_invoice.confirmation_secret"],
    )
    secret = subscription.latest_invoice.confirmation_secret.client_secret
    intent = life.client.payment_intents.confirm(
        secret.split("_secret_")[0], {"payment_method": "pm_card_visa"}
    )
    found = life.read(subscription)
    assert found.status == "active"
    assert found.default_payment_method == intent.payment_method


def test_a_delayed_debit_begins_it_at_once(live):
    life = live(card=None)
    method = life.client.payment_methods.attach(
        "pm_usBankAccount_success", {"customer": life.customer.id}
    )
    subscription = life.subscribe(default_payment_method=method.id)
    assert subscription.status == "active"
    assert subscription.default_payment_method == method.id


def test_prices_made_for_the_purpose(life):
    product = life.client.products.create({"name": "Made"})
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id,
        "items": [{"price_data": {
            "currency": "usd", "product": product.id, "unit_amount": 700,
            "recurring": {"interval": "week"},
        }, "quantity": 3}],
    })
    assert first(subscription).price.active is False
    assert lines(life.latest(subscription)) == [("3 × Made (at $7.00 / week)", 2_100)]


def test_unsupported_parameters_are_named(life):
    refused(lambda: life.subscribe(application_fee_percent=10), param="application_fee_percent")
    refused(lambda: life.subscribe(nope=1), code="parameter_unknown", param="nope")
