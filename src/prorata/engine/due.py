"""Due handlers: which verb attends to a document of each kind when its time has come."""

from collections.abc import Callable
from typing import Any

from prorata.model.resource import Resource
from prorata.model.transaction import Tx

Handler = Callable[[Tx, Any], None]
HANDLERS: dict[str, Handler] = {}
PREFETCH: dict[str, Callable[[Any, list[Any]], None]] = {}


def handles(kind: str) -> Callable[[Handler], Handler]:
    """Register the function that attends to a due document: `handler(tx, document)`.

    It runs at the document's own due time where time is virtual. It must leave the document due
    later, or not at all.
    """

    def register(handler: Handler) -> Handler:
        assert kind not in HANDLERS, f"two handlers for {kind}"
        HANDLERS[kind] = handler
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


def attend(tx: Tx, document: Resource) -> None:
    """Do what a document is due for."""
    HANDLERS[document.spec.kind](tx, document)
