"""The house's shape: small files, small functions, and every room says what it is."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "src" / "prorata"

FILE_LINES = 400
FUNCTION_LINES = 60
RULE_LINES = 40
UNFINISHED = ("TODO", "FIXME", "NotImplementedError")
UNTYPED = 10
"""How many `type: ignore` the whole package may hold."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def modules() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def lines_of(function: Function) -> int:
    return (function.end_lineno or 0) - function.lineno + 1


def too_long(source: str, most: int) -> list[str]:
    """Return the functions of a module that have `most` lines or more."""
    return [
        f"{each.name} has {lines_of(each)} lines"
        for each in functions(ast.parse(source))
        if lines_of(each) >= most
    ]


def wordless(source: str) -> list[str]:
    """Return the public functions and classes of a module that say nothing of themselves.

    The shapes of the API (structs of nothing but fields) need no words: they are the reference's.
    """
    return [
        each.name
        for each in ast.parse(source).body
        if isinstance(each, Function | ast.ClassDef)
        and not each.name.startswith("_")
        and ast.get_docstring(each) is None
        and not _is_shape(each)
    ]


def _is_shape(node: ast.AST) -> bool:
    if not isinstance(node, ast.ClassDef):
        return False
    words = [node.name, *map(ast.unparse, node.bases)]
    return any(word.endswith(("Struct", "Params", "Options")) for word in words)


def test_files_are_small() -> None:
    found = {name_of(path): path.read_text().count("\n") for path in modules()}
    assert not {name: lines for name, lines in found.items() if lines > FILE_LINES}


def test_functions_are_small() -> None:
    found = [
        f"{name_of(path)}: {each}"
        for path in modules()
        for each in too_long(
            path.read_text(), RULE_LINES if name_of(path).startswith("rules/") else FUNCTION_LINES
        )
    ]
    assert not found, "\n".join(found)


def test_every_module_says_what_it_is() -> None:
    found = {}
    for path in modules():
        source = path.read_text()
        sentence = (ast.get_docstring(ast.parse(source)) or "").partition("\n\n")[0]
        if source.strip() and (": " not in sentence or not sentence.endswith(".")):
            found[name_of(path)] = sentence
    assert not found, "a module begins with one sentence, `Noun: what it is.`"


def test_what_is_public_has_words() -> None:
    found = {name_of(path): names for path in modules() if (names := wordless(path.read_text()))}
    assert not found


def test_nothing_is_left_unfinished() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if any(word in line for word in UNFINISHED)
    ]
    assert not found


def test_types_are_hardly_ever_ignored() -> None:
    found = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if "type: ignore" in line
    ]
    assert len(found) <= UNTYPED, found


@pytest.mark.parametrize(("lines", "count"), [(3, 1), (4, 1), (5, 0)])
def test_a_long_function_is_noticed(lines: int, count: int) -> None:
    source = "def f() -> int:\n    a = 1\n    b = 2\n    return a + b\n"
    assert len(too_long(source, lines)) == count


@pytest.mark.parametrize(("source", "names"), [
    ("def f() -> None:\n    pass", ["f"]),
    ('def f() -> None:\n    """Do it."""', []),
    ("def _f() -> None:\n    pass", []),
    ("class A:\n    pass", ["A"]),
    ("class A(Struct):\n    a: int", []),
    ("class A(Params, kw_only=True):\n    a: int", []),
])
def test_what_says_nothing_is_noticed(source: str, names: list[str]) -> None:
    assert wordless(source) == names
