"""Bank transfers: what customers send is kept as cash, and pays what has waited for it."""

from __future__ import annotations

from typing import Any

import pytest
import stripe

from acceptance.till import Till, refused

TRANSFER = {
    "jpy": {"type": "jp_bank_transfer"},
    "usd": {"type": "us_bank_transfer"},
    "eur": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "DE"}},
    "gbp": {"type": "gb_bank_transfer"},
    "mxn": {"type": "mx_bank_transfer"},
}


class Sender(Till):
    """A customer who pays by sending money."""

    def intent(self, amount: int, **params: Any) -> Any:
        options = {"funding_type": "bank_transfer", "bank_transfer": TRANSFER[self.currency]}
        return self.client.payment_intents.create({
            "amount": amount, "currency": self.currency, "customer": self.customer,
            "allowed_payment_method_types": ["customer_balance"],
            "payment_method_data": {"type": "customer_balance"},
            "payment_method_options": {"customer_balance": options}, "confirm": True, **params,
        })  # fmt: skip

    def send(self, amount: int, **params: Any) -> Any:
        return self.client.test_helpers.customers.fund_cash_balance(
            self.customer, {"amount": amount, "currency": self.currency, **params}
        )

    def bill(self, amount: int, **params: Any) -> Any:
        return self.open(amount, collection_method="send_invoice", days_until_due=10,
                         payment_settings={"payment_method_types": ["customer_balance"]},
                         **params)  # fmt: skip

    @property
    def cash(self) -> int:
        found = self.client.customers.cash_balance.retrieve(self.customer).available
        return 0 if found is None else found.to_dict().get(self.currency, 0)

    def movements(self) -> list[tuple[str, int, int]]:
        """Return the (type, net amount, ending balance) of the cash, the oldest first."""
        found = self.client.customers.cash_balance_transactions.list(self.customer).data
        return [(each.type, each.net_amount, each.ending_balance) for each in reversed(found)]

    def again(self, intent: Any, *expand: str) -> Any:
        return self.client.payment_intents.retrieve(intent.id, {"expand": list(expand)})


@pytest.fixture
def sender(client: stripe.StripeClient) -> Sender:
    return Sender(client, card=None)


def missing(intent: Any) -> int:
    return intent.next_action.display_bank_transfer_instructions.amount_remaining


@pytest.mark.parametrize(("currency", "kinds"), [
    ("usd", ["aba", "swift"]), ("eur", ["iban"]), ("gbp", ["sort_code"]), ("jpy", ["zengin"]),
    ("mxn", ["spei"]),
])  # fmt: skip
def test_an_intent_says_where_its_money_is_to_be_sent(client, currency, kinds):
    sender = Sender(client, card=None, currency=currency)
    mark = sender.mark()
    intent = sender.intent(2_000)
    told = intent.next_action.display_bank_transfer_instructions
    assert (intent.status, intent.next_action.type) == (
        "requires_action", "display_bank_transfer_instructions",
    )  # fmt: skip
    assert (told.amount_remaining, told.currency) == (2_000, currency)
    assert [each.type for each in told.financial_addresses] == kinds
    assert told.hosted_instructions_url.startswith("http")
    assert sender.told(since=mark) == ["payment_intent.created", "payment_intent.requires_action"]


def test_too_little_money_funds_an_intent_in_part(sender):
    intent = sender.intent(2_000)
    mark = sender.mark()
    assert sender.send(700).type == "funded"
    intent = sender.again(intent)
    assert (intent.status, intent.amount_received, missing(intent)) == ("requires_action", 0, 1_300)
    assert sender.told(since=mark) == [
        "customer_cash_balance_transaction.created", "customer_cash_balance_transaction.created",
        "payment_intent.partially_funded",
    ]  # fmt: skip
    assert sender.movements() == [("funded", 700, 700), ("applied_to_payment", -700, 0)]


