"""Parameters: every place of an operation's parameters, read from their types."""

from __future__ import annotations

import types
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType

from prorata.model.fields import Range
from prorata.wire.v2.values import mark_of

DEEPEST = 8
# A key of a hash whose keys are free: a currency, where it matters.
ANY_KEY = "eur"
SCALARS = {str: "text", int: "integer", bool: "boolean", Decimal: "decimal", float: "decimal"}


@dataclass(frozen=True)
class Place:
    """One parameter: where it is, what it may be, and what must be sent beside it."""

    steps: tuple[str, ...]
    shapes: frozenset[str]
    """text, integer, boolean, decimal, moment, choice, list, hash, free or metadata."""
    nullable: bool
    required: bool
    choices: tuple[Any, ...] = ()
    metas: tuple[Meta, ...] = field(default=(), hash=False, compare=False)

    @property
    def path(self) -> str:
        """Return the place as the wire writes it: `items[0][price]`."""
        return written(self.steps)

    @property
    def name(self) -> str:
        """Return the parameter's own name, that of the array for an element."""
        return next(step for step in reversed(self.steps) if not step.isdigit())

    def only(self, *shapes: str) -> bool:
        return self.shapes <= set(shapes)


def written(steps: tuple[str, ...]) -> str:
    return steps[0] + "".join(f"[{step}]" for step in steps[1:])


def tree_of(steps: tuple[str, ...], value: Any) -> Any:
    """Return the tree that has a value at one place and nothing else."""
    for step in reversed(steps):
        value = [value] if step == "0" else {step: value}
    return value


def pairs_of(tree: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Yield the pairs of a form that say what a tree does."""
    for name, value in tree.items() if isinstance(tree, dict) else enumerate(tree):
        path = f"{prefix}[{name}]" if prefix else str(name)
        if isinstance(value, (dict, list)) and value:
            yield from pairs_of(value, path)
        elif isinstance(value, bool):
            yield path, str(value).lower()
        else:
            yield path, "" if value is None or value == [] or value == {} else str(value)


@cache
def places_of(cls: type[Struct]) -> tuple[Place, ...]:
    """Return every place of a parameter class, the outer ones first."""
    return tuple(_of_struct(cls, (), ()))


def _of_struct(
    cls: type[Struct], above: tuple[str, ...], inside: tuple[type, ...]
) -> Iterator[Place]:
    if cls in inside or len(above) > DEEPEST:
        return
    hints = get_type_hints(cls, include_extras=True)
    for each in msgspec.structs.fields(cls):
        yield from _of_hint(
            hints[each.name], (*above, each.encode_name), each.required, (*inside, cls)
        )


def _of_hint(
    hint: Any, steps: tuple[str, ...], required: bool, inside: tuple[type, ...]
) -> Iterator[Place]:
    members, metas = _members(hint)
    shapes: set[str] = set()
    choices: list[Any] = []
    below: list[tuple[Any, tuple[str, ...]]] = []
    nullable = False
    for member in members:
        origin = get_origin(member)
        if member is type(None):
            nullable = True
        elif origin is Literal:
            shapes.add("choice")
            choices += get_args(member)
        elif origin is list or member is list:
            shapes.add("list")
            below.append(((get_args(member) or (Any,))[0], (*steps, "0")))
        elif origin is dict or member is dict:
            shapes.add("metadata" if steps[-1] == "metadata" else "free")
            inner = (get_args(member) or (Any, Any))[1]
            if isinstance(inner, type) and issubclass(inner, Struct):
                below.append((inner, (*steps, ANY_KEY)))
        elif isinstance(member, type) and issubclass(member, Struct):
            shapes.add("hash")
            if member is Range:
                shapes.add("integer")
            below.append((member, steps))
        else:
            shapes.add(SCALARS.get(member, "any"))
    written_as = mark_of(metas)
    if written_as == "instant":
        shapes = {"moment"}
    # Below /v2 a text may be empty.
    nullable = nullable or written_as == "text"
    yield Place(steps, frozenset(shapes), nullable, required, tuple(choices), tuple(metas))
    for inner, place in below:
        if isinstance(inner, type) and issubclass(inner, Struct):
            yield from _of_struct(inner, place, inside)
        else:
            yield from _of_hint(inner, place, False, inside)


def _members(hint: Any) -> tuple[list[Any], list[Meta]]:
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        members, metas = _members(inner)
        return members, metas + [each for each in extras if isinstance(each, Meta)]
    if origin in (Union, types.UnionType):
        members, metas = [], []
        for each in get_args(hint):
            if each is not UnsetType:
                found = _members(each)
                members += found[0]
                metas += found[1]
        return members, metas
    return [hint], []
