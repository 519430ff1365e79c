from __future__ import annotations

from decimal import Decimal

import pytest

from prorata.rules.currency import (
    convert_decimals,
    format_amount,
    is_currency,
    maximum_charge,
    minimum_charge,
    minor_digits,
    smallest_step,
)

SETTLEMENT_MINIMUM = {
    "usd": 50, "aed": 200, "aud": 50, "brl": 50, "cad": 50, "chf": 50, "czk": 1500, "dkk": 250,
    "eur": 50, "gbp": 30, "hkd": 400, "huf": 17500, "inr": 50, "jpy": 50, "mxn": 1000, "myr": 200,
    "nok": 300, "nzd": 50, "pln": 200, "ron": 200, "sek": 300, "sgd": 50, "thb": 1000,
}
ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"


@pytest.mark.parametrize(("currency", "minimum"), SETTLEMENT_MINIMUM.items())
def test_settlement_currencies_have_their_minimum(currency, minimum):
    assert minimum_charge(currency) == minimum


@pytest.mark.parametrize(("currency", "minimum"), [
    ("krw", 700), ("zar", 900), ("idr", 900_000), ("kwd", 200), ("isk", 7_000), ("clp", 500),
])
def test_other_currencies_need_about_half_a_dollar(currency, minimum):
    assert minimum_charge(currency) == minimum
    assert minimum % smallest_step(currency) == 0


def test_decimals_of_currencies():
    assert all(minor_digits(each) == 0 for each in ZERO_DECIMAL.split())
    assert [minor_digits(each) for each in ("bhd", "jod", "kwd", "omr", "tnd")] == [3] * 5
    assert [minor_digits(each) for each in ("usd", "isk", "ugx", "huf", "twd")] == [2] * 5
    assert [smallest_step(each) for each in ("usd", "isk", "ugx", "kwd")] == [1, 100, 100, 10]


def test_maximum_is_eight_digits_for_most():
    assert maximum_charge("usd") == 99_999_999
    assert maximum_charge("inr") == 999_999_999
    assert maximum_charge("idr") == 999_999_999_999


def test_codes_are_lower_case_and_known():
    assert is_currency("usd")
    assert is_currency("xpf")
    assert not is_currency("USD")
    assert not is_currency("xxx")
    with pytest.raises(ValueError, match="xxx"):
        minimum_charge("xxx")


@pytest.mark.parametrize(("amount", "currency", "text"), [
    (1500, "usd", "$15.00"),
    (0, "usd", "$0.00"),
    (5, "usd", "$0.05"),
    (500_000, "usd", "$5,000.00"),
    (100_000, "sgd", "$1,000.00"),
    (1500, "eur", "€15.00"),
    (999, "gbp", "£9.99"),
    (500, "jpy", "¥500"),
    (12_000, "jpy", "¥12,000"),
    (2500, "chf", "CHF 25.00"),
    (1_200_000, "chf", "CHF 12,000.00"),
    (50_000, "brl", "R$ 500.00"),
    (5_120, "kwd", "KWD 5.120"),
    (-334, "usd", "-$3.34"),
    (Decimal("3.6"), "usd", "$0.036"),
    (Decimal("0.000381"), "usd", "$0.00000381"),
    (Decimal("1500.000"), "usd", "$15.00"),
    (Decimal("0.5"), "jpy", "¥0.5"),
])
def test_amounts_are_printed(amount, currency, text):
    assert format_amount(amount, currency) == text


def test_major_units_become_minor_units():
    assert convert_decimals(Decimal("15.005"), "usd") == 1501
    assert convert_decimals(Decimal("500"), "jpy") == 500
