"""Milestones: proves that what became of a document was told, whatever was told of it since."""

from collections.abc import Iterator

from prorata.engine.doctor import check
from prorata.engine.runtime import System
from prorata.engine.told import beginnings, held_keys
from prorata.store.connection import Connection
from prorata.store.names import table_name

Told = tuple[tuple[str, ...], tuple[str, ...]]
# By kind: the events of which one tells of a milestone, and all statuses that lie beyond it.
MILESTONES: dict[str, tuple[Told, ...]] = {
    "charge": ((("charge.failed",), ("failed",)), (("charge.succeeded",), ("succeeded",))),
    "checkout.session": (
        (("checkout.session.completed",), ("complete",)),
        (("checkout.session.expired",), ("expired",)),
    ),
    "credit_note": ((("credit_note.voided",), ("void",)),),
    "dispute": ((("charge.dispute.closed",), ("lost", "warning_closed", "won")),),
    "invoice": (
        # What is void or uncollectible may have been given up as a draft.
        (("invoice.finalized",), ("open", "paid")),
        (("invoice.marked_uncollectible",), ("uncollectible",)),
        (("invoice.paid",), ("paid",)),
        (("invoice.voided",), ("void",)),
    ),
    "invoice_payment": ((("invoice_payment.paid",), ("paid",)),),
    "payment_intent": (
        (("payment_intent.canceled",), ("canceled",)),
        (("payment_intent.succeeded",), ("succeeded",)),
    ),
    "quote": (
        (("quote.accepted",), ("accepted",)),
        (("quote.canceled",), ("canceled",)),
        (("quote.finalized",), ("accepted", "open")),
    ),
    "refund": ((("refund.failed",), ("failed",)),),
    "setup_intent": (
        (("setup_intent.canceled",), ("canceled",)),
        (("setup_intent.succeeded",), ("succeeded",)),
    ),
    "subscription": ((("customer.subscription.deleted",), ("canceled",)),),
    "subscription_schedule": (
        (("subscription_schedule.canceled", "subscription_schedule.aborted"), ("canceled",)),
        (("subscription_schedule.completed",), ("completed",)),
        (("subscription_schedule.released",), ("released",)),
    ),
}


@check("Whatever was paid, ended or given up was told to be so")
def milestones_told(system: System, connection: Connection) -> Iterator[str | None]:
    """Yield every document that came to a status without the event that tells it."""
    held = held_keys(connection)
    began = beginnings(connection)
    for kind, milestones in MILESTONES.items():
        for events, statuses in milestones:
            rows = connection.query(
                f"SELECT d.book, d.id, d.created, d.status FROM {table_name(kind)} d"
                f" WHERE d.deleted = 0 AND d.status IN ({_marks(statuses)}) AND NOT EXISTS"
                " (SELECT 1 FROM event e WHERE e.book = d.book AND e.object_id = d.id"
                f" AND e.type IN ({_marks(events)}))",
                (*statuses, *events),
            )
            for book, id, created, status in rows:
                if (book, id) not in held and created >= began.get(book, created):
                    yield f"{id}: is {status}, and {' or '.join(events)} was never told"


def _marks(values: tuple[str, ...]) -> str:
    return ", ".join("?" * len(values))
