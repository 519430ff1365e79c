"""Undo: a request that promised to leave nothing behind leaves nothing but the network's record."""

import threading

import pytest
import stripe

from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.store.books import all_books
from servers import running
from sound import assert_sound


@pytest.fixture
def alone():
    with running(worker=False) as server:
        yield server, stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


@pytest.mark.parametrize(("card", "code"), [
    pytest.param("pm_card_chargeCustomerFail", "card_declined", id="declined"),
    pytest.param(
        "pm_card_threeDSecure2Required", "subscription_payment_intent_requires_action",
        id="needs a challenge",
    ),
])
def test_a_subscription_that_must_be_paid_is_not_made(alone, card, code):
    server, client = alone
    product = client.v1.products.create({"name": "Basic"})
    price = client.v1.prices.create({
        "product": product.id, "currency": "usd", "unit_amount": 1000,
        "recurring": {"interval": "month"},
    })
    customer = client.v1.customers.create({})
    method = client.v1.payment_methods.attach(card, {"customer": customer.id})
    before = client.v1.customers.retrieve(customer.id).to_dict()
    events = len(client.v1.events.list({"limit": 100}).data)

    with pytest.raises(stripe.CardError) as raised:
        client.v1.subscriptions.create({
            "customer": customer.id, "items": [{"price": price.id}],
            "default_payment_method": method.id, "payment_behavior": "error_if_incomplete",
        })

    assert (raised.value.http_status, raised.value.code) == (402, code)
    assert client.v1.subscriptions.list({"customer": customer.id, "status": "all"}).data == []
    assert client.v1.invoices.list({"customer": customer.id}).data == []
    assert client.v1.payment_intents.list({}).data == []
    assert client.v1.charges.list({}).data == []
    assert client.v1.customers.retrieve(customer.id).to_dict() == before
    assert len(client.v1.events.list({"limit": 100}).data) == events
    read = server.system.database.read
    totals = read(lambda each: each.query("SELECT SUM(amount) FROM ledger GROUP BY account"))
    assert all(int(total) == 0 for (total,) in totals)
    assert read(lambda each: each.query("SELECT COUNT(*) FROM held_events"))[0][0] == 0
    attempts = server.system.read(
        read(all_books)[0], lambda uow: [each.state for each in uow.select(PaymentAttempt)]
    )
    assert "declined" in attempts


def test_what_was_taken_back_leaves_sound_books(alone):
    server, client = alone
    product = client.v1.products.create({"name": "Basic"})
    customer = client.v1.customers.create({"email": "ada@example.com"})
    method = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id})
    with pytest.raises(stripe.CardError):
        client.v1.subscriptions.create({
            "customer": customer.id, "default_payment_method": method.id,
            "items": [{"price_data": {
                "product": product.id, "currency": "usd", "unit_amount": 1000,
                "recurring": {"interval": "month"},
            }}],
            # A mail that tells of it goes with it.
            "payment_behavior": "error_if_incomplete", "cancel_at_period_end": True,
        })  # fmt: skip
    assert_sound(server.system)


@pytest.mark.parametrize(("balance", "meanwhile"), [
    pytest.param(-300, "counted", id="balance"), pytest.param(0, "counted", id="currency"),
    pytest.param(-300, "named", id="name"),
])
def test_who_saw_meanwhile_what_is_taken_back_is_told_of_it(world, balance, meanwhile):
    """What others did to the balance goes on from what was before, in its currency."""
    v1, gateway = world.client.v1, world.gateway
    product = v1.products.create({"name": "Basic"})
    customer = v1.customers.create({"balance": balance} if balance else {}).id
    method = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer})
    charge = gateway.charge

    def charge_slowly(order):
        gateway.charge = charge
        if meanwhile == "counted":
            v1.customers.balance_transactions.create(customer, {"amount": -50, "currency": "usd"})
        else:
            v1.customers.update(customer, {"name": "Ada"})
        return charge(order)

    gateway.charge = charge_slowly
    with pytest.raises(stripe.CardError):
        v1.subscriptions.create({
            "customer": customer, "default_payment_method": method.id,
            "items": [{"price_data": {
                "product": product.id, "currency": "usd", "unit_amount": 1000,
                "recurring": {"interval": "month"},
            }}],
            "payment_behavior": "error_if_incomplete",
        })  # fmt: skip

    taken_back, seen = v1.events.list({"type": "customer.updated"}).data
    now = v1.customers.retrieve(customer)
    amounts = [-50] * (meanwhile == "counted") + [balance] * (balance != 0)
    assert (now.currency, now.balance) == ("usd", sum(amounts))
    assert taken_back.data.object.to_dict() == now.to_dict()
    assert taken_back.data.previous_attributes.next_invoice_sequence == 2
    assert seen.data.object.balance == (-50 if meanwhile == "counted" else 0)
    found = v1.customers.balance_transactions.list(customer).data
    assert [each.amount for each in found] == amounts
    assert found[0].ending_balance == now.balance
    assert_sound(world.system)


