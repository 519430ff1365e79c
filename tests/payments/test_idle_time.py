"""Idle time: workers that were off for days, while payments waited for another try."""

from __future__ import annotations

from itertools import pairwise

import pytest

from payments.world import World
from prorata.rules.calendar import DAY_SECONDS
from sound import assert_sound

HOUR = 3_600
# Of eight retries in two weeks, in hours after the first attempt.
TURNS = [0, 19, 43, 72, 105, 142, 184, 230, 281]


@pytest.mark.parametrize("idle_days", [0, 4, 40, 425])
def test_retries_keep_their_waits_when_nothing_ran_for_days(
    world: World, idle_days: int
) -> None:
    client, clock = world.client.v1, world.system.clock
    customer = client.customers.create({
        "payment_method": "pm_card_chargeCustomerFail",
        "invoice_settings": {"default_payment_method": "pm_card_chargeCustomerFail"},
    }).id  # fmt: skip
    invoice = client.invoices.create(
        {"customer": customer, "currency": "usd", "auto_advance": True}
    ).id
    client.invoice_items.create(
        {"customer": customer, "invoice": invoice, "amount": 2_000, "currency": "usd"}
    )
    began = clock.now()
    _live(world, began + 2 * DAY_SECONDS)
    assert client.invoices.retrieve(invoice).attempt_count == 3

    back = clock.now() + idle_days * DAY_SECONDS
    clock.move_to(back)
    _live(world, back + 14 * DAY_SECONDS)

    ended = client.invoices.retrieve(invoice)
    assert (ended.status, ended.attempt_count, ended.next_payment_attempt) == ("open", 9, None)
    tries = [charge.created for charge in client.charges.list({"customer": customer}).data][::-1]
    waits = [round((after - before) / HOUR) for before, after in pairwise(tries)]
    planned = [after - before for before, after in pairwise(TURNS)]
    # Only the wait that the idle time fell into is longer than it was to be.
    assert waits[:2] + waits[3:] == planned[:2] + planned[3:]
    late = max(0, back - (tries[0] + TURNS[3] * HOUR))
    assert waits[2] == pytest.approx(planned[2] + late / HOUR, abs=1)
    assert_sound(world.system)


def _live(world: World, until: int) -> None:
    """Let time pass as it does while a worker runs."""
    while world.system.clock.now() < until:
        assert world.later(HOUR // 2).failed == []

