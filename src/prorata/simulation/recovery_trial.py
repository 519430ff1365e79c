"""Recovery trial: a company lives the same year under two retry schedules, in the same world.

In that world a card has money at some hours and days more often than at others. Whether one has
depends on the seed, the customer and the hour alone, not on who asks or how often: what differs
between two lives is only when the company tries.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Any, Literal

from prorata.engine.doctor import documents
from prorata.gateways.orders import ChargeOrder
from prorata.gateways.outcomes import Declined, Outcome
from prorata.gateways.protocol import GatewayError
from prorata.rules.calendar import add_intervals
from prorata.simulation.run import BEGINS, HOUR
from prorata.simulation.shop import Broken, Shop, Troubles

NO_MONEY = Declined(
    code="card_declined",
    message="Your card has insufficient funds.",
    decline_code="insufficient_funds",
    network_decline_code="51",
    advice_code="try_again_later",
    reason="insufficient_funds",
)
# What of a hundred cards have money in an hour, by how it is; a Friday or a first of the month
# does as much again.
AT_MORNING, AT_NIGHT = 30, 3


class MoodyGateway:
    """A gateway whose cards have money at some times: it declines at all others."""

    def __init__(self, inner: Any, seed: int) -> None:
        self._inner = inner
        self._seed = seed
        self._refused: dict[str, Declined] = {}

    def charge(self, order: ChargeOrder) -> Outcome:
        refused = self._refused.get(order.key)
        new = refused is None and order.off_session and self._inner.lookup(order.key) is None
        if new and not self._has_money(order):
            refused = self._refused.setdefault(order.key, NO_MONEY)
        outcome: Outcome = refused or self._inner.charge(order)
        return outcome

    def charge_many(self, orders: Sequence[ChargeOrder]) -> list[Outcome | GatewayError]:
        return [self.charge(order) for order in orders]

    def lookup(self, key: str) -> Outcome | None:
        found: Outcome | None = self._refused.get(key) or self._inner.lookup(key)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def _has_money(self, order: ChargeOrder) -> bool:
        at = datetime.fromtimestamp(order.now, UTC)
        chance = AT_MORNING if 7 <= at.hour <= 10 else AT_NIGHT
        if at.weekday() == 4 or at.day == 1:
            chance *= 2
        lot = f"{self._seed}/{order.customer}/{order.now // HOUR}"
        return Random(lot).randrange(100) < chance


@dataclass(frozen=True, slots=True)
class Trial:
    """What a life came to: invoices that failed at first, and those of them that were collected.

    amount: what these brought, in minor units.
    """

    failed: int
    recovered: int
    amount: int


def live(
    seed: int,
    mode: Literal["fixed", "smart"],
    *,
    customers: int,
    months: int,
    tries: int = 4,
    window_days: int = 7,
) -> Trial:
    """Live through the months of a company of one seed under a schedule; raise Broken."""
    shop = Shop("sqlite://", seed, BEGINS, Troubles(mean_life=0, gateway=False))
    try:
        shop.gateway.inner = MoodyGateway(shop.gateway.inner, seed)
        _ask(
            shop, "/v1/prorata/settings", retry_mode=mode, retry_tries=tries,
            retry_window_days=window_days, subscription_final_state="past_due",
        )  # fmt: skip
        price = _ask(
            shop, "/v1/prices", currency="usd", unit_amount=2_000,
            recurring={"interval": "month"}, product_data={"name": "Plan"},
        )["id"]  # fmt: skip
        source = Random(f"trial {seed}")
        for _ in range(customers):
            shop.advance(shop.now + source.randrange(1, 60) * HOUR)
            customer = _ask(
                shop, "/v1/customers", payment_method="pm_card_visa",
                invoice_settings={"default_payment_method": "pm_card_visa"},
            )["id"]  # fmt: skip
            _ask(shop, "/v1/subscriptions", customer=customer, items=[{"price": price}],
                 trial_end=shop.now + source.randrange(1, 24) * HOUR)  # fmt: skip
        shop.advance(add_intervals(shop.now, "month", 1, months))
        return shop.system.database.read(_count)
    finally:
        shop.close()


def _ask(shop: Shop, path: str, **params: Any) -> dict[str, Any]:
    reply = shop.ask("POST", path, **params)
    if reply.status != 200:
        raise Broken(f"POST {path}: {reply.status} {reply.refusal}")
    return reply.body


def _count(connection: Any) -> Trial:
    failed = recovered = amount = 0
    for _, invoice in documents(connection, "invoice"):
        paid = invoice["status"] == "paid"
        if invoice["attempt_count"] > 1 or (invoice["attempt_count"] == 1 and not paid):
            failed += 1
            recovered += paid
            amount += invoice["amount_paid"] if paid else 0
    return Trial(failed, recovered, amount)
