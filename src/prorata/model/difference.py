"""Difference: what changed between two forms of a document, and the way back.

A reverse patch holds, for each key of the newer form that differs, the older value: nested
objects hold only their changed keys, arrays stand whole, and keys that the older form did not have
are listed under "[absent]", which is no key of metadata: those have no brackets.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import compress, count
from operator import ne
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec.structs import astuple, fields

ABSENT = "[absent]"
Patch = dict[str, Any]
_MISSING: Any = object()
# Types of fields whose encoded form is no object.
NO_OBJECTS = frozenset({
    str, int, bool, float, list, Decimal, Literal, type(None), msgspec.UnsetType,
})  # fmt: skip


def reverse_patch(newer: dict[str, Any], older: dict[str, Any]) -> Patch:
    """Return the patch that turns the newer form back into the older one."""
    patch: Patch = {}
    absent = []
    for key, value in newer.items():
        before = older.get(key, _MISSING)
        if before == value and type(before) is type(value):
            continue
        if before is _MISSING:
            absent.append(key)
        elif isinstance(value, dict) and isinstance(before, dict):
            patch[key] = reverse_patch(value, before)
        else:
            patch[key] = before
    if older.keys() - newer.keys():
        patch |= {key: before for key, before in older.items() if key not in newer}
    if absent:
        patch[ABSENT] = absent
    return patch


def encoded_patch(
    cls: type[msgspec.Struct], newer: bytes | msgspec.Raw, older: bytes | msgspec.Raw
) -> Patch:
    """Return the reverse patch between two encoded structs of one type.

    They are taken apart into the texts of their fields. What was no object, or is none any more,
    stands in the patch as the text it had (`msgspec.Raw`), which is encoded as it is.
    """
    shape = _shape(cls)
    these, those = astuple(shape.texts.decode(newer)), astuple(shape.texts.decode(older))
    patch: Patch = {}
    absent = []
    for place in compress(count(), map(ne, these, those)):
        name, value, before = shape.names[place], these[place], those[place]
        if before is None:
            absent.append(name)
        elif (
            place not in shape.objects
            or value is None
            or not (_is_object(before) and _is_object(value))
        ):
            patch[name] = before
        # The same keys in another order are no difference.
        elif changed := _changes(shape.objects[place], value, before):
            patch[name] = changed
    if absent:
        patch[ABSENT] = absent
    return patch


def _changes(cls: type[msgspec.Struct] | None, newer: msgspec.Raw, older: msgspec.Raw) -> Patch:
    if cls is None:
        return reverse_patch(msgspec.json.decode(newer), msgspec.json.decode(older))
    return encoded_patch(cls, newer, older)


def _is_object(text: msgspec.Raw) -> bool:
    return memoryview(text)[0] == ord("{")


@dataclass(frozen=True, slots=True)
class _Shape:
    """Names of a struct's fields as they are encoded, and what finds the text of each.

    objects: by the places of the fields that may hold an object, what it is; None where it can be
    anything.
    """

    names: tuple[str, ...]
    texts: msgspec.json.Decoder[Any]
    objects: dict[int, type[msgspec.Struct] | None]


@cache
def _shape(cls: type[msgspec.Struct]) -> _Shape:
    names = cls.__struct_encode_fields__
    places = [f"field{place}" for place, _ in enumerate(names)]
    texts = msgspec.defstruct(
        f"{cls.__name__}Parts",
        [(place, msgspec.Raw, None) for place in places],
        rename=dict(zip(places, names, strict=True)),
        gc=False,
    )
    held = (set(_alternatives(field.type)) - NO_OBJECTS for field in fields(cls))
    objects = {place: _struct_of(types) for place, types in enumerate(held) if types}
    return _Shape(names, msgspec.json.Decoder(texts), objects)


def _struct_of(types: set[Any]) -> type[msgspec.Struct] | None:
    """Return the struct that a field's objects are, None where they can be others too."""
    [only, *others] = types
    known = not others and isinstance(only, type) and issubclass(only, msgspec.Struct)
    return only if known else None


def _alternatives(annotation: Any) -> Iterator[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        for each in get_args(annotation):
            yield from _alternatives(each)
    elif origin is Annotated:
        yield from _alternatives(get_args(annotation)[0])
    else:
        yield origin or annotation


def walk_back(newer: dict[str, Any], patch: Patch) -> dict[str, Any]:
    """Return the older form of a document."""
    older = dict(newer)
    for key in patch.get(ABSENT, ()):
        older.pop(key, None)
    for key, value in patch.items():
        if key == ABSENT:
            continue
        current = older.get(key)
        if isinstance(value, dict) and isinstance(current, dict):
            older[key] = walk_back(current, value)
        else:
            older[key] = value
    return older


def take_back(
    current: dict[str, Any],
    after: dict[str, Any],
    before: dict[str, Any],
    sums: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Return a form without one of its changes, that from `before` to `after`.

    What has been changed once more since then stays. sums: keys of amounts that are counted on, of
    which only the change's own part is taken back.
    """
    result = dict(current)
    for key in dict.fromkeys((*before, *after)):
        was, became, now = (each.get(key, _MISSING) for each in (before, after, current))
        if was == became and type(was) is type(became):
            continue
        if isinstance(was, dict) and isinstance(became, dict) and isinstance(now, dict):
            result[key] = take_back(now, became, was, frozenset(now) if key in sums else sums)
        elif key in sums and all(type(each) is int for each in (became, now)):
            result[key] = now + (was if type(was) is int else 0) - became
        elif now == became and type(now) is type(became):
            if was is _MISSING:
                result.pop(key, None)
            else:
                result[key] = was
    return result


def previous_attributes(patch: Patch) -> dict[str, Any]:
    """Return a reverse patch as events show it: keys that were absent appear as null."""
    if ABSENT not in patch and dict not in map(type, patch.values()):
        return patch
    shown: dict[str, Any] = {}
    for key, value in patch.items():
        if key == ABSENT:
            shown.update(dict.fromkeys(value))
        else:
            shown[key] = previous_attributes(value) if isinstance(value, dict) else value
    return shown
