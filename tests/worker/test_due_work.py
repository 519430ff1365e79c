"""One document that cannot be treated is set aside with its reason; the others are treated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from prorata.engine.doctor import examine
from prorata.engine.due import HANDLERS, PREFETCH
from prorata.store.due import find_due, retry_set_aside, set_aside

from .conftest import client_of, dev

DAY = 86_400


@pytest.fixture
def trials(frozen: Any) -> Iterator[list[str]]:
    """Give six subscriptions whose trials end together, on a frozen server."""
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    client = client_of(frozen)
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    found = []
    for number in range(6):
        customer = client.v1.customers.create({
            "name": f"Number {number}", "payment_method": "pm_card_visa",
            "invoice_settings": {"default_payment_method": "pm_card_visa"},
        })
        subscription = client.v1.subscriptions.create({
            "customer": customer.id, "items": [{"price": price.id}], "trial_period_days": 10,
        })
        found.append(subscription.id)
    yield found
    dev(frozen, "POST clock/release")


def statuses(server: Any, ids: list[str]) -> list[str]:
    client = client_of(server)
    return [client.v1.subscriptions.retrieve(id).status for id in ids]


def test_a_handler_that_fails_stops_nobody_else(
    frozen: Any, trials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attend = HANDLERS["subscription"]

    def fail(tx: Any, document: Any) -> None:
        if document.id == trials[2]:
            raise RuntimeError("the tape is torn")
        attend(tx, document)

    monkeypatch.setitem(HANDLERS, "subscription", fail)
    moved = dev(frozen, "POST clock/advance", by="11d")
    assert moved["failed"] == [{"id": trials[2], "reason": "RuntimeError: the tape is torn"}]
    expected = ["active"] * 6
    expected[2] = "trialing"
    assert statuses(frozen, trials) == expected

    monkeypatch.undo()
    assert frozen.system.database.write(retry_set_aside) == 1
    assert dev(frozen, "POST clock/advance", by="1h")["failed"] == []
    assert statuses(frozen, trials) == ["active"] * 6


def test_what_an_earlier_outcome_held_up_is_done_at_the_same_second(
    frozen: Any, trials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    attend = HANDLERS["subscription"]
    visits: list[str] = []

    def hear_first(tx: Any, document: Any) -> None:
        visits.append(document.id)
        if document.id == trials[2] or visits.count(document.id) == 1:
            document.metadata = {"heard": "yes"}
        else:
            attend(tx, document)

    monkeypatch.setitem(HANDLERS, "subscription", hear_first)
    moved = dev(frozen, "POST clock/advance", by="11d")
    # One never comes to its own work: it is looked at twice, and is not waited for.
    assert moved["failed"] == [{"id": trials[2], "reason": "it stays due at the same second"}]
    assert visits.count(trials[2]) == 2
    expected = ["active"] * 6
    expected[2] = "trialing"
    assert statuses(frozen, trials) == expected


def test_what_was_mended_or_has_ended_since_is_aside_no_more(
    frozen: Any, trials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(tx: Any, document: Any) -> None:
        raise RuntimeError("the tape is torn")

    monkeypatch.setitem(HANDLERS, "subscription", fail)
    assert len(dev(frozen, "POST clock/advance", by="11d")["failed"]) == 6
    monkeypatch.undo()
    client = client_of(frozen)
    mended, ended, *others = trials
    client.v1.subscriptions.update(mended, {"metadata": {"mended": "yes"}})
    client.v1.subscriptions.cancel(ended)
    assert dev(frozen, "POST clock/advance", by="1h")["failed"] == []
    assert statuses(frozen, trials) == ["active", "canceled", *["trialing"] * 4]

    aside = {each.id for check in examine(frozen.system) for each in check.findings}
    assert aside == set(others)
    assert frozen.system.database.write(retry_set_aside) == 4
    assert dev(frozen, "POST clock/advance", by="40d")["failed"] == []
    assert statuses(frozen, trials) == ["active", "canceled", *["active"] * 4]
    assert len(client.v1.invoices.list({"subscription": mended}).data) == 3
    assert [each for check in examine(frozen.system) for each in check.findings] == []


def test_what_was_mended_before_it_was_set_aside_stays(frozen: Any, trials: list[str]) -> None:
    read, write = frozen.system.database.read, frozen.system.database.write
    now = frozen.system.clock.now()
    [found] = [each for each in read(lambda each: find_due(each, now + 11 * DAY))
               if each.id == trials[0]]  # fmt: skip
    client_of(frozen).v1.subscriptions.update(trials[0], {"trial_end": now + 20 * DAY})
    write(lambda connection: set_aside(connection, found, "the tape is torn", now))
    assert [each for check in examine(frozen.system) for each in check.findings] == []
    assert dev(frozen, "POST clock/advance", by="21d")["failed"] == []
    assert statuses(frozen, trials) == ["active"] * 6


def test_a_batch_that_cannot_be_written_is_narrowed_down(
    frozen: Any, trials: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefetch = PREFETCH["subscription"]

    def fail(uow: Any, documents: list[Any]) -> None:
        if any(document.id == trials[4] for document in documents):
            raise RuntimeError("the page is missing")
        prefetch(uow, documents)

    monkeypatch.setitem(PREFETCH, "subscription", fail)
    moved = dev(frozen, "POST clock/advance", by="11d")
    assert [each["id"] for each in moved["failed"]] == [trials[4]]
    assert statuses(frozen, trials).count("active") == 5


def test_what_one_step_does_in_silence_leaves_the_next_its_events(frozen: Any) -> None:
    dev(frozen, "POST reset")
    dev(frozen, "POST clock/freeze", at="2026-01-31T10:00Z")
    now, v1 = frozen.system.clock.now(), client_of(frozen).v1
    price = v1.prices.create({
        "currency": "eur", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })
    coupon = v1.coupons.create({
        "percent_off": 25, "duration": "once", "redeem_by": now + 6 * DAY,
    })
    v1.subscription_schedules.create({
        "customer": v1.customers.create({"name": "Anna"}).id, "start_date": now + 5 * DAY,
        "phases": [{
            "items": [{"price": price.id}], "discounts": [{"coupon": coupon.id}],
            "collection_method": "send_invoice", "invoice_settings": {"days_until_due": 9},
        }],
    })
    # One batch: a redemption is counted, of which nobody is told, and then the coupon expires.
    assert dev(frozen, "POST clock/advance", by="7d")["failed"] == []
    told = v1.events.list({"type": "coupon.updated"}).data
    dev(frozen, "POST clock/release")

    coupon = v1.coupons.retrieve(coupon.id)
    assert (coupon.times_redeemed, coupon.valid) == (1, False)
    assert [(each.created, each.data.previous_attributes.to_dict()) for each in told] == [
        (now + 6 * DAY, {"valid": True})
    ]
