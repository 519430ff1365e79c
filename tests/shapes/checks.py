"""Checks: an annotation turned into a function that finds what is wrong with a JSON value.

A check is called with the value, where it was found, and the list that violations are added to.
Checks are built once per class, on first use, so that checking an answer costs microseconds.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple, Union

from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

from . import classes

Place = tuple[Any, str | int] | None
"""Where a value stands: (the place around it, its key), or None for the payload itself."""

Check = Callable[[Any, Place, list[str]], None]

_FACTS = json.loads((Path(__file__).parent / "absent.json").read_text())
_ABSENCE: dict[str, dict[str, str]] = _FACTS["absence"]
_DELETED: dict[str, str] = _FACTS["deleted"]
_RECORDED: dict[str, str] = _FACTS["recorded"]
_DECIMAL = re.compile(r"-?\d+(\.\d+)?")
_INTEGER = re.compile(r"-?\d+")
_LIST_FIELDS = {"object", "data", "has_more", "url"}


class Field(NamedTuple):
    """What a class says about one of its fields."""

    check: Check
    required: bool
    nullable: bool


def rendered(place: Place) -> str:
    """Return a place as a JSON path, such as `$.lines.data[0].amount`."""
    if place is None:
        return "$"
    around, key = place
    return rendered(around) + (f"[{key}]" if isinstance(key, int) else f".{key}")


def complain(out: list[str], place: Place, trouble: str) -> None:
    """Add a violation."""
    out.append(f"{rendered(place)}: {trouble}")


def check_for(hint: Any, cls: type[StripeObject], partial: bool = False) -> Check:
    """Return the check of an annotation that stands in cls; None inside it is left out.

    A partial check is for `previous_attributes`, where a hash holds only the keys that changed.
    """
    hint = classes.resolved(hint, cls)
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return _one_of(arguments)
    if origin is Union:
        kept = [classes.resolved(each, cls) for each in arguments if each is not type(None)]
        return _union(kept, cls, partial)
    if origin is list:
        return _list(check_for(arguments[0], cls))
    if origin is UntypedStripeObject:
        return _mapping(check_for(arguments[0], cls), partial)
    if origin is ListObject:
        return page(check_for(arguments[0], cls), partial)
    if isinstance(hint, type) and issubclass(hint, StripeObject):
        return lambda value, place, out: object_check(hint, partial)(value, place, out)
    raise TypeError(f"no check is known for the annotation {hint!r} in {classes.key(cls)}")


@cache
def object_check(cls: type[StripeObject], partial: bool = False) -> Check:
    """Return the check of a hash of this class, or of the stub left when it was deleted."""
    known = {name: _field(name, hint, cls, partial) for name, hint in classes.fields(cls).items()}
    for name in recorded(classes.key(cls)):
        known.setdefault(name, Field(_anything, required=False, nullable=True))
    whole = _hash(known)
    stub_fields = _DELETED.get(classes.key(cls))
    if stub_fields is None or partial:
        return whole
    stub = _hash({
        name: known[name]._replace(required=True) if name == "deleted" else known[name]
        for name in stub_fields.split()
    })

    def check(value: Any, place: Place, out: list[str]) -> None:
        deleted = type(value) is dict and value.get("deleted") is True
        (stub if deleted else whole)(value, place, out)

    return check


def page(element: Check, partial: bool = False) -> Check:
    """Return the check of a list object whose elements pass the given check.

    It may say how long it is (`total_count`): some lists in objects do, others when asked to.
    A partial one, of `previous_attributes`, has only what changed of it.
    """
    elements = _list(element)

    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not dict:
            return complain(out, place, f"expected a list object, got {_shown(value)}")
        for name in sorted(value.keys() - _LIST_FIELDS - {"total_count"}):
            complain(out, (place, name), "invented field")
        if partial:
            if "data" in value:
                elements(value["data"], (place, "data"), out)
            return None
        for name in sorted(_LIST_FIELDS - value.keys()):
            complain(out, (place, name), "missing")
        if value.get("object") != "list":
            complain(out, (place, "object"), f"expected 'list', got {_shown(value.get('object'))}")
        _boolean(value.get("has_more"), (place, "has_more"), out)
        _string(value.get("url"), (place, "url"), out)
        _integer(value.get("total_count", 0), (place, "total_count"), out)
        elements(value.get("data"), (place, "data"), out)
        return None

    return check


def _field(name: str, hint: Any, cls: type[StripeObject], partial: bool) -> Field:
    hint = classes.resolved(hint, cls)
    if classes.encodings(cls).get(name) == "int64_string":
        check: Check = _integer_string
    else:
        check = check_for(hint, cls, partial)
    if partial:
        return Field(check, required=False, nullable=True)
    kind = absence(classes.key(cls)).get(name)
    optional = hint is Any or type(None) in typing.get_args(hint)
    return Field(
        check,
        required=kind in (None, "present"),
        nullable=kind == "either" or (optional and kind is None),
    )


@cache
def absence(key: str) -> dict[str, str]:
    """Return, of the fields that Optional says too little about, which of these each is.

    `absent`: left out when it has no value, never null. `either`: left out or null.
    `present`: always there. Optional fields that are not named are always there and may be null.
    """
    facts = _ABSENCE.get(key, {})
    return {name: kind for kind, names in facts.items() for name in names.split()}


def recorded(key: str) -> list[str]:
    """Return the fields of a class that recorded answers show and the SDK does not know."""
    return _RECORDED.get(key, "").split()


def _hash(known: dict[str, Field]) -> Check:
    required = {name for name, field in known.items() if field.required}

    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not dict:
            return complain(out, place, f"expected an object, got {_shown(value)}")
        if not required <= value.keys():
            for name in sorted(required - value.keys()):
                complain(out, (place, name), "missing")
        for name, each in value.items():
            field = known.get(name)
            if field is None:
                complain(out, (place, name), "invented field")
            elif each is not None:
                field.check(each, (place, name), out)
            elif not field.nullable:
                complain(out, (place, name), f"null, but it is {_instead_of_null(field)}")
        return None

    return check


def _instead_of_null(field: Field) -> str:
    return "always given" if field.required else "left out when it has no value"


def _union(kept: list[Any], cls: type[StripeObject], partial: bool) -> Check:
    """Return the check of a union: an open enumeration, a reference, or several classes."""
    if len(kept) == 1:
        return check_for(kept[0], cls, partial)
    values = [each for each in kept if typing.get_origin(each) is Literal]
    if values and len(kept) == 2 and str in kept:
        return _one_of(typing.get_args(values[0]))
    nouns = [each for each in kept if isinstance(each, type) and issubclass(each, StripeObject)]
    others = [check_for(each, cls) for each in kept if each not in nouns]

    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is dict and nouns:
            return object_check(_noun(value, nouns))(value, place, out)
        attempts: list[list[str]] = []
        for other in others:
            other(value, place, found := [])
            if not found:
                return None
            attempts.append(found)
        if not attempts:
            return complain(out, place, f"expected an object, got {_shown(value)}")
        out.extend(attempts[-1])
        return None

    return check


def _noun(value: dict[str, Any], nouns: list[type[StripeObject]]) -> type[StripeObject]:
    """Return the class that the hash says it is of, or the first one possible."""
    name = value.get("object")
    return next((each for each in nouns if getattr(each, "OBJECT_NAME", None) == name), nouns[0])


def _list(element: Check) -> Check:
    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not list:
            return complain(out, place, f"expected an array, got {_shown(value)}")
        for index, each in enumerate(value):
            element(each, (place, index), out)
        return None

    return check


def _mapping(element: Check, partial: bool) -> Check:
    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not dict:
            return complain(out, place, f"expected an object, got {_shown(value)}")
        for name, each in value.items():
            if each is not None or not partial:
                element(each, (place, name), out)
        return None

    return check


def _one_of(values: tuple[Any, ...]) -> Check:
    known = frozenset(values)

    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) in (dict, list) or value not in known or type(value) is int:
            expected = ", ".join(sorted(map(str, known))[:12])
            complain(out, place, f"unknown value {_shown(value)}; known: {expected}")

    return check


def _of_type(kind: type, name: str) -> Check:
    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not kind:
            complain(out, place, f"expected {name}, got {_shown(value)}")

    return check


def _matching(pattern: re.Pattern[str], name: str) -> Check:
    def check(value: Any, place: Place, out: list[str]) -> None:
        if type(value) is not str or not pattern.fullmatch(value):
            complain(out, place, f"expected {name}, got {_shown(value)}")

    return check


def _number(value: Any, place: Place, out: list[str]) -> None:
    if type(value) not in (int, float):
        complain(out, place, f"expected a number, got {_shown(value)}")


def _anything(value: Any, place: Place, out: list[str]) -> None:
    """Accept every value."""


def _shown(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


_string = _of_type(str, "a string")
_boolean = _of_type(bool, "a boolean")
_integer = _of_type(int, "an integer")
_integer_string = _matching(_INTEGER, "a string holding an integer")
_SCALARS: dict[Any, Check] = {
    str: _string,
    int: _integer,
    bool: _boolean,
    float: _number,
    Decimal: _matching(_DECIMAL, "a string holding a decimal"),
    Any: _anything,
    object: _anything,
}
