"""Proofs: what must be true of the books, however often a process died on the way to them.

Each proof yields a sentence for each thing that is not so. They read past the API, and go beyond
`prorata doctor`, which finds books that contradict themselves: these also find what was done twice
or not told, though the books agree with it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from prorata.engine.doctor import asked_about, documents, examine
from prorata.engine.runtime import System
from prorata.model.difference import walk_back
from prorata.model.resource import REGISTRY
from prorata.store.connection import Connection
from prorata.store.names import table_name
from prorata.store.records import key_of, plain

Proof = Callable[[System, Connection], Iterator[str]]
PROOFS: list[Proof] = []
PERIODICAL = ("subscription_create", "subscription_cycle")
# Of some of their changes other nouns tell: a dispute, a refund that failed, a discount.
QUIET = frozenset({"charge", "coupon", "promotion_code"})


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
    more = _billed_again(connection)
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


def _billed_again(connection: Connection) -> set[tuple[str, str, int]]:
    """Return what bills a difference of a period's usage, as the doctor proves: late usage."""
    return {
        (part["invoice"], billing["subscription_item"], billing["period"]["start"])
        for _, billing in documents(connection, "prorata.usage_billing")
        for part in billing["billed"][1:]
    }


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
    for intent, amount in received.items():
        if kept[intent] != amount and not _came_back(kept[intent], amount, taken[intent]):
            yield f"{intent}: received {amount}, the gateway took {kept[intent]} ({taken[intent]})"


def _came_back(kept: int, amount: int, orders: list[str]) -> bool:
    """Return whether a difference is a second charge that a refund has undone; the doctor looks."""
    return len(orders) > 1 and kept > amount


@proof
def each_event_is_told_once(system: System, connection: Connection) -> Iterator[str]:
    """Yield every event that stands there twice.

    A payment that somebody asks for once more and that fails once more changes nothing of its
    invoice: it is told for each who asked.
    """
    rows = connection.query(
        "SELECT type, object_id, revision, COUNT(*) FROM event WHERE payload IS NULL"
        " GROUP BY book, type, kind, object_id, revision, CASE WHEN type IN"
        " ('invoice.payment_failed', 'invoice.payment_action_required')"
        " THEN COALESCE(idempotency_key, request) END HAVING COUNT(*) > 1"
    )
    for type, id, revision, count in rows:
        yield f"{type} of {id} at revision {revision} was told {count} times"


@proof
def each_change_is_told(system: System, connection: Connection) -> Iterator[str]:
    """Yield every document that is not as the newest event about it tells."""
    for kind, spec in REGISTRY.items():
        if not {"created", "updated"} <= spec.events or kind in QUIET:
            continue
        rows = connection.query(
            f"SELECT d.book, {_key(kind)}, d.revision, d.document, MAX(e.revision)"
            f" FROM {table_name(kind)} d JOIN event e ON e.book = d.book AND e.kind = ?"
            " AND e.object_id = d.id WHERE d.deleted = 0"
            " GROUP BY d.book, d.id, d.revision, d.document HAVING MAX(e.revision) < d.revision",
            (kind,),
        )
        for book, key, revision, text, told in rows:
            patches = connection.query(
                "SELECT patch FROM history WHERE book = ? AND object_id = ? AND revision > ?"
                " ORDER BY revision DESC",
                (book, key, told),
            )
            now = form = plain(text)
            for (patch,) in patches:
                form = walk_back(form, plain(patch))
            if own(form) != own(now):
                yield f"{key}: changed up to revision {revision}, told up to {told}"


def own(form: Any) -> Any:
    """Return a document, or a part of one, with the ids of its items' prices for their copies.

    What changes of a price is told by the price alone, and shown by whoever has it.
    """
    if isinstance(form, list):
        return [own(each) for each in form]
    if not isinstance(form, dict):
        return form
    bare = form.get("object") == "subscription_item"
    return {
        name: value.get("id")
        if bare and name in ("plan", "price") and isinstance(value, dict)
        else own(value)
        for name, value in form.items()
    }


def _key(kind: str) -> str:
    """Return the SQL of what history calls a document."""
    return "d.id" if key_of(REGISTRY[kind], "x") == "x" else f"'{kind}/' || d.id"
