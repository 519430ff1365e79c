"""Classes: the SDK's own annotations, read as facts about what each field holds."""

from __future__ import annotations

import inspect
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from typing import Any, ClassVar, ForwardRef

from stripe import StripeObject
from stripe._object_classes import OBJECT_CLASSES, V2_OBJECT_CLASSES
from stripe.events._event_classes import _V2_EVENT_CLASS_LOOKUP as V2_EVENT_CLASSES

# The part of a module that is for type checkers, and an import in it, with its names.
TYPE_CHECKING = re.compile(r"^if TYPE_CHECKING:\n((?:    .*\n|\n)+)", re.MULTILINE)
IMPORT = re.compile(r"^    from (\S+) import (?:\(([^)]*)\)|([^#\n]+))", re.MULTILINE)


@cache
def class_named(object_name: str) -> type[StripeObject] | None:
    """Return the class of the objects that call themselves object_name, or None."""
    found = OBJECT_CLASSES.get(object_name) or V2_OBJECT_CLASSES.get(object_name)
    return getattr(import_module(found[0]), found[1]) if found else None


@cache
def class_of_event(event_type: str) -> type[StripeObject] | None:
    """Return the class of a v2 event of this type, or None when it has none of its own."""
    found = V2_EVENT_CLASSES.get(event_type)
    return getattr(import_module(found[0]), found[1]) if found else None


@cache
def key(cls: type[StripeObject]) -> str:
    """Return the class's name in the data file, such as `invoice.Parent.QuoteDetails`."""
    root, *nested = cls.__qualname__.split(".")
    owner = getattr(sys.modules[cls.__module__], root)
    name = owner.__name__ if event_name(owner) else getattr(owner, "OBJECT_NAME", root)
    return ".".join([name, *nested])


def event_name(cls: type[StripeObject]) -> str | None:
    """Return the type of event that the class is for, or None for any other class."""
    return getattr(cls, "LOOKUP_TYPE", None)


@cache
def fields(cls: type[StripeObject]) -> dict[str, Any]:
    """Return the class's field names, as on the wire, with their annotations."""
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        if not issubclass(base, StripeObject) or base is StripeObject:
            continue
        renamed = base.__dict__.get("_field_remappings", {})
        for name, hint in inspect.get_annotations(base).items():
            if not name.startswith("_") and not _is_class_variable(hint):
                found[renamed.get(name, name)] = resolved(hint, base)
    return found


def encodings(cls: type[StripeObject]) -> Mapping[str, Any]:
    """Return how the class's own numbers travel: `int64_string`, `decimal_string`, or nested."""
    merged: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        merged |= base.__dict__.get("_field_encodings", {})
    return merged


def resolved(hint: Any, cls: type) -> Any:
    """Return the hint as a type; a name between quotes is read where the class stands."""
    if isinstance(hint, ForwardRef):
        hint = hint.__forward_arg__
    if not isinstance(hint, str):
        return hint
    return eval(hint, vars(sys.modules[cls.__module__]), _Names(cls))


def _is_class_variable(hint: Any) -> bool:
    return typing.get_origin(hint) is ClassVar or str(hint).startswith(("ClassVar", "typing.Class"))


class _Names(Mapping[str, Any]):
    """The names that a type checker sees inside a class but the running module does not."""

    def __init__(self, cls: type) -> None:
        self._cls = cls

    def __getitem__(self, name: str) -> Any:
        parts = self._cls.__qualname__.split(".")
        while parts:
            scope = sys.modules[self._cls.__module__]
            for part in parts:
                scope = getattr(scope, part)
            if name in vars(scope) and isinstance(vars(scope)[name], type):
                return vars(scope)[name]
            parts.pop()
        module, attribute = _checking_imports(self._cls.__module__)[name]
        return getattr(import_module(module), attribute)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@cache
def _checking_imports(module: str) -> dict[str, tuple[str, str]]:
    """Return what a module imports for type checkers only: name to (module, attribute).

    Read as text: the interpreter cannot build two syntax trees side by side (the depth counter of
    Python 3.11 is shared by all threads), and a server that logs an error builds one meanwhile.
    """
    found: dict[str, tuple[str, str]] = {}
    for block in TYPE_CHECKING.findall(inspect.getsource(sys.modules[module])):
        for origin, several, one in IMPORT.findall(block):
            for each in (several or one).split(","):
                attribute, _, called = each.strip().partition(" as ")
                if attribute:
                    found[called or attribute] = (origin, attribute)
    return found
