"""Money that comes late: what was decided meanwhile stands, and the books tell it once."""

import pytest
import stripe

from payments.world import START, wait
from prorata.gateways.outcomes import (
    Canceled,
    Declined,
    NeedsAction,
    Processing,
    RefundOutcome,
    Succeeded,
    Unknown,
)
from prorata.gateways.protocol import GatewayTimeout
from sound import assert_sound

HOUR, DAY = 3600, 86400
MULTICAPTURE = {"card": {"request_multicapture": "if_available"}}


def customer_with(world, card="pm_card_visa"):
    v1 = world.client.v1
    customer = v1.customers.create({}).id
    method = v1.payment_methods.attach(card, {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    return customer


def open_invoice(world, customer, amount=500, **params):
    v1 = world.client.v1
    invoice = v1.invoices.create({
        "customer": customer, "currency": "usd", "auto_advance": False, **params,
    }).id
    v1.invoice_items.create({
        "customer": customer, "invoice": invoice, "amount": amount, "currency": "usd",
    })
    return v1.invoices.finalize_invoice(invoice).id


def payment_of(world, invoice):
    [payment] = world.client.v1.invoice_payments.list({"invoice": invoice, "status": "open"}).data
    return payment.payment.payment_intent


def told(world, type):
    return len(world.client.v1.events.list({"type": type}).data)


@pytest.mark.parametrize(
    "first, status", [(Processing("x"), "past_due"), (Unknown("?"), "incomplete")]
)
def test_a_first_payment_that_fails_after_it_was_open_leaves_what_is_owed(world, first, status):
    v1, gateway = world.client.v1, world.gateway
    customer = customer_with(world)
    product = v1.products.create({"name": "Basic"}).id
    gateway.charge = lambda order: first
    gateway.lookup = lambda key: first
    gateway.poll = lambda reference, now: first
    subscription = v1.subscriptions.create({
        "customer": customer, "payment_behavior": "error_if_incomplete",
        "items": [{"price_data": {
            "product": product, "currency": "usd", "unit_amount": 1000,
            "recurring": {"interval": "month"},
        }}],
    })
    gateway.poll = gateway.lookup = lambda *_: Declined("card_declined", "No.", reference="x")
    wait(world, 6 * HOUR, 2)

    [intent] = v1.payment_intents.list({}).data
    assert intent.status == "requires_payment_method"
    assert [each.status for each in world.charges(intent.id)] == ["failed"]
    assert v1.subscriptions.retrieve(subscription.id).status == status
    invoice = v1.invoices.retrieve(subscription.latest_invoice)
    assert (invoice.status, invoice.amount_remaining) == ("open", 1000)


def test_a_refund_whose_failure_was_not_known_at_once_is_told_to_be_made_once(world):
    intent = world.pay()
    world.gateway.refund = lambda order: RefundOutcome("pending", order.key, unknown=True)
    world.gateway.lookup_refund = lambda key: None
    world.client.v1.refunds.create({"payment_intent": intent.id})
    world.gateway.lookup_refund = lambda key: RefundOutcome("failed", key)
    wait(world, HOUR)
    assert (told(world, "refund.created"), told(world, "refund.failed")) == (1, 1)


@pytest.mark.parametrize("later", [True, False])
def test_a_note_whose_refund_fails_at_once_leaves_sound_books(world, later):
    v1 = world.client.v1
    invoice = open_invoice(world, customer_with(world))
    v1.invoices.pay(invoice)
    world.gateway.refund = lambda order: RefundOutcome("failed", order.key, unknown=later)
    world.gateway.lookup_refund = lambda key: RefundOutcome("failed", key)
    v1.credit_notes.create({"invoice": invoice, "amount": 300, "refund_amount": 300})
    wait(world, HOUR)
    assert [each.status for each in v1.refunds.list({}).data] == ["failed"]
    assert_sound(world.system)


def test_an_invoice_whose_customer_was_deleted_has_no_method_to_be_paid_with(world):
    v1 = world.client.v1
    customer = customer_with(world)
    invoice = open_invoice(world, customer)
    v1.customers.delete(customer)
    with pytest.raises(stripe.InvalidRequestError, match="default_payment_method"):
        v1.invoices.pay(invoice)


def test_what_is_reserved_for_an_invoice_is_not_reserved_again(world):
    v1 = world.client.v1
    customer = customer_with(world)
    invoice = open_invoice(world, customer, auto_advance=True)
    intent = payment_of(world, invoice)
    v1.payment_intents.confirm(intent, {
        "payment_method": v1.customers.payment_methods.list(customer).data[0].id,
        "payment_method_options": {"card": {"capture_method": "manual"}},
        "return_url": "https://example.com",
    })
    with pytest.raises(stripe.InvalidRequestError, match=f"capture {intent}"):
        v1.invoices.pay(invoice)
    wait(world, DAY, 3)
    [charge] = world.charges(intent)
    assert (charge.captured, v1.invoices.retrieve(invoice).status) == (False, "open")

    # It lapses; then the invoice is tried by its plan again.
    wait(world, DAY, 6)
    assert v1.payment_intents.retrieve(intent).status == "canceled"
    paid = v1.invoices.retrieve(invoice)
    assert (paid.status, paid.amount_paid) == ("paid", 500)
    assert_sound(world.system)


def test_a_part_that_was_captured_before_settles_the_invoice_that_the_payment_is_for(world):
    v1 = world.client.v1
    customer = customer_with(world)
    intent = world.pay(
        customer=customer, payment_method=v1.customers.payment_methods.list(customer).data[0].id,
        capture_method="manual", payment_method_options=MULTICAPTURE,
    )
    v1.payment_intents.capture(intent.id, {"amount_to_capture": 300, "final_capture": False})
    invoice = open_invoice(world, customer)
    v1.invoices.attach_payment(invoice, {"payment_intent": intent.id})
    v1.payment_intents.capture(intent.id, {"amount_to_capture": 200})
    paid = v1.invoices.retrieve(invoice)
    assert (paid.status, paid.amount_paid, paid.amount_overpaid) == ("paid", 500, 0)
    assert_sound(world.system)

    # What was not captured was never the invoice's: all of what was can go back.
    assert v1.refunds.create({"payment_intent": intent.id}).amount == 500
    assert_sound(world.system)


@pytest.mark.parametrize("end", ["attached", "out of band", "credited", "voided", "reported"])
def test_a_part_that_was_captured_pays_its_part_where_the_rest_is_not_wanted_any_more(world, end):
    v1 = world.client.v1
    customer = customer_with(world)
    method = v1.customers.payment_methods.list(customer).data[0].id
    invoice = open_invoice(world, customer, 2000)
    intent = payment_of(world, invoice)
    v1.payment_intents.update(intent, {
        "capture_method": "manual", "payment_method_options": MULTICAPTURE,
    })
    v1.payment_intents.confirm(intent, {"payment_method": method})
    v1.payment_intents.capture(intent, {"amount_to_capture": 500, "final_capture": False})
    assert_sound(world.system)

    if end == "attached":
        other = v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "customer": customer, "payment_method": method,
        }).id
        v1.invoices.attach_payment(invoice, {"payment_intent": other})
        assert v1.payment_intents.confirm(other).status == "succeeded"
    elif end == "out of band":
        v1.invoices.pay(invoice, {"paid_out_of_band": True})
    elif end == "credited":
        v1.credit_notes.create({"invoice": invoice, "amount": 2000})
    elif end == "reported":
        record = v1.payment_records.report_payment({
            "amount_requested": {"value": 2000, "currency": "usd"},
            "customer_details": {"customer": customer}, "initiated_at": START,
            "outcome": "guaranteed", "guaranteed": {"guaranteed_at": START},
            "payment_method_details": {"type": "custom", "custom": {"display_name": "Cash"}},
        }).id
        v1.invoices.attach_payment(invoice, {"payment_record": record})
    else:
        with pytest.raises(stripe.InvalidRequestError, match="cannot be voided"):
            v1.invoices.void_invoice(invoice)

    found = v1.invoices.retrieve(invoice)
    reserved = v1.payment_intents.retrieve(intent)
    assert_sound(world.system)
    if end == "voided":
        assert (found.status, reserved.status) == ("open", "requires_capture")
        return
    assert (found.status, found.amount_remaining) == ("paid", 0)
    assert (reserved.status, reserved.amount_received) == ("succeeded", 500)
    kept = 0 if end == "out of band" else -500
    assert v1.customers.retrieve(customer).balance == kept


