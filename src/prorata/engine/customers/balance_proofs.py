"""Balance proofs: each movement of a customer's balance is what its invoice and the ledger say."""

from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import by_id, check, pages
from prorata.engine.runtime import System
from prorata.rules.accounts import CUSTOMER_BALANCE
from prorata.store.connection import Connection

Form = dict[str, Any]


@check("Every transaction of a balance is what its invoice and the ledger say of it")
def transactions_fit(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every transaction of a customer's balance: its amount, its type and its invoice."""
    for book, page in pages(connection, "customer_balance_transaction"):
        among, value = connection.any_of("object_id", page)
        rows = connection.query(
            "SELECT object_id, memo, currency, SUM(amount) FROM ledger"
            f" WHERE book = ? AND account = ? AND {among} GROUP BY object_id, memo, currency",
            (book, CUSTOMER_BALANCE, value),
        )
        posted = {(id, memo, currency): int(amount) for id, memo, currency, amount in rows}
        named = {each["invoice"] for each in page.values()} - {None}
        invoices = by_id(connection, "invoice", book, named)
        for id, each in page.items():
            found = posted.get((id, each["type"], each["currency"]), 0)
            problem = None
            if found != each["amount"]:
                problem = f"is {each['type']} of {each['amount']}, the ledger has {found} of that"
            elif each["invoice"] in invoices:
                problem = _invoice_problem(each, invoices[each["invoice"]])
            yield f"{id}: {problem}" if problem else None


def _invoice_problem(transaction: Form, invoice: Form) -> str | None:
    """Return what is wrong between a transaction and the invoice that it names."""
    for name in ("currency", "customer"):
        if transaction[name] != invoice[name]:
            return f"is of {transaction[name]}, its invoice of {invoice[name]}"
    start, end = invoice["starting_balance"], invoice["ending_balance"] or 0
    # What is too little, or too much, to charge was moved by itself.
    possible = {
        "applied_to_invoice": (end - start, -start),
        "invoice_too_large": (end,),
        "invoice_too_small": (end,),
        "unapplied_from_invoice": (start - end,),
    }.get(transaction["type"])
    amount = transaction["amount"]
    if possible is not None and amount not in possible:
        return f"moves {amount}, its invoice went from {start} to {end}"
    if transaction["type"] == "invoice_overpaid" and -amount > invoice["amount_overpaid"]:
        return f"moves {-amount}, its invoice was overpaid by {invoice['amount_overpaid']}"
    return None
