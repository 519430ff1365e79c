"""Which events time and changes tell about a subscription, in which order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import stripe

from subscriptions.life import HOUR, Life, at

from .tape import Tape, one, previous

FINALIZED = ["invoice.updated", "invoice.finalized", "payment_intent.created", "customer.updated"]
COLLECTED = [
    "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
    "invoice.payment_succeeded",
]  # fmt: skip
DECLINED = [
    "charge.failed", "payment_intent.payment_failed", "invoice.updated", "invoice.payment_failed",
]  # fmt: skip


class Tale:
    """A life with one subscription, and the tape of it."""

    def __init__(
        self, server: Any, client: stripe.StripeClient, card: str | None, **params: Any
    ) -> None:
        self.life = Life(client, card=card)
        self.client = self.life.client
        self.price = self.life.price()
        self.subscription = self.life.subscribe(self.price, **params)
        self.tape = Tape(server)

    def until(self, moment: str) -> list[list[str]]:
        self.life.advance(moment)
        return self.tape.bursts()

    def update(self, **params: Any) -> Any:
        return self.life.update(self.subscription, **params)


@pytest.fixture
def tale(server: Any, client: stripe.StripeClient) -> Callable[..., Tale]:
    """Give the maker of tales."""
    return lambda card="visa", **params: Tale(server, client, card, **params)


def test_a_renewal_is_announced_drafted_and_paid_an_hour_later(tale: Callable[..., Tale]) -> None:
    renewed = tale()
    renewed.life.advance("2026-02-01 02:00")
    told = renewed.tape.play()
    assert [event.type for event in told] == [
        "invoice.upcoming", "invoice.created", "customer.subscription.updated",
        *FINALIZED, *COLLECTED, "invoice_payment.paid",
    ]  # fmt: skip
    assert [event.created for event in told[:4]] == [
        at("2026-01-25"), at("2026-02-01"), at("2026-02-01"), at("2026-02-01 01:00:01")
    ]
    assert {event.request.id for event in told} == {None}
    upcoming = told[0].data.object
    assert "id" not in upcoming
    assert (upcoming.period_start, upcoming.period_end) == (at("2026-01-01"), at("2026-02-01"))
    assert upcoming.next_payment_attempt == at("2026-02-01") + HOUR
    assert set(previous(told[2])) == {"items", "latest_invoice"}
    (item,) = previous(told[2])["items"]["data"]
    assert item["current_period_end"] == at("2026-02-01")
    assert previous(told[3])["status"] == "draft"
    assert previous(told[-4])["attempt_count"] == 0


@pytest.mark.parametrize(("behavior", "told_as"), [("cancel", "deleted"), ("pause", "paused")])
def test_a_trial_that_is_ended_without_a_card_is_told_with_the_end_of_its_period(
    tale: Callable[..., Tale], behavior: str, told_as: str
) -> None:
    poor = tale(None, trial_period_days=14, trial_settings={
        "end_behavior": {"missing_payment_method": behavior}})  # fmt: skip
    poor.life.advance("2026-01-05")
    poor.tape.play()
    ended = poor.update(trial_end="now")
    told = one(poor.tape.play(), f"customer.subscription.{told_as}").data.object
    (item,) = told["items"]["data"]
    assert item["current_period_end"] == told["trial_end"] == at("2026-01-05")
    assert [each.current_period_end for each in ended["items"].data] == [at("2026-01-05")]
    poor.update(metadata={"asked": "why"})
    (changed,) = poor.tape.play()
    assert previous(changed) == {"metadata": {"asked": None}}


def test_a_failing_renewal_tells_each_retry_once(tale: Callable[..., Tale]) -> None:
    failing = tale()
    failing.life.use_card("chargeCustomerFail")
    failing.tape.play()
    failing.life.advance("2026-02-01 02:00")
    first = failing.tape.play()
    assert [event.type for event in first][3:] == [
        *FINALIZED, *DECLINED, "customer.updated", "customer.subscription.updated"
    ]
    assert previous(first[-1]) == {"status": "active"}
    assert previous(first[-2]) == {"delinquent": False}
    invoice = one(first, "invoice.payment_failed").data.object
    assert (invoice.attempt_count, invoice.attempted) == (1, True)
    failed_again = failing.until("2026-02-28")
    assert failed_again == [DECLINED] * 7 + [[*DECLINED, "customer.subscription.deleted"]]
    ended = failing.life.read(failing.subscription)
    assert ended.cancellation_details.reason == "payment_failed"
    left = failing.life.latest(failing.subscription)
    assert (left.status, left.auto_advance, left.next_payment_attempt) == ("open", False, None)


def test_a_retry_tells_what_changed_in_one_event(tale: Callable[..., Tale]) -> None:
    failing = tale()
    failing.life.use_card("chargeCustomerFail")
    failing.life.advance("2026-02-01 02:00")
    planned = failing.life.latest(failing.subscription).next_payment_attempt
    failing.tape.play()
    failing.life.advance(planned + HOUR)
    retried = failing.tape.play()
    assert [event.type for event in retried] == DECLINED
    assert previous(retried[2]) == {"attempt_count": 1, "next_payment_attempt": planned}
    assert retried[2].data.object.next_payment_attempt > planned


def test_a_recovery_makes_the_subscription_active(tale: Callable[..., Tale]) -> None:
    behind = tale()
    behind.life.use_card("chargeCustomerFail")
    behind.life.advance("2026-02-01 02:00")
    behind.life.use_card("visa")
    behind.tape.play()
    behind.client.invoices.pay(behind.life.latest(behind.subscription).id)
    told = behind.tape.play()
    assert [event.type for event in told] == [
        *COLLECTED, "customer.updated", "customer.subscription.updated", "invoice_payment.paid"
    ]
    assert previous(one(told, "customer.subscription.updated")) == {"status": "past_due"}
    assert one(told, "customer.subscription.updated").request.id.startswith("req_")


def test_a_renewal_that_needs_its_customer_says_so(tale: Callable[..., Tale]) -> None:
    asked = tale()
    asked.life.use_card("authenticationRequired")
    asked.tape.play()
    *_, burst = asked.until("2026-02-01 02:00")
    assert burst == [
        *FINALIZED, *DECLINED, "invoice.payment_action_required", "customer.updated",
        "customer.subscription.updated",
    ]  # fmt: skip


def test_a_trial_with_a_card_ends_in_a_paid_invoice(tale: Callable[..., Tale]) -> None:
    trial = tale(trial_period_days=14)
    assert trial.until("2026-01-15 02:00") == [
        ["invoice.upcoming"],
        ["customer.subscription.trial_will_end"],
        ["invoice.created", "customer.subscription.updated"],
        [*FINALIZED, *COLLECTED, "invoice_payment.paid"],
    ]


@pytest.mark.parametrize(("ending", "told"), [
    ("create_invoice", [
        ["invoice.created", "customer.subscription.updated"],
        ["invoice.updated", "invoice.finalized", "payment_intent.created",
         "invoice.payment_failed", "customer.updated", "customer.subscription.updated"],
    ]),
    ("pause", [["customer.subscription.updated", "customer.subscription.paused"]]),
    ("cancel", [["customer.subscription.deleted"]]),
])  # fmt: skip
def test_a_trial_without_a_card_ends_as_set(
    tale: Callable[..., Tale], ending: str, told: list[list[str]]
) -> None:
    trial = tale(
        card=None, trial_period_days=14,
        trial_settings={"end_behavior": {"missing_payment_method": ending}},
    )  # fmt: skip
    assert trial.until("2026-01-15 02:00")[2:] == told


def test_an_unpaid_start_expires_after_23_hours(tale: Callable[..., Tale]) -> None:
    incomplete = tale(card="chargeCustomerFail")
    incomplete.life.advance("2026-01-02")
    told = incomplete.tape.play()
    assert [event.type for event in told] == [
        "invoice.updated", "invoice.voided", "payment_intent.canceled",
        "customer.subscription.updated",
    ]  # fmt: skip
    assert {event.created for event in told} == {at("2026-01-01 23:00")}
    assert previous(told[-1])["status"] == "incomplete"
    assert told[-1].data.object.status == "incomplete_expired"


def test_an_upgrade_tells_its_prorations_and_its_payment(tale: Callable[..., Tale]) -> None:
    upgraded = tale()
    big = upgraded.life.price(3_000, name="Big")
    upgraded.life.advance("2026-01-16")
    upgraded.tape.play()
    upgraded.life.change(upgraded.subscription, big, proration_behavior="always_invoice")
    told = upgraded.tape.play()
    assert [event.type for event in told] == [
        "customer.subscription.updated", "invoiceitem.created", "invoiceitem.created",
        "invoice.created", "invoice.finalized", "payment_intent.created", "charge.succeeded",
        "payment_intent.succeeded", "customer.updated", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid",
    ]  # fmt: skip
    assert sorted(event.data.object.amount for event in told[1:3]) == [-516, 1_548]
    assert set(previous(told[0])) == {"items", "latest_invoice"}
    assert previous(told[0])["items"]["data"][0]["price"]["id"] == upgraded.price
    assert {event.request.id for event in told} == {told[0].request.id}
    assert told[0].request.id.startswith("req_")


def test_a_downgrade_waits_or_becomes_a_balance(tale: Callable[..., Tale]) -> None:
    smaller = tale()
    small, tiny = smaller.life.price(600, name="Small"), smaller.life.price(100, name="Tiny")
    smaller.tape.play()
    smaller.life.change(smaller.subscription, small)
    assert smaller.tape.types() == [
        "invoiceitem.created", "invoiceitem.created", "customer.subscription.updated"
    ]
    smaller.life.change(smaller.subscription, tiny, proration_behavior="always_invoice")
    told = smaller.tape.play()
    assert [event.type for event in told] == [
        "customer.subscription.updated", "invoiceitem.created", "invoiceitem.created",
        "invoice.created", "invoice.finalized", "customer.updated", "invoice.paid",
        "invoice.payment_succeeded",
    ]  # fmt: skip
    assert previous(one(told, "customer.updated"))["balance"] == 0
    assert one(told, "customer.updated").data.object.balance == -900


def test_a_cancellation_is_told_when_made_and_when_it_comes(tale: Callable[..., Tale]) -> None:
    leaving = tale()
    leaving.update(cancel_at_period_end=True)
    (made,) = leaving.tape.play()
    assert made.type == "customer.subscription.updated"
    assert previous(made) == {
        "cancel_at": None, "cancel_at_period_end": False, "canceled_at": None,
        "cancellation_details": {"reason": None},
    }  # fmt: skip
    assert leaving.until("2026-02-02") == [["customer.subscription.deleted"]]


def test_canceling_now_names_the_request(tale: Callable[..., Tale]) -> None:
    gone = tale()
    response = gone.client.subscriptions.cancel(gone.subscription.id).last_response
    (told,) = gone.tape.play()
    assert told.type == "customer.subscription.deleted"
    assert told.request.id == response.request_id
    assert told.data.object.status == "canceled" and "previous_attributes" not in told.data

    credited = tale()
    credited.life.advance("2026-01-16")
    credited.tape.play()
    credited.client.subscriptions.cancel(credited.subscription.id, {"prorate": True})
    assert sorted(credited.tape.types()) == ["customer.subscription.deleted", "invoiceitem.created"]


def test_an_invoice_to_be_sent_is_sent_and_falls_overdue(tale: Callable[..., Tale]) -> None:
    sent = tale(card=None, collection_method="send_invoice", days_until_due=5)
    hour, due = sent.until("2026-01-10")
    assert hour == [
        "invoice.updated", "invoice.finalized", "payment_intent.created", "invoice.sent",
        "customer.updated",
    ]  # fmt: skip
    assert due == ["customer.updated", "customer.subscription.updated", "invoice.overdue"]
    sent.client.invoices.pay(
        sent.life.latest(sent.subscription).id, {"paid_out_of_band": True}
    )
    paid = sent.tape.types()
    assert paid.index("invoice.paid") < paid.index("customer.subscription.updated")


def test_collection_that_is_paused_is_only_an_update(tale: Callable[..., Tale]) -> None:
    paused = tale()
    paused.update(pause_collection={"behavior": "void"})
    (told,) = paused.tape.play()
    assert (told.type, previous(told)) == (
        "customer.subscription.updated", {"pause_collection": None}
    )
    *_, burst = paused.until("2026-02-01 02:00")
    assert "invoice.voided" in burst and "customer.subscription.paused" not in burst


def test_a_schedule_tells_its_phases_and_its_end(
    server: Any, client: stripe.StripeClient
) -> None:
    life = Life(client)
    phases = [
        {"items": [{"price": price}], "duration": {"interval": "month", "interval_count": 1}}
        for price in (life.price(), life.price(2_000, name="Big"))
    ]
    tape = Tape(server)
    life.client.subscription_schedules.create({
        "customer": life.customer.id, "start_date": "now", "end_behavior": "cancel",
        "phases": phases,
    })  # fmt: skip
    assert tape.types()[:2] == ["customer.subscription.created", "subscription_schedule.created"]
    life.advance("2026-02-01")
    changed = tape.play()[-3:]
    assert [event.type for event in changed] == [
        "invoice.created", "subscription_schedule.updated", "customer.subscription.updated"
    ]
    assert previous(changed[1]) == {
        "current_phase": {"start_date": at("2026-01-01"), "end_date": at("2026-02-01")}
    }
    life.advance("2026-03-01")
    *_, soon, end = tape.bursts()
    assert "subscription_schedule.expiring" in soon
    assert end[-2:] == ["customer.subscription.deleted", "subscription_schedule.completed"]
    assert "subscription_schedule.released" not in end
