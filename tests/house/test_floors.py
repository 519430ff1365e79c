"""The house keeps its floors: a room imports only from rooms below, and only edges read a clock."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[2] / "src" / "prorata"

FLOORS = {
    "rules": 1,
    "model": 2,
    "resources": 3,
    "store": 4, "gateways": 4,
    "engine": 5,
    "wire": 6,
    "api": 7, "worker": 7,
    "web": 8,
    "server": 9,
    "simulation": 10,
    "cli": 11, "testing": 11,
}

EDGES = ("model/clock.py", "api/", "worker/", "cli/", "testing/")
"""Where the time of day may be read; everybody else is given `now`."""

CLOCKS = {
    "time.time", "time.time_ns", "time.gmtime", "time.localtime", "func.now",
    "datetime.now", "datetime.utcnow", "datetime.today", "date.today",
}


def imported(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything that a module of ours imports."""
    package = module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            name = ".".join([*base, *(node.module or "").split(".")]).strip(".")
            yield node.lineno, name
            yield from ((node.lineno, f"{name}.{alias.name}") for alias in node.names)


def trespasses(source: str, module: str) -> list[str]:
    """Return what a module imports from rooms that are not below its own."""
    room = module.split(".")[1]
    found = {}
    for line, name in imported(ast.parse(source), module):
        parts = name.split(".")
        if parts[0] != "prorata" or len(parts) < 2 or parts[1] == room:
            continue
        if parts[1] in FLOORS and FLOORS[parts[1]] >= FLOORS[room]:
            found[line] = f"line {line}: {room} (floor {FLOORS[room]}) imports {name}"
    return list(found.values())


def clock_readings(source: str) -> list[str]:
    """Return where a module reads the time of day, called or merely named."""
    tree = ast.parse(source)
    meant = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            meant |= {a.asname or a.name: f"{node.module}.{a.name}" for a in node.names}
        elif isinstance(node, ast.Import):
            meant |= {alias.asname or alias.name: alias.name for alias in node.names}
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            first, *rest = ast.unparse(node).split(".")
            name = ".".join([meant.get(first, first), *rest])
            if ".".join(name.split(".")[-2:]) in CLOCKS:
                found.append(f"line {node.lineno}: {ast.unparse(node)}")
    return found


def modules() -> list[Path]:
    return sorted(HOUSE.rglob("*.py"))


def name_of(path: Path) -> str:
    inside = path.relative_to(HOUSE.parent).with_suffix("")
    return ".".join(inside.parts)


def test_every_room_has_a_floor() -> None:
    rooms = {path.relative_to(HOUSE).parts[0] for path in modules() if path.parent != HOUSE}
    assert rooms <= FLOORS.keys(), f"no floor is known for {sorted(rooms - FLOORS.keys())}"


def test_a_room_imports_only_from_rooms_below() -> None:
    found = [
        f"{path.relative_to(HOUSE)}: {each}"
        for path in modules() if path.parent != HOUSE
        for each in trespasses(path.read_text(), name_of(path))
    ]
    assert not found, "\n".join(found)


def test_only_the_edges_read_a_clock() -> None:
    found = [
        f"{path.relative_to(HOUSE)}: {each}"
        for path in modules() if not path.relative_to(HOUSE).as_posix().startswith(EDGES)
        for each in clock_readings(path.read_text())
    ]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(("line", "count"), [
    ("from prorata.rules import money", 0),
    ("from ..model import ids", 0),
    ("from .unit import Unit", 0),
    ("from prorata.gateways.protocol import Outcome", 1),
    ("from prorata import engine", 1),
    ("from ..engine.renew import renew", 1),
    ("import prorata.api.app", 1),
    ("import sqlalchemy", 0),
])
def test_a_stranger_or_a_room_above_is_noticed(line: str, count: int) -> None:
    assert len(trespasses(line, "prorata.store.tables")) == count


@pytest.mark.parametrize(("source", "count"), [
    ("import time\nnow = time.time()", 1),
    ("from time import time\nnow = time()", 1),
    ("import time as t\nclock = t.time_ns", 1),
    ("import datetime\nd = datetime.datetime.now()", 1),
    ("from datetime import datetime as dt\nd = dt.now()", 1),
    ("import time\nt = time.monotonic()", 0),
    ("def f(now: int) -> int:\n    return now", 0),
    ("from prorata.model import clock\nclock.time", 0),
])
def test_a_reading_of_the_clock_is_noticed(source: str, count: int) -> None:
    assert len(clock_readings(source)) == count
