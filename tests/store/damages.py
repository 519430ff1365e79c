"""Damages: what somebody may do to the books by hand, each with the document that it is done to."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

# It damages the books through a connection, and returns the id that the doctor is to name.
Damage = Callable[[Any], str]


def first(connection: Any, kind: str, where: str = "1 = 1") -> tuple[str, dict[str, Any]]:
    rows = connection.query(f"SELECT id, document FROM doc_{kind} WHERE {where} ORDER BY id")
    return rows[0][0], json.loads(rows[0][1])


def altered(kind: str, field: str, value: Any) -> Damage:
    """Return a damage: a field of the first document of a kind is changed, or moved by a number."""

    def work(connection: Any) -> str:
        id, document = first(connection, kind)
        document[field] = document[field] + value if type(value) is int else value
        connection.run(
            f"UPDATE doc_{kind} SET document = ? WHERE id = ?", (json.dumps(document), id)
        )
        return id

    return work


def beside(kind: str, **facts: Any) -> Damage:
    """Return a damage: what is kept beside the first document of a kind is changed."""

    def work(connection: Any) -> str:
        [(id, text), *_] = connection.query(f"SELECT id, private FROM doc_{kind} ORDER BY id")
        private = json.dumps(json.loads(text or "{}") | facts)
        connection.run(f"UPDATE doc_{kind} SET private = ? WHERE id = ?", (private, id))
        return str(id)

    return work


def moved_to_bob(kind: str) -> Damage:
    """Return a damage: the first document of a kind is another customer's, and so is its row."""

    def work(connection: Any) -> str:
        id, document = first(connection, kind)
        [(bob,)] = connection.query("SELECT id FROM doc_customer ORDER BY id DESC LIMIT 1")
        text = json.dumps(document | {"customer": bob})
        connection.run(
            f"UPDATE doc_{kind} SET document = ?, customer = ? WHERE id = ?", (text, bob, id)
        )
        return id

    return work


def row(kind: str, change: str, where: str = "1 = 1") -> Damage:
    """Return a damage: the row of the first document of a kind is changed, or deleted."""

    def work(connection: Any) -> str:
        id, _ = first(connection, kind, where)
        connection.run(
            f"DELETE FROM doc_{kind} WHERE id = ?"
            if change == "DELETE"
            else f"UPDATE doc_{kind} SET {change} WHERE id = ?",
            (id,),
        )
        return id

    return work


def posting(change: str) -> Damage:
    def work(connection: Any) -> str:
        [(id, line, customer)] = connection.query(
            "SELECT id, line, customer FROM ledger ORDER BY id, line LIMIT 1"
        )
        where = "id = ? AND line = ?" if "amount" in change else "id = ? AND line >= ?"
        connection.run(f"{change} WHERE {where}", (id, line if "amount" in change else 0))
        return str(id) if "amount" in change else str(customer)

    return work


def one_line(change: str) -> Damage:
    def work(connection: Any) -> str:
        [(id, line)] = connection.query("SELECT id, line FROM ledger ORDER BY id, line LIMIT 1")
        connection.run(f"UPDATE ledger SET {change} WHERE id = ? AND line = ?", (id, line))
        return str(id)

    return work


def numbered_twice(connection: Any) -> str:
    rows = connection.query("SELECT id, document FROM doc_invoice ORDER BY id DESC LIMIT 2")
    (id, text), (_, other) = rows
    number = json.loads(other)["number"]
    document = json.dumps(json.loads(text) | {"number": number})
    connection.run(
        "UPDATE doc_invoice SET document = ?, number = ? WHERE id = ?", (document, number, id)
    )
    return str(id)


def forgotten(connection: Any) -> str:
    [(key, revision)] = connection.query(
        "SELECT object_id, revision FROM history WHERE object_id LIKE 'sub_%' LIMIT 1"
    )
    connection.run("DELETE FROM history WHERE object_id = ? AND revision = ?", (key, revision))
    return str(key)


def stepped_aside(connection: Any) -> str:
    """Say that a subscription was in another currency before it was renewed."""
    id, _ = first(connection, "subscription")
    connection.run(
        "UPDATE history SET patch = ? WHERE object_id = ? AND revision ="
        " (SELECT revision FROM event WHERE type = 'customer.subscription.updated' LIMIT 1)",
        (json.dumps({"currency": "eur"}), id),
    )
    return id


def misplaced(connection: Any) -> str:
    id, _ = first(connection, "subscription")
    connection.run("UPDATE history SET revision = revision + 90 WHERE object_id = ?", (id,))
    return id


def untold(type: str, newer: int = 0) -> Damage:
    """Return a damage: an event of a type is gone, behind which so many are newer."""

    def work(connection: Any) -> str:
        [(id, about)] = connection.query(
            "SELECT id, object_id FROM event WHERE type = ? ORDER BY id DESC LIMIT 1 OFFSET ?",
            (type, newer),
        )
        connection.run("DELETE FROM event WHERE id = ?", (id,))
        return str(about)

    return work


