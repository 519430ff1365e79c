"""Custom unit amounts: prices whose amount the payer chooses, within bounds."""

from __future__ import annotations

import pytest

from acceptance.till import refused
from pricing.shop import MONTHLY


def sell(shopper, **bounds):
    return shopper.sell(recurring=None, custom_unit_amount={"enabled": True, **bounds})


def test_the_bounds_are_kept(shopper):
    made = shopper.client.prices.retrieve(sell(shopper, minimum=100, maximum=9_900, preset=500))
    assert made.custom_unit_amount.to_dict() == {"maximum": 9_900, "minimum": 100, "preset": 500}
    assert (made.unit_amount, made.unit_amount_decimal, made.type) == (None, None, "one_time")
    free = shopper.client.prices.retrieve(sell(shopper)).custom_unit_amount.to_dict()
    assert free == {"maximum": None, "minimum": None, "preset": None}


# What can be charged at all bounds every bound.
@pytest.mark.parametrize(
    ("bounds", "name"),
    [
        ({"minimum": 49}, "minimum"),
        ({"maximum": 49}, "maximum"),
        ({"preset": 49}, "preset"),
        ({"minimum": 100, "maximum": 99}, "minimum"),
        ({"minimum": 100, "preset": 99}, "preset"),
        ({"maximum": 100, "preset": 101}, "preset"),
        ({"maximum": 100_000_000}, "maximum"),
        ({"minimum": -5}, "minimum"),
    ],
)
def test_bounds_that_do_not_fit(shopper, bounds, name):
    assert refused(sell, shopper, **bounds)[::2] == (400, f"custom_unit_amount[{name}]")


def test_bounds_are_those_of_the_currency(shopper):
    def sell_in(currency, **bounds):
        return shopper.sell(
            recurring=None, currency=currency, custom_unit_amount={"enabled": True, **bounds}
        )

    sell_in("gbp", minimum=30)
    sell_in("jpy", minimum=50, maximum=9_999_999_999)
    assert refused(sell_in, "mxn", minimum=999)[0] == 400
    assert refused(sell_in, "kwd", preset=1_005)[0] == 400


def test_each_currency_has_bounds_of_its_own(shopper):
    price = shopper.sell(
        recurring=None,
        custom_unit_amount={"enabled": True, "preset": 1000},
        currency_options={"eur": {"custom_unit_amount": {"enabled": True, "preset": 900}}},
    )
    found = shopper.client.prices.retrieve(price, {"expand": ["currency_options"]})
    shown = {
        code: each["custom_unit_amount"]["preset"]
        for code, each in found.currency_options.to_dict().items()
    }
    assert shown == {"eur": 900, "usd": 1000}
    fixed = {"eur": {"unit_amount": 900}}
    assert refused(
        shopper.sell, recurring=None, custom_unit_amount={"enabled": True}, currency_options=fixed
    )[::2] == (400, "currency_options[eur][custom_unit_amount]")


def test_only_a_payer_can_choose(shopper):
    price = sell(shopper, preset=500)
    customer = shopper.customer.id
    client = shopper.client
    assert (
        refused(client.invoice_items.create, {"customer": customer, "pricing": {"price": price}})[0]
        == 400
    )
    assert refused(shopper.buy, price)[0] == 400
    monthly = shopper.sell(unit_amount=500)
    assert refused(shopper.buy, monthly, add_invoice_items=[{"price": price}])[0] == 400
    assert (
        refused(
            shopper.plan, {"items": [{"price": monthly}], "add_invoice_items": [{"price": price}]}
        )[0]
        == 400
    )
    invoice = client.invoices.create({"customer": customer})
    assert (
        refused(client.invoices.add_lines, invoice.id, {"lines": [{"pricing": {"price": price}}]})[
            0
        ]
        == 400
    )


def test_what_does_not_go_together(shopper):
    chosen = {"enabled": True}
    assert refused(shopper.sell, recurring=None, custom_unit_amount={"enabled": False})[0] == 400
    assert refused(shopper.sell, recurring=None, custom_unit_amount={"preset": 500})[::2] == (
        400,
        "custom_unit_amount[enabled]",
    )
    for more in (
        {"unit_amount": 5},
        {"unit_amount_decimal": "5"},
        {"recurring": MONTHLY},
        {"transform_quantity": {"divide_by": 5, "round": "up"}},
    ):
        terms = {"recurring": None, "custom_unit_amount": chosen, **more}
        assert refused(shopper.sell, **terms)[0] == 400, more
