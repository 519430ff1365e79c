"""Lists, searches, expansion and metadata, as the recordings and the documentation have them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe

from acceptance.test_payments_cards import described
from acceptance.till import Till, refused
from servers import running


@pytest.fixture(scope="module")
def crowded(store: str) -> Iterator[stripe.StripeClient]:
    """Give a client of a server where nothing is made but the many."""
    with running(worker=False) as server:
        yield stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})


@pytest.fixture(scope="module")
def many(crowded: stripe.StripeClient) -> list[str]:
    """Give the ids of 25 customers, the newest first."""
    made = [
        crowded.v1.customers.create({
            "name": f"Customer {each}", "email": f"c{each}@example.com",
            "metadata": {"lot": "many"},
        }).id
        for each in range(25)
    ]  # fmt: skip
    return made[::-1]


@pytest.mark.parametrize(("limit", "count"), [
    (None, 10), (-1, 1), (0, 1), (1, 1), (7, 7), (100, 25), (101, 25), (1000, 25)])
def test_a_limit_is_brought_within_its_bounds(crowded, many, limit, count):
    page = crowded.v1.customers.list({} if limit is None else {"limit": limit})
    assert [each.id for each in page.data] == many[:count]
    assert (page.object, page.url, page.has_more) == ("list", "/v1/customers", count < 25)


def test_cursors_walk_both_ways(crowded, many):
    customers = crowded.v1.customers
    page = customers.list({"limit": 10, "starting_after": many[9]})
    assert [each.id for each in page.data] == many[10:20]
    page = customers.list({"limit": 10, "ending_before": many[10]})
    assert ([each.id for each in page.data], page.has_more) == (many[:10], False)
    page = customers.list({"limit": 3, "ending_before": many[10]})
    assert ([each.id for each in page.data], page.has_more) == (many[7:10], True)
    assert [each.id for each in customers.list({"limit": 4}).auto_paging_iter()] == many
    assert customers.list({"limit": 1, "include": ["total_count"]}).to_dict()["total_count"] == 25


def test_cursors_that_lead_nowhere(crowded, many):
    customers = crowded.v1.customers
    unknown = (400, "resource_missing", "starting_after", "No such customer: 'cus_x'")
    assert refused(customers.list, {"starting_after": "cus_x"}) == unknown
    assert refused(
        customers.list, {"starting_after": "cus_x", "ending_before": many[0]}) == unknown
    assert refused(
        customers.list, {"starting_after": many[1], "ending_before": many[0]}) == (
        400, None, None,
        "Received both starting_after and ending_before parameters. Please pass in only one.")
    assert refused(customers.list, {"limit": "x"})[:3] == (
        400, "parameter_invalid_integer", "limit")


def test_a_range_of_creation(crowded, many):
    made = crowded.v1.customers.retrieve(many[0]).created
    for bounds, found in (({"gte": made - 3600}, 25), ({"gt": made + 60}, 0), ({"lt": 1}, 0),
                          ({"lte": made, "gte": made}, None), (made, None)):
        count = len(crowded.v1.customers.list({"created": bounds, "limit": 100}).data)
        assert count == found if found is not None else count > 0


def test_what_hangs_on_a_clock_is_found_by_what_it_hangs_on(client):
    till = Till(client, on="2027-01-15")
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"}})
    found = client.v1.subscriptions.create(
        {"customer": till.customer, "items": [{"price": price.id}]})
    charge = client.v1.charges.list({"customer": till.customer}).data[0]
    refund = client.v1.refunds.create({"charge": charge.id, "amount": 100})
    by_customer, clock = {"customer": till.customer}, {"test_clock": till.clock}

    def ids(name: str, params: dict[str, Any]) -> list[str]:
        return [each.id for each in getattr(client.v1, name).list(params).data]

    assert till.customer not in ids("customers", {"limit": 100})
    assert ids("customers", clock) == [till.customer]
    assert found.id not in ids("subscriptions", {"limit": 100})
    assert ids("subscriptions", clock) == ids("subscriptions", by_customer) == [found.id]
    invoice = [found.latest_invoice]
    assert ids("invoices", by_customer) == ids("invoices", {"subscription": found.id}) == invoice
    assert ids("charges", by_customer) == [charge.id]
    assert ids("charges", {"payment_intent": charge.payment_intent}) == [charge.id]
    assert ids("payment_intents", by_customer) == [charge.payment_intent]
    assert ids("refunds", {"charge": charge.id}) == [refund.id]
    assert len(ids("payment_methods", by_customer)) == 1
    assert found.id in str(client.v1.events.list({"type": "customer.subscription.created"}).data)


def test_payment_methods_without_a_customer_are_none(client):
    Till(client)
    page = client.v1.payment_methods.list()
    assert (page.data, page.has_more, page.url) == ([], False, "/v1/payment_methods")


class TestMetadata:
    def test_it_is_merged_key_by_key(self, client):
        customers = client.v1.customers
        id = customers.create({"metadata": {"a": "1", "b": "2"}}).id

        def after(change: Any) -> dict[str, str]:
            return customers.update(id, {"metadata": change}).metadata.to_dict()

        assert after({"c": "3"}) == {"a": "1", "b": "2", "c": "3"}
        assert after({"a": "", "b": "4"}) == {"b": "4", "c": "3"}
        assert after("") == {}
        assert after({"n": 7}) == {"n": "7"}

    @pytest.mark.parametrize(("metadata", "fine"), [
        ({"k" * 40: "1"}, True), ({"k" * 41: "1"}, False),
        ({"k": "v" * 500}, True), ({"k": "v" * 501}, False),
        ({f"k{each}": "1" for each in range(50)}, True),
        ({f"k{each}": "1" for each in range(51)}, False),
        ({"a[b]": "1"}, False),
    ])
    def test_it_has_bounds(self, client, metadata, fine):
        if fine:
            made = client.v1.customers.create({"metadata": metadata})
            assert made.metadata.to_dict() == metadata
        else:
            assert refused(client.v1.customers.create, {"metadata": metadata})[0] == 400

    def test_the_sum_of_all_changes_is_bounded(self, client):
        id = client.v1.customers.create(
            {"metadata": {f"k{each}": "1" for each in range(50)}}).id
        assert refused(client.v1.customers.update, id, {"metadata": {"more": "1"}})[0] == 400
        client.v1.customers.update(id, {"metadata": {"k0": "", "more": "1"}})


class TestExpansion:
    def test_it_goes_four_levels_deep(self, client):
        till = Till(client)
        invoice = till.paid(1500)
        found = till.read(invoice, "payments.data.payment.payment_intent", "customer")
        assert found.customer.id == till.customer
        assert found.payments.data[0].payment.payment_intent.status == "succeeded"
        listed = client.v1.invoices.list({
            "customer": till.customer, "expand": ["data.customer.invoice_settings"
                                                  ".default_payment_method"]})
        shown = listed.data[0].customer.invoice_settings.default_payment_method
        assert shown.card.last4 == "4242"
        deep = "payments.data.payment.payment_intent.customer"
        assert refused(till.read, invoice, deep) == (
            400, "property_expansion_max_depth", None,
            f"You cannot expand more than 4 levels of a property. Property: {deep}")

    def test_what_cannot_be_expanded(self, client):
        till = Till(client)
        retrieve = client.v1.customers.retrieve
        assert refused(retrieve, till.customer, {"expand": ["email"]}) == (
            400, None, None, "This property cannot be expanded (email).")
        assert refused(retrieve, till.customer, {"expand": ["nope"]}) == (
            400, None, None, "This property cannot be expanded because it doesn't exist: nope.")
        assert refused(client.v1.invoices.list, {"expand": ["customer"]}) == (
            400, None, None,
            "This property cannot be expanded (customer). You may want to try expanding"
            " 'data.customer' instead.")

    def test_some_fields_are_there_only_when_they_are_asked_for(self, client):
        till = Till(client)
        plain = client.v1.customers.retrieve(till.customer).to_dict()
        names = ("subscriptions", "sources", "tax_ids")
        assert not set(names) & set(plain)
        full = client.v1.customers.retrieve(till.customer, {"expand": list(names)}).to_dict()
        assert [full[name]["object"] for name in names] == ["list"] * 3

    def test_an_answer_to_a_post_is_expanded_too(self, client):
        found = client.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "payment_method": "pm_card_visa", "confirm": True,
            "expand": ["latest_charge.balance_transaction"]})
        assert found.latest_charge.balance_transaction.amount == 2000


@pytest.fixture(scope="module")
def sold(server: Any) -> dict[str, Any]:
    """Give one of each thing that can be searched for."""
    client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
    till = Till(client, card=None, name="Ada Lovelace", email="Ada@example.com",
                phone="+4912345678", metadata={"seller": "tea"})
    card = client.v1.payment_methods.create({
        **described("5555555555554444"),
        "billing_details": {"address": {"postal_code": "10115"}}})
    till.use(card.id)
    product = client.v1.products.create({
        "name": "Gold plan", "description": "Shiny", "url": "https://example.com/gold",
        "shippable": True, "metadata": {"seller": "tea"}})
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1234, "recurring": {"interval": "month"},
        "product": product.id, "lookup_key": "gold", "metadata": {"seller": "tea"}})
    subscription = client.v1.subscriptions.create({
        "customer": till.customer, "items": [{"price": price.id}],
        "metadata": {"seller": "tea"}})
    charge = client.v1.charges.list({"customer": till.customer}).data[0]
    invoice = client.v1.invoices.retrieve(subscription.latest_invoice)
    return {
        "customer": till.customer, "product": product.id, "number": invoice.number,
        "subscription": subscription.id, "fingerprint": card.card.fingerprint,
        "intent": charge.payment_intent, "charge": charge.id, "invoice": invoice.id,
        "price": price.id, "created": charge.created,
    }


class TestSearch:
    QUERIES = [
        ("customers", 'email:"ada@example.com"', "customer"),
        ("customers", 'name~"love" AND phone~"1234"', "customer"),
        ("customers", 'metadata["seller"]:"tea"', "customer"),
        ("charges", 'customer:"{customer}" AND status:"succeeded" AND refunded:"false"', "charge"),
        ("charges", "amount:1234 AND currency:'usd'", "charge"),
        ("charges", 'payment_method_details.card.fingerprint:"{fingerprint}"', "charge"),
        ("charges", 'payment_method_details.card.last4:4444 -disputed:"true"', "charge"),
        ("charges", 'payment_method_details.card.brand:"mastercard"'
                    " AND payment_method_details.card.exp_year:2035"
                    " AND payment_method_details.card.exp_month:1", "charge"),
        ("charges", 'billing_details.address.postal_code:"10115"', "charge"),
        ("invoices", 'number:"{number}" AND total>1000 AND status:"paid"', "invoice"),
        ("invoices", 'subscription:"{subscription}" AND receipt_number:null', "invoice"),
        ("invoices", 'customer:"{customer}" AND currency:"usd"'
                     " AND last_finalization_error_code:null", "invoice"),
        ("payment_intents", 'amount:1234 AND status:"succeeded" AND customer:"{customer}"',
         "intent"),
        ("prices", 'active:"true" AND lookup_key:"gold" AND type:"recurring"', "price"),
        ("prices", 'product:"{product}" AND currency:"usd"', "price"),
        ("products", 'name~"gold" AND description~"shin" AND url~"example"', "product"),
        ("products", 'active:"true" AND shippable:"true" AND metadata["seller"]:"tea"', "product"),
        ("subscriptions", 'status:"active" AND metadata["seller"]:"tea"', "subscription"),
        ("subscriptions", 'canceled_at:null AND metadata["seller"]:"tea"', "subscription"),
    ]  # fmt: skip

    @pytest.mark.parametrize(("noun", "query", "wanted"), QUERIES)
    def test_it_finds_by_each_field(self, client, sold, noun, query, wanted):
        query = query.format(**sold)
        search = getattr(client.v1, noun).search
        assert [each.id for each in search({"query": query}).data] == [sold[wanted]]
        if noun in ("prices", "products"):
            return
        early = f"{query} AND created<{sold['created'] - 600}"
        assert search({"query": early}).data == []

    @pytest.mark.parametrize("query", [
        'foo:"x"', '(name:"x")', 'name:"x" AND name:"y" OR name:"z"', 'name>"x"', 'created>"x"',
        'name:"x', 'name~"ab"', " AND ".join(['name:"x"'] * 11), 'metadata["a"]~"abc"',
    ])  # fmt: skip
    def test_it_refuses_what_it_cannot_answer(self, client, query):
        assert refused(client.v1.customers.search, {"query": query})[::2] == (400, "query")

    def test_its_pages_have_tokens(self, crowded, many):
        search, query = crowded.v1.customers.search, 'metadata["lot"]:"many"'
        page = search({"query": query, "limit": 10, "expand": ["total_count"]})
        assert (page.object, page.url, page.has_more) == (
            "search_result", "/v1/customers/search", True)
        assert page.to_dict()["total_count"] == 25
        assert "total_count" not in search({"query": query}).to_dict()
        found = [each.id for each in page.data]
        while page.has_more:
            page = search({"query": query, "limit": 10, "page": page.next_page})
            found += [each.id for each in page.data]
        assert (sorted(found), page.next_page) == (sorted(many), None)
        assert len(list(search({"query": query, "limit": 7}).auto_paging_iter())) == 25
