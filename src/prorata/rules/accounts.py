"""Accounts: the chart of accounts that the ledger posts to.

A debit is positive and a credit negative, whatever the account; what is normal for an account
follows from its kind (source: the revenue recognition methodology's list of accounts).
"""

from __future__ import annotations

from typing import Literal

Kind = Literal["asset", "liability", "revenue", "contra_revenue", "expense", "gain"]

# Balance sheet
CASH = "cash"
RECEIVABLE = "receivable"
UNBILLED_RECEIVABLE = "unbilled_receivable"
DEFERRED = "deferred"
TAX = "tax"
CUSTOMER_BALANCE = "customer_balance"
PREPAID_CREDITS = "prepaid_credits"

# Income statement
REVENUE = "revenue"
REFUNDS = "refunds"
DISPUTES = "disputes"
CREDIT_NOTES = "credit_notes"
BAD_DEBT = "bad_debt"
VOIDS = "voids"
DISCOUNTS = "discounts"
CREDITS_SOLD = "credits_sold"
BREAKAGE = "breakage"
FEES = "fees"
CUSTOMER_BALANCE_ADJUSTMENTS = "customer_balance_adjustments"
UNDERPAYMENTS = "underpayments"
RECOVERABLES = "recoverables"
FX = "fx"

CHART: dict[str, Kind] = {
    CASH: "asset",
    RECEIVABLE: "asset",
    UNBILLED_RECEIVABLE: "asset",
    DEFERRED: "liability",
    TAX: "liability",
    CUSTOMER_BALANCE: "liability",
    PREPAID_CREDITS: "liability",
    REVENUE: "revenue",
    REFUNDS: "contra_revenue",
    DISPUTES: "contra_revenue",
    CREDIT_NOTES: "contra_revenue",
    BAD_DEBT: "contra_revenue",
    VOIDS: "contra_revenue",
    DISCOUNTS: "contra_revenue",
    CREDITS_SOLD: "contra_revenue",
    BREAKAGE: "revenue",
    FEES: "expense",
    CUSTOMER_BALANCE_ADJUSTMENTS: "expense",
    UNDERPAYMENTS: "expense",
    RECOVERABLES: "gain",
    FX: "gain",
}

# Accounts that a debit makes larger.
DEBIT_KINDS: frozenset[Kind] = frozenset({"asset", "contra_revenue", "expense"})


def normal_amount(account: str, balance: int) -> int:
    """Return a balance (debits minus credits, minor units) as a statement shows it.

    Revenue, gains and liabilities are shown positive when credits outweigh debits. Raises KeyError
    for an account that the chart does not have.
    """
    return balance if CHART[account] in DEBIT_KINDS else -balance
