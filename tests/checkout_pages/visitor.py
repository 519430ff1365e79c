"""Visitor: somebody at a browser who chooses, types, presses, and reads what comes of it."""

from __future__ import annotations

from typing import Any

import stripe

VISA, DECLINED, WRONG_CVC = "4242424242424242", "4000000000009995", "4000000000000127"
CHALLENGED = "4000002760003184"
NAME, EMAIL = "Ada Lovelace", "ada@example.com"


class Visitor:
    """A browser's page, and the shop whose session it shows. wrongs: what its console told."""

    def __init__(self, page: Any, server: Any) -> None:
        self.page, self.server = page, server
        self.wrongs: list[str] = []
        self.client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        self.session: Any = None

    @property
    def thanks(self) -> str:
        """The address that a paid visitor is sent to: a page of the server's own."""
        return f"{self.server.url}/?session={{CHECKOUT_SESSION_ID}}"

    def price(self, amount: int = 1500, name: str = "Photo Basic", **terms: Any) -> str:
        """Make a price, monthly unless `recurring` says otherwise; return its id."""
        recurring = terms.pop("recurring", {"interval": "month"})
        params = {"currency": "usd", "unit_amount": amount, "product_data": {"name": name}}
        if recurring:
            params["recurring"] = recurring
        return self.client.v1.prices.create({**params, **terms}).id

    def open(self, **params: Any) -> None:
        """Make a session (a subscription unless told otherwise) and go to its page."""
        if "line_items" not in params and params.get("mode") != "setup":
            params["line_items"] = [{"price": self.price(), "quantity": 1}]
        usual: dict[str, Any] = {"mode": "subscription", "success_url": self.thanks}
        self.session = self.client.v1.checkout.sessions.create({**usual, **params})
        self.go(self.session.url)

    def go(self, url: str) -> None:
        self.page.goto(url)
        self.page.wait_for_selector("#form[data-ready]")

    def read(self, **params: Any) -> Any:
        """Return the session as the API has it now."""
        return self.client.v1.checkout.sessions.retrieve(self.session.id, params)

    def type_card(
        self, number: str = VISA, *, email: str | None = EMAIL, frame: Any = None
    ) -> None:
        page = frame or self.page
        if email:
            page.fill("#email", email)
        page.fill("#card-number", number)
        page.fill("#card-exp", "12 / 34")
        page.fill("#card-cvc", "123")
        page.fill("#card-name", NAME)
        zip = page.locator("#card-zip")
        if zip.count() and zip.is_visible():
            zip.fill("94107")

    def type_address(self, kind: str = "shipping") -> None:
        page = self.page
        page.fill(f"#{kind}-name", NAME)
        page.select_option(f"#{kind}-country", "US")
        page.fill(f"#{kind}-line1", "510 Townsend St")
        page.fill(f"#{kind}-city", "San Francisco")
        page.select_option(f"#{kind}-state", "CA")
        page.fill(f"#{kind}-postalCode", "94107")
        page.locator(f"#{kind}-postalCode").blur()

    def press(self) -> None:
        self.page.click("#submit")

    def arrive(self) -> None:
        """Wait until the visitor stands where the seller wanted; the address names the session."""
        self.page.wait_for_url(f"{self.server.url}/?session={self.session.id}")

    def text(self, selector: str) -> str:
        return " ".join(self.page.inner_text(selector).split())

    def wait_text(self, selector: str, text: str) -> None:
        """Wait until an element says something; spaces of all kinds are alike."""
        self.page.wait_for_function(
            "([at, text]) => document.querySelector(at)?.innerText.replace(/\\s+/g, ' ')"
            ".includes(text)",
            arg=[selector, text],
        )

    def focus(self) -> str:
        return str(self.page.evaluate("document.activeElement.id"))
