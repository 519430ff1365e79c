"""Discounts on invoices: their order, their shares, what they spare, and when they end."""

import pytest

from acceptance.till import DAY, Till, at, refused


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def coupon(client):
    def make(**params):
        if "amount_off" in params:
            params.setdefault("currency", "usd")
        return client.v1.coupons.create(params).id

    return make


def shares(invoice):
    """Return what each line gives to each discount, in order."""
    return [[each.amount for each in line.discount_amounts] for line in invoice.lines.data]


def test_the_order_of_discounts_matters(till, coupon):
    fifth, ten = coupon(percent_off=20), coupon(amount_off=1000)

    percent_first = till.draft(10000, discounts=[{"coupon": fifth}, {"coupon": ten}])
    amount_first = till.draft(10000, discounts=[{"coupon": ten}, {"coupon": fifth}])

    assert (percent_first.subtotal, percent_first.total) == (10000, 7000)
    assert (amount_first.subtotal, amount_first.total) == (10000, 7200)
    totals = [each.amount for each in amount_first.total_discount_amounts]
    assert totals == [1000, 1800]
    assert [each.discount for each in amount_first.total_discount_amounts] == (
        amount_first.discounts
    )


def test_an_amount_is_spread_in_proportion_with_the_remainder_last(till, coupon):
    five = coupon(amount_off=500)

    invoice = till.draft(1000, 2000, discounts=[{"coupon": five}])

    assert shares(invoice) == [[166], [334]]
    assert invoice.total == 2500
    thirds = till.draft(100, 100, 100, discounts=[{"coupon": coupon(amount_off=100)}])
    assert shares(thirds) == [[33], [33], [34]]


def test_an_amount_never_takes_more_than_there_is(till, coupon):
    invoice = till.open(300, 200, discounts=[{"coupon": coupon(amount_off=5000)}])

    assert shares(invoice) == [[300], [200]]
    assert (invoice.total, invoice.status) == (0, "paid")


def test_negative_and_undiscountable_lines_are_spared_but_name_the_discount(till, coupon):
    half = coupon(percent_off=50)
    invoice = till.draft(20000, -300, discounts=[{"coupon": half}])
    till.item(400, invoice=invoice.id, discountable=False)

    shown = till.read(invoice)

    assert shares(shown) == [[10000], [0], [0]]
    assert (shown.subtotal, shown.total) == (20100, 10100)
    for line in shown.lines.data:
        assert line.discounts == []
        [credit] = line.pretax_credit_amounts
        assert (credit.type, credit.discount) == ("discount", shown.discounts[0])
        assert credit.amount == line.discount_amounts[0].amount
    [total] = shown.total_pretax_credit_amounts
    assert (total.type, total.amount, total.discount) == ("discount", 10000, shown.discounts[0])


def test_a_percentage_is_rounded_line_by_line(till, coupon):
    invoice = till.draft(5, 5, 5, discounts=[{"coupon": coupon(percent_off=10)}])

    assert shares(invoice) == [[1], [1], [1]]  # a half each, up
    third = till.draft(1000, discounts=[{"coupon": coupon(percent_off=33.33)}])
    assert third.total == 667


def test_an_items_discount_comes_before_the_invoices_and_lowers_the_subtotal(till, coupon):
    invoice = till.draft(discounts=[{"coupon": coupon(amount_off=100)}])
    till.item(1000, invoice=invoice.id, discounts=[{"coupon": coupon(percent_off=50)}])
    till.item(500, invoice=invoice.id)

    shown = till.read(invoice)

    assert (shown.subtotal, shown.total) == (1000, 900)
    assert shares(shown) == [[500, 50], [50]]
    first, second = shown.lines.data
    assert (first.amount, len(first.discounts), second.discounts) == (1000, 1, [])
    assert [each.amount for each in shown.total_discount_amounts] == [500, 100]


