"""A world to live in: an emptied server at a fixed second, its catalogue, and its customers.

Ids are drawn from a seeded source, so that the same steps make the same world again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import Any

import stripe
from hypothesis import currently_in_test_context
from hypothesis import note as note_example

from badinput.asking import Asker
from prorata.engine.clock_advance import advance_clock
from prorata.model.ids import IdFactory
from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import open_book

BEGINNING = 1_769_851_800  # 2026-01-31 09:30 UTC: months of all lengths lie ahead.
HOUR, DAY = 3_600, 86_400
FINE = ("card_visa", "card_mastercard", "card_amex")
FAILING = (
    "card_chargeCustomerFail", "card_authenticationRequired", "card_chargeCustomerFailLostCard",
    "card_createDispute", "card_createDisputeProductNotReceived", "card_createDisputeInquiry",
    "card_refundFail", "card_pendingRefund",
)  # fmt: skip
BANKS = (
    "usBankAccount_success", "usBankAccount_insufficientFunds", "usBankAccount_accountClosed",
    "usBankAccount_dispute", "usBankAccount_processing",
)  # fmt: skip
# Every so often a request is sent twice with one key.
REPEATED = 6
# They are no POST.
UNREPEATED = ("cancel", "delete", "preview")
ADDRESSES = ("api", "meter_events", "files", "connect")


def note(text: str) -> None:
    """Keep what was done with the example of hypothesis, where it is one."""
    if currently_in_test_context():
        note_example(text)


@dataclass
class Someone:
    """A customer and the subscriptions it has had, in the order in which they began."""

    id: str
    currency: str
    clock: str | None
    subscriptions: list[str] = field(default_factory=list)
    gone: bool = False


class World:
    """A server's books from their first second, seen through the official SDK."""

    def __init__(self, server: Any, asker: Asker, on_test_clock: bool) -> None:
        self.server, self.asker = server, asker
        self._command("reset")
        self._command("clock/freeze", at=BEGINNING)
        server.system.ids = IdFactory(1)
        addresses = dict.fromkeys(ADDRESSES, server.url)
        self.whole_client = stripe.StripeClient(
            server.secret_key, base_addresses=addresses, max_network_retries=0
        )
        self.client = self.whole_client.v1
        self.book = server.system.database.read(lambda each: open_book(each, DEV_ACCOUNT, False))
        self.people: list[Someone] = []
        self.prices: dict[str, str] = {}
        self.plans: list[str] = []
        self.calls = self.refusals = self.compared = 0
        self.clock: str | None = None
        if on_test_clock:
            clocks = self.client.test_helpers.test_clocks
            self.clock = clocks.create({"frozen_time": BEGINNING}).id
        self.now = BEGINNING
        logging.getLogger("stripe").setLevel(logging.WARNING)
        self._catalogue()

    def _catalogue(self) -> None:
        coupons, rates = self.client.coupons, self.client.tax_rates
        self.coupons = [
            coupons.create({"percent_off": 15, "duration": "forever"}).id,
            coupons.create({"percent_off": "33.3", "duration": "repeating",
                            "duration_in_months": 3}).id,
            coupons.create({"amount_off": 250, "currency": "usd", "duration": "once",
                            "currency_options": {"eur": {"amount_off": 240}}}).id,
            coupons.create({"percent_off": 100, "duration": "once"}).id,
        ]  # fmt: skip
        self.rates = [
            rates.create({"display_name": "VAT", "percentage": share, "inclusive": inclusive}).id
            for share, inclusive in ((19, False), ("7.5", True), ("2.25", False))
        ]

    def _command(self, name: str, **tree: Any) -> dict[str, Any]:
        answer = self.asker.ask("POST", f"/_prorata/{name}", tree)
        assert answer.status == 200, answer.content
        return answer.body

    def tried(self, call: Any, *args: Any) -> Any:
        """Return what a call answers, None where it is refused; a failing server fails the test."""
        self.calls += 1
        note(f"  {type(call.__self__).__name__}.{call.__name__}{args}")
        keyed = not call.__name__.startswith(UNREPEATED)
        if keyed:
            # What a gateway is asked for follows from the key, and its troubles with it.
            params = args if isinstance(args[-1], dict) else (*args, {})
            args = (*params, {"idempotency_key": f"{self.now}-{self.calls}"})
        repeated = keyed and self.calls % REPEATED == 0
        made = self._answer(call, args)
        if repeated:
            again = self._answer(call, args)
            assert again == made, f"one key, two answers: {made} and {again}"
        if isinstance(made, str):
            note(f"    {made}")
            self.refusals += 1
            return None
        note(f"    {made.id} {getattr(made, 'status', '')}")
        return made

    def _answer(self, call: Any, args: tuple[Any, ...]) -> Any:
        try:
            return call(*args)
        except stripe.APIError:
            raise
        except stripe.StripeError as refusal:
            assert refusal.http_status in (400, 402, 404), refusal
            return f"{refusal.http_status} {refusal.user_message}"

    def new_customer(self, currency: str, card: str, **params: Any) -> Someone | None:
        if self.clock is not None:
            params["test_clock"] = self.clock
        made = self.tried(self.client.customers.create, params)
        if made is None:
            return None
        someone = Someone(made.id, currency, self.clock)
        self.people.append(someone)
        self.use_card(someone, card)
        return someone

    def use_card(self, someone: Someone, card: str) -> str | None:
        """Attach a test card and make it the customer's default."""
        method = self.tried(
            self.client.payment_methods.attach, f"pm_{card}", {"customer": someone.id}
        )
        if method is None:
            return None
        self.tried(self.client.customers.update, someone.id, {
            "invoice_settings": {"default_payment_method": method.id}})
        return method.id

    def price(self, currency: str, terms: dict[str, Any]) -> str:
        """Return the id of a recurring price, made once per terms."""
        key = repr((currency, terms))
        if key not in self.prices:
            params = {"currency": currency, "product_data": {"name": f"P{len(self.prices)}"}}
            made = self.client.prices.create(params | terms)
            self.prices[key] = made.id
        return self.prices[key]

    def advance(self, to: int) -> None:
        """Move time, live through everything due, and expect that nothing was set aside."""
        self.calls += 1
        note(f"  now {to}")
        if self.clock is None:
            moved = self._command("clock/advance", to=to)
            assert moved["failed"] == [], moved
        else:
            clocks = self.client.test_helpers.test_clocks
            clocks.advance(self.clock, {"frozen_time": to})
            # As the worker would.
            advance_clock(self.server.system, self.book, self.clock)
            found = clocks.retrieve(self.clock)
            assert found.status == "ready", found
        self.now = to
        for each in self.everyone():
            # Some began by a plan.
            page = self.client.subscriptions.list(
                {"customer": each.id, "status": "all", "limit": 100})
            new = {one.id for one in page.data} - set(each.subscriptions)
            each.subscriptions += sorted(new)

    def answer_challenge(self, intent: str, success: bool) -> None:
        self.calls += 1
        answer = self.asker.ask("POST", f"/_prorata/challenge/{intent}", {"success": success})
        assert answer.status in (200, 400, 402, 404), answer.content

    def everyone(self) -> list[Someone]:
        return [each for each in self.people if not each.gone]

    def owner_of(self, subscription: str) -> Someone:
        return next(each for each in self.people if subscription in each.subscriptions)

    def subscriptions(self) -> list[str]:
        """Return the subscriptions of all who are still there, in the order of their beginning."""
        return [id for each in self.everyone() for id in each.subscriptions]

    def listed(self, service: Any, **params: Any) -> list[Any]:
        """Return what is listed of everyone who is still there, the oldest first."""
        self.calls += 1
        found = []
        for each in self.everyone():
            page = service.list({"customer": each.id, "limit": 100, **params}).data
            found += reversed(page)
        return found