def test_the_rest_of_the_money_pays_the_intent_once_and_whole(sender):
    intent = sender.intent(2_000)
    sender.send(700)
    mark = sender.mark()
    sender.send(1_500)
    intent = sender.again(intent, "latest_charge.balance_transaction")
    assert (intent.status, intent.amount_received, intent.next_action) == ("succeeded", 2_000, None)
    charge = intent.latest_charge
    assert (charge.amount, charge.payment_method_details.type) == (2_000, "customer_balance")
    assert charge.id.startswith("py_") and charge.balance_transaction.net == 2_000
    assert sender.told(since=mark) == [
        "customer_cash_balance_transaction.created", "customer_cash_balance_transaction.created",
        "charge.succeeded", "payment_intent.succeeded", "balance.available",
        "cash_balance.funds_available",
    ]  # fmt: skip
    assert sender.cash == 200
    applied = sender.client.customers.cash_balance_transactions.list(sender.customer).data[0]
    assert applied.applied_to_payment.payment_intent == intent.id


def test_cash_that_is_there_pays_at_the_confirmation(sender):
    sender.send(2_500)
    assert sender.intent(2_000).status == "succeeded"
    assert sender.cash == 500
    second = sender.intent(2_000)
    assert (second.status, missing(second), sender.cash) == ("requires_action", 1_500, 0)


def test_a_transfer_that_names_a_payment_goes_to_it(sender):
    old, new = sender.intent(2_000), sender.intent(3_000)
    reference = new.next_action.display_bank_transfer_instructions.reference
    sender.send(1_000, reference=f"order {reference.lower()}")
    assert (missing(sender.again(old)), missing(sender.again(new))) == (2_000, 2_000)


def test_an_exact_amount_finds_its_payment_and_else_the_oldest_is_funded(sender):
    old, new = sender.intent(2_000), sender.intent(3_000)
    sender.send(3_000)
    assert sender.again(new).status == "succeeded"
    sender.send(500)
    assert missing(sender.again(old)) == 1_500


def test_canceling_a_partly_funded_intent_gives_its_cash_back(sender):
    intent = sender.intent(2_000)
    sender.send(700)
    sender.client.payment_intents.cancel(intent.id)
    assert sender.again(intent).status == "canceled"
    assert sender.movements()[-1] == ("unapplied_from_payment", 700, 700)


def test_by_hand_nothing_is_used_before_the_seller_says_so(sender):
    sender.client.customers.cash_balance.update(
        sender.customer, {"settings": {"reconciliation_mode": "manual"}}
    )
    intent = sender.intent(2_000)
    mark = sender.mark()
    sender.send(1_200)
    assert sender.told(since=mark) == [
        "customer_cash_balance_transaction.created", "cash_balance.funds_available",
    ]  # fmt: skip
    apply = sender.client.payment_intents.apply_customer_balance
    assert refused(apply, intent.id)[:3] == (400, None, "amount")
    assert refused(apply, intent.id, {"amount": 100, "currency": "eur"})[2] == "currency"
    assert refused(apply, intent.id, {"amount": 0})[1] == "parameter_invalid_integer"
    assert missing(apply(intent.id, {"amount": 1_000})) == 1_000
    sender.send(800)
    assert apply(intent.id).status == "succeeded"
    assert sender.cash == 0
    assert refused(apply, intent.id)[1] == "payment_intent_unexpected_state"


def test_an_invoice_takes_all_of_its_money_or_nothing(sender):
    invoice = sender.bill(5_000)
    sender.send(4_999)
    assert (sender.read(invoice).status, sender.cash) == ("open", 4_999)
    mark = sender.mark()
    sender.send(1)
    invoice = sender.read(invoice)
    assert (invoice.status, invoice.amount_paid, invoice.attempted) == ("paid", 5_000, True)
    assert sender.told(since=mark) == [
        "customer_cash_balance_transaction.created", "customer_cash_balance_transaction.created",
        "charge.succeeded", "payment_intent.succeeded", "invoice.updated", "invoice.paid",
        "invoice.payment_succeeded", "invoice_payment.paid", "balance.available",
    ]  # fmt: skip


