"""Operations: every route that the official SDK calls, with the parameters that it can send."""

from __future__ import annotations

import ast
import re
import sys
import typing
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import stripe


class SdkOperation(NamedTuple):
    """One call of the SDK: its route with unnamed variables, and the type of its parameters."""

    method: str
    path: str
    params: type | None

    @property
    def route(self) -> str:
        return f"{self.method} {self.path}"


def nameless(path: str) -> str:
    """Return a path whose variables have no names: `/v1/invoices/{}/pay`."""
    return re.sub(r"{\w*}", "{}", path)


@cache
def sdk_operations() -> tuple[SdkOperation, ...]:
    """Return every call of the SDK's services."""
    folder = Path(stripe.__file__).parent
    return tuple(
        operation
        for source in sorted(folder.rglob("*_service.py"))
        for operation in _operations_in(ast.parse(source.read_text()))
    )


def _operations_in(tree: ast.Module) -> Iterator[SdkOperation]:
    imports = {
        alias.name: line.module
        for node in tree.body if isinstance(node, ast.If)
        for line in node.body if isinstance(line, ast.ImportFrom) and line.module
        for alias in line.names
    }
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and ast.unparse(call.func) == "self._request":
                    yield SdkOperation(*_route(call), _params_of(function, imports))


def _route(call: ast.Call) -> tuple[str, str]:
    method, path = call.args[:2]
    if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
        path = path.func.value
    assert isinstance(method, ast.Constant) and isinstance(path, ast.Constant)
    return str(method.value).upper(), nameless(str(path.value))


def _params_of(function: ast.FunctionDef, imports: dict[str, str]) -> type | None:
    for argument in function.args.args:
        if argument.arg == "params" and argument.annotation is not None:
            name = re.search(r"\w+Params\b", ast.unparse(argument.annotation))
            if name is not None and name[0] in imports:
                return typing.cast(type, getattr(import_module(imports[name[0]]), name[0]))
    return None


def parameters(params: type) -> dict[str, list[type]]:
    """Return the names that may be sent, each with the hashes that its value may be."""
    return {
        name: list(_hashes(hint, params))
        for name, hint in params.__annotations__.items() if name not in _NOT_OF_THE_OPERATION
    }


_NOT_OF_THE_OPERATION = {"expand", *stripe.RequestOptions.__annotations__}


def _hashes(hint: Any, params: type) -> Iterator[type]:
    """Yield the classes of hashes inside an annotation, wherever they stand in it."""
    if isinstance(hint, typing.ForwardRef):
        hint = hint.__forward_arg__
    if isinstance(hint, str):
        hint = eval(hint, vars(sys.modules[params.__module__]))
    if isinstance(hint, type) and hasattr(hint, "__total__"):
        yield hint
    for inside in typing.get_args(hint):
        if not isinstance(inside, str | int | bool) or isinstance(inside, type):
            yield from _hashes(inside, params)
