"""Derived operations: retrieve, list and search, from each noun's declaration."""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from prorata.model.errors import no_such
from prorata.model.fields import UNSET, InstantRange, Range, UnsetType
from prorata.model.operation import (
    FRESHENERS,
    OPERATIONS,
    Deleted,
    Listing,
    Operation,
    Searching,
    Stored,
)
from prorata.model.params import Params, fields_given
from prorata.model.resource import REGISTRY, Filter, ResourceSpec, kind_of_id
from prorata.store.names import table_name
from prorata.store.records import encode
from prorata.store.unit_of_work import UnitOfWork

INCLUDE = "include"


class Retrieve(Params):
    """No parameters but `expand`."""


def all_operations() -> list[Operation]:
    """Return every route: the written ones and those that follow from the nouns."""
    derived = [each for spec in REGISTRY.values() if spec.path for each in _derive(spec)]
    known = dict(OPERATIONS)
    for each in derived:
        known.setdefault(each.route, each)
    return list(known.values())


def _derive(spec: ResourceSpec) -> list[Operation]:
    operations = []
    assert spec.path is not None
    if "retrieve" in spec.operations:
        operations.append(
            Operation(
                "GET",
                spec.path + "/{id}",
                _retrieve(spec),
                None,
                _retrieve_params(spec),
                ("id",),
                retrieves=True,
            )
        )
    if "list" in spec.operations:
        operations.append(
            Operation(
                "GET",
                spec.path,
                _list(spec),
                None,
                _list_params(spec),
                (),
                lists=True,
                retrieves=True,
            )
        )
    if "search" in spec.operations:
        operations.append(
            Operation("GET", spec.path + "/search", _search(spec), None, None, (), retrieves=True)
        )
    return operations


def _retrieve(spec: ResourceSpec) -> Callable[..., Any]:
    sql = f"SELECT deleted, document FROM {table_name(spec.kind)} WHERE book = ? AND id = ?"

    def retrieve(tx: UnitOfWork, params: Params, id: str) -> Any:
        fresh = FRESHENERS.get(spec.kind)
        rows = tx.connection.query(sql, (tx.book.key, id))
        if rows and not rows[0][0]:
            text: str = rows[0][1]
            if fresh is not None and fresh[0] in text:
                document = tx.get(spec.cls, id)
                if fresh[1](tx, document):
                    return Stored(spec.cls, encode(document))
            return Stored(spec.cls, text.encode())
        if rows and spec.keeps_stub:
            return Deleted(spec.kind, id)
        raise no_such(spec.missing_name, id, param=spec.missing_param)

    return retrieve


def _list(spec: ResourceSpec) -> Callable[..., Any]:
    filters = {each.name: each for each in spec.filters}

    def list_documents(tx: UnitOfWork, params: Params) -> Listing[Any]:
        columns: dict[str, Any] = {}
        ranges: dict[str, Range | InstantRange] = {}
        names: dict[str, str] = {}
        named = False
        for name, value in fields_given(params).items():
            if name == INCLUDE:
                continue
            filter = filters[name]
            if isinstance(value, (Range, InstantRange)):
                ranges[filter.column] = value
            else:
                columns[filter.column] = value
                names[filter.column] = name
            named = named or (isinstance(value, str) and kind_of_id(value) is not None)
        return Listing(spec.cls, columns, ranges, hidden_clocks=not named, names=names)

    return list_documents


def _search(spec: ResourceSpec) -> Callable[..., Any]:
    def search(tx: UnitOfWork) -> Searching:
        return Searching(spec.cls)

    return search


def _retrieve_params(spec: ResourceSpec) -> type[Params]:
    if not spec.includable:
        return Retrieve
    return _params(f"{spec.cls.__name__}RetrieveParams", _include(spec))


def _list_params(spec: ResourceSpec) -> type[Params]:
    fields = [
        (each.name, _filter_type(each, spec) | UnsetType, UNSET) for each in spec.filters
    ]
    return _params(f"{spec.cls.__name__}ListParams", fields + _include(spec))


def _params(name: str, fields: list[Any]) -> type[Params]:
    params: Any = msgspec.defstruct(name, fields, bases=(Params,), kw_only=True)
    defined: type[Params] = params
    return defined


def _include(spec: ResourceSpec) -> list[Any]:
    """Return the parameter by which what a noun does not show by itself is asked for."""
    if not spec.includable:
        return []
    names: Any = Literal[tuple(spec.includable)]
    return [(INCLUDE, list[names] | UnsetType, UNSET)]


def _filter_type(filter: Filter, spec: ResourceSpec) -> Any:
    if filter.kind == "range":
        if spec.path is not None and spec.path.startswith("/v2/"):
            return InstantRange
        return Range
    if filter.kind == "any_of":
        return list[str]
    if filter.kind == "boolean":
        return bool
    return Literal[filter.choices] if filter.choices else str