def test_an_invoice_is_paid_when_it_is_finalized_and_the_cash_covers_it(sender):
    sender.send(6_000)
    invoice = sender.read(sender.bill(5_000), "payments")
    assert (invoice.status, sender.cash) == ("paid", 1_000)
    [payment] = invoice.payments.data
    assert (payment.amount_paid, payment.is_default) == (5_000, True)


def test_an_invoice_is_found_by_its_number_and_before_intents(sender):
    waiting = sender.intent(3_000)
    first, second = sender.bill(2_000), sender.bill(2_000)
    sender.send(2_500, reference=f"Invoice {second.number}")
    assert [sender.read(each).status for each in (first, second)] == ["open", "paid"]
    # What is left is not enough for the other invoice, so it helps the intent.
    assert missing(sender.again(waiting)) == 2_500


def test_an_invoice_longer_than_thirty_days_overdue_is_paid_by_hand_only(client):
    sender = Sender(client, card=None, on="2026-01-01")
    invoice = sender.bill(2_000)
    sender.advance(to="2026-02-15")
    sender.send(2_000)
    assert (sender.read(invoice).status, sender.cash) == ("open", 2_000)
    payment = sender.read(invoice, "payments").payments.data[0].payment
    sender.client.payment_intents.apply_customer_balance(payment.payment_intent)
    assert (sender.read(invoice).status, sender.cash) == ("paid", 0)


def test_an_invoice_that_is_sent_money_is_never_too_small_and_never_too_large(sender):
    assert sender.bill(4).status == "open"
    draft = sender.draft(
        60_000_000,
        60_000_000,
        collection_method="send_invoice",
        days_until_due=10,
        payment_settings={"payment_method_types": ["customer_balance"]},
    )
    assert refused(sender.client.invoices.finalize_invoice, draft.id)[:2] == (
        400, "amount_too_large",
    )  # fmt: skip
    assert sender.read(draft).status == "draft"


def test_a_draft_too_large_to_be_sent_stays_one_when_its_time_comes(client):
    sender = Sender(client, card=None, on="2026-01-01")
    draft = sender.draft(
        60_000_000,
        60_000_000,
        auto_advance=True,
        collection_method="send_invoice",
        days_until_due=10,
        payment_settings={"payment_method_types": ["customer_balance"]},
    )
    sender.advance(7_200)
    draft = sender.read(draft)
    assert (draft.status, draft.number, draft.hosted_invoice_url) == ("draft", None, None)
    assert draft.last_finalization_error.code == "amount_too_large"


def test_a_charged_invoice_uses_cash_or_waits_for_it(sender):
    settings = {"payment_method_types": ["customer_balance"]}
    sender.send(2_000)
    paid = sender.paid(2_000, payment_settings=settings)
    assert (paid.status, sender.cash) == ("paid", 0)
    draft = sender.draft(3_000, payment_settings=settings)
    assert refused(sender.client.invoices.pay, draft.id)[:2] == (
        402, "invoice_payment_intent_requires_action",
    )  # fmt: skip
    sender.send(3_000)
    assert sender.read(draft).status == "paid"


def test_a_refund_goes_to_the_cash_balance_and_from_there_to_the_bank(sender):
    intent = sender.intent(2_000)
    sender.send(2_000)
    mark = sender.mark()
    refund = sender.client.refunds.create({"payment_intent": intent.id, "amount": 1_500})
    assert refund.status == "succeeded"
    assert refund.destination_details.type == "customer_cash_balance"
    assert sender.told(since=mark) == [
        "customer_cash_balance_transaction.created", "charge.refunded", "refund.created",
    ]  # fmt: skip
    assert sender.movements()[-1] == ("refunded_from_payment", 1_500, 1_500)
    back = sender.client.refunds.create(
        {"origin": "customer_balance", "customer": sender.customer, "currency": "usd"}
    )
    assert (back.amount, back.status, back.charge) == (1_500, "pending", None)
    assert back.destination_details.type == "us_bank_transfer"
    assert sender.movements()[-1] == ("return_initiated", -1_500, 0)


