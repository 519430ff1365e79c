"""Related: documents that an older form shows inside another; loaded together, looked up singly."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from prorata.model.resource import REGISTRY
from prorata.wire.encode import plain, shorten, to_bytes

Node = dict[str, Any]


class Related:
    """Looks documents up through a transaction open for reading; without one, finds nothing.

    What was wanted beforehand is loaded with the first look-up, in one query per kind.
    """

    def __init__(self, reader: Any = None) -> None:
        self._reader = reader
        self._documents: dict[tuple[str, str], bytes | None] = {}
        self._wanted: dict[str, dict[str, None]] = defaultdict(dict)
        self._payments: dict[tuple[str, str], list[Node]] = {}
        self._wanted_payments: dict[str, dict[str, None]] = defaultdict(dict)

    def want(self, kind: str, id: Any) -> None:
        """Say that a document will be looked up."""
        if isinstance(id, str) and (kind, id) not in self._documents:
            self._wanted[kind][id] = None

    def want_payments(self, column: str, id: Any) -> None:
        """Say that the invoice payments of an invoice or payment_intent will be looked up."""
        if isinstance(id, str) and (column, id) not in self._payments:
            self._wanted_payments[column][id] = None

    def document(self, kind: str, id: Any) -> Node | None:
        """Return a document in the newest form (a copy), its stub when deleted, or None."""
        if isinstance(id, dict):
            # Expanded already; a copy, because whatever stands in an answer is lowered once.
            copy: Node = plain(id)
            return copy
        if not isinstance(id, str):
            return None
        if (kind, id) not in self._documents:
            self.want(kind, id)
            self._load(kind)
        found = self._documents[kind, id]
        return None if found is None else plain(found)

    def payments(self, column: str, id: Any) -> list[Node]:
        """Return the invoice payments whose `column` (invoice, payment_intent) is an id."""
        if not isinstance(id, str):
            return []
        if (column, id) not in self._payments:
            self.want_payments(column, id)
            self._load_payments(column)
        return self._payments[column, id]

    def _load(self, kind: str) -> None:
        ids = self._wanted.pop(kind, {})
        loaded: dict[str, Node] = {}
        if self._reader is not None and kind in REGISTRY:
            loaded = self._reader.load_plain(kind, ids)
        for id in ids:
            document = loaded.get(id)
            if document is not None:
                shorten(document)
            self._documents[kind, id] = None if document is None else to_bytes(document)

    def _load_payments(self, column: str) -> None:
        ids = list(self._wanted_payments.pop(column, {}))
        for id in ids:
            self._payments[column, id] = []
        spec = REGISTRY.get("invoice_payment")
        if self._reader is None or spec is None:
            return
        found: Iterable[Any] = self._reader.select(spec.cls, **{column: ids})
        for payment in map(plain, found):
            key = payment["invoice"] if column == "invoice" else payment["payment"].get(column)
            self._payments.setdefault((column, key), []).append(payment)
