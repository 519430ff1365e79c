"""Amounts: proves that what an invoice says it is worth, and is owed, follows from its lines.

All of it is read in an invoice itself, in one pass: what payments and credit notes make of it is
asked by other checks.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.store.connection import Connection
from prorata.store.names import table_name

Form = dict[str, Any]
# As a sequence makes them; what a seller has written by hand may stand twice.
DRAWN = re.compile(r".+-\d{4,}")


@check("Every invoice adds up")
def invoices_add_up(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: its lines, discounts, taxes and payments make its amounts."""
    for _, invoice in documents(connection, "invoice"):
        problem = next(chain(_worth(invoice), _owed(invoice)), None)
        yield None if problem is None else f"{invoice['id']}: {problem}"


def _worth(invoice: Form) -> Iterator[str]:
    """Yield what is wrong with what an invoice comes to, before anything is paid of it."""
    lines = invoice["lines"]["data"]
    taxes = invoice["total_taxes"] or ()
    own = sum(
        each["amount"] for line in lines for each in line["discount_amounts"] or ()
        if each["discount"] not in invoice["discounts"]
    )  # fmt: skip
    subtotal = sum(line["amount"] for line in lines) - own
    if invoice["subtotal"] != subtotal:
        yield f"subtotal is {invoice['subtotal']}, its lines make {subtotal}"
    credits = sum(
        each["amount"] for line in lines for each in line["pretax_credit_amounts"] or ()
    ) - own  # fmt: skip
    exclusive = sum(each["amount"] for each in taxes if each["tax_behavior"] == "exclusive")
    total = subtotal - credits + exclusive + invoice["amount_shipping"]
    if invoice["total"] != total:
        yield f"total is {invoice['total']}, its parts make {total}"
    shipping = invoice["shipping_cost"] or {"amount_tax": 0, "amount_total": 0}
    if invoice["amount_shipping"] != shipping["amount_total"]:
        yield f"shipping is {invoice['amount_shipping']}, and costs {shipping['amount_total']}"
    untaxed = total - sum(each["amount"] for each in taxes) - shipping["amount_tax"]
    if invoice["total_excluding_tax"] not in (untaxed, None):
        yield f"is {invoice['total_excluding_tax']} without its taxes, which leave {untaxed}"
    # What of the subtotal is tax inside of it depends on the rates; elsewhere there is none.
    inside = any(each["tax_behavior"] == "inclusive" for each in taxes)
    if not inside and invoice["subtotal_excluding_tax"] not in (subtotal, None):
        yield f"subtotal is {invoice['subtotal_excluding_tax']} without taxes that are not in it"
    strange = {line["currency"] for line in lines} - {invoice["currency"]}
    if strange:
        yield f"is in {invoice['currency']}, and has lines in {', '.join(sorted(strange))}"


def _owed(invoice: Form) -> Iterator[str]:
    """Yield what is wrong with what is owed of an invoice.

    What it is worth was asked for, or went to the balance as what is too little to charge or is
    the customer's; credit notes have taken off what was asked for then.
    """
    if invoice["status"] == "draft" or invoice["status_transitions"]["finalized_at"] is None:
        return
    start, end = invoice["starting_balance"], invoice["ending_balance"]
    asked = invoice["amount_due"] + invoice["pre_payment_credit_notes_amount"]
    owed = invoice["total"] + start
    settled = (asked, end) == (0, owed) or ((asked, end) == (owed, 0) and owed > 0)
    # What was paid at the till has left the balance as it was.
    if not settled and (start, end, asked) != (0, 0, max(0, invoice["total"])):
        yield f"asks for {asked} and leaves a balance of {end}, with that of {start} it is {owed}"
    due, paid, remaining = (
        invoice[name] for name in ("amount_due", "amount_paid", "amount_remaining")
    )
    if invoice["status"] == "paid" and remaining:
        yield f"is paid, but {remaining} remain"
    elif invoice["status"] == "paid" and paid != due:
        yield f"is paid by {paid}, and {due} was due"
    elif invoice["status"] != "paid" and remaining != max(due - paid, 0):
        yield f"{remaining} remain, but due less paid is {max(due - paid, 0)}"


@check("Every invoice has a number of its own")
def numbers_are_unique(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every number that a sequence has given to more than one invoice, and nothing else."""
    twice = connection.query(
        f"SELECT book, number FROM {table_name('invoice')} WHERE number IS NOT NULL"
        " GROUP BY book, number HAVING COUNT(*) > 1"
    )
    for book, number in twice:
        where = f"deleted = 0 AND status <> 'draft' AND book = {int(book)}"
        rows = connection.query(
            f"SELECT id FROM {table_name('invoice')} WHERE {where} AND number = ? ORDER BY id",
            (number,),
        )
        ids = [id for (id,) in rows]
        if len(ids) > 1 and DRAWN.fullmatch(number):
            yield f"{ids[-1]}: has the number {number}, which is that of {ids[0]}"
