"""Currencies: each has its minor unit, its least and its largest amount."""

from __future__ import annotations

from pathlib import Path

import pytest
import stripe

from acceptance.till import refused
from pricing.shop import MONTHLY, Shopper
from subscriptions.life import first

ZERO_DECIMAL = "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf"
THREE_DECIMAL = "bhd jod kwd omr tnd"
WHOLE_ONLY = "isk ugx"
TWO_DECIMAL = """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad
    cdf chf cny cop crc cve czk dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl
    htg huf idr ils inr jmd kes kgs khr kyd kzt lak lbp lkr lrd lsl mad mdl mkd mmk mnt mop mur
    mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd rub sar sbd
    scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah usd uyu uzs wst xcd xcg
    yer zar zmw
"""
EVERY = sorted(f"{ZERO_DECIMAL} {THREE_DECIMAL} {WHOLE_ONLY} {TWO_DECIMAL}".split())

# The least that can be charged, in minor units, by settlement currency.
LEAST = {
    "usd": 50,
    "aed": 200,
    "aud": 50,
    "bgn": 100,
    "brl": 50,
    "cad": 50,
    "chf": 50,
    "czk": 1500,
    "dkk": 250,
    "eur": 50,
    "gbp": 30,
    "hkd": 400,
    "huf": 17500,
    "inr": 50,
    "jpy": 50,
    "mxn": 1000,
    "myr": 200,
    "nok": 300,
    "nzd": 50,
    "pln": 200,
    "ron": 200,
    "sek": 300,
    "sgd": 50,
    "thb": 1000,
}
# Eight digits, but for these.
MOST = {
    "inr": 999_999_999,
    "idr": 999_999_999_999,
    "cop": 9_999_999_999,
    "huf": 9_999_999_999,
    "jpy": 9_999_999_999,
    "lbp": 999_999_999_999,
}


def step_of(currency: str) -> int:
    return 100 if currency in WHOLE_ONLY else 10 if currency in THREE_DECIMAL else 1


@pytest.fixture(scope="module")
def shelf(server):
    """Give a maker of monthly prices of one product."""
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1
    product = client.products.create({"name": "P"}).id

    def make(currency: str, amount: int) -> str:
        return client.prices.create(
            {"product": product, "currency": currency, "unit_amount": amount, "recurring": MONTHLY}
        ).id

    return make


@pytest.mark.parametrize("currency", EVERY)
def test_every_currency_bills_in_its_minor_unit(client, shelf, currency):
    amount = 12_345_600
    shopper = Shopper(client)
    bought = shopper.buy(shelf(currency, amount))
    invoice = shopper.latest(bought)
    assert (invoice.currency, invoice.status, invoice.amount_paid) == (currency, "paid", amount)
    digits = (
        "12,345,600"
        if currency in ZERO_DECIMAL
        else ("12,345.600" if currency in THREE_DECIMAL else "123,456.00")
    )
    [line] = invoice.lines.data
    assert line.description.endswith(f"{digits} / month)")
    assert client.v1.customers.retrieve(shopper.customer.id).currency == currency


@pytest.mark.parametrize(("currency", "least"), LEAST.items())
def test_too_little_is_paid_by_the_balance_and_collected_later(client, shelf, currency, least):
    shopper = Shopper(client)
    enough = shopper.buy(shelf(currency, least))
    assert shopper.latest(enough).amount_paid == least
    shopper.client.subscriptions.cancel(enough.id)
    less = least - 1
    bought = shopper.buy(shelf(currency, less))
    invoice = shopper.latest(bought)
    assert (bought.status, invoice.status, invoice.total) == ("active", "paid", less)
    assert (invoice.amount_due, invoice.amount_paid, invoice.ending_balance) == (0, 0, less)
    assert (invoice.attempted, invoice.attempt_count) == (True, 0)
    moves = shopper.client.customers.balance_transactions.list(shopper.customer.id).data
    assert [(each.type, each.amount, each.currency) for each in moves] == [
        ("invoice_too_small", less, currency)
    ]
    shopper.advance("2026-02-01 02:00")
    second = shopper.latest(bought)
    assert (second.starting_balance, second.amount_due, second.ending_balance) == (
        less,
        2 * less,
        0,
    )
    assert second.amount_paid == 2 * less


def test_a_preview_shows_what_the_balance_will_add(shopper):
    bought = shopper.buy(shopper.sell(unit_amount=30))
    shown = shopper.preview(bought)
    assert (shown.total, shown.starting_balance, shown.amount_due) == (30, 30, 60)


def test_too_little_needs_no_card(shoppers):
    poor = shoppers(card=None)
    bought = poor.buy(poor.sell(unit_amount=49))
    assert (bought.status, poor.latest(bought).status) == ("active", "paid")
    assert refused(poor.buy, poor.sell(unit_amount=50))[0] == 400


