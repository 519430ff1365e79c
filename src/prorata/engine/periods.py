"""Periods: proves that no time of a subscription's item is billed twice."""

from collections.abc import Collection, Iterator
from itertools import pairwise
from typing import Any

from prorata.engine.doctor import check, documents, naming, pages
from prorata.engine.runtime import System
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

PERIODICAL = ("subscription_create", "subscription_cycle")
# Subscriptions that are looked at together, with all that was ever billed for them.
AT_ONCE = 100
Span = tuple[int, int]


@check("Every subscription's periods follow one another without gap or overlap")
def periods_chain(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every subscription item: its billed periods neither gap nor overlap."""
    again = billed_again(connection)
    for book, subscriptions in pages(connection, "subscription", AT_ONCE):
        # By price too: whoever changes it without proration bills the same time anew.
        billed: dict[tuple[str, str], dict[Span, set[str]]] = {}
        credited = _given_back(connection, book, subscriptions)
        for invoice in naming(connection, "invoice", "subscription", book, subscriptions):
            if invoice["status"] != "void":
                _bill(invoice, again, billed, credited)
        for (item, _), spans in billed.items():
            yield _chain_problem(item, spans, credited.get(item, []))


def _bill(
    invoice: dict[str, Any],
    again: set[tuple[str, str, int]],
    billed: dict[tuple[str, str], dict[Span, set[str]]],
    credited: dict[str, list[Span]],
) -> None:
    """Add the times that an invoice bills, and those that it credits."""
    for line in invoice["lines"]["data"]:
        details = (line["parent"] or {}).get("subscription_item_details")
        if not details:
            continue
        item = details["subscription_item"]
        span = (line["period"]["start"], line["period"]["end"])
        if details["proration"]:
            if line["amount"] <= 0:
                credited.setdefault(item, []).append(span)
        elif line["amount"] and invoice["billing_reason"] in PERIODICAL:
            price = ((line["pricing"] or {}).get("price_details") or {}).get("price", "")
            # Tiers of one price share a period, and an invoice.
            invoices = billed.setdefault((item, price), {}).setdefault(span, set())
            if (invoice["id"], item, span[0]) not in again:
                invoices.add(invoice["id"])


def billed_again(connection: Connection) -> set[tuple[str, str, int]]:
    """Return what bills no more than a difference of a period's usage: late usage.

    That is an invoice, the item, and the second at which the period began.
    """
    return {
        (part["invoice"], billing["subscription_item"], billing["period"]["start"])
        for _, billing in documents(connection, "prorata.usage_billing")
        for part in billing["billed"][1:]
    }


def _given_back(
    connection: Connection, book: int, subscriptions: Collection[str]
) -> dict[str, list[Span]]:
    """Return the times that were credited or given up, by the item that was billed for them."""
    found: dict[str, list[Span]] = {}
    for item in naming(connection, "invoiceitem", "subscription", book, subscriptions):
        details = item["parent"]["subscription_details"]
        if item["proration"] and item["amount"] <= 0:
            span = (item["period"]["start"], item["period"]["end"])
            found.setdefault(details["subscription_item"], []).append(span)
    among, value = connection.any_of("id", subscriptions)
    rows = connection.query(
        f"SELECT private FROM {table_name('subscription')} WHERE book = ? AND {among}",
        (book, value),
    )
    for (facts,) in rows:
        for each in plain(facts or "{}").get("waived", ()):
            found.setdefault(each["item"], []).append((each["start"], each["end"]))
    return found


def _chain_problem(
    item: str, billed: dict[Span, set[str]], credited: list[Span]
) -> str | None:
    for (start, end), invoices in billed.items():
        if len(invoices) > 1 and not _covered(credited, start, end):
            return f"{item}: billed from {start} to {end} by {', '.join(sorted(invoices))}"
    for (start, end), (following, stop) in pairwise(sorted(billed)):
        # A span that begins later must not begin too early.
        until = min(end, stop)
        if start < following < end and not _covered(credited, following, until):
            return f"{item}: billed twice from {following} to {until}"
    return None


def _covered(spans: list[Span], start: int, end: int) -> bool:
    """Return whether spans, one or several together, cover all from a second to another."""
    for first, last in sorted(spans):
        if first <= start:
            start = max(start, last)
    return start >= end
