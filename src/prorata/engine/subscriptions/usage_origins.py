"""Usage origins: proves that what is remembered of usage is of whom and what it was billed for."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import Any

from prorata.engine.doctor import by_id, check, naming_with_facts, pages, with_facts
from prorata.engine.runtime import System
from prorata.store.connection import Connection

Form = dict[str, Any]
KIND = "prorata.usage_billing"
AT_ONCE = 500
# What it has of its subscription, and of the invoices that bill it.
SHARED = ("currency", "customer")
BILLED = ("billed", "open")
# Invoices that bill usage say so beside their lines.
BILLING = "deleted = 0 AND private LIKE '%\"usage\":\"%'"


@check("What is remembered of usage is of its subscription, its price and its invoices")
def usage_fits(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every usage billing: whoever it names has the same customer, currency and meter.

    And where something was used, the customer has used it.
    """
    for book, billings in pages(connection, KIND, AT_ONCE):
        subscriptions = by_id(
            connection, "subscription", book, (each["subscription"] for each in billings.values())
        )
        prices = by_id(connection, "price", book, (each["price"] for each in billings.values()))
        lines = _lines(connection, book, billings)
        used = _used(connection, book, billings)
        for id, billing in billings.items():
            problem = (
                _subscription_problem(billing, subscriptions.get(billing["subscription"]))
                or _price_problem(billing, prices.get(billing["price"]))
                or _lines_problem(billing, lines.get(id, []))
            )
            if Decimal(billing["quantity"]) and (billing["customer"], billing["meter"]) not in used:
                problem = problem or f"bills {billing['quantity']} to who has used nothing"
            yield f"{id}: {problem}" if problem else None


@check("All usage that an invoice bills is remembered")
def usage_is_remembered(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice that bills usage: what remembers it is there."""
    found = with_facts(connection, "invoice", BILLING)
    while batch := list(islice(found, AT_ONCE)):
        named: dict[int, dict[str, set[str]]] = defaultdict(dict)
        for book, invoice, facts in batch:
            lines = facts.get("lines", {}).values()
            named[book][invoice["id"]] = {each["usage"] for each in lines if each.get("usage")}
        for book, invoices in named.items():
            there = by_id(connection, KIND, book, set().union(*invoices.values()))
            for id, wanted in invoices.items():
                gone = sorted(wanted - there.keys())
                yield f"{id}: bills the usage of {gone[0]}, and there is none" if gone else None


def _subscription_problem(billing: Form, subscription: Form | None) -> str | None:
    if subscription is None:
        return f"is of {billing['subscription']}, and there is none"
    for name in SHARED:
        if billing[name] != subscription[name]:
            return f"is of {billing[name]}, its subscription of {subscription[name]}"
    return None


def _price_problem(billing: Form, price: Form | None) -> str | None:
    # What was deleted is there no more; that it was there is another check's.
    meter = None if price is None else (price["recurring"] or {}).get("meter")
    if price is not None and meter != billing["meter"]:
        return f"is counted by {billing['meter']}, its price by {meter}"
    return None


def _lines_problem(billing: Form, lines: list[tuple[Form, Form]]) -> str | None:
    """Return what is wrong between a billing and the lines that bill it, with their invoices."""
    for invoice, line in lines:
        # A trial shows its usage for nothing.
        if line["amount"] and billing["outcome"] not in BILLED:
            return f"is {billing['outcome']}, and {invoice['id']} bills it"
        for name in SHARED:
            if billing[name] != invoice[name]:
                return f"is of {billing[name]}, {invoice['id']} of {invoice[name]}"
        details = (line["parent"] or {}).get("subscription_item_details") or {}
        item = details.get("subscription_item")
        if item not in (billing["subscription_item"], None):
            return f"is of {billing['subscription_item']}, {invoice['id']} bills {item}"
        price = ((line["pricing"] or {}).get("price_details") or {}).get("price")
        if price not in (billing["price"], None):
            return f"has the price {billing['price']}, {invoice['id']} bills {price}"
    return None


def _lines(
    connection: Connection, book: int, billings: dict[str, Form]
) -> dict[str, list[tuple[Form, Form]]]:
    """Return the lines that bill the usage of these billings, with their invoices."""
    named = {
        part["invoice"] for each in billings.values() for part in each["billed"]
    } - {None}  # fmt: skip
    found: dict[str, list[tuple[Form, Form]]] = {}
    if not named:
        return found
    for invoice, facts in naming_with_facts(connection, "invoice", "id", book, sorted(named)):
        kept = facts.get("lines", {})
        for line in invoice["lines"]["data"]:
            billing = kept.get(line["id"], {}).get("usage")
            if billing:
                found.setdefault(billing, []).append((invoice, line))
    return found


def _used(connection: Connection, book: int, billings: dict[str, Form]) -> set[tuple[str, str]]:
    """Return the customers of these billings who have used something, with its meter."""
    among, value = connection.any_of(
        "customer", sorted({each["customer"] for each in billings.values()})
    )
    rows = connection.query(
        f"SELECT DISTINCT customer, meter FROM usage_series WHERE book = ? AND {among}",
        (book, value),
    )
    return {(customer, meter) for customer, meter in rows}

