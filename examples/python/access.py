"""Access: who may use what. It is written down here and nowhere else, from what billing says.

An event is a reason to look, not the truth: events may come late, twice or in another order, so
every one of them ends in the same look at the customer's subscription and entitlements.

    python access.py    looks at every customer; let it run each night
"""

from __future__ import annotations

import sqlite3
from typing import Any

import books
from books import User
from settings import billing

# While a payment has failed (past_due, unpaid) or never came (incomplete), nobody is let in.
LETS_IN = {"active", "trialing"}
OVER = {"canceled", "incomplete_expired"}


def user_of(db: sqlite3.Connection, customer: str, reference: str | None = None) -> User:
    """Return the user behind a customer.

    `reference` is what Checkout was given as `client_reference_id`, our own id of the user. A
    customer that came another way (a pricing table, a payment link) is known by its address.
    """
    user = books.user_with(db, "customer", customer)
    if user is None and reference and reference.isdigit():
        user = books.user_with(db, "id", int(reference))
    if user is None:
        found = billing.customers.retrieve(customer)
        user = books.user_called(
            db, getattr(found, "email", None) or f"{customer}@no-address.invalid"
        )
    if user.customer != customer:
        books.change(db, user, customer=customer)
    return user


def provision(db: sqlite3.Connection, user: User, customer: str) -> None:
    """Write down what a customer may use from now on; `db` keeps others from writing meanwhile."""
    found = billing.subscriptions.list({"customer": customer, "status": "all", "limit": 20}).data
    if not found:
        books.change(db, user, plan=None, subscription=None, status=None, features=[])
        return
    running = [each for each in found if each.status not in OVER]
    # One that lets in counts more than one that waits for its first payment.
    subscription = sorted(running or found[:1], key=lambda each: each.status not in LETS_IN)[0]
    item = subscription["items"].data[0]
    books.change(
        db,
        user,
        plan=item.price.product,
        price=item.price.lookup_key or item.price.id,
        subscription=subscription.id,
        status=subscription.status,
        paid_until=item.current_period_end if subscription.status in LETS_IN else None,
        ends_at=subscription.cancel_at or subscription.ended_at,
        features=_features(customer) if subscription.status in LETS_IN else [],
    )


def _features(customer: str) -> list[str]:
    listed = billing.entitlements.active_entitlements.list({"customer": customer, "limit": 100})
    return sorted(each.lookup_key for each in listed.auto_paging_iter())


def customer_of(user: User) -> str:
    """Return the user's customer at billing, made when it is first needed."""
    if user.customer:
        return user.customer
    # The key makes two requests at the same moment end in one customer.
    made: Any = billing.customers.create(
        {"email": user.email, "metadata": {"user": str(user.id)}},
        {"idempotency_key": f"customer-of-{user.email}"},
    )
    with books.writing() as db:
        books.change(db, user, customer=made.id)
    return str(made.id)


def check_everybody() -> int:
    """Look at every customer again, and return whose access has changed without an event."""
    with books.reading() as db:
        ids = [row["id"] for row in db.execute("SELECT id FROM users WHERE customer IS NOT NULL")]
    changed = 0
    for id in ids:
        with books.writing() as db:
            before = books.user_with(db, "id", id)
            if before is not None and before.customer:
                provision(db, before, before.customer)
                changed += books.user_with(db, "id", id) != before
    return changed


if __name__ == "__main__":
    books.make_tables()
    print(f"{check_everybody()} changed")
