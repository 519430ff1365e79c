"""Bank debits: each test account pays, fails or is disputed as documented, also for invoices."""

from __future__ import annotations

from typing import Any

import pytest

from acceptance.till import DAY, HOUR, Till, at, refused

START = "2027-01-15"
ACCEPTED = {"customer_acceptance": {"type": "online", "online": {
    "ip_address": "127.0.0.1", "user_agent": "tests"}}}
QUICK, SLOW = 60, 240


def described(kind: str, number: str) -> dict[str, Any]:
    """Return the parameters of a bank account."""
    hashes = {
        "us_bank_account": {"account_holder_type": "individual", "account_number": number,
                            "routing_number": "110000000"},
        "sepa_debit": {"iban": number},
        "bacs_debit": {"account_number": number, "sort_code": "10-88-00"},
    }
    return {"type": kind, kind: hashes[kind],
            "billing_details": {"name": "Ada", "email": "ada@example.com"}}


CURRENCY = {"us_bank_account": "usd", "sepa_debit": "eur", "bacs_debit": "gbp"}
SETTLED = ("succeeded", None, "active")


def failed(code: str, mandate: str = "active") -> tuple[str, str, str]:
    return "failed", code, mandate


ACCOUNTS = [
    ("us_bank_account", "000123456789", QUICK, SETTLED),
    ("us_bank_account", "000111111113", QUICK, failed("account_closed", "inactive")),
    ("us_bank_account", "000111111116", QUICK, failed("no_account", "inactive")),
    ("us_bank_account", "000222222227", QUICK, failed("insufficient_funds")),
    ("us_bank_account", "000333333335", QUICK, failed("debit_not_authorized", "inactive")),
    ("us_bank_account", "000444444440", QUICK, failed("invalid_currency")),
    ("us_bank_account", "000555555559", QUICK, SETTLED),
    ("us_bank_account", "000777777771", QUICK, failed("charge_exceeds_weekly_limit")),
    ("sepa_debit", "AT611904300234573201", QUICK, SETTLED),
    ("sepa_debit", "DE89370400440532013000", QUICK, SETTLED),
    ("sepa_debit", "AT321904300235473204", SLOW, SETTLED),
    ("sepa_debit", "AT861904300235473202", QUICK, failed("generic_could_not_process")),
    ("sepa_debit", "AT051904300235473205", SLOW, failed("generic_could_not_process")),
    ("sepa_debit", "AT591904300235473203", QUICK, SETTLED),
    ("sepa_debit", "AT981904300000343434", QUICK, failed("charge_exceeds_source_limit")),
    ("sepa_debit", "AT601904300000121212", QUICK, failed("charge_exceeds_weekly_limit")),
    ("bacs_debit", "00012345", QUICK, SETTLED),
    ("bacs_debit", "90012345", SLOW, SETTLED),
    ("bacs_debit", "33333335", QUICK, failed("debit_not_authorized", "inactive")),
    ("bacs_debit", "93333335", SLOW, failed("debit_not_authorized", "inactive")),
    ("bacs_debit", "22222227", QUICK, failed("insufficient_funds")),
    ("bacs_debit", "92222227", SLOW, failed("insufficient_funds")),
    ("bacs_debit", "55555559", SLOW, SETTLED),
]
DISPUTED = {"000555555559", "AT591904300235473203", "55555559"}
NAMED = {
    "success": None, "accountClosed": "account_closed", "noAccount": "no_account",
    "insufficientFunds": "insufficient_funds", "debitNotAuthorized": "debit_not_authorized",
    "invalidCurrency": "invalid_currency", "weeklyLimitExceeded": "charge_exceeds_weekly_limit",
    "canceledByUser": "debit_not_authorized", "internalFailure": "generic_could_not_process",
    "invalidAccountNumber": "invalid_account_number", "dispute": None,
}  # fmt: skip


def saved(client: Any, customer: str, kind: str, number: str) -> str:
    """Set a bank account up for a customer, with its deposits where it needs them."""
    intent = client.v1.setup_intents.create({
        "customer": customer, "confirm": True, "mandate_data": ACCEPTED,
        "payment_method_data": described(kind, number),
    })
    if intent.status == "requires_action":
        assert intent.next_action.type == "verify_with_microdeposits"
        intent = client.v1.setup_intents.verify_microdeposits(intent.id, {"amounts": [32, 45]})
    assert intent.status == "succeeded"
    assert client.v1.mandates.retrieve(intent.mandate).status == "active"
    return intent.payment_method


