"""Metadata, wherever an operation takes it: merged by key, taken away by emptiness, bounded."""

from __future__ import annotations

import pytest

from badinput.bases import base_of, path_of
from badinput.conftest import Counter, operations
from badinput.test_parameters import REFUSING
from prorata.model.operation import Operation

UPDATES = [
    each for each in operations()
    if each.method == "POST" and each.path.endswith("{id}") and each.params is not None
    and "metadata" in each.params.__struct_fields__ and each.route not in REFUSING
    and not each.v2
]  # fmt: skip


@pytest.mark.parametrize("update", UPDATES, ids=[each.route for each in UPDATES])
def test_metadata_is_merged_and_bounded(update: Operation, counter: Counter) -> None:
    path, base = path_of(update, counter.stock), base_of(update, counter.stock)
    steps = (
        ({"a": "1", "b": "2"}, {"a": "1", "b": "2"}),
        ({"b": "3", "c": "4"}, {"a": "1", "b": "3", "c": "4"}),
        ({"a": "", "never": ""}, {"b": "3", "c": "4"}),
        ("", {}),
        ({f"k{each}": "v" for each in range(50)}, {f"k{each}": "v" for each in range(50)}),
    )
    for sent, kept in steps:
        answer, found = counter.ask("POST", path, {**base, "metadata": sent})
        assert (answer.status, found) == (200, []), answer.content
        assert answer.body["metadata"] == kept
        base = {}
    answer, found = counter.ask("POST", path, {"metadata": {"one_more": "1"}})
    assert (answer.status, answer.param, found) == (400, "metadata", [])
    answer, found = counter.ask("POST", path, {"metadata": {"one_more": "1", "k0": ""}})
    assert (answer.status, len(answer.body["metadata"])) == (200, 50)
    counter.restock()
