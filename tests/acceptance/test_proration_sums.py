"""Proration sums: published and recorded amounts, to the minor unit."""

from __future__ import annotations

import pytest

from acceptance.lives import SeenLife, plain
from acceptance.till import refused
from subscriptions.life import DAY, at, first, lines, period


@pytest.fixture
def life(client) -> SeenLife:
    return SeenLife(client)


def amounts(items) -> list[int]:
    return [item.amount for item in items]


def test_the_published_example(client):
    """A period of 2 678 400 s of which 445 540 are left: 166.35 and 540.96."""
    life = SeenLife(client, on="2020-08-06 21:28:08")
    assert life.now == 1_596_749_288
    found = life.subscribe(life.price(1_000, name="Old"))
    assert period(first(found)) == (1_596_749_288, 1_599_427_688)
    life.advance(1_598_982_148)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(3_252, name="New")),
        proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [
        ("Unused time on Old after 01 Sep 2020", -166),
        ("Remaining time on New after 01 Sep 2020", 541),
    ]


@pytest.mark.parametrize(("old", "new", "credit", "debit"), [
    (1_000, 1_800, -3, 4),      # -2.5 and 4.5
    (1_800, 3_000, -5, 7),      # -4.5 and 7.5
    (3_000, 1_000, -8, 2),      # -7.5 and 2.5
])  # fmt: skip
def test_an_exact_half_goes_down(client, old, new, credit, debit):
    life = SeenLife(client, on="2026-04-01")
    found = life.subscribe(life.price(old, name="Old"))
    life.advance(at("2026-05-01") - 30 * DAY // 400)
    life.update(found, items=life.item(found, price=life.price(new, name="New")))
    assert amounts(life.pending()) == [credit, debit]


def test_the_whole_amount_is_prorated_not_the_unit(life):
    """Of 3 × 33.33 a third of a period is 33.33, not 3 × 11.11."""
    found = life.subscribe(life.price(3_335))
    life.update(found, items=life.item(found, quantity=3), proration_behavior="none")
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    life.update(found, items=life.item(found, quantity=5))
    # Flexible credits what was debited: one unit.
    assert amounts(life.pending()) == [-1_668, 8_337]


def test_packages_are_prorated_after_their_transform(life):
    package = life.client.prices.create({
        "currency": "usd", "unit_amount": 1_000, "product_data": {"name": "Pack"},
        "recurring": {"interval": "month"},
        "transform_quantity": {"divide_by": 5, "round": "up"}}).id
    found = life.client.subscriptions.create(
        {"customer": life.customer.id, "items": [{"price": package, "quantity": 6}]})
    assert lines(life.latest(found)) == [
        ("6 × Pack (at $10.00 per 5 units / month)", 2_000)]
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    life.update(found, items=life.item(found, quantity=11))
    assert [(each.description, each.amount) for each in life.pending()] == [
        ("Unused time on 6 × Pack after 16 Jan 2026", -1_000),
        ("Remaining time on 11 × Pack after 16 Jan 2026", 1_500)]


def test_a_quantity_change_is_a_pair_for_the_whole_item(life):
    found = life.subscribe()
    life.update(found, items=life.item(found, quantity=2), proration_behavior="always_invoice")
    life.advance(at("2026-02-01") - 31 * DAY // 4)
    life.update(found, items=life.item(found, quantity=3))
    assert [(each.description, each.amount, each.quantity) for each in life.pending()] == [
        ("Unused time on 2 × Basic after 24 Jan 2026", -500, 2),
        ("Remaining time on 3 × Basic after 24 Jan 2026", 750, 3)]


def test_adding_debits_and_removing_credits(life):
    found = life.subscribe(life.price(1_000))
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    more = life.update(found, items=[{"price": life.price(400, name="More")}])
    assert amounts(life.pending()) == [200]
    assert period(more["items"].data[1]) == (life.now, at("2026-02-01")) \
        or period(more["items"].data[1]) == (at("2026-01-01"), at("2026-02-01"))
    life.update(found, items=life.item(found, deleted=True))
    assert amounts(life.pending()) == [-500, 200]


def test_the_moment_can_be_given_but_not_outside_of_the_period(life):
    found = life.subscribe()
    life.advance("2026-01-20")
    half = at("2026-02-01") - 31 * DAY // 2
    life.update(found, items=life.item(found, quantity=3), proration_date=half)
    assert amounts(life.pending()) == [-500, 1_500]
    assert life.pending()[0].description == "Unused time on Basic after 16 Jan 2026"
    assert life.pending()[0].period.start == half
    for wrong in (at("2026-01-01") - 1, at("2026-02-01") + 1):
        assert refused(life.update, found, items=life.item(found, quantity=4),
                       proration_date=wrong)[::2] == (400, "proration_date")


def test_a_backdated_first_period_may_be_prorated_from_its_start(life):
    found = life.subscribe(backdate_start_date=at("2025-12-20"))
    life.update(found, items=life.item(found, quantity=2), proration_date=at("2025-12-20"))
    assert amounts(life.pending())[-1] == 2_000
    assert refused(life.update, found, items=life.item(found, quantity=3),
                   proration_date=at("2025-12-20") - 1)[2] == "proration_date"


@pytest.mark.parametrize(("mode", "billed"), [
    ("classic", [-667, 333]), ("flexible", [-333, 333])])
def test_flexible_credits_what_was_debited(client, mode, billed):
    """10 → 20 without proration, then back with a third of the time left."""
    life = SeenLife(client)
    found = life.subscribe(life.price(1_000), billing_mode={"type": mode})
    life.update(found, items=life.item(found, price=life.price(2_000, name="Twenty")),
                proration_behavior="none")
    life.advance(at("2026-02-01") - 31 * DAY // 3)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(1_000)),
        proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(found).lines.data] == billed


@pytest.mark.parametrize(("mode", "credit"), [("classic", -250), ("flexible", -417)])
def test_an_amount_off_inside_a_credit(client, mode, credit):
    life = SeenLife(client)
    coupon = life.client.coupons.create(
        {"amount_off": 500, "currency": "usd", "duration": "forever"})
    ten, twenty = life.price(1_000, name="Ten"), life.price(2_000, name="Twenty")
    found = life.subscribe(ten, twenty, billing_mode={"type": mode},
                           discounts=[{"coupon": coupon.id}])
    shares = {line.description[4:7]: line.discount_amounts[0].amount
              for line in life.latest(found).lines.data}
    assert shares == {"Ten": 166, "Twe": 334}
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    item = next(each for each in found["items"].data if each.price.id == ten)
    life.change_as_seen(found, items=[{"id": item.id, "deleted": True}],
                        proration_behavior="always_invoice")
    assert [line.amount for line in life.latest(found).lines.data] == [credit]


@pytest.mark.parametrize("mode", ["classic", "flexible"])
def test_a_percentage_multiplies_before_rounding_and_is_named(client, mode):
    life = SeenLife(client)
    coupon = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    found = life.subscribe(life.price(1_005), billing_mode={"type": mode},
                           discounts=[{"coupon": coupon.id}])
    life.advance("2026-01-12")
    life.update(found, items=life.item(found, price=life.price(2_005, name="Pro")))
    left = (at("2026-02-01") - life.now, 31 * DAY)
    debit = round(2_005 * 0.9 * left[0] / left[1])
    texts = [(item.description, item.amount) for item in life.pending()]
    assert texts[1] == ("Remaining time on Pro (with 10.0% off) after 12 Jan 2026", debit)
    assert texts[0][0] == "Unused time on Basic (with 10.0% off) after 12 Jan 2026"
    assert texts[0][1] in (-584, -583)


def test_a_modified_discount_is_used_when_both_change(life):
    old = life.client.coupons.create({"percent_off": 10, "duration": "forever"})
    new = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    found = life.subscribe(life.price(1_000), discounts=[{"coupon": old.id}])
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    life.update(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        discounts=[{"coupon": new.id}], proration_behavior="always_invoice")
    assert lines(life.latest(found)) == [
        ("Unused time on Basic (with 10.0% off) after 16 Jan 2026", -450),
        ("Remaining time on Pro (with 50.0% off) after 16 Jan 2026", 750)]


def test_itemized_lines_show_gross_amounts(life):
    coupon = life.client.coupons.create({"percent_off": 50, "duration": "forever"})
    found = life.subscribe(
        life.price(1_000), discounts=[{"coupon": coupon.id}],
        billing_mode={"type": "flexible", "flexible": {"proration_discounts": "itemized"}})
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert lines(invoice) == [
        ("Unused time on Basic after 16 Jan 2026", -500),
        ("Remaining time on Pro after 16 Jan 2026", 1_500)]
    assert [[each.amount for each in line.discount_amounts] for line in invoice.lines.data] == [
        [-250], [750]]
    assert invoice.total == 500


def test_what_triggers_no_proration(life):
    found = life.subscribe()
    coupon = life.client.coupons.create({"percent_off": 20, "duration": "forever"})
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}).id
    life.advance("2026-01-11")
    for change in ({"discounts": [{"coupon": coupon.id}]}, {"metadata": {"a": "b"}},
                   {"default_tax_rates": [rate]}, {"description": "x"},
                   {"payment_settings": {"save_default_payment_method": "on_subscription"}}):
        life.update(found, **change)
        assert life.pending() == [] and len(life.invoices()) == 1


