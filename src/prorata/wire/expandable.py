"""Expandable: which properties of an answer can be expanded, read from the types of its structs.

What can be expanded follows from the References on the struct types, found once per class.
"""

import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from prorata.model.errors import InvalidRequest
from prorata.model.fields import InlineList, Reference
from prorata.model.resource import REGISTRY, includes_of

MAX_LEVELS = 4
ANYTHING = None

# A field of an older form: the kinds that it names, the class of what it holds, or what the
# hashes inside it name by field.
OlderField = tuple[str, ...] | type[Struct] | Mapping[str, tuple[str, ...]]
# Fields of older forms: kind -> field.
OlderFields = Mapping[str, Mapping[str, OlderField]]


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
    may_read: Callable[[str], None] | None = None,
) -> list[str]:
    """Return a path's steps from the document on; raise InvalidRequest for what is wrong with it.

    classes: what the document may be, None when that is not known. may_read: raises for a kind
    that the caller may not read, whether there is one already or not: a payment that would lead to
    one must not be refused after it was made.
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
        for each in found:
            if may_read is not None and len(each.kinds) == 1:
                may_read(each.kinds[0])
        current = _beyond(found)
        if current == ():
            raise InvalidRequest(f"This property cannot be expanded ({path}).")
    return steps


def _field(cls: type[Struct], name: str, older: OlderFields) -> Field | None:
    known = older.get(str(cls.__struct_config__.tag), {}).get(name)
    return fields_of(cls).get(name) if known is None else older_field(known)


def older_field(known: OlderField) -> Field:
    """Return what a field of an older form leads to."""
    if isinstance(known, tuple):
        return Field(known)
    if isinstance(known, type):
        return Field(inside=(known,))
    return Field(inside=(_hash_of(tuple(known.items())),))


@cache
def _hash_of(fields: tuple[tuple[str, tuple[str, ...]], ...]) -> type[Struct]:
    """Return a class that stands for a hash of an older form, with these fields."""
    stand_in: type[Struct] = msgspec.defstruct("OlderHash", [])
    _fields[stand_in] = {name: Field(kinds) for name, kinds in fields}
    return stand_in


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
    return includes_of(getattr(cls, "view", "") if spec is None else spec.kind)


@cache
def _included(function: Callable[..., Any]) -> Field:
    """Return what an include leads to, as far as its annotation tells."""
    described = Field()
    _describe(get_type_hints(function, include_extras=True).get("return"), described)
    return described


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
