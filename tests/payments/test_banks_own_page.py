"""A challenge on the gateway's own page: nobody tells us of its end, so the gateway is asked."""

from __future__ import annotations

import json
import urllib.parse
import urllib.request

import msgspec
import pytest
import stripe

from payments.world import START, US_ACCOUNT
from prorata.engine.advance import run_due
from prorata.engine.doctor import examine
from prorata.gateways.outcomes import NeedsAction
from servers import running

CARD = "pm_card_threeDSecure2Required"
PAGE = "https://bank.example/approve?of="

ACCOUNT = {
    "payment_method_data": US_ACCOUNT,
    "mandate_data": {"customer_acceptance": {"type": "offline"}},
}


class OwnPage:
    """The sandbox's network as one whose payers approve on a page of its own."""

    def __init__(self, inner):
        self._inner = inner
        self.silent = False
        self.looks = 0

    def __getattr__(self, name):
        return getattr(self._inner, name)

    def charge(self, order):
        return self._elsewhere(self._inner.charge(order))

    def charge_many(self, orders):
        return [self.charge(order) for order in orders]

    def setup(self, order):
        return self._elsewhere(self._inner.setup(order))

    def lookup(self, key):
        self.looks += 1
        if self.silent:
            raise TimeoutError
        return self._elsewhere(self._inner.lookup(key))

    def _elsewhere(self, outcome):
        if not isinstance(outcome, NeedsAction):
            return outcome
        return msgspec.structs.replace(outcome, url=PAGE + outcome.reference)

    def name_deposits(self, url):
        self._inner.verify_microdeposits(url.removeprefix(PAGE), START, (32, 45))

    def approve(self, url, yes=True):
        self._inner.authenticate(url.removeprefix(PAGE), yes, START)


class Shop:
    """A server with such a gateway, whose clock stands still."""

    def __init__(self, server):
        self.server, self.system = server, server.system
        self.system.gateway = self.gateway = OwnPage(self.system.gateway)
        self.v1 = stripe.StripeClient(
            server.secret_key, base_addresses={"api": server.url}
        ).v1  # fmt: skip

    def pay(self, **params):
        return self.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "payment_method": CARD, "confirm": True, **params,
        })  # fmt: skip

    def later(self, seconds):
        self.system.clock.move_to(self.system.clock.now() + seconds)
        run_due(self.system, self.system.clock.now())

    def page(self, intent):
        """Return our page of an intent's challenge, its policy, and the bank's address in it."""
        action = intent.next_action
        url = (
            action.verify_with_microdeposits.hosted_verification_url
            if action.type == "verify_with_microdeposits"
            else action.use_stripe_sdk.stripe_js
        )
        with urllib.request.urlopen(url) as answer:
            html, policy = answer.read().decode(), answer.headers["content-security-policy"]
        [_, rest] = html.split('class="ask-frame" src="')
        return html, policy, rest.partition('"')[0]

    def say(self, intent, answer):
        """Answer as the form and the script of the page do."""
        form = urllib.parse.urlencode({"client_secret": intent.client_secret, "answer": answer})
        url = f"{self.server.url}/_prorata/challenge/{intent.id}"
        with urllib.request.urlopen(url, form.encode()) as page:
            return page.read().decode()

    def told(self):
        return [each.type for each in self.v1.events.list({"limit": 100}).data][::-1]


@pytest.fixture
def shop():
    with running(worker=False, now=START) as server:
        yield Shop(server)
        assert not [each for check in examine(server.system) for each in check.findings]


def test_the_page_shows_the_banks_and_sees_when_it_is_done(shop):
    intent = shop.pay()
    _, policy, bank = shop.page(intent)
    assert bank.startswith(PAGE) and "frame-src 'self' https://bank.example https:;" in policy
    assert json.loads(shop.say(intent, "look")) == {"waits": True}
    # Only the gateway can say that it was passed.
    shop.gateway.approve(bank)
    assert json.loads(shop.say(intent, "look")) == {"waits": False}
    intent = shop.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)
    assert shop.told().count("payment_intent.requires_action") == 1


def test_a_form_cannot_say_that_the_bank_agreed(shop):
    intent = shop.pay()
    assert "Not approved" in shop.say(intent, "complete")
    assert shop.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


@pytest.mark.parametrize("yes", [True, False])
def test_who_never_comes_back_is_looked_for(shop, yes):
    intent = shop.pay()
    bank = shop.page(intent)[2]
    shop.later(40)
    shop.gateway.silent = True
    shop.later(70)
    assert shop.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    shop.gateway.silent = False
    shop.gateway.approve(bank, yes)
    shop.later(1000)
    intent = shop.v1.payment_intents.retrieve(intent.id)
    assert intent.status == ("succeeded" if yes else "requires_payment_method")
    assert shop.told().count("payment_intent.requires_action") == 1


