"""Usage proofs: show that all time of metered items is accounted for, and billed as it says."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.engine.subscriptions.usage import Mark
from prorata.resources.billing.subscription import ENDED
from prorata.store.connection import Connection

Form = dict[str, Any]
Key = tuple[int, str]
KIND = "prorata.usage_billing"


@check("All time of every metered item is billed once, or free for a reason that has a name")
def time_is_accounted_for(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every item that ever was metered: its usage billings leave no gap and no overlap."""
    spans: dict[Key, list[tuple[Mark, Mark]]] = {}
    facts = documents(connection, KIND, column="private")
    for (book, billing), (_, private) in zip(documents(connection, KIND), facts, strict=True):
        period = billing["period"]
        if billing["outcome"] != "open":
            start = Mark(period["start"], private.get("after", 0))
            end = Mark(period["end"], private.get("until", 0))
            spans.setdefault((book, billing["subscription_item"]), []).append((start, end))
    starts = _starts(connection)
    for key in sorted(spans.keys() | starts.keys()):
        found = sorted(spans.get(key, ()))
        yield _span_problem(key[1], found, starts.get(key))


def _span_problem(item: str, spans: list[tuple[Mark, Mark]], start: Mark | None) -> str | None:
    for (_, end), (begin, _) in pairwise(spans):
        if begin != end:
            what = "twice" if begin < end else "not at all"
            return f"{item}: [{min(begin, end)}, {max(begin, end)}) is accounted for {what}"
    if start is not None and spans and spans[-1][1] != start:
        return f"{item}: is billed next from {start} on, its last period ended {spans[-1][1]}"
    return None


def _starts(connection: Connection) -> dict[Key, Mark]:
    """Return since when each metered item of a subscription that goes on is not billed yet."""
    found: dict[Key, Mark] = {}
    forms = documents(connection, "subscription")
    facts = documents(connection, "subscription", column="private")
    for (book, subscription), (_, private) in zip(forms, facts, strict=True):
        if subscription["status"] in ENDED:
            continue
        since, after = private.get("usage_from", {}), private.get("usage_after", {})
        for item in subscription["items"]["data"]:
            if (item["price"]["recurring"] or {}).get("usage_type") == "metered":
                second = since.get(item["id"], item["current_period_start"])
                found[book, item["id"]] = Mark(second, after.get(item["id"], 0))
    return found


@check("What invoices bill of usage is what is remembered of it")
def invoices_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every usage billing: its parts make its quantity, and its invoices bill that."""
    billed: dict[tuple[int, str, str], tuple[Decimal, int]] = {}
    for book, invoice, facts in _invoices(connection):
        for line in invoice["lines"]["data"]:
            fact = facts.get(line["id"], {})
            if fact.get("usage"):
                key = (book, invoice["id"], fact["usage"])
                quantity, amount = billed.get(key, (Decimal(0), 0))
                shown = Decimal(line["quantity_decimal"] or 0)
                billed[key] = (quantity + shown, amount + fact["gross"])
    for book, billing in documents(connection, KIND):
        yield _billing_problem(book, billing, billed)


def _billing_problem(
    book: int, billing: Form, billed: dict[tuple[int, str, str], tuple[Decimal, int]]
) -> str | None:
    id, quantity, amount = billing["id"], Decimal(0), 0
    for part in billing["billed"]:
        quantity += Decimal(part["quantity"])
        amount += part["amount"]
        found = billed.get((book, part["invoice"] or "", id))
        # A line that was set by hand bills what was said, and what came late has its own line.
        if found is not None and found != (quantity, amount):
            return (
                f"{id}: {part['invoice']} bills {found[0]} for {found[1]}, {quantity} for {amount}"
                " is remembered"
            )
    if billing["billed"] and quantity != Decimal(billing["quantity"]):
        return f"{id}: {billing['quantity']} is billed, its parts make {quantity}"
    free = billing["outcome"] not in ("billed", "open")
    if free and Decimal(billing["quantity"]):
        return f"{id}: is free ({billing['outcome']}), and {billing['quantity']} is billed"
    return None


def _invoices(connection: Connection) -> Iterator[tuple[int, Form, Form]]:
    forms = documents(connection, "invoice")
    facts = documents(connection, "invoice", column="private")
    for (book, invoice), (_, private) in zip(forms, facts, strict=True):
        yield book, invoice, private.get("lines", {})
