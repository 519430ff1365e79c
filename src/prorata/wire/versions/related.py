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
        self._belonging: dict[tuple[str, str, str], list[Node]] = {}
        self._wanted_belonging: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)

    def want(self, kind: str, id: Any) -> None:
        """Say that a document will be looked up."""
        if isinstance(id, str) and (kind, id) not in self._documents:
            self._wanted[kind][id] = None

    def want_of(self, kind: str, column: str, id: Any) -> None:
        """Say that the documents of a kind whose `column` is an id will be looked up."""
        if isinstance(id, str) and (kind, column, id) not in self._belonging:
            self._wanted_belonging[kind, column][id] = None

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

    def of(self, kind: str, column: str, id: Any) -> list[Node]:
        """Return the documents of a kind whose `column` is an id, in the newest form."""
        if not isinstance(id, str):
            return []
        if (kind, column, id) not in self._belonging:
            self.want_of(kind, column, id)
            self._load_belonging(kind, column)
        return [plain(document) for document in self._belonging[kind, column, id]]

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

    def _load_belonging(self, kind: str, column: str) -> None:
        ids = list(self._wanted_belonging.pop((kind, column), {}))
        for id in ids:
            self._belonging[kind, column, id] = []
        spec = REGISTRY.get(kind)
        if self._reader is None or spec is None:
            return
        found: Iterable[Any] = self._reader.select(spec.cls, **{column: ids})
        for document in map(plain, found):
            shorten(document)
            self._belonging.setdefault((kind, column, _owner(document, column)), []).append(
                document
            )


def _owner(document: Node, column: str) -> str:
    """Return what a document's column says; an invoice payment's is in its `payment`."""
    value = document[column] if column in document else document["payment"].get(column)
    return str(value)
