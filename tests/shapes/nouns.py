"""Nouns: our own structs compared with the SDK's classes, without a server.

Answers are checked as they travel; this finds what no test has answered yet: a field that a
struct has and the API has not, or the reverse, and values of the wrong kind.
"""

from __future__ import annotations

import typing
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Literal, Union

import msgspec.inspect as inspect
from msgspec import Struct
from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

from . import classes
from .checks import absence, recorded

_KINDS: dict[type, tuple[Any, ...]] = {
    inspect.StrType: (str, Decimal),
    inspect.IntType: (int, float),
    inspect.FloatType: (float,),
    inspect.BoolType: (bool,),
    inspect.DecimalType: (Decimal,),
}
_OPEN = (inspect.AnyType, inspect.RawType)


def differences(
    struct: type[Struct], name: str, included: typing.Container[str] = ()
) -> list[str]:
    """Return how a struct departs from the class of the objects that call themselves `name`.

    included: fields that the struct does not hold and that are answered when they are expanded.
    """
    cls = classes.class_named(name)
    if cls is None:
        return [f"{name}: the SDK knows no such object"]
    info = inspect.type_info(struct)
    assert isinstance(info, inspect.StructType)
    return list(_struct(info, cls, name, included))


def _struct(
    info: inspect.StructType, cls: type[StripeObject], place: str,
    included: typing.Container[str] = (),
) -> Iterator[str]:
    """Compare a struct with a class, field by field and downwards."""
    ours = {field.encode_name: field for field in info.fields}
    theirs = classes.fields(cls)
    known_absence = absence(classes.key(cls))
    for name in theirs.keys() - ours.keys() - {info.tag_field}:
        if known_absence.get(name) in (None, "present") and name not in included:
            yield f"{place}.{name}: missing"
    for name, field in ours.items():
        if name in recorded(classes.key(cls)):
            continue
        if name not in theirs:
            yield f"{place}.{name}: invented"
            continue
        kind, hint = known_absence.get(name), classes.resolved(theirs[name], cls)
        optional = type(None) in typing.get_args(hint)
        if _may_be_null(field) and not (optional and kind in (None, "either")):
            yield f"{place}.{name}: may be null, but is {'left out' if kind else 'always given'}"
        if _may_be_left_out(field) and kind not in ("absent", "either"):
            yield f"{place}.{name}: may be left out, but is always there"
        yield from _value(field.type, hint, cls, f"{place}.{name}")


def _may_be_null(field: inspect.Field) -> bool:
    kind = field.type
    return isinstance(kind, inspect.UnionType) and kind.includes_none


def _may_be_left_out(field: inspect.Field) -> bool:
    nothing = inspect.NODEFAULT
    return not field.required and field.default is nothing and field.default_factory is nothing


def _value(ours: inspect.Type, hint: Any, cls: type[StripeObject], place: str) -> Iterator[str]:
    """Compare what a field of ours may hold with an annotation."""
    if isinstance(ours, inspect.Metadata):
        # What the wire of /v2 writes as text.
        as_text = (ours.extra or {}).get("wire") in ("instant", "int64")
        ours = inspect.StrType() if as_text else ours.type
    hints = _alternatives(hint, cls)
    if isinstance(ours, inspect.UnionType):
        for each in ours.types:
            if not isinstance(each, inspect.NoneType):
                yield from _value(each, hint, cls, place)
        return
    if isinstance(ours, (inspect.NoneType, _OPEN)) or Any in hints:
        return
    if isinstance(ours, inspect.LiteralType):
        yield from _literal(ours, hints, place)
    elif isinstance(ours, inspect.StructType):
        yield from _hash(ours, hints, cls, place)
    elif isinstance(ours, inspect.ListType):
        found = next((each for each in hints if typing.get_origin(each) is list), None)
        if found is None:
            yield f"{place}: ours is a list"
        else:
            yield from _value(ours.item_type, typing.get_args(found)[0], cls, f"{place}[]")
    elif isinstance(ours, inspect.DictType):
        found = next((e for e in hints if typing.get_origin(e) is UntypedStripeObject), None)
        if found is None:
            yield f"{place}: ours is a mapping"
        else:
            yield from _value(ours.value_type, typing.get_args(found)[0], cls, f"{place}{{}}")
    elif not any(each in _KINDS.get(type(ours), ()) for each in hints) and not (
        isinstance(ours, inspect.StrType) and any(typing.get_origin(e) is Literal for e in hints)
    ):
        yield f"{place}: ours is {type(ours).__name__}, theirs {_named(hints)}"


def _literal(ours: inspect.LiteralType, hints: list[Any], place: str) -> Iterator[str]:
    known = {v for e in hints if typing.get_origin(e) is Literal for v in typing.get_args(e)}
    unknown = sorted(str(each) for each in set(ours.values) - known)
    if unknown and (known or str not in hints):
        yield f"{place}: unknown values {', '.join(unknown)}"


def _hash(
    ours: inspect.StructType, hints: list[Any], cls: type[StripeObject], place: str
) -> Iterator[str]:
    listed = next((each for each in hints if typing.get_origin(each) is ListObject), None)
    nouns = [each for each in hints if isinstance(each, type) and issubclass(each, StripeObject)]
    if listed is not None:
        data = next((field for field in ours.fields if field.encode_name == "data"), None)
        if data is None or not isinstance(data.type, inspect.ListType):
            yield f"{place}: ours is not a list object"
        else:
            yield from _value(data.type.item_type, typing.get_args(listed)[0], cls, f"{place}[]")
    elif not nouns:
        yield f"{place}: ours is a hash, theirs {_named(hints)}"
    else:
        named = [each for each in nouns if getattr(each, "OBJECT_NAME", None) == ours.tag]
        yield from _struct(ours, (named or nouns)[0], place)


def _alternatives(hint: Any, cls: type[StripeObject]) -> list[Any]:
    hint = classes.resolved(hint, cls)
    if typing.get_origin(hint) is not Union:
        return [hint]
    return [
        found for each in typing.get_args(hint) if each is not type(None)
        for found in _alternatives(each, cls)
    ]


def _named(hints: list[Any]) -> str:
    return " or ".join(getattr(each, "__name__", str(each)) for each in hints)
