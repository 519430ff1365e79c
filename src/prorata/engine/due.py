"""Due handlers: which verb attends to a document of each kind when its time has come."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from prorata.model.resource import Resource
from prorata.model.transaction import Tx

Handler = Callable[[Tx, Any], None]
HANDLERS: dict[str, Handler] = {}
# Kinds that may become due again at a second at which they were attended to.
RESTLESS: set[str] = set()
PREFETCH: dict[str, Callable[[Any, list[Any]], None]] = {}


def handles(kind: str, *, restless: bool = False) -> Callable[[Handler], Handler]:
    """Register the function that attends to a due document: `handler(tx, document)`.

    It runs at the document's own due time where time is virtual. It must leave the document due
    later, or not at all. restless: others may make it due anew within the same second.
    """

    def register(handler: Handler) -> Handler:
        assert kind not in HANDLERS, f"two handlers for {kind}"
        HANDLERS[kind] = handler
        if restless:
            RESTLESS.add(kind)
        return handler

    return register


def prefetches(
    kind: str,
) -> Callable[[Callable[[Any, list[Any]], None]], Callable[[Any, list[Any]], None]]:
    """Register what a batch of due documents loads beforehand: `prefetch(uow, documents)`."""

    def register(
        prefetch: Callable[[Any, list[Any]], None],
    ) -> Callable[[Any, list[Any]], None]:
        PREFETCH[kind] = prefetch
        return prefetch

    return register


@contextmanager
def at_moment(tx: Tx, moment: int) -> Iterator[None]:
    """Work as of another second: one that was missed, or one that is looked ahead to."""
    before = tx.now
    tx.now = moment
    try:
        yield
    finally:
        tx.now = before


def attend(tx: Tx, document: Resource) -> None:
    """Do what a document is due for."""
    HANDLERS[document.spec.kind](tx, document)
