"""Credit movements: every change of what is left of a grant, with its transaction and postings.

Promotional credits are a discount that is given later: they lower what an invoice is worth, and
nothing is posted. Paid ones were sold elsewhere, and what was sold is owed until it is used: then
it is revenue, like what lapses (docs/decisions/0015-credits-in-the-books.md).
"""

from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.credit_balance_transaction import (
    Credit,
    CreditBalanceTransaction,
    CreditBalanceTransactionPrivate,
    CreditedInvoiceLine,
    CreditType,
    Debit,
    DebitType,
)
from prorata.resources.billing.credit_grant import CreditAmount, CreditGrant, CreditMonetary
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.rules import accounts
from prorata.rules.revenue import split_by_recognition


def fund(tx: Tx, grant: CreditGrant) -> None:
    """Give a new grant its credits."""
    _credit(tx, grant, grant.value, "credits_granted", effective_at=grant.effective_at)


def apply(
    tx: Tx, grant: CreditGrant, amount: int, invoice: Invoice, line: InvoiceLineItem
) -> CreditBalanceTransaction:
    """Pay for a line of an invoice with a grant; amount in minor units, no more than is left."""
    assert 0 < amount <= grant.private.left, "a grant is never below zero"
    grant.private.applied = True
    where = CreditedInvoiceLine(invoice=invoice.id, invoice_line_item=line.id)
    used = _debit(tx, grant, amount, "credits_applied", where)
    later = line.period.end > line.period.start
    _post(tx, used, grant, {
        accounts.PREPAID_CREDITS: amount,
        accounts.DEFERRED if later else accounts.REVENUE: -amount,
    })  # fmt: skip
    return used


def reinstate(
    tx: Tx, grant: CreditGrant, used: CreditBalanceTransaction, line: InvoiceLineItem
) -> None:
    """Give back what a voided invoice's line used of a grant; what has expired expires again."""
    assert used.debit is not None and used.debit.amount.monetary is not None, "credits were used"
    amount = used.debit.amount.monetary.value
    used.private.reinstated = True
    where = used.debit.credits_applied
    given = _credit(tx, grant, amount, "credits_application_invoice_voided", where)
    earned, deferred = split_by_recognition(amount, line.period.start, line.period.end, tx.now)
    _post(tx, given, grant, {
        accounts.PREPAID_CREDITS: -amount, accounts.VOIDS: earned, accounts.DEFERRED: deferred,
    })  # fmt: skip
    if grant.expires_at is not None and grant.expires_at <= tx.now:
        expire(tx, grant, tx.now)


def expire(tx: Tx, grant: CreditGrant, at: int) -> None:
    """Let what is left of a grant lapse; at: since when, in seconds UTC."""
    _end(tx, grant, "credits_expired", accounts.BREAKAGE, at)


def void(tx: Tx, grant: CreditGrant) -> None:
    """Take back a grant that nothing was used of."""
    _end(tx, grant, "credits_voided", accounts.CREDITS_SOLD, tx.now)


def _end(tx: Tx, grant: CreditGrant, type: DebitType, account: str, at: int) -> None:
    left = grant.private.left
    if left:
        ended = _debit(tx, grant, left, type, effective_at=at)
        _post(tx, ended, grant, {accounts.PREPAID_CREDITS: left, account: -left})


def _credit(
    tx: Tx,
    grant: CreditGrant,
    amount: int,
    type: CreditType,
    voided: CreditedInvoiceLine | None = None,
    *,
    effective_at: int | None = None,
) -> CreditBalanceTransaction:
    grant.private.left += amount
    credit = Credit(
        amount=_money(grant, amount), credits_application_invoice_voided=voided, type=type
    )
    made = _transaction(tx, grant, effective_at)
    made.type, made.credit = "credit", credit
    if type == "credits_granted":
        _post(tx, made, grant, {
            accounts.CREDITS_SOLD: amount, accounts.PREPAID_CREDITS: -amount,
        })  # fmt: skip
    return made


def _debit(
    tx: Tx,
    grant: CreditGrant,
    amount: int,
    type: DebitType,
    applied: CreditedInvoiceLine | None = None,
    *,
    effective_at: int | None = None,
) -> CreditBalanceTransaction:
    grant.private.left -= amount
    made = _transaction(tx, grant, effective_at)
    made.type = "debit"
    made.debit = Debit(amount=_money(grant, amount), credits_applied=applied, type=type)
    return made


def _transaction(tx: Tx, grant: CreditGrant, effective_at: int | None) -> CreditBalanceTransaction:
    prefix = "cbtxn" if grant.livemode else "cbtxn_test"
    made = CreditBalanceTransaction(
        id=tx.id(prefix, grant.customer),
        created=tx.now,
        credit_grant=grant.id,
        effective_at=tx.now if effective_at is None else effective_at,
        livemode=grant.livemode,
        test_clock=grant.test_clock,
    )
    made.private = CreditBalanceTransactionPrivate(customer=grant.customer)
    return tx.add(made)


def _money(grant: CreditGrant, amount: int) -> CreditAmount:
    return CreditAmount(monetary=CreditMonetary(currency=grant.currency, value=amount))


def _post(
    tx: Tx, made: CreditBalanceTransaction, grant: CreditGrant, entries: dict[str, int]
) -> None:
    """Post what a movement of paid credits means to the seller; amounts in minor units."""
    if grant.category != "paid":
        return
    kind = made.credit or made.debit
    assert kind is not None, "a transaction is a credit or a debit"
    tx.post(
        *(Posting(account, amount) for account, amount in entries.items() if amount),
        document=made,
        customer=grant.customer,
        currency=grant.currency,
        memo=kind.type,
    )
