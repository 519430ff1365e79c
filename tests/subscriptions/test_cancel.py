"""Cancelling: now, at the end of the period, at a moment; and what is billed a last time."""

from __future__ import annotations

import pytest

from prorata.engine.doctor import examine
from subscriptions.life import HOUR, at, first, lines, period
from subscriptions.test_subscribe import refused


def cancel(life, subscription, **params):
    return life.client.subscriptions.cancel(subscription.id, params)


def test_cancelling_now(life):
    subscription = life.subscribe()
    life.advance("2026-01-10")
    said = {"comment": "Bye", "feedback": "unused"}
    ended = cancel(life, subscription, cancellation_details=said)
    assert (ended.status, ended.ended_at, ended.canceled_at) == ("canceled", life.now, life.now)
    assert ended.cancellation_details.to_dict() == {
        "comment": "Bye", "feedback": "unused", "feedback_option": None,
        "reason": "cancellation_requested",
    }
    assert life.pending() == []
    types = life.events()
    assert types[-1] == "customer.subscription.deleted"
    assert "customer.subscription.updated" not in types
    life.advance("2026-03-10")
    assert len(life.invoices(subscription)) == 1


def test_the_deleted_event_tells_the_whole_object(life):
    subscription = life.subscribe()
    cancel(life, subscription)
    event = life.events_whole()[-1]
    assert event.data.object.status == "canceled"
    assert "previous_attributes" not in event.data


def test_a_canceled_one_is_not_there_for_another_cancellation(life):
    subscription = life.subscribe()
    cancel(life, subscription)
    refused(lambda: cancel(life, subscription), code="resource_missing", param="id", status=404)
    refused(lambda: life.client.subscriptions.resume(subscription.id),
            code="resource_missing", param="id", status=404)
    refused(lambda: life.client.subscription_items.create(
        {"subscription": subscription.id, "price": life.price()}),
        code="resource_missing", param="subscription", status=404)


