"""Expand: ids in an answer replaced by the documents that they name, a level at a time.

What can be expanded is read from the References on the struct types, once per class. A level's ids
are loaded in one query per kind. Fields that appear only when expanded come from the functions that
their noun declares as includes.
"""

import types
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Protocol, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from prorata.model.errors import InvalidRequest
from prorata.model.fields import InlineList, Reference
from prorata.model.resource import REGISTRY, kind_of_id
from prorata.wire.encode import plain, shorten

MAX_LEVELS = 4
MAX_PATHS = 20
ANYTHING = None

Trie = dict[str, "Trie"]
# Fields of older forms: kind -> field -> the kinds that it names.
OlderFields = Mapping[str, Mapping[str, tuple[str, ...]]]


class Reader(Protocol):
    """What expansion asks of a transaction open for reading."""

    def load_plain(self, kind: str, ids: Iterable[str]) -> dict[str, dict[str, Any]]: ...


@dataclass(slots=True)
class Field:
    """What a field can lead to: documents of some kinds, and structs inside the document."""

    kinds: tuple[str, ...] = ()
    inside: tuple[type[Struct], ...] = ()
    inline: bool = False

    @property
    def expands(self) -> bool:
        """Whether a path may end here: at an id, a list, or an object that is always shown."""
        return bool(self.kinds) or self.inline or any(map(_is_object, self.inside))


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

    cls: the documents' class, needed where they are no registered nouns. listing: the documents
    are the `data` of a list, and paths begin there. older: what the documents, in the form of an
    older version, have beside the fields of their classes.
    """
    older = older or {}
    classes = classes_of(documents, cls)
    wanted: Trie = {}
    for path in paths:
        steps = check_path(path, classes, listing=listing, older=older)
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


def classes_of(
    documents: Sequence[dict[str, Any]], cls: type[Struct] | None
) -> tuple[type[Struct], ...] | None:
    """Return what plain documents may be: the given class, or what their kinds are registered as.

    None means that anything is possible.
    """
    if cls is not None:
        return (cls,)
    kinds = {document.get("object") for document in documents}
    found = tuple(REGISTRY[kind].cls for kind in kinds if kind in REGISTRY)
    return found if documents else ANYTHING


def check_path(
    path: str,
    classes: tuple[type[Struct], ...] | None,
    *,
    listing: bool,
    older: OlderFields,
) -> list[str]:
    """Return a path's steps from the document on; raise InvalidRequest for what is wrong with it.

    classes: what the document may be, None when that is not known.
    """
    steps = path.split(".")
    if len(steps) > MAX_LEVELS:
        raise InvalidRequest(
            f"You cannot expand more than {MAX_LEVELS} levels of a property. Property: {path}",
            code="property_expansion_max_depth",
        )
    if listing:
        if steps[0] != "data":
            raise InvalidRequest(
                f"This property cannot be expanded ({path}). You may want to try expanding"
                f" 'data.{path}' instead."
            )
        steps = steps[1:]
        if not steps:
            raise InvalidRequest(f"This property cannot be expanded ({path}).")
    current = classes
    for place, step in enumerate(steps):
        if current is ANYTHING:
            return steps
        includes = [function for cls in current if (function := _includes(cls).get(step))]
        if includes:
            current = _beyond(map(_included, includes)) or ANYTHING
            continue
        found = [field for cls in current if (field := _field(cls, step, older)) is not None]
        if not found:
            raise InvalidRequest(
                f"This property cannot be expanded because it doesn't exist: {path}."
            )
        if place == len(steps) - 1 and not any(each.expands for each in found):
            raise InvalidRequest(f"This property cannot be expanded ({path}).")
        current = _beyond(found)
        if current == ():
            raise InvalidRequest(f"This property cannot be expanded ({path}).")
    return steps


def _field(cls: type[Struct], name: str, older: OlderFields) -> Field | None:
    kinds = older.get(str(cls.__struct_config__.tag), {}).get(name)
    return fields_of(cls).get(name) if kinds is None else Field(kinds)


def _beyond(found: Iterable[Field]) -> tuple[type[Struct], ...] | None:
    classes: dict[type[Struct], None] = {}
    for each in found:
        for kind in each.kinds:
            if kind not in REGISTRY:
                return ANYTHING
            classes[REGISTRY[kind].cls] = None
        classes.update(dict.fromkeys(each.inside))
    return tuple(classes)


def _includes(cls: type[Struct]) -> dict[str, Callable[..., Any]]:
    spec = getattr(cls, "spec", None)
    return spec.includes if spec is not None else {}


@cache
def _included(function: Callable[..., Any]) -> Field:
    """Return what an include leads to, as far as its annotation tells."""
    described = Field()
    _describe(get_type_hints(function, include_extras=True).get("return"), described)
    return described


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
    older = level.older.get(kind, {})
    for name, wanted in place.wanted.items():
        if spec is not None and name in spec.includes and not node.get("deleted"):
            value = spec.includes[name](level.reader, node)
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
            _follow(node, name, Field(older[name]), wanted, level)
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
    known = [kind for kind in kinds if kind in REGISTRY]
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
        loaded = level.reader.load_plain(kind, dict.fromkeys(id for id, _, _ in asked))
        for document in loaded.values():
            shorten(document)
        for id, put, wanted in asked:
            document = loaded.get(id)
            if document is None:
                continue
            document = dict(document)
            put(document)
            if wanted:
                level.following.append(Place(document, ANYTHING, wanted))


def _is_object(cls: type[Struct]) -> bool:
    """Return whether a struct is an object of the API, not a hash inside one."""
    return cls.__struct_config__.tag is not None or "object" in cls.__struct_fields__


_fields: dict[type[Struct], dict[str, Field]] = {}


def fields_of(cls: type[Struct]) -> dict[str, Field]:
    """Return what each field of a struct class leads to, by its name on the wire."""
    known = _fields.get(cls)
    if known is None:
        hints = get_type_hints(cls, include_extras=True)
        known = {}
        for each in msgspec.structs.fields(cls):
            known[each.encode_name] = described = Field()
            _describe(hints[each.name], described)
        known["object"] = Field()
        _fields[cls] = known
    return known


def _describe(hint: Any, described: Field) -> None:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        for extra in extras:
            if isinstance(extra, Reference):
                described.kinds += extra.kinds
        _describe(inner, described)
    elif origin in (Union, types.UnionType, list):
        for member in get_args(hint):
            _describe(member, described)
    elif origin is InlineList:
        described.inline = True
        if get_args(hint)[0] is not Any:
            described.inside += (_inline_of(get_args(hint)[0]),)
    elif isinstance(hint, type) and issubclass(hint, Struct):
        described.inside += (hint,)


_inline: dict[Any, type[Struct]] = {}


def _inline_of(element: Any) -> type[Struct]:
    """Return a class that stands for an inline list, whose `data` leads to its elements."""
    if element not in _inline:
        stand_in = type("List", (InlineList,), {})
        described = Field()
        _describe(element, described)
        _fields[stand_in] = {"data": described, "object": Field(), "has_more": Field(),
                             "url": Field(), "total_count": Field()}
        _inline[element] = stand_in
    return _inline[element]
