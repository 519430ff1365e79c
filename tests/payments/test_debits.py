"""Debits: bank accounts pay some time after they were asked."""

import pytest
import stripe

from payments.world import START, US_ACCOUNT

ACCEPTANCE = {"customer_acceptance": {"type": "online", "online": {
    "ip_address": "127.0.0.1", "user_agent": "tests"}}}


@pytest.fixture
def clock(client):
    return client.v1.test_helpers.test_clocks.create({"frozen_time": START})


@pytest.fixture
def payer(client, clock):
    return client.v1.customers.create({"test_clock": clock.id})


def sepa(iban):
    return {
        "currency": "eur",
        "payment_method_data": {
            "type": "sepa_debit", "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Ada", "email": "ada@example.com"},
        },
    }


def bacs(number):
    return {
        "currency": "gbp",
        "payment_method_data": {
            "type": "bacs_debit", "bacs_debit": {"sort_code": "108800", "account_number": number},
        },
    }


@pytest.fixture
def debit(client, payer):
    def create(params):
        return client.v1.payment_intents.create({
            "amount": 2000, "customer": payer.id, "confirm": True, "mandate_data": ACCEPTANCE,
            **params,
        })

    return create


@pytest.mark.parametrize(("params", "seconds", "status", "code"), [
    pytest.param(sepa("DE89370400440532013000"), 60, "succeeded", None, id="sepa pays"),
    pytest.param(sepa("AT321904300235473204"), 60, "processing", None, id="sepa pays late"),
    pytest.param(sepa("AT321904300235473204"), 240, "succeeded", None, id="sepa has paid late"),
    pytest.param(
        sepa("AT861904300235473202"), 60, "requires_payment_method",
        "payment_intent_payment_attempt_failed", id="sepa fails",
    ),
    pytest.param(bacs("00012345"), 60, "succeeded", None, id="bacs pays"),
    pytest.param(
        bacs("22222227"), 60, "requires_payment_method", "insufficient_funds", id="bacs is empty"
    ),
])
def test_a_debit_comes_to_its_end_on_the_customers_clock(
    client, debit, clock, advance, params, seconds, status, code
):
    intent = debit(params)
    assert intent.status == "processing"
    charge = client.v1.charges.retrieve(intent.latest_charge)
    assert (charge.status, charge.paid) == ("pending", False)
    assert charge.id.startswith("py_")

    advance(clock, START + seconds)

    intent = client.v1.payment_intents.retrieve(intent.id)
    assert intent.status == status
    assert (intent.last_payment_error.code if intent.last_payment_error else None) == code
    if status != "processing":
        charge = client.v1.charges.retrieve(intent.latest_charge)
        assert charge.status == ("succeeded" if status == "succeeded" else "failed")


def test_a_debit_tells_each_step(debit, clock, advance, told):
    debit(sepa("DE89370400440532013000"))
    assert told.types() == [
        "payment_intent.created", "charge.pending", "payment_intent.processing",
    ]
    advance(clock, START + 60)
    types = [each for each in told.types() if not each.startswith("test_helpers")]
    assert types == ["charge.succeeded", "payment_intent.succeeded"]


def test_a_debit_has_a_mandate(client, debit):
    intent = debit(sepa("DE89370400440532013000"))
    charge = client.v1.charges.retrieve(intent.latest_charge)

    mandate = client.v1.mandates.retrieve(charge.payment_method_details.sepa_debit.mandate)
    assert (mandate.status, mandate.type) == ("active", "multi_use")
    assert mandate.customer_acceptance.online.ip_address == "127.0.0.1"


def test_an_ended_mandate_makes_the_account_unusable(client, debit, clock, payer, advance):
    method = client.v1.setup_intents.create({
        "customer": payer.id, "confirm": True, "mandate_data": ACCEPTANCE,
        "payment_method_data": bacs("33333335")["payment_method_data"],
    }).payment_method
    intent = debit({"currency": "gbp", "payment_method": method})
    advance(clock, START + 60)

    charge = client.v1.charges.retrieve(
        client.v1.payment_intents.retrieve(intent.id).latest_charge
    )
    mandate = client.v1.mandates.retrieve(charge.payment_method_details.bacs_debit.mandate)
    assert mandate.status == "inactive"
    with pytest.raises(stripe.InvalidRequestError) as raised:
        debit({"currency": "gbp", "payment_method": method})
    assert raised.value.code == "billing_invalid_mandate"


