"""Payment method configurations: what is offered where a request names no types."""

from __future__ import annotations

from typing import Any

import pytest
import requests
import stripe

from documents.seller import customer, invoice

OFF, ON, USUAL = ({"display_preference": {"preference": each}} for each in ("off", "on", "none"))


def refused(call: Any) -> tuple[int | None, str | None]:
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call()
    return caught.value.http_status, caught.value.param


def types(client: Any, **params: Any) -> list[str]:
    made = client.v1.payment_intents.create({"amount": 900, "currency": "eur", **params})
    return list(made.payment_method_types)


def test_the_default_is_there_and_can_be_changed(client: Any) -> None:
    configurations = client.v1.payment_method_configurations
    [default] = [each for each in configurations.list().data if each.is_default]
    assert (default.is_default, default.active, default.livemode) == (True, True, False)
    assert default.sepa_debit.available and not default.customer_balance.available
    assert default.card.display_preference.to_dict() == {
        "overridable": None, "preference": "none", "value": "on",
    }  # fmt: skip
    assert types(client) == ["card", "sepa_debit"]
    changed = configurations.update(default.id, {"sepa_debit": OFF, "customer_balance": ON})
    assert changed.sepa_debit.display_preference.value == "off"
    assert configurations.retrieve(default.id) == changed
    made = client.v1.payment_intents.create({"amount": 900, "currency": "eur"})
    assert made.payment_method_types == ["card", "customer_balance"]
    assert made.payment_method_configuration_details.id == default.id
    bill = invoice(client, customer(client), [{"amount": 500}])
    page = requests.get(bill.hosted_invoice_url, timeout=60).text
    assert 'value="card"' in page and 'value="sepa_debit"' not in page
    assert refused(lambda: configurations.update(default.id, {"active": False})) == (400, "active")
    configurations.update(default.id, {"sepa_debit": USUAL})
    assert types(client) == ["card", "sepa_debit", "customer_balance"]
    configurations.update(default.id, {"customer_balance": USUAL})
    assert types(client) == ["card", "sepa_debit"]


def test_a_named_one_decides_for_its_payments(client: Any) -> None:
    configurations = client.v1.payment_method_configurations
    cards = configurations.create({"name": "Cards", "sepa_debit": OFF, "klarna": OFF})
    debits = configurations.create({"name": "Debits", "card": OFF})
    shown = configurations.list().data
    assert [each.name for each in shown[:2]] == ["Debits", "Cards"] and shown[-1].is_default
    page = configurations.list({"limit": 1, "starting_after": debits.id})
    assert ([each.id for each in page.data], page.has_more) == ([cards.id], True)
    assert types(client, payment_method_configuration=cards.id) == ["card"]
    assert types(client, payment_method_configuration=debits.id) == ["sepa_debit"]
    setup = client.v1.setup_intents.create({"payment_method_configuration": cards.id})
    assert setup.payment_method_configuration_details.id == cards.id
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 900, "product_data": {"name": "Album"},
    })  # fmt: skip
    sold = client.v1.checkout.sessions.create({
        "mode": "payment", "line_items": [{"price": price.id, "quantity": 1}],
        "success_url": "https://shop.example", "payment_method_configuration": debits.id,
    })  # fmt: skip
    assert sold.payment_method_types == ["sepa_debit"]
    assert sold.payment_method_configuration_details.id == debits.id
    begun = client.v1.payment_intents.create({
        "amount": 900, "currency": "usd", "payment_method_configuration": debits.id,
    })  # fmt: skip
    begun = client.v1.payment_intents.update(begun.id, {"currency": "eur"})
    assert begun.payment_method_types == ["sepa_debit"]
    begun = client.v1.payment_intents.update(
        begun.id, {"payment_method_configuration": cards.id}
    )
    assert begun.payment_method_types == ["card"]


def test_the_portal_offers_what_its_configuration_names(client: Any) -> None:
    cards = client.v1.payment_method_configurations.create({"sepa_debit": OFF})
    ada = customer(client)
    invoice(client, ada, [{"amount": 500}])

    def adding(id: str | None) -> str:
        features = {"payment_method_update": {"enabled": True}}
        if id is not None:
            features["payment_method_update"]["payment_method_configuration"] = id
        made = client.v1.billing_portal.configurations.create({"features": features})
        url = client.v1.billing_portal.sessions.create({
            "customer": ada.id, "configuration": made.id,
        }).url  # fmt: skip
        browser = requests.Session()
        home = browser.get(url, timeout=60)
        return browser.get(f"{home.url}/payment-methods/add?type=sepa_debit", timeout=60).text

    assert 'name="iban"' in adding(None)
    only = adding(cards.id)
    assert 'name="iban"' not in only and 'name="number"' in only


def test_what_cannot_be_offered_is_refused_by_name(client: Any) -> None:
    configurations = client.v1.payment_method_configurations
    for params, param in (
        ({"klarna": ON}, "klarna[display_preference][preference]"),
        ({"apple_pay": ON}, "apple_pay[display_preference][preference]"),
        ({"parent": "pmc_1"}, "parent"), ({"name": ""}, "name"), ({"pigeon": ON}, "pigeon"),
        ({"card": {"display_preference": {"preference": "maybe"}}},
         "card[display_preference][preference]"),
    ):  # fmt: skip
        assert refused(lambda params=params: configurations.create(params)) == (400, param)
    assert refused(lambda: configurations.retrieve("pmc_none"))[0] == 404
    name = "payment_method_configuration"
    assert refused(lambda: types(client, payment_method_configuration="pmc_none")) == (400, name)
    old = configurations.create({})
    both = {name: old.id, "allowed_payment_method_types": ["card"]}
    assert refused(lambda: types(client, **both)) == (400, name)
    configurations.update(old.id, {"active": False, "name": "Old"})
    active = configurations.list({"active": True}).data
    assert old.id not in [each.id for each in active] and active[-1].is_default
    assert refused(lambda: types(client, payment_method_configuration=old.id)) == (400, name)