def test_who_is_gone_for_a_day_is_looked_for_no_more_but_on_the_page(shop):
    intent = shop.pay()
    bank = shop.page(intent)[2]
    for _ in range(40):
        shop.later(3601)
    assert shop.gateway.looks == 30
    shop.gateway.approve(bank)
    assert json.loads(shop.say(intent, "look")) == {"waits": False}
    assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_who_comes_back_after_days_and_closes_the_page_is_looked_for_anew(shop):
    intent = shop.pay()
    bank = shop.page(intent)[2]
    for _ in range(40):
        shop.later(3601)
    assert json.loads(shop.say(intent, "look")) == {"waits": True}
    # They agree in the bank's own window, and our page is not open any more.
    shop.gateway.approve(bank)
    shop.later(90)
    intent = shop.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("succeeded", 2000)


def test_nobody_is_given_up_while_the_gateway_is_silent(shop):
    intent = shop.pay()
    bank = shop.page(intent)[2]
    shop.gateway.silent = True
    shop.gateway.approve(bank)
    for _ in range(40):
        shop.later(3601)
    assert shop.v1.payment_intents.retrieve(intent.id).status == "requires_action"
    shop.gateway.silent = False
    shop.later(3601)
    assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_set_up_is_looked_for_too(shop):
    customer = shop.v1.customers.create()
    intent = shop.v1.setup_intents.create({
        "customer": customer.id, "payment_method": CARD, "confirm": True,
    })  # fmt: skip
    shop.gateway.approve(shop.page(intent)[2])
    shop.later(40)
    assert shop.v1.setup_intents.retrieve(intent.id).status == "succeeded"


def test_what_was_given_up_is_not_looked_for(shop):
    intent = shop.pay()
    bank = shop.page(intent)[2]
    shop.v1.payment_intents.cancel(intent.id)
    shop.gateway.approve(bank)
    shop.later(4000)
    intent = shop.v1.payment_intents.retrieve(intent.id)
    assert (intent.status, intent.amount_received) == ("canceled", 0)


def test_a_page_hears_of_the_end_that_the_worker_has_seen(shop):
    intent = shop.pay()
    shop.gateway.approve(shop.page(intent)[2])
    shop.later(40)
    assert json.loads(shop.say(intent, "look")) == {"waits": False}


class TestDeposits:
    """The gateway's own page may ask for the two small deposits, days after they were sent."""

    @pytest.fixture
    def waiting(self, shop):
        customer = shop.v1.customers.create()
        return shop.v1.setup_intents.create({"customer": customer.id, "confirm": True, **ACCOUNT})

    def test_our_page_shows_the_gateways_and_sees_when_it_is_done(self, shop, waiting):
        html, _, bank = shop.page(waiting)
        assert "Verify your bank account" in html and "really you" not in html
        assert json.loads(shop.say(waiting, "look")) == {"waits": True}
        shop.gateway.name_deposits(bank)
        assert json.loads(shop.say(waiting, "look")) == {"waits": False}
        assert shop.v1.setup_intents.retrieve(waiting.id).status == "succeeded"

    def test_who_names_them_there_after_days_is_looked_for(self, shop, waiting):
        bank = shop.page(waiting)[2]
        for _ in range(9 * 24):
            shop.later(3601)
        shop.gateway.name_deposits(bank)
        shop.later(3601)
        assert shop.v1.setup_intents.retrieve(waiting.id).status == "succeeded"

    def test_who_named_them_wrongly_through_the_api_is_looked_for_too(self, shop, waiting):
        with pytest.raises(stripe.InvalidRequestError, match="amounts"):
            shop.v1.setup_intents.verify_microdeposits(waiting.id, {"amounts": [1, 2]})
        shop.gateway.name_deposits(shop.page(waiting)[2])
        shop.later(40)
        assert shop.v1.setup_intents.retrieve(waiting.id).status == "succeeded"

    def test_a_payment_that_waits_for_them_goes_on(self, shop):
        intent = shop.v1.payment_intents.create({
            "amount": 2000, "currency": "usd", "confirm": True, **ACCOUNT,
        })  # fmt: skip
        shop.gateway.name_deposits(shop.page(intent)[2])
        shop.later(40)
        assert shop.v1.payment_intents.retrieve(intent.id).status == "succeeded"
