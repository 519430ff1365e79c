"""Every trigger of the Stripe CLI whose objects are here succeeds and tells its event."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe

from clients.stripe_cli import StripeCli

EVENT_SECONDS = 60

# The trigger and, where the CLI's name is not the event's or leads elsewhere, what it tells.
TRIGGERS = """
    balance.available billing_portal.configuration.created billing_portal.configuration.updated
    billing_portal.session.created cash_balance.funds_available charge.captured
    charge.dispute.closed charge.dispute.created charge.dispute.updated charge.failed
    charge.refund.updated
    charge.refunded charge.succeeded checkout.session.async_payment_failed
    checkout.session.async_payment_succeeded checkout.session.completed
    checkout.session.expired coupon.created coupon.deleted coupon.updated
    credit_note.created credit_note.updated credit_note.voided customer.created customer.deleted
    customer.discount.created customer.discount.deleted customer.discount.updated
    customer.source.created customer.source.updated customer.subscription.created
    customer.subscription.deleted customer.subscription.paused
    customer.subscription.trial_will_end customer.subscription.updated customer.updated
    customer_cash_balance_transaction.created invoice.created invoice.deleted invoice.finalized
    invoice.marked_uncollectible invoice.paid invoice.payment_action_required
    invoice.payment_failed invoice.payment_succeeded invoice.sent invoice.updated invoice.voided
    invoiceitem.created invoiceitem.deleted payment_intent.amount_capturable_updated
    payment_intent.canceled payment_intent.created payment_intent.partially_funded
    payment_intent.payment_failed
    payment_intent.processing payment_intent.requires_action payment_intent.succeeded
    payment_link.created payment_link.updated
    payment_method.attached payment_method.detached payment_method.updated plan.created
    plan.deleted plan.updated price.created price.updated product.created product.deleted
    product.updated promotion_code.created promotion_code.updated quote.accepted
    quote.canceled quote.created quote.finalized reporting.report_run.succeeded
    setup_intent.canceled
    setup_intent.created setup_intent.requires_action setup_intent.setup_failed
    setup_intent.succeeded subscription_schedule.aborted
    subscription_schedule.canceled subscription_schedule.completed
    subscription_schedule.created subscription_schedule.expiring subscription_schedule.released
    subscription_schedule.updated tax_rate.created tax_rate.updated
    test_helpers.test_clock.advancing test_helpers.test_clock.created
    test_helpers.test_clock.deleted test_helpers.test_clock.ready
"""
LEADING_ELSEWHERE = {
    # Not names of events: what happens is the failure or success of a first invoice.
    "subscription.payment_failed": "invoice.payment_failed",
    "subscription.payment_succeeded": "invoice.payment_succeeded",
}
CASES = [(name, name) for name in TRIGGERS.split()] + list(LEADING_ELSEWHERE.items())


@pytest.mark.parametrize(("trigger", "event"), CASES, ids=[name for name, _ in CASES])
def test_a_trigger_tells_its_event(
    cli: StripeCli, client: stripe.StripeClient, trigger: str, event: str
) -> None:
    before = event_ids(client, event)
    done = cli.run("trigger", trigger)
    assert done.code == 0, done.said
    assert "Trigger succeeded!" in done.said, done.said
    deadline = time.monotonic() + EVENT_SECONDS
    while event_ids(client, event) == before:
        assert time.monotonic() < deadline, f"no {event} within {EVENT_SECONDS} seconds"
        time.sleep(0.05)


def test_an_event_that_does_not_exist_cannot_be_triggered(cli: StripeCli) -> None:
    done = cli.run("trigger", "subscription.exploded")
    assert done.code != 0 and "not supported" in done.said


def test_a_trigger_can_be_overridden(cli: StripeCli, client: stripe.StripeClient) -> None:
    done = cli.run(
        "trigger", "price.created", "--override", "price:unit_amount=4200",
        "--override", "product:name=Overridden", "--add", "price:nickname=Added",
        "--remove", "product:description",
    )  # fmt: skip
    assert done.code == 0, done.said
    price = client.v1.prices.list(params={"limit": 1, "expand": ["data.product"]}).data[0]
    assert (price.unit_amount, price.nickname) == (4200, "Added")
    assert isinstance(price.product, stripe.Product)
    assert (price.product.name, price.product.description) == ("Overridden", None)


@pytest.mark.parametrize(("name", "code"), [
    ("error_report_triggered", "meter_event_no_customer_defined"), ("no_meter_found", "no_meter"),
])  # fmt: skip
def test_usage_that_is_wrong_is_reported(
    cli: StripeCli, client: stripe.StripeClient, server: Any, name: str, code: str
) -> None:
    """As in the CLI's own files, but for the host of the stream, which they name themselves."""
    v2 = {"Content-Type": "application/json", "Stripe-Version": "2024-09-30.acacia"}
    meter = {"name": "meter", "path": "/v1/billing/meters", "method": "post", "params": {
        "display_name": "By the CLI", "event_name": f"cli_{name}",
        "default_aggregation": {"formula": "sum"}}}  # fmt: skip
    session = {"name": "session", "path": "/v2/billing/meter_event_session", "method": "post",
               "headers": v2, "params": {}}  # fmt: skip
    event_name = "${generate-uuid}" if code == "no_meter" else "${meter:event_name}"
    stream = {
        "name": "stream", "path": "/v2/billing/meter_event_stream", "method": "post",
        "api_base": server.url,
        "headers": {**v2, "Authorization": "Bearer ${session:authentication_token}"},
        "params": {"events": [{"event_name": event_name, "payload": {"value": "10"},
                               "timestamp": "${time-now-RFC3339}"}]},
    }  # fmt: skip
    fixtures = {"_meta": {"template_version": 0}, "fixtures": [meter, session, stream]}
    done = cli.run("trigger", f"v1.billing.meter.{name}", "--raw", json.dumps(fixtures))
    assert done.code == 0, done.said
    report = client.v2.core.events.list({"types": [f"v1.billing.meter.{name}"]}).data[0]
    [found] = report.data.reason.error_types
    assert (found.code, found.error_count) == (code, 1)


def event_ids(client: stripe.StripeClient, type: str) -> set[str]:
    return {each.id for each in client.v1.events.list(params={"type": type, "limit": 100}).data}
