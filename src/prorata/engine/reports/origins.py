"""Origins: when money was booked that is given back later, or counted as an invoice's.

By that a closed month is told from an open one.
"""

from collections.abc import Iterable

from prorata.engine.reports.postings import Posting
from prorata.store.connection import Connection
from prorata.store.names import table_name

# What takes money of a charge back, and names it.
OF_CHARGES = ("refund", "dispute")
# What a charge posts once its money is there.
RECEIVED = "l.kind = 'charge' AND l.memo = 'payment'"


def taken_from(connection: Connection, book: int, postings: Iterable[Posting]) -> dict[str, int]:
    """Return the second at which the charge of each refund or dispute was booked, by posting."""
    named: dict[str, dict[str, list[str]]] = {}
    for posting in postings:
        if posting.kind in OF_CHARGES:
            named.setdefault(posting.kind, {}).setdefault(posting.document, []).append(posting.id)
    found: dict[str, int] = {}
    for kind, documents in named.items():
        among, value = connection.any_of("d.id", documents)
        rows = connection.query(
            f"SELECT d.id, MIN(l.posted_at) FROM {table_name(kind)} d"
            " JOIN ledger l ON l.book = d.book AND l.object_id = d.charge"
            f" WHERE d.book = ? AND {among} AND {RECEIVED} GROUP BY d.id",
            (book, value),
        )
        for document, at in rows:
            found |= dict.fromkeys(documents[document], at)
    return found


def counted_from(connection: Connection, book: int, postings: list[Posting]) -> dict[str, int]:
    """Return when the payment was booked that each posting counts as its invoice's, by posting."""
    if not postings:
        return {}
    among, value = connection.any_of("p.invoice", sorted({each.document for each in postings}))
    rows = connection.query(
        "SELECT p.invoice, l.account, -l.amount, l.posted_at"
        f" FROM {table_name('invoice_payment')} p"
        f" JOIN {table_name('charge')} c ON c.book = p.book AND c.payment_intent = p.payment_intent"
        " JOIN ledger l ON l.book = p.book AND l.object_id = c.id"
        f" WHERE p.book = ? AND {among} AND {RECEIVED}",
        (book, value),
    )
    received = {(invoice, account, amount): at for invoice, account, amount, at in rows}
    return {
        posting.id: at
        for posting in postings
        for account, amount in posting.entries.items()
        if (at := received.get((posting.document, account, amount))) is not None
    }
