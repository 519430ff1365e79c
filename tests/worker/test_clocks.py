"""Test clocks move by any distance, side by side, and go on where a restart interrupted them."""

from __future__ import annotations

import time
from contextlib import ExitStack
from typing import Any

import pytest
import requests

from prorata.engine import advance
from prorata.engine.clock_advance import advance_clock
from prorata.engine.due import HANDLERS
from prorata.model.errors import LockTimeout
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.store.books import all_books
from prorata.store.claims import Claims
from prorata.worker.clocks import MOST_CLOCKS, TRIES

from .conftest import client_of, stop
from .receiver import eventually

START = 1_700_000_000
YEAR = 31_557_600
DAY = 86_400


def ready(client: Any, id: str) -> Any:
    def look() -> Any:
        clock = client.v1.test_helpers.test_clocks.retrieve(id)
        return clock if clock.status != "advancing" else None

    return eventually(look)


def go_on(client: Any, system: Any, book: Any, clock: str, frozen: bool) -> None:
    """Bring a clock to its end whose process has died over a payment."""
    advance_clock(system, book, clock)
    if not frozen:
        # Whoever asks about it may still live.
        waiting = client.v1.test_helpers.test_clocks.retrieve(clock)
        assert (waiting.status, waiting.frozen_time) == ("advancing", START)
        advance.run_due(system, int(time.time()) + 60)
        advance_clock(system, book, clock)
    assert client.v1.test_helpers.test_clocks.retrieve(clock).status == "ready"


def test_a_clock_moves_by_many_years(client: Any) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    moving = client.v1.test_helpers.test_clocks.advance(
        clock.id, {"frozen_time": START + 20 * YEAR}
    )
    assert moving.status == "advancing"
    assert moving.status_details.advancing.target_frozen_time == START + 20 * YEAR
    moved = ready(client, clock.id)
    assert (moved.status, moved.frozen_time) == ("ready", START + 20 * YEAR)


def test_many_clocks_move_side_by_side(client: Any) -> None:
    clocks = [
        client.v1.test_helpers.test_clocks.create({"frozen_time": START + number})
        for number in range(10)
    ]
    for clock in clocks:
        client.v1.test_helpers.test_clocks.advance(
            clock.id, {"frozen_time": clock.frozen_time + YEAR}
        )
    for clock in clocks:
        assert ready(client, clock.id).frozen_time == clock.frozen_time + YEAR


def test_clocks_that_another_worker_has_keep_no_other_waiting(
    database_url: str, start: Any
) -> None:
    server = start(database_url)
    clocks = client_of(server).v1.test_helpers.test_clocks
    others = [clocks.create({"frozen_time": START}).id for _ in range(MOST_CLOCKS)]
    claims = Claims(server.system.database)
    with ExitStack() as stack:
        stack.callback(claims.close)
        for clock in others:
            assert stack.enter_context(claims.hold(f"clock {clock}"))
            clocks.advance(clock, {"frozen_time": START + YEAR})
        another = clocks.create({"frozen_time": START}).id
        clocks.advance(another, {"frozen_time": START + YEAR})
        assert ready(client_of(server), another).status == "ready"
        assert {clocks.retrieve(clock).status for clock in others} == {"advancing"}
    assert {ready(client_of(server), clock).status for clock in others} == {"ready"}


def test_an_advance_goes_on_after_a_restart(database_url: str, start: Any) -> None:
    first = start(database_url, worker=False)
    client = client_of(first)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + YEAR})
    stop(first)

    again = client_of(start(database_url))
    assert ready(again, clock.id).status == "ready"


def test_a_clock_that_cannot_advance_just_now_goes_on_later(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start("sqlite://")
    client = client_of(server)
    busy = [LockTimeout() for _ in range(2 * TRIES)]

    def wait(*arguments: Any) -> None:
        if busy:
            raise busy.pop()
        advance_clock(*arguments)

    monkeypatch.setattr("prorata.worker.clocks.advance_clock", wait)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + YEAR})
    assert (ready(client, clock.id).status, busy) == ("ready", [])


def test_a_clock_that_cannot_advance_says_so(
    start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start("sqlite://")
    client = client_of(server)

    def fail(*_: Any) -> None:
        raise RuntimeError("the tape is torn")

    monkeypatch.setattr("prorata.worker.clocks.advance_clock", fail)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + YEAR})
    failed = ready(client, clock.id)
    assert failed.status == "internal_failure"
    types = {event.type for event in client.v1.events.list({"limit": 10})}
    assert "test_helpers.test_clock.internal_failure" in types


