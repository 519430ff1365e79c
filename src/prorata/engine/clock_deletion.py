"""Clock deletion: a test clock goes with all that hangs on it, customer by customer."""

from collections.abc import Callable, Iterator
from functools import partial

from prorata.engine.customers.methods import let_methods_go
from prorata.engine.reversal import reverse_postings
from prorata.engine.runtime import System
from prorata.model.errors import LockTimeout
from prorata.model.ids import bucket_of
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Book
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.payments.dispute import Dispute
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.refund import Refund
from prorata.resources.payments.setup_intent import SetupIntent
from prorata.store.names import table_name
from prorata.store.unit_of_work import UnitOfWork

# Documents that are deleted in one transaction, but for a customer who has more.
BATCH = 500
# (kind, id)
Name = tuple[str, str]


def delete_clock(
    system: System, book: Book, clock_id: str, go_on: Callable[[], None] = lambda: None
) -> None:
    """Delete all that hangs on a clock that is being deleted, then the clock.

    Others have their turn in between, and no customer is half gone at any time. Nothing is done
    while a gateway is being asked, nor more once the process is to end: who comes next goes on.
    go_on: called after each transaction; what it raises ends it there.
    """
    clock = system.read(book, lambda uow: uow.find(TestClock, clock_id))
    deletion = None if clock is None else clock.private.deletion
    if clock is None or deletion is None:
        return
    if system.read(book, lambda uow: is_asked_about(uow, clock_id)):
        return
    now = clock.frozen_time
    try:
        while names := system.read(book, lambda uow: _all_on(uow, clock_id)):
            for part in _parts(names):
                system.write(book, partial(_delete, part=part), now=now)
                go_on()
                if system.ending:
                    return
    except LockTimeout:
        return

    def end(uow: UnitOfWork) -> None:
        with uow.step(now, clock_id, deletion.request):
            found = uow.find(TestClock, clock_id)
            if found is not None:
                uow.tallies.forget(clock_id)
                uow.delete(found)

    system.write(book, end, now=now)


def is_asked_about(uow: UnitOfWork, clock_id: str) -> bool:
    """Return whether a gateway is being asked about something that hangs on a clock."""
    rows = uow.connection.query(
        f"SELECT id FROM {table_name('payment_attempt')}"
        " WHERE book = ? AND clock IS NULL AND due_at IS NOT NULL AND document LIKE ?",
        (uow.book.key, f'%"clock":"{clock_id}"%'),
    )
    waiting = uow.load(PaymentAttempt, [id for (id,) in rows], look=True).values()
    asked = [each for each in waiting if each.clock == clock_id]
    documents = [
        *uow.load(PaymentIntent, [each.payment_intent or "" for each in asked], look=True).values(),
        *uow.load(SetupIntent, [each.setup_intent or "" for each in asked], look=True).values(),
        *uow.load(Refund, [each.refund or "" for each in asked], look=True).values(),
        *uow.load(Dispute, [each.dispute or "" for each in asked], look=True).values(),
    ]
    return any(each.private.asking for each in documents)


def _all_on(uow: UnitOfWork, clock_id: str) -> list[Name]:
    """Return what hangs on a clock: read at once and beside others, for no index knows it."""
    return [
        (kind, id)
        for kind in REGISTRY
        for (id,) in uow.connection.query(
            f"SELECT id FROM {table_name(kind)} WHERE book = ? AND clock = ? AND deleted = 0",
            (uow.book.key, clock_id),
        )
    ]


def _parts(names: list[Name]) -> Iterator[list[Name]]:
    """Divide documents: what is of one customer, and so of one bucket, stays together."""
    names.sort(key=lambda name: bucket_of(name[1]))
    part: list[Name] = []
    for name in names:
        if len(part) >= BATCH and bucket_of(name[1]) != bucket_of(part[-1][1]):
            yield part
            part = []
        part.append(name)
    yield part


def _delete(uow: UnitOfWork, part: list[Name]) -> None:
    by_kind: dict[str, list[str]] = {}
    for kind, id in part:
        by_kind.setdefault(kind, []).append(id)
    gone: list[str] = []
    for kind, ids in by_kind.items():
        for id, document in uow.load(REGISTRY[kind].cls, ids).items():
            if getattr(getattr(document, "private", None), "asking", False):
                raise LockTimeout()
            uow.delete(document)
            uow.quiet(document)
            gone.append(id)
    for customer in by_kind.get("customer", ()):
        # They hang on no clock, and may be older than their customer.
        let_methods_go(uow, customer)
    reverse_postings(uow, gone, "test clock deleted")
