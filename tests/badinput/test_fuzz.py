"""Any requests in any order: whatever is taken leaves books that balance and can be read."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import quote

from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from badinput.bases import base_of, filled, merged, name_of, path_of
from badinput.conftest import Counter, make_reports, operations
from badinput.parameters import Place, places_of, tree_of
from badinput.test_references import REFERENCES
from badinput.values import NAMED, hostile, surroundings
from prorata.engine.doctor import examine
from prorata.model.operation import Operation

# Long runs are random; the short one is the same every time.
EXAMPLES = int(os.environ.get("PRORATA_TEST_FUZZ", "0"))
WRITES = [each for each in operations() if each.method != "GET"]
READS = [each for each in operations() if each.method == "GET"]
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30)
NUMBERS = st.integers(-(2**40), 2**40) | st.integers(-5, 5) | st.integers(10**9, 4 * 10**9)
YEAR_SECONDS = 400 * 86_400


def _value(data: st.DataObject, counter: Counter, place: Place, places: tuple[Place, ...]) -> Any:
    """Draw a value: a document of the right kind in any state, an extreme, or anything."""
    kind = REFERENCES.get(place.name, NAMED.get(place.name))
    if "text" in place.shapes and isinstance(kind, str):
        ids = counter.stock.of(kind.lstrip("@").partition(":")[0])
        if ids and data.draw(st.integers(0, 9)):
            return data.draw(st.sampled_from(ids))
    if data.draw(st.booleans()):
        if "integer" in place.shapes:
            return data.draw(NUMBERS)
        if "text" in place.shapes:
            return data.draw(TEXTS)
    values = list(hostile(place, places))
    return data.draw(st.sampled_from(values)) if values else "x"


def _tree(data: st.DataObject, counter: Counter, operation: Operation) -> dict[str, Any]:
    """Draw parameters: usually the base that succeeds, changed in a few places."""
    tree = base_of(operation, counter.stock) if data.draw(st.integers(0, 4)) else {}
    if operation.params is None or not (places := places_of(operation.params)):
        return tree
    for place in data.draw(st.lists(st.sampled_from(places), max_size=4)):
        value = _value(data, counter, place, places)
        tree = merged(tree, merged(surroundings(place, places), tree_of(place.steps, value)))
    return filled(tree, counter.stock)


def _path(data: st.DataObject, counter: Counter, operation: Operation) -> str:
    values = {}
    for variable in operation.variables:
        ids = counter.stock.of(name_of(operation, variable).partition(":")[0])
        if ids and data.draw(st.booleans()):
            values[variable] = quote(data.draw(st.sampled_from(ids)), safe="")
    return path_of(operation, counter.stock, **values)


@settings(
    max_examples=EXAMPLES or 40, derandomize=not EXAMPLES, deadline=None, database=None,
    suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
)  # fmt: skip
@given(data=st.data())
def test_whatever_is_asked_the_books_hold(counter: Counter, data: st.DataObject) -> None:
    changed = False
    if not counter.quick and data.draw(st.integers(0, 2)):
        return
    try:
        for _ in range(data.draw(st.integers(1, 8))):
            operation = data.draw(st.sampled_from(WRITES + READS[:20]))
            path = _path(data, counter, operation)
            tree = _tree(data, counter, operation)
            if operation.method != "POST" and len(str(tree)) > 4_000:
                continue
            answer, found = counter.ask(operation.method, path, tree)
            changed = changed or (operation.method != "GET" and answer.status in (200, 402))
            note(f"{operation.method} {path} {tree} -> {answer.status}")
            assert not found, answer.content
        if changed:
            _hold(counter, data.draw(st.integers(0, 3)) == 0)
    finally:
        if changed:
            counter.restock()


def _hold(counter: Counter, later: bool) -> None:
    """Prove that everything can be read, the books balance, and the next year can come."""
    if later:
        now = counter.server.system.clock.now()
        tree = {"to": now + YEAR_SECONDS}
        answer = counter.asker.ask("POST", "/_prorata/clock/advance", tree)
        assert answer.status == 200, answer.content
        assert answer.body["failed"] == []
        make_reports(counter.server)
    for path in ("customers", "invoices", "payment_intents", "subscriptions", "events", "charges",
                 "prices", "subscription_schedules", "invoiceitems", "credit_notes"):  # fmt: skip
        answer = counter.asker.ask("GET", f"/v1/{path}", {"limit": 100})
        assert answer.status == 200, answer.content
    problems = [
        f"{each.check} {each.id}: {each.problem}"
        for check in examine(counter.server.system) for each in check.findings
    ]  # fmt: skip
    assert not problems
