"""What cannot be expanded is refused, and then nothing was done."""

from __future__ import annotations

import pytest

from badinput.bases import base_of, path_of
from badinput.conftest import Counter
from prorata.model.operation import Operation


def test_what_cannot_be_expanded_undoes_the_request(
    operation: Operation, counter: Counter
) -> None:
    if operation.method == "DELETE" or operation.path.endswith(("/contents", "/pdf")):
        pytest.skip("the answer has nothing to expand")
    if operation.v2:
        pytest.skip("there is no expand below /v2")
    path, base = path_of(operation, counter.stock), base_of(operation, counter.stock)
    answer, _ = counter.ask(operation.method, path, base)
    if operation.method != "GET":
        counter.restock()
    if answer.status != 200:
        pytest.skip("refused in any case")
    for paths in (["nope"], ["nope.never"], ["a.b.c.d.e"], ["object"], [""] * 3 + ["nope"]):
        answer, found = counter.ask(operation.method, path, {**base, "expand": paths})
        assert (answer.status, found) == (400, []), (paths, answer.content)
        assert paths[-1] in answer.message or "levels" in answer.message


def test_the_way_to_expand_a_list_is_told(counter: Counter) -> None:
    answer, _ = counter.ask("GET", "/v1/invoices", {"expand": ["customer"]})
    assert answer.message == (
        "This property cannot be expanded (customer). You may want to try expanding"
        " 'data.customer' instead."
    )
    path = f"/v1/invoices/{counter.stock['invoice']}"
    answer, _ = counter.ask("GET", path, {"expand": ["status"]})
    assert answer.message == "This property cannot be expanded (status)."
    answer, _ = counter.ask("GET", path, {"expand": ["nope"]})
    assert answer.message == "This property cannot be expanded because it doesn't exist: nope."
    answer, _ = counter.ask("GET", path, {"expand": ["customer.default_source.customer"]})
    assert answer.status == 200
    answer, _ = counter.ask("GET", path, {"expand": ["customer", "customer", "customer.nope"]})
    assert answer.message.endswith("customer.nope.")
    for tree in ({"expand": "customer"}, {"expand": {"a": "customer"}}, {"expand": [["a"]]}):
        answer, _ = counter.ask("GET", path, tree)
        assert (answer.status, (answer.param or "")[:6]) == (400, "expand")


def test_a_payment_is_not_made_for_an_answer_that_cannot_be_shown(counter: Counter) -> None:
    stock = counter.stock
    for path, tree in (
        ("/v1/payment_intents", {
            "amount": 900, "currency": "usd", "customer": stock["customer"], "confirm": True,
            "payment_method": stock["payment_method"],
        }),
        ("/v1/subscriptions", {
            "customer": stock["customer"], "items": [{"price": stock["price"]}],
        }),
        (f"/v1/invoices/{stock['invoice:open']}/pay", {}),
        ("/v1/refunds", {"charge": stock["charge"]}),
    ):  # fmt: skip
        answer, found = counter.ask("POST", path, {**tree, "expand": ["nope"]})
        assert (answer.status, found) == (400, [])
        assert answer.message.endswith("doesn't exist: nope.")
