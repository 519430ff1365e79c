"""payment_behavior: what a failed payment makes of a new subscription or a change."""

from __future__ import annotations

import pytest

from acceptance.lives import DAY, HOUR, SeenLife
from acceptance.till import refused
from subscriptions.life import at, first, lines

NO_METHOD = (
    "This customer has no attached payment source or default payment method. Please consider"
    " adding a default payment method. For more information, visit"
    " https://stripe.com/docs/billing/subscriptions/payment-methods-setting"
    "#payment-method-priority."
)
NEEDS_ACTION = (
    "Payment for this subscription requires additional user action, but the requested payment"
    " behavior doesn't save the invoice or PaymentIntent. Retry the request with"
    " `payment_behavior=allow_incomplete` or `payment_behavior=default_incomplete`, then complete"
    " the PaymentIntent on the subscription's latest invoice. Additional information is available"
    " here: https://stripe.com/docs/billing/subscriptions/overview#requires-action"
)


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


@pytest.fixture
def poor(client) -> SeenLife:
    """Give a customer with no payment method at all."""
    return SeenLife(client, card=None)


def upgrade(life, subscription, **params):
    params.setdefault("proration_behavior", "always_invoice")
    return life.change(subscription, life.price(3_000, name="Pro"), **params)


def intent_of(life, invoice):
    found = life.client.invoices.retrieve(invoice, {"expand": ["payments"]})
    return life.client.payment_intents.retrieve(found.payments.data[0].payment.payment_intent)


# On create


def test_without_a_method_nothing_is_created(poor):
    assert refused(poor.subscribe) == (400, "resource_missing", None, NO_METHOD)
    assert poor.invoices() == []
    assert poor.client.subscriptions.list(
        {"customer": poor.customer.id, "status": "all"}).data == []


def test_no_method_is_needed_by_default_incomplete_trials_and_sent_invoices(poor):
    assert poor.subscribe(payment_behavior="default_incomplete").status == "incomplete"
    assert poor.subscribe(trial_period_days=5).status == "trialing"
    assert poor.subscribe(collection_method="send_invoice", days_until_due=0).status == "active"
    assert poor.subscribe(poor.price(0, name="Free")).status == "active"


def test_allow_incomplete_answers_incomplete(client):
    life = SeenLife(client, card="chargeCustomerFail")
    found = life.subscribe(payment_behavior="allow_incomplete")
    assert found.status == "incomplete"
    assert intent_of(life, found.latest_invoice).last_payment_error.code == "card_declined"


def test_default_incomplete_tries_nothing(poor):
    found = poor.subscribe(
        payment_behavior="default_incomplete", expand=["latest_invoice.confirmation_secret"])
    invoice = found.latest_invoice
    assert (found.status, invoice.status) == ("incomplete", "open")
    assert (invoice.attempted, invoice.attempt_count) == (False, 0)
    assert invoice.confirmation_secret.type == "payment_intent"
    intent = intent_of(poor, invoice.id)
    assert intent.status == "requires_payment_method"
    assert invoice.confirmation_secret.client_secret == intent.client_secret
    assert found.pending_setup_intent is None
    since = poor.last_event()
    poor.client.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    assert poor.read(found).status == "active"
    told = poor.told(since)
    assert [each for each in told if each != "customer.updated"] == [
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "customer.subscription.updated", "payment_method.attached"]


def test_default_incomplete_with_a_known_method_requires_confirmation(life):
    found = life.subscribe(payment_behavior="default_incomplete")
    assert intent_of(life, found.latest_invoice).status == "requires_confirmation"


def test_default_incomplete_with_nothing_due_asks_for_a_method(poor):
    found = poor.subscribe(payment_behavior="default_incomplete", trial_period_days=5)
    assert found.status == "trialing"
    setup = poor.client.setup_intents.retrieve(found.pending_setup_intent)
    assert (setup.status, setup.usage) == ("requires_payment_method", "off_session")
    free = poor.subscribe(poor.price(0, name="Free"), payment_behavior="default_incomplete")
    assert free.status == "active" and free.pending_setup_intent is not None


def test_error_if_incomplete_persists_nothing(client):
    life = SeenLife(client, card="chargeCustomerFail")
    status, code, _, message = refused(
        life.subscribe, payment_behavior="error_if_incomplete")
    assert (status, code, message) == (402, "card_declined", "Your card was declined.")
    assert life.invoices() == []
    assert life.client.subscriptions.list(
        {"customer": life.customer.id, "status": "all"}).data == []


