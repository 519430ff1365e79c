"""Invoice amounts: from lines to what is due, with the customer's balance and the limits."""

import pytest

from acceptance.till import Till, refused


@pytest.fixture
def till(client):
    return Till(client)


def amounts(invoice):
    return (
        invoice.subtotal, invoice.total, invoice.starting_balance, invoice.ending_balance,
        invoice.amount_due, invoice.amount_paid, invoice.amount_remaining,
    )  # fmt: skip


def test_a_credit_on_the_balance_is_used_up_to_the_total(client, till):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -2000, "currency": "usd"}
    )
    draft = till.draft(1500)
    assert amounts(draft) == (1500, 1500, -2000, None, 0, 0, 0)

    invoice = client.v1.invoices.finalize_invoice(draft.id)

    assert amounts(invoice) == (1500, 1500, -2000, -500, 0, 0, 0)
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 0)
    assert till.balance == -500
    assert till.moves() == [("applied_to_invoice", 1500), ("adjustment", -2000)]
    second = till.open(1500)
    assert amounts(second) == (1500, 1500, -500, 0, 1000, 0, 1000)
    assert till.balance == 0


def test_a_debt_on_the_balance_is_collected_with_the_next_invoice(client, till):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": 700, "currency": "usd"}
    )

    invoice = till.paid(1500)

    assert amounts(invoice) == (1500, 1500, 700, 0, 2200, 2200, 0)
    assert till.balance == 0
    [charge] = client.v1.charges.list({"customer": till.customer}).data
    assert charge.amount == 2200
    assert till.moves()[0] == ("applied_to_invoice", -700)


def test_a_negative_total_becomes_credit(till):
    invoice = till.open(-500)

    assert amounts(invoice) == (-500, -500, 0, -500, 0, 0, 0)
    assert (invoice.status, invoice.attempt_count) == ("paid", 0)
    assert till.moves() == [("applied_to_invoice", -500)]
    after = till.paid(800)
    assert amounts(after) == (800, 800, -500, 0, 300, 300, 0)


def test_the_balance_of_a_draft_follows_the_customer_until_it_is_finalized(client, till):
    draft = till.draft(1500)
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -400, "currency": "usd"}
    )

    invoice = client.v1.invoices.finalize_invoice(draft.id)
    assert (invoice.starting_balance, invoice.amount_due) == (-400, 1100)

    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -300, "currency": "usd"}
    )
    assert till.read(invoice).amount_due == 1100  # an open invoice takes no more of it


def test_voiding_gives_the_balance_back(client, till):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": -400, "currency": "usd"}
    )
    invoice = till.open(1500)
    assert till.balance == 0

    client.v1.invoices.void_invoice(invoice.id)

    assert till.balance == -400
    assert till.moves()[0] == ("unapplied_from_invoice", -400)
    [transaction, *_] = client.v1.customers.balance_transactions.list(till.customer).data
    assert (transaction.invoice, transaction.ending_balance) == (invoice.id, -400)


@pytest.mark.parametrize("amount", [1, 4, 49])
def test_too_little_to_charge_is_owed_on_the_balance(client, till, amount):
    invoice = till.open(amount)

    assert amounts(invoice) == (amount, amount, 0, amount, 0, 0, 0)
    assert (invoice.status, invoice.attempted, invoice.attempt_count) == ("paid", True, 0)
    assert till.balance == amount
    assert till.moves() == [("invoice_too_small", amount)]
    assert till.read(invoice, "payments").payments.data == []
    later = till.paid(1000)
    assert amounts(later) == (1000, 1000, amount, 0, 1000 + amount, 1000 + amount, 0)
    assert till.balance == 0


