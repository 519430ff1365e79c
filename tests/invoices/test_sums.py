"""Sums: discounts, taxes and exemptions on invoices."""

import pytest
import stripe


def rate(client, percentage, inclusive=False):
    return client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": percentage, "inclusive": inclusive}
    ).id


def test_discounts_take_their_turn(client, ada, draft):
    half = client.v1.coupons.create({"percent_off": 20})
    ten = client.v1.coupons.create({"amount_off": 1000, "currency": "usd"})

    first = draft(ada, 10000, discounts=[{"coupon": half.id}, {"coupon": ten.id}])
    second = draft(ada, 10000, discounts=[{"coupon": ten.id}, {"coupon": half.id}])

    assert (first.subtotal, first.total) == (10000, 7000)
    assert (second.subtotal, second.total) == (10000, 7200)
    assert [each.amount for each in first.total_discount_amounts] == [2000, 1000]
    line = first.lines.data[0]
    assert line.discounts == [] and line.amount == line.subtotal == 10000
    assert [each.amount for each in line.discount_amounts] == [2000, 1000]
    assert {each.type for each in line.pretax_credit_amounts} == {"discount"}


def test_an_amount_is_spread_over_lines_and_spares_negative_ones(client, ada, draft):
    five = client.v1.coupons.create({"amount_off": 500, "currency": "usd"})

    invoice = draft(ada, 1000, 2000, -300, discounts=[{"coupon": five.id}])

    taken = [[each.amount for each in line.discount_amounts] for line in invoice.lines.data]
    assert taken == [[166], [334], [0]]
    assert invoice.total == 2200


def test_an_items_own_discount_comes_first_and_lowers_the_subtotal(client, ada):
    half = client.v1.coupons.create({"percent_off": 50})
    ten = client.v1.coupons.create({"percent_off": 10})
    invoice = client.v1.invoices.create(
        {"customer": ada.id, "discounts": [{"coupon": ten.id}]}
    )
    client.v1.invoice_items.create(
        {
            "customer": ada.id,
            "invoice": invoice.id,
            "amount": 1000,
            "currency": "usd",
            "discounts": [{"coupon": half.id}],
        }
    )

    shown = client.v1.invoices.retrieve(invoice.id)
    assert (shown.subtotal, shown.total) == (500, 450)
    assert [each.amount for each in shown.total_discount_amounts] == [500, 50]


def test_the_customers_discount_is_inherited_unless_it_is_replaced(client, ada, draft):
    half = client.v1.coupons.create({"percent_off": 50, "duration": "forever"})
    client.raw_request(
        "post", f"/v1/customers/{ada.id}", coupon=half.id, stripe_version="2025-02-24.acacia"
    )

    assert draft(ada, 1000).total == 500
    assert draft(ada, 1000, discounts="").total == 1000


@pytest.mark.parametrize(
    ("amounts", "rates", "percent_off", "taxes", "total"),
    [
        pytest.param([500], [(25, False)], None, [125], 625, id="exclusive"),
        pytest.param([500], [(25, True)], None, [100], 500, id="inclusive"),
        pytest.param([500, 1000], [(5, False)], 10, [68], 1418, id="after a discount"),
        pytest.param([500, 1000], [(5, True)], 10, [64], 1350, id="inclusive after a discount"),
        pytest.param(
            [500, 1000], [(5, True), (7, False)], 10, [64, 90], 1440, id="inclusive first"
        ),
    ],
)
def test_taxes(client, ada, draft, amounts, rates, percent_off, taxes, total):
    params = {"default_tax_rates": [rate(client, *each) for each in rates]}
    if percent_off:
        coupon = client.v1.coupons.create({"percent_off": percent_off})
        params["discounts"] = [{"coupon": coupon.id}]

    invoice = draft(ada, *amounts, **params)

    assert [each.amount for each in invoice.total_taxes] == taxes
    assert invoice.total == total
    assert invoice.total_excluding_tax == total - sum(taxes)
    assert invoice.total_taxes[0].taxability_reason == "not_available"


def test_a_lines_own_rates_replace_the_defaults(client, ada, draft):
    invoice = draft(ada, 1000, default_tax_rates=[rate(client, 10)])
    own = rate(client, 20, True)

    line = client.v1.invoices.line_items.update(
        invoice.id, invoice.lines.data[0].id, {"tax_rates": [own]}
    )

    assert [(tax.amount, tax.tax_behavior, tax.taxable_amount) for tax in line.taxes] == [
        (167, "inclusive", 833)
    ]
    shown = client.v1.invoices.retrieve(invoice.id)
    assert (shown.total, shown.total_excluding_tax, shown.subtotal_excluding_tax) == (
        1000, 833, 833,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("exempt", "reason"), [("exempt", "customer_exempt"), ("reverse", "reverse_charge")]
)
def test_exempt_customers_pay_inclusive_prices_without_their_tax(
    client, ada, draft, exempt, reason
):
    client.v1.customers.update(ada.id, {"tax_exempt": exempt})

    invoice = draft(ada, 10000, default_tax_rates=[rate(client, 10, True)])

    assert invoice.total == 9091
    assert [(each.amount, each.taxability_reason) for each in invoice.total_taxes] == [(0, reason)]


def test_taxes_may_be_given_by_amount(client, ada, draft):
    invoice = draft(ada, 1000)
    data = {"display_name": "Sales tax", "inclusive": False, "percentage": 7.25}

    line = client.v1.invoices.line_items.update(
        invoice.id,
        invoice.lines.data[0].id,
        {"tax_amounts": [{"amount": 73, "taxable_amount": 1000, "tax_rate_data": data}]},
    )

    assert [each.amount for each in line.taxes] == [73]
    assert client.v1.invoices.retrieve(invoice.id).total == 1073


def test_unknown_rates_and_coupons_are_named(client, ada):
    for params, param in (
        ({"default_tax_rates": ["txr_x"]}, "default_tax_rates[0]"),
        ({"discounts": [{"coupon": "NOPE"}]}, "discounts[0][coupon]"),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refused:
            client.v1.invoices.create({"customer": ada.id, **params})
        assert (refused.value.http_status, refused.value.param) == (400, param)


def test_shipping_is_added_and_credited(client, ada, draft):
    shipping = client.v1.shipping_rates.create(
        {
            "display_name": "Post",
            "type": "fixed_amount",
            "fixed_amount": {"amount": 450, "currency": "usd"},
        }
    )
    invoice = draft(ada, 1000, shipping_cost={"shipping_rate": shipping.id})
    assert (invoice.subtotal, invoice.amount_shipping, invoice.total) == (1000, 450, 1450)
    client.v1.invoices.finalize_invoice(invoice.id)

    note = client.v1.credit_notes.create(
        {"invoice": invoice.id, "shipping_cost": {"shipping_rate": shipping.id}}
    )

    assert (note.amount, note.amount_shipping, note.subtotal) == (450, 450, 0)
    assert client.v1.invoices.retrieve(invoice.id).amount_remaining == 1000


def test_payment_method_options_that_cannot_be_used_are_refused(client, ada):
    with pytest.raises(stripe.InvalidRequestError, match="konbini are not supported") as refused:
        client.v1.invoices.create(
            {
                "customer": ada.id,
                "payment_settings": {"payment_method_options": {"konbini": {"a": "b"}}},
            }
        )
    assert refused.value.param == "payment_settings[payment_method_options][konbini]"
