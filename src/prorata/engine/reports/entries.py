"""Entries: each posting divided over the invoice lines that it is about, as bookings.

What an invoice's finalization posts, its lines make; what is taken back is divided by the same
rules by which it was posted. So the entries of a posting add up to what the ledger says, to the
last minor unit; the doctor proves it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from prorata.engine.invoices.ledger import Share, scaled, shares_of
from prorata.engine.invoices.taken_off import kept_shares, note_shares
from prorata.engine.reports.closings import Closings
from prorata.engine.reports.origins import taken_from
from prorata.engine.reports.postings import (
    FINALIZED,
    INCOME,
    LOST,
    Billed,
    Posting,
    billed,
    counts_payment,
    invoices_named,
    others,
    rows_of,
)
from prorata.engine.reports.scope import Scope
from prorata.engine.reports.used import Usage
from prorata.resources.billing.credit_balance_transaction import CreditBalanceTransaction
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.rules import accounts
from prorata.rules.recognition import Booking
from prorata.store.connection import Connection
from prorata.store.records import decoder


@dataclass(frozen=True, slots=True)
class Entry:
    """A part of a posting: what it adds to what is billed, of which line, and when it is earned.

    account: revenue, or what bears the earned part of what was taken back. document: what the
    posting is of, or the credit note that it names; invoice and line: where it belongs, if
    anywhere.
    """

    id: str
    booking: Booking
    account: str
    currency: str
    customer: str | None
    kind: str
    document: str
    memo: str
    invoice: Invoice | None = None
    line: InvoiceLineItem | None = None

    @property
    def amount(self) -> int:
        return self.booking.amount

    @property
    def taken_back(self) -> bool:
        return self.account not in (accounts.REVENUE, accounts.BREAKAGE)

    @property
    def product(self) -> str | None:
        return self.line.product if self.line is not None else None


def entries(
    connection: Connection,
    scope: Scope,
    *,
    by_customer: bool = False,
    after: str = "",
    since: str | None = None,
) -> Iterator[Entry]:
    """Yield all that was billed or taken back before the scope's end, and what was used by then.

    by_customer: one customer after the other, from the one `after` this one, and those without one
    last. since: the id of an entry, from whose document on they are wanted.
    """
    if by_customer:
        yield from _customer_by_customer(connection, scope, after)
        return
    usage = Usage(connection, scope)
    kind, document, posting = _place_of(connection, scope, since)
    if kind in (None, "invoice"):
        for invoices in billed(connection, scope, since=document):
            usage.prepare(invoices)
            for each in invoices:
                yield from _in_scope(scope, invoice_entries(each, usage))
        posting = ""
    for batch in others(connection, scope, since=posting):
        yield from _in_scope(scope, other_entries(connection, scope, batch, usage.closings))


def _place_of(
    connection: Connection, scope: Scope, entry: str | None
) -> tuple[str | None, str, str]:
    """Return the kind and id of an entry's document, and its posting."""
    posting = (entry or "").partition(".")[0]
    rows = entry and connection.query(
        "SELECT kind, object_id FROM ledger WHERE book = ? AND id = ? LIMIT 1",
        (scope.book, posting),
    )
    return (rows[0][0], rows[0][1], posting) if rows else (None, "", "")


def _customer_by_customer(connection: Connection, scope: Scope, after: str) -> Iterator[Entry]:
    usage = Usage(connection, scope)
    apart: dict[str, list[Entry]] = {}
    for batch in others(connection, scope):
        for entry in _in_scope(scope, other_entries(connection, scope, batch, usage.closings)):
            if not entry.customer or entry.customer > after:
                apart.setdefault(entry.customer or "", []).append(entry)
    nobodys = apart.pop("", [])
    waiting = sorted(apart, reverse=True)
    for invoices in billed(connection, scope, by_customer=True, customer=after):
        usage.prepare(invoices)
        for each in invoices:
            customer = each.invoice.customer or ""
            while waiting and waiting[-1] <= customer:
                yield from apart.pop(waiting.pop())
            yield from _in_scope(scope, invoice_entries(each, usage))
    for customer in reversed(waiting):
        yield from apart[customer]
    yield from nobodys


def invoice_entries(each: Billed, usage: Usage | None = None) -> Iterator[Entry]:
    """Yield the entries of an invoice's postings."""
    for posting in each.postings:
        yield from posting_entries(each, posting, usage)


def posting_entries(each: Billed, posting: Posting, usage: Usage | None = None) -> Iterator[Entry]:
    """Yield the entries of one posting of an invoice."""
    if not posting.entries.keys() & INCOME:
        return
    invoice, finalized = each.invoice, posting.memo == FINALIZED
    contra = _contra(posting)
    lines = {line.id: line for line in invoice.lines.data}
    note = each.notes.get(posting.memo)
    kind, document = ("credit_note", note.id) if note else (posting.kind, posting.document)
    for place, share in enumerate(_divided(each, posting)):
        if not share.amount:
            continue
        line = lines.get(share.line or "")
        accrued = usage.of(line) if usage and finalized and line is not None else ()
        booking = Booking(share.amount, posting.at, share.start, share.end, accrued)
        if usage is not None:
            origin = None if finalized else _origin(each, posting, usage)
            booking = usage.closings.placed(booking, invoice.test_clock, line, origin)
        yield Entry(
            f"{posting.id}.{place}", booking, contra, posting.currency, posting.customer,
            kind, document, posting.memo, invoice, line,
        )  # fmt: skip


