"""Burn-down: billing credits that an invoice uses as it is finalized, and gives back when void."""

from prorata.engine.credits.hooks import on_changed
from prorata.engine.credits.movements import apply, reinstate
from prorata.engine.credits.usable import is_payable, used_by
from prorata.engine.invoices.compose import recompute
from prorata.engine.invoices.hooks import on_voided
from prorata.engine.invoices.sums import total_pretax_credits
from prorata.model.transaction import Tx
from prorata.resources.billing.credit_grant import CreditGrant
from prorata.resources.billing.invoice import Invoice


def use_credits(tx: Tx, invoice: Invoice) -> None:
    """Use up the credits that a draft was summed with just now, and name the transactions."""
    wanted = {each.grant for facts in invoice.private.lines.values() for each in facts.credits}
    if not wanted:
        return
    grants = tx.load(CreditGrant, wanted)
    for line in invoice.lines.data:
        paid = invoice.private.lines[line.id].credits
        shown = [
            each for each in line.pretax_credit_amounts or ()
            if each.type == "credit_balance_transaction"
        ]  # fmt: skip
        for each, place in zip(paid, shown, strict=True):
            used = apply(tx, grants[each.grant], each.amount, invoice, line)
            place.credit_balance_transaction = used.id
    invoice.total_pretax_credit_amounts = total_pretax_credits(invoice.lines.data)


@on_voided
def give_back(tx: Tx, invoice: Invoice, **_: object) -> None:
    """Give back the credits that a voided invoice has used."""
    used = used_by(tx, invoice)
    grants = tx.load(CreditGrant, [each.credit_grant for _, each in used]) if used else {}
    for line, each in used:
        reinstate(tx, grants[each.credit_grant], each, line)


def give_back_original(tx: Tx, invoice: Invoice) -> None:
    """Let a revision use the credits of the invoice whose place it takes."""
    if invoice.from_invoice is None:
        return
    original = tx.find(Invoice, invoice.from_invoice.invoice)
    if original is not None and original.status == "open" and not original.amount_paid:
        give_back(tx, original)


@on_changed
def refresh_drafts(tx: Tx, grant: CreditGrant, **_: object) -> None:
    """Sum a customer's drafts anew, so that they show the credits that there are by now."""
    for draft in tx.select(Invoice, customer=grant.customer, status="draft"):
        if is_payable(draft):
            recompute(tx, draft)