def test_payers_on_our_pages_wait_while_their_clock_advances(
    database_url: str, start: Any
) -> None:
    server = start(database_url, worker=False)
    client, system = client_of(server), server.system
    [book, *_] = system.database.read(all_books)
    clocks = client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START}).id
    customer = client.v1.customers.create({"test_clock": clock, "email": "ada@example.com"}).id
    draft = client.v1.invoices.create({
        "customer": customer, "collection_method": "send_invoice", "days_until_due": 30,
    })  # fmt: skip
    client.v1.invoice_items.create({
        "customer": customer, "invoice": draft.id, "amount": 500, "currency": "usd",
    })  # fmt: skip
    owed = client.v1.invoices.finalize_invoice(draft.id)
    bought = client.v1.payment_intents.create({
        "customer": customer, "amount": 700, "currency": "usd", "confirm": True,
        "payment_method": "pm_card_authenticationRequired", "return_url": server.url,
    })  # fmt: skip
    challenge = bought.next_action.redirect_to_url.url.partition("?")[0]
    browser = requests.Session()

    def act() -> tuple[int, str]:
        browser.get(owed.hosted_invoice_url, timeout=60)
        card = {"way": "card", "number": "4242424242424242", "expiry": "12 / 30", "cvc": "123"}
        form = {"form_token": browser.cookies["prorata_form"], "amount": "500", **card}
        paid = browser.post(
            owed.hosted_invoice_url, form, headers={"accept": "application/json"}, timeout=60
        )
        answer = {"client_secret": bought.client_secret, "answer": "complete"}
        return paid.status_code, browser.post(challenge, answer, timeout=60).text

    def became() -> tuple[str, str]:
        intent = client.v1.payment_intents.retrieve(bought.id)
        return client.v1.invoices.retrieve(owed.id).status, intent.status

    clocks.advance(clock, {"frozen_time": START + 10 * DAY})
    status, page = act()
    assert (status, "advancing" in page, became()) == (429, True, ("open", "requires_action"))

    advance_clock(system, book, clock)
    assert (act()[0], became()) == (200, ("paid", "succeeded"))
    for charge in client.v1.charges.list({"customer": customer}).data:
        assert charge.created == START + 10 * DAY


