"""Late changes: a subscription is changed before the worker has come to renew it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.engine.advance import run_due
from servers import running
from subscriptions.life import at, first, period


def open_shop(server: Any) -> tuple[Any, Any]:
    """Return a client of a server and a customer there whose card is good."""
    addresses = dict.fromkeys(("api", "meter_events", "files", "connect"), server.url)
    client = stripe.StripeClient(server.secret_key, base_addresses=addresses).v1
    customer = client.customers.create({
        "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    return client, customer


def subscribe(client: Any, customer: Any, amount: int, **terms: Any) -> Any:
    """Return a new subscription to a monthly price of an amount (minor units)."""
    price = client.prices.create({
        "currency": "usd", "unit_amount": amount, "product_data": {"name": "Basic"},
        "recurring": {"interval": "month"},
    })  # fmt: skip
    return client.subscriptions.create({
        "customer": customer.id, "items": [{"price": price.id}], **terms,
    })  # fmt: skip


def work_at(server: Any, *moments: int) -> None:
    """Let a worker do at these seconds, and not before, what is due by then."""
    for moment in moments:
        server.system.clock.move_to(moment)
        assert run_due(server.system, moment).failed == []


def test_a_change_that_is_undone_leaves_the_renewal_before_it_to_the_worker():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 1_000)
        declining = client.payment_methods.attach(
            "pm_card_chargeCustomerFail", {"customer": customer.id}
        )
        server.system.clock.move_to(at("2026-02-02"))

        with pytest.raises(stripe.CardError):
            client.subscriptions.update(subscription.id, {
                "items": [{"id": first(subscription).id, "quantity": 5}],
                "default_payment_method": declining.id,
                "proration_behavior": "always_invoice",
                "payment_behavior": "error_if_incomplete",
            })  # fmt: skip

        for moment in (at("2026-02-02"), at("2026-02-03")):
            server.system.clock.move_to(moment)
            assert run_due(server.system, moment).failed == []
        renewed = client.subscriptions.retrieve(subscription.id)
        assert first(renewed).quantity == 1
        assert period(first(renewed)) == (at("2026-02-01"), at("2026-03-01"))
        invoices = client.invoices.list({"subscription": subscription.id}).data
        assert [(each.billing_reason, each.status) for each in invoices] == [
            ("subscription_cycle", "paid"), ("subscription_create", "paid"),
        ]  # fmt: skip


@pytest.mark.parametrize("change", ["price", "quantity", "item", "cancel"])
def test_a_process_whose_clock_is_behind_does_not_turn_a_renewal_back(change: str):
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        prices = [
            client.prices.create({
                "currency": "usd", "unit_amount": amount, "product_data": {"name": "Basic"},
                "recurring": {"interval": "month"},
            }).id
            for amount in (1_000, 2_500)
        ]  # fmt: skip
        subscription = client.subscriptions.create({
            "customer": customer.id, "items": [{"price": prices[0]}],
            "trial_end": at("2026-02-01"),
        })  # fmt: skip
        server.system.clock.move_to(at("2026-02-01"))
        assert run_due(server.system, at("2026-02-01")).failed == []
        server.system.clock.move_to(at("2026-02-01") - 1)

        item = first(subscription).id
        if change == "cancel":
            client.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
        else:
            client.subscriptions.update(subscription.id, {
                "items": [{
                    "price": {"id": item, "price": prices[1]},
                    "quantity": {"id": item, "quantity": 3},
                    "item": {"price": prices[1]},
                }[change]],
                "proration_behavior": "always_invoice",
            })  # fmt: skip

        found = client.subscriptions.retrieve(subscription.id)
        assert {period(each) for each in found["items"].data} == {
            (at("2026-02-01"), at("2026-03-01"))
        }
        for moment in (at("2026-02-01") + 2, at("2026-02-03"), at("2026-03-02")):
            server.system.clock.move_to(moment)
            assert run_due(server.system, moment).failed == []


def test_what_was_to_end_meanwhile_is_not_resumed():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 1_000)
        client.subscriptions.update(subscription.id, {"cancel_at": at("2026-01-10")})
        client.subscriptions.pause(subscription.id, {"type": "subscription"})
        server.system.clock.move_to(at("2026-01-10") + 5)

        with pytest.raises(stripe.InvalidRequestError):
            client.subscriptions.resume(
                subscription.id, {"payment_behavior": "resume_on_payment_success"}
            )
        run_due(server.system, at("2026-01-10") + 5)
        assert client.subscriptions.retrieve(subscription.id).status == "canceled"
        paid = client.invoices.list({"customer": customer.id, "status": "paid"}).data
        assert sum(each.total for each in paid) == 1_000


def test_a_period_that_was_missed_before_the_end_is_billed():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 2_800)
        client.subscriptions.update(subscription.id, {"cancel_at": at("2026-02-15")})
        work_at(server, at("2026-02-16"), at("2026-02-17"))

        assert client.subscriptions.retrieve(subscription.id).status == "canceled"
        found = client.invoices.list({"customer": customer.id}).data
        assert [(each.total, each.status) for each in found] == [(1_400, "paid"), (2_800, "paid")]


def test_a_discount_that_is_taken_off_lowers_the_renewal_before_it():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        half = client.coupons.create({"percent_off": 50, "duration": "forever"}).id
        subscription = subscribe(client, customer, 1_000, discounts=[{"coupon": half}])
        server.system.clock.move_to(at("2026-02-01") + 5)
        client.subscriptions.delete_discount(subscription.id)

        found = client.invoices.list({"customer": customer.id}).data
        assert [each.total for each in found] == [500, 500]


def test_a_customers_discount_that_is_taken_off_lowers_the_renewals_before_it():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        half = client.coupons.create({"percent_off": 50, "duration": "forever"}).id
        client.customers.update(
            customer.id, {"coupon": half}, {"stripe_version": "2025-02-24.acacia"}
        )
        subscription = subscribe(client, customer, 1_000)
        server.system.clock.move_to(at("2026-02-01") + 5)
        client.customers.delete_discount(customer.id)

        server.system.clock.move_to(at("2026-03-01") + 5)
        assert run_due(server.system, at("2026-03-01") + 5).failed == []
        found = client.invoices.list({"subscription": subscription.id}).data
        assert [each.total for each in found] == [1_000, 500, 500]


def test_a_subscription_that_should_have_ended_is_not_migrated():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(
            client, customer, 1_000, billing_mode={"type": "classic"}, cancel_at_period_end=True)
        server.system.clock.move_to(at("2026-02-01") + 5)

        with pytest.raises(stripe.InvalidRequestError, match="whose status is `canceled`"):
            client.subscriptions.migrate(
                subscription.id, {"billing_mode": {"type": "flexible"}})

        assert run_due(server.system, at("2026-02-01") + 5).failed == []
        ended = client.subscriptions.retrieve(subscription.id)
        assert (ended.status, ended.billing_mode.type) == ("canceled", "classic")


@pytest.mark.parametrize("cancel_at", [None, "2026-03-20"])
@pytest.mark.parametrize(
    ("behavior", "status"),
    [("void", "void"), ("mark_uncollectible", "uncollectible"), ("keep_as_draft", "draft")],
)
def test_what_was_due_while_collection_was_paused_is_not_collected_later(
    behavior: str, status: str, cancel_at: str | None
):
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        terms = {} if cancel_at is None else {"cancel_at": at(cancel_at)}
        subscription = subscribe(client, customer, 1_000, **terms)
        client.subscriptions.update(subscription.id, {
            "pause_collection": {"behavior": behavior, "resumes_at": at("2026-02-15")},
        })  # fmt: skip

        for moment in (at("2026-03-25"), at("2026-03-26")):
            server.system.clock.move_to(moment)
            assert run_due(server.system, moment).failed == []

        found = client.subscriptions.retrieve(subscription.id)
        assert found.pause_collection is None
        invoices = client.invoices.list({"subscription": subscription.id}).data
        assert [(each.lines.data[0].period.start, each.status) for each in invoices] == [
            (at("2026-03-01"), "paid"), (at("2026-02-01"), status), (at("2026-01-01"), "paid"),
        ]  # fmt: skip


@pytest.mark.parametrize("on", ["subscription", "item"])
def test_a_renewal_that_comes_late_has_the_discount_that_it_had_in_time(on: str):
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        coupon = client.coupons.create(
            {"percent_off": 20, "duration": "repeating", "duration_in_months": 3}
        ).id
        price = client.prices.create({
            "currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Basic"},
            "recurring": {"interval": "month"},
        }).id  # fmt: skip
        discounts = {"discounts": [{"coupon": coupon}]}
        client.subscriptions.create({
            "customer": customer.id,
            "items": [{"price": price, **(discounts if on == "item" else {})}],
            **(discounts if on == "subscription" else {}),
        })  # fmt: skip
        work_at(server, at("2026-06-02"), at("2026-06-03"))

        invoices = client.invoices.list({"customer": customer.id}).data
        billed = sorted((each.period_end, each.total) for each in invoices)
        assert billed == [
            (at("2026-01-01"), 800), (at("2026-02-01"), 800), (at("2026-03-01"), 800),
            (at("2026-04-01"), 1_000), (at("2026-05-01"), 1_000), (at("2026-06-01"), 1_000),
        ]  # fmt: skip


@pytest.mark.parametrize("ends", [False, True])
def test_a_pause_that_ended_while_nothing_ran_ends_though_items_were_to_be_billed_between(
    ends: bool,
):
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 1_000)
        client.subscriptions.update(subscription.id, {
            "pending_invoice_item_interval": {"interval": "day"},
            "pause_collection": {"behavior": "keep_as_draft", "resumes_at": at("2026-02-10")},
            **({"cancel_at": at("2026-04-01")} if ends else {}),
        })  # fmt: skip
        work_at(server, at("2026-04-02"), at("2026-04-03"))

        invoices = client.invoices.list({"customer": customer.id}).data
        billed = sorted((each.period_end, each.status) for each in invoices)
        assert billed == [
            (at("2026-01-01"), "paid"), (at("2026-02-01"), "draft"), (at("2026-03-01"), "paid"),
            *([] if ends else [(at("2026-04-01"), "paid")]),
        ]  # fmt: skip
        assert client.subscriptions.retrieve(subscription.id).pause_collection is None


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("behavior", ["void", "mark_uncollectible", "keep_as_draft"])
def test_a_late_renewal_of_before_a_pause_is_told_once_and_collected_after_the_end(
    at_once: bool, behavior: str
):
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 1_000)
        server.system.clock.move_to(at("2026-02-05"))
        client.subscriptions.update(subscription.id, {"metadata": {"late": "yes"}})
        client.subscriptions.update(subscription.id, {
            "pause_collection": {"behavior": behavior},
            **({} if at_once else {"cancel_at": at("2026-02-06")}),
        })  # fmt: skip
        if at_once:
            client.subscriptions.cancel(subscription.id)
        work_at(server, at("2026-02-06"), at("2026-02-07"))

        invoices = client.invoices.list({"customer": customer.id}).data
        [renewal] = [each for each in invoices if each.period_end == at("2026-02-01")]
        assert renewal.status == "paid"
        told = client.events.list({"type": "invoice.created", "limit": 100}).data
        assert [each.data.object.id for each in told].count(renewal.id) == 1


@pytest.mark.parametrize("end", ["release", "cancel"])
def test_a_phase_that_begins_before_a_late_renewal_comes_before_it(end: str):
    with running(worker=False, now=at("2027-03-01")) as server:
        client, customer = open_shop(server)
        product = client.products.create({"name": "Basic"}).id
        monthly, ten_days = (
            client.prices.create({
                "currency": "usd", "unit_amount": amount, "product": product,
                "recurring": recurring,
            }).id
            for amount, recurring in (
                (1_000, {"interval": "month"}), (100, {"interval": "day", "interval_count": 10}),
            )
        )  # fmt: skip
        schedule = client.subscription_schedules.create({
            "customer": customer.id, "start_date": "now", "end_behavior": end,
            "phases": [
                {"items": [{"price": monthly}], "duration": {"interval": "month"}},
                {"items": [{"price": ten_days, "quantity": 4}],
                 "duration": {"interval": "day", "interval_count": 9},
                 "billing_cycle_anchor": "phase_start"},
                {"items": [{"price": ten_days, "quantity": 5}],
                 "duration": {"interval": "day", "interval_count": 7}},
            ],
        })  # fmt: skip
        work_at(server, at("2027-04-18"), at("2027-04-18") + 7_200)

        invoices = client.invoices.list({"subscription": schedule.subscription}).data
        billed = sorted((each.period_end, each.total, each.status) for each in invoices)
        # The fifth seat is there for the tenth day, before the period of ten days is renewed.
        assert billed == [
            (at("2027-03-01"), 1_000, "paid"), (at("2027-04-01"), 400, "paid"),
            (at("2027-04-11"), 10 + (500 if end == "release" else 300), "paid"),
        ]  # fmt: skip
        status = "active" if end == "release" else "canceled"
        assert client.subscriptions.retrieve(schedule.subscription).status == status


def test_periods_that_were_missed_before_somebody_cancels_are_collected():
    with running(worker=False, now=at("2026-01-01")) as server:
        client, customer = open_shop(server)
        subscription = subscribe(client, customer, 1_000)
        server.system.clock.move_to(at("2026-03-01") + 60)
        client.subscriptions.cancel(subscription.id)
        late = at("2026-03-02")
        server.system.clock.move_to(late)
        assert run_due(server.system, late).failed == []

        invoices = client.invoices.list({"customer": customer.id}).data
        # The draft of the last minute is left, as it is when nothing was late.
        assert sorted((each.period_end, each.status) for each in invoices) == [
            (at("2026-01-01"), "paid"), (at("2026-02-01"), "paid"), (at("2026-03-01"), "draft"),
        ]  # fmt: skip
