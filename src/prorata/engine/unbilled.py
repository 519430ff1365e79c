"""Unbilled: proves that whenever a subscription's period ended, an invoice says so.

Which periods there were is read in the subscription's history, so that pauses, new anchors, trials
and changes need no rule of their own: what is asked for is an invoice where one period ended and
the next one began.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.model.difference import walk_back
from prorata.resources.billing.subscription import LIVE
from prorata.rules.calendar import next_boundary
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import plain

Form = dict[str, Any]
# What of a subscription tells of its time.
TELLING = ("billing_cycle_anchor", "items", "status")
AT_ONCE = 500
# A period may have ended so many times between two writes, in books that are late.
STEPS_MAX = 1000


@check("Every period that a subscription renewed into was billed")
def renewals_billed(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every subscription: wherever a period of it ended, there is an invoice."""
    batch: list[Form] = []
    for book, document in documents(connection, "subscription"):
        if batch and (len(batch) == AT_ONCE or batch[0]["book"] != book):
            yield from _problems(connection, batch)
            batch = []
        batch.append({"book": book, "id": document["id"], **_telling(document)})
    if batch:
        yield from _problems(connection, batch)


def _telling(document: Form) -> Form:
    return {name: document[name] for name in TELLING if name in document}


def _problems(connection: Connection, batch: list[Form]) -> Iterator[str | None]:
    book, ids = batch[0]["book"], [each["id"] for each in batch]
    patches = _patches(connection, book, ids)
    billed = _billed(connection, book, ids)
    missing = {
        newest["id"]: [
            (item, at)
            for item, at in _ends(newest, patches[newest["id"]])
            if (newest["id"], at) not in billed and (item, at) not in billed
        ]
        for newest in batch
    }
    waiting = _waiting(connection, book) if any(missing.values()) else set()
    for id, ends in missing.items():
        item, at = next((each for each in ends if each not in waiting), (None, 0))
        yield None if item is None else f"{id}: nothing was billed for {item} from {at} on"


def _patches(connection: Connection, book: int, ids: list[str]) -> dict[str, list[Form]]:
    """Return the ways back of subscriptions, the newest first."""
    found: dict[str, list[Form]] = defaultdict(list)
    among, value = connection.any_of("object_id", ids)
    rows = connection.query(
        f"SELECT object_id, patch FROM history WHERE book = ? AND {among}"
        " ORDER BY object_id, revision DESC",
        (book, value),
    )
    for id, patch in rows:
        found[id].append(_telling(plain(patch)))
    return found


def _billed(connection: Connection, book: int, ids: list[str]) -> set[tuple[str, int]]:
    """Return for which seconds subscriptions, and items of theirs, were billed."""
    among, value = connection.any_of("subscription", ids)
    rows = connection.query(
        f"SELECT document FROM {table_name('invoice')} WHERE book = ? AND {among}", (book, value)
    )
    found: set[tuple[str, int]] = set()
    for (text,) in rows:
        invoice = plain(text)
        details = (invoice["parent"] or {}).get("subscription_details") or {}
        for name in ("created", "period_end"):
            found.add((details.get("subscription", ""), invoice[name]))
        for line in invoice["lines"]["data"]:
            of_item = (line["parent"] or {}).get("subscription_item_details")
            if of_item:
                found.add((of_item["subscription_item"], line["period"]["start"]))
    return found


def _waiting(connection: Connection, book: int) -> set[tuple[str, int]]:
    """Return for which seconds items are billed by what still waits for its invoice."""
    found = set()
    for owner, item in documents(connection, "invoiceitem"):
        details = (item["parent"] or {}).get("subscription_details")
        if owner == book and details and details["subscription_item"]:
            found.add((details["subscription_item"], item["period"]["start"]))
    return found


def _ends(newest: Form, patches: Iterable[Form]) -> Iterator[tuple[str, int]]:
    """Yield the (item, second) at which the periods of a subscription ended and others began."""
    newer = newest
    for patch in patches:
        older = walk_back(newer, patch)
        if older["status"] in LIVE and newer["status"] in LIVE:
            before = {item["id"]: item for item in older["items"]["data"]}
            for item in newer["items"]["data"]:
                if item["id"] in before:
                    yield from _ends_between(before[item["id"]], item, older, newer)
        newer = older


def _ends_between(before: Form, item: Form, older: Form, newer: Form) -> Iterator[tuple[str, int]]:
    at, start = before["current_period_end"], item["current_period_start"]
    recurring = before["price"]["recurring"]
    for _ in range(STEPS_MAX):
        # What begins with a trial is free.
        free = newer["status"] == "trialing" and at == start
        if at > start or free:
            return
        yield item["id"], at
        at = next_boundary(
            at, older["billing_cycle_anchor"], recurring["interval"], recurring["interval_count"]
        )
