"""Proofs: what must be true of the books, however often a process died on the way to them.

Each proof yields a sentence for each thing that is not so. They read past the API, and go beyond
`prorata doctor`, which finds books that contradict themselves: these also find what was done twice
though the books agree with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial

from prorata.engine.doctor import documents, examine
from prorata.engine.payments.proofs import asked_about
from prorata.engine.periods import PERIODICAL, billed_again
from prorata.engine.runtime import System
from prorata.store.connection import Connection

Proof = Callable[[System, Connection], Iterator[str]]
PROOFS: list[Proof] = []


def proof(function: Proof) -> Proof:
    """Register a proof: it yields a sentence for each thing that does not hold."""
    PROOFS.append(function)
    return function


def faults(system: System) -> list[str]:
    """Return all that the doctor and the proofs find, a sentence each."""
    found = [
        f"{each.check}: {each.id}: {each.problem}"
        for check in examine(system)
        for each in check.findings
    ]
    for function in PROOFS:
        found += system.database.read(partial(_run, function, system))
    return found


def _run(function: Proof, system: System, connection: Connection) -> list[str]:
    return list(function(system, connection))


@proof
def each_period_is_billed_once(system: System, connection: Connection) -> Iterator[str]:
    """Yield every price of a subscription that two invoices ask for over the same time."""
    billed: dict[tuple[int, str, str, int, int], list[str]] = defaultdict(list)
    more = billed_again(connection)
    for book, invoice in documents(connection, "invoice", "deleted = 0 AND status <> 'void'"):
        if invoice["billing_reason"] not in PERIODICAL:
            continue
        # A price's tiers are lines of their own.
        spans = {
            (
                details["subscription_item"],
                ((line["pricing"] or {}).get("price_details") or {}).get("price", ""),
                line["period"]["start"],
                line["period"]["end"],
            )
            for line in invoice["lines"]["data"]
            if (details := (line["parent"] or {}).get("subscription_item_details"))
            and not details["proration"]
            and line["amount"]
            and (invoice["id"], details["subscription_item"], line["period"]["start"]) not in more
        }
        for item, price, start, end in spans:
            billed[book, item, price, start, end].append(invoice["id"])
    for (_, item, price, start, end), invoices in billed.items():
        if len(invoices) > 1:
            yield f"{item}: {price} from {start} to {end} is on {', '.join(invoices)}"


@proof
def each_payment_is_charged_once(system: System, connection: Connection) -> Iterator[str]:
    """Yield every payment for which the gateway's own books show another sum than ours."""
    books = getattr(system.gateway, "books", None)
    if books is None:
        return
    intents = {
        attempt["id"]: attempt["payment_intent"]
        for _, attempt in documents(connection, "payment_attempt")
    }
    received = {
        intent["id"]: intent["amount_received"]
        for _, intent in documents(connection, "payment_intent")
    }
    taken: dict[str, list[str]] = defaultdict(list)
    kept: Counter[str] = Counter()
    asked = asked_about(connection)
    for order in books.charges():
        intent = intents.get(order.key)
        if order.key not in intents:
            yield f"{order.key}: the gateway took {order.captured} and nobody asked for it"
        elif intent is not None and order.key not in asked:
            taken[intent].append(order.key)
            # What came too late went back: it is not a payment.
            whole = order.refunded == order.captured and not received.get(intent)
            kept[intent] += 0 if whole else order.captured
    for intent in {intents.get(key) for key in asked}:
        received.pop(intent or "", None)
    for intent, amount in received.items():
        if kept[intent] != amount and not _came_back(kept[intent], amount, taken[intent]):
            yield f"{intent}: received {amount}, the gateway took {kept[intent]} ({taken[intent]})"


def _came_back(kept: int, amount: int, orders: list[str]) -> bool:
    """Return whether a difference is a second charge that a refund has undone; the doctor looks."""
    return len(orders) > 1 and kept > amount


@proof
def each_event_is_told_once(system: System, connection: Connection) -> Iterator[str]:
    """Yield every event that stands there twice.

    An invoice that is sent once more, or whose payment fails once more, does not change by it: it
    is told for each who asked.
    """
    rows = connection.query(
        "SELECT type, object_id, revision, COUNT(*) FROM event WHERE payload IS NULL"
        " GROUP BY book, type, kind, object_id, revision, CASE WHEN type IN"
        " ('invoice.payment_failed', 'invoice.payment_action_required', 'invoice.sent')"
        " THEN COALESCE(idempotency_key, request) END HAVING COUNT(*) > 1"
    )
    for type, id, revision, count in rows:
        yield f"{type} of {id} at revision {revision} was told {count} times"