@pytest.mark.parametrize("passed", [True, False])
def test_a_challenge_for_more_than_an_invoice_still_asks_for_is_let_go(world, passed):
    v1, gateway = world.client.v1, world.gateway
    customer = customer_with(world)
    invoice = open_invoice(world, customer)
    gateway.charge = lambda order: NeedsAction("x", "three_d_secure", "t", "https://bank.example")
    gateway.lookup = lambda key: gateway.charge(None)
    with pytest.raises(stripe.CardError):
        v1.invoices.pay(invoice)
    intent = payment_of(world, invoice)
    gateway.cancel = lambda *_: Succeeded("x", captured=500) if passed else Canceled("x")
    v1.credit_notes.create({"invoice": invoice, "amount": 100})

    found, invoiced = v1.payment_intents.retrieve(intent), v1.invoices.retrieve(invoice)
    if passed:
        # All that came is told, and what was too much is the customer's.
        [charge] = world.charges(intent)
        assert (charge.amount, charge.amount_captured) == (500, 500)
        assert (found.status, found.amount, found.amount_received) == ("succeeded", 500, 500)
        assert (invoiced.amount_paid, invoiced.amount_overpaid) == (400, 100)
        assert v1.customers.retrieve(customer).balance == -100
    else:
        assert (found.status, found.amount) == ("requires_confirmation", 400)
        assert (invoiced.status, invoiced.amount_remaining) == ("open", 400)
        assert found.next_action is None