def told_otherwise(change: str) -> Damage:
    """Return a damage: the newest event of a subscription's changes is changed."""

    def work(connection: Any) -> str:
        [(id, about)] = connection.query(
            "SELECT id, object_id FROM event WHERE type = 'customer.subscription.updated'"
            " ORDER BY id DESC LIMIT 1"
        )
        connection.run(f"UPDATE event SET {change} WHERE id = ?", (id,))
        return str(about)

    return work


def told_twice(connection: Any) -> str:
    columns = "type, kind, object_id, revision, created, recorded_at"
    [(id, about)] = connection.query(
        "SELECT id, object_id FROM event WHERE type = 'charge.succeeded' ORDER BY id LIMIT 1"
    )
    connection.run(
        f"INSERT INTO event (book, id, {columns}) SELECT book, id || '2', {columns} FROM event"
        " WHERE id = ?",
        (id,),
    )
    return str(about)


def posted(column: str, value: str) -> Damage:
    """Return a damage: a line of a posting that adds up all the same names something else."""

    def work(connection: Any) -> str:
        [(id, line)] = connection.query(
            "SELECT id, line FROM ledger WHERE account = 'fees' ORDER BY id LIMIT 1"
        )
        connection.run(
            f"UPDATE ledger SET {column} = ? WHERE id = ? AND line = ?", (value, id, line)
        )
        return str(id)

    return work


def restated(change: str, where: str = "1 = 1") -> Damage:
    def work(connection: Any) -> str:
        [(id,)] = connection.query(f"SELECT id FROM ledger WHERE {where} ORDER BY id LIMIT 1")
        connection.run(f"UPDATE ledger SET {change} WHERE id = ? AND {where}", (id,))
        return str(id)

    return work


def billed_twice(connection: Any) -> str:
    """Bill a month once more, by an invoice that is like the first one."""
    id, invoice = first(connection, "invoice", "status = 'paid'")
    [line] = invoice["lines"]["data"]
    columns = "book, revision, created, bucket, due_at, customer, subscription, status, period_key"
    connection.run(
        f"INSERT INTO doc_invoice ({columns}, id, document) SELECT {columns}, ?, ?"
        " FROM doc_invoice WHERE id = ?",
        (f"{id}2", json.dumps(invoice | {"id": f"{id}2"}), id),
    )
    return str(line["parent"]["subscription_item_details"]["subscription_item"])


def unasked(connection: Any) -> str:
    """Take away what asked for the first charge."""
    id, charge = first(connection, "charge")
    connection.run(
        "DELETE FROM doc_payment_attempt WHERE payment_intent = ?", (charge["payment_intent"],)
    )
    return id


def of_charge(change: str) -> Damage:
    def work(connection: Any) -> str:
        id, _ = first(connection, "charge")
        connection.run(f"{change} = ?", (id,))
        return id

    return work


def ending_elsewhere(connection: Any) -> str:
    _, movement = first(connection, "customer_balance_transaction")
    altered("customer_balance_transaction", "ending_balance", 7)(connection)
    return str(movement["customer"])


