"""The end of a period is announced once, whatever is decided afterwards as of an earlier second."""

from __future__ import annotations

from typing import Any

from prorata.engine.subscriptions.state import set_reminders
from prorata.resources.billing.subscription import Subscription
from prorata.store.books import all_books


def test_an_outcome_of_an_earlier_second_announces_no_renewal_anew(life: Any, server: Any) -> None:
    id = life.subscribe(life.price(2_000)).id
    before = life.now
    life.advance("2026-01-26")
    system = server.system
    book = next(each for each in system.database.read(all_books) if not each.livemode)

    def reactivate(tx: Any) -> int | None:
        subscription = tx.get(Subscription, id)
        set_reminders(tx, subscription)
        moment: int | None = subscription.private.upcoming_at
        return moment

    assert system.write(book, reactivate, now=before).result is None
    life.advance("2026-01-27")
    assert [each.type for each in life.events_whole()].count("invoice.upcoming") == 1