@pytest.mark.parametrize(("currency", "minimum"), [
    ("usd", 50), ("aed", 200), ("aud", 50), ("bgn", 100), ("brl", 50), ("cad", 50), ("chf", 50),
    ("czk", 1500), ("dkk", 250), ("eur", 50), ("gbp", 30), ("hkd", 400), ("huf", 17500),
    ("inr", 50), ("jpy", 50), ("mxn", 1000), ("myr", 200), ("nok", 300), ("nzd", 50),
    ("pln", 200), ("ron", 200), ("sek", 300), ("sgd", 50), ("thb", 1000),
])  # fmt: skip
def test_every_currency_has_its_smallest_charge(client, currency, minimum):
    below, exact = Till(client, currency=currency), Till(client, currency=currency)

    assert below.open(minimum - 1).status == "paid"
    assert below.balance == minimum - 1
    opened = exact.open(minimum)
    assert (opened.status, opened.amount_due) == ("open", minimum)


def test_the_largest_amounts(client, till):
    assert till.open(99999999).amount_due == 99999999
    assert refused(till.item, 100000000)[0] == 400
    rupees = Till(client, currency="inr")
    assert rupees.open(999999999).amount_due == 999999999
    assert refused(rupees.item, 1000000000)[0] == 400
    rupiah = Till(client, currency="idr")
    assert rupiah.open(999999999999).amount_due == 999999999999


def test_amounts_of_currencies_without_decimals_are_whole_units(client):
    yen = Till(client, currency="jpy")
    assert yen.paid(1500).amount_paid == 1500
    assert refused(Till(client, currency="xyz").item, 100)[0] == 400


def test_an_invoice_of_the_balance_alone(client, till):
    client.v1.customers.balance_transactions.create(
        till.customer, {"amount": 900, "currency": "usd"}
    )

    invoice = till.paid()

    assert amounts(invoice) == (0, 0, 900, 0, 900, 900, 0)


def test_only_adjustments_can_be_made_by_hand_and_only_their_words_change(client, till):
    api = client.v1.customers.balance_transactions
    made = api.create(till.customer, {"amount": -400, "currency": "usd", "description": "sorry"})
    assert (made.type, made.amount, made.ending_balance) == ("adjustment", -400, -400)
    changed = api.update(till.customer, made.id, {"description": "x", "metadata": {"a": "b"}})
    assert (changed.description, changed.amount) == ("x", -400)
    assert refused(api.update, till.customer, made.id, {"amount": 5})[:3] == (
        400, "parameter_unknown", "amount"
    )  # fmt: skip
    listed = client.v1.customers.balance_transactions.list(till.customer)
    assert listed.url == f"/v1/customers/{till.customer}/balance_transactions"


def test_shipping_is_part_of_the_total(client, till):
    rate = client.v1.shipping_rates.create(
        {"display_name": "Post", "type": "fixed_amount",
         "fixed_amount": {"amount": 300, "currency": "usd"}}
    )  # fmt: skip

    invoice = till.paid(1000, shipping_cost={"shipping_rate": rate.id})

    assert (invoice.subtotal, invoice.amount_shipping, invoice.total) == (1000, 300, 1300)
    assert invoice.shipping_cost.amount_total == 300 and invoice.amount_paid == 1300


def test_an_overpayment_becomes_credit(client, till):
    invoice = till.open(1000)
    before = till.mark()
    intent = client.v1.payment_intents.create(
        {"amount": 1400, "currency": "usd", "customer": till.customer, "confirm": True,
         "payment_method": "pm_card_visa",
         "automatic_payment_methods": {"enabled": True, "allow_redirects": "never"}}
    )  # fmt: skip

    attached = client.v1.invoices.attach_payment(invoice.id, {"payment_intent": intent.id})

    assert (attached.status, attached.amount_paid, attached.amount_overpaid) == ("paid", 1000, 400)
    assert till.balance == -400
    assert till.moves() == [("invoice_overpaid", -400)]
    types = till.told(since=before)
    assert "invoice.overpaid" in types and "invoice_payment.paid" in types
    payments = till.read(invoice, "payments").payments.data
    assert {each.is_default: each.status for each in payments} == {True: "canceled", False: "paid"}
