"""Usage proofs: show that all time of metered items is accounted for, and billed as it says."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

from prorata.engine.doctor import check, with_facts
from prorata.engine.runtime import System
from prorata.engine.subscriptions.usage import Mark
from prorata.resources.billing.subscription import ENDED
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

Form = dict[str, Any]

KIND = "prorata.usage_billing"
AT_ONCE = 500
# From when to when usage was accounted for, and whether its item was metered no longer then.
Span = tuple[Mark, Mark, bool]


@check("All time of every metered item is billed once, or free for a reason that has a name")
def time_is_accounted_for(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every item that ever was metered: its usage billings leave no gap and no overlap."""
    for book, batch in _batches(connection, "subscription"):
        spans: dict[str, list[Span]] = defaultdict(list)
        for billing, facts in _found(
            connection, book, KIND, "subscription", (each["id"] for each, _ in batch)
        ):
            period = billing["period"]
            if billing["outcome"] != "open":
                start = Mark(period["start"], facts.get("after", 0))
                end = Mark(period["end"], facts.get("until", 0))
                ends = facts.get("ends", False)
                spans[billing["subscription_item"]].append((start, end, ends))
        starts = {
            item: start
            for subscription, facts in batch
            for item, start in _starts(subscription, facts)
        }
        for item in sorted(spans.keys() | starts.keys()):
            yield _span_problem(item, sorted(spans[item]), starts.get(item))


def _starts(subscription: Form, facts: Form) -> Iterator[tuple[str, Mark]]:
    """Yield since when each metered item of a subscription that goes on is not billed yet."""
    if subscription["status"] in ENDED:
        return
    since, after = facts.get("usage_from", {}), facts.get("usage_after", {})
    for item in subscription["items"]["data"]:
        if (item["price"]["recurring"] or {}).get("usage_type") == "metered":
            second = since.get(item["id"], item["current_period_start"])
            yield item["id"], Mark(second, after.get(item["id"], 0))


def _span_problem(item: str, spans: list[Span], start: Mark | None) -> str | None:
    for (_, end, ends), (begin, _, _) in pairwise(spans):
        if begin < end or (begin > end and not ends):
            what = "twice" if begin < end else "not at all"
            return f"{item}: [{min(begin, end)}, {max(begin, end)}) is accounted for {what}"
    if start is not None and spans:
        _, end, ends = spans[-1]
        if start < end or (start > end and not ends):
            return f"{item}: is billed next from {start} on, its last period ended {end}"
    return None


@check("What invoices bill of usage is what is remembered of it")
def invoices_match(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every usage billing: its parts make its quantity, and its invoices bill that."""
    for book, batch in _batches(connection, KIND):
        named = {part["invoice"] for each, _ in batch for part in each["billed"]}
        billed: dict[tuple[str, str], tuple[Decimal, int]] = {}
        less: dict[tuple[str, str], int] = {}
        for invoice, facts in _found(connection, book, "invoice", "id", named - {None}):
            kept = facts.get("lines", {})
            for line in invoice["lines"]["data"]:
                fact = kept.get(line["id"], {})
                if fact.get("usage"):
                    key = (invoice["id"], fact["usage"])
                    quantity, amount = billed.get(key, (Decimal(0), 0))
                    shown = Decimal(line["quantity_decimal"] or 0)
                    billed[key] = (quantity + shown, amount + fact["gross"])
                if fact.get("takes_off"):
                    key = (invoice["id"], fact["takes_off"])
                    less[key] = less.get(key, 0) + fact["gross"]
        for billing, _ in batch:
            yield _billing_problem(billing, billed, less)


def _billing_problem(
    billing: Form,
    billed: dict[tuple[str, str], tuple[Decimal, int]],
    less: dict[tuple[str, str], int],
) -> str | None:
    """Return what is wrong with a billing whose invoices bill so much, and take so much off."""
    id, quantity, amount = billing["id"], Decimal(0), 0
    for part in billing["billed"]:
        key = (part["invoice"] or "", id)
        quantity += Decimal(part["quantity"])
        # Older invoices do not say which line takes off what was billed before: all of it.
        amount = part["amount"] + (-less[key] if key in less else amount)
        found = billed.get(key)
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


def _batches(connection: Connection, kind: str) -> Iterator[tuple[int, list[tuple[Form, Form]]]]:
    """Yield the documents of a kind with their facts, some of one book together."""
    batch: list[tuple[Form, Form]] = []
    owner = -1
    for book, form, kept in with_facts(connection, kind):
        if batch and (len(batch) == AT_ONCE or owner != book):
            yield owner, batch
            batch = []
        owner = book
        batch.append((form, kept))
    if batch:
        yield owner, batch


def _found(
    connection: Connection, book: int, kind: str, column: str, values: Iterable[str]
) -> Iterator[tuple[Form, Form]]:
    """Yield the documents whose column has one of these values, with their facts."""
    among, value = connection.any_of(column, sorted(values))
    rows = connection.query(
        f"SELECT document, private FROM {table_name(kind)}"
        f" WHERE book = ? AND deleted = 0 AND {among}",
        (book, value),
    )
    for text, kept in rows:
        yield plain(text), plain(kept) if kept else {}
