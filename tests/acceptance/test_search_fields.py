"""Search: every field that is documented, with every operator it takes, on every page."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from acceptance.till import Till, refused
from servers import running


@pytest.fixture(scope="module")
def shop(server: Any) -> Any:
    """Two customers with a subscription each, one canceled; charges, one refunded; an open bill."""
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    v1 = client.v1
    ann = Till(client, name="Ann O'Neil", email="Ann@Example.com", phone="+431234567",
               metadata={"tier": "gold", "note": 'a "b"'})  # fmt: skip
    bob = Till(client, name="Bob", email="bob@example.org", metadata={"tier": "silver"})
    basic = v1.products.create({"name": "Basic plan", "description": "For a start", "url":
                                "https://example.com/basic", "metadata": {"k": "1"}})  # fmt: skip
    old = v1.products.create({"name": "Old plan", "active": False})
    price = v1.prices.create({"currency": "usd", "unit_amount": 1000, "product": basic.id,
                              "recurring": {"interval": "month"}, "lookup_key": "basic_usd",
                              "metadata": {"k": "1"}})  # fmt: skip
    once = v1.prices.create({"currency": "eur", "unit_amount": 500, "product": old.id,
                             "active": False})  # fmt: skip
    first, second = [
        v1.subscriptions.create({"customer": each.customer, "items": [{"price": price.id}],
                                 "metadata": {"of": name}})
        for each, name in ((ann, "ann"), (bob, "bob"))
    ]  # fmt: skip
    v1.subscriptions.cancel(second.id)
    intent = v1.payment_intents.create({
        "amount": 2500, "currency": "eur", "confirm": True, "metadata": {"order": "7"},
        "payment_method_data": {"type": "card", "card": {"token": "tok_mastercard"},
                                "billing_details": {"address": {"postal_code": "1010"}}},
        "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"},
    })  # fmt: skip
    v1.refunds.create({"payment_intent": intent.id})
    opened = ann.open(4200, metadata={"kind": "extra"})
    return {
        "v1": v1, "ann": ann.customer, "bob": bob.customer, "basic": basic.id, "old": old.id,
        "price": price.id, "once": once.id, "first": first.id, "second": second.id,
        "intent": intent.id, "charge": intent.latest_charge, "open": opened.id,
        "number": opened.number, "paid": first.latest_invoice, "other": second.latest_invoice,
        "card": v1.charges.retrieve(intent.latest_charge).payment_method_details.card,
    }  # fmt: skip


def found(shop: Any, noun: str, query: str) -> list[str]:
    names = {id: name for name, id in shop.items() if isinstance(id, str)}
    page = getattr(shop["v1"], noun).search({"query": query.format(**shop), "limit": 100})
    return sorted(names.get(each.id, "another") for each in page.data)


@pytest.mark.parametrize(("noun", "query", "names"), [
    ("customers", 'email:"ann@example.com"', ["ann"]),
    ("customers", 'email~"example"', ["ann", "bob"]),
    ("customers", "name:'Ann O\\'Neil'", ["ann"]),
    ("customers", 'name~"neil"', ["ann"]),
    ("customers", 'phone:"+431234567"', ["ann"]),
    ("customers", "phone:null", ["bob"]),
    ("customers", "-phone:null", ["ann"]),
    ("customers", 'metadata["tier"]:"gold" OR metadata["tier"]:"silver"', ["ann", "bob"]),
    ("customers", 'metadata["note"]:"a \\"b\\""', ["ann"]),
    ("customers", '-metadata["tier"]:"gold"', ["bob"]),
    ("customers", 'metadata["none"]:null', ["ann", "bob"]),
    ("customers", "created>0 AND created<99999999999", ["ann", "bob"]),
    ("customers", "created<=1", []),
    ("products", 'active:"true"', ["basic"]),
    ("products", 'active:"false" name~"old"', ["old"]),
    ("products", 'description~"start"', ["basic"]),
    ("products", 'url:"https://example.com/basic"', ["basic"]),
    ("products", 'metadata["k"]:"1"', ["basic"]),
    ("products", 'shippable:"true"', []),
    ("prices", 'active:"true" AND product:"{basic}"', ["price"]),
    ("prices", 'currency:"eur" AND active:"false"', ["once"]),
    ("prices", 'lookup_key:"basic_usd"', ["price"]),
    ("prices", 'type:"recurring"', ["price"]),
    ("prices", 'metadata["k"]:"1" type:"recurring"', ["price"]),
    ("subscriptions", 'status:"active"', ["first"]),
    ("subscriptions", 'status:"canceled"', ["second"]),
    ("subscriptions", "canceled_at>0", ["second"]),
    ("subscriptions", "canceled_at:null", ["first"]),
    ("subscriptions", 'metadata["of"]:"bob" created>0', ["second"]),
    ("payment_intents", 'amount>2000 currency:"eur"', ["intent"]),
    ("payment_intents", "amount:2500", ["intent"]),
    ("payment_intents", 'metadata["order"]:"7"', ["intent"]),
    ("payment_intents", 'status:"succeeded" customer:null', ["intent"]),
    ("payment_intents", 'customer:"{bob}"', ["another"]),
    ("charges", 'amount:2500 status:"succeeded"', ["charge"]),
    ("charges", 'refunded:"true"', ["charge"]),
    ("charges", 'disputed:"true"', []),
    ("charges", 'currency:"eur" created>0', ["charge"]),
    ("charges", 'billing_details.address.postal_code:"1010"', ["charge"]),
    ("charges", 'payment_method_details.card.brand:"mastercard"', ["charge"]),
    ("charges", 'payment_method_details.card.last4:"{card.last4}"', ["charge"]),
    ("charges", 'payment_method_details.card.fingerprint:"{card.fingerprint}"', ["charge"]),
    ("charges", "payment_method_details.card.exp_month:{card.exp_month} amount:2500", ["charge"]),
    ("charges", "payment_method_details.card.exp_year>=2026 amount:2500", ["charge"]),
    ("charges", 'customer:"{ann}"', ["another"]),
    ("invoices", 'status:"open"', ["open"]),
    ("invoices", 'number:"{number}"', ["open"]),
    ("invoices", "total>=4200", ["open"]),
    ("invoices", 'subscription:"{first}"', ["paid"]),
    ("invoices", 'customer:"{ann}" currency:"usd"', ["open", "paid"]),
    ("invoices", 'metadata["kind"]:"extra"', ["open"]),
    ("invoices", "receipt_number:null -number:null", ["open", "other", "paid"]),
    ("invoices", 'last_finalization_error_code:"x"', []),
    ("invoices", 'last_finalization_error_type:"invalid_request_error"', []),
    ("invoices", "created>0 total<4200", ["other", "paid"]),
])  # fmt: skip
def test_a_query_finds(shop: Any, noun: str, query: str, names: list[str]) -> None:
    assert found(shop, noun, query) == names


@pytest.mark.parametrize(("noun", "query", "reason"), [
    ("customers", 'nope:"x"', "unsupported search field"),
    ("customers", "", None),
    ("customers", 'name>"x"', "only supported for numbers"),
    ("customers", 'email~"ab"', "at least 3 characters"),
    ("prices", 'currency~"eur"', "only supported for text"),
    ("customers", 'name:"a" AND name:"b" OR name:"c"', "not with both"),
    ("customers", '(name:"a")', "parentheses"),
    ("charges", 'amount:"much"', "must be a number"),
])  # fmt: skip
def test_a_query_that_cannot_be_asked_is_told_why(
    shop: Any, noun: str, query: str, reason: str | None
) -> None:
    status, _, param, message = refused(getattr(shop["v1"], noun).search, {"query": query})
    assert (status, param) == (400, "query")
    assert reason is None or reason in message


@pytest.fixture
def alone(store: str) -> Iterator[Any]:
    """Give a client of a server where nothing else is found."""
    with running(worker=False) as server:
        yield stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1


def test_pages_lead_to_the_end(alone: Any) -> None:
    v1 = alone
    made = [v1.customers.create({"metadata": {"lot": "paged"}}).id for _ in range(7)]
    query = {"query": 'metadata["lot"]:"paged"', "limit": 3}
    page = v1.customers.search({**query, "expand": ["total_count"]})
    assert (page.object, page.url, page.has_more) == ("search_result", "/v1/customers/search", True)
    assert page.to_dict()["total_count"] == 7
    assert [each.id for each in page.auto_paging_iter()] == made[::-1]
    second = v1.customers.search({**query, "page": page.next_page})
    assert [each.id for each in second.data] == made[::-1][3:6]
    last = v1.customers.search({**query, "page": second.next_page})
    assert (len(last.data), last.has_more, last.next_page) == (1, False, None)
    _, mark = json.loads(base64.urlsafe_b64decode(page.next_page))
    made_up = base64.urlsafe_b64encode(json.dumps(["cus_\0", mark]).encode()).decode()
    for token in ("nope", made_up):
        assert refused(v1.customers.search, {**query, "page": token})[:3] == (400, None, "page")
    other = {"query": 'metadata["lot"]:"x"', "page": page.next_page}
    assert refused(v1.customers.search, other)[:3] == (400, None, "page")