def test_a_discount_for_some_products_leaves_the_others(client, till):
    product = client.v1.products.create({"name": "Covered"})
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product": product.id}
    ).id
    only = client.v1.coupons.create(
        {"percent_off": 10, "applies_to": {"products": [product.id]}}
    ).id

    without = till.draft(700, discounts=[{"coupon": only}])
    assert (without.total, shares(without)) == (700, [[0]])
    both = till.draft(700, discounts=[{"coupon": only}])
    till.item(pricing={"price": price}, invoice=both.id)
    shown = till.read(both)
    assert (shown.total, shares(shown)) == (1600, [[0], [100]])


def test_entries_are_single_unique_and_at_most_twenty(client, till, coupon):
    one = coupon(percent_off=10)
    create = client.v1.invoices.create
    base = {"customer": till.customer}
    assert refused(create, {**base, "discounts": [{"coupon": one}, {"coupon": one}]})[0] == 400
    code = client.v1.promotion_codes.create({"promotion": {"type": "coupon", "coupon": one}})
    both = [{"coupon": one}, {"promotion_code": code.id}]
    assert refused(create, {**base, "discounts": both})[0] == 400
    many = [{"coupon": coupon(percent_off=1)} for _ in range(21)]
    assert refused(create, {**base, "discounts": many})[0] == 400
    assert len(create({**base, "discounts": many[:20]}).discounts) == 20
    assert refused(create, {**base, "discounts": [{"coupon": "none"}]}) == (
        400, "resource_missing", "discounts[0][coupon]", "No such coupon: 'none'"
    )  # fmt: skip


def test_an_update_keeps_only_what_it_sends_again(client, till, coupon):
    ten, five = coupon(percent_off=10), coupon(percent_off=5)
    draft = till.draft(1000, discounts=[{"coupon": ten}, {"coupon": five}])
    assert draft.total == 855

    kept = client.v1.invoices.update(draft.id, {"discounts": [{"discount": draft.discounts[0]}]})
    assert (kept.discounts, kept.total) == (draft.discounts[:1], 900)
    none = client.v1.invoices.update(draft.id, {"discounts": ""})
    assert (none.discounts, none.total) == ([], 1000)


def lower(client, till, coupon):
    """Give the customer itself a discount, as only older versions can."""
    client.v1.customers.update(
        till.customer, {"coupon": coupon}, {"stripe_version": "2024-06-20"}
    )


def test_the_customers_discount_is_inherited_unless_replaced_or_refused(client, coupon):
    till = Till(client)
    lower(client, till, coupon(percent_off=10))

    assert till.draft(1000).total == 900
    assert till.draft(1000, discounts=[{"coupon": coupon(percent_off=5)}]).total == 950
    assert till.draft(1000, discounts="").total == 1000


def monthly(client, **params):
    return client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}, **params}
    ).id  # fmt: skip


def subscribe(client, till, **params):
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": monthly(client)}], **params}
    )


def test_a_subscriptions_discount_goes_before_its_customers(client, coupon):
    till = Till(client)
    lower(client, till, coupon(percent_off=10))

    subscribe(client, till)
    assert till.invoices()[-1].total == 900
    subscribe(client, till, discounts=[{"coupon": coupon(percent_off=50, duration="forever")}])
    assert till.invoices()[-1].total == 500


def test_once_is_used_up_by_the_invoice_that_it_lowered(client, coupon):
    till = Till(client, on="2026-01-01")
    subscription = subscribe(client, till, discounts=[{"coupon": coupon(amount_off=300)}])

    assert subscription.discounts == []
    [first] = till.invoices()
    assert (first.total, shares(first)) == (700, [[300]])
    till.advance(to="2026-02-02")
    assert till.invoices()[-1].total == 1000


def test_once_after_a_trial_waits_for_the_first_invoice_that_costs_something(client, coupon):
    till = Till(client, on="2026-01-01")
    subscription = subscribe(
        client, till, discounts=[{"coupon": coupon(amount_off=300)}], trial_period_days=7
    )
    assert len(subscription.discounts) == 1

    till.advance(to="2026-01-08")
    draft = till.invoices()[-1]
    assert (draft.status, draft.total) == ("draft", 700)
    assert len(client.v1.subscriptions.retrieve(subscription.id).discounts) == 1
    till.advance(7200)
    assert client.v1.subscriptions.retrieve(subscription.id).discounts == []
    till.advance(to="2026-02-09")
    assert till.invoices()[-1].total == 1000