def test_unused_time_can_be_credited(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    cancel(life, subscription, prorate=True)
    [credit] = life.pending()
    assert (credit.description, credit.amount) == (
        "Unused time on Basic after 11 Jan 2026", -2_100)
    assert credit.parent is None


@pytest.mark.parametrize("mode", [
    {"type": "classic"},
    {"type": "flexible", "flexible": {"proration_discounts": "included"}},
    {"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
])
@pytest.mark.parametrize("upgraded", [False, True])
@pytest.mark.parametrize("off", [{"percent_off": 50}, {"amount_off": 500, "currency": "usd"}])
def test_no_more_is_credited_than_was_paid(life, server, mode, upgraded, off):
    coupon = life.client.coupons.create({"duration": "forever", **off})
    subscription = life.subscribe(
        life.price(1_000), billing_mode=mode, discounts=[{"coupon": coupon.id}]
    )
    if upgraded:
        life.change(subscription, life.price(90_000, name="Pro"))
    cancel(life, subscription, prorate=True)
    for item in life.pending():
        assert item.parent is None
        noted = life.client.invoice_items.update(item.id, {"metadata": {"seen": "1"}})
        assert noted.net_amount == item.net_amount
    draft = life.client.invoices.create({
        "customer": life.customer.id, "pending_invoice_items_behavior": "include",
    })
    assert life.client.invoices.finalize_invoice(draft.id).total == -500
    assert life.client.customers.retrieve(life.customer.id).balance == -500
    assert [each for check in examine(server.system) for each in check.findings] == []


def test_a_last_invoice_below_zero_is_given_up(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    ended = cancel(life, subscription, prorate=True, invoice_now=True)
    invoice = life.client.invoices.retrieve(ended.latest_invoice)
    assert (invoice.total, invoice.number) == (-2_100, None)
    life.advance("2026-01-12")
    invoice = life.client.invoices.retrieve(ended.latest_invoice)
    assert (invoice.status, invoice.number) == ("uncollectible", None)
    assert life.client.customers.retrieve(life.customer.id).balance == 0


def test_pending_prorations_are_let_go_or_billed(life):
    for invoice_now, billed in ((False, []), (True, [1_000])):
        subscription = life.subscribe(life.price(1_000))
        life.advance(life.now + (first(subscription).current_period_end - life.now) // 2)
        life.change(subscription, life.price(3_000, name="Pro"))
        cancel(life, subscription, invoice_now=invoice_now)
        assert life.pending() == []
        life.advance(life.now + 2 * HOUR)
        assert [
            each.amount_paid for each in life.invoices(subscription)[1:]
        ] == billed


def test_other_pending_items_wait_for_the_customers_next_invoice(life):
    subscription = life.subscribe()
    life.client.invoice_items.create({
        "customer": life.customer.id, "amount": 700, "currency": "usd", "description": "Setup",
        "subscription": subscription.id,
    })
    cancel(life, subscription)
    assert [item.amount for item in life.pending()] == [700]
    again = life.subscribe(life.price(500, name="Again"))
    assert lines(life.latest(again))[0] == ("Setup", 700)


def test_open_invoices_advance_no_more(life):
    subscription = life.subscribe()
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-02")
    cancel(life, subscription)
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.auto_advance, invoice.next_payment_attempt) == (
        "open", False, None)


def test_at_the_period_end(life):
    subscription = life.subscribe()
    life.advance("2026-01-10")
    leaving = life.update(subscription, cancel_at_period_end=True)
    assert (leaving.status, leaving.cancel_at, leaving.canceled_at) == (
        "active", at("2026-02-01"), at("2026-01-10"))
    assert leaving.cancellation_details.reason == "cancellation_requested"
    life.advance("2026-02-02")
    ended = life.read(subscription)
    assert (ended.status, ended.ended_at, ended.canceled_at) == (
        "canceled", at("2026-02-01"), at("2026-01-10"))
    assert ended.cancel_at_period_end is True
    assert len(life.invoices(subscription)) == 1
    assert "invoice.upcoming" not in life.events()


def test_it_may_go_on_after_all(life):
    subscription = life.subscribe()
    life.update(subscription, cancel_at_period_end=True)
    staying = life.update(subscription, cancel_at_period_end=False)
    assert (staying.cancel_at, staying.canceled_at, staying.cancellation_details.reason) == (
        None, None, None)
    life.advance("2026-02-02")
    assert life.read(subscription).status == "active"


def test_prorations_are_billed_at_the_end(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    life.change(subscription, life.price(3_000, name="Pro"))
    life.update(subscription, cancel_at_period_end=True)
    life.advance("2026-02-02")
    last = life.latest(subscription)
    assert (last.billing_reason, last.amount_paid) == ("subscription_cycle", 1_000)
    assert life.read(subscription).status == "canceled"


def test_at_a_moment_inside_the_period(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    leaving = life.update(subscription, cancel_at=at("2026-01-21"))
    assert period(first(leaving)) == (at("2026-01-01"), at("2026-01-21"))
    [credit] = life.pending()
    assert credit.amount == -1_100
    assert (credit.period.start, credit.period.end) == (at("2026-01-21"), at("2026-02-01"))
    back = life.update(subscription, cancel_at="")
    assert first(back).current_period_end == at("2026-02-01")
    assert sum(item.amount for item in life.pending()) == 0


def test_at_a_moment_in_a_later_period(life):
    yearly = life.price(36_500, "year", "Yearly")
    subscription = life.subscribe(yearly)
    life.update(subscription, cancel_at=at("2027-07-01"))
    life.advance("2027-01-02")
    # 181 of 365 days.
    assert life.latest(subscription).amount_paid == 18_100
    assert first(life.read(subscription)).current_period_end == at("2027-07-01")
    life.advance("2027-07-02")
    assert life.read(subscription).status == "canceled"


@pytest.mark.parametrize(("name", "moment"), [
    ("min_period_end", "2026-02-01"), ("max_period_end", "2027-01-01"),
])
def test_named_moments(life, name, moment):
    subscription = life.subscribe(life.price(), life.price(9_000, "year", "Support"))
    assert life.update(subscription, cancel_at=name).cancel_at == at(moment)


def test_moments_that_have_passed(life):
    subscription = life.subscribe()
    assert refused(lambda: life.update(subscription, cancel_at=at("2025-01-01")),
                   param="cancel_at").startswith("The parameter `cancel_at` expects a unix")
    refused(lambda: life.update(subscription, cancel_at=at("2026-05-01"),
                                cancel_at_period_end=True), param="cancel_at")


def test_deleting_a_customer_cancels(life):
    subscription = life.subscribe()
    life.client.customers.delete(life.customer.id)
    assert life.read(subscription).status == "canceled"


def test_an_incomplete_one_can_be_canceled(live):
    life = live(card="chargeCustomerFail")
    life.client.customers.update(life.customer.id, {"balance": -300})
    subscription = life.subscribe()
    assert life.client.customers.retrieve(life.customer.id).balance == 0
    assert cancel(life, subscription).status == "canceled"
    life.advance("2026-01-03")
    assert life.read(subscription).status == "canceled"
    # Nobody pays for what never began, and the balance is the customer's again.
    assert life.client.invoices.retrieve(subscription.latest_invoice).status == "void"
    assert life.client.customers.retrieve(life.customer.id).balance == -300


def test_the_end_of_the_period_moves_with_it(life):
    subscription = life.subscribe(life.price(1_000))
    life.update(subscription, cancel_at_period_end=True)
    moved = life.change(subscription, life.price(9_000, "year", "Yearly"))
    assert moved.cancel_at == first(moved).current_period_end == at("2027-01-01")


@pytest.mark.parametrize(("mode", "trial_end"), [
    ("classic", "2026-01-10"), ("flexible", "2026-01-15"),
])
def test_a_trial_that_is_to_be_canceled(life, mode, trial_end):
    subscription = life.subscribe(trial_period_days=14, billing_mode={"type": mode})
    found = life.update(subscription, cancel_at=at("2026-01-10"))
    assert found.trial_end == at(trial_end)
    life.advance("2026-01-11")
    assert life.read(subscription).status == "canceled"


def test_time_that_is_given_back_in_two_parts_is_billed_anew(life, server):
    subscription = life.subscribe()
    life.advance("2026-01-05")
    life.update(subscription, cancel_at=at("2026-01-20"))
    life.update(subscription, cancel_at="")
    life.update(subscription, trial_end=at("2026-01-15"))
    life.advance("2026-01-16")
    assert lines(life.latest(subscription)) == [("1 × Basic (at $10.00 / month)", 1_000)]
    item = first(life.read(subscription)).id
    findings = [each for check in examine(server.system) for each in check.findings]
    assert [each for each in findings if each.id == item] == []


def use_and_end(life, subscription, calls, end):
    """Use 7 calls, and end the subscription at once or at its period's end."""
    life.use(calls, 7)
    life.advance("2026-01-10")
    if end == "now":
        cancel(life, subscription, invoice_now=True)
    else:
        life.update(subscription, cancel_at_period_end=True)
    life.advance("2026-02-03")


@pytest.mark.parametrize("end", ["now", "period"])
@pytest.mark.parametrize(("behavior", "status"), [
    ("keep_as_draft", "draft"), ("mark_uncollectible", "uncollectible"), ("void", "void"),
])  # fmt: skip
def test_a_last_invoice_is_not_collected_while_that_is_paused(life, behavior, status, end):
    calls = life.metered()
    subscription = life.subscribe(life.price(), calls)
    life.update(subscription, pause_collection={"behavior": behavior})
    use_and_end(life, subscription, calls, end)
    last = life.latest(subscription)
    assert (life.read(subscription).status, last.total) == ("canceled", 700)
    assert (last.status, last.amount_paid) == (status, 0)


@pytest.mark.parametrize("end", ["now", "period"])
@pytest.mark.parametrize("behavior", ["mark_uncollectible", "void"])
def test_what_a_last_invoice_uses_up_is_gone_before_the_end_is_told(life, server, behavior, end):
    calls = life.metered()
    subscription = life.subscribe(life.price(), calls)
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"}).id
    life.update(subscription, pause_collection={"behavior": behavior},
                discounts=[{"coupon": coupon}])
    use_and_end(life, subscription, calls, end)
    assert (life.latest(subscription).total, life.read(subscription).discounts) == (350, [])
    told = [e for e in life.events_whole() if e.type == "customer.subscription.deleted"]
    assert told[0].data.object.discounts == []
    findings = [each for check in examine(server.system) for each in check.findings]
    assert [each for each in findings if each.id == subscription.id] == []


@pytest.mark.parametrize("mode", ["classic", "flexible"])
@pytest.mark.parametrize(("behavior", "billed"), [("none", 3_100), ("create_prorations", 1_000)])
@pytest.mark.parametrize("told", ["at once", "later", "by a schedule"])
def test_a_first_period_in_which_it_ends_is_not_free(life, mode, behavior, billed, told):
    end = {"cancel_at": at("2026-01-11"), "proration_behavior": behavior}
    price, terms = life.price(3_100), {"billing_mode": {"type": mode}}
    if told == "by a schedule":
        life.client.subscription_schedules.create({
            "customer": life.customer.id, "start_date": "now", "end_behavior": "cancel", **terms,
            "phases": [{"items": [{"price": price}], "end_date": at("2026-01-11"),
                        "proration_behavior": behavior}],
        })
    else:
        subscription = life.subscribe(price, **terms, **(end if told == "at once" else {}))
        if told == "later":
            life.update(subscription, **end)
    life.advance("2026-01-12")
    assert sum(each.total for each in life.invoices()) == billed
