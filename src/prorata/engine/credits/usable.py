"""Usable credits: the grants that may pay for an invoice, and what of them it may use."""

from collections.abc import Iterable
from typing import Any

from prorata.model.transaction import Tx
from prorata.resources.billing.credit_balance_transaction import CreditBalanceTransaction
from prorata.resources.billing.credit_grant import CreditGrant, terms_of
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.rules import credits


def usable_grants(tx: Tx, invoice: Invoice) -> tuple[credits.Grant, ...]:
    """Return the grants that may pay for a draft or a preview, at most one query.

    Only metered lines of a subscription's invoice are paid for by credits, in their currency.
    """
    if not is_payable(invoice):
        return ()
    back = _given_back(tx, invoice)
    found = {each.id: each for each in tx.select(CreditGrant, usable_for=invoice.customer)}
    if back:
        found |= tx.load(CreditGrant, back)
    return tuple(
        terms_of(each, each.private.left + back.get(each.id, 0))
        for each in found.values()
        if each.currency == invoice.currency
        and credits.is_usable(
            each.effective_at or each.created, each.expires_at, invoice.period_end, tx.now
        )
    )


def prefetch_grants(uow: Any, customers: Iterable[str]) -> None:
    """Have the credits of these customers at hand, in one query at most."""
    uow.prefetch(CreditGrant, "usable_for", customers)


def is_payable(invoice: Invoice) -> bool:
    """Return whether credits may pay for something of an invoice."""
    facts = invoice.private.lines
    return bills_usage(invoice) and any(
        line.amount > 0 and facts[line.id].metered for line in invoice.lines.data
    )


def bills_usage(invoice: Invoice) -> bool:
    """Return whether an invoice bills what a subscription has used, or that it used nothing."""
    if not any(each.metered for each in invoice.private.lines.values()):
        return False
    return subscription_of(invoice) is not None or invoice.billing_reason == "upcoming"


def used_by(tx: Tx, invoice: Invoice) -> list[tuple[InvoiceLineItem, CreditBalanceTransaction]]:
    """Return what a finalized invoice uses of credits, line by line, one query at most."""
    named = [
        (line, each.credit_balance_transaction)
        for line in invoice.lines.data
        for each in line.pretax_credit_amounts or ()
        if each.type == "credit_balance_transaction"
        and isinstance(each.credit_balance_transaction, str)
    ]
    if not named:
        return []
    found = tx.load(CreditBalanceTransaction, [id for _, id in named])
    return [(line, found[id]) for line, id in named if not found[id].private.reinstated]


def _given_back(tx: Tx, invoice: Invoice) -> dict[str, int]:
    """Return what a revision may use of what its original has used, by grant; minor units."""
    if invoice.from_invoice is None:
        return {}
    original = tx.find(Invoice, invoice.from_invoice.invoice)
    if original is None or original.status != "open":
        return {}
    back: dict[str, int] = {}
    for _, used in used_by(tx, original):
        assert used.debit is not None and used.debit.amount.monetary is not None, "it is a debit"
        amount = used.debit.amount.monetary.value
        back[used.credit_grant] = back.get(used.credit_grant, 0) + amount
    return back
