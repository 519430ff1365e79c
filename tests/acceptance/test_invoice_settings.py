"""Invoices under an account's settings: retries, final states, numbers, rounding, drafts."""

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from acceptance.till import DAY, HOUR, Till, at

FAILING = "pm_card_chargeCustomerFail"
DEFAULTS = {
    "retry_mode": "smart", "retry_tries": 8, "retry_window_days": 14, "overdue_days": 30,
    "subscription_final_state": "cancel", "invoice_final_state": "past_due",
    "invoice_numbering": "customer", "tax_rounding": "line", "draft_seconds": 3600,
    "upcoming_days": 7,
}  # fmt: skip


@pytest.fixture
def settings(server: Any) -> Iterator[Callable[..., None]]:
    """Give what changes the account's settings until the test's end."""

    def change(**values: Any) -> None:
        form = [
            (f"{name}[]", each) if isinstance(value, list) else (name, value)
            for name, value in values.items()
            for each in (value if isinstance(value, list) else [value])
        ]
        headers = {"Authorization": f"Bearer {server.secret_key}"}
        request = Request(f"{server.url}/v1/prorata/settings", urlencode(form).encode(), headers)
        with urlopen(request) as answer:
            assert answer.status == 200

    yield change
    change(**DEFAULTS)


def monthly(client, till, **params):
    price = client.v1.prices.create(
        {"currency": "usd", "unit_amount": 1000, "product_data": {"name": "Basic"},
         "recurring": {"interval": "month"}}
    ).id  # fmt: skip
    return client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price}], **params}
    )


def test_own_retries_wait_their_days_after_each_attempt(client, settings):
    settings(retry_mode="custom", retry_custom_days=[1, 3, 5])
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)
    till.advance(3601)
    moment = till.now
    for place, days in enumerate([1, 3, 5], start=1):
        shown = till.read(invoice)
        moment += days * DAY
        assert (shown.attempt_count, shown.next_payment_attempt) == (place, moment)
        till.advance(to=moment)
    last = till.read(invoice)
    assert (last.attempt_count, last.next_payment_attempt, last.status) == (4, None, "open")


@pytest.mark.parametrize(("tries", "days"), [(4, 7), (8, 21), (8, 30), (4, 60)])
def test_smart_retries_stay_in_their_window(client, settings, tries, days):
    settings(retry_tries=tries, retry_window_days=days)
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)

    till.advance(3601 + days * DAY)

    shown = till.read(invoice)
    assert (shown.attempt_count, shown.next_payment_attempt) == (tries + 1, None)


def test_an_invoice_that_no_retry_paid_may_be_given_up(client, settings):
    settings(invoice_final_state="uncollectible")
    till = Till(client, on="2026-01-01", card=FAILING)
    invoice = till.draft(1500, auto_advance=True)
    before = till.mark()

    till.advance(20 * DAY)

    shown = till.read(invoice)
    assert (shown.status, shown.auto_advance) == ("uncollectible", False)
    assert shown.status_details.uncollectible.reason == "max_payment_attempts"
    assert "invoice.marked_uncollectible" in till.told(since=before)


@pytest.mark.parametrize("days", [30, 60, 90])
def test_an_overdue_invoice_may_be_given_up_later(client, settings, days):
    settings(invoice_final_state="uncollectible", overdue_days=days)
    till = Till(client, on="2026-01-01")
    invoice = till.open(1500, collection_method="send_invoice", due_date=at("2026-01-10"))

    till.advance(to=at("2026-01-10") + days * DAY - 1)
    assert till.read(invoice).status == "open"
    till.advance(1)

    shown = till.read(invoice)
    assert shown.status == "uncollectible"
    assert shown.status_details.uncollectible.reason == "payment_not_received"


def test_a_paused_subscriptions_invoices_are_given_up(client):
    till = Till(client, on="2026-01-01")
    subscription = monthly(client, till)
    client.v1.subscriptions.update(
        subscription.id, {"pause_collection": {"behavior": "mark_uncollectible"}}
    )

    till.advance(to="2026-02-02")

    invoice = till.invoices()[-1]
    assert invoice.status == "uncollectible"
    assert invoice.status_details.uncollectible.reason == "subscription_paused"


