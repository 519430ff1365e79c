"""Invoice proofs: nothing is given back twice, or more than there was, for the doctor."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import check, documents, naming, with_facts
from prorata.engine.runtime import System
from prorata.rules.accounts import CASH
from prorata.store.connection import Connection

Key = tuple[int, str]
REFERENCE = "prorata.refund_reference"
GAVE_NOTHING = ("failed", "canceled")
# What was given back to a customer that is gone by now was given back all the same.
EVEN_DELETED = "deleted >= 0"


@check("Of no invoice more was given back than was paid or owed")
def nothing_given_back_twice(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice that credits or refunds are of: together they stay within its sums.

    What was given back elsewhere and only reported is a fact, whatever it comes to.
    """
    refunded = _refunded_by_invoice(connection)
    otherwise: dict[Key, int] = defaultdict(int)
    for book, note in documents(connection, "credit_note", EVEN_DELETED):
        if note["status"] == "issued":
            by_refunds = sum(each["amount_refunded"] for each in _of_charges(note))
            otherwise[book, note["invoice"]] += note["post_payment_amount"] - by_refunds
    for book, invoice in documents(connection, "invoice", EVEN_DELETED):
        key = book, invoice["id"]
        if key not in refunded and key not in otherwise:
            continue
        given = refunded.get(key, 0) + otherwise.get(key, 0)
        owed = invoice["total"] - invoice["pre_payment_credit_notes_amount"]
        most = max(owed, invoice["amount_paid"])
        problem = f"{given} was given back of {most}" if given > most else None
        yield f"{invoice['id']}: {problem}" if problem else None


