"""Every parameter of every operation: unknown, missing and malformed ones are refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from badinput.asking import Answer
from badinput.bases import base_of, path_of
from badinput.conftest import Counter
from badinput.parameters import Place, places_of, tree_of, written
from badinput.values import plausible
from prorata.model.operation import Operation

# Operations whose base cannot succeed: what they need does not exist, or they refuse everything.
REFUSING = {
    "POST /v1/accounts": "not supported",
    "POST /v1/files": "a multipart body",
    "POST /v1/prorata/tokens": "the sandbox brings no fields",
    "POST /v1/customers/{customer}/sources/{source}/verify": "not supported",
    "POST /v1/payment_intents/{id}/verify_microdeposits": "no microdeposits",
    "POST /v1/setup_intents/{id}/verify_microdeposits": "no microdeposits",
    "POST /v1/refunds/{id}/cancel": "none waits",
    "POST /v1/test_helpers/refunds/{id}/expire": "none waits",
    "GET /v1/mandates/{id}": "none",
    "GET /v1/tax/associations/find": "none",
}
NEWEST = {"Stripe-Version": "2026-10-28.endive"}
MALFORMED: dict[str, tuple[Any, ...]] = {
    "integer": ("abc", "1.5", "1e3", "0x10", "١٢", " 1", "9" * 25, "", {"a": "1"}, ["1"]),
    "boolean": ("yes", "1", "truee", "", {"a": "true"}, ["true"]),
    "decimal": ("abc", "NaN", "Infinity", "-", "e5", "1,5", "", {"a": "1"}),
    "choice": ("nope__", "\N{CLOCK FACE ONE OCLOCK}", "", {"a": "b"}),
    "text": ("", {"a": "b"}, ["a"], "x" * 5_001),
    "moment": ("abc", "2026-13-01T00:00:00Z", "2026-01-01", "1790000000", "", {"a": "1"}),
    "list": ("abc", "", {"a": "b"}),
    "hash": ("abc", ["a"]),
    "metadata": ({"k" * 41: "v"}, {"k": "v" * 501}, {"a": {"b": "c"}},
                 {f"k{each}": "v" for each in range(51)}),
}  # fmt: skip


def test_every_operation_has_a_request_that_succeeds(
    operation: Operation, counter: Counter
) -> None:
    if operation.route in REFUSING:
        pytest.skip(REFUSING[operation.route])
    path, base = path_of(operation, counter.stock), base_of(operation, counter.stock)
    answer, found = counter.ask(operation.method, path, base)
    if operation.method != "GET":
        counter.restock()
    assert (answer.status, found) == (200, []), (
        f"{answer.content.decode()}\nA new operation needs a sample of its noun in stock.py and a"
        " base in bases.py, or its reason in REFUSING."
    )


def test_unknown_parameters_are_named(operation: Operation, counter: Counter) -> None:
    path = path_of(operation, counter.stock)
    base = base_of(operation, counter.stock)
    trees = [("nope", {**base, "nope": "1"})]
    for place in _places(operation):
        if place.only("hash", "integer") and "hash" in place.shapes:
            trees.append(
                (written((*place.steps, "nope")), tree_of((*place.steps, "nope"), "1"))
            )
    wrong = []
    for name, tree in trees:
        answer, found = counter.ask(operation.method, path, tree)
        code = "invalid_fields" if operation.v2 else "parameter_unknown"
        expected = (400, code, name, f"Received unknown parameter: {name}")
        given = answer.status < 500 and (answer.status, answer.code, answer.param, answer.message)
        if given != expected or found:
            wrong.append((name, answer.status, answer.content, found))
    assert not wrong


def test_several_unknown_parameters_are_named_at_once(counter: Counter) -> None:
    answer, found = counter.ask(
        "POST", "/v1/customers", {"nope": 1, "name": {"a": 1}, "invoice_settings": {"never": 2}}
    )
    assert not found
    assert answer.message == "Received unknown parameters: nope, invoice_settings[never]"
    assert answer.param == "nope"


def test_missing_parameters_are_named(operation: Operation, counter: Counter) -> None:
    path, places = path_of(operation, counter.stock), _places(operation)
    wrong = []
    for place in places:
        if not place.required:
            continue
        around = place.steps[:-1]
        siblings = [each for each in places if each.steps[:-1] == around and each != place]
        needed = [each for each in siblings if each.required]
        others = needed or [each for each in siblings if not each.only("free")][:1]
        inner = {each.steps[-1]: plausible(each, places) for each in others}
        if around and not inner:
            # An empty hash cannot be written in a form.
            continue
        tree = tree_of(around, inner) if around else inner
        answer, found = counter.ask(operation.method, path, tree)
        code = "invalid_fields" if operation.v2 else "parameter_missing"
        expected = (400, code, place.path, f"Missing required param: {place.path}.")
        if (answer.status, answer.code, answer.param, answer.message) != expected or found:
            wrong.append((place.path, tree, answer.content, found))
    assert not wrong


def test_malformed_parameters_are_named(operation: Operation, counter: Counter) -> None:
    path, wrong = path_of(operation, counter.stock), []
    for place in _places(operation):
        if len(place.shapes) > 1:
            continue
        (shape,) = place.shapes
        for value in MALFORMED.get(shape, ()):
            if place.nullable and value == "":
                continue
            if operation.method != "POST" and len(str(value)) > 5_000:
                continue
            tree = tree_of(place.steps, value)
            answer, found = counter.ask(operation.method, path, tree, headers=NEWEST)
            if not _names(answer, place) or found:
                wrong.append((place.path, str(value)[:60], answer.status, answer.content, found))
    assert not wrong, "\n".join(map(repr, wrong))


def _names(answer: Answer, place: Place) -> bool:
    """Return whether an error names a parameter, what is below it or an array around it."""
    if answer.status != 400 or not answer.param:
        return False
    if answer.code == "payment_method_types_no_longer_supported":
        return True
    named = answer.param
    return named.startswith(place.path) or place.path.startswith(f"{named}[0]")


def _places(operation: Operation) -> tuple[Place, ...]:
    return places_of(operation.params) if operation.params is not None else ()
