"""Balance: what a customer's balance does to an invoice, and the invoice to the balance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Due:
    """The end of an invoice's sum, in minor units; a negative balance is the customer's credit.

    `moved_to_balance` is the part of the ending balance that could not be charged (0 mostly) and
    `moved_type` the type of its balance transaction.
    """

    amount_due: int
    starting_balance: int
    ending_balance: int
    moved_to_balance: int
    moved_type: str | None = None

    @property
    def applied(self) -> int:
        """Return the amount of the applied_to_invoice transaction (0: there is none)."""
        return self.ending_balance - self.starting_balance - self.moved_to_balance


def settle(total: int, balance: int, minimum: int, maximum: int | None = None) -> Due:
    """Return what an invoice of `total` asks for, given the customer's balance.

    A debit on the balance is collected with it and a credit used up to it; a negative total
    becomes credit. An amount above zero but under `minimum`, or above `maximum`, can't be charged:
    nothing is due and the balance owes it.
    """
    owed = total + balance
    if owed <= 0:
        # A positive balance against a negative total nets out; what is left stays as credit.
        return Due(0, balance, owed, 0)
    if owed < minimum:
        return Due(0, balance, owed, owed, "invoice_too_small")
    if maximum is not None and owed > maximum:
        return Due(0, balance, owed, owed, "invoice_too_large")
    return Due(owed, balance, 0, 0)