def test_a_price_of_the_same_amount_nets_nothing(life):
    found = life.subscribe()
    life.advance("2026-01-11")
    life.update(found, items=life.item(found, price=life.price(1_000, name="Same")))
    assert amounts(life.pending()) == [-677, 677]


def test_metered_items_never_prorate(life):
    found = life.subscribe(life.price(), life.metered())
    life.advance("2026-01-11")
    metered = found["items"].data[1].id
    life.update(found, items=[{"id": metered, "price": life.metered(250, name="Other")}],
                proration_behavior="always_invoice")
    assert life.pending() == [] and len(life.invoices()) == 1


def test_credits_are_granted_though_the_present_invoice_is_unpaid(client):
    life = SeenLife(client)
    found = life.subscribe(life.price(3_100))
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 02:00")
    assert life.read(found).status == "past_due"
    life.advance(at("2026-02-08"))
    life.update(found, items=life.item(found, price=life.price(0, name="Free")))
    assert amounts(life.pending()) == [-2_325, 0]


def test_a_net_credit_goes_to_the_balance(life):
    found = life.subscribe(life.price(3_000, name="Pro"))
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.change_as_seen(found, items=life.item(found, price=life.price(1_000)),
                                proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert (invoice.total, invoice.amount_due, invoice.status) == (-1_000, 0, "paid")
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)
    assert invoice.ending_balance == -1_000
    assert life.client.customers.retrieve(life.customer.id).balance == -1_000
    moves = life.client.customers.balance_transactions.list(life.customer.id).data
    assert [(each.type, each.amount) for each in moves] == [("applied_to_invoice", -1_000)]


