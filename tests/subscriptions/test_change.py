"""Changes: what they give back and ask for, when they are billed, how time moves."""

from __future__ import annotations

import pytest

from prorata.engine.doctor import examine
from subscriptions.life import at, first, lines, period
from subscriptions.test_subscribe import refused

CLASSIC = {"type": "classic"}


def items(life):
    return [(item.description, item.amount) for item in life.pending()]


def test_an_upgrade_waits_on_two_pending_items(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(3_000, name="Pro"))
    # 15.5 of 31 days are left.
    assert items(life) == [
        ("Unused time on Basic after 16 Jan 2026", -500),
        ("Remaining time on Pro after 16 Jan 2026", 1_500),
    ]
    assert found.latest_invoice == subscription.latest_invoice
    assert period(first(found)) == period(first(subscription))
    life.advance("2026-02-02")
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 16 Jan 2026", -500),
        ("Remaining time on Pro after 16 Jan 2026", 1_500),
        ("1 × Pro (at $30.00 / month)", 3_000),
    ]
    assert invoice.amount_paid == 4_000


def test_the_pending_pair_as_recorded(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(3_000, name="Pro"))
    credit, debit = life.pending()
    old = life.client.invoices.retrieve(subscription.latest_invoice)
    for item, price in ((credit, life.price(1_000)), (debit, life.price(3_000, name="Pro"))):
        assert item.proration is True
        assert item.discountable is False
        assert item.frozen_fields == ["pricing", "quantity", "discounts"]
        assert item.pricing.price_details.price == price
        assert item.pricing.unit_amount_decimal is None
        assert item.net_amount == item.amount
        assert item.parent.subscription_details.subscription == subscription.id
        assert item.parent.subscription_details.subscription_item == first(found).id
        assert (item.period.start, item.period.end) == (at("2026-01-16 12:00"), at("2026-02-01"))
        assert item.quantity == 1
    credited = credit.proration_details.credited_items
    assert credited.type == "invoice_line_items"
    assert credited.invoice_line_item_details.to_dict() == {
        "invoice": old.id, "invoice_line_items": [old.lines.data[0].id]
    }
    assert debit.proration_details.credited_items is None


def test_always_invoice_charges_in_the_request(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice"
    )
    invoice = life.latest(found)
    assert (invoice.status, invoice.billing_reason, invoice.amount_paid) == (
        "paid", "subscription_update", 1_000)
    assert (invoice.auto_advance, invoice.attempt_count) == (False, 1)
    assert (invoice.period_start, invoice.period_end) == (
        at("2026-01-01"), at("2026-01-16 12:00"))
    credit, debit = invoice.lines.data
    assert (credit.amount, debit.amount) == (-500, 1_500)
    details = credit.parent.subscription_item_details
    assert details.proration is True
    assert details.invoice_item is not None
    assert details.proration_details.credited_items.invoice == subscription.latest_invoice
    assert debit.parent.subscription_item_details.proration_details.credited_items is None
    assert life.pending() == []