def test_error_if_incomplete_refuses_a_challenge(client):
    life = SeenLife(client, card="authenticationRequired")
    status, code, _, message = refused(life.subscribe, payment_behavior="error_if_incomplete")
    assert (status, code) == (402, "subscription_payment_intent_requires_action")
    assert message == NEEDS_ACTION
    assert life.invoices() == []


def test_pending_if_incomplete_is_not_for_creation(life):
    assert refused(life.subscribe, payment_behavior="pending_if_incomplete") == (
        400, None, "payment_behavior",
        "Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a"
        " subscription.")


def test_off_session_declines_a_challenge(client):
    life = SeenLife(client, card="authenticationRequired")
    found = life.subscribe(off_session=True)
    assert found.status == "incomplete"
    error = intent_of(life, found.latest_invoice).last_payment_error
    assert (error.code, error.decline_code) == (
        "authentication_required", "authentication_required")


def test_the_method_that_paid_can_become_the_subscriptions(poor):
    found = poor.subscribe(
        payment_behavior="default_incomplete",
        payment_settings={"save_default_payment_method": "on_subscription"})
    intent = intent_of(poor, found.latest_invoice)
    poor.client.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
    paid = poor.read(found)
    assert (paid.status, paid.payment_settings.save_default_payment_method) == (
        "active", "on_subscription")
    method = poor.client.payment_methods.retrieve(paid.default_payment_method)
    assert method.customer == poor.customer.id
    poor.advance("2026-02-01 02:00")
    assert poor.latest(found).status == "paid"


def test_the_order_in_which_a_method_is_found(life):
    """The subscription's own first, then the customer's invoice settings, then its source."""
    first_method = life.customer.invoice_settings.default_payment_method
    own = life.client.payment_methods.attach("pm_card_amex", {"customer": life.customer.id}).id
    found = life.subscribe(default_payment_method=own)
    assert intent_of(life, found.latest_invoice).payment_method == own
    found = life.subscribe()
    assert intent_of(life, found.latest_invoice).payment_method == first_method
    life.client.customers.update(
        life.customer.id, {"invoice_settings": {"default_payment_method": ""}})
    source = life.client.customers.payment_sources.create(
        life.customer.id, {"source": "tok_mastercard"}).id
    found = life.subscribe()
    assert intent_of(life, found.latest_invoice).payment_method == source
    other = life.client.customers.payment_sources.create(
        life.customer.id, {"source": "tok_visa_debit"}).id
    found = life.subscribe(default_source=other)
    assert intent_of(life, found.latest_invoice).payment_method == other


# On update


def test_allow_incomplete_applies_the_change_and_is_past_due(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    changed = upgrade(life, found)
    assert changed.status == "past_due"
    assert first(changed).price.id == life.price(3_000, name="Pro")
    invoice = life.latest(changed)
    assert (invoice.status, invoice.attempt_count, invoice.auto_advance) == ("open", 1, False)


def test_a_challenge_on_a_change_is_past_due_too(life):
    found = life.subscribe()
    life.use_card("authenticationRequired")
    life.advance("2026-01-16 12:00")
    changed = upgrade(life, found)
    assert changed.status == "past_due"
    invoice = life.latest(changed)
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)


def test_default_incomplete_applies_and_tries_nothing(life):
    found = life.subscribe()
    life.advance("2026-01-16 12:00")
    changed = upgrade(life, found, payment_behavior="default_incomplete")
    invoice = life.latest(changed)
    assert (changed.status, invoice.status, invoice.attempted) == ("past_due", "open", False)
    life.client.payment_intents.confirm(intent_of(life, invoice.id).id)
    assert life.read(found).status == "active"


