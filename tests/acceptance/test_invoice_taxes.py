"""Taxes on invoices: manual rates, inclusive and exclusive, exemptions and taxes by amount."""

import pytest

from acceptance.till import Till, refused


@pytest.fixture
def till(client):
    return Till(client)


@pytest.fixture
def rate(client):
    def make(percentage, inclusive=False, **params):
        return client.v1.tax_rates.create(
            {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive, **params}
        ).id

    return make


def taxes(invoice):
    """Return each line's (amount, taxable amount, behavior)s."""
    return [
        [(tax.amount, tax.taxable_amount, tax.tax_behavior) for tax in line.taxes]
        for line in invoice.lines.data
    ]


def sums(invoice):
    return (
        invoice.subtotal, invoice.subtotal_excluding_tax,
        invoice.total, invoice.total_excluding_tax,
    )  # fmt: skip


def test_an_exclusive_rate_is_added_and_an_inclusive_one_is_inside(till, rate):
    added = till.draft(500, default_tax_rates=[rate(25)])
    inside = till.draft(500, default_tax_rates=[rate(25, inclusive=True)])

    assert sums(added) == (500, 500, 625, 500)
    assert taxes(added) == [[(125, 500, "exclusive")]]
    assert sums(inside) == (500, 400, 500, 400)
    assert taxes(inside) == [[(100, 400, "inclusive")]]


def test_the_net_base_is_what_is_taxable(till, rate):
    assert taxes(till.draft(1200, default_tax_rates=[rate(20, inclusive=True)])) == [
        [(200, 1000, "inclusive")]
    ]


def test_tax_is_reckoned_after_discounts_line_by_line(client, till, rate):
    ten = client.v1.coupons.create({"percent_off": 10}).id
    discounts = [{"coupon": ten}]

    exclusive = till.draft(500, 1000, discounts=discounts, default_tax_rates=[rate(5)])
    assert taxes(exclusive) == [[(23, 450, "exclusive")], [(45, 900, "exclusive")]]
    assert sums(exclusive) == (1500, 1500, 1418, 1350)

    inside = rate(5, inclusive=True)
    inclusive = till.draft(500, 1000, discounts=discounts, default_tax_rates=[inside])
    assert [each[0][0] for each in taxes(inclusive)] == [21, 43]
    assert inclusive.total == 1350

    both = till.draft(500, 1000, discounts=discounts, default_tax_rates=[inside, rate(7)])
    assert [tax.amount for tax in both.total_taxes] == [64, 90]
    assert both.total == 1440


def test_an_inclusive_rate_rounds_each_line(till, rate):
    invoice = till.draft(100000, 5000, default_tax_rates=[rate(10, inclusive=True)])

    assert [each[0][0] for each in taxes(invoice)] == [9091, 455]
    [total] = invoice.total_taxes
    assert (total.amount, total.tax_behavior) == (9546, "inclusive")


def test_a_lines_own_rates_replace_the_defaults(client, till, rate):
    default, own = rate(10), rate(20)
    invoice = till.draft(1000, default_tax_rates=[default])
    item = till.item(1000, invoice=invoice.id, tax_rates=[own])

    shown = till.read(invoice)

    assert taxes(shown) == [[(100, 1000, "exclusive")], [(200, 1000, "exclusive")]]
    assert [tax.tax_rate_details.tax_rate for tax in shown.total_taxes] == [default, own]
    assert [each.id for each in shown.default_tax_rates] == [default]
    assert [each.id for each in item.tax_rates] == [own]
    assert {tax.taxability_reason for tax in shown.total_taxes} == {"not_available"}
    assert {tax.type for tax in shown.total_taxes} == {"tax_rate_details"}
    cleared = client.v1.invoices.update(invoice.id, {"default_tax_rates": ""})
    assert cleared.total == 2200


def test_rates_do_not_compound(till, rate):
    invoice = till.draft(1000, default_tax_rates=[rate(10), rate(5.5)])

    assert taxes(invoice) == [[(100, 1000, "exclusive"), (55, 1000, "exclusive")]]
    assert invoice.total == 1155