def test_a_clock_that_is_given_up_is_not_behind_its_customers(
    database_url: str, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(start(database_url))
    clocks = client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START}).id
    customer = client.v1.customers.create({
        "test_clock": clock, "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    }).id  # fmt: skip
    price = client.v1.prices.create({
        "product_data": {"name": "Plan"}, "currency": "usd", "unit_amount": 1_000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    client.v1.subscriptions.create({"customer": customer, "items": [{"price": price}]})
    find_due, found = advance.find_due, []

    def tear(*arguments: Any, clock: str | None = None, **named: Any) -> Any:
        if clock is not None:
            if len(found) == 10:
                raise RuntimeError("the tape is torn")
            found.append(clock)
        return find_due(*arguments, clock=clock, **named)

    with monkeypatch.context() as patch:
        patch.setattr(advance, "find_due", tear)
        clocks.advance(clock, {"frozen_time": START + YEAR})
        failed = ready(client, clock)
    newest, *older = client.v1.invoices.list({"customer": customer}).data
    assert (failed.status, len(older)) == ("internal_failure", 2)
    assert failed.frozen_time >= newest.created
    told = client.v1.events.list({"type": "test_helpers.test_clock.internal_failure"}).data[0]
    assert told.created == failed.frozen_time

    clocks.advance(clock, {"frozen_time": failed.frozen_time + DAY})
    assert ready(client, clock).status == "ready"
    invoices = client.v1.invoices.list({"customer": customer, "limit": 20}).data
    assert [each.status for each in invoices] == ["paid"] * 13


def test_a_clock_that_failed_is_ready_only_once_what_failed_is_done(
    database_url: str, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(database_url, worker=False)
    client, system = client_of(server), server.system
    [book, *_] = system.database.read(all_books)
    clocks = client.v1.test_helpers.test_clocks
    clock = clocks.create({"frozen_time": START}).id
    customer = client.v1.customers.create({"test_clock": clock}).id
    price = client.v1.prices.create({
        "product_data": {"name": "Plan"}, "currency": "usd", "unit_amount": 1_000,
        "recurring": {"interval": "month"},
    }).id  # fmt: skip
    client.v1.subscriptions.create({
        "customer": customer, "items": [{"price": price}],
        "collection_method": "send_invoice", "days_until_due": 90,
    })  # fmt: skip

    def come_to(day: int) -> str:
        clocks.advance(clock, {"frozen_time": START + day * DAY})
        advance_clock(system, book, clock)
        status: str = clocks.retrieve(clock).status
        return status

    def fail(*_: Any) -> None:
        raise RuntimeError("the tape is torn")

    with monkeypatch.context() as patch:
        patch.setitem(HANDLERS, "subscription", fail)
        assert [come_to(40), come_to(45)] == ["internal_failure"] * 2
    assert len(client.v1.invoices.list({"customer": customer}).data) == 1

    assert come_to(50) == "ready"
    renewed, _ = client.v1.invoices.list({"customer": customer}).data
    assert renewed.created == START + 30 * DAY


class Death(BaseException):
    """A process ends between a commit and the gateway."""


@pytest.mark.parametrize("frozen", [False, True])
def test_an_advance_goes_on_with_the_payment_over_which_it_died(
    frozen: bool, database_url: str, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(database_url, worker=False, now=START + YEAR if frozen else None)
    client, system = client_of(server), server.system
    [book, *_] = system.database.read(all_books)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    customer = client.v1.customers.create({
        "test_clock": clock.id, "payment_method": "pm_card_visa",
        "invoice_settings": {"default_payment_method": "pm_card_visa"},
    })  # fmt: skip
    product = client.v1.products.create({"name": "Plan"})
    price = client.v1.prices.create({
        "product": product.id, "currency": "usd", "unit_amount": 1_000,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    plan = client.v1.subscriptions.create({"customer": customer.id, "items": [{"price": price.id}]})
    card = client.v1.payment_methods.attach(
        "pm_card_chargeCustomerFail", {"customer": customer.id}
    )
    client.v1.subscriptions.update(plan.id, {"default_payment_method": card.id})
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + 60 * DAY})

    def die(*_: Any, **__: Any) -> None:
        raise Death

    with monkeypatch.context() as patch, pytest.raises(Death):
        patch.setattr(advance, "settle", die)
        advance_clock(system, book, clock.id)

    go_on(client, system, book, clock.id, frozen)
    # All retries are behind it.
    assert client.v1.subscriptions.retrieve(plan.id).status == "canceled"
    [late, _] = client.v1.invoices.list({"customer": customer.id}).data
    assert (late.attempt_count, late.next_payment_attempt) == (9, None)


@pytest.mark.parametrize("frozen", [False, True])
def test_an_advance_goes_on_with_the_debit_whose_outcome_it_died_over(
    frozen: bool, start: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start("sqlite://", worker=False, now=START + YEAR if frozen else None)
    client, system = client_of(server), server.system
    [book, *_] = system.database.read(all_books)
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    bank = "pm_usBankAccount_insufficientFunds"
    customer = client.v1.customers.create({
        "test_clock": clock.id, "payment_method": bank,
        "invoice_settings": {"default_payment_method": bank},
    })  # fmt: skip
    price = client.v1.prices.create({
        "product_data": {"name": "Plan"}, "currency": "usd", "unit_amount": 1_000,
        "recurring": {"interval": "month"},
    })  # fmt: skip
    client.v1.subscriptions.create({
        "customer": customer.id, "items": [{"price": price.id}], "trial_period_days": 2,
    })  # fmt: skip
    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": START + 12 * DAY})
    settle = advance.settle

    def die_over_an_outcome(system: Any, book: Any, ids: Any, *rest: Any, **named: Any) -> Any:
        asked = system.read(book, lambda uow: uow.load(PaymentAttempt, ids)).values()
        if any(each.ask == "poll" for each in asked):
            raise Death
        return settle(system, book, ids, *rest, **named)

    with monkeypatch.context() as patch, pytest.raises(Death):
        patch.setattr(advance, "settle", die_over_an_outcome)
        advance_clock(system, book, clock.id)

    go_on(client, system, book, clock.id, frozen)
    [late, _] = client.v1.invoices.list({"customer": customer.id}).data
    # Its retries that lie before the clock's time were made.
    assert late.attempt_count == 3
    assert late.next_payment_attempt is None or late.next_payment_attempt > START + 12 * DAY