def test_one_sequence_of_numbers_for_the_account(client, settings):
    settings(invoice_numbering="account", invoice_prefix="SHOP", next_invoice_number=41)
    one, other = Till(client), Till(client)

    numbers = [one.open(500).number, other.open(500).number, one.open().number]

    assert numbers == ["SHOP-0041", "SHOP-0042", "SHOP-0043"]
    customer = client.v1.customers.retrieve(one.customer)
    assert customer.next_invoice_sequence == 1


def test_tax_may_be_rounded_for_the_whole_invoice(client, settings):
    till = Till(client)
    rate = client.v1.tax_rates.create(
        {"display_name": "VAT", "percentage": 10, "inclusive": False}
    ).id
    by_line = till.draft(4, 4, 4, default_tax_rates=[rate])
    assert by_line.total == 12  # 0.4 each, down
    settings(tax_rounding="invoice")

    whole = till.draft(4, 4, 4, default_tax_rates=[rate])

    assert whole.total == 13  # 1.2 together
    assert sum(line.taxes[0].amount for line in whole.lines.data) == 1
    assert whole.total_taxes[0].amount == 1


def test_drafts_may_wait_longer(client, settings):
    settings(draft_seconds=72 * HOUR)
    till = Till(client, on="2026-01-01")

    draft = till.draft(1500, auto_advance=True)

    assert draft.next_payment_attempt == draft.created + 72 * HOUR
    assert draft.automatically_finalizes_at == draft.created + 72 * HOUR + 1
    till.advance(71 * HOUR)
    assert till.read(draft).status == "draft"
    till.advance(2 * HOUR)
    assert till.read(draft).status == "paid"


def test_without_a_wait_a_renewal_is_charged_in_its_own_second(client, settings):
    settings(draft_seconds=0)
    till = Till(client, on="2026-01-01")
    subscription = monthly(client, till)
    before = till.mark()

    till.advance(to=at("2026-02-01"))

    invoice = client.v1.invoices.list({"subscription": subscription.id}).data[0]
    assert (invoice.status, invoice.billing_reason) == ("paid", "subscription_cycle")
    moments = invoice.status_transitions
    assert invoice.created == moments.finalized_at == moments.paid_at == at("2026-02-01")
    told = [
        each for each in till.events(since=before)
        if each.type in ("invoice.created", "invoice.finalized", "invoice.paid")
    ]  # fmt: skip
    assert {each.type: each.data.object.status for each in told} == {
        "invoice.created": "draft", "invoice.finalized": "open", "invoice.paid": "paid",
    }  # fmt: skip
    assert len(told) == 3


@pytest.mark.parametrize("days", [3, 7, 15])
def test_a_renewal_is_announced(client, settings, days):
    settings(upcoming_days=days)
    till = Till(client, on="2026-01-01")
    subscription = monthly(client, till)
    before = till.mark()

    till.advance(to=at("2026-02-01") - days * DAY - 1)
    assert "invoice.upcoming" not in till.told(since=before)
    till.advance(1)

    [event] = [each for each in till.events(since=before) if each.type == "invoice.upcoming"]
    announced = event.data.object.to_dict()
    assert "id" not in announced
    assert announced["next_payment_attempt"] == at("2026-02-01") + 3600
    assert (announced["period_start"], announced["period_end"]) == (
        at("2026-01-01"), at("2026-02-01")
    )  # fmt: skip
    assert announced["parent"]["subscription_details"]["subscription"] == subscription.id
    assert [line["amount"] for line in announced["lines"]["data"]] == [1000]


def test_a_balance_beyond_the_largest_charge_stays_owed(client):
    till = Till(client)
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": 10, "currency": "usd"}
    )

    invoice = till.open(99_999_999)

    assert (invoice.status, invoice.amount_due) == ("paid", 0)
    assert till.moves()[0][0] == "invoice_too_large"
    assert till.balance == 100_000_009