def test_what_came_beside_the_payment_of_an_invoice_goes_back_whatever_the_invoice_gave(world):
    v1, gateway = world.client.v1, world.gateway
    customer = customer_with(world)
    invoice = open_invoice(world, customer)
    charge, cancel = gateway.charge, gateway.cancel
    gateway.charge = lambda order: NeedsAction("x", "three_d_secure", "t", "https://bank.example")
    with pytest.raises(stripe.CardError):
        v1.invoices.pay(invoice)

    def silence(*order):
        raise GatewayTimeout("Nobody is there.")

    gateway.charge, gateway.cancel = charge, silence
    assert v1.invoices.pay(invoice).status == "paid"
    v1.credit_notes.create({"invoice": invoice, "amount": 500, "credit_amount": 500})
    gateway.cancel = lambda *_: Succeeded("x", captured=500)
    gateway.refund = lambda order: RefundOutcome("succeeded", order.key)
    wait(world, HOUR)
    gateway.cancel = cancel

    [refund] = v1.refunds.list({}).data
    assert (refund.reason, refund.amount, refund.status) == ("duplicate", 500, "succeeded")
    beside = v1.charges.retrieve(refund.charge)
    assert (beside.amount_captured, beside.amount_refunded) == (500, 500)
    # Of what was paid nothing is left that could go back.
    with pytest.raises(stripe.InvalidRequestError, match="can still be refunded"):
        v1.refunds.create({"payment_intent": refund.payment_intent})


def test_an_invoice_that_is_declined_twice_in_one_second_is_told_of_twice(world):
    v1 = world.client.v1
    customer = customer_with(world, "pm_card_chargeCustomerFail")
    v1.customers.update(customer, {"email": "ada@example.com"})
    invoice = open_invoice(world, customer)
    for _ in range(2):
        with pytest.raises(stripe.CardError):
            v1.invoices.pay(invoice)
    assert told(world, "invoice.payment_failed") == 2


@pytest.mark.parametrize("early", [True, False])
def test_a_payment_that_names_nobody_is_posted_to_the_customer_whose_invoice_it_pays(world, early):
    v1 = world.client.v1
    invoice = open_invoice(world, customer_with(world), amount=2000)
    intent = world.pay(confirm=early).id
    v1.invoices.attach_payment(invoice, {"payment_intent": intent})
    if not early:
        v1.payment_intents.confirm(intent)
    assert v1.invoices.retrieve(invoice).status == "paid"
    assert_sound(world.system)

    v1.refunds.create({"payment_intent": intent, "amount": 700})

    assert_sound(world.system)


