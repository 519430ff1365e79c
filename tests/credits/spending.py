"""A customer who uses something every month and has billing credits: what these tests tell with."""

from __future__ import annotations

from typing import Any

import stripe

from subscriptions.life import Life

CREDIT = "credit_balance_transaction"


class SpendingLife(Life):
    """A life whose metered prices are used by so many dollars in each period."""

    def __init__(self, client: stripe.StripeClient, used: dict[str, int], **terms: Any) -> None:
        super().__init__(client, **terms)
        self.used = used
        self.billing = self.client.billing

    def usage(self, amount: int, name: str = "Calls") -> str:
        """Return a metered price that comes to an amount (minor units) in every period."""
        price = self.metered(1, name)
        self.used[price] = amount
        return price

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