def _origin(each: Billed, posting: Posting, usage: Usage) -> int | None:
    """Return when what a posting takes back was booked, in seconds UTC; None if it is not known.

    Of an invoice that is when it was finalized; of a payment that it counts as its own, once what
    was received for nothing that is known, when that came.
    """
    if counts_payment(posting):
        return usage.counted.get(posting.id)
    return next((posting.at for posting in each.postings if posting.memo == FINALIZED), None)


def _divided(each: Billed, posting: Posting) -> Iterable[Share]:
    """Return what a posting adds to what is billed, by lines."""
    if posting.memo == FINALIZED:
        return shares_of(each.invoice)
    given = each.given.get(posting.id)
    if given is not None:
        taken = kept_shares(each.invoice, given)
        return [replace(share, amount=-share.amount) for share in taken]
    amount = -posting.entries.get(accounts.RECEIVABLE, 0)
    if counts_payment(posting):
        return [Share(posting.income, posting.at, posting.at)]
    note = each.notes.get(posting.memo)
    if note is None:
        shares = scaled(shares_of(each.invoice), amount, each.invoice.total)
        if posting.memo in LOST and each.lost is not None:
            shares = kept_shares(each.invoice, each.lost)
        return [Share(-share.amount, share.start, share.end, share.line) for share in shares]
    sign = -1 if amount >= 0 else 1
    return [
        Share(sign * share.amount, share.start, share.end, share.line)
        for share in note_shares(each.invoice, note)
    ]


def _contra(posting: Posting) -> str:
    """Return which account bears what was earned by the time of a posting."""
    named = [each for each in posting.entries if each in INCOME and each != accounts.DEFERRED]
    if named and posting.memo != FINALIZED:
        return named[0]
    if posting.memo == FINALIZED:
        return accounts.REVENUE
    # All of it was deferred: what would have borne it is named by the reason.
    return _BY_MEMO.get(posting.memo, accounts.CREDIT_NOTES)


_BY_MEMO = {
    "voided": accounts.VOIDS,
    "uncollectible": accounts.BAD_DEBT,
    "refund": accounts.REFUNDS,
    "refunded out of band": accounts.REFUNDS,
    "refund counted": accounts.REFUNDS,
    "dispute opened": accounts.DISPUTES,
    "dispute won": accounts.DISPUTES,
    "credits_application_invoice_voided": accounts.VOIDS,
}


def other_entries(
    connection: Connection, scope: Scope, batch: list[Posting], closings: Closings
) -> Iterator[Entry]:
    """Yield the entries of postings that are of no invoice: charges, refunds, credits."""
    used = _credited_lines(connection, scope, batch)
    origins: dict[str, int] = {}
    clocks: dict[str, str] = {}
    if closings:
        origins = taken_from(connection, scope.book, batch)
        clocks = closings.clocks_of(each.customer for each in batch if each.customer)
    for posting in batch:
        amount = posting.income
        if not amount:
            continue
        invoice, line = used.get(posting.document, (None, None))
        start = end = posting.at
        if line is not None:
            start, end = line.period.start, line.period.end
        account = _contra(posting)
        if accounts.DEFERRED in posting.entries and amount > 0:
            account = accounts.REVENUE
        booking = closings.placed(
            Booking(amount, posting.at, start, end), clocks.get(posting.customer or ""), line,
            origins.get(posting.id),
        )  # fmt: skip
        yield Entry(
            f"{posting.id}.0", booking, account, posting.currency, posting.customer, posting.kind,
            posting.document, posting.memo, invoice, line,
        )  # fmt: skip


def _credited_lines(
    connection: Connection, scope: Scope, batch: list[Posting]
) -> dict[str, tuple[Invoice, InvoiceLineItem]]:
    """Return which line each use of billing credits paid for, by the use's id."""
    kind = "billing.credit_balance_transaction"
    ids = [posting.document for posting in batch if posting.kind == kind]
    rows = rows_of(connection, scope, kind, "id, document", "id", ids)
    places: dict[str, tuple[str, str]] = {}
    for id, text in rows:
        made: CreditBalanceTransaction = decoder(CreditBalanceTransaction).decode(text)
        where = made.debit.credits_applied if made.debit else None
        if made.credit is not None:
            where = made.credit.credits_application_invoice_voided
        if where is not None:
            places[id] = (where.invoice, where.invoice_line_item)
    invoices = invoices_named(connection, scope, [invoice for invoice, _ in places.values()])
    found = {}
    for id, (invoice, wanted) in places.items():
        if invoice in invoices:
            for line in invoices[invoice].lines.data:
                if line.id == wanted:
                    found[id] = (invoices[invoice], line)
    return found


def _in_scope(scope: Scope, found: Iterable[Entry]) -> Iterator[Entry]:
    for entry in found:
        if entry.booking.booked_at >= scope.end and entry.booking.begins >= scope.end:
            continue
        if entry.booking.booked_at >= scope.end and not entry.booking.accrued:
            continue
        if scope.product is None or entry.product == scope.product:
            yield entry
