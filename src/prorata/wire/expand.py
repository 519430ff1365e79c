"""Expand: ids in an answer replaced by the documents that they name, a level at a time.

A level's ids are loaded in one query per kind. Fields that appear only when expanded come from the
functions that their noun declares as includes.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from prorata.model.errors import InvalidRequest
from prorata.model.resource import REGISTRY, includes_of, kind_of_id
from prorata.resources.billing.plan import Plan, plan_shape
from prorata.wire.encode import plain, shorten
from prorata.wire.expandable import (
    ANYTHING,
    Field,
    OlderFields,
    check_path,
    classes_of,
    fields_of,
    older_field,
)

MAX_PATHS = 20
PLAN, PRICE = "plan", "price"

Trie = dict[str, "Trie"]


class Reader(Protocol):
    """What expansion asks of a transaction open for reading."""

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]: ...


@dataclass(slots=True)
class Place:
    """A dict of the answer whose fields are to be expanded, and the classes it may be."""

    node: dict[str, Any]
    classes: tuple[type[Struct], ...] | None
    wanted: Trie


@dataclass(slots=True)
class Level:
    """What one level of expansion still has to load, and where it then belongs."""

    reader: Any
    older: OlderFields
    pending: dict[str, list[tuple[str, Callable[[Any], None], Trie]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    following: list[Place] = field(default_factory=list)


def take_expand(tree: dict[str, Any]) -> tuple[str, ...]:
    """Take the `expand` parameter out of a request's tree."""
    paths = tree.pop("expand", ())
    if paths == "":
        return ()
    if not isinstance(paths, (list, tuple)):
        raise InvalidRequest("Invalid array", param="expand")
    for place, path in enumerate(paths):
        if not isinstance(path, str):
            raise InvalidRequest("Invalid string", param=f"expand[{place}]")
    if len(paths) > MAX_PATHS:
        raise InvalidRequest(f"You can expand at most {MAX_PATHS} properties.", param="expand")
    return tuple(dict.fromkeys(path for path in paths if path))


def expand(
    documents: Sequence[dict[str, Any]],
    paths: Sequence[str],
    reader: Reader,
    *,
    cls: type[Struct] | None = None,
    listing: bool = False,
    older: OlderFields | None = None,
) -> None:
    """Expand plain documents in place; raise InvalidRequest for what cannot be expanded.

    A reader with `may_read` is asked about each kind that a path names.

    cls: the documents' class, needed where they are no registered nouns. listing: the documents
    are the `data` of a list, and paths begin there. older: what the documents, in the form of an
    older version, have beside the fields of their classes.
    """
    older = older or {}
    classes = classes_of(documents, cls)
    may_read = getattr(reader, "may_read", None)
    wanted: Trie = {}
    for path in paths:
        steps = check_path(path, classes, listing=listing, older=older, may_read=may_read)
        node = wanted
        for step in steps:
            node = node.setdefault(step, {})
    places = [Place(document, classes, wanted) for document in documents] if wanted else []
    while places:
        level = Level(reader, older)
        _prefetch(places, reader)
        for place in places:
            _visit(place, level)
        _load(level)
        places = level.following


def _prefetch(places: Sequence[Place], reader: Any) -> None:
    """Load together the documents whose includes are about to be asked for one by one."""
    wanted: dict[type[Any], list[str]] = defaultdict(list)
    for place in places:
        spec = REGISTRY.get(place.node.get("object") or "")
        if spec is not None and not place.wanted.keys().isdisjoint(spec.includes):
            wanted[spec.cls].append(place.node["id"])
    for cls, ids in wanted.items():
        if len(ids) > 1 and hasattr(reader, "load"):
            reader.load(cls, ids)


def _visit(place: Place, level: Level) -> None:
    """Expand what a dict holds as far as it goes without loading; note what is to be loaded."""
    node = place.node
    kind = node.get("object") or ""
    spec = REGISTRY.get(kind)
    includes = includes_of(kind)
    older = level.older.get(kind, {})
    for name, wanted in place.wanted.items():
        if name in includes and not node.get("deleted"):
            value = includes[name](level.reader, node)
            if value is msgspec.UNSET:
                continue
            value = plain(value)
            shorten(value)
            node[name] = value
            _descend(node, name, ANYTHING, wanted, level)
            continue
        value = node.get(name)
        if value is None:
            continue
        if name in older:
            _follow(node, name, older_field(older[name]), wanted, level)
            continue
        classes = place.classes if spec is None else (spec.cls,)
        if classes is ANYTHING:
            _descend(node, name, ANYTHING, wanted, level)
            continue
        for cls in classes:
            described = fields_of(cls).get(name)
            if described is not None:
                _follow(node, name, described, wanted, level)
                break


def _follow(node: dict[str, Any], name: str, to: Field, wanted: Trie, level: Level) -> None:
    value = node[name]
    if to.kinds and isinstance(value, str):
        _note(value, to.kinds, node, name, wanted, level)
    elif to.kinds and isinstance(value, list):
        node[name] = value = list(value)
        for place, item in enumerate(value):
            if isinstance(item, str):
                _note(item, to.kinds, value, place, wanted, level)
            else:
                _descend(value, place, to.inside or ANYTHING, wanted, level)
    else:
        _descend(node, name, to.inside or ANYTHING, wanted, level)


def _note(
    id: str, kinds: tuple[str, ...], holder: Any, key: Any, wanted: Trie, level: Level
) -> None:
    known = [kind for kind in kinds if kind in REGISTRY or kind == PLAN]
    prefixed = kind_of_id(id)
    for kind in [prefixed] if prefixed in known else known:
        level.pending[kind].append((id, lambda value: holder.__setitem__(key, value), wanted))


def _descend(
    holder: Any, key: Any, classes: tuple[type[Struct], ...] | None, wanted: Trie, level: Level
) -> None:
    """Go into a dict or a list of dicts; what is shared with other answers is copied first."""
    value = holder[key]
    if not wanted:
        return
    if isinstance(value, dict):
        holder[key] = value = dict(value)
        level.following.append(Place(value, classes, wanted))
    elif isinstance(value, list):
        holder[key] = value = list(value)
        for place in range(len(value)):
            _descend(value, place, classes, wanted, level)


def _load(level: Level) -> None:
    for kind, asked in level.pending.items():
        # A plan is stored as the price that it is.
        stored, classes = (PRICE, (Plan,)) if kind == PLAN else (kind, ANYTHING)
        loaded = level.reader.load_plain(stored, dict.fromkeys(id for id, _, _ in asked))
        if kind == PLAN:
            loaded = {id: plan_shape(document) for id, document in loaded.items()}
        for document in loaded.values():
            shorten(document)
        for id, put, wanted in asked:
            document = loaded.get(id)
            if document is None:
                continue
            document = dict(document)
            put(document)
            if wanted:
                level.following.append(Place(document, classes, wanted))