def two_cards(v1):
    """Return a customer with credit, a card that pays, one that does not, and a price."""
    customer = v1.customers.create({"balance": -300}).id
    good = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    bad = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    price = v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    }).id  # fmt: skip
    return customer, good, bad, price


def test_what_another_payment_has_told_with_its_own_is_told_when_it_is_taken_back(world):
    """Two wait for their payments: the first that is paid shows what the second one did."""
    v1, gateway = world.client.v1, world.gateway
    customer, good, bad, price = two_cards(v1)
    charge, paid, asked, told = gateway.charge, threading.Event(), threading.Event(), []

    def subscribe(method):
        return v1.subscriptions.create({
            "customer": customer, "items": [{"price": price}], "default_payment_method": method,
            "payment_behavior": "error_if_incomplete",
        })  # fmt: skip

    def charge_slowly(order):
        if not asked.is_set():
            asked.set()
            assert paid.wait(10)
        else:
            paid.set()
            first.join()
            told.extend(v1.events.list({"type": "customer.updated"}).data)
        return charge(order)

    gateway.charge = charge_slowly
    first = threading.Thread(target=subscribe, args=(good,))
    first.start()
    assert asked.wait(10)
    with pytest.raises(stripe.CardError):
        subscribe(bad)
    assert len(told) == 1
    newest = v1.events.list({"type": "customer.updated"}).data[0].data.object
    assert newest.to_dict() == v1.customers.retrieve(customer).to_dict()
    assert_sound(world.system)


def test_what_was_told_while_a_payment_ran_is_not_told_again(world):
    v1, gateway = world.client.v1, world.gateway
    customer, good, _, price = two_cards(v1)
    charge = gateway.charge

    def charge_slowly(order):
        gateway.charge = charge
        v1.customers.update(customer, {"name": "Ada"})
        return charge(order)

    gateway.charge = charge_slowly
    v1.subscriptions.create({
        "customer": customer, "items": [{"price": price}], "default_payment_method": good})

    own, others = (
        each.data.previous_attributes.to_dict()
        for each in v1.events.list({"type": "customer.updated"}).data
    )
    assert (own, others) == ({"balance": -300, "next_invoice_sequence": 1}, {"name": None})
    assert_sound(world.system)


def test_an_invoice_that_was_given_up_for_what_was_not_paid_is_owed_again(alone):
    """A change that waited for its payment makes way for another one, which is taken back."""
    server, client = alone
    v1 = client.v1
    customer, good, bad, price = two_cards(v1)
    plan = v1.subscriptions.create({
        "customer": customer, "items": [{"price": price}], "default_payment_method": good})
    [item] = plan["items"].data
    v1.subscriptions.update(plan.id, {"default_payment_method": bad})

    def change(quantity, behavior):
        return v1.subscriptions.update(plan.id, {
            "items": [{"id": item.id, "quantity": quantity}], "payment_behavior": behavior,
            "proration_behavior": "always_invoice",
        })  # fmt: skip

    waiting = change(2, "pending_if_incomplete").latest_invoice
    with pytest.raises(stripe.CardError):
        change(3, "error_if_incomplete")
    assert v1.invoices.retrieve(waiting).status == "open"
    assert_sound(server.system)

    v1.invoices.pay(waiting, {"payment_method": good})
    assert v1.subscriptions.retrieve(plan.id)["items"].data[0].quantity == 2
    assert_sound(server.system)


