"""A desk: a seller who makes sessions through the SDK, and a visitor at their pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import cached_property
from typing import Any

import pytest
import requests
import stripe

SUCCESS = "https://shop.example/thanks?session={CHECKOUT_SESSION_ID}"


class Refusal(Exception):
    """What a page was answered instead: the API's error object."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(error.get("message"))
        self.status = status
        self.error = error

    def __getattr__(self, name: str) -> Any:
        return self.error.get(name)


class Desk:
    """Sessions, and their pages as a browser sees them: with the publishable key."""

    def __init__(self, server: Any, client: stripe.StripeClient) -> None:
        self.server, self.client = server, client.v1

    # What is sold

    @cached_property
    def product(self) -> str:
        return self.client.products.create({"name": "Album"}).id

    def price(self, amount: int = 1500, **params: Any) -> str:
        """Make a price; monthly unless it says `recurring=None`."""
        wanted: dict[str, Any] = {
            "product": self.product,
            "currency": "usd",
            "recurring": {"interval": "month"},
            **params,
        }
        if "custom_unit_amount" not in wanted and "tiers" not in wanted:
            wanted["unit_amount"] = amount
        if wanted["recurring"] is None:
            del wanted["recurring"]
        return self.client.prices.create(wanted).id

    def open(self, *items: Any, mode: str = "subscription", **params: Any) -> Any:
        """Make a session for prices, or for line items as the API has them."""
        wanted: dict[str, Any] = {"mode": mode, **params}
        if items:
            wanted["line_items"] = [
                {"price": each, "quantity": 1} if isinstance(each, str) else each for each in items
            ]
        if wanted.get("ui_mode", "hosted_page") == "hosted_page":
            wanted.setdefault("success_url", SUCCESS)
        return self.client.checkout.sessions.create(wanted)

    def subscribe(self, amount: int = 1500, **params: Any) -> Any:
        return self.open(self.price(amount), **params)

    def sell(self, amount: int = 2000, **params: Any) -> Any:
        return self.open(self.price(amount, recurring=None), mode="payment", **params)

    def read(self, session: Any, *expand: str) -> Any:
        id = session if isinstance(session, str) else session.id
        return self.client.checkout.sessions.retrieve(id, {"expand": list(expand)})

    # The visitor

    def ask(
        self, method: str, path: str, tree: dict[str, Any], key: str | None = None
    ) -> dict[str, Any]:
        """Ask as a browser does; raise Refusal for an error."""
        answer = requests.request(
            method, self.server.url + path,
            **{"params" if method == "GET" else "data": flat(tree)},
            headers={"Authorization": f"Bearer {key or self.server.publishable_key}"},
            timeout=60,
        )  # fmt: skip
        body: dict[str, Any] = answer.json()
        if answer.status_code != 200:
            raise Refusal(answer.status_code, body["error"])
        return body

    def page(self, session: Any, **params: Any) -> dict[str, Any]:
        return self.ask("GET", self._path(session), self._with_secret(session, params))

    def change(self, session: Any, **params: Any) -> dict[str, Any]:
        return self.ask("POST", self._path(session), self._with_secret(session, params))

    def confirm(self, session: Any, method: str | None = "visa", **params: Any) -> dict[str, Any]:
        """Confirm as a visitor with an email address; `method` is a test card's name or an id."""
        tree: dict[str, Any] = {} if params.pop("silent", False) else self._email(session)
        if method is not None:
            tree["payment_method"] = method if method.startswith("pm_") else f"pm_card_{method}"
        tree = self._with_secret(session, {**tree, **params})
        return self.ask("POST", f"{self._path(session)}/confirm", tree)

    def refused(self, verb: str, *args: Any, **params: Any) -> Refusal:
        """Do what must be refused, and return how it was."""
        with pytest.raises(Refusal) as caught:
            getattr(self, verb)(*args, **params)
        return caught.value

    def pass_challenge(self, page: dict[str, Any], success: bool = True) -> None:
        """Pass, or fail, the challenge that a page waits for."""
        intent = page["intent"]
        self.ask(
            "POST", f"/_prorata/challenge/{intent['id']}",
            {"success": str(success).lower(), "client_secret": intent["client_secret"]},
        )  # fmt: skip

    def bank(self, iban: str = "AT611904300234573201") -> str:
        """Make the method of a bank account that is debited."""
        return self.client.payment_methods.create({
            "type": "sepa_debit", "sepa_debit": {"iban": iban},
            "billing_details": {"name": "Jenny Rosen", "email": "jenny@example.com"},
        }).id  # fmt: skip

    def live_until(self, clock: str, moment: int) -> None:
        """Move a test clock, and wait until it has arrived."""
        clocks = self.client.test_helpers.test_clocks
        clocks.advance(clock, {"frozen_time": moment})
        self.wait(lambda: clocks.retrieve(clock).status == "ready")

    @staticmethod
    def wait(holds: Callable[[], bool], seconds: float = 15) -> None:
        """Wait until something holds, which the worker brings about."""
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, f"not within {seconds} seconds"
            time.sleep(0.1)

    def told(self, session: Any) -> list[str]:
        """Return the types of events, oldest first, of what a session made, and of itself."""
        shown = self.read(session, "subscription")
        about = {
            str(value)
            for value in (shown.id, shown.customer, shown.payment_intent, shown.invoice,
                          shown.setup_intent, shown.subscription and shown.subscription.id)
            if value
        }  # fmt: skip
        found = []
        for event in self.client.events.list({"limit": 100}).auto_paging_iter():
            if any(id in str(event.data) for id in about):
                found.append(event.type)
        return found[::-1]

    @staticmethod
    def _path(session: Any) -> str:
        return f"/v1/payment_pages/{session if isinstance(session, str) else session.id}"

    @staticmethod
    def _with_secret(session: Any, params: dict[str, Any]) -> dict[str, Any]:
        secret = None if isinstance(session, str) else session.client_secret
        return {"client_secret": secret, **params} if secret else params

    @staticmethod
    def _email(session: Any) -> dict[str, Any]:
        known = not isinstance(session, str) and (session.customer or session.customer_email)
        return {} if known else {"email": "jenny@example.com"}


def flat(tree: Any, name: str = "") -> dict[str, str]:
    """Return a tree as the fields of a form."""
    if isinstance(tree, dict):
        pairs = [(f"{name}[{key}]" if name else key, value) for key, value in tree.items()]
    elif isinstance(tree, list):
        pairs = [(f"{name}[{place}]", value) for place, value in enumerate(tree)]
    else:
        said = str(tree).lower() if isinstance(tree, bool) else "" if tree is None else str(tree)
        return {name: said}
    return {key: value for pair in pairs for key, value in flat(pair[1], pair[0]).items()}


def refused_by_api(verb: Any, *args: Any, **params: Any) -> stripe.StripeError:
    """Do what the API must refuse, and return how it was."""
    with pytest.raises(stripe.StripeError) as caught:
        verb(*args, **params)
    return caught.value