@check("Every refund is counted by credit notes for what it gave back at the most")
def refunds_counted_once(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every refund that credit notes name: it remembers by which it was made, and counted."""
    counted: dict[Key, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for book, note in documents(connection, "credit_note", EVEN_DELETED):
        for each in _of_charges(note) if note["status"] == "issued" else ():
            counted[book, each["refund"]][note["id"]] += each["amount_refunded"]
    for book, refund, facts in with_facts(connection, "refund", EVEN_DELETED):
        notes = counted.pop((book, refund["id"]), {})
        most, amount, made_by = refund["amount"], sum(notes.values()), facts.get("credit_note")
        own, said = notes.get(made_by or "", 0), facts.get("counted", 0)
        problem = None
        if amount > most:
            problem = f"gave {most} and counts for {amount}"
        elif made_by is not None and own != most:
            problem = f"gave {most}, and {made_by}, which made it, names {own} of it"
        elif amount - own != said:
            problem = f"says that {said} of it counts, and notes count {amount - own}"
        yield f"{refund['id']}: {problem}" if problem else None
    yield from (f"{id}: counts for what there is not" for _, id in counted)


@check("Every refund made elsewhere is counted by credit notes for what was reported at the most")
def reported_refunds_counted_once(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every refund of a payment record that credit notes name."""
    counted: dict[tuple[int, str, str], int] = defaultdict(int)
    for book, note in documents(connection, "credit_note", EVEN_DELETED):
        for each in note["refunds"] if note["status"] == "issued" else ():
            named = each["payment_record_refund"]
            if named is not None:
                key = book, named["payment_record"], named["refund_group"]
                counted[key] += each["amount_refunded"]
    for book, record, private in with_facts(connection, "payment_record", EVEN_DELETED):
        known = {each["reference"] for each in private.get("refunds", ())}
        if known:
            of_record = {
                each["reference"]
                for each in naming(connection, REFERENCE, "reference", book, sorted(known))
                if each["payment_record"] == record["id"]
            }
            missing = sorted(known - of_record)
            yield f"{record['id']}: '{missing[0]}' is free for others" if missing else None
        for refund in private.get("refunds", ()):
            named = counted.pop((book, record["id"], refund["reference"]), 0)
            most, own = refund["amount"], refund.get("counted", 0)
            wrong = own > most or named > own
            problem = f"gave {most}, counts for {own}, and notes name {named} of it"
            yield f"{record['id']}: '{refund['reference']}' {problem}" if wrong else None
    for (_, id, reference), amount in counted.items():
        yield f"{id}: notes count {amount} of '{reference}', which was never reported"


@check("What went back outside of the system has left the books once, whoever told of it")
def given_back_outside_once(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every invoice that was paid, or given back, outside of the system.

    A credit note's out-of-band amount and the reported refund of a payment made elsewhere are the
    same money, as far as both go.
    """
    refunded: dict[Key, int] = defaultdict(int)
    counted: dict[Key, int] = defaultdict(int)
    for book, record, private in with_facts(connection, "payment_record", EVEN_DELETED):
        if private.get("credited"):
            refunded[book, private["invoice"]] += record["amount_refunded"]["value"]
            counted[book, private["invoice"]] += private.get("counted", 0)
    given, named = _given_outside(connection)
    cash = _cash_of_invoices(connection)
    for book, invoice in documents(connection, "invoice", EVEN_DELETED):
        key = book, invoice["id"]
        paid = invoice.get("amount_paid_off_stripe")
        if paid is None and key not in given:
            continue
        # What both tell of, and what only one of them does.
        both = counted[key] - named[key]
        alone = given[key] - both, refunded[key] - counted[key]
        left = (paid or 0) - refunded[key] - given[key] + both
        problem = None
        if min(both, *alone) < 0 or min(alone) > 0:
            problem = f"notes gave {alone[0]}, and refunds {alone[1]}, of which the other knows not"
        elif cash.get(key, 0) != left:
            problem = f"{left} of what was paid outside is left, the ledger says {cash.get(key, 0)}"
        yield f"{invoice['id']}: {problem}" if problem else None


@check("Of no charge more went back than was taken, by refunds and disputes together")
def no_charge_overdrawn(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every charge of which something went back to its payer.

    A network may take the whole back of what was refunded in part before it was heard of: that is
    a fact. What is refunded once it has taken its money is ours.
    """
    withdrawn: dict[Key, int] = defaultdict(int)
    before: dict[Key, int] = {}
    for book, dispute, private in with_facts(connection, "dispute", EVEN_DELETED):
        if private.get("withdrawn"):
            key = book, dispute["charge"]
            withdrawn[key] += dispute["amount"]
            refunded = private.get("refunded", 0)
            before[key] = min(refunded, before.get(key, refunded))
    for book, charge, private in with_facts(connection, "charge", EVEN_DELETED):
        taken_back = withdrawn.get((book, charge["id"]), 0)
        refunded = charge["amount_refunded"]
        gone = refunded + taken_back
        if not gone or charge["status"] != "succeeded":
            continue
        # What a reservation did not take counted as refunded once.
        most = charge["amount"] - private.get("let_go", 0)
        fact = max(refunded, taken_back) <= most and refunded <= before.get((book, charge["id"]), 0)
        problem = f"{gone} went back of {most}" if gone > most and not fact else None
        yield f"{charge['id']}: {problem}" if problem else None


def _given_outside(connection: Connection) -> tuple[dict[Key, int], dict[Key, int]]:
    """Return what notes gave outside of the system, and what of it as refunds that they name."""
    given: dict[Key, int] = defaultdict(int)
    named: dict[Key, int] = defaultdict(int)
    for book, note in documents(connection, "credit_note", EVEN_DELETED):
        if note["status"] == "issued":
            key = book, note["invoice"]
            given[key] += note["out_of_band_amount"] or 0
            named[key] += sum(
                each["amount_refunded"] for each in note["refunds"] if each["type"] != "refund"
            )
    return given, named


def _cash_of_invoices(connection: Connection) -> dict[Key, int]:
    """Return the cash that is posted for invoices themselves: it came and went outside."""
    rows = connection.query(
        "SELECT book, object_id, SUM(amount) FROM ledger WHERE account = ?"
        " AND object_id > 'in_' AND object_id < 'in`' GROUP BY book, object_id",
        (CASH,),
    )
    return {(book, id): int(total) for book, id, total in rows}


def _of_charges(note: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the refunds of a note that were made of payments taken here."""
    return [each for each in note["refunds"] if each["type"] == "refund"]


def _refunded_by_invoice(connection: Connection) -> dict[Key, int]:
    """Return what the refunds of each invoice's payments gave back, in minor units.

    Of a charge that came beside the one that paid, and of a reservation, nothing was the invoice's.
    """
    paid: dict[Key, str] = {}
    for book, payment in documents(connection, "invoice_payment", EVEN_DELETED):
        intent = payment["payment"].get("payment_intent")
        if intent is not None and payment["status"] == "paid":
            paid[book, intent] = payment["invoice"]
    gave = [
        (book, refund["payment_intent"], refund["charge"], refund["amount"])
        for book, refund in documents(connection, "refund", EVEN_DELETED)
        if (book, refund.get("payment_intent") or "") in paid
        and refund["status"] not in GAVE_NOTHING and not _is_reversal(refund)
    ]  # fmt: skip
    asked = {(book, intent) for book, intent, _, _ in gave}
    stands = {
        (book, intent["id"]): intent["latest_charge"]
        for book, intent in documents(connection, "payment_intent", EVEN_DELETED)
        if (book, intent["id"]) in asked
    } if asked else {}  # fmt: skip
    found: dict[Key, int] = defaultdict(int)
    for book, id, charge, amount in gave:
        if stands.get((book, id), charge) == charge:
            found[book, paid[book, id]] += amount
    return found


def _is_reversal(refund: dict[str, Any]) -> bool:
    card = (refund.get("destination_details") or {}).get("card") or {}
    return card.get("type") == "reversal"
