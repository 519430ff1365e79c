"""Invoice retries: failed payments are tried again by schedule, and come to an end."""

from itertools import pairwise

import pytest
import stripe

from acceptance.till import DAY, HOUR, Till, at, refused

FAILING = "pm_card_chargeCustomerFail"


@pytest.fixture
def till(client):
    return Till(client, on="2026-01-01", card=FAILING)


def settings(client, **values):
    return client.raw_request("post", "/v1/account", **values)


def subscribe(client, till, **params):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}], **params}
    )


def test_smart_retries_are_eight_within_two_weeks(client, till):
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    first = till.read(invoice)
    assert (first.status, first.attempted, first.attempt_count) == ("open", True, 1)
    started = first.status_transitions.finalized_at
    tried = []
    while (planned := till.read(invoice).next_payment_attempt) is not None:
        tried.append(planned)
        till.advance(to=planned)
        assert till.read(invoice).attempt_count == len(tried) + 1
    assert len(tried) == 8
    assert all(later - earlier >= HOUR for earlier, later in pairwise(tried))
    assert started < tried[0] and tried[-1] < started + 14 * DAY
    last = till.read(invoice)
    assert (last.status, last.attempt_count, last.next_payment_attempt) == ("open", 9, None)


def test_every_failure_is_told(till):
    invoice = till.draft(1500, auto_advance=True)
    before = till.mark()

    till.advance(2 * HOUR)

    types = till.told(since=before)
    order = (
        "invoice.finalized", "payment_intent.created", "charge.failed",
        "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed",
    )  # fmt: skip
    last = -1
    for each in order:
        last = types.index(each, last + 1)
    [failed] = [
        each for each in till.events(since=before) if each.type == "invoice.payment_failed"
    ]
    shown = failed.data.object
    assert (shown.id, shown.status, shown.attempt_count) == (invoice.id, "open", 1)
    assert shown.next_payment_attempt == till.read(invoice).next_payment_attempt
    planned = shown.next_payment_attempt
    before = till.mark()
    till.advance(to=planned)
    types = [each for each in till.told(since=before) if not each.startswith("test_helpers")]
    assert types == [
        "charge.failed", "payment_intent.payment_failed", "invoice.updated",
        "invoice.payment_failed",
    ]  # fmt: skip


def test_a_manual_attempt_in_between_does_not_count(client, till):
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    planned = till.read(invoice).next_payment_attempt
    with pytest.raises(stripe.CardError):
        client.v1.invoices.pay(invoice.id)
    shown = till.read(invoice)
    assert (shown.attempt_count, shown.next_payment_attempt) == (1, planned)
    till.advance(to=planned)
    assert till.read(invoice).attempt_count == 2


def test_a_new_card_pays_only_at_the_next_turn(till):
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    till.use("pm_card_visa")
    planned = till.read(invoice).next_payment_attempt
    till.advance(to=planned - 1)
    assert till.read(invoice).status == "open"

    till.advance(1)

    paid = till.read(invoice)
    assert (paid.status, paid.attempt_count, paid.next_payment_attempt) == ("paid", 2, None)


@pytest.mark.parametrize("token", [
    "tok_visa_chargeCustomerFailLostCard", "tok_visa_chargeCustomerFailStolenCard",
])  # fmt: skip
def test_a_hard_decline_is_tried_again_only_with_another_card(client, token):
    till = Till(client, on="2026-01-01", card=None)
    method = client.v1.payment_methods.create({"type": "card", "card": {"token": token}}).id
    till.use(method)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)
    assert till.read(invoice).attempt_count == 1

    till.advance(4 * DAY)
    waiting = till.read(invoice)
    assert (waiting.attempt_count, waiting.next_payment_attempt is not None) == (1, True)
    assert len(client.v1.charges.list({"customer": till.customer}).data) == 1
    till.use("pm_card_visa")
    till.advance(to=waiting.next_payment_attempt)
    assert till.read(invoice).status == "paid"


def test_turning_auto_advance_off_stops_the_retries(client, till):
    invoice = till.draft(1500, auto_advance=True)
    till.advance(2 * HOUR)

    stopped = client.v1.invoices.update(invoice.id, {"auto_advance": False})

    assert stopped.next_payment_attempt is None
    till.advance(20 * DAY)
    assert till.read(invoice).attempt_count == 1


def test_without_a_method_every_attempt_fails(client):
    till = Till(client, on="2026-01-01", card=None)
    invoice = till.draft(1500, auto_advance=True)
    before = till.mark()

    till.advance(2 * HOUR)

    shown = till.read(invoice)
    assert (shown.status, shown.attempted, shown.attempt_count) == ("open", True, 1)
    assert shown.next_payment_attempt is not None
    assert "invoice.payment_failed" in till.told(since=before)
    assert client.v1.charges.list({"customer": till.customer}).data == []


def test_a_subscription_is_canceled_when_all_retries_failed(client, till):
    till.use("pm_card_visa")
    subscription = subscribe(client, till)
    till.use(FAILING)
    till.advance(to="2026-02-02")
    assert client.v1.subscriptions.retrieve(subscription.id).status == "past_due"
    before = till.mark()

    till.advance(to="2026-02-20")

    ended = client.v1.subscriptions.retrieve(subscription.id)
    assert (ended.status, ended.cancellation_details.reason) == ("canceled", "payment_failed")
    assert "customer.subscription.deleted" in till.told(since=before)
    invoice = till.invoices()[-1]
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == (
        "open", False, None
    )  # fmt: skip
    assert invoice.attempt_count == 9


def test_a_sent_invoice_falls_overdue_and_is_never_tried(client):
    till = Till(client, on="2026-01-01")
    invoice = till.open(1500, collection_method="send_invoice", due_date=at("2026-01-10"))
    before = till.mark()

    till.advance(to="2026-01-12")

    shown = till.read(invoice)
    assert (shown.status, shown.attempted, shown.next_payment_attempt) == ("open", False, None)
    assert "invoice.overdue" in till.told(since=before)
    assert client.v1.invoices.pay(invoice.id).status == "paid"


def test_authentication_needed_when_nobody_is_there(client):
    till = Till(client, on="2026-01-01", card="pm_card_authenticationRequired")
    invoice = till.draft(1500, auto_advance=True)
    before = till.mark()

    till.advance(2 * HOUR)

    shown = till.read(invoice)
    assert (shown.status, shown.attempted) == ("open", True)
    types = till.told(since=before)
    assert "invoice.payment_action_required" in types and "invoice.payment_failed" in types
    tries = shown.attempt_count
    till.advance(5 * DAY)  # only a new method may be tried by itself
    assert till.read(invoice).attempt_count == tries
    assert refused(client.v1.invoices.finalize_invoice, invoice.id)[0] == 400


def test_a_subscription_that_never_had_a_method_stays_past_due(client):
    till = Till(client, on="2026-01-01", card="pm_card_visa")
    subscription = subscribe(client, till)
    default = client.v1.customers.retrieve(till.customer).invoice_settings.default_payment_method
    client.v1.payment_methods.detach(default)

    till.advance(to="2026-03-20")

    shown = client.v1.subscriptions.retrieve(subscription.id)
    assert shown.status == "past_due"
    assert [each.status for each in till.invoices()] == ["paid", "open", "open"]