@pytest.mark.parametrize(("status", "reason"), [
    ("exempt", "customer_exempt"), ("reverse", "reverse_charge"),
])  # fmt: skip
def test_exempt_customers_pay_no_tax_and_less_where_it_was_inside(client, rate, status, reason):
    till = Till(client, tax_exempt=status)

    added = till.draft(1000, default_tax_rates=[rate(10)])
    inside = till.draft(10000, default_tax_rates=[rate(10, inclusive=True)])

    assert (added.total, added.customer_tax_exempt) == (1000, status)
    assert inside.total == inside.subtotal == 9091
    for invoice in (added, inside):
        assert [each[0][0] for each in taxes(invoice)] == [0]
        assert invoice.lines.data[0].taxes[0].taxability_reason == reason


def test_tax_amounts_given_by_hand_stand(client, till):
    data = {"display_name": "Sales", "percentage": 7.25, "inclusive": False}
    invoice = client.v1.invoices.add_lines(
        till.draft().id,
        {"lines": [{"amount": 1000, "tax_amounts": [
            {"amount": 73, "taxable_amount": 1000, "tax_rate_data": data}]}]},
    )  # fmt: skip

    assert taxes(invoice) == [[(73, 1000, "exclusive")]]
    assert invoice.total == 1073
    changed = client.v1.invoices.update_lines(
        invoice.id,
        {"lines": [{"id": invoice.lines.data[0].id, "tax_amounts": [
            {"amount": 80, "taxable_amount": 900, "tax_rate_data": data}]}]},
    )  # fmt: skip
    assert (taxes(changed), changed.total) == ([[(80, 900, "exclusive")]], 1080)


def test_at_most_five_rates_with_four_decimals(client, till, rate):
    five = [rate(1) for _ in range(5)]
    assert till.draft(1000, default_tax_rates=five).total == 1050
    assert refused(till.draft, 1000, default_tax_rates=[*five, rate(1)])[0] == 400
    assert refused(till.item, 1000, tax_rates=[*five, rate(1)])[0] == 400
    assert client.v1.tax_rates.retrieve(rate(8.8752)).percentage == 8.8752
    assert refused(rate, 8.87521)[0] == 400
    assert refused(till.draft, 1, default_tax_rates=["txr_none"])[:3] == (
        400, "resource_missing", "default_tax_rates[0]"
    )  # fmt: skip


def test_a_rates_terms_never_change(client, rate):
    id = rate(10, country="DE", jurisdiction="DE")

    for name, value in {"percentage": 11, "inclusive": True}.items():
        assert refused(client.v1.tax_rates.update, id, {name: value})[0] == 400, name
    changed = client.v1.tax_rates.update(id, {"display_name": "MwSt", "active": False})
    assert (changed.display_name, changed.active, changed.percentage) == ("MwSt", False, 10)
    assert changed.effective_percentage == 10 and changed.rate_type == "percentage"
    assert changed.flat_amount is None
    assert refused(client.v1.tax_rates.retrieve, "txr_none") == (
        404, "resource_missing", "tax_rate", "No such tax rate: 'txr_none'"
    )  # fmt: skip


def test_a_negative_line_gives_tax_back(till, rate):
    invoice = till.draft(1000, -400, default_tax_rates=[rate(10)])

    assert taxes(invoice) == [[(100, 1000, "exclusive")], [(-40, -400, "exclusive")]]
    assert invoice.total == 660


def test_a_subscriptions_rates_and_its_items_rates(client, rate):
    till = Till(client, on="2026-01-01")
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    other = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 500, "product_data": {"name": "Other"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    default, own = rate(10), rate(20, inclusive=True)
    client.v1.subscriptions.create(
        {"customer": till.customer, "default_tax_rates": [default],
         "items": [{"price": price}, {"price": other, "tax_rates": [own]}]}
    )  # fmt: skip

    [invoice] = till.invoices()

    assert {line.amount: line.taxes[0].amount for line in invoice.lines.data} == {
        1000: 100, 500: 83
    }  # fmt: skip
    assert invoice.total == 1600 and invoice.total_excluding_tax == 1417
    till.advance(to="2026-02-02")
    assert till.invoices()[-1].total == 1600
