"""Amounts: given whole or decimal, they are kept exactly and read back by the rules."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from prorata.resources.products.price import (
    Price,
    PriceCurrencyOption,
    PricePrivate,
    PriceTier,
    TransformQuantity,
    decimal_text,
)
from prorata.resources.products.price_params import one_amount
from prorata.resources.products.price_terms import currencies_of, price_terms
from prorata.rules.pricing import amount

EXACT = st.decimals(min_value=0, max_value=99_999_999, places=12)


@given(EXACT)
def test_the_text_of_an_amount_is_exact_and_has_no_exponent(value):
    text = decimal_text(value)
    assert Decimal(text) == value
    assert "E" not in text
    assert text == "0" or "." not in text or not text.endswith("0")


@given(st.integers(0, 99_999_999))
def test_a_whole_amount_is_known_both_ways(value):
    assert one_amount(value, UNSET, "usd") == (value, str(value))
    assert one_amount(UNSET, Decimal(value), "usd") == (value, str(value))


@given(EXACT)
def test_a_decimal_amount_is_whole_only_when_it_is(value):
    whole, exact = one_amount(UNSET, value, "usd")
    assert (whole is None) == (value != value.to_integral_value())
    assert exact is not None
    assert Decimal(exact) == value


def price(**fields):
    private = {
        name: fields.pop(name) for name in ("tiers", "currency_options") if name in fields
    }
    made = Price(
        id="price_1", active=True, created=0, currency="usd", livemode=False, product="prod_1",
        **fields,
    )  # fmt: skip
    made.private = PricePrivate(**private)
    return made


def test_terms_of_packages():
    packages = price(
        unit_amount=1000, unit_amount_decimal="1000",
        transform_quantity=TransformQuantity(divide_by=5, round="up"),
    )  # fmt: skip
    assert [amount(price_terms(packages), quantity) for quantity in (1, 5, 6)] == [
        1000, 1000, 2000,
    ]  # fmt: skip


def test_terms_of_tiers_in_each_currency():
    def tiers(first, rest):
        return [
            PriceTier(up_to=5, unit_amount=first, unit_amount_decimal=str(first)),
            PriceTier(unit_amount_decimal=rest),
        ]

    tiered = price(
        billing_scheme="tiered", tiers_mode="graduated", tiers=tiers(700, "650"),
        currency_options={"eur": PriceCurrencyOption(tiers=tiers(600, "0.5"))},
    )  # fmt: skip
    assert currencies_of(tiered) == ["usd", "eur"]
    assert amount(price_terms(tiered), 6) == 4150
    assert amount(price_terms(tiered, "eur"), 6) == 3001
