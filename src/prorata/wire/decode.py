"""Decode: trees of a request into the typed parameters of an operation.

Each Params class is compiled once into nested readers. The common way through them raises at the
first fault; only then is the whole tree walked for unknown parameters, which the API reports before
any other fault.
"""

import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType

from prorata.model.errors import APIError, InvalidRequest, missing_param
from prorata.model.fields import Range
from prorata.wire import scalars
from prorata.wire.scalars import Reader
from prorata.wire.v2 import values

S = TypeVar("S", bound=Struct)
# What unsets a parameter, beside null.
EMPTY = frozenset({""})
Walker = Callable[[Any, str, list[str]], None]


@dataclass(frozen=True, slots=True)
class Node:
    """A compiled type: how it is read, and how unknown names below it are found."""

    read: Reader
    walk: Walker | None = None
    takes: tuple[type, ...] = (str, int, bool, float, Decimal)


# Whole nodes only: several threads decode at once. What is half compiled is known to the one
# thread that compiles.
_structs: dict[type[Struct], Node] = {}
_begun: dict[type[Struct], Node] = {}
_one_compiles = threading.RLock()


def decode(cls: type[S], tree: dict[str, Any]) -> S:
    """Return the parameters of a request, typed; raise InvalidRequest by the name of the fault.

    Unknown parameters are reported first, then faults in the order sent, then what is missing.
    """
    node = _structs.get(cls) or _struct(cls)
    try:
        params: S = node.read(tree, "")
        return params
    except APIError:
        raise_unknown(cls, tree)
        raise


def raise_unknown(cls: type[Struct], tree: dict[str, Any]) -> None:
    """Raise the error that names every parameter of the tree that the class does not have."""
    node = _structs.get(cls) or _struct(cls)
    unknown: list[str] = []
    if node.walk is not None:
        node.walk(tree, "", unknown)
    if unknown:
        raise unknown_parameters(unknown)


def unknown_parameters(paths: Sequence[str]) -> InvalidRequest:
    """Return the error of parameters that an operation does not have."""
    word = "parameter" if len(paths) == 1 else "parameters"
    return InvalidRequest(
        f"Received unknown {word}: {', '.join(paths)}", code="parameter_unknown", param=paths[0]
    )


def compiled(cls: type[Struct]) -> None:
    """Compile a class ahead of its first request, raising TypeError for what cannot be read."""
    _struct(cls)


def _struct(cls: type[Struct]) -> Node:
    found = _structs.get(cls)
    if found is not None:
        return found
    with _one_compiles:
        # Begun: a struct that contains itself, directly or not.
        found = _structs.get(cls) or _begun.get(cls)
        if found is not None:
            return found
        outermost = not _begun
        try:
            node = _compile(cls)
            if outermost:
                _structs.update(_begun)
        finally:
            if outermost:
                _begun.clear()
        return node


def _compile(cls: type[Struct]) -> Node:
    fields: dict[str, tuple[str, Node]] = {}
    required: dict[str, str] = {}
    reader = _range_reader if cls is Range else _struct_reader
    node = Node(reader(cls, fields, required), _struct_walker(fields), (dict,))
    _begun[cls] = node
    hints = get_type_hints(cls, include_extras=True)
    # A filter finds what equals it; only what is to be kept must be well-formed.
    lenient = scalars.EMAIL_FIELDS if cls.__name__.endswith("ListParams") else ()
    for field in msgspec.structs.fields(cls):
        name = field.encode_name
        node_name = "" if name in lenient else name
        fields[name] = (field.name, _node(hints[field.name], node_name, ()))
        if field.required:
            required[field.name] = field.encode_name
    return node


def _struct_reader(
    cls: type[Struct], fields: dict[str, tuple[str, Node]], required: dict[str, str]
) -> Reader:
    def read(value: Any, path: str) -> Struct:
        if type(value) is not dict:
            if value == "" or value is None:
                raise scalars.empty(path)
            raise InvalidRequest("Invalid object", param=path)
        values = {}
        for name, item in value.items():
            field = fields.get(name)
            below = f"{path}[{name}]" if path else name
            if field is None:
                raise unknown_parameters([below])
            values[field[0]] = field[1].read(item, below)
        for name, wire_name in required.items():
            if name not in values:
                raise missing_param(f"{path}[{wire_name}]" if path else wire_name)
        return cls(**values)

    return read


def _range_reader(
    cls: type[Struct], fields: dict[str, tuple[str, Node]], required: dict[str, str]
) -> Reader:
    of_hash = _struct_reader(cls, fields, required)
    of_number = scalars.integer_reader(())

    def read(value: Any, path: str) -> Struct:
        if isinstance(value, (dict, list)):
            hash: Struct = of_hash(value, path)
            return hash
        number = of_number(value, path)
        return cls(gte=number, lte=number)

    return read


def _struct_walker(fields: dict[str, tuple[str, Node]]) -> Walker:
    def walk(value: Any, path: str, unknown: list[str]) -> None:
        if not isinstance(value, dict):
            return
        for name, item in value.items():
            below = f"{path}[{name}]" if path else name
            field = fields.get(name)
            if field is None:
                unknown.append(below)
            elif field[1].walk is not None:
                field[1].walk(item, below, unknown)

    return walk


