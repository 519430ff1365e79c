"""A customer who uses something every month and has billing credits: what these tests tell with."""

from __future__ import annotations

from typing import Any

import stripe

from prorata.rules.calendar import add_intervals
from subscriptions.life import Life, at

CREDIT = "credit_balance_transaction"


class SpendingLife(Life):
    """A life whose metered prices are used by so many dollars in each period."""

    def __init__(self, client: stripe.StripeClient, **terms: Any) -> None:
        super().__init__(client, **terms)
        # What is used of a price in every period.
        self.used: dict[str, int] = {}
        self.billing = self.client.billing
        # Since when a customer has a price, and what was told of the present period.
        self._told: dict[tuple[str, str], tuple[int, int]] = {}

    def usage(self, amount: int, name: str = "Calls") -> str:
        """Return a metered price that comes to an amount (minor units) in every period."""
        price = self.metered(1, name)
        self.used[price] = amount
        return price

    def subscribe(self, *prices: str, **params: Any) -> Any:
        subscription = super().subscribe(*prices, **params)
        for price in prices:
            if price in self.events_of:
                self._told[self.customer.id, price] = (self.now, 0)
        self._tell()
        return subscription

    def advance(self, to: str | int) -> None:
        """Go on, using as much in each period on the way."""
        moment = to if isinstance(to, int) else at(to)
        self._tell()
        while ends := [end for end in map(self._end, self._told) if end <= moment]:
            super().advance(min(ends))
            for key in self._told:
                if self._end(key) == self.now:
                    self._told[key] = (self.now, 0)
            self._tell()
        super().advance(moment)

    def _end(self, key: tuple[str, str]) -> int:
        return add_intervals(self._told[key][0], "month", 1, 1)

    def _tell(self) -> None:
        """Send what is used in the present period and was not told yet."""
        for (customer, price), (start, told) in self._told.items():
            more = self.used.get(price, 0) - told
            if more:
                self.billing.meter_events.create({
                    "event_name": self.events_of[price],
                    "payload": {"stripe_customer_id": customer, "value": str(more)},
                })
                self._told[customer, price] = (start, told + more)

    def grant(self, value: int, *prices: str, currency: str = "usd", **terms: Any) -> Any:
        """Grant credits, for the prices named or for all that is metered."""
        scope: dict[str, Any] = {"price_type": "metered"}
        if prices:
            scope = {"prices": [{"id": each} for each in prices]}
        return self.billing.credit_grants.create({
            "customer": self.customer.id,
            "amount": {"type": "monetary", "monetary": {"currency": currency, "value": value}},
            "applicability_config": {"scope": scope},
            **terms,
        })

    def balance(self, grant: Any | None = None, *prices: str) -> tuple[int, int]:
        """Return the (ledger, available) balance in dollars of a grant, or of a scope."""
        filter: dict[str, Any] = {"type": "applicability_scope"}
        filter["applicability_scope"] = {"price_type": "metered"}
        if prices:
            filter["applicability_scope"] = {"prices": [{"id": each} for each in prices]}
        if grant is not None:
            filter = {"type": "credit_grant", "credit_grant": grant.id}
        summary = self.billing.credit_balance_summary.retrieve(
            {"customer": self.customer.id, "filter": filter}
        )
        for each in summary.balances:
            if each.ledger_balance.monetary.currency == "usd":
                return each.ledger_balance.monetary.value, each.available_balance.monetary.value
        return 0, 0

    def moves(self, grant: Any) -> list[tuple[str, int]]:
        """Return the (type, amount) of a grant's transactions, the oldest first."""
        listed = self.billing.credit_balance_transactions.list(
            {"credit_grant": grant.id, "limit": 100}
        ).data
        found = []
        for each in reversed(listed):
            kind = each.credit if each.type == "credit" else each.debit
            found.append((kind.type, kind.amount.monetary.value))
        return found


def credits_of(line: Any) -> list[int]:
    """Return what credits have paid of a line, in the order of the grants."""
    return [each.amount for each in line.pretax_credit_amounts or () if each.type == CREDIT]


def used_of(client: Any, line: Any) -> list[tuple[str, int]]:
    """Return the (grant, amount) of the transactions that a line names."""
    found = []
    for each in line.pretax_credit_amounts:
        if each.type == CREDIT:
            used = client.billing.credit_balance_transactions.retrieve(
                each.credit_balance_transaction
            )
            found.append((used.credit_grant, used.debit.amount.monetary.value))
    return found
