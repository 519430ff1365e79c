"""Schemas: what answers look like, as JSON Schema, read from the structs of the nouns.

Every struct becomes a component. A field that may be left out is not required; nothing beside the
fields may appear. An id that `expand` follows is the id or the document.
"""

import types
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct, UnsetType

from prorata.model.fields import InlineList, Reference
from prorata.model.resource import REGISTRY, Resource
from prorata.wire.v2.values import mark_of

Schema = dict[str, Any]
SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    float: {"type": "number"},
    Decimal: {"type": "string", "format": "decimal"},
    type(None): {"type": "null"},
}
ANYTHING: Schema = {}
DELETED = "deleted"
DELETED_V2 = "v2.deleted"
# Values that /v2 writes in its own way, by their marks.
WRITTEN: dict[str | None, Schema] = {
    "instant": {"type": "string", "format": "date-time"},
    "int64": {"type": "string", "pattern": r"^-?[0-9]{1,19}$"},
}


class Components:
    """The named schemas of a document; `answered` adds what it names."""

    def __init__(self) -> None:
        self.schemas: dict[str, Schema] = {}
        self._names: dict[type, str] = {}
        self.schemas[DELETED] = closed_object(
            {
                "id": SCALARS[str],
                "object": SCALARS[str],
                "deleted": {"const": True},
            },
            ["id", "object", "deleted"],
        )
        self.schemas[DELETED_V2] = closed_object(
            {"id": SCALARS[str], "object": SCALARS[str]}, ["id", "object"]
        )

    def name_of(self, cls: type) -> str | None:
        """Return the name under which a class is already described."""
        return self._names.get(cls)

    def claim(self, cls: type, wanted: str) -> str:
        """Return a name for a class that no other has, keeping it."""
        name = wanted
        if name in self._names.values() or name in self.schemas:
            name = f"{cls.__module__.rpartition('.')[2]}.{wanted}"
        assert name not in self.schemas, f"two classes are called {name}"
        self._names[cls] = name
        return name

    def answered(self, hint: Any) -> Schema:
        """Return the schema of a value of an answer by its type."""
        origin = get_origin(hint)
        if origin is Annotated:
            inner, *extras = get_args(hint)
            kinds = [kind for each in extras if isinstance(each, Reference) for kind in each.kinds]
            written = WRITTEN.get(mark_of([each for each in extras if isinstance(each, Meta)]))
            if any(kind in REGISTRY for kind in kinds):
                return self._reference(kinds)
            # What has no noun of its own stands there as it is.
            return written or self.answered(inner)
        if origin in (Union, types.UnionType):
            members = [each for each in get_args(hint) if each is not UnsetType]
            return any_of([self.answered(each) for each in members])
        if origin is Literal:
            # Sorted: of two that name the same values Python knows the one that was imported first.
            return {"enum": sorted(get_args(hint), key=str)}
        if origin is list:
            return {"type": "array", "items": self.answered(get_args(hint)[0])}
        if origin is dict:
            return {"type": "object", "additionalProperties": self.answered(get_args(hint)[1])}
        if origin is InlineList:
            return self.page(self.answered(get_args(hint)[0]), inline=True)
        if isinstance(hint, type) and issubclass(hint, Struct):
            return self.struct(hint)
        return SCALARS.get(hint, ANYTHING)

    def struct(self, cls: type[Struct]) -> Schema:
        """Return a reference to the schema of a struct, described on first use."""
        name = self.name_of(cls)
        if name is None:
            tag = cls.__struct_config__.tag
            name = self.claim(cls, tag if isinstance(tag, str) else cls.__name__)
            self.schemas[name] = self._described(cls)
        return reference_to(name)

    def _described(self, cls: type[Struct]) -> Schema:
        hints = get_type_hints(cls, include_extras=True)
        properties: dict[str, Schema] = {}
        required = []
        config = cls.__struct_config__
        if isinstance(config.tag, str) and config.tag_field:
            properties[config.tag_field] = {"const": config.tag}
            required.append(config.tag_field)
        for field in msgspec.structs.fields(cls):
            hint = hints[field.name]
            properties[field.encode_name] = self.answered(hint)
            if not may_be_absent(hint):
                required.append(field.encode_name)
        if issubclass(cls, Resource) and hasattr(cls, "spec"):
            for name, function in cls.spec.includes.items():
                shown = get_type_hints(function, include_extras=True).get("return", Any)
                forms = [properties[name]] if name in properties else []
                properties[name] = any_of([*forms, self.answered(shown)])
        return closed_object(properties, required)

    def _reference(self, kinds: Sequence[str]) -> Schema:
        known = [REGISTRY[kind].cls for kind in kinds if kind in REGISTRY]
        forms = [self.struct(cls) for cls in known]
        if any(cls.spec.keeps_stub for cls in known):
            forms.append(reference_to(DELETED))
        return any_of([SCALARS[str], *forms])

    def page_v2(self, element: Schema) -> Schema:
        """Return the schema of a list below /v2."""
        url = {"type": ["string", "null"]}
        properties: dict[str, Schema] = {
            "data": {"type": "array", "items": element},
            "next_page_url": url,
            "previous_page_url": url,
        }
        return closed_object(properties, list(properties))

    def page(self, element: Schema, *, inline: bool = False, search: bool = False) -> Schema:
        """Return the schema of a list; `inline`: one inside a document. `search`: of results."""
        properties: dict[str, Schema] = {
            "object": {"const": "search_result" if search else "list"},
            "data": {"type": "array", "items": element},
            "has_more": SCALARS[bool],
            "total_count": SCALARS[int],
            "url": SCALARS[str],
        }
        required = ["object", "data", "has_more", "url"]
        if search:
            properties["next_page"] = {"type": ["string", "null"]}
            required.append("next_page")
        return closed_object(properties, [*required, "total_count"] if inline else required)


def may_be_absent(hint: Any) -> bool:
    """Return whether a field of this type may be left out."""
    if get_origin(hint) is Annotated:
        return may_be_absent(get_args(hint)[0])
    return get_origin(hint) in (Union, types.UnionType) and UnsetType in get_args(hint)


def reference_to(name: str) -> Schema:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def closed_object(properties: dict[str, Schema], required: Sequence[str]) -> Schema:
    """Return the schema of an object that has these properties and no others."""
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    if required:
        schema["required"] = list(required)
    return schema


def any_of(schemas: Sequence[Schema]) -> Schema:
    """Return the schema of a value that fits one of these."""
    flat: list[Schema] = []
    for each in schemas:
        for one in each.get("anyOf", [each]):
            if one not in flat:
                flat.append(one)
    if len(flat) == 1:
        return flat[0]
    return ANYTHING if ANYTHING in flat else {"anyOf": flat}