DAMAGES: dict[str, Damage] = {
    "a line of the ledger is changed": posting("UPDATE ledger SET amount = amount + 1"),
    "a posting of the ledger is gone": posting("DELETE FROM ledger"),
    "a posting of the ledger is in another month": restated("posted_at = posted_at - 86400 * 31"),
    "a posting of the ledger is another customer's": restated("customer = 'cus_other'"),
    "an invoice's total is changed": altered("invoice", "total", 1),
    "an invoice asks for another amount": altered("invoice", "amount_due", 1),
    "an invoice began with another balance": altered("invoice", "starting_balance", 1),
    "an invoice left another balance": altered("invoice", "ending_balance", 1),
    "an invoice was paid too much": altered("invoice", "amount_overpaid", 1),
    "an invoice is worth more without its taxes": altered("invoice", "total_excluding_tax", 1),
    "an invoice's lines are worth less without taxes": altered(
        "invoice", "subtotal_excluding_tax", -1
    ),
    "an invoice is in another currency": altered("invoice", "currency", "eur"),
    "an invoice has another one's number": numbered_twice,
    "an invoice's paid amount is changed": altered("invoice", "amount_paid", 1),
    "an invoice's credited amount is changed": altered(
        "invoice", "post_payment_credit_notes_amount", 1
    ),
    "an invoice is gone": row("invoice", "DELETE"),
    "an invoice cannot be read": row("invoice", "document = '{'"),
    "an invoice's row has another status": row("invoice", "status = 'open'"),
    "a payment of an invoice is gone": row("invoice_payment", "DELETE"),
    "a charge is gone": row("charge", "DELETE"),
    "a charge has another amount refunded": altered("charge", "amount_refunded", 7),
    "a payment names another charge": altered("payment_intent", "latest_charge", "ch_other"),
    "a refund is gone": row("refund", "DELETE"),
    "a refund has another amount": altered("refund", "amount", 7),
    "a credit note is gone": row("credit_note", "DELETE"),
    "a credit note has another amount": altered("credit_note", "amount", 5),
    "a credit note has another subtotal": altered("credit_note", "subtotal", 5),
    "a credit note has another total": altered("credit_note", "total", 5),
    "a credit note took more of a discount": altered("credit_note", "discount_amount", 5),
    "a credit note has taxes": altered("credit_note", "total_excluding_tax", -5),
    "a credit note is called another one": altered("credit_note", "type", "mixed"),
    "a credit note has another number": altered("credit_note", "number", "X-0001-CN-01"),
    "a credit note is in another currency": altered("credit_note", "currency", "eur"),
    "a credit note gave more than goes back": altered("credit_note", "post_payment_amount", 5),
    "a credit note is another customer's": moved_to_bob("credit_note"),
    "a credit grant is another customer's": moved_to_bob("billing_credit_grant"),
    "a credit grant was given for nothing": altered(
        "billing_credit_grant", "category", "promotional"
    ),
    "a subscription is another customer's": moved_to_bob("subscription"),
    "a refund is in another currency": altered("refund", "currency", "eur"),
    "a refund is of another payment": altered("refund", "payment_intent", None),
    "a refund names another movement": altered("refund", "balance_transaction", "txn_other"),
    "a refund counts for notes": beside("refund", counted=5),
    "a refund is of another account": beside("refund", account="revenue"),
    "a refund was made by a note": beside("refund", credit_note="cn_other"),
    "a charge is in another currency": altered("charge", "currency", "eur"),
    "a charge names another movement": altered("charge", "balance_transaction", "txn_other"),
    "a charge captured something else": altered("charge", "amount_captured", 5),
    "a movement of money is a refund's": altered("balance_transaction", "type", "refund"),
    "a movement of money is told as a fee": altered(
        "balance_transaction", "reporting_category", "fee"
    ),
    "a payment received something else": altered("payment_intent", "amount_received", 5),
    "a payment is of another amount": altered("payment_intent", "amount", 5),
    "a payment is in another currency": altered("payment_intent", "currency", "eur"),
    "a payment can be captured again": altered("payment_intent", "amount_capturable", 5),
    "a payment of an invoice is in another currency": altered(
        "invoice_payment", "currency", "eur"
    ),
    "an item lives nowhere": row("subscription_item_home", "DELETE"),
    "a dispute is about another amount": altered("dispute", "amount", 5),
    "a dispute cost something else": beside("dispute", fee=5),
    "a dispute is of another payment": altered("dispute", "payment_intent", None),
    "a row is in another bucket": row("invoice", "bucket = bucket + 1"),
    "a charge's row is deleted": row("charge", "deleted = 1"),
    "an invoice's row is deleted": row("invoice", "deleted = 1"),
    "a line of a posting has another memo": one_line("memo = 'undone'"),
    "a line of a posting is of another document": one_line("object_id = 'in_other'"),
    "a customer's balance is changed": altered("customer", "balance", 5),
    "a subscription is never due": row("subscription", "due_at = NULL"),
    "a subscription is long overdue": row("subscription", "due_at = 1000"),
    "a charge is not paid any more": altered("charge", "paid", False),
    "a charge is disputed by nobody": altered("charge", "disputed", True),
    "a movement of money is gone": of_charge("DELETE FROM doc_balance_transaction WHERE source"),
    "a month is earned at once": restated("account = 'revenue'", "account = 'deferred'"),
    "a fee is another account's": of_charge(
        "UPDATE ledger SET account = 'fx' WHERE account = 'fees' AND object_id"
    ),
    "a movement of money has another fee": altered("balance_transaction", "fee", 3),
    "an attempt at a payment is gone": unasked,
    "a transaction of a balance is of another type": altered(
        "customer_balance_transaction", "type", "adjustment"
    ),
    "a transaction of a balance is of no invoice": altered(
        "customer_balance_transaction", "invoice", None
    ),
    "a transaction of a balance ends elsewhere": ending_elsewhere,
    "a row is of another time": row("invoice", "created = created - 1"),
    "a customer's row is deleted": row("customer", "deleted = 1"),
    "a subscription's row is deleted": row("subscription", "deleted = 1"),
    "a posting names what is no account": posted("account", "fee"),
    "a posting is of two customers": posted("customer", "cus_other"),
    "a month is billed by two invoices": billed_twice,
    "a payment names a card that there never was": altered(
        "payment_intent", "payment_method", "pm_other"
    ),
    "a finalization is not told": untold("invoice.finalized"),
    "a paid invoice is not told": untold("invoice.paid"),
    "a charge is not told": untold("charge.succeeded"),
    "a payment is not told": untold("payment_intent.succeeded"),
    "a payment of an invoice is not told": untold("invoice_payment.paid"),
    "a beginning is not told": untold("invoice.created"),
    "the last change is not told": untold("customer.subscription.updated"),
    "a change in between is not told": untold("customer.subscription.updated", newer=1),
    "a change that was paid is not told": untold("invoice.updated"),
    "a change is told as another one": told_otherwise("previous = '{\"currency\":\"eur\"}'"),
    "a change is told too late": told_otherwise("revision = revision + 90"),
    "something is told twice": told_twice,
    "a step back is gone": forgotten,
    "a step back leads aside": stepped_aside,
    "steps back are of revisions that there are not": misplaced,
}