def debit(client: Any, till: Till, method: str, currency: str) -> Any:
    return client.v1.payment_intents.create({
        "amount": 2000, "currency": currency, "customer": till.customer, "confirm": True,
        "payment_method": method, "off_session": True,
    })


def outcome(client: Any, intent: Any) -> tuple[Any, Any, Any, str]:
    """Return an intent, its charge, and what that came to: status, failure, mandate."""
    intent = client.v1.payment_intents.retrieve(intent.id)
    charge = client.v1.charges.retrieve(intent.latest_charge)
    details = charge.payment_method_details
    mandate = client.v1.mandates.retrieve(details[details.type].mandate).status
    return intent, charge, (charge.status, charge.failure_code, mandate)


@pytest.mark.parametrize(("kind", "number", "seconds", "wanted"), ACCOUNTS)
def test_an_account_does_what_its_number_says(client, kind, number, seconds, wanted):
    till = Till(client, on=START, card=None)
    method = saved(client, till.customer, kind, number)
    before = till.mark()
    intent = debit(client, till, method, CURRENCY[kind])
    assert intent.status == "processing"
    assert outcome(client, intent)[2] == ("pending", None, "active")

    till.advance(QUICK)
    if seconds == SLOW:
        assert client.v1.payment_intents.retrieve(intent.id).status == "processing"
        till.advance(SLOW - QUICK)

    intent, charge, found = outcome(client, intent)
    assert found == wanted
    assert charge.id.startswith("py_")
    types = [each for each in till.told(since=before) if "charge." in each or "intent" in each]
    begun = ["payment_intent.created", "charge.pending", "payment_intent.processing"]
    if wanted == SETTLED:
        assert intent.status == "succeeded"
        assert types[:4] == [*begun, "charge.succeeded"]
        assert types[-1] == "payment_intent.succeeded"
    else:
        assert intent.status == "requires_payment_method"
        assert types == [*begun, "charge.failed", "payment_intent.payment_failed"]
    assert charge.disputed is (number in DISPUTED)
    again = {"amount": 2000, "currency": CURRENCY[kind], "customer": till.customer,
             "confirm": True, "payment_method": method}
    if wanted[2] == "inactive":
        assert refused(client.v1.payment_intents.create, again)[:2] == (
            400, "billing_invalid_mandate")
    else:
        assert client.v1.payment_intents.create(again).status == "processing"


def test_accounts_have_names_that_need_no_verification(client):
    till = Till(client, on=START, card=None)
    intents = {
        name: debit(client, till, client.v1.payment_methods.attach(
            f"pm_usBankAccount_{name}", {"customer": till.customer}).id, "usd")
        for name in [*NAMED, "processing"]
    }
    till.advance(QUICK)
    for name, intent in intents.items():
        intent, charge, _ = outcome(client, intent)
        if name == "processing":
            assert (intent.status, charge.status) == ("processing", "pending")
            continue
        assert charge.failure_code == NAMED[name]
        assert intent.status == ("requires_payment_method" if NAMED[name] else "succeeded")
    till.advance(20 * DAY)
    assert client.v1.payment_intents.retrieve(intents["processing"].id).status == "processing"


def test_a_mandate_can_be_refused_or_rejected(client):
    till = Till(client, card=None)

    def set_up(number: str) -> dict[str, Any]:
        return {"customer": till.customer, "confirm": True, "mandate_data": ACCEPTED,
                "payment_method_data": described("bacs_debit", number)}

    assert refused(client.v1.setup_intents.create, set_up("00044444"))[:2] == (
        400, "billing_invalid_mandate")
    later = client.v1.setup_intents.create(set_up("00033333"))
    assert client.v1.mandates.retrieve(later.mandate).status == "inactive"


@pytest.mark.parametrize(("answer", "code", "status"), [
    ({"amounts": [32, 45]}, None, "succeeded"),
    ({"amounts": [45, 32]}, None, "succeeded"),
    ({"descriptor_code": "SM11AA"}, None, "succeeded"),
    ({"amounts": [10, 11]}, "verification_attempts_exceeded", "requires_payment_method"),
    ({"descriptor_code": "SM33CC"}, "verification_attempts_exceeded", "requires_payment_method"),
    ({"amounts": [40, 41]}, "verification_timeout", "requires_payment_method"),
    ({"descriptor_code": "SM44DD"}, "verification_timeout", "requires_payment_method"),
    ({"amounts": [1, 2]}, "verification_amounts_mismatch", "requires_action"),
    ({"descriptor_code": "SM00XX"}, "verification_descriptor_code_mismatch", "requires_action"),
])
def test_deposits_verify_an_account(client, answer, code, status):
    intent = client.v1.setup_intents.create({
        "confirm": True, "mandate_data": ACCEPTED,
        "payment_method_data": described("us_bank_account", "000123456789"),
    })
    verify = client.v1.setup_intents.verify_microdeposits
    if code is None:
        assert verify(intent.id, answer).status == status
    else:
        assert refused(verify, intent.id, answer)[:2] == (
            400, f"payment_method_microdeposit_{code}")
        assert client.v1.setup_intents.retrieve(intent.id).status == status


