"""Search goes by terms: they follow every change, and a page is found without the other rows."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from prorata.api.searching import read_search
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge
from prorata.store.terms import TABLE, metadata_term, terms_of
from prorata.wire.pagination import SearchPage


@pytest.fixture
def v1(server: Any) -> Any:
    return stripe.StripeClient(server.secret_key, base_addresses={"api": server.url}).v1


def ids(v1: Any, noun: str, query: str) -> list[str]:
    return [each.id for each in getattr(v1, noun).search({"query": query, "limit": 100}).data]


def test_a_change_moves_a_document_from_one_value_to_the_next(v1: Any) -> None:
    who = v1.customers.create({"email": "First@Terms.example", "metadata": {"a": "1", "b": "2"}}).id
    v1.customers.update(who, {"email": "second@terms.example", "metadata": {"a": "3", "b": ""}})
    assert ids(v1, "customers", 'email:"first@terms.example"') == []
    assert ids(v1, "customers", 'email:"SECOND@terms.example"') == [who]
    assert ids(v1, "customers", 'metadata["a"]:"1"') == []
    assert ids(v1, "customers", 'metadata["a"]:"3" -metadata["b"]:"2"') == [who]
    v1.customers.delete(who)
    assert ids(v1, "customers", 'email:"second@terms.example"') == []


def test_letters_of_every_alphabet_are_compared_without_case(v1: Any) -> None:
    who = v1.customers.create({"name": "Émile ŽIŽEK"}).id
    assert ids(v1, "customers", 'name:"ÉMILE žižek"') == [who]


def test_the_rarest_of_several_terms_leads_and_the_others_hold(v1: Any) -> None:
    for n in range(6):
        v1.customers.create({"metadata": {"lot": "seven", "n": str(n % 2)}})
    both = ids(v1, "customers", 'metadata["lot"]:"seven" AND metadata["n"]:"1"')
    either = ids(v1, "customers", 'metadata["lot"]:"seven" OR metadata["n"]:"1"')
    assert (len(both), len(either)) == (3, 6)
    assert either == sorted(either, reverse=True)


def test_the_values_that_a_status_leaves_are_forgotten(v1: Any) -> None:
    who = v1.customers.create({"payment_method": "pm_card_visa", "invoice_settings":
                               {"default_payment_method": "pm_card_visa"}}).id  # fmt: skip
    price = v1.prices.create({"currency": "usd", "unit_amount": 900, "product_data":
                              {"name": "P"}, "recurring": {"interval": "month"}}).id  # fmt: skip
    made = v1.subscriptions.create({"customer": who, "items": [{"price": price}]})
    assert made.id in ids(v1, "subscriptions", 'status:"active"')
    v1.subscriptions.cancel(made.id)
    assert made.id not in ids(v1, "subscriptions", 'status:"active"')
    assert made.id in ids(v1, "subscriptions", 'status:"canceled" canceled_at>0')
    number = v1.invoices.retrieve(made.latest_invoice).number
    assert ids(v1, "invoices", f'number:"{number.lower()}"') == [made.latest_invoice]


def test_charges_of_both_beginnings_come_newest_first(v1: Any) -> None:
    made = []
    for method in ("pm_card_visa", "pm_usBankAccount_success", "pm_card_visa"):
        who = v1.customers.create({"payment_method": method}).id
        intent = v1.payment_intents.create({
            "amount": 777, "currency": "usd", "customer": who, "confirm": True,
            "payment_method": method,
            "metadata": {"of": "both"},
            "mandate_data": {"customer_acceptance": {"type": "offline"}},
        })  # fmt: skip
        made.append(intent.latest_charge)
    assert {id[:3] for id in made} == {"ch_", "py_"}
    newest = made[::-1]
    assert ids(v1, "charges", "amount:777") == newest
    assert ids(v1, "charges", 'metadata["of"]:"both"') == newest
    assert [each.id for each in v1.charges.list({"limit": 3}).data] == newest
    assert [each.id for each in v1.charges.list({"limit": 1}).auto_paging_iter()][:3] == newest
    after = v1.charges.list({"limit": 2, "starting_after": newest[0]}).data
    assert [each.id for each in after] == newest[1:]
    before = v1.charges.list({"limit": 2, "ending_before": newest[2]}).data
    assert [each.id for each in before] == newest[:2]
    page = v1.charges.search({"query": 'metadata["of"]:"both"', "limit": 1})
    assert [each.id for each in page.auto_paging_iter()] == newest


def test_what_lives_on_a_clock_has_no_terms(v1: Any, server: Any) -> None:
    clock = v1.test_helpers.test_clocks.create({"frozen_time": 1_790_000_000}).id
    who = v1.customers.create({"test_clock": clock, "metadata": {"on": clock}}).id
    assert ids(v1, "customers", f'metadata["on"]:"{clock}"') == []
    term = metadata_term(Customer.spec, "on", clock)
    found = server.system.database.read(lambda connection: connection.query(
        f"SELECT id FROM {TABLE} WHERE term = ?", (term,)
    ))  # fmt: skip
    assert found == []
    assert who


@pytest.mark.parametrize(("cls", "query", "index"), [
    (Customer, 'email:"a@b.example"', "SEARCH t USING PRIMARY KEY"),
    (Customer, 'metadata["k"]:"v" OR name:"n"', "SEARCH t USING PRIMARY KEY"),
    (Subscription, 'status:"past_due" created>1', "i_doc_subscription_status"),
    (Invoice, 'status:"open" total>5', "i_doc_invoice_status"),
    (Subscription, "canceled_at>5", "SEARCH t USING PRIMARY KEY"),
    (Subscription, "created>5 created<9", "id>? AND id<?"),
    (Charge, 'refunded:"true"', "SEARCH t USING PRIMARY KEY"),
    (Charge, 'customer:"cus_1" metadata["k"]:"v"', "i_doc_charge_customer"),
])  # fmt: skip
def test_a_page_is_read_from_an_index(server: Any, cls: Any, query: str, index: str) -> None:
    database = server.system.database
    if database.dialect != "sqlite":
        pytest.skip("an empty PostgreSQL table is read whole")
    plans: list[str] = []

    def search(connection: Any) -> None:
        class Explaining:
            dialect = connection.dialect

            def query(self, sql: str, parameters: Any) -> Any:
                if "COUNT" not in sql:
                    rows = connection.query(f"EXPLAIN QUERY PLAN {sql}", parameters)
                    plans.append("\n".join(row[3] for row in rows))
                return connection.query(sql, parameters)

        read_search(Explaining(), 1, cls, SearchPage(query), False)  # type: ignore[arg-type]

    database.read(search)
    assert plans
    for plan in plans:
        assert index in plan, plan
        assert "TEMP B-TREE" not in plan, plan
        assert "SCAN d" not in plan, plan
        assert "SCAN t" not in plan, plan


def test_common_values_have_no_terms() -> None:
    assert Charge.spec.terms["status"] == {"pending", "succeeded"}
    who = Customer(id="cus_1", created=1, invoice_prefix="X", livemode=False, email="A@b",
                   metadata={"k": "v"})  # fmt: skip
    assert len(terms_of(who)) == 2
