"""Townsfolk: what the customers of a simulated company do, drawn at random from one source.

Each deed is a function that asks the shop for something; most succeed, and what is refused is a
part of life. Which deeds there are, and how often each is done, stands in `DEEDS`.
"""

from collections.abc import Callable
from random import Random
from typing import Any, TypeVar

from prorata.rules.calendar import DAY_SECONDS
from prorata.simulation.catalogue import Catalogue
from prorata.simulation.shop import Shop

FINE = ("pm_card_visa", "pm_card_mastercard", "pm_card_amex", "pm_card_discover")
BAD = (
    "pm_card_chargeCustomerFail", "pm_card_authenticationRequired", "pm_card_createDispute",
    "pm_card_createDisputeInquiry", "pm_card_refundFail", "pm_card_pendingRefund",
)  # fmt: skip
BANKS = (
    "pm_usBankAccount_success", "pm_usBankAccount_insufficientFunds", "pm_usBankAccount_dispute",
)  # fmt: skip
PRORATIONS = ("create_prorations", "always_invoice", "none")
RUNNING = ("active", "trialing", "past_due", "unpaid")
T = TypeVar("T")
Deed = Callable[["Townsfolk"], None]
DEEDS: dict[str, tuple[int, Deed]] = {}


def deed(weight: int) -> Callable[[Deed], Deed]:
    """Register a deed, to be done so often among the others."""

    def register(function: Deed) -> Deed:
        DEEDS[function.__name__] = (weight, function)
        return function

    return register


class Townsfolk:
    """The customers of a shop, and the words they choose; `made` is what each request made."""

    def __init__(self, shop: Shop, seed: int, most: int) -> None:
        self.shop = shop
        self.source = Random(f"folk {seed}")
        self.most = most
        self.catalogue = Catalogue(shop, self.source)
        self.customers: dict[str, str] = {}
        self.done: dict[str, int] = {}
        self.made: list[str] = []
        self._signed = 0

    def act(self) -> None:
        """Do one thing, chosen by weight."""
        names = list(DEEDS)
        name = self.source.choices(names, [DEEDS[each][0] for each in names])[0]
        self.done[name] = self.done.get(name, 0) + 1
        DEEDS[name][1](self)

    def chance(self, percent: int) -> bool:
        return self.source.randrange(100) < percent

    def ask(self, path: str, method: str = "POST", **params: Any) -> dict[str, Any] | None:
        """Return what was made or changed; None when that was refused."""
        reply = self.shop.ask(method, path, **params)
        return reply.body if reply.status == 200 else None

    def make(self, path: str, **params: Any) -> dict[str, Any] | None:
        """Return what was made; it carries the name of the request that made it."""
        op = f"op {self.shop.requests + 1}"
        made = self.ask(path, metadata={"op": op}, **params)
        if made is not None:
            self.made.append(op)
        return made

    def listed(self, path: str, **params: Any) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.shop.surviving(
            lambda: self.shop.desk.get(path, limit=100, **params)
        )["data"]
        return found

    def seen(self, path: str) -> dict[str, Any]:
        """Return what is there, whoever dies meanwhile."""
        found: dict[str, Any] = self.shop.surviving(lambda: self.shop.desk.get(path))
        return found

    def one(self, found: list[T]) -> T | None:
        """Return one of several, None of none."""
        return self.source.choice(found) if found else None

    def pick(self, found: list[T]) -> T:
        """Return one of several, of which there is at least one."""
        return self.source.choice(found)

    def somebody(self) -> str | None:
        return self.one(sorted(self.customers))

    def subscription(self, *statuses: str) -> dict[str, Any] | None:
        """Return somebody's subscription in one of these states."""
        customer = self.somebody()
        if customer is None:
            return None
        found = self.listed("/v1/subscriptions", customer=customer, status="all")
        return self.one([each for each in found if each["status"] in (statuses or RUNNING)])

    def invoice(self, *statuses: str) -> dict[str, Any] | None:
        customer = self.somebody()
        if customer is None:
            return None
        found = self.listed("/v1/invoices", customer=customer)
        return self.one([each for each in found if each["status"] in statuses])

    def card(self, currency: str) -> str:
        if currency == "usd" and self.chance(8):
            return self.source.choice(BANKS)
        return self.source.choice(BAD if self.chance(18) else FINE)

    def pay_with(self, customer: str, name: str) -> str | None:
        method = self.ask(f"/v1/payment_methods/{name}/attach", customer=customer)
        if method is None:
            return None
        self.ask(
            f"/v1/customers/{customer}", invoice_settings={"default_payment_method": method["id"]}
        )
        return str(method["id"])

    def new_customer(self) -> None:
        """Let somebody come, and subscribe."""
        self._signed += 1
        currency = self.source.choice(self.catalogue.CURRENCIES)
        params: dict[str, Any] = {
            "name": f"Customer {self._signed}",
            "email": f"customer-{self._signed}@example.com",
        }
        if self.chance(10):
            params["tax_exempt"] = self.source.choice(("exempt", "reverse"))
        made = self.make("/v1/customers", **params)
        if made is None:
            return
        self.customers[made["id"]] = currency
        if self.pay_with(made["id"], self.card(currency)):
            self.subscribe(made["id"])

    def subscribe(self, customer: str) -> None:
        """Let a customer subscribe to something, on terms of chance."""
        source, now = self.source, self.shop.now
        params: dict[str, Any] = {
            "customer": customer, "items": self.catalogue.items(self.customers[customer]),
            **self.catalogue.terms(),
        }  # fmt: skip
        how = source.randrange(10)
        if how == 0:
            params["trial_period_days"] = source.choice((7, 14, 30))
        elif how == 1:
            params["billing_cycle_anchor"] = now + source.randrange(1, 28) * DAY_SECONDS
        elif how == 2:
            params |= {"collection_method": "send_invoice", "days_until_due": 14}
        elif how == 3:
            params["payment_behavior"] = source.choice(
                ("default_incomplete", "error_if_incomplete")
            )
        elif how == 4:
            params["cancel_at"] = now + source.randrange(20, 200) * DAY_SECONDS
        if self.chance(20):
            params["billing_mode"] = {"type": "classic"}
        self.make("/v1/subscriptions", **params)