def test_nothing_is_built_on_what_may_yet_be_as_if_it_never_was(world):
    v1, gateway = world.client.v1, world.gateway
    customer = v1.customers.create({}).id
    bad = v1.payment_methods.attach("pm_card_chargeCustomerFail", {"customer": customer}).id
    good = v1.payment_methods.attach("pm_card_visa", {"customer": customer}).id
    basic, pro = (
        v1.prices.create({
            "currency": "usd", "unit_amount": amount, "recurring": {"interval": "month"},
            "product_data": {"name": "Plan"},
        }).id
        for amount in (1000, 3000)
    )  # fmt: skip
    charge, refused = gateway.charge, []

    def deeds():
        made = v1.subscriptions.list({"customer": customer, "status": "all"}).data[0]
        invoice = made.latest_invoice
        yield v1.invoices.mark_uncollectible, invoice
        yield v1.invoices.send_invoice, invoice
        yield v1.invoices.create, {"from_invoice": {"invoice": invoice, "action": "revision"}}
        if made.status == "incomplete":
            yield v1.invoice_items.create, {
                "customer": customer, "subscription": made.id, "amount": 300, "currency": "usd"}
            yield v1.invoices.create, {"customer": customer, "subscription": made.id}
            yield v1.subscriptions.update, made.id, {"metadata": {"seen": "yes"}}
            yield v1.subscriptions.cancel, made.id

    def charge_slowly(order):
        gateway.charge = charge
        for deed, *params in deeds():
            with pytest.raises(stripe.RateLimitError):
                deed(*params)
            refused.append(deed)
        return charge(order)

    wanted = {"payment_behavior": "error_if_incomplete", "default_payment_method": bad}
    gateway.charge = charge_slowly
    with pytest.raises(stripe.CardError):
        v1.subscriptions.create({"customer": customer, "items": [{"price": basic}], **wanted})
    assert len(refused) == 7

    plan = v1.subscriptions.create({
        "customer": customer, "items": [{"price": basic}], "default_payment_method": good})
    v1.subscriptions.update(plan.id, {"default_payment_method": bad})
    gateway.charge = charge_slowly
    with pytest.raises(stripe.CardError):
        v1.subscriptions.update(plan.id, {
            "items": [{"id": plan["items"].data[0].id, "price": pro}],
            "proration_behavior": "always_invoice", "payment_behavior": "error_if_incomplete",
        })  # fmt: skip
    assert len(refused) == 10
    assert v1.subscriptions.retrieve(plan.id)["items"].data[0].price.id == basic
    assert v1.invoice_items.list({"customer": customer, "pending": True}).data == []
    assert [each.status for each in v1.invoices.list({"customer": customer}).data] == ["paid"]
    assert_sound(world.system)


@pytest.mark.parametrize("behavior", ["pending_if_incomplete", "allow_incomplete"])
@pytest.mark.parametrize("good", [True, False])
def test_an_invoice_that_is_being_charged_is_not_given_up(world, behavior, good):
    """Given up it counts as paid: a change that waits for it would be made, whatever is said."""
    v1, gateway = world.client.v1, world.gateway
    customer, card, bad, price = two_cards(v1)
    plan = v1.subscriptions.create({
        "customer": customer, "items": [{"price": price}], "default_payment_method": card})
    v1.subscriptions.update(plan.id, {"default_payment_method": card if good else bad})
    charge = gateway.charge

    def charge_slowly(order):
        gateway.charge = charge
        waiting = v1.subscriptions.retrieve(plan.id).latest_invoice
        with pytest.raises(stripe.RateLimitError):
            v1.invoices.mark_uncollectible(waiting)
        return charge(order)

    gateway.charge = charge_slowly
    changed = v1.subscriptions.update(plan.id, {
        "items": [{"id": plan["items"].data[0].id, "quantity": 2}], "payment_behavior": behavior,
        "proration_behavior": "always_invoice",
    })  # fmt: skip

    made = good or behavior == "allow_incomplete"
    assert changed["items"].data[0].quantity == (2 if made else 1)
    assert v1.invoices.retrieve(changed.latest_invoice).status == ("paid" if good else "open")
    if not good:
        v1.invoices.mark_uncollectible(changed.latest_invoice)
    assert_sound(world.system)
