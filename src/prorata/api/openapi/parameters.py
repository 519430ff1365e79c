"""Parameters: what operations take, as JSON Schema, read from their Params.

Values travel as text in bracketed forms. What may be unset takes the empty string too.
"""

import types
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType

from prorata.api.openapi.schemas import (
    ANYTHING,
    WRITTEN,
    Components,
    Schema,
    any_of,
    closed_object,
    reference_to,
)
from prorata.model.fields import Range
from prorata.model.operation import Operation
from prorata.model.params import METADATA_KEYS
from prorata.wire import scalars
from prorata.wire.forms import MAX_ITEMS
from prorata.wire.pagination import DEFAULT_LIMIT, MOST
from prorata.wire.v2.pages import DEFAULT_LIMIT as DEFAULT_LIMIT_V2
from prorata.wire.v2.values import mark_of

EMPTY: Schema = {"const": ""}
TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": scalars.LONGEST_TEXT}
DECIMAL: Schema = {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,12})?$"}
METADATA: Schema = {
    "type": "object",
    "maxProperties": METADATA_KEYS,
    "propertyNames": {
        "maxLength": scalars.METADATA_KEY_LENGTH, "minLength": 1, "pattern": r"^[^\[\]]*$",
    },
    "additionalProperties": {"type": "string", "maxLength": scalars.METADATA_VALUE_LENGTH},
}  # fmt: skip
EXPAND: Schema = {"type": "array", "items": TEXT, "maxItems": 20}
PAGE: dict[str, Schema] = {
    "ending_before": TEXT,
    "include": {"type": "array", "items": {"const": "total_count"}},
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT},
    "starting_after": TEXT,
}
PAGE_V2: dict[str, Schema] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT_LIMIT_V2},
    "page": TEXT,
}
WRITTEN_V2: dict[str, Schema] = {
    **{str(mark): schema for mark, schema in WRITTEN.items()},
    "metadata": {**METADATA, "additionalProperties": {"type": ["string", "null"]}},
    "text": {**TEXT, "minLength": 0},
}
SEARCH: dict[str, Schema] = {"limit": PAGE["limit"], "page": TEXT, "query": TEXT}


class Taken:
    """The schemas of parameters; those of nested structs become components."""

    def __init__(self, components: Components) -> None:
        self._components = components

    def properties(self, operation: Operation) -> tuple[dict[str, Schema], list[str]]:
        """Return an operation's parameters by name, and which of them are required."""
        properties: dict[str, Schema] = {} if operation.v2 else {"expand": EXPAND}
        required: list[str] = []
        if operation.reads and operation.path.endswith("/search"):
            return properties | SEARCH, ["query"]
        if operation.reads and operation.lists:
            properties |= PAGE_V2 if operation.v2 else PAGE
        if operation.params is not None:
            own, required = self._fields(operation.params)
            properties |= own
        return properties, required

    def _fields(self, cls: type[Struct]) -> tuple[dict[str, Schema], list[str]]:
        hints = get_type_hints(cls, include_extras=True)
        fields = msgspec.structs.fields(cls)
        properties = {
            each.encode_name: self._taken(hints[each.name], each.encode_name) for each in fields
        }
        return properties, [each.encode_name for each in fields if each.required]

    def _taken(self, hint: Any, name: str, metas: tuple[Meta, ...] = ()) -> Schema:
        origin = get_origin(hint)
        if origin is Annotated:
            inner, *extras = get_args(hint)
            found = tuple(each for each in extras if isinstance(each, Meta))
            mark = mark_of(found)
            return WRITTEN_V2[mark] if mark else self._taken(inner, name, metas + found)
        if origin in (Union, types.UnionType):
            members = [each for each in get_args(hint) if each is not UnsetType]
            forms = [self._taken(each, name, metas) for each in members]
            return any_of(forms)
        if hint is type(None):
            return EMPTY
        if origin is Literal:
            # Sorted: of two that name the same values Python knows the one that was imported first.
            return {"enum": sorted(get_args(hint), key=str)}
        if origin is list or hint is list:
            inside = get_args(hint) or (Any,)
            return _bounded_array(self._taken(inside[0], name), metas)
        if origin is dict or hint is dict:
            return self._hash(get_args(hint), name)
        if hint is Range:
            return any_of([{"type": "integer"}, self._struct(hint)])
        if isinstance(hint, type) and issubclass(hint, Struct):
            return self._struct(hint)
        return _scalar(hint, name, metas)

    def _hash(self, arguments: tuple[Any, ...], name: str) -> Schema:
        if name == "metadata":
            return METADATA
        inside = self._taken(arguments[1], name) if arguments else ANYTHING
        return {"type": "object", "additionalProperties": inside}

    def _struct(self, cls: type[Struct]) -> Schema:
        components = self._components
        name = components.name_of(cls)
        if name is None:
            name = components.claim(cls, cls.__name__)
            components.schemas[name] = {}
            components.schemas[name] = closed_object(*self._fields(cls))
        return reference_to(name)


def _scalar(hint: Any, name: str, metas: tuple[Meta, ...]) -> Schema:
    if hint is str:
        return _text(name, metas)
    if hint is int:
        least, most = scalars.integer_bounds(name, metas)
        bounds = (("minimum", least), ("maximum", most))
        return {"type": "integer", **{key: value for key, value in bounds if value is not None}}
    if hint is bool:
        return {"type": "boolean"}
    if hint is Decimal or hint is float:
        return DECIMAL
    return ANYTHING


def _text(name: str, metas: tuple[Meta, ...]) -> Schema:
    schema = dict(TEXT)
    for meta in metas:
        found = (
            ("maxLength", meta.max_length), ("minLength", meta.min_length),
            ("pattern", meta.pattern),
        )  # fmt: skip
        schema |= {key: value for key, value in found if value is not None}
    if name in scalars.EMAIL_FIELDS:
        schema["format"] = "email"
    return schema


def _bounded_array(items: Schema, metas: tuple[Meta, ...]) -> Schema:
    schema: Schema = {"type": "array", "items": items, "maxItems": MAX_ITEMS}
    for meta in metas:
        found = (("maxItems", meta.max_length), ("minItems", meta.min_length))
        schema |= {key: value for key, value in found if value is not None}
    return schema
