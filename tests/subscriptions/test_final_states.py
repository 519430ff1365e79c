"""Final states: what the account's settings make of a subscription that stays unpaid."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from prorata.engine.doctor import examine
from subscriptions.life import Life, at, first


@pytest.fixture
def settings(server: Any) -> Iterator[Callable[..., None]]:
    """Give what changes the account's settings until the test's end."""
    def change(**values: Any) -> None:
        form = urlencode({
            name: str(value).lower() if isinstance(value, bool) else value
            for name, value in values.items()
        }).encode()
        headers = {"Authorization": f"Bearer {server.secret_key}"}
        with urlopen(Request(f"{server.url}/v1/prorata/settings", form, headers)) as answer:
            assert answer.status == 200

    yield change
    change(subscription_final_state="cancel", pause_on_first_failure=False,
           invoice_final_state="past_due", overdue_days=30, defer_credits=False)


def failing(live: Callable[..., Life]) -> tuple[Life, Any]:
    life = live()
    subscription = life.subscribe()
    life.use_card("chargeCustomerFail")
    return life, subscription


def test_unpaid_leaves_drafts_and_comes_back(live, settings):
    settings(subscription_final_state="unpaid")
    life, subscription = failing(live)
    life.advance("2026-02-20")
    assert life.read(subscription).status == "unpaid"
    life.advance("2026-03-05")
    draft = life.latest(subscription)
    assert (draft.status, draft.auto_advance) == ("draft", False)
    life.use_card("visa")
    life.client.invoices.pay(draft.id)
    assert life.read(subscription).status == "active"


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ({"subscription_final_state": "cancel"}, "open"),
        ({"subscription_final_state": "past_due", "invoice_final_state": "uncollectible"},
         "uncollectible"),
    ],
)  # fmt: skip
def test_what_is_told_of_the_last_try_agrees(live, settings, values, status):
    settings(**values)
    life, subscription = failing(live)
    life.advance("2026-02-20")
    invoice = life.latest(subscription)
    assert (invoice.status, invoice.auto_advance) == (status, False)
    told = {
        event.type: event.data.object for event in life.events_whole()
        if event.type.startswith("invoice.") and event.created > at("2026-02-10")
    }  # fmt: skip
    for type in ("invoice.updated", "invoice.payment_failed"):
        last = told[type]
        assert (last.status, last.auto_advance, last.attempt_count) == (status, False, 9)


@pytest.mark.parametrize("by", ["its end", "its interval"])
def test_what_an_unpaid_subscription_bills_by_itself_is_a_draft(live, settings, by):
    settings(subscription_final_state="unpaid")
    life = live()
    calls, usage = life.price(), life.metered()
    how = {
        "its end": {"cancel_at": at("2026-02-25")},
        "its interval": {"pending_invoice_item_interval": {"interval": "day"}},
    }[by]
    subscription = life.subscribe(calls, usage, proration_behavior="none", **how)
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-22")
    assert life.read(subscription).status == "unpaid"
    life.use_card("visa")
    life.use(usage, 100)
    if by == "its interval":
        life.client.invoice_items.create({
            "customer": subscription.customer, "subscription": subscription.id, "amount": 500,
            "currency": "usd",
        })
    life.advance("2026-02-27")
    last = life.latest(subscription)
    assert (last.status, last.auto_advance, last.attempt_count) == ("draft", False, 0)
    assert last.total == (500 if by == "its interval" else 10_000)
    status = "canceled" if by == "its end" else "unpaid"
    assert life.read(subscription).status == status


def test_past_due_stays_past_due(live, settings):
    settings(subscription_final_state="past_due")
    life, subscription = failing(live)
    life.advance("2026-02-25")
    assert life.read(subscription).status == "past_due"
    assert life.latest(subscription).next_payment_attempt is None


def test_the_invoice_may_be_written_off(live, settings):
    settings(subscription_final_state="cancel", invoice_final_state="uncollectible")
    life, subscription = failing(live)
    life.advance("2026-02-25")
    assert life.read(subscription).status == "canceled"
    assert life.latest(subscription).status == "uncollectible"


def test_paused_after_the_last_retry(live, settings):
    settings(subscription_final_state="pause")
    life, subscription = failing(live)
    life.advance("2026-02-25")
    paused = life.read(subscription)
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "final_payment_failure"
    life.use_card("visa")
    life.client.invoices.pay(paused.latest_invoice)
    assert life.read(subscription).status == "active"


def test_paused_after_the_first_failure(live, settings):
    settings(subscription_final_state="pause", pause_on_first_failure=True)
    life, subscription = failing(live)
    life.advance("2026-02-01 02:00")
    paused = life.read(subscription)
    assert paused.status == "paused"
    assert paused.status_details.paused.subscription.type == "first_payment_failure"
    life.advance("2026-04-01")
    assert len(life.invoices(subscription)) == 2
    life.use_card("visa")
    life.client.invoices.pay(paused.latest_invoice)
    back = life.read(subscription)
    assert back.status == "active"
    assert first(back).current_period_start == at("2026-04-01")


def test_classic_cannot_pause_and_is_canceled(live, settings):
    settings(subscription_final_state="pause")
    life = live()
    subscription = life.subscribe(billing_mode={"type": "classic"})
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-25")
    assert life.read(subscription).status == "canceled"


def test_a_sent_invoice_overdue_for_thirty_days(live, settings):
    settings(subscription_final_state="cancel", overdue_days=30)
    life = live(card=None)
    subscription = life.subscribe(collection_method="send_invoice", days_until_due=1)
    life.advance("2026-01-10")
    assert life.read(subscription).status == "past_due"
    life.advance("2026-02-05")
    assert life.read(subscription).status == "canceled"


def test_credits_can_wait_for_the_debit_to_be_paid(live, settings):
    settings(defer_credits=True)
    life, subscription = failing(live)
    life.advance("2026-02-01 02:00")
    life.change(subscription, life.price(500, name="Less"), proration_behavior="always_invoice")
    assert [line.amount > 0 for line in life.latest(subscription).lines.data] == [True]
    assert [item.amount < 0 for item in life.pending()] == [True]


def test_what_cannot_be_resumed_is_canceled_instead(live, settings):
    settings(subscription_final_state="pause")
    life = live()
    sent = life.subscribe(collection_method="send_invoice", days_until_due=1)
    schedule = life.client.subscription_schedules.create({
        "customer": life.customer.id, "start_date": life.now,
        "phases": [{"items": [{"price": life.price(700, name="Planned")}],
                    "duration": {"interval": "month", "interval_count": 6}}],
    })  # fmt: skip
    life.advance("2026-01-02")
    life.use_card("chargeCustomerFail")
    life.advance("2026-03-10")
    assert life.read(sent).status == "canceled"
    schedule = life.client.subscription_schedules.retrieve(schedule.id)
    assert life.client.subscriptions.retrieve(schedule.subscription).status == "canceled"
    assert schedule.status == "canceled"


@pytest.mark.parametrize(("anchor", "billed"), [("unchanged", 0), ("now", 321)])
@pytest.mark.parametrize("voided", [False, True])
def test_a_resumption_does_not_bill_what_the_unpaid_invoice_bills(
    live, settings, server, anchor, billed, voided
):
    settings(subscription_final_state="pause", pause_on_first_failure=True)
    life = live()
    subscription = life.subscribe(life.price(1_000))
    life.use_card("chargeCustomerFail")
    life.advance("2026-02-01 03:00")
    assert life.read(subscription).status == "paused"
    unpaid = life.latest(subscription)
    life.advance("2026-02-10")
    life.use_card("visa")
    if voided:
        life.client.invoices.void_invoice(unpaid.id)
        billed = {"unchanged": 679, "now": 1_000}[anchor]
    prorates = {"proration_behavior": "always_invoice"} if anchor == "unchanged" else {}
    resumed = life.client.subscriptions.resume(subscription.id, {
        "billing_cycle_anchor": {"type": anchor},
        "payment_behavior": "resume_on_payment_success", **prorates})
    assert (resumed.status, life.latest(resumed).total) == ("active", billed)
    if not voided:
        assert life.client.invoices.pay(unpaid.id).amount_paid == 1_000
    assert [each for check in examine(server.system) for each in check.findings] == []
