from __future__ import annotations

from decimal import Decimal

import pytest

from prorata.rules.pricing import PriceTerms, Tier, parts
from prorata.rules.wording import (
    format_date,
    line_description,
    remaining_time,
    trial_description,
    unused_time,
)

from .moments import at

D = Decimal


def describe(terms, quantity, product, interval="month", count=1, label=None, currency="usd"):
    return [
        line_description(product, quantity, part, terms, currency, interval, count, label)
        for part in parts(terms, quantity)
    ]


@pytest.mark.parametrize(("terms", "quantity", "options", "text"), [
    (PriceTerms(D(2000)), 1, {}, "1 × Basic (at $20.00 / month)"),
    (PriceTerms(D(3252)), 1, {}, "1 × Basic (at $32.52 / month)"),
    (PriceTerms(D(10_000)), 1, {"count": 3}, "1 × Basic (at $100.00 every 3 months)"),
    (PriceTerms(D(2000)), 0, {}, "0 × Basic (at $20.00 / month)"),
    (PriceTerms(D(1800)), 1, {"label": "seat"}, "1 seat × Basic (at $18.00 / month)"),
    (PriceTerms(D(1800)), 4, {"label": "seat", "interval": "year"},
     "4 seat × Basic (at $18.00 / year)"),
    (PriceTerms(D(500)), 1, {"currency": "jpy"}, "1 × Basic (at ¥500 / month)"),
    (PriceTerms(D("0.000381")), 7, {}, "7 × Basic (at $0.00000381 / month)"),
    (PriceTerms(D(8), divide_by=60, round="up"), 9892, {},
     "9892 × Basic (at $0.08 per 60 units / month)"),
    (PriceTerms(D(100)), D("2.50"), {}, "2.5 × Basic (at $1.00 / month)"),
    (PriceTerms(D(100)), 1200, {}, "1200 × Basic (at $1.00 / month)"),
    (PriceTerms(D(100)), 3, {"interval": None, "count": None}, "Basic"),
])
def test_plain_lines(terms, quantity, options, text):
    assert describe(terms, quantity, "Basic", **options) == [text]


def test_recorded_graduated_lines():
    terms = PriceTerms(
        None, (Tier(1000, D(0), D(900)), Tier(None, D("3.6"), D(0))), "graduated")
    assert describe(terms, 1031, "P", label="credit") == [
        "1000 credit × P (Tier 1 at $0.00 / month)",
        "P (Tier 1 at $9.00 / month)",
        "31 credit × P (Tier 2 at $0.036 / month)",
        "P (Tier 2 at $0.00 / month)",
    ]


def test_volume_names_the_tier_of_the_whole_quantity():
    terms = PriceTerms(None, (Tier(5, D(700), None), Tier(None, D(650), D(100))), "volume")
    assert describe(terms, 6, "Pro") == [
        "6 × Pro (Tier 2 at $6.50 / month)", "Pro (Tier 2 at $1.00 / month)"]


@pytest.mark.parametrize(("flexible", "metered", "text"), [
    (True, False, "Free trial for 2 × Pro"),
    (True, True, "Free trial for 2 × Pro"),
    (False, False, "Trial period for Pro"),
    (False, True, "2 × Pro (Free trial)"),
])
def test_trial_lines(flexible, metered, text):
    assert trial_description("Pro", 2, flexible, metered) == text


def test_proration_lines():
    moment = at("2020-09-01T23:59:59")
    assert unused_time("Basic", 1, moment) == "Unused time on Basic after 01 Sep 2020"
    assert unused_time("Basic", 2, moment) == "Unused time on 2 × Basic after 01 Sep 2020"
    assert remaining_time("Pro", 3, moment) == "Remaining time on 3 × Pro after 01 Sep 2020"


@pytest.mark.parametrize(("percent", "text"), [
    ("50", "50.0"), ("10.00", "10.0"), ("33.33", "33.33"), ("12.50", "12.5"), ("1E+2", "100.0"),
])
def test_a_percentage_off_has_a_decimal(percent, text):
    assert remaining_time("Pro", 1, at("2025-11-10"), D(percent)) == (
        f"Remaining time on Pro (with {text}% off) after 10 Nov 2025")


def test_dates_are_utc_days_in_english():
    assert [format_date(at(f"2026-{month:02d}-05"))[3:6] for month in range(1, 13)] == [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