def test_the_events_of_an_upgrade(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    life.change(subscription, life.price(3_000, name="Pro"), proration_behavior="always_invoice")
    types = life.events()
    assert types[types.index("customer.subscription.updated"):] == [
        "customer.subscription.updated", "invoiceitem.created", "invoiceitem.created",
        "invoice.created", "invoice.finalized", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "customer.updated", "invoice.paid",
        "invoice.payment_succeeded",
    ]  # fmt: skip


def test_a_change_without_proration_writes_nothing(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16")
    life.change(subscription, life.price(3_000, name="Pro"), proration_behavior="none")
    assert life.pending() == []
    life.advance("2026-02-02")
    assert life.latest(subscription).amount_paid == 3_000


def test_a_downgrade_at_once_credits_the_balance(life):
    subscription = life.subscribe(life.price(3_000, name="Pro"))
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(1_000), proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert (invoice.total, invoice.amount_due, invoice.status, invoice.attempt_count) == (
        -1_000, 0, "paid", 0)
    assert invoice.ending_balance == -1_000
    assert life.client.customers.retrieve(life.customer.id).balance == -1_000


def test_quantities_change_as_a_pair(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    item = first(subscription).id
    life.update(subscription, items=[{"id": item, "quantity": 3}])
    assert items(life) == [
        ("Unused time on Basic after 16 Jan 2026", -500),
        ("Remaining time on 3 × Basic after 16 Jan 2026", 1_500),
    ]
    life.update(subscription, items=[{"id": item, "quantity": 2}])
    assert items(life)[:2] == [
        ("Unused time on 3 × Basic after 16 Jan 2026", -1_500),
        ("Remaining time on 2 × Basic after 16 Jan 2026", 1_000),
    ]
    credit, debit = life.pending()[0], life.pending()[3]
    assert credit.proration_details.credited_items.to_dict() == {
        "type": "invoice_item", "invoice_item": debit.id
    }


def test_another_price_brings_the_quantity_back_to_one(life):
    subscription = life.client.subscriptions.create({
        "customer": life.customer.id, "items": [{"price": life.price(), "quantity": 5}],
    })
    found = life.change(subscription, life.price(3_000, name="Pro"))
    assert first(found).quantity == 1


def test_adding_an_item_asks_and_removing_it_gives_back(life):
    subscription = life.subscribe(life.price(1_000))
    life.advance("2026-01-16 12:00")
    found = life.update(subscription, items=[{"price": life.price(600, name="Extra")}])
    assert items(life) == [("Remaining time on Extra after 16 Jan 2026", 300)]
    extra = found["items"].data[1]
    assert period(extra) == period(first(found))
    life.update(subscription, items=[{"id": extra.id, "deleted": True}])
    assert items(life) == [
        ("Unused time on Extra after 16 Jan 2026", -300),
        ("Remaining time on Extra after 16 Jan 2026", 300),
    ]


def test_a_price_that_is_there_already(life):
    subscription = life.subscribe()
    message = refused(
        lambda: life.update(subscription, items=[{"price": life.price()}]), param="plan")
    assert message.startswith(f"A new item with Price {life.price()} can't be added to this")


def test_the_moment_of_proration_can_be_given(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-20")
    life.change(subscription, life.price(6_200, name="Pro"), proration_date=at("2026-01-11"))
    assert items(life) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100),
        ("Remaining time on Pro after 11 Jan 2026", 4_200),
    ]
    refused(
        lambda: life.change(subscription, life.price(3_100), proration_date=at("2025-12-01")),
        param="proration_date")


def test_a_change_that_counts_from_before_an_invoiced_one_gives_that_time_back(life):
    subscription = life.subscribe(life.price(3_100))
    item = first(subscription).id
    life.advance("2026-01-21")
    life.change(subscription, life.price(6_200, name="Pro"), proration_behavior="always_invoice")
    life.update(
        subscription, items=[{"id": item, "quantity": 2}], proration_date=at("2026-01-11")
    )
    # Basic was paid for from the 11th to the 21st, Pro from then on.
    assert sorted(amount for _, amount in items(life)) == [-2_200, -1_000, 8_400]


def test_of_two_intervals_a_change_gives_back_the_present_ones(life):
    month, year = life.price(3_100), life.price(36_500, "year", name="Seats")
    subscription = life.subscribe(month, year, backdate_start_date=at("2025-11-01"))
    monthly, yearly = subscription["items"].data
    life.update(subscription, items=[{"id": monthly.id, "quantity": 2}, {"id": yearly.id}],
                proration_date=at("2025-11-11"))  # fmt: skip
    assert [amount for _, amount in items(life)] == [-3_100, 6_200]


def test_halves_are_rounded_down_as_recorded(life):
    """A fraction of exactly one half: −2.5 becomes −3 and 4.5 becomes 4."""
    subscription = life.subscribe(life.price(5))
    life.advance("2026-01-16 12:00")
    life.change(subscription, life.price(9, name="Pro"))
    assert [amount for _, amount in items(life)] == [-3, 4]


def test_another_interval_keeps_the_anchor_when_flexible(life):
    subscription = life.subscribe(life.price(3_100))
    life.advance("2026-01-11")
    found = life.change(
        subscription, life.price(36_500, "year", "Yearly"), proration_behavior="always_invoice"
    )
    assert found.billing_cycle_anchor == at("2026-01-01")
    assert first(found).current_period_end == at("2027-01-01")
    assert lines(life.latest(found)) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100),
        ("Remaining time on Yearly after 11 Jan 2026", 35_500),
    ]


