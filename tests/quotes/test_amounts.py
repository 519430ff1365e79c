"""What a quote says that will be billed is what acceptance bills."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quotes.seller import MONTH, Seller, refused

OPENED = ["line_items", "total_details.breakdown", "computed.upfront.line_items"]


def sums(part: Any) -> tuple[int, int, int, int]:
    details = part.total_details
    return part.amount_subtotal, details.amount_discount, details.amount_tax, part.amount_total


def test_discounts_and_taxes_are_taken_as_on_the_invoice(seller: Seller) -> None:
    forever, once = seller.coupon(10, "forever"), seller.coupon(50)
    quote = seller.quote(
        {"price": seller.price(1000), "quantity": 2},
        {"price": seller.once(500), "discounts": [{"coupon": once}]},
        customer=seller.payer(), discounts=[{"coupon": forever}],
        default_tax_rates=[seller.rate()], expand=OPENED,
    )  # fmt: skip
    assert sums(quote) == (2500, 475, 405, 2430)
    assert sums(quote.computed.upfront) == (2500, 475, 405, 2430)
    assert sums(quote.computed.recurring) == (2000, 200, 360, 2160)
    assert (quote.computed.recurring.interval, quote.computed.recurring.interval_count) == (
        "month", 1,
    )  # fmt: skip
    taken = {each.discount.source.coupon: each.amount
             for each in quote.total_details.breakdown.discounts}  # fmt: skip
    assert taken == {forever: 225, once: 250}
    [tax] = quote.total_details.breakdown.taxes
    assert (tax.amount, tax.taxable_amount, tax.rate.percentage) == (405, 2025, 20)
    monthly, single = quote.line_items.data
    assert (monthly.amount_subtotal, monthly.amount_discount, monthly.amount_tax,
            monthly.amount_total) == (2000, 200, 360, 2160)  # fmt: skip
    assert (single.amount_discount, single.amount_tax, single.amount_total) == (275, 45, 270)
    assert monthly.description == "Work" and monthly.object == "item"
    accepted = seller.quotes.accept(seller.quotes.finalize_quote(quote.id).id)
    assert seller.first_invoice(accepted).total == 2430


def test_a_trial_bills_one_time_items_alone_at_first(seller: Seller) -> None:
    quote = seller.quote(
        seller.price(1000), seller.once(500), customer=seller.payer(),
        subscription_data={"trial_period_days": 7}, expand=OPENED,
    )  # fmt: skip
    assert sums(quote) == (1500, 0, 0, 1500)
    assert sums(quote.computed.upfront) == (500, 0, 0, 500)
    assert sums(quote.computed.recurring) == (1000, 0, 0, 1000)
    first = quote.computed.upfront.line_items.data
    assert [each.amount_total for each in first] == [0, 500]
    assert [each.amount_total for each in quote.line_items.data] == [1000, 500]
    listed = seller.quotes.computed_upfront_line_items.list(quote.id, {"limit": 1})
    assert (listed.data[0].amount_total, listed.has_more) == (0, True)
    whole = seller.quotes.line_items.list(quote.id, {"expand": ["data.discounts", "data.taxes"]})
    assert [each.discounts for each in whole.data] == [[], []]


def test_usage_is_billed_later(seller: Seller) -> None:
    meter = seller.client.billing.meters.create({
        "display_name": "Calls", "event_name": "calls", "default_aggregation": {"formula": "sum"},
    })  # fmt: skip
    price = seller.price(7, recurring={**MONTH, "usage_type": "metered", "meter": meter.id})
    quote = seller.quote({"price": price}, expand=["line_items"])
    assert quote.line_items.data[0].quantity is None
    assert sums(quote.computed.upfront) == (0, 0, 0, 0) == sums(quote.computed.recurring)
    error = refused(seller.quotes.create, {"line_items": [{"price": price, "quantity": 2}]})
    assert error.param == "line_items[0][quantity]"


def test_renewals_have_lasting_discounts_and_their_own_items_alone(seller: Seller) -> None:
    quote = seller.quote(
        seller.price(1000), seller.price(9000, recurring={"interval": "year"}),
        discounts=[{"coupon": seller.coupon(50)}],
    )  # fmt: skip
    assert sums(quote.computed.upfront) == (10_000, 5_000, 0, 5_000)
    assert sums(quote.computed.recurring) == (1000, 0, 0, 1000)


def test_what_is_pending_is_not_quoted(seller: Seller) -> None:
    customer = seller.payer()
    seller.client.invoice_items.create({"customer": customer, "amount": 300, "currency": "usd"})
    quote = seller.accepted(seller.price(1000), customer=customer)
    assert quote.computed.upfront.amount_total == 1000
    assert seller.first_invoice(quote).total == 1300


def test_a_quote_is_in_its_customers_currency(seller: Seller) -> None:
    price = seller.price(1000, currency_options={"eur": {"unit_amount": 900}})
    assert seller.quote(price).currency == "usd"
    customer = seller.customer()
    seller.client.invoice_items.create({"customer": customer, "amount": 300, "currency": "eur"})
    quote = seller.quote(price, customer=customer)
    assert (quote.currency, quote.amount_total) == ("eur", 900)
    error = refused(seller.quote, seller.price(), seller.price(currency="eur"))
    assert error.param == "line_items[1][price]"


def test_whoever_owes_no_tax_is_quoted_none(seller: Seller) -> None:
    quote = seller.accepted(
        seller.once(1200), customer=seller.payer(tax_exempt="reverse"),
        default_tax_rates=[seller.rate(20, inclusive=True)],
    )  # fmt: skip
    assert sums(quote) == (1000, 0, 0, 1000)
    assert seller.first_invoice(quote).total == 1000


def test_a_quote_for_nobody_yet_has_its_figures(seller: Seller) -> None:
    quote = seller.quotes.create({"line_items": [{"price": seller.price(), "quantity": 3}]})
    assert (quote.customer, quote.amount_total) == (None, 3000)
    found = seller.quotes.update(quote.id, {"customer": seller.payer()})
    assert found.amount_total == 3000
    assert (
        refused(seller.quotes.update, quote.id, {"customer": seller.customer()}).param == "customer"
    )


amounts = st.sampled_from([1, 99, 250, 333, 1000, 12_345])
items = st.lists(
    st.tuples(amounts, st.booleans(), st.integers(0, 5), st.sampled_from(["", "rate", "coupon"])),
    min_size=1, max_size=4, unique_by=lambda each: (each[0], each[1]),
)  # fmt: skip


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    wanted=items, coupon=st.sampled_from(["", "forever", "once", "amount"]),
    rate=st.sampled_from([None, (20, False), (7.5, True)]), trial=st.sampled_from([0, 0, 30]),
    exempt=st.sampled_from(["none", "none", "reverse"]),
)  # fmt: skip
def test_acceptance_bills_what_was_quoted(
    seller: Seller, wanted: Any, coupon: str, rate: Any, trial: int, exempt: str
) -> None:
    lines = []
    for amount, recurs, quantity, extra in wanted:
        line: dict[str, Any] = {
            "price": seller.price(amount) if recurs else seller.once(amount),
            "quantity": quantity,
        }
        if extra == "rate":
            line["tax_rates"] = [seller.rate(19)]
        if extra == "coupon":
            line["discounts"] = [{"coupon": seller.coupon(33)}]
        lines.append(line)
    params: dict[str, Any] = {"customer": seller.payer(tax_exempt=exempt)}
    if coupon == "amount":
        made = seller.client.coupons.create(
            {"amount_off": 250, "currency": "usd", "duration": "once"}
        )
        params["discounts"] = [{"coupon": made.id}]
    elif coupon:
        params["discounts"] = [{"coupon": seller.coupon(10, coupon)}]
    if rate is not None:
        params["default_tax_rates"] = [seller.rate(rate[0], inclusive=rate[1])]
    recurs = any(each[1] for each in wanted)
    if trial and recurs:
        params["subscription_data"] = {"trial_period_days": trial}
    quote = seller.accepted(*lines, **params)
    invoice = seller.first_invoice(quote)
    assert quote.computed.upfront.amount_total == invoice.total
    assert quote.computed.upfront.total_details.amount_tax == sum(
        each.amount for each in invoice.total_taxes
    )
    for listed, whole in (
        (seller.quotes.line_items, quote), (
            seller.quotes.computed_upfront_line_items, quote.computed.upfront),
    ):  # fmt: skip
        shown = listed.list(quote.id).data
        assert sum(each.amount_total for each in shown) == whole.amount_total
        assert sum(each.amount_subtotal for each in shown) == whole.amount_subtotal
    assert (quote.computed.recurring is not None) == recurs


@pytest.mark.parametrize("quantity", [0, 1])
def test_nothing_is_a_quantity(seller: Seller, quantity: int) -> None:
    quote = seller.quote({"price": seller.price(), "quantity": quantity})
    assert quote.amount_total == 1000 * quantity
