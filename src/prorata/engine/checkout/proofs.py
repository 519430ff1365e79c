"""Proofs: a Checkout session that is complete has what it promises, for the doctor."""

from collections.abc import Iterator

import msgspec

from prorata.engine.doctor import check, documents
from prorata.engine.runtime import System
from prorata.model.resource import Resource
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.setup_intent import SetupIntent
from prorata.store.connection import Connection
from prorata.store.names import table_name

PAID = ("succeeded",)
ON_ITS_WAY = ("processing", "requires_capture", "requires_payment_method", "canceled", "succeeded")


class _Ended(msgspec.Struct):
    """What is asked of a session."""

    status: str
    mode: str
    payment_status: str
    amount_total: int | None = None
    customer: str | None = None
    invoice: str | None = None
    payment_intent: str | None = None
    setup_intent: str | None = None
    subscription: str | None = None


class _Seen(msgspec.Struct):
    """What is asked of what a session names."""

    status: str
    amount: int = 0


@check("A Checkout session that is complete has what it promises")
def sessions_keep_their_promise(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every session that has come to its end: what it names is there, and paid as it says."""
    ended = "deleted = 0 AND status <> 'open'"
    for book, form in documents(connection, CheckoutSession.spec.kind, ended):
        problem = _problem(connection, book, msgspec.convert(form, _Ended))
        yield f"{form['id']}: {problem}" if problem else None


def _problem(connection: Connection, book: int, session: _Ended) -> str | None:
    if session.status == "expired":
        done = session.subscription or session.invoice
        return f"it is expired, and names {done}" if done else None
    if session.mode == "subscription":
        return _of_subscription(connection, book, session)
    if session.mode == "setup":
        intent = _seen(connection, book, SetupIntent, session.setup_intent)
        good = intent is not None and intent.status == "succeeded"
        return None if good else "its set-up has not succeeded"
    return _of_payment(connection, book, session)


def _of_subscription(connection: Connection, book: int, session: _Ended) -> str | None:
    subscription = _seen(connection, book, Subscription, session.subscription)
    if subscription is None:
        return "it has no subscription"
    if subscription.status == "incomplete":
        return f"its subscription {session.subscription} was never paid for"
    invoice = _seen(connection, book, Invoice, session.invoice)
    if session.payment_status == "paid" and invoice is not None and invoice.status == "open":
        return f"it is paid, and its invoice {session.invoice} is open"
    return None if session.customer else "it has no customer"


def _of_payment(connection: Connection, book: int, session: _Ended) -> str | None:
    intent = _seen(connection, book, PaymentIntent, session.payment_intent)
    if session.payment_status == "no_payment_required":
        return None if not session.amount_total else "nothing was paid"
    if intent is None:
        return "it has no payment"
    if intent.status not in (PAID if session.payment_status == "paid" else ON_ITS_WAY):
        return f"it is {session.payment_status}, and its payment is {intent.status}"
    if intent.amount != session.amount_total:
        return f"it came to {session.amount_total}, and its payment to {intent.amount}"
    return None


def _seen(connection: Connection, book: int, cls: type[Resource], id: str | None) -> _Seen | None:
    """Return what is asked of a document, the last form of a deleted one; None for none."""
    if id is None:
        return None
    rows = connection.query(
        f"SELECT document FROM {table_name(cls.spec.kind)} WHERE book = ? AND id = ?", (book, id)
    )
    return msgspec.json.decode(rows[0][0], type=_Seen) if rows else None
