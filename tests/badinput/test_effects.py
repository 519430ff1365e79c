"""No parameter is ignored: what is taken changes something, and what is not is refused.

Each parameter is sent beside a request that succeeds. It is at fault when every value that is taken
leaves everything as it is without it. What one such request cannot show is listed with the reason.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from badinput.bases import base_of, filled, merged, path_of
from badinput.conftest import Counter
from badinput.effects import Traces, values_for
from badinput.parameters import Place, places_of, tree_of
from badinput.unseen import UNSEEN
from badinput.values import surroundings
from prorata.model.operation import Operation

SCALARS = {"text", "integer", "boolean", "decimal", "choice", "metadata"}
# Requests whose answers say nothing of their parameters.
SILENT = ("/_prorata/", "/preview/lines")


@pytest.fixture(scope="module")
def traces(counter: Counter) -> Iterator[Traces]:
    if not counter.quick:
        pytest.skip("bringing the stock back takes too long here")
    found = Traces(counter)
    yield found
    found.close()


def test_no_parameter_is_ignored(operation: Operation, counter: Counter, traces: Traces) -> None:
    silent = any(each in operation.path for each in SILENT)
    writes = operation.method != "GET" or operation.path.endswith("/preview")
    if operation.params is None or silent or not writes:
        pytest.skip("nothing of it is to be seen")
    places = places_of(operation.params)
    # What the request leaves behind without a place: mostly the same request as for the last one.
    bare: dict[str, Any] = {}
    ignored = {
        place.path for place in places
        if place.shapes & SCALARS and _ignored(counter, traces, operation, place, places, bare)
    }
    unseen = UNSEEN.get(operation.route, {})
    assert ignored <= unseen.keys(), f"without effect: {sorted(ignored - unseen.keys())}"


def _ignored(
    counter: Counter, traces: Traces, operation: Operation, place: Place,
    places: tuple[Place, ...], bare: dict[str, Any],
) -> bool:  # fmt: skip
    """Return whether a place is taken, and changes nothing whatever stands there."""
    around = merged(surroundings(place, places), base_of(operation, counter.stock))
    around = filled(around, counter.stock)
    if repr(around) not in bare:
        bare[repr(around)] = _trace(counter, traces, operation, around)
    without = bare[repr(around)]
    compared = False
    for value in values_for(place):
        tree = merged(around, tree_of(place.steps, filled(value, counter.stock)))
        seen = _trace(counter, traces, operation, tree)
        if seen is None:
            continue
        if without is None:
            # It is required here: two values must differ.
            without = seen
        elif seen != without:
            return False
        else:
            compared = True
    return compared


def _trace(counter: Counter, traces: Traces, operation: Operation, tree: Any) -> Any:
    """Return what a request leaves behind and undo it; None for one that is refused."""
    answer = counter.asker.ask(operation.method, path_of(operation, counter.stock), tree)
    seen = traces.of(answer) if answer.status == 200 else None
    if answer.status < 400 or answer.status == 402:
        counter.restock()
    return seen
