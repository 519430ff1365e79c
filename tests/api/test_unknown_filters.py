"""Lists by what there never was: the filter is refused by name; what has ended finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
import stripe


@pytest.fixture
def v1(server: Any) -> Any:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1


@pytest.mark.parametrize(("noun", "param", "name"), [
    ("subscriptions", "customer", "customer"),
    ("subscriptions", "price", "price"),
    ("subscriptions", "test_clock", "test clock"),
    ("invoices", "subscription", "subscription"),
    ("refunds", "charge", "charge"),
    ("credit_notes", "invoice", "invoice"),
    ("prices", "product", "product"),
    ("customers", "test_clock", "test clock"),
])  # fmt: skip
def test_a_filter_that_names_nothing_is_refused(v1: Any, noun: str, param: str, name: str) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        getattr(v1, noun).list({param: "nope"})
    error = refused.value
    assert (error.http_status, error.code, error.param) == (400, "resource_missing", param)
    assert error.user_message == f"No such {name}: 'nope'"


def test_a_filter_inside_another_is_named_by_its_path(v1: Any) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        v1.invoice_payments.list({
            "payment": {"type": "payment_intent", "payment_intent": "pi_nope"}
        })
    assert refused.value.param == "payment[payment_intent]"


def test_what_has_ended_and_what_has_nothing_finds_nothing(v1: Any) -> None:
    ada, bea = (v1.customers.create({"name": name}).id for name in ("Ada", "Bea"))
    v1.customers.delete(ada)
    for customer in (ada, bea):
        assert v1.subscriptions.list({"customer": customer}).data == []
    some = v1.customers.list({"limit": 1}).data[0].id
    assert v1.invoices.list({"customer": bea, "starting_after": made(v1, bea)}).data == []
    assert some == bea


def made(v1: Any, customer: str) -> str:
    id: str = v1.invoices.create({"customer": customer}).id
    return id
