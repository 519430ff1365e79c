"""Expansions: what of an operation's answer may be asked for whole, read from its description."""

from __future__ import annotations

from typing import Any

PREFIX = "#/components/schemas/"
LEVELS = 3


def paths_of(document: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    """Return paths into an operation's answer, in their order; most can be expanded."""
    content = operation["responses"]["200"]["content"]
    schema = content.get("application/json", {}).get("schema", {})
    return list(dict.fromkeys(_below(document, schema, LEVELS)))


def _below(document: dict[str, Any], schema: dict[str, Any], levels: int) -> list[str]:
    found: list[str] = []
    for form in _forms(document, schema):
        for name, child in form.get("properties", {}).items():
            inner = _forms(document, child.get("items", child))
            if not inner:
                continue
            found.append(name)
            if levels > 1:
                deeper = _below(document, child.get("items", child), levels - 1)
                found += [f"{name}.{each}" for each in deeper]
    return found


def _forms(document: dict[str, Any], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the objects that a value of a schema may be."""
    found = []
    for each in schema.get("anyOf", [schema]):
        if "$ref" in each:
            each = document["components"]["schemas"][each["$ref"].removeprefix(PREFIX)]
        if each.get("type") == "object":
            found.append(each)
        elif each.get("type") == "array":
            found += _forms(document, each["items"])
    return found
