"""Samples: a smallest valid object of any class, made from the annotations for the self tests."""

from __future__ import annotations

import typing
from decimal import Decimal
from typing import Any, Literal, Union

from stripe import ListObject, StripeObject
from stripe._stripe_object import UntypedStripeObject

from . import classes
from .checks import absence

_SCALARS: dict[Any, Any] = {
    str: "text", int: 1, bool: True, float: 1.5, Decimal: "1.5", Any: "anything", object: "text",
}


def sample(cls: type[StripeObject], full: bool = False, depth: int = 0) -> dict[str, Any]:
    """Return an object of the class; a full one gives every field a value, two levels deep."""
    made: dict[str, Any] = {}
    for name, hint in classes.fields(cls).items():
        kind = absence(classes.key(cls)).get(name)
        optional = hint is Any or type(None) in typing.get_args(hint)
        if name == "deleted":
            continue
        if optional and kind != "present" and not (full and depth < 2):
            if kind is None:
                made[name] = None
            continue
        coded = classes.encodings(cls).get(name) == "int64_string"
        made[name] = "12" if coded else _value(hint, cls, full, depth)
    return made


def _value(hint: Any, cls: type[StripeObject], full: bool, depth: int) -> Any:
    hint = classes.resolved(hint, cls)
    if hint in _SCALARS:
        return _SCALARS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Literal:
        return arguments[0]
    if origin is Union:
        return _value(arguments[0], cls, full, depth)
    if origin is list:
        return [_value(arguments[0], cls, full, depth)] if depth < 3 else []
    if origin is UntypedStripeObject:
        return {"key": _value(arguments[0], cls, full, depth)}
    if origin is ListObject:
        data = [_value(arguments[0], cls, full, depth + 1)] if full and depth < 2 else []
        return {"object": "list", "data": data, "has_more": False, "url": "/v1/things"}
    return sample(hint, full, depth + 1)