@pytest.mark.parametrize("card", ["pm_card_chargeCustomerFail", "pm_card_authenticationRequired"])
@pytest.mark.parametrize("meanwhile", ["voided", "paid elsewhere", "credited"])
def test_a_payment_that_comes_to_nothing_asks_for_what_its_invoice_asks_for_by_then(
    world, meanwhile, card
):
    v1 = world.client.v1
    invoice = open_invoice(world, customer_with(world, card), 2000)
    world.gateway.go_down()
    v1.invoices.pay(invoice, {"off_session": False})
    if meanwhile == "voided":
        v1.invoices.void_invoice(invoice)
    elif meanwhile == "paid elsewhere":
        v1.invoices.pay(invoice, {"paid_out_of_band": True})
    else:
        v1.credit_notes.create({"invoice": invoice, "amount": 500})

    world.gateway.come_up()
    wait(world, 60)

    intent = v1.payment_intents.list({}).data[0]
    if meanwhile == "credited":
        # Whoever was to approve the old sum confirms the new one.
        waits = "confirmation" if card == "pm_card_authenticationRequired" else "payment_method"
        assert (intent.status, intent.amount) == (f"requires_{waits}", 1500)
        v1.payment_intents.confirm(intent.id, {"payment_method": "pm_card_visa"})
        paid = v1.invoices.retrieve(invoice)
        assert (paid.status, paid.amount_paid, paid.amount_overpaid) == ("paid", 1500, 0)
    else:
        assert (intent.status, intent.next_action) == ("canceled", None)
    assert_sound(world.system)


@pytest.mark.parametrize(("end", "reason"), [("void", "void_invoice"), ("paid", "automatic")])
@pytest.mark.parametrize(
    ("first", "then"),
    [
        (Processing("x"), Declined("card_declined", "No.", reference="x")),
        (Unknown("?"), Declined("card_declined", "No.")),
        (Unknown("?"), NeedsAction("x", "three_d_secure", "t", "https://bank.example")),
    ],
)
def test_what_fails_after_its_invoice_has_ended_cannot_be_paid_any_more(
    world, first, then, end, reason
):
    v1, gateway = world.client.v1, world.gateway
    gateway.charge = lambda order: first
    gateway.lookup = lambda key: first
    gateway.poll = lambda reference, now: first
    invoice = open_invoice(world, customer_with(world))
    v1.invoices.pay(invoice)
    intent = payment_of(world, invoice)
    if end == "void":
        v1.invoices.void_invoice(invoice)
    else:
        v1.invoices.pay(invoice, {"paid_out_of_band": True})

    gateway.lookup = lambda key: then
    gateway.poll = lambda reference, now: then
    gateway.cancel = lambda *_: Canceled("x")
    wait(world, 7 * HOUR, 2)
    found = v1.payment_intents.retrieve(intent)
    assert (found.status, found.cancellation_reason) == ("canceled", reason)
    assert v1.invoices.retrieve(invoice).status == end
    assert told(world, "payment_intent.canceled") == 1
    assert_sound(world.system)


def test_a_new_method_is_not_tried_where_the_money_is_reserved(world):
    v1 = world.client.v1
    world.client.raw_request("post", "/v1/prorata/settings", retry_new_method_at_once=True)
    customer = customer_with(world, "pm_card_chargeCustomerFail")
    invoice = open_invoice(world, customer, auto_advance=True)
    wait(world, HOUR)
    assert v1.invoices.retrieve(invoice).next_payment_attempt
    intent = payment_of(world, invoice)
    v1.payment_intents.update(intent, {"capture_method": "manual"})
    v1.payment_intents.confirm(intent, {"payment_method": "pm_card_visa"})
    assert v1.payment_intents.retrieve(intent).status == "requires_capture"

    method = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    v1.customers.update(customer, {"invoice_settings": {"default_payment_method": method}})
    v1.payment_intents.capture(intent)
    assert v1.invoices.retrieve(invoice).status == "paid"
    assert_sound(world.system)


@pytest.mark.parametrize("then", ["nothing", "money"])
def test_a_first_invoice_is_taken_back_once_its_payment_has_failed(world, then):
    v1 = world.client.v1
    customer = customer_with(world)
    v1.customers.update(customer, {"balance": -300})
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 2000, "product_data": {"name": "Plan"},
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    world.gateway.go_down()
    made = v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    assert made.status == "incomplete"
    assert v1.subscriptions.cancel(made.id).status == "canceled"
    assert v1.invoices.retrieve(made.latest_invoice).status == "open"

    world.gateway.decline_all(then == "nothing")
    world.gateway.come_up()
    wait(world, 20 * 60, 3)
    invoice = v1.invoices.retrieve(made.latest_invoice)
    balance = v1.customers.retrieve(customer).balance
    assert (invoice.status, balance) == (("void", -300) if then == "nothing" else ("paid", 0))
    assert_sound(world.system)
