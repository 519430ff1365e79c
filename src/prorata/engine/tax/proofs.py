"""Tax proofs: show that automatic taxes are what their rates make, and that nothing goes astray."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.engine.tax.assess import WITHOUT_BASE
from prorata.rules.currency import smallest_step
from prorata.store.connection import Connection

Form = dict[str, Any]


@check("The taxes of every invoice are those of its lines, each by its rate")
def invoices_are_taxed(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice: its lines' taxes make its total taxes; automatic ones fit their rate."""
    rates = {
        (book, rate["id"]): Fraction(str(rate["percentage"]))
        for book, rate in documents(connection, "tax_rate")
    }
    for book, invoice in documents(connection, "invoice"):
        yield _problem(book, invoice, rates)


def _problem(book: int, invoice: Form, rates: dict[tuple[int, str], Fraction]) -> str | None:
    made: dict[tuple[str, str, str], list[int]] = {}
    lines = invoice["lines"]["data"]
    for tax in (tax for line in lines for tax in line["taxes"] or ()):
        sums = made.setdefault(_key(tax), [0, 0])
        sums[0] += tax["amount"]
        sums[1] += tax["taxable_amount"] or 0
    shown = {
        _key(tax): [tax["amount"], tax["taxable_amount"] or 0]
        for tax in invoice["total_taxes"] or ()
    }
    if made != shown:
        return f"{invoice['id']}: its lines' taxes make {made}, it shows {shown}"
    automatic = invoice["automatic_tax"]
    if not automatic["enabled"]:
        return None
    if invoice["status"] != "draft" and automatic["status"] != "complete":
        return f"{invoice['id']}: was finalized with taxes that are {automatic['status']}"
    step = smallest_step(invoice["currency"])
    for (rate, _, reason), (amount, base) in made.items():
        if reason in WITHOUT_BASE and (amount or base):
            return f"{invoice['id']}: {amount} on {base} of {reason}"
        if reason in ("standard_rated", "reduced_rated"):
            exact = base * rates.get((book, rate), Fraction(0)) / 100
            # Each line's net base was rounded by itself.
            if abs(amount - exact) > step * (len(lines) + 1):
                return f"{invoice['id']}: {amount} on {base} is not by the rate {rate}"
    return None


def _key(tax: Form) -> tuple[str, str, str]:
    details = tax["tax_rate_details"] or {}
    return details.get("tax_rate", ""), tax["tax_behavior"], tax["taxability_reason"]


@check("Every tax calculation adds up")
def calculations_add_up(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every calculation: its breakdown makes its taxes."""
    for _, calculation in documents(connection, "tax.calculation"):
        made = {True: 0, False: 0}
        for each in calculation["tax_breakdown"]:
            made[each["inclusive"]] += each["amount"]
        shown = calculation["tax_amount_inclusive"], calculation["tax_amount_exclusive"]
        problem = f"{calculation['id']}: its breakdown makes {made}, it shows {shown}"
        yield None if (made[True], made[False]) == shown else problem


@check("Every reversal of a tax transaction takes back what there was")
def reversals_have_originals(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every reversal: there is what it reverses, in its currency."""
    found = {(book, each["id"]): each for book, each in documents(connection, "tax.transaction")}
    for (book, id), each in found.items():
        if each["type"] != "reversal":
            continue
        original = found.get((book, (each["reversal"] or {}).get("original_transaction")))
        if original is None or original["type"] != "transaction":
            yield f"{id}: reverses what is no transaction"
        elif original["currency"] != each["currency"]:
            yield f"{id}: is in another currency than {original['id']}"
        else:
            yield None