def test_another_interval_restarts_a_classic_cycle(life):
    subscription = life.subscribe(life.price(3_100), billing_mode=CLASSIC)
    life.advance("2026-01-11")
    found = life.change(subscription, life.price(36_500, "year", "Yearly"))
    assert found.billing_cycle_anchor == at("2026-01-11")
    assert period(first(found)) == (at("2026-01-11"), at("2027-01-11"))
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100),
        ("1 × Yearly (at $365.00 / year)", 36_500),
    ]
    assert invoice.status == "paid"


def test_from_free_to_paid_restarts_a_classic_cycle(life):
    subscription = life.subscribe(life.price(0, name="Free"), billing_mode=CLASSIC)
    life.advance("2026-01-11")
    found = life.change(subscription, life.price(2_000, name="Pro"))
    assert period(first(found)) == (at("2026-01-11"), at("2026-02-11"))
    assert lines(life.latest(found)) == [("1 × Pro (at $20.00 / month)", 2_000)]


def test_from_free_to_paid_prorates_when_flexible(life):
    subscription = life.subscribe(life.price(0, name="Free"))
    life.advance("2026-01-16 12:00")
    found = life.change(subscription, life.price(2_000, name="Pro"))
    assert found.latest_invoice == subscription.latest_invoice
    assert items(life)[1] == ("Remaining time on Pro after 16 Jan 2026", 1_000)


def test_a_cycle_that_begins_now_as_recorded(life):
    """Flexible billing asks only for the time that was not paid for yet."""
    subscription = life.subscribe(life.price(2_000))
    life.advance(life.now + 4)
    found = life.update(subscription, billing_cycle_anchor={"type": "now"})
    assert found.billing_cycle_anchor == life.now
    assert period(first(found)) == (life.now, at("2026-02-01") + 4)
    assert found.latest_invoice == subscription.latest_invoice
    [debit] = life.pending()
    assert (debit.description, debit.amount) == ("Remaining time on Basic after 01 Jan 2026", 0)
    assert (debit.period.start, debit.period.end) == (at("2026-02-01"), at("2026-02-01") + 4)


def test_a_classic_cycle_that_begins_now_is_billed_at_once(life):
    subscription = life.subscribe(life.price(3_100), billing_mode=CLASSIC)
    life.advance("2026-01-11")
    found = life.update(subscription, billing_cycle_anchor={"type": "now"})
    assert lines(life.latest(found)) == [
        ("Unused time on Basic after 11 Jan 2026", -2_100),
        ("1 × Basic (at $31.00 / month)", 3_100),
    ]


def test_flexible_credits_what_was_debited_and_classic_the_present_price(live):
    totals = {}
    for mode in ("classic", "flexible"):
        life = live(on="2026-06-01")
        ten, twenty = life.price(1_000, name="Ten"), life.price(2_000, name="Twenty")
        subscription = life.subscribe(ten, billing_mode={"type": mode})
        life.change(subscription, twenty, proration_behavior="none")
        life.advance("2026-06-21")
        found = life.change(subscription, ten, proration_behavior="always_invoice")
        totals[mode] = [line.amount for line in life.latest(found).lines.data]
    assert totals == {"classic": [-667, 333], "flexible": [-333, 333]}


@pytest.mark.parametrize(("mode", "credit"), [("classic", -250), ("flexible", -417)])
def test_a_discount_inside_a_credit(live, mode, credit):
    life = live(on="2026-06-01")
    coupon = life.client.coupons.create(
        {"amount_off": 500, "currency": "usd", "duration": "forever"})
    subscription = life.subscribe(
        life.price(1_000, name="Ten"), life.price(2_000, name="Twenty"),
        billing_mode={"type": mode}, discounts=[{"coupon": coupon.id}],
    )
    first_invoice = life.latest(subscription)
    # The newest item is the first line.
    taken = [line.discount_amounts[0].amount for line in first_invoice.lines.data]
    assert taken == [334, 166]
    life.advance("2026-06-16")
    life.update(subscription, items=[{"id": first(subscription).id, "deleted": True}])
    assert [item.amount for item in life.pending()] == [credit]


