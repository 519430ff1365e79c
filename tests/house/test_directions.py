"""Inside the engine there is one direction: what happens below is told upwards by moments alone."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from .test_floors import HOUSE, imported, name_of

ENGINE = HOUSE / "engine"

HEIGHTS = {
    "usage": 0,
    "catalogue": 1,
    "mail": 1,
    "tax": 1,
    "customers.balance": 1,
    "payments": 2,
    "credits": 2,
    "invoices": 3,
    "subscriptions": 4,
    "schedules": 5,
    "entitlements": 5,
    "customers": 6,
    "checkout": 7,
    "quotes": 7,
    "portal": 7,
    "recovery": 7,
    "mail.occasions": 8,
    "reports": 8,
}
"""Longest name first decides; whoever deletes a customer ends its schedules, so that is on top."""


def height_of(module: str) -> int | None:
    """Return how high a module of the engine stands; None for what serves all heights."""
    name = module.removeprefix("prorata.engine.")
    fitting = [each for each in HEIGHTS if name == each or name.startswith(f"{each}.")]
    return HEIGHTS[max(fitting, key=len)] if fitting else None


def upward(source: str, module: str) -> list[str]:
    """Return what a module imports from above its own height, inside of functions too."""
    own = height_of(module)
    if own is None:
        return []
    found = {}
    for line, name in imported(ast.parse(source), module):
        if name.startswith("prorata.engine.") and (height_of(name) or 0) > own:
            found.setdefault(line, f"line {line}: {name}")
    return list(found.values())


def test_nothing_is_imported_from_above() -> None:
    found = {}
    for path in sorted(ENGINE.rglob("*.py")):
        if names := upward(path.read_text(), name_of(path)):
            found[path.relative_to(ENGINE).as_posix()] = names
    assert not found


def test_every_room_of_the_engine_has_a_height() -> None:
    rooms = {path.name for path in ENGINE.iterdir() if (path / "__init__.py").exists()}
    assert rooms <= HEIGHTS.keys()


@pytest.mark.parametrize(("source", "count"), [
    ("from prorata.engine.payments.refund import refund", 0),
    ("from prorata.engine.customers.balance import adjust_balance", 0),
    ("from prorata.engine.customers.create import create", 1),
    ("from prorata.engine.customers import create", 1),
    ("from prorata.engine.subscriptions import setup", 1),
    ("def f() -> None:\n    from prorata.engine.schedules.life import close", 1),
    ("from prorata.engine.moments import Moment", 0),
])
def test_an_import_from_above_is_noticed(source: str, count: int) -> None:
    assert len(upward(source, "prorata.engine.invoices.pay")) == count


def test_the_rest_of_the_house_is_not_measured() -> None:
    assert not upward("from prorata.engine.schedules import life", "prorata.engine.runtime")
    assert Path(HOUSE).is_dir()