def test_deposits_may_not_arrive(client):
    intent = client.v1.setup_intents.create({
        "confirm": True, "mandate_data": ACCEPTED,
        "payment_method_data": described("us_bank_account", "000666666661"),
    })
    assert refused(
        client.v1.setup_intents.verify_microdeposits, intent.id, {"amounts": [32, 45]}
    )[:2] == (400, "payment_method_microdeposit_failed")


class TestSubscriptions:
    """A debit on its way begins a subscription; what fails later is retried within limits."""

    @pytest.fixture
    def till(self, client):
        return Till(client, on=START, card=None)

    @pytest.fixture
    def price(self, client):
        return client.v1.prices.create({
            "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"}}).id

    def use(self, till, name):
        return till.use(f"pm_usBankAccount_{name}")

    def begin(self, till, price):
        return till.client.subscriptions.create(
            {"customer": till.customer, "items": [{"price": price}]})

    def state(self, till, subscription):
        found = till.client.subscriptions.retrieve(
            subscription.id, {"expand": ["latest_invoice"]})
        invoice = found.latest_invoice
        return found.status, invoice.status, invoice.attempted, invoice.attempt_count

    def test_it_is_active_while_its_first_debit_is_on_its_way(self, till, price):
        self.use(till, "success")
        before = till.mark()
        found = self.begin(till, price)
        assert self.state(till, found) == ("active", "open", True, 1)
        till.advance(QUICK)
        assert self.state(till, found) == ("active", "paid", True, 1)
        types = till.told(since=before)
        assert types.index("payment_intent.processing") < types.index("charge.succeeded")
        assert [each for each in types if each.startswith(("invoice.p", "invoice_"))] == [
            "invoice.paid", "invoice.payment_succeeded", "invoice_payment.paid"]

    def test_an_empty_account_is_debited_twice_more(self, till, price):
        self.use(till, "insufficientFunds")
        found = self.begin(till, price)
        till.advance(QUICK)
        assert self.state(till, found) == ("past_due", "open", True, 1)
        invoice = till.invoices()[0]
        assert (invoice.auto_advance, invoice.next_payment_attempt) == (
            True, at(START) + 19 * HOUR)
        till.advance(10 * DAY)
        assert self.state(till, found) == ("past_due", "open", True, 3)
        assert len(till.client.charges.list({"customer": till.customer}).data) == 3
        till.advance(4 * DAY)
        assert self.state(till, found) == ("canceled", "open", True, 3)

    def test_a_renewal_is_retried_as_often(self, till, price):
        self.use(till, "success")
        found = self.begin(till, price)
        self.use(till, "insufficientFunds")
        till.advance(to=at("2027-02-15") + HOUR + 1)
        assert self.state(till, found) == ("active", "open", True, 1)
        till.advance(9 * DAY)
        assert self.state(till, found) == ("past_due", "open", True, 3)

    def test_a_closed_account_waits_for_another(self, till, price):
        self.use(till, "accountClosed")
        found = self.begin(till, price)
        till.advance(2 * DAY)
        assert self.state(till, found) == ("past_due", "open", True, 1)
        till.use("pm_card_visa")
        till.advance(2 * DAY)
        assert self.state(till, found) == ("active", "paid", True, 2)

    def test_a_disputed_debit_stays_paid(self, till, price):
        self.use(till, "dispute")
        found = self.begin(till, price)
        till.advance(QUICK)
        assert self.state(till, found) == ("active", "paid", True, 1)
        charge = till.client.charges.list({"customer": till.customer}).data[0]
        found = till.client.disputes.list({"charge": charge.id}).data
        assert [each.status for each in found] == ["needs_response"]

    def test_a_deleted_clock_leaves_nothing_in_the_books(self, client, till, price):
        self.use(till, "accountClosed")
        self.begin(till, price)
        till.advance(QUICK)
        client.v1.test_helpers.test_clocks.delete(till.clock)
        assert client.v1.customers.retrieve(till.customer).deleted is True
