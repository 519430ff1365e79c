"""Customer: somebody at the sample shop, who signs in, chooses, pays and reads."""

from __future__ import annotations

import re
from typing import Any

import perceived

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
VISA, DECLINED = "4242424242424242", "4000000000000002"
LOOKS, LOOK_MILLISECONDS = 400, 150
SAVED_THEN_DECLINED = "4000000000000341"


class Customer:
    """One window at a shop."""

    def __init__(self, browser: Any, shop: str, size: dict[str, int] = DESKTOP) -> None:
        self.shop = shop
        self.context = browser.new_context(locale="en-US", viewport=size)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))

    def leave(self) -> None:
        self.context.close()
        assert self.faults == []

    def go(self, path: str) -> None:
        self.page.goto(f"{self.shop}{path}")

    def press(self, name: str, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).click()

    def sees(self, heading: str) -> None:
        self.page.get_by_role("heading", name=heading).wait_for()

    def say_who(self, email: str) -> None:
        self.page.get_by_label("E-mail").fill(email)
        self.press("Continue")

    def sign_in(self, email: str) -> None:
        self.go("/sign-in")
        self.say_who(email)
        self.sees("Your account")

    def pay_at_checkout(self, number: str = VISA) -> None:
        """Fill in the hosted page, and press its button."""
        self.page.wait_for_selector("#form[data-ready]")
        self.page.fill("#card-number", number)
        self.page.fill("#card-exp", "12 / 34")
        self.page.fill("#card-cvc", "123")
        self.page.fill("#card-name", "Ada Lovelace")
        self.page.fill("#card-zip", "94107")
        self.page.click("#submit")

    def type_card(self, number: str = VISA, at: str = "#payment-element") -> None:
        """Type into the payment element of the shop's own page."""
        frame = self.page.frame_locator(f"{at} iframe").first
        frame.locator("[autocomplete=cc-number]").fill(number)
        frame.locator("[autocomplete=cc-exp]").fill("12 / 34")
        frame.locator("[autocomplete=cc-csc]").fill("123")
        frame.locator("[name=postalCode]").fill("94103")

    def told(self) -> str:
        """Return what the account says of the plan and of the events."""
        self.go("/account")
        self.sees("Your account")
        return " ".join(str(self.page.inner_text("main")).split())

    def told_of(self, *texts: str | re.Pattern[str]) -> str:
        """Wait until the account says all of this, and return all that it says.

        Webhooks come in no order: what two of them tell is waited for together.
        """
        wanted = [re.compile(re.escape(each)) if isinstance(each, str) else each for each in texts]
        for _ in range(LOOKS):
            told = self.told()
            if not (missing := [each.pattern for each in wanted if not each.search(told)]):
                return told
            self.page.wait_for_timeout(LOOK_MILLISECONDS)
        raise AssertionError(f"nothing of {missing!r} in {told!r}")

    def check(self) -> None:
        """Fail for what somebody could not see, hear or reach, and for a page too wide."""
        perceived.check(self.page)
        assert not self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
