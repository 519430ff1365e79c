"""Judge: holds answers against the annotations of whichever version of the SDK is imported.

It is milder than `shapes`, which judges the newest form: fields that are unknown to an older SDK
are additions and pass. What the SDK says is always there must be there, and everything it names
must have its type and, where it lists them, one of its values.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
import typing
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import import_module
from typing import Any, Literal, Union

import stripe
from stripe._list_object import ListObject
from stripe._object_classes import OBJECT_CLASSES
from stripe._stripe_object import StripeObject

# Lists of values that grow without a new version.
OPEN = {"event.type"}
PLAIN = {str: str, int: int, float: (int, float), bool: bool, Decimal: str}


def record() -> list[str]:
    """Judge every answer from now on; the list that comes back is filled with complaints."""
    found: list[str] = []
    client = stripe.HTTPClient
    send = client.request_with_retries

    def request(self: Any, method: str, url: str, *arguments: Any, **named: Any) -> Any:
        answer = send(self, method, url, *arguments, **named)
        body = json.loads(answer[0])
        if "error" not in body:
            judge(body, f"{method.upper()} {url.partition('/v1')[2].partition('?')[0]} $", found)
        return answer

    client.request_with_retries = request
    return found


def judge(value: Any, place: str, found: list[str]) -> None:
    """Judge a whole object by what it says that it is."""
    name = value.get("object")
    if name in ("list", "search_result"):
        for index, each in enumerate(value["data"]):
            judge(each, f"{place}.data[{index}]", found)
        return
    cls = class_named(name)
    if cls is not None and not value.get("deleted"):
        check_object(value, cls, place, found)


@cache
def class_named(name: str) -> type | None:
    """Return the class of the objects that call themselves so; None when there is none."""
    known = OBJECT_CLASSES.get(name)
    return getattr(import_module(known[0]), known[1]) if isinstance(known, tuple) else known


def check_object(value: Any, cls: type, place: str, found: list[str]) -> None:
    if type(value) is not dict:
        found.append(f"{place}: expected a {cls.__qualname__}, got {value!r:.60}")
        return
    if value.get("deleted"):
        return
    for name, hint in fields(cls).items():
        if f"{value.get('object')}.{name}" in OPEN:
            continue
        if name in value:
            check(value[name], hint, cls, f"{place}.{name}", found)
        elif type(None) not in typing.get_args(hint):
            found.append(f"{place}.{name}: missing")


def check(value: Any, hint: Any, cls: type, place: str, found: list[str]) -> None:
    hint = resolved(hint, cls)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if hint in PLAIN:
        if not isinstance(value, PLAIN[hint]) or (hint is not bool and isinstance(value, bool)):
            found.append(f"{place}: expected {hint.__name__}, got {value!r:.60}")
    elif origin is Union:
        check_union(value, arguments, cls, place, found)
    elif origin is Literal:
        if value not in arguments:
            found.append(f"{place}: {value!r} is not one of its {len(arguments)} values")
    elif origin is list:
        if type(value) is not list:
            found.append(f"{place}: expected an array, got {value!r:.60}")
            return
        for index, each in enumerate(value):
            check(each, arguments[0], cls, f"{place}[{index}]", found)
    elif origin is ListObject:
        for index, each in enumerate(value["data"]):
            check(each, arguments[0], cls, f"{place}.data[{index}]", found)
    elif isinstance(hint, type) and issubclass(hint, StripeObject):
        check_object(value, hint, place, found)


def check_union(
    value: Any, arguments: tuple[Any, ...], cls: type, place: str, found: list[str]
) -> None:
    """Accept what any member accepts; complain as the member for objects does."""
    if value is None:
        if type(None) not in arguments:
            found.append(f"{place}: null")
        return
    best: list[str] | None = None
    for each in arguments:
        if each is type(None):
            continue
        complaints: list[str] = []
        check(value, each, cls, place, complaints)
        if best is None or len(complaints) < len(best):
            best = complaints
    found.extend(best or [])


@cache
def fields(cls: type) -> dict[str, Any]:
    """Return the class's fields, by their names on the wire, with their annotations."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, StripeObject) or base is StripeObject or base is ListObject:
            continue
        renamed = base.__dict__.get("_field_remappings", {})
        for name, hint in inspect.get_annotations(base).items():
            text = str(hint)
            if not name.startswith("_") and "ClassVar" not in text:
                found[renamed.get(name, name)] = resolved(hint, base)
    return found


def resolved(hint: Any, cls: type) -> Any:
    """Return a hint as a type; a name between quotes is read where the class stands."""
    hint = getattr(hint, "__forward_arg__", hint)
    if not isinstance(hint, str):
        return hint
    return eval(hint, vars(sys.modules[cls.__module__]), _Names(cls))


class _Names(Mapping):
    """The names that a type checker sees inside a class but the running module does not."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __getitem__(self, name: str) -> Any:
        parts = self._cls.__qualname__.split(".")
        while parts:
            scope: Any = sys.modules[self._cls.__module__]
            for part in parts:
                scope = getattr(scope, part)
            if isinstance(vars(scope).get(name), type):
                return vars(scope)[name]
            parts.pop()
        module, attribute = _checking_imports(self._cls.__module__)[name]
        return getattr(import_module(module), attribute)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0


@cache
def _checking_imports(module: str) -> dict[str, tuple[str, str]]:
    """Return what a module imports for type checkers only: name to (module, attribute)."""
    found = {}
    for node in ast.walk(ast.parse(inspect.getsource(sys.modules[module]))):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            for line in node.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    for alias in line.names:
                        found[alias.asname or alias.name] = (line.module, alias.name)
    return found