def test_percent_discounts_are_named_in_prorations(life):
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    subscription = life.subscribe(life.price(1_000), discounts=[{"coupon": coupon.id}])
    life.advance("2026-01-16 12:00")
    life.change(subscription, life.price(3_000, name="Pro"))
    assert items(life) == [
        ("Unused time on Basic (with 10.0% off) after 16 Jan 2026", -450),
        ("Remaining time on Pro (with 10.0% off) after 16 Jan 2026", 1_350),
    ]
    life.advance("2026-02-01")
    invoice = life.latest(subscription)
    assert [line.discount_amounts[0].amount for line in invoice.lines.data] == [0, 0, 300]


def test_itemized_prorations_show_gross_amounts(life):
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    subscription = life.subscribe(
        life.price(1_000), discounts=[{"coupon": coupon.id}],
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
    )
    life.advance("2026-01-16 12:00")
    life.change(subscription, life.price(3_000, name="Pro"))
    credit, debit = life.pending()
    assert (credit.amount, credit.net_amount) == (-500, -450)
    assert (debit.amount, debit.net_amount) == (1_500, 1_350)
    assert debit.proration_details.discount_amounts[0].amount == 150
    life.advance("2026-02-01")
    invoice = life.latest(subscription)
    assert [line.discount_amounts[0].amount for line in invoice.lines.data] == [-50, 150, 300]
    assert invoice.total == -450 + 1_350 + 2_700


# The two halves of what is left, rounded by themselves, are 678 of 677, and 354 of 355.
@pytest.mark.parametrize("day", ["2026-01-11", "2026-01-21"])
def test_parts_of_what_two_coupons_make_free_are_free(life, day):
    coupons = [
        life.client.coupons.create({"amount_off": 500, "currency": "usd", "duration": "forever"})
        for _ in range(2)
    ]
    subscription = life.subscribe(
        discounts=[{"coupon": each.id} for each in coupons],
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "itemized"}},
    )
    life.advance(day)
    for name in ("Plus", "Pro"):
        life.change(subscription, life.price(1_000, name=name))
    assert [item.net_amount for item in life.pending()] == [0, 0, 0, 0]
    life.advance("2026-02-02")
    assert life.latest(subscription).total == 0


def test_a_cycle_that_begins_now_may_end_before_the_time_that_was_billed(live, server):
    life = live(on="2026-05-30 05:00")
    subscription = life.subscribe()
    life.advance("2026-05-31 01:00")
    found = life.update(
        subscription, billing_cycle_anchor={"type": "now"}, proration_behavior="none")
    assert first(found).current_period_end == at("2026-06-30 01:00")
    life.advance("2026-06-30 03:00")
    assert life.latest(subscription).total == 1_000
    assert [each for check in examine(server.system) for each in check.findings] == []


@pytest.mark.parametrize("shown", ["included", "itemized"])
def test_a_coupon_for_one_invoice_that_lowers_a_proration_lowers_nothing_more(life, shown):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"})
    subscription = life.subscribe(
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": shown}})
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), discounts=[{"coupon": coupon.id}],
        proration_behavior="always_invoice",
    )
    assert (life.latest(found).total, found.discounts) == (-500 + 750, [])
    life.advance("2026-02-02")
    assert life.latest(found).total == 3_000


def test_a_coupon_for_one_invoice_waits_with_the_proration_that_it_lowers(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "once"})
    subscription = life.subscribe()
    life.advance("2026-01-16 12:00")
    found = life.change(
        subscription, life.price(3_000, name="Pro"), discounts=[{"coupon": coupon.id}])
    assert len(found.discounts) == 1
    life.advance("2026-02-02")
    assert life.latest(found).total == -500 + 750 + 1_500
    life.advance("2026-03-02")
    assert life.latest(found).total == 3_000
