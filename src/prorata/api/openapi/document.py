"""Document: the OpenAPI 3.1 description of every route, made once and kept."""

import re
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from msgspec import Struct

from prorata.api.derived import all_operations
from prorata.api.openapi.parameters import Taken
from prorata.api.openapi.schemas import (
    DELETED,
    DELETED_V2,
    Components,
    Schema,
    any_of,
    reference_to,
)
from prorata.model.operation import Binary, Deleted, Inline, Listing, Operation
from prorata.model.pages import Excerpt
from prorata.model.resource import REGISTRY, Resource, ResourceSpec
from prorata.wire.encode import to_bytes
from prorata.wire.versions.chain import NEWEST

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
UPLOADS = frozenset({"POST /v1/files"})
ERROR = "error"
ERROR_FIELDS = (
    "advice_code", "charge", "code", "decline_code", "doc_url", "network_advice_code",
    "network_decline_code", "param", "payment_method_type", "request_log_url",
)  # fmt: skip
ERROR_OBJECTS = ("payment_intent", "payment_method", "setup_intent")
ERROR_TYPES = (
    "api_error", "card_error", "idempotency_error", "invalid_request_error",
    "temporary_session_expired",
)  # fmt: skip


@cache
def openapi_document() -> dict[str, Any]:
    """Return the description of the API in its newest version; nobody changes it."""
    components = Components()
    taken = Taken(components)
    paths: dict[str, Any] = {}
    for operation in sorted(all_operations(), key=lambda each: (each.path, each.method)):
        if operation.until is not None:
            continue
        described = _operation(operation, components, taken)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    components.schemas[ERROR] = _error(components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Prorata",
            "version": NEWEST,
            "description": "Subscription billing, as requests of this Stripe-Version see it."
            " A 200 is the answer; everything else is the error object.",
        },
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.schemas.items())),
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "basic": {"type": "http", "scheme": "basic"},
            },
        },
        "security": [{"bearer": []}, {"basic": []}],
    }


@cache
def openapi_bytes() -> bytes:
    """Return the description as JSON."""
    return to_bytes(openapi_document())


def operation_id(operation: Operation) -> str:
    """Return an operation's name: its method and its path, such as `post_invoices_id_pay`."""
    words = re.findall(r"\w+", operation.path.removeprefix("/v1"))
    return "_".join([operation.method.lower(), *words])


def _operation(operation: Operation, components: Components, taken: Taken) -> dict[str, Any]:
    properties, required = taken.properties(operation)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in operation.variables
    ]
    described: dict[str, Any] = {
        "operationId": operation_id(operation),
        "summary": _summary(operation),
        "tags": [operation.path.split("/")[2]],
        "parameters": parameters,
        "responses": {
            "200": _answer(operation, components),
            "default": {
                "description": "What went wrong.",
                "content": {"application/json": {"schema": reference_to(ERROR)}},
            },
        },
    }
    if operation.method == "POST":
        described["requestBody"] = _body(operation, properties, required)
    else:
        parameters += [
            _query(name, schema, name in required) for name, schema in properties.items()
        ]
    return described


def _query(name: str, schema: Schema, required: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": "query", "required": required, "schema": schema}
    if _is_deep(schema):
        found |= {"style": "deepObject", "explode": True}
    return found


def _body(
    operation: Operation, properties: dict[str, Schema], required: list[str]
) -> dict[str, Any]:
    schema: Schema = {
        "type": "object", "properties": properties, "additionalProperties": False,
    }  # fmt: skip
    if required:
        schema["required"] = required
    if operation.v2:
        return {"required": bool(required), "content": {JSON: {"schema": schema}}}
    deep = [name for name, each in properties.items() if _is_deep(each)]
    content: dict[str, Any] = {"schema": schema}
    if operation.route in UPLOADS:
        part = {"type": "string", "contentMediaType": "application/octet-stream"}
        content["schema"] = {**schema, "properties": {**properties, "file": part}}
        return {"required": True, "content": {"multipart/form-data": content}}
    content["encoding"] = {name: {"style": "deepObject", "explode": True} for name in deep}
    return {"required": bool(required), "content": {FORM: content}}


def _is_deep(schema: Schema) -> bool:
    forms = schema.get("anyOf", [schema])
    return any("$ref" in each or each.get("type") in ("array", "object") for each in forms)


def _summary(operation: Operation) -> str:
    written = (operation.function.__doc__ or "").strip().partition("\n")[0]
    if written:
        return written
    spec = _collection(operation)
    noun = "documents" if spec is None else spec.kind.rpartition(".")[2].replace("_", " ")
    if operation.path.endswith("/search"):
        return f"Search: each {noun} that a query finds."
    return f"List: each {noun}, newest first." if operation.lists else f"Retrieve a {noun}."


def _collection(operation: Operation) -> ResourceSpec | None:
    """Return the noun whose collection an operation's path is, or is in."""
    path = operation.path.removesuffix("/search").removesuffix("/{id}")
    return next((spec for spec in REGISTRY.values() if spec.path == path), None)


def _answer(operation: Operation, components: Components) -> dict[str, Any]:
    answering = operation.view or operation.function
    answer = get_type_hints(answering, include_extras=True).get("return")
    if answer is Binary:
        content: dict[str, Any] = {"*/*": {"schema": {}}}
        return {"description": "The bytes.", "content": content}
    more = {}
    if Binary in get_args(answer):
        # The same as a table, where that is asked for.
        [answer] = (each for each in get_args(answer) if each is not Binary)
        more = {"text/csv": {"schema": {"type": "string"}}}
    content = {"application/json": {"schema": _schema(operation, answer, components)}, **more}
    return {"description": "As asked.", "content": content}


def _schema(operation: Operation, answer: Any, components: Components) -> Schema:
    spec = _collection(operation)
    members = get_args(answer) or (answer,)
    if operation.lists:
        listed = _listed(answer)
        page = components.page_v2 if operation.v2 else components.page
        return page(components.answered(spec.cls if listed is Any and spec else listed))
    if operation.reads and operation.path.endswith("/search"):
        assert spec is not None, "a search is of a noun"
        return components.page(components.struct(spec.cls), search=True)
    if answer is Deleted:
        return reference_to(DELETED_V2 if operation.v2 else DELETED)
    if all(isinstance(each, type) and issubclass(each, Struct) for each in members):
        return any_of([components.struct(each) for each in members])
    assert spec is not None, f"what {operation.route} answers is not declared"
    found = components.struct(spec.cls)
    return any_of([found, reference_to(DELETED)]) if spec.keeps_stub else found


def _listed(answer: Any) -> Any:
    """Return the type of what a list holds."""
    pages, lists = (Listing, Inline, Excerpt), (answer, *get_args(answer))
    return next(get_args(each)[0] for each in lists if get_origin(each) in pages)


def _error(components: Components) -> Schema:
    properties: dict[str, Schema] = {name: {"type": "string"} for name in ERROR_FIELDS}
    properties |= {"message": {"type": "string"}, "type": {"enum": list(ERROR_TYPES)}}
    nouns: dict[str, type[Resource]] = {kind: REGISTRY[kind].cls for kind in ERROR_OBJECTS}
    properties |= {kind: components.struct(cls) for kind, cls in nouns.items()}
    properties["source"] = {"type": "object"}
    inside = {
        "type": "object", "properties": properties, "required": ["message", "type"],
        "additionalProperties": False,
    }  # fmt: skip
    return {
        "type": "object", "properties": {"error": inside}, "required": ["error"],
        "additionalProperties": False,
    }  # fmt: skip
