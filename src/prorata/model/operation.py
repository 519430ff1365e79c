"""Operations: functions bound to a route, and the register that the API dispatches by."""

import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, get_type_hints

from prorata.model.params import Params
from prorata.model.resource import Resource


@dataclass(frozen=True, slots=True)
class Operation:
    """One route: what it takes, which function answers it, and who may call it."""

    method: str
    path: str
    function: Callable[..., Any]
    target: type[Resource] | None
    params: type[Params] | None
    variables: tuple[str, ...]
    publishable: bool = False
    dev_only: bool = False
    aliases: dict[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def reads(self) -> bool:
        return self.method == "GET"

    @property
    def name(self) -> str:
        return f"{self.function.__module__.removeprefix('prorata.')}.{self.function.__name__}"


OPERATIONS: dict[str, Operation] = {}


def operation(
    route: str, *, publishable: bool = False, dev_only: bool = False
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a function to a route such as "POST /v1/invoices/{id}/pay".

    The function takes the transaction first; then, if annotated with a Resource, the document that
    `{id}` names; then, if annotated with Params, the decoded parameters; any other argument is
    the path's variable of that name. It returns a document, a `Page`, a `Deleted` or a plain
    struct. A GET runs in a read-only transaction. `publishable`: publishable keys may call it.
    """

    def bind(function: Callable[..., Any]) -> Callable[..., Any]:
        method, _, path = route.partition(" ")
        target, params = _annotations(function)
        OPERATIONS[route] = Operation(
            method=method,
            path=path,
            function=function,
            target=target,
            params=params,
            variables=tuple(re.findall(r"{(\w+)}", path)),
            publishable=publishable,
            dev_only=dev_only,
        )
        return function

    return bind


def _annotations(
    function: Callable[..., Any],
) -> tuple[type[Resource] | None, type[Params] | None]:
    hints = get_type_hints(function)
    target = params = None
    for name in inspect.signature(function).parameters:
        hint = hints.get(name)
        if not isinstance(hint, type):
            continue
        if issubclass(hint, Resource):
            target = hint
        elif issubclass(hint, Params):
            params = hint
    return target, params


@dataclass(frozen=True, slots=True)
class Page:
    """A page of documents, newest first; `has_more` says that others follow."""

    data: list[Any]
    has_more: bool
    url: str | None = None
    total_count: int | None = None


@dataclass(frozen=True, slots=True)
class Deleted:
    """The answer to a deletion."""

    kind: str
    id: str
