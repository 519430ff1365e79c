"""Note proofs: what a credit note says adds up, and is of its invoice."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain
from typing import Any

from prorata.engine.doctor import by_id, check, naming, pages
from prorata.engine.runtime import System
from prorata.store.connection import Connection

Form = dict[str, Any]


@check("What was credited on every invoice came from credit notes")
def credit_notes_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: its credit notes make what it says was credited, before and after."""
    for book, invoices in pages(connection, "invoice"):
        notes: dict[str, list[Form]] = defaultdict(list)
        for note in naming(connection, "credit_note", "invoice", book, invoices):
            notes[note["invoice"]].append(note)
        for id, invoice in invoices.items():
            said = tuple(
                invoice[f"{when}_payment_credit_notes_amount"] for when in ("pre", "post")
            )
            issued = [each for each in notes[id] if each["status"] == "issued"]
            found = tuple(
                sum(each[f"{when}_payment_amount"] for each in issued) for when in ("pre", "post")
            )
            problem = f"{id}: {sum(said)} credited, its credit notes make {sum(found)}"
            yield None if said == found else problem


@check("Every credit note adds up, and is of its invoice and its customer")
def credit_notes_add_up(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every credit note: its lines make its sums, and these go where it says."""
    for book, notes in pages(connection, "credit_note"):
        invoices = by_id(connection, "invoice", book, {each["invoice"] for each in notes.values()})
        named = {each["customer_balance_transaction"] for each in notes.values()} - {None}
        moved = by_id(connection, "customer_balance_transaction", book, named)
        numbers = Counter((each["invoice"], each["number"]) for each in notes.values())
        for id, note in notes.items():
            invoice = invoices.get(note["invoice"])
            of_invoice = _origin(note, invoice) if invoice is not None else ()
            twice = numbers[note["invoice"], note["number"]] > 1
            problem = next(chain(_sums(note), _given(note, moved), of_invoice), None)
            problem = problem or (f"has the number {note['number']} of another" if twice else None)
            yield None if problem is None else f"{id}: {problem}"


def _sums(note: Form) -> Iterator[str]:
    """Yield what of a note's sums is not that of its parts."""
    lines = note["lines"]["data"]
    taxes = [tax for line in lines for tax in line["taxes"] or ()]
    exclusive = sum(tax["amount"] for tax in taxes if tax["tax_behavior"] == "exclusive")
    inclusive = sum(tax["amount"] for tax in taxes) - exclusive
    shipping = note["shipping_cost"] or {"amount_tax": 0, "amount_total": 0}
    subtotal = sum(line["amount"] for line in lines)
    credits = sum(each["amount"] for line in lines for each in line["pretax_credit_amounts"])
    total = subtotal - credits + exclusive + shipping["amount_total"]
    expected = {
        "amount": total,
        "amount_shipping": shipping["amount_total"],
        "discount_amount": sum(
            each["amount"] for line in lines for each in line["discount_amounts"]
        ),
        "subtotal": subtotal,
        "subtotal_excluding_tax": subtotal - inclusive,
        "total": total,
        "total_excluding_tax": total - exclusive - inclusive - shipping["amount_tax"],
    }
    for name, value in expected.items():
        if note[name] != value:
            yield f"{name} is {note[name]}, its parts make {value}"
    shown = sum(tax["amount"] for tax in note["total_taxes"] or ())
    if shown != exclusive + inclusive:
        yield f"takes {shown} of taxes back, its lines {exclusive + inclusive}"


def _given(note: Form, moved: dict[str, Form]) -> Iterator[str]:
    """Yield what is wrong with how a note's amount reaches its customer."""
    early, late = note["pre_payment_amount"], note["post_payment_amount"]
    if note["amount"] != early + late:
        yield f"is {note['amount']}, its parts make {early + late}"
    type = "pre_payment" if not late else "mixed" if early else "post_payment"
    if note["type"] != type:
        yield f"is called {note['type']}, and is {type}"
    back = sum(each["amount_refunded"] for each in note["refunds"])
    back += note["out_of_band_amount"] or 0
    transaction = note["customer_balance_transaction"]
    found = moved.get(transaction)
    if found is not None:
        other = [name for name in ("customer", "invoice") if found[name] != note[name]]
        if found["credit_note"] != note["id"] or other:
            yield f"names {transaction}, which is of {found[other[0] if other else 'credit_note']}"
        back -= found["amount"]
    if back != late:
        yield f"{back} was given back by it, and {late} of it had been paid"


def _origin(note: Form, invoice: Form) -> Iterator[str]:
    """Yield in what a note is not of its invoice."""
    for name in ("currency", "customer"):
        if note[name] != (invoice[name] or ""):
            yield f"is of {note[name]}, its invoice of {invoice[name]}"
    if not note["number"].startswith(f"{invoice['number']}-CN-"):
        yield f"has the number {note['number']}, its invoice {invoice['number']}"

