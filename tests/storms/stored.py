"""What is stored: every document and its history, read past the API for what must hold of them."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from prorata.engine.doctor import examine
from prorata.model.difference import reverse_patch, walk_back
from prorata.model.resource import REGISTRY
from prorata.store.names import table_name
from prorata.store.records import key_of

Document = dict[str, Any]


class Stored:
    """The documents at this moment, by kind, and what was seen of them at earlier moments."""

    def __init__(self, system: Any) -> None:
        self._system = system
        self._seen: dict[str, dict[int, Document]] = defaultdict(dict)
        self._revisions: dict[str, int] = {}
        self.documents: dict[str, list[Document]] = {}

    def read(self) -> None:
        """Read every document; prove that those which changed can be walked back and forth."""
        self._system.database.read(self._read)

    def of(self, kind: str) -> list[Document]:
        return self.documents.get(kind, [])

    def _read(self, connection: Any) -> None:
        self.documents = {kind: [] for kind in REGISTRY}
        tables = " UNION ALL ".join(
            f"SELECT '{kind}' AS kind, book, id, revision, document, deleted"
            f" FROM {table_name(kind)}" for kind in REGISTRY
        )  # fmt: skip
        for kind, _, id, revision, text, gone in connection.query(
            f"SELECT * FROM ({tables}) AS every ORDER BY kind, book, id"
        ):
            document = json.loads(text)
            if not gone:
                self.documents[kind].append(document)
            key = key_of(REGISTRY[kind], id)
            if self._revisions.get(key) != revision:
                self._walk(connection, key, revision, document)
                self._revisions[key] = revision
            assert self._seen[key][revision] == document, f"{id} changed without a revision"

    def _walk(self, connection: Any, key: str, revision: int, document: Document) -> None:
        """Walk a document back through its history, and compare with what was once seen."""
        patches = connection.query(
            "SELECT revision, patch FROM history WHERE object_id = ? ORDER BY revision DESC",
            (key,),
        )
        expected = list(range(revision, 1, -1))
        assert [number for number, _ in patches] == expected, f"{key}: the history has gaps"
        form, seen = document, self._seen[key]
        for number, text in patches:
            patch = json.loads(text)
            older = walk_back(form, patch)
            assert reverse_patch(form, older) == patch, f"{key} {number}: not the way back"
            known = seen.get(number - 1)
            assert known is None or known == older, f"{key} {number - 1}: was not like this"
            form = older
        seen[revision] = document

    def problems(self) -> Iterator[str]:
        """Yield what `prorata doctor` finds."""
        for check in examine(self._system):
            for each in check.findings:
                yield f"{each.check}: {each.id}: {each.problem}"


def by_id(documents: list[Document]) -> dict[str, Document]:
    return {each["id"]: each for each in documents}
