"""Values of the right form that make no sense: never a 500, never a half-made object."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterator
from typing import Any

import pytest

from badinput.asking import faults
from badinput.bases import base_of, filled, merged, path_of
from badinput.conftest import Counter, operations
from badinput.parameters import Place, places_of, tree_of
from badinput.values import hostile, surroundings
from prorata.engine.doctor import examine
from prorata.model.operation import Operation

# Every value everywhere takes minutes; without this a sample of them is tried.
WHOLE = "PRORATA_TEST_LONG" in os.environ
SAMPLE, SMALL_SAMPLE = 40, 10
SEED = 20_261_028
JSON = {"Content-Type": "application/json"}
JSON_DEPTH = 4 if WHOLE else 1


def test_hostile_values_are_taken_or_refused(operation: Operation, counter: Counter) -> None:
    path, wrong, changed = path_of(operation, counter.stock), [], False
    for place, tree in _sampled(operation, counter):
        answer, found = counter.ask(operation.method, path, tree)
        if found:
            wrong.append(f"{place.path} {str(tree)[:300]} {found} {answer.content[:200]!r}")
        if operation.method != "GET" and answer.status in (200, 402):
            changed = True
            if operation.target is not None:
                counter.restock()
                changed = False
    if changed:
        wrong += [
            f"doctor: {each.check} {each.id}: {each.problem}"
            for check in examine(counter.server.system) for each in check.findings
        ]  # fmt: skip
        counter.restock()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("value", [None, True, 1.5, 10**18, {}, [], [[]], [None], "", {"a": {}}])
def test_json_of_any_type_is_taken_or_refused(counter: Counter, value: Any) -> None:
    wrong: list[str] = []
    for operation in operations():
        # A form has texts alone.
        if not operation.v2 or operation.method != "POST" or operation.params is None:
            continue
        path, base = path_of(operation, counter.stock), base_of(operation, counter.stock)
        for place in places_of(operation.params):
            if len(place.steps) > JSON_DEPTH:
                continue
            tree = merged(base, tree_of(place.steps, value))
            answer = counter.asker.send("POST", path, json.dumps(tree).encode(), JSON)
            found = faults(answer, counter.watch.written(), path)
            if found:
                wrong.append(f"{operation.route} {place.path} {found} {answer.content[:200]!r}")
    counter.restock()
    assert not wrong, "\n".join(wrong)


def _sampled(operation: Operation, counter: Counter) -> list[tuple[Place, dict[str, Any]]]:
    every = list(_trees(operation, counter))
    size = SAMPLE if counter.quick else SMALL_SAMPLE
    if WHOLE or len(every) <= size:
        return every
    return random.Random(SEED).sample(every, size)


def _trees(operation: Operation, counter: Counter) -> Iterator[tuple[Place, dict[str, Any]]]:
    if operation.params is None:
        return
    base, places = base_of(operation, counter.stock), places_of(operation.params)
    for place in places:
        around = merged(surroundings(place, places), base)
        for value in hostile(place, places):
            if operation.method != "POST" and len(str(value)) > 5_000:
                continue
            yield place, filled(merged(around, tree_of(place.steps, value)), counter.stock)
