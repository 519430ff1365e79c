"""Refund proofs: what went back of a charge is what its refunds say, of its payment."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import check, naming_with_facts, pages
from prorata.engine.runtime import System
from prorata.rules.accounts import CASH, RECEIVABLE, REFUNDS
from prorata.store.connection import Connection

Form = dict[str, Any]
# Refunds that gave nothing back.
UNDONE = ("failed", "canceled")
# What a refund has of its charge.
OF_CHARGE = ("currency", "payment_intent")


@check("What was refunded of every charge came from refunds")
def refunds_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge: its refunds make what it says was refunded, but for what was let go.

    And each of them is of its payment, in its currency.
    """
    for book, charges in pages(connection, "charge"):
        refunds: dict[str, list[tuple[Form, Form]]] = defaultdict(list)
        for refund, facts in naming_with_facts(connection, "refund", "charge", book, charges):
            refunds[refund["charge"]].append((refund, facts))
        ids = [refund["id"] for found in refunds.values() for refund, _ in found]
        posted = _posted(connection, book, ids) if ids else {}
        for id, charge in charges.items():
            found = sum(
                refund["amount"] for refund, facts in refunds[id]
                if refund["status"] not in UNDONE and not facts.get("asking")
            )  # fmt: skip
            said, let_go = charge["amount_refunded"], charge["amount"] - charge["amount_captured"]
            problem = f"{id}: {said} refunded, its refunds make {found}"
            yield None if found in (said, said - let_go) else problem
            for refund, facts in refunds[id]:
                wrong = _refund_problem(charge, refund, facts, posted.get(refund["id"]))
                yield f"{refund['id']}: {wrong}" if wrong else None


def _refund_problem(
    charge: Form, refund: Form, facts: Form, posted: set[str] | None
) -> str | None:
    """Return what is wrong with a refund; posted: the accounts that bear it in the ledger."""
    for name in OF_CHARGE:
        if refund[name] != charge[name]:
            return f"has the {name} {refund[name]}, its charge {charge[name]}"
    if refund["amount"] > charge["amount"]:
        return f"gives {refund['amount']} back of {charge['amount']}"
    note, account = facts.get("credit_note"), facts.get("account")
    if note is not None and account != RECEIVABLE:
        return f"is of {note}, and posted against {account}"
    # What an invoice was paid with goes back against what the invoice is owed.
    borne = {RECEIVABLE, REFUNDS} if account == REFUNDS else {account}
    if posted and not posted <= borne:
        return f"is to be posted against {account}, the ledger has {', '.join(sorted(posted))}"
    return None


def _posted(connection: Connection, book: int, ids: list[str]) -> dict[str, set[str]]:
    """Return the accounts of these refunds in the ledger, but for the cash that left."""
    among, value = connection.any_of("object_id", ids)
    posted: dict[str, set[str]] = defaultdict(set)
    for id, account in connection.query(
        f"SELECT DISTINCT object_id, account FROM ledger WHERE book = ? AND account <> ?"
        f" AND {among}",
        (book, CASH, value),
    ):
        posted[id].add(account)
    return posted