def test_a_debit_can_be_disputed(client, debit, clock, advance):
    intent = debit(sepa("AT591904300235473203"))
    advance(clock, START + 60)

    dispute = client.v1.disputes.list({"payment_intent": intent.id}).data[0]
    assert (dispute.amount, dispute.status) == (2000, "needs_response")


class TestMicrodeposits:
    """US accounts are verified by two small deposits before their first use."""

    ACCOUNT = {"payment_method_data": US_ACCOUNT, "mandate_data": ACCEPTANCE}

    @pytest.fixture
    def waiting(self, client, payer):
        return client.v1.setup_intents.create({
            "customer": payer.id, "confirm": True, **self.ACCOUNT,
        })

    def test_the_right_code_verifies_the_account(self, client, waiting, debit, clock, advance):
        assert waiting.status == "requires_action"
        assert waiting.next_action.type == "verify_with_microdeposits"
        assert waiting.next_action.verify_with_microdeposits.microdeposit_type == (
            "descriptor_code"
        )

        done = client.v1.setup_intents.verify_microdeposits(
            waiting.id, {"descriptor_code": "SM11AA"}
        )

        assert done.status == "succeeded"
        assert done.mandate is not None
        intent = debit({"currency": "usd", "payment_method": done.payment_method})
        assert intent.status == "processing"
        advance(clock, START + 60)
        assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"

    def test_the_right_amounts_verify_it_too(self, client, waiting):
        done = client.v1.setup_intents.verify_microdeposits(waiting.id, {"amounts": [32, 45]})
        assert done.status == "succeeded"

    def test_a_wrong_answer_may_be_corrected(self, client, waiting):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.setup_intents.verify_microdeposits(waiting.id, {"amounts": [1, 2]})
        assert raised.value.code == "payment_method_microdeposit_verification_amounts_mismatch"

        done = client.v1.setup_intents.verify_microdeposits(waiting.id, {"amounts": [32, 45]})
        assert done.status == "succeeded"

    def test_too_many_wrong_answers_end_it(self, client, waiting):
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.setup_intents.verify_microdeposits(
                waiting.id, {"descriptor_code": "SM33CC"}
            )
        assert raised.value.code == (
            "payment_method_microdeposit_verification_attempts_exceeded"
        )
        assert client.v1.setup_intents.retrieve(waiting.id).status == "requires_payment_method"

    def test_an_unverified_account_cannot_be_attached(self, client, payer):
        method = client.v1.payment_methods.create(self.ACCOUNT["payment_method_data"])
        with pytest.raises(stripe.InvalidRequestError) as raised:
            client.v1.payment_methods.attach(method.id, {"customer": payer.id})
        assert raised.value.code == "bank_account_unverified"

    def test_a_payment_can_wait_for_the_deposits(self, client, debit, clock, advance):
        intent = debit({"currency": "usd", **self.ACCOUNT})
        assert intent.next_action.type == "verify_with_microdeposits"

        intent = client.v1.payment_intents.verify_microdeposits(
            intent.id, {"descriptor_code": "SM11AA"}
        )
        assert intent.status == "processing"


def test_who_is_deleted_keeps_no_bank_account(client, debit, payer, clock, advance):
    intent = debit({**sepa("AT321904300235473204"), "setup_future_usage": "off_session"})
    method = client.v1.payment_methods.retrieve(intent.payment_method)
    client.v1.customers.delete(payer.id)
    advance(clock, START + 86400)
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"
    assert client.v1.payment_methods.retrieve(method.id).customer is None
    another = client.v1.customers.create({})
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.payment_methods.attach(method.id, {"customer": another.id})