def test_a_return_of_cash_arrives_after_a_moment(client):
    sender = Sender(client, card=None, on="2026-01-01")
    sender.send(900)
    back = sender.client.refunds.create(
        {"origin": "customer_balance", "customer": sender.customer, "currency": "usd",
         "amount": 400}
    )  # fmt: skip
    sender.advance(60)
    assert sender.client.refunds.retrieve(back.id).status == "succeeded"
    assert sender.cash == 500


@pytest.mark.parametrize(("params", "param"), [
    ({"currency": "usd"}, "customer"),
    ({"customer": "@"}, "currency"),
    ({"customer": "@", "currency": "usd", "amount": 901}, "amount"),
    ({"customer": "@", "currency": "eur"}, "amount"),
    ({"customer": "@", "currency": "usd", "reason": "duplicate"}, "reason"),
])  # fmt: skip
def test_more_cash_than_there_is_is_not_returned(sender, params, param):
    sender.send(900)
    sent = {key: sender.customer if value == "@" else value for key, value in params.items()}
    answer = refused(sender.client.refunds.create, {"origin": "customer_balance", **sent})
    assert answer[0] == 400 and answer[2] == param
    assert sender.cash == 900


def test_a_credit_note_refunds_to_the_cash_balance(sender):
    invoice = sender.bill(5_000)
    sender.send(5_000)
    note = sender.client.credit_notes.create(
        {"invoice": invoice.id, "amount": 2_000, "refund_amount": 2_000}
    )
    assert (note.type, note.refunds[0].amount_refunded) == ("post_payment", 2_000)
    assert sender.cash == 2_000


@pytest.mark.parametrize(("change", "code", "param"), [
    ({"payment_method_options": {}}, "parameter_missing",
     "payment_method_options[customer_balance][funding_type]"),
    ({"payment_method_options": {"customer_balance": {"funding_type": "bank_transfer"}}},
     "parameter_missing", "payment_method_options[customer_balance][bank_transfer][type]"),
    ({"payment_method_options": {"customer_balance": {
        "funding_type": "bank_transfer", "bank_transfer": {"type": "gb_bank_transfer"}}}},
     None, "payment_method_options[customer_balance][bank_transfer][type]"),
    ({"currency": "chf"}, "payment_intent_invalid_currency", "currency"),
    ({"customer": None}, None, "customer"),
    ({"setup_future_usage": "off_session"}, None, "setup_future_usage"),
])  # fmt: skip
def test_a_transfer_that_nobody_could_make_is_refused(sender, change, code, param):
    assert refused(sender.intent, 2_000, **change)[:3] == (400, code, param)


def test_cash_is_neither_saved_nor_set_up(sender):
    method = sender.client.payment_methods.create({"type": "customer_balance"})
    assert (method.type, method.customer_balance.to_dict()) == ("customer_balance", {})
    attach = sender.client.payment_methods.attach
    assert "cannot be attached" in refused(attach, method.id, {"customer": sender.customer})[3]
    create = sender.client.setup_intents.create
    assert refused(create, {"payment_method": method.id})[2] == "payment_method"


def test_funding_instructions_name_the_same_account_each_time(sender):
    ask = sender.client.customers.funding_instructions.create
    params = {
        "currency": "eur", "funding_type": "bank_transfer",
        "bank_transfer": {"type": "eu_bank_transfer", "eu_bank_transfer": {"country": "NL"}},
    }  # fmt: skip
    told = ask(sender.customer, params)
    assert (told.object, told.currency, told.funding_type) == (
        "funding_instructions", "eur", "bank_transfer",
    )  # fmt: skip
    [address] = told.bank_transfer.financial_addresses
    assert (told.bank_transfer.country, address.iban.country) == ("NL", "NL")
    assert address.iban.iban.startswith("NL") and len(address.iban.iban) == 18
    assert ask(sender.customer, params) == told
    params["bank_transfer"] = {"type": "eu_bank_transfer"}
    assert refused(ask, sender.customer, params)[2] == "bank_transfer[eu_bank_transfer]"
