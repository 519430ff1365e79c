"""Tax ids: their forms, their owners and their verification."""

import pytest
import stripe

from prorata.engine.customers.verify_tax_id import has_right_digits
from prorata.rules.tax_ids import TAX_ID_TYPES, country_of, is_well_formed


@pytest.mark.parametrize(
    ("type", "value", "country"),
    [
        ("eu_vat", "DE123456789", "DE"),
        ("eu_vat", "EL123456789", "GR"),
        ("eu_vat", "XI123456789", "GB"),
        ("eu_vat", "NL123456789B12", "NL"),
        ("eu_vat", "ATU12345678", "AT"),
        ("eu_oss_vat", "EU123456789", None),
        ("gb_vat", "GB123456789", "GB"),
        ("us_ein", "12-3456789", "US"),
        ("ch_vat", "CHE-123.456.789 MWST", "CH"),
        ("br_cnpj", "01.234.456/5432-10", "BR"),
        ("jp_trn", "T1234567890123", "JP"),
        ("ca_qst", "1234567890TQ1234", "CA"),
        ("no_vat", "123456789MVA", "NO"),
        ("in_gst", "12ABCDE3456FGZH", "IN"),
    ],
)
def test_well_formed_numbers(type, value, country):
    assert is_well_formed(type, value)
    assert country_of(type, value) == country


@pytest.mark.parametrize("type", TAX_ID_TYPES)
def test_no_type_takes_any_text(type):
    assert not is_well_formed(type, "not a number at all!")


def test_check_digits_decide_the_verification():
    assert has_right_digits("eu_vat", "DE136695976")
    assert not has_right_digits("eu_vat", "DE123456789")
    assert has_right_digits("eu_vat", "XI980780684")


def test_a_customer_has_tax_ids(client):
    customer = client.v1.customers.create({})
    of_customer = client.v1.customers.tax_ids

    tax_id = of_customer.create(customer.id, {"type": "us_ein", "value": "12-3456789"})

    assert tax_id.verification.status == "unavailable"
    assert (tax_id.country, tax_id.owner.type) == ("US", "customer")
    assert of_customer.retrieve(customer.id, tax_id.id) == tax_id
    assert client.v1.tax_ids.retrieve(tax_id.id) == tax_id
    assert [each.id for each in of_customer.list(customer.id).data] == [tax_id.id]
    assert of_customer.delete(customer.id, tax_id.id).deleted
    assert of_customer.list(customer.id).data == []
    told = [each.type for each in client.v1.events.list({"type": "customer.tax_id.*"}).data]
    assert told[:2] == ["customer.tax_id.deleted", "customer.tax_id.created"]


def test_the_account_has_tax_ids_of_its_own(client):
    customer = client.v1.customers.create({})
    own = client.v1.tax_ids.create({"type": "gb_vat", "value": "GB980780684"})
    owner = {"type": "customer", "customer": customer.id}
    other = client.v1.tax_ids.create({"type": "us_ein", "value": "12-3456789", "owner": owner})

    assert own.customer is None and own.owner.type == "self"
    assert [each.id for each in client.v1.tax_ids.list().data] == [own.id]
    assert [each.id for each in client.v1.tax_ids.list({"owner": owner}).data] == [other.id]


def test_numbers_with_a_register_wait_for_its_answer(client):
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": 1_700_000_000})
    customer = client.v1.customers.create(
        {"test_clock": clock.id, "tax_id_data": [{"type": "eu_vat", "value": "111111111"}]}
    )
    [waiting] = client.v1.customers.tax_ids.list(customer.id).data
    assert waiting.verification.status == "pending"

    client.v1.test_helpers.test_clocks.advance(clock.id, {"frozen_time": 1_700_000_060})
    while client.v1.test_helpers.test_clocks.retrieve(clock.id).status == "advancing":
        pass

    [verified] = client.v1.customers.tax_ids.list(customer.id).data
    assert verified.verification.status == "unverified"


def test_a_number_of_the_wrong_form_is_refused(client):
    customer = client.v1.customers.create({})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.tax_ids.create(customer.id, {"type": "eu_vat", "value": "DE1"})

    assert (refused.value.code, refused.value.param) == ("tax_id_invalid", "value")


def test_another_customers_tax_id_is_not_found(client):
    one, other = client.v1.customers.create({}), client.v1.customers.create({})
    tax_id = client.v1.customers.tax_ids.create(one.id, {"type": "us_ein", "value": "12-3456789"})

    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.customers.tax_ids.retrieve(other.id, tax_id.id)

    assert refused.value.http_status == 404


def test_an_invoice_shows_the_numbers_of_the_account_not_of_a_customer(client):
    customer = client.v1.customers.create({})
    theirs = client.v1.customers.tax_ids.create(
        customer.id, {"type": "us_ein", "value": "12-3456789"}
    )
    own = client.v1.tax_ids.create({"type": "us_ein", "value": "98-7654321"})

    def invoice(tax_id):
        return client.v1.invoices.create({"customer": customer.id, "account_tax_ids": [tax_id.id]})

    assert invoice(own).account_tax_ids == [own.id]
    with pytest.raises(stripe.InvalidRequestError) as refused:
        invoice(theirs)
    assert (refused.value.code, refused.value.param) == ("resource_missing", "account_tax_ids[0]")