@pytest.mark.parametrize("on_item", [False, True])
def test_once_is_on_no_other_invoice_while_a_draft_has_it(client, coupon, on_item):
    till = Till(client, on="2026-01-01")
    found = [{"coupon": coupon(amount_off=300)}]
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    subscription = client.v1.subscriptions.create({
        "customer": till.customer, "trial_period_days": 7,
        "items": [{"price": price, **({"discounts": found} if on_item else {})}],
        **({} if on_item else {"discounts": found}),
    })  # fmt: skip

    def next_one():
        return client.v1.invoices.create_preview({"subscription": subscription.id})

    assert next_one().total == 700
    till.advance(to="2026-01-08")
    assert (till.invoices()[-1].status, till.invoices()[-1].total) == ("draft", 700)
    assert (next_one().total, shares(next_one())) == (1000, [[]])
    # A threshold, a change or an item may bring another one before.
    client.v1.subscriptions.update(subscription.id, {
        "items": [{"id": subscription["items"].data[0].id, "quantity": 2}],
        "proration_behavior": "always_invoice",
    })  # fmt: skip
    till.advance(7200)
    assert [each.total for each in till.invoices()] == [0, 700, till.invoices()[-1].total]
    assert next_one().total == 2000


def test_repeating_covers_what_is_created_within_its_months(client, coupon):
    till = Till(client, on="2026-01-31")
    third = coupon(percent_off=10, duration="repeating", duration_in_months=3)
    subscription = subscribe(client, till, discounts=[{"coupon": third}])
    [discount] = client.v1.subscriptions.retrieve(
        subscription.id, {"expand": ["discounts"]}
    ).discounts
    assert (discount.start, discount.end) == (at("2026-01-31"), at("2026-04-30"))

    till.advance(to="2026-06-01")

    assert [invoice.total for invoice in till.invoices()] == [900, 900, 900, 1000, 1000]
    assert client.v1.subscriptions.retrieve(subscription.id).discounts == []


def test_changing_discounts_bills_nothing_and_starts_with_the_next_invoice(client, coupon):
    till = Till(client, on="2026-01-01")
    subscription = subscribe(client, till)
    till.advance(10 * DAY)

    client.v1.subscriptions.update(
        subscription.id, {"discounts": [{"coupon": coupon(percent_off=20, duration="forever")}]}
    )

    assert len(till.invoices()) == 1
    assert client.v1.invoice_items.list({"customer": till.customer, "pending": True}).data == []
    till.advance(to="2026-02-02")
    assert till.invoices()[-1].total == 800
    client.v1.subscriptions.update(subscription.id, {"discounts": ""})
    till.advance(to="2026-03-02")
    assert till.invoices()[-1].total == 1000


def test_a_deleted_coupon_goes_on_where_it_was_given(client, coupon):
    till = Till(client, on="2026-01-01")
    forever = coupon(percent_off=20, duration="forever")
    subscribe(client, till, discounts=[{"coupon": forever}])
    client.v1.coupons.delete(forever)

    till.advance(to="2026-02-02")

    assert till.invoices()[-1].total == 800
    assert refused(client.v1.coupons.retrieve, forever)[:3] == (404, "resource_missing", "coupon")
    assert refused(till.draft, 100, discounts=[{"coupon": forever}])[0] == 400


def test_a_full_discount_is_paid_without_a_payment(client, coupon):
    till = Till(client, card=None)

    free = till.open(1000, discounts=[{"coupon": coupon(percent_off=100)}])

    assert (free.total, free.status, free.attempt_count) == (0, "paid", 0)


def test_a_coupon_in_another_currency_has_no_amount(client, till, coupon):
    euros = coupon(amount_off=500, currency="eur")
    assert refused(till.draft, 1000, discounts=[{"coupon": euros}])[0] == 400
    both = client.v1.coupons.create(
        {"amount_off": 500, "currency": "eur", "currency_options": {"usd": {"amount_off": 600}}}
    ).id
    assert till.draft(1000, discounts=[{"coupon": both}]).total == 400