def _node(hint: Any, name: str, metas: tuple[Meta, ...]) -> Node:
    """Compile one annotation; `metas` are the constraints written around it."""
    origin = get_origin(hint)
    if origin is Annotated:
        inner, *extras = get_args(hint)
        found = tuple(extra for extra in extras if isinstance(extra, Meta))
        mark = values.mark_of(found)
        if mark is not None:
            return Node(values.reader(mark, name, metas + found), None, (str, dict))
        return _node(inner, name, metas + found)
    if origin in (Union, types.UnionType):
        return _union(get_args(hint), name, metas)
    if origin is Literal:
        return Node(scalars.choice_reader(get_args(hint)))
    if origin is list or hint is list:
        return _list(get_args(hint)[0] if get_args(hint) else Any, name, metas)
    if origin is dict or hint is dict:
        return _dict(get_args(hint), name)
    if isinstance(hint, type) and issubclass(hint, Struct):
        return _struct(hint)
    return _scalar(hint, name, metas)


def _scalar(hint: Any, name: str, metas: tuple[Meta, ...]) -> Node:
    if hint is str:
        return Node(scalars.text_reader(name, metas))
    if hint is int:
        return Node(scalars.named_integer_reader(name, metas))
    if hint is bool:
        return Node(scalars.read_boolean)
    if hint is Decimal or hint is float:
        return Node(scalars.decimal_reader(metas, hint))
    if hint is Any or hint is object or hint is bytes:
        return Node(lambda value, path: value, None, (object,))
    raise TypeError(f"the parameter `{name}` has a type that no request can be read into: {hint}")


def _list(element: Any, name: str, metas: tuple[Meta, ...]) -> Node:
    inner = _node(element, name, ())
    longest = next((meta.max_length for meta in metas if meta.max_length is not None), None)
    shortest = next((meta.min_length for meta in metas if meta.min_length is not None), 0)

    def read(value: Any, path: str) -> list[Any]:
        if not isinstance(value, list):
            if value == "" or value is None:
                raise scalars.empty(path)
            if value != {}:
                raise InvalidRequest("Invalid array", param=path)
        if longest is not None and len(value) > longest:
            raise InvalidRequest(
                f"Array too long: at most {longest} elements can be given.", param=path
            )
        if len(value) < shortest:
            raise InvalidRequest(
                f"Array too short: at least {shortest} elements must be given.", param=path
            )
        return [inner.read(item, f"{path}[{place}]") for place, item in enumerate(value)]

    def walk(value: Any, path: str, unknown: list[str]) -> None:
        if isinstance(value, list) and inner.walk is not None:
            for place, item in enumerate(value):
                inner.walk(item, f"{path}[{place}]", unknown)

    return Node(read, walk if inner.walk else None, (list,))


def _dict(arguments: tuple[Any, ...], name: str) -> Node:
    if not arguments or arguments[1] is Any:
        inner = Node(lambda value, path: value)
    elif arguments[1] is str:
        if name == "metadata":
            return Node(scalars.read_metadata, None, (dict, list))
        inner = Node(scalars.as_text)
    else:
        inner = _node(arguments[1], name, ())

    def read(value: Any, path: str) -> dict[str, Any]:
        if isinstance(value, list):
            # Keys of digits look like places of an array on the wire.
            value = {str(place): item for place, item in enumerate(value)}
        if not isinstance(value, dict):
            if value == "" or value is None:
                raise scalars.empty(path)
            raise InvalidRequest("Invalid object", param=path)
        return {key: inner.read(item, f"{path}[{key}]") for key, item in value.items()}

    def walk(value: Any, path: str, unknown: list[str]) -> None:
        if isinstance(value, dict) and inner.walk is not None:
            for key, item in value.items():
                inner.walk(item, f"{path}[{key}]", unknown)

    return Node(read, walk if inner.walk else None, (dict, list))


def _union(members: tuple[Any, ...], name: str, metas: tuple[Meta, ...]) -> Node:
    nullable = type(None) in members
    rest = [member for member in members if member not in (type(None), UnsetType)]
    literals = [choice for member in rest if get_origin(member) is Literal
                for choice in get_args(member)]
    # Text takes anything, so it is tried last.
    others = sorted((m for m in rest if get_origin(m) is not Literal), key=lambda m: m is str)
    nodes = [Node(scalars.choice_reader(literals))] if literals else []
    nodes += [_node(member, name, metas) for member in others]
    node = nodes[0] if len(nodes) == 1 else _alternatives(nodes)
    return _nullable(node, frozenset() if _is_exact(others) else EMPTY) if nullable else node


def _is_exact(members: Sequence[Any]) -> bool:
    """Return whether the empty text is a value of its own."""
    return any(
        values.mark_of([each for each in get_args(member)[1:] if isinstance(each, Meta)])
        for member in members
        if get_origin(member) is Annotated
    )


def _nullable(node: Node, unset: frozenset[str]) -> Node:
    inner = node.read

    def read(value: Any, path: str) -> Any:
        if value is None or (type(value) is str and value in unset):
            return None
        return inner(value, path)

    return Node(read, node.walk, node.takes)


def _alternatives(nodes: list[Node]) -> Node:
    def fitting(value: Any) -> list[Node]:
        return [node for node in nodes if isinstance(value, node.takes)] or nodes[-1:]

    def read(value: Any, path: str) -> Any:
        if value == "" or value is None:
            raise scalars.empty(path)
        error: APIError | None = None
        for node in fitting(value):
            try:
                return node.read(value, path)
            except APIError as fault:
                error = fault
        assert error is not None, "at least one alternative was tried"
        raise error

    def walk(value: Any, path: str, unknown: list[str]) -> None:
        found: list[list[str]] = []
        for node in fitting(value):
            found.append([])
            if node.walk is not None:
                node.walk(value, path, found[-1])
        fewest: list[str] = min(found, key=len)
        unknown.extend(fewest)

    takes = tuple({kind for node in nodes for kind in node.takes})
    return Node(read, walk, takes)