@pytest.mark.parametrize("currency", [*MOST, "usd", "eur", "gbp", "kwd", "krw", "isk", "twd"])
def test_an_amount_of_more_digits_is_refused(client, shelf, currency):
    step = step_of(currency)
    most = MOST.get(currency, 99_999_999) // step * step
    shelf(currency, most)
    status, code, param, _ = refused(shelf, currency, most + step)
    assert (status, code, param) == (400, "parameter_invalid_integer", "unit_amount")
    item = {"customer": Shopper(client).customer.id, "currency": currency}
    assert client.v1.invoice_items.create({**item, "amount": most}).amount == most
    assert refused(client.v1.invoice_items.create, {**item, "amount": most + step})[2] == "amount"


def test_a_total_beyond_what_can_be_charged_is_owed_on_the_balance(shopper):
    bought = shopper.buy((shopper.sell(unit_amount=99_999_999), 2))
    invoice = shopper.latest(bought)
    assert (invoice.status, invoice.total, invoice.amount_due) == ("paid", 199_999_998, 0)
    moves = shopper.client.customers.balance_transactions.list(shopper.customer.id).data
    assert [(each.type, each.amount) for each in moves] == [("invoice_too_large", 199_999_998)]


@pytest.mark.parametrize("currency", [*THREE_DECIMAL.split(), *WHOLE_ONLY.split()])
def test_amounts_between_the_steps_of_a_currency_are_refused(client, shelf, currency):
    step = step_of(currency)
    shelf(currency, 100 * step)
    status, _, param, message = refused(shelf, currency, 100 * step + step // 2)
    assert (status, param) == (400, "unit_amount") and f"multiples of {step}" in message


@pytest.mark.parametrize("currency", [*THREE_DECIMAL.split(), *WHOLE_ONLY.split()])
def test_shares_fall_on_the_steps_of_a_currency(client, shelf, currency):
    step = step_of(currency)
    shopper = Shopper(client)
    bought = shopper.buy((shelf(currency, 12_345 * step), 3))
    shopper.advance("2026-01-11")  # 21 of 31 days are left
    changed = shopper.requantify(bought, 5)
    # 37035 × 21 ÷ 31 = 25088.2…; 61725 × 21 ÷ 31 = 41813.7…
    assert [line.amount for line in shopper.latest(changed).lines.data] == [
        -25_088 * step,
        41_814 * step,
    ]


@pytest.mark.parametrize(
    ("currency", "amount", "text"),
    [
        ("usd", 150_000, "$1,500.00"),
        ("eur", 150_000, "€1,500.00"),
        ("gbp", 150_000, "£1,500.00"),
        ("jpy", 150_000, "¥150,000"),
        ("krw", 150_000, "₩150,000"),
        ("huf", 150_000, "HUF 1,500.00"),
        ("twd", 150_000, "$1,500.00"),
        ("isk", 150_000, "ISK 1,500.00"),
        ("ugx", 150_000, "UGX 1,500.00"),
        ("kwd", 150_000, "KWD 150.000"),
        ("chf", 150_000, "CHF 1,500.00"),
    ],
)
def test_how_an_amount_is_written(client, shelf, currency, amount, text):
    shopper = Shopper(client)
    [line] = shopper.latest(shopper.buy(shelf(currency, amount))).lines.data
    assert line.description == f"1 × P (at {text} / month)"


def test_codes_are_known_and_written_in_any_case(shopper):
    assert shopper.client.prices.retrieve(shopper.sell(unit_amount=5, currency="EuR")).currency == (
        "eur"
    )
    for wrong in ("xyz", "us", "dollars"):
        assert refused(shopper.sell, unit_amount=5, currency=wrong)[::2] == (400, "currency")


def test_a_customer_has_one_currency_at_a_time(shopper):
    dollars = shopper.sell(unit_amount=500)
    euros = shopper.sell(unit_amount=500, currency="eur")
    bought = shopper.buy(dollars)
    assert "You cannot combine currencies on a single customer" in refused(shopper.buy, euros)[3]
    message = refused(shopper.update, bought, items=[{"id": first(bought).id, "price": euros}])[3]
    assert message == (
        "The price specified only supports `eur`. This doesn't match the expected currency: `usd`."
    )
    assert (
        "All items must have pricing in the same currency"
        in refused(Shopper(shopper.whole_client).buy, dollars, euros)[3]
    )


def test_the_page_of_pricing_models_says_the_same():
    """What can be charged at least, and how many digits amounts have, is documented as it is."""
    page = (Path(__file__).parents[2] / "docs" / "pricing-models.md").read_text()
    _, _, after = page.partition("| least charge | currencies |\n| --- | --- |\n")
    told = {}
    for row in after.partition("\n\n")[0].splitlines():
        _, amount, currencies, _ = (each.strip() for each in row.split("|"))
        for currency in currencies.split():
            told[currency.strip("`")] = amount
    assert told == {
        currency: f"{least}" if currency in ZERO_DECIMAL else f"{least / 100:.2f}"
        for currency, least in LEAST.items()
    }
    for group in (ZERO_DECIMAL, THREE_DECIMAL, WHOLE_ONLY):
        assert " ".join(f"`{each}`" for each in group.split()) in page