def test_error_if_incomplete_changes_nothing(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    before = life.read(found).to_dict()
    since = life.last_event()
    status, code, _, _ = refused(
        upgrade, life, found, payment_behavior="error_if_incomplete")
    assert (status, code) == (402, "card_declined")
    assert life.read(found).to_dict() == before
    assert life.pending() == [] and len(life.invoices()) == 1
    assert life.told(since) == []


def test_what_can_wait_and_what_can_not(life):
    found = life.subscribe()
    wait = {"payment_behavior": "pending_if_incomplete"}
    once = life.client.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Once"}}).id
    life.update(found, items=life.item(found, quantity=2), proration_behavior="always_invoice",
                add_invoice_items=[{"price": once}], proration_date=life.now, **wait)
    for name, value in {
        "description": "x", "default_tax_rates": "", "days_until_due": 3,
        "pause_collection": {"behavior": "void"}, "default_payment_method": "pm_x",
        "collection_method": "charge_automatically",
        "trial_settings": {"end_behavior": {"missing_payment_method": "cancel"}},
    }.items():
        assert refused(life.update, found, **{name: value}, **wait)[0] == 400, name


def test_sent_invoices_and_bank_debits_can_not_wait(life):
    sent = life.subscribe(collection_method="send_invoice", days_until_due=3)
    wait = {"payment_behavior": "pending_if_incomplete", "proration_behavior": "always_invoice"}
    assert refused(life.update, sent, items=life.item(sent, quantity=2), **wait)[0] == 400
    method = life.client.payment_methods.attach(
        "pm_usBankAccount_success", {"customer": life.customer.id}).id
    debit = life.subscribe(default_payment_method=method)
    assert refused(life.update, debit, items=life.item(debit, quantity=2), **wait)[0] == 400


def waiting(life, **params):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-01-16 12:00")
    return upgrade(life, found, payment_behavior="pending_if_incomplete", **params)


def test_a_waiting_change_is_shown_and_made_when_paid(life):
    found = waiting(life)
    assert found.status == "active" and first(found).price.id == life.price()
    update = found.pending_update
    assert update.expires_at == life.now + 23 * HOUR
    assert update.subscription_items[0].price.id == life.price(3_000, name="Pro")
    assert (update.trial_end, update.billing_cycle_anchor) == (None, None)
    life.use_card("visa")
    since = life.last_event()
    life.client.invoices.pay(found.latest_invoice)
    made = life.read(found)
    assert made.pending_update is None and made.status == "active"
    assert first(made).price.id == life.price(3_000, name="Pro")
    told = life.told_whole(since)
    kinds = [each.type for each in told]
    assert "customer.subscription.pending_update_applied" in kinds
    assert "customer.subscription.updated" in kinds


def test_a_waiting_change_expires_with_the_trial_or_the_period(life):
    found = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance(at("2026-02-01") - 3 * HOUR)
    found = life.change(found, life.price(900_000, name="Pro"),
                        payment_behavior="pending_if_incomplete",
                        proration_behavior="always_invoice")
    assert found.pending_update.expires_at == at("2026-02-01")
    since = life.last_event()
    life.advance("2026-02-01 00:00")
    kept = life.read(found)
    assert kept.pending_update is None and first(kept).price.id == life.price()
    assert "customer.subscription.pending_update_expired" in life.told(since)
    assert life.client.invoices.retrieve(found.latest_invoice).status == "void"
    assert lines(life.latest(kept)) == [("1 × Basic (at $10.00 / month)", 1_000)]


def test_a_trial_goes_on_while_its_end_waits_for_the_payment(life):
    found = life.subscribe(trial_period_days=9)
    life.use_card("chargeCustomerFail")
    found = life.update(found, trial_end="now", payment_behavior="pending_if_incomplete")
    assert (found.status, found.trial_end) == ("trialing", at("2026-01-10"))
    assert (found.pending_update.trial_end, life.latest(found).status) == (life.now, "open")
    assert found.pending_update.billing_cycle_anchor == life.now
    life.use_card("visa")
    life.client.invoices.pay(found.latest_invoice)
    ended = life.read(found)
    assert (ended.status, ended.trial_end, ended.pending_update) == ("active", life.now, None)
    assert first(ended).current_period_end == at("2026-02-01")


def test_a_trial_whose_end_was_not_paid_for_goes_on_to_its_own(life):
    found = life.subscribe(trial_period_days=9)
    life.use_card("chargeCustomerFail")
    life.update(found, trial_end="now", payment_behavior="pending_if_incomplete")
    life.use_card("visa")
    life.advance("2026-01-07")
    assert life.read(found).status == "trialing"
    assert life.told().count("customer.subscription.trial_will_end") == 2
    life.advance("2026-01-10 02:00")
    assert life.read(found).status == "active" and life.latest(found).status == "paid"


@pytest.mark.parametrize("how", ["void", "another"])
def test_a_waiting_change_is_discarded(life, how):
    found = waiting(life)
    invoice = found.latest_invoice
    if how == "void":
        life.client.invoices.void_invoice(invoice)
    else:
        life.update(found, metadata={"a": "b"})
    assert life.read(found).pending_update is None
    assert life.client.invoices.retrieve(invoice).status == "void"
    assert first(life.read(found)).price.id == life.price()
    assert life.read(found).status == "active"


def test_a_subscription_goes_on_unchanged_while_a_change_waits(life):
    found = waiting(life)
    life.advance(life.now + 1 * DAY)
    life.use_card("visa")
    life.advance("2026-02-01 02:00")
    assert life.latest(found).amount_paid == 1_000
