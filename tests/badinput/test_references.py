"""Ids that are unknown, another account's or of another mode: never found, never data."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from badinput.asking import Asker
from badinput.bases import base_of, filled, merged, name_of, path_of
from badinput.conftest import LIVE_KEY, Counter
from badinput.parameters import Place, places_of, tree_of
from badinput.stock import Stock
from badinput.values import NAMED, surroundings
from prorata.model.operation import Operation
from prorata.resources.payments.dispute_evidence import FILES

ODD_IDS = (
    "nope", "cus_nope", "cus_", "%00", "%ff", "..%2F..", "'%20OR%201=1", "%F0%9F%92%A5",
    "x" * 2_000, "null", "%20", "*",
)  # fmt: skip
# What an operation answers about an id that it cannot find, beside 404.
ELSEWHERE = {
    "GET /v1/accounts/{id}": 403, "POST /v1/accounts/{id}": 403,
    "POST /v1/payment_methods/{id}/attach": 404,
}
# Names of parameters that hold ids, beside those that plausible values are known for.
REFERENCES = {
    **dict.fromkeys(FILES, "file"),
    "account_tax_ids": "tax_id:own", "applies_to[products]": "product",
    "calculation": "tax.calculation", "charge": "charge",
    "configuration": "billing_portal.configuration", "confirmation_token": "confirmation_token",
    "credit_grant": "billing.credit_grant", "default_account_tax_ids": "tax_id:own",
    "default_price": "price", "default_source": "card",
    "entitlement_feature": "entitlements.feature", "feature": "entitlements.feature",
    "feedback_option": "billing.feedback_option", "customer_account": "customer",
    "default_tax_rates": "tax_rate", "file": "file", "from": "invoice",
    "invoice_item": "invoiceitem", "invoice_line_item": "line_item", "invoiceitem": "invoiceitem",
    "original_transaction": "tax.transaction", "payment_link": "payment_link",
    "payment_method_configuration": "payment_method_configuration",
    "payment_record": "payment_record", "performance_location": "tax.location", "plan": "price",
    "prices": "price", "quote": "quote", "tax_rate": "tax_rate",
    "template": "invoice_rendering_template", "upsells_to": "price",
    "webhook_endpoint": "webhook_endpoint",
    "icon": "file", "logo": "file", "source": "card", "tax_ids": "tax_id", "product": "product",
    "credit_note": "credit_note", "from_subscription": "subscription", "refund": "refund",
    "starting_after": "customer", "payment": "invoice_payment",
}  # fmt: skip


def test_unknown_ids_in_the_path_are_not_found(operation: Operation, counter: Counter) -> None:
    wrong = []
    for variable in operation.variables:
        for id in ODD_IDS:
            path = path_of(operation, counter.stock, **{variable: id})
            tree = base_of(operation, counter.stock)
            answer, found = counter.ask(operation.method, path, tree)
            if answer.status not in (404, 403, 400) or found:
                wrong.append((path, answer.status, answer.content[:300], found))
    assert not wrong


def test_ids_of_another_account_in_the_path_are_not_found(
    operation: Operation, counter: Counter, foreign: Stock
) -> None:
    wrong = []
    for variable in operation.variables:
        name = name_of(operation, variable)
        theirs = foreign.ids.get(name)
        if theirs is None or theirs == counter.stock.ids.get(name):
            continue
        path = path_of(operation, counter.stock, **{variable: theirs})
        answer, found = counter.ask(operation.method, path, base_of(operation, counter.stock))
        if answer.status not in (404, ELSEWHERE.get(operation.route)) or found:
            wrong.append((path, answer.status, answer.content[:300], found))
    assert not wrong


def test_ids_of_another_account_in_parameters_are_unknown(
    operation: Operation, counter: Counter, foreign: Stock
) -> None:
    path, wrong = path_of(operation, counter.stock), []
    for place, name in _references(operation):
        for id in (foreign.ids.get(name), "none_such"):
            if id is None or id == counter.stock.ids.get(name):
                continue
            tree = _with(operation, counter, place, id)
            answer, found = counter.ask(operation.method, path, tree)
            if answer.status == 200 and id.encode() not in answer.content:
                # A filter that finds nothing; or a name that no reference has here.
                found += [] if _finds_nothing(answer.body) else ["it was taken"]
            elif answer.status == 200:
                found.append("it is named in the answer")
            elif answer.code == "resource_missing" and answer.param != place.path:
                found.append(f"the error names {answer.param}")
            if found:
                wrong.append((place.path, id, answer.status, answer.content[:300], found))
            if answer.status == 200 and operation.method != "GET":
                counter.restock()
    assert not wrong, "\n".join(map(repr, wrong))


def test_ids_of_the_other_mode_are_explained(counter: Counter) -> None:
    live = Asker(counter.server.url, LIVE_KEY)
    stock = counter.stock
    suffix = (
        "; a similar object exists in test mode, but a live mode key was used to make this request."
    )
    for path, name in (("customers", "customer"), ("prices", "price"), ("coupons", "coupon"),
                       ("invoices", "invoice"), ("subscriptions", "subscription")):  # fmt: skip
        answer = live.ask("GET", f"/v1/{path}/{stock[name]}")
        assert answer.status == 404
        assert answer.message == f"No such {name}: '{stock[name]}'{suffix}"
        assert answer.code == "resource_missing"
    answer = live.ask("POST", "/v1/prices", {
        "currency": "usd", "unit_amount": 1, "product": stock["product"]})
    assert (answer.status, answer.param) == (400, "product")
    assert answer.message == f"No such product: '{stock['product']}'{suffix}"
    answer = live.ask("POST", f"/v1/payment_methods/{stock['payment_method']}/attach", {
        "customer": stock["customer"]})
    assert answer.message.endswith(suffix)

    made = live.ask("POST", "/v1/products", {"name": "Live"}).body["id"]
    answer, _ = counter.ask("GET", f"/v1/products/{made}")
    assert answer.message == (
        f"No such product: '{made}'; a similar object exists in live mode, but a test mode key was"
        " used to make this request."
    )
    counter.restock()
    live.close()


@pytest.mark.parametrize(("id", "message"), [
    ("cus_nope", "No such customer: 'cus_nope'"),
    ("ch_x", "No such customer: 'ch_x'"),
    ("d'oh", "No such customer: 'd'oh'"),
])  # fmt: skip
def test_the_prefix_of_an_id_is_not_checked(counter: Counter, id: str, message: str) -> None:
    answer, found = counter.ask("GET", f"/v1/customers/{quote(id)}")
    assert not found
    assert (answer.status, answer.code, answer.param) == (404, "resource_missing", "id")
    assert answer.message == message


def _references(operation: Operation) -> list[tuple[Place, str]]:
    """Return the places that take an id, with the stock's name of what they take."""
    if operation.params is None:
        return []
    found = []
    for place in places_of(operation.params):
        if "text" not in place.shapes or "metadata" in place.steps:
            continue
        known = NAMED.get(place.name)
        if isinstance(known, str) and known.startswith("@"):
            found.append((place, known[1:]))
        elif place.name in REFERENCES:
            found.append((place, REFERENCES[place.name]))
    return found


def _with(operation: Operation, counter: Counter, place: Place, id: str) -> dict[str, Any]:
    assert operation.params is not None
    places = places_of(operation.params)
    around = merged(surroundings(place, places), base_of(operation, counter.stock))
    return filled(merged(around, tree_of(place.steps, id)), counter.stock)


def _finds_nothing(body: Any) -> bool:
    return body.get("object") in ("list", "search_result") and body["data"] == []
