"""Invariants: what must hold of the books after every step, whatever was done.

They are written against what the API promises, not against the engine, and say no word of how it
arrives there. Amounts are minor units.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from prorata.engine.told import own
from prorata.model.difference import ABSENT
from prorata.model.thin_types import THIN_KIND
from prorata.model.transaction import Book
from prorata.store.event_log import COLUMNS, EventRow, render_events
from storms.stored import Document, Stored, by_id

ONCE = frozenset({
    "charge.succeeded", "credit_note.voided", "customer.created", "customer.deleted",
    "customer.subscription.created", "customer.subscription.deleted", "invoice.created",
    "invoice.deleted", "invoice.finalized", "invoice.paid", "invoice.voided",
    "payment_intent.created", "payment_intent.succeeded",
})  # fmt: skip
# Of their changes other nouns tell: a dispute, a refund that failed.
QUIET = frozenset({"charge"})
RUNNING = frozenset({"active", "past_due", "trialing", "unpaid"})
Invariant = Callable[[Stored], Iterator[str]]
INVARIANTS: list[Invariant] = []


def invariant(function: Invariant) -> Invariant:
    """Register an invariant: it yields a sentence for each thing that does not hold."""
    INVARIANTS.append(function)
    return function


@invariant
def lines_add_up_to_totals(stored: Stored) -> Iterator[str]:
    for invoice in stored.of("invoice"):
        id, lines = invoice["id"], invoice["lines"]["data"]
        if len({line["id"] for line in lines}) != len(lines):
            yield f"{id}: a line is there twice"
        discounts = _shared(lines, "discount_amounts", lambda each: each["discount"])
        whole = Counter({
            each["discount"]: each["amount"] for each in invoice["total_discount_amounts"] or ()
            if each["amount"]
        })  # fmt: skip
        if +discounts != +whole:
            yield f"{id}: discounts of lines {+discounts}, of the invoice {+whole}"
        taxes = _shared(lines, "taxes", _tax)
        shipping = (invoice["shipping_cost"] or {}).get("taxes") or ()
        taxes.update({_tax(each): each["amount"] for each in shipping})
        whole = Counter()
        for each in invoice["total_taxes"] or ():
            whole[_tax(each)] += each["amount"]
        if {k: v for k, v in taxes.items() if v} != {k: v for k, v in whole.items() if v}:
            yield f"{id}: taxes of lines {taxes}, of the invoice {whole}"
        if invoice["total_excluding_tax"] is not None:
            tax = sum(each["amount"] for each in invoice["total_taxes"] or ())
            if invoice["total"] - tax != invoice["total_excluding_tax"]:
                yield f"{id}: total {invoice['total']} less {tax} of taxes is not its net total"
        for line in lines:
            if line["currency"] != invoice["currency"]:
                yield f"{id}: {line['id']} is in {line['currency']}"
            if line["period"]["start"] > line["period"]["end"]:
                yield f"{line['id']}: its period ends before it begins"


def _shared(lines: list[Document], name: str, key: Callable[[Document], Any]) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for line in lines:
        for each in line[name] or ():
            found[key(each)] += each["amount"]
    return found


def _tax(each: Document) -> tuple[Any, ...]:
    details = each["tax_rate_details"] or {}
    return details.get("tax_rate"), each["tax_behavior"]


@invariant
def paid_never_exceeds_due(stored: Stored) -> Iterator[str]:
    for invoice in stored.of("invoice"):
        id, due, paid = invoice["id"], invoice["amount_due"], invoice["amount_paid"]
        credited = invoice["pre_payment_credit_notes_amount"]
        if min(due, paid, invoice["amount_remaining"], invoice["amount_overpaid"]) < 0:
            yield f"{id}: an amount is negative"
        if paid > due:
            yield f"{id}: {paid} paid of {due}"
        if invoice["status"] in ("open", "uncollectible"):
            remaining = max(due - paid, 0)
            if invoice["amount_remaining"] != remaining:
                yield f"{id}: {invoice['amount_remaining']} remain of {due} with {paid} paid"
        if invoice["status"] not in ("draft", "void") and invoice["ending_balance"] is not None:
            moved = invoice["starting_balance"] - invoice["ending_balance"]
            if max(invoice["total"], 0) and due != invoice["total"] + moved - credited:
                yield f"{id}: due {due}, total {invoice['total']}, {moved} from the balance"
        if credited + invoice["post_payment_credit_notes_amount"] > max(invoice["total"], 0):
            yield f"{id}: more was credited than its total {invoice['total']}"


@invariant
def credit_notes_are_counted(stored: Stored) -> Iterator[str]:
    credited: Counter[tuple[str, str]] = Counter()
    for note in stored.of("credit_note"):
        if note["status"] == "issued":
            credited[note["invoice"], "pre"] += note["pre_payment_amount"]
            credited[note["invoice"], "post"] += note["post_payment_amount"]
        if note["total"] != note["pre_payment_amount"] + note["post_payment_amount"]:
            yield f"{note['id']}: its total is not what was before and after payment"
    for invoice in stored.of("invoice"):
        for when in ("pre", "post"):
            counted = invoice[f"{when}_payment_credit_notes_amount"]
            if counted != credited[invoice["id"], when]:
                yield f"{invoice['id']}: {counted} {when}-payment, {credited[invoice['id'], when]}"


@invariant
def refunds_never_exceed_charges(stored: Stored) -> Iterator[str]:
    refunded: Counter[str] = Counter()
    for refund in stored.of("refund"):
        if refund["status"] in ("succeeded", "pending", "requires_action"):
            refunded[refund["charge"]] += refund["amount"]
    for charge in stored.of("charge"):
        id, amount = charge["id"], charge["amount_refunded"]
        taken = charge["amount_captured"] if charge["captured"] else charge["amount"]
        if amount > charge["amount"] or taken > charge["amount"]:
            yield f"{id}: {amount} refunded, {taken} captured of {charge['amount']}"
        if charge["captured"] and charge["status"] == "succeeded" and amount != refunded[id]:
            yield f"{id}: {amount} refunded, its refunds make {refunded[id]}"


@invariant
def balances_are_conserved(stored: Stored) -> Iterator[str]:
    ends: Counter[tuple[str, str]] = Counter()
    for each in stored.of("customer_balance_transaction"):
        key = (each["customer"], each["currency"])
        ends[key] += each["amount"]
        if each["ending_balance"] != ends[key]:
            yield f"{each['id']}: ends at {each['ending_balance']}, not at {ends[key]}"
    for customer in stored.of("customer"):
        moved = ends[customer["id"], customer["currency"]]
        if customer["balance"] != moved:
            yield f"{customer['id']}: balance {customer['balance']}, its movements make {moved}"


@invariant
def money_is_conserved(stored: Stored) -> Iterator[str]:
    moved: Counter[str] = Counter()
    for each in stored.of("balance_transaction"):
        if each["net"] != each["amount"] - each["fee"]:
            yield f"{each['id']}: net is not the amount less the fee"
        moved[each["source"]] += each["amount"]
    for charge in stored.of("charge"):
        taken = charge["status"] == "succeeded" and charge["captured"]
        expected = charge["amount_captured"] if taken else 0
        if moved[charge["id"]] not in (expected, 0 if charge["status"] == "failed" else expected):
            yield f"{charge['id']}: {moved[charge['id']]} moved, {expected} captured"
    for refund in stored.of("refund"):
        # What was held and never taken is let go without a movement.
        moves = refund["balance_transaction"] and refund["status"] in ("succeeded", "pending")
        expected = -refund["amount"] if moves else 0
        if moved[refund["id"]] != expected:
            yield f"{refund['id']}: {moved[refund['id']]} moved, it is {refund['status']}"


@invariant
def payments_are_of_intents(stored: Stored) -> Iterator[str]:
    invoices, intents = by_id(stored.of("invoice")), by_id(stored.of("payment_intent"))
    for payment in stored.of("invoice_payment"):
        intent = intents.get(payment["payment"].get("payment_intent") or "")
        invoice = invoices.get(payment["invoice"])
        if payment["status"] == "paid" and intent is not None and invoice is not None:
            if intent["status"] != "succeeded":
                yield f"{payment['id']}: paid by {intent['id']}, which is {intent['status']}"
            elif (payment["amount_paid"] or 0) > intent["amount_received"]:
                yield f"{payment['id']}: {payment['amount_paid']} of {intent['amount_received']}"
    for intent in intents.values():
        if intent["amount_received"] > intent["amount"]:
            yield f"{intent['id']}: received more than its amount"


@invariant
def subscriptions_are_whole(stored: Stored) -> Iterator[str]:
    invoices = by_id(stored.of("invoice"))
    for found in stored.of("subscription"):
        id, items = found["id"], found["items"]["data"]
        for item in items:
            # One that was paused in its first second has had nothing of its period.
            least = item["current_period_start"] + (found["status"] in RUNNING)
            if item["current_period_end"] < least:
                yield f"{item['id']}: its period is empty"
        if len({item["id"] for item in items}) != len(items) or not items:
            yield f"{id}: {len(items)} items"
        latest = found["latest_invoice"]
        if latest is not None and latest not in invoices:
            yield f"{id}: its latest invoice {latest} is nowhere"
        if (found["status"] in ("canceled", "incomplete_expired")) != bool(found["ended_at"]):
            yield f"{id}: {found['status']}, ended at {found['ended_at']}"


class Told:
    """The events so far: whoever mirrors documents from them has what is stored."""

    def __init__(self, system: Any) -> None:
        self._system = system
        # The forms that were told since the last change that said what changed.
        self._told: dict[str, list[Document]] = defaultdict(list)
        self._last = ""
        self._once: Counter[tuple[str, str]] = Counter()

    def hear(self, book: Book) -> Iterator[str]:
        """Take in the new events; yield what does not follow from what was told before."""
        for event in self._system.database.read(lambda connection: self._new(connection, book)):
            self._last = event["id"]
            # What changes of a price is told by the price, and by nobody who has it.
            subject = own(event["data"]["object"])
            # A summary has no id: it is its customer's.
            id = f"{subject['object']} {subject.get('id') or subject.get('customer')}"
            if event["type"] in ONCE:
                self._once[event["type"], id] += 1
                if self._once[event["type"], id] > 1:
                    yield f"{event['type']} of {id} was told twice"
            if subject["object"] in QUIET:
                continue
            previous = own(event["data"].get("previous_attributes"))
            known = self._told[id]
            if previous is not None and known:
                # What is said beside a change may show the change already.
                faults = [list(_follows(event, each, subject, previous)) for each in known]
                yield from min(faults, key=len)
                known.clear()
            known.append(subject)

    def _new(self, connection: Any, book: Book) -> list[Document]:
        rows = connection.query(
            f"SELECT {COLUMNS} FROM event WHERE book = ? AND id > ? AND kind <> ? ORDER BY id",
            (book.key, self._last, THIN_KIND),
        )
        found = render_events(connection, book, [EventRow(*row) for row in rows], "newest")
        plain: list[Document] = json.loads(json.dumps(found))
        return plain


def _follows(
    event: Document, known: Document, subject: Document, previous: Document
) -> Iterator[str]:
    """Yield the attributes that an event says were different from what was told before."""
    for name, value in previous.items():
        if name != ABSENT and not _was(known.get(name), value):
            yield (
                f"{event['type']} {event['id']}: {name} was told as {known.get(name)!r:.300},"
                f" not as {value!r:.300}"
            )
    for name in subject:
        if name not in previous and subject[name] != known.get(name):
            yield (
                f"{event['type']} {event['id']}: {name} is {subject[name]!r:.300}, was told as"
                f" {known.get(name)!r:.300}, and is not said to have changed"
            )


def _was(known: Any, value: Any) -> bool:
    """Return whether a value that was told holds the part that `previous_attributes` gives."""
    if isinstance(known, dict) and isinstance(value, dict):
        return all(_was(known.get(name), each) for name, each in value.items())
    return known == value
