"""Present: documents as a caller sees them: expanded where asked, in the form of its version.

A caller of an older version expands by the older form's names. Paths that the newest form knows
are expanded before the documents are lowered; what is left is expanded in the lowered form.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import Struct

from prorata.model.errors import InvalidRequest
from prorata.wire.encode import as_bytes, plain, shorten, shorten_answer, to_bytes
from prorata.wire.expand import expand
from prorata.wire.expandable import OlderFields, check_path, classes_of
from prorata.wire.versions.chain import NEWEST, lower, old_fields, touches


def present(
    forms: Sequence[bytes],
    *,
    paths: Sequence[str],
    version: str,
    reader: Any,
    cls: type[Struct] | None,
    listing: bool = False,
    expander: Any = None,
) -> list[bytes]:
    """Return encoded documents of a class (None: of registered kinds) as they are answered.

    paths: what to expand; `listing`: they begin with `data`. reader: a transaction open for
    reading. expander: the same, where not all that it could read may be expanded. Raises
    InvalidRequest for a path that cannot be expanded.
    """
    if not paths and (version == NEWEST or not any(touches(form, version) for form in forms)):
        return [as_bytes(form) for form in forms]
    expander = expander or reader
    documents = [plain(form) for form in forms]
    for document in documents:
        shorten_answer(document)
    if version == NEWEST:
        expand(documents, paths, expander, cls=cls, listing=listing)
    else:
        older = old_fields(version)
        classes = classes_of(documents, cls)
        newer_paths, older_paths = _sorted(paths, classes, listing, older)
        expand(documents, newer_paths, expander, cls=cls, listing=listing)
        lower(documents, version, reader)
        expand(documents, older_paths, LoweringReader(expander, version), cls=cls, listing=listing,
               older=older)
    return [to_bytes(document) for document in documents]


def _sorted(
    paths: Sequence[str],
    classes: tuple[type[Struct], ...] | None,
    listing: bool,
    older: OlderFields,
) -> tuple[list[str], list[str]]:
    """Return the paths that the newest form knows, and those that only the older form does."""
    newer_paths, older_paths = [], []
    for path in paths:
        try:
            check_path(path, classes, listing=listing, older={})
        except InvalidRequest:
            check_path(path, classes, listing=listing, older=older)
            older_paths.append(path)
        else:
            newer_paths.append(path)
    return newer_paths, older_paths


class LoweringReader:
    """A transaction whose plain documents come in the form of an older version."""

    def __init__(self, reader: Any, version: str) -> None:
        self._reader = reader
        self._version = version

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Return documents by id, lowered."""
        loaded: dict[str, dict[str, Any]] = self._reader.load_plain(kind, ids)
        for document in loaded.values():
            shorten(document)
        lower(list(loaded.values()), self._version, self._reader)
        return loaded

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)