def test_a_net_amount_below_the_minimum_is_owed(life):
    found = life.subscribe()
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.update(found, items=life.item(found, price=life.price(1_060, name="Up")),
                        proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert (invoice.total, invoice.status, invoice.attempt_count) == (30, "paid", 0)
    assert life.client.customers.retrieve(life.customer.id).balance == 30


def test_none_writes_nothing_and_the_next_invoice_bills_the_new_amount(life):
    found = life.subscribe()
    life.advance("2026-01-11")
    found = life.change_seen_at_renewal(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        proration_behavior="none")
    assert plain(life.latest(found)) == [
        ("1 × Pro (at $30.00 / month)", 3_000, at("2026-02-01"), at("2026-03-01"))]


def test_prorations_are_taxed(life):
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    found = life.subscribe(default_tax_rates=[rate])
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert [[tax.amount for tax in line.taxes] for line in invoice.lines.data] == [[-100], [300]]
    assert (invoice.subtotal, invoice.total) == (1_000, 1_200)


def test_flexible_credits_are_taxed_as_the_debit_was(life):
    old = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    new = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}).id
    found = life.subscribe(default_tax_rates=[old])
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    life.update(found, default_tax_rates=[new])
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(3_000, name="Pro")),
        proration_behavior="always_invoice")
    assert [[tax.amount for tax in line.taxes]
            for line in life.latest(found).lines.data] == [[-100], [150]]


@pytest.mark.parametrize(("was", "becomes", "credit", "debit"), [
    ("exempt", "exempt", (-5_000, 0), (30_000 // 2, 0)),
    ("reverse", "reverse", (-5_000, 0), (30_000 // 2, 0)),
    ("none", "exempt", (-6_000, -1_000), (30_000 // 2, 0)),
    ("exempt", "none", (-5_000, 0), (36_000 // 2, 6_000 // 2)),
])  # fmt: skip
def test_flexible_credits_what_an_exempt_customer_paid(client, was, becomes, credit, debit):
    """120.00 that include 20.00 of tax are 100.00 for who is exempt, and half of it is 50.00."""
    life = SeenLife(client)
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": True}).id
    life.client.customers.update(life.customer.id, {"tax_exempt": was})
    found = life.subscribe(life.price(12_000), default_tax_rates=[rate])
    life.client.customers.update(life.customer.id, {"tax_exempt": becomes})
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(36_000, name="Pro")),
        proration_behavior="always_invoice")
    invoice = life.latest(found)
    assert [(line.amount, sum(tax.amount for tax in line.taxes))
            for line in invoice.lines.data] == [credit, debit]
    assert invoice.total == credit[0] + debit[0]
    assert invoice.total_excluding_tax == invoice.total - credit[1] - debit[1]
    assert invoice.subtotal_excluding_tax == invoice.total_excluding_tax


@pytest.mark.parametrize(("was", "becomes", "back"), [
    ("none", "exempt", -600), ("exempt", "none", -500)])
def test_tax_that_was_added_is_given_back_and_no_other(client, was, becomes, back):
    life = SeenLife(client)
    rate = life.client.tax_rates.create(
        {"display_name": "VAT", "percentage": 20, "inclusive": False}).id
    life.client.customers.update(life.customer.id, {"tax_exempt": was})
    found = life.subscribe(life.price(1_000), default_tax_rates=[rate])
    life.client.customers.update(life.customer.id, {"tax_exempt": becomes})
    life.advance(at("2026-02-01") - 31 * DAY // 2)
    found = life.change_as_seen(
        found, items=life.item(found, price=life.price(0, name="Free")),
        proration_behavior="always_invoice")
    assert life.latest(found).total == back
