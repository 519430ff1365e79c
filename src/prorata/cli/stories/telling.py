"""Telling: what every story needs; a server, a receiver of webhooks, a clock and a timeline."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

import stripe

from prorata.cli.receiver import Receiver
from prorata.cli.timeline import Timeline, day, dollars

BEGIN = int(datetime(2026, 1, 15, 9, 0, tzinfo=UTC).timestamp())
CLOCK_POLL_SECONDS = 0.02
DAY = 86_400


class Telling:
    """A story of one choice, played step by step against a running server."""

    title: ClassVar[str]
    line_below: ClassVar[str]
    shop_path: ClassVar[str] = "/"
    """Where the sample shop shows the same."""
    begin: ClassVar[int] = BEGIN

    def __init__(self, client: stripe.StripeClient, receiver: Receiver, line: Timeline) -> None:
        self.client = client
        self.api = client.v1
        self.receiver = receiver
        self.line = line
        self.has_access = False
        self.clock = ""
        self.endpoint = ""
        self.customer_id = ""
        self.email = ""
        self.subscription: Any = None
        self.told_before = 0
        self.heard: list[str] = []

    def play(self) -> None:
        """Tell the story from its beginning to its end."""
        self.line.title(self.title, self.line_below)
        self.tell()

    def tell(self) -> None:
        """Tell what happens; each story's own."""
        raise AssertionError("a story tells something")

    def listen(self) -> None:
        """Make the endpoint at which the company is told, and the clock that it lives by."""
        self.line.step("The company listens to webhooks")
        endpoint = self.api.webhook_endpoints.create(
            {"url": self.receiver.url, "enabled_events": ["*"]}
        )
        self.receiver.secret = endpoint.secret or ""
        self.endpoint = endpoint.id
        self.told_before = self._count_events()
        self.line.call(f"webhook_endpoints.create({self.receiver.url})  {endpoint.id}")
        clock = self.api.test_helpers.test_clocks.create(
            {"frozen_time": self.begin, "name": "A customer's life"}
        )
        self.clock = clock.id
        self.line.call(f"test_clocks.create({day(self.begin)})  time is ours from here on")

    def price(self, name: str, amount: int | None = None, **terms: Any) -> Any:
        """Make a monthly price of a new product, and say so."""
        wanted: Any = {
            "currency": "usd",
            "recurring": {"interval": "month"},
            "product_data": {"name": name},
            **({} if amount is None else {"unit_amount": amount}),
            **terms,
        }
        made = self.api.prices.create(wanted)
        cost = "" if amount is None else f", {dollars(amount)} a month"
        self.line.call(f"prices.create({name}{cost})  {made.id}")
        return made

    def person(self, name: str, card: str | None = None) -> str:
        """Make a customer on the story's clock, and say so."""
        wanted: Any = {
            "name": name,
            "email": f"{name.partition(' ')[0].lower()}@example.com",
            "test_clock": self.clock,
        }
        if card is not None:
            wanted["payment_method"] = card
            wanted["invoice_settings"] = {"default_payment_method": card}
        made = self.api.customers.create(wanted)
        self.email = self.email or made.email or ""
        self.line.call(f"customers.create({name})  {made.id}")
        return made.id

    def subscribe(self, customer: str, items: list[Any], **more: Any) -> Any:
        """Subscribe a customer; the answer has its first invoice."""
        wanted: Any = {
            "customer": customer, "items": items, "expand": ["latest_invoice"], **more
        }  # fmt: skip
        made = self.api.subscriptions.create(wanted)
        self.line.call(f"subscriptions.create()  {made.status}")
        return made

    def confirm(self, session: Any, method: str | None) -> None:
        """Do what a visitor does at Checkout: fill in the page, and press its button."""
        path = f"/v1/payment_pages/{session.id}"
        due = session.amount_total or 0
        said: Any = {"expected_amount": due}
        if method is not None:
            said["payment_method"] = method
        self.client.raw_request("post", f"{path}/confirm", **said)
        typed = f"with {method}" if method else "without a card"
        self.line.call(f"the visitor confirms at Checkout, {typed}")

    def invoices(self, subscription: str) -> list[Any]:
        """Return a subscription's invoices with their lines, oldest first."""
        return list(reversed(self.api.invoices.list({"subscription": subscription}).data))

    def show_lines(self, invoice: Any) -> None:
        """Show an invoice line by line, and what was paid."""
        for each in invoice.lines.data:
            self.line.note(f"{dollars(each.amount):>9}  {each.description}")
        self.line.money(f"{dollars(invoice.amount_paid)} charged, invoice {invoice.number}")

    def use_card(self, customer: str, card: str) -> Any:
        """Put a card in the place of the customer's present one."""
        method = self.api.payment_methods.attach(card, {"customer": customer})
        self.api.customers.update(
            customer, {"invoice_settings": {"default_payment_method": method.id}}
        )
        return method

    def access(self, type: str, granted: bool, what: str) -> None:
        """Wait for an event, and say what it does to access."""
        self.receiver.wait_for(lambda event: event.type == type)
        self.has_access = granted
        self.line.access(f"{type} arrived: {what}", granted)
        self.tell_events()

    def advance(self, second: int) -> None:
        """Move the clock, and come back when all has happened that was due."""
        self.api.test_helpers.test_clocks.advance(self.clock, {"frozen_time": second})
        self.line.call(f"test_clocks.advance({day(second)})")
        _until(lambda: self._clock_status() != "advancing")
        if self._clock_status() != "ready":
            raise RuntimeError("the test clock did not arrive")

    def tell_events(self) -> None:
        """Show which events have arrived since the last time."""
        expected = self._count_events() - self.told_before - self.receiver.count
        types = self.receiver.new_types(expected)
        self.heard.extend(types)
        self.line.events(types)

    def _clock_status(self) -> str:
        return self.api.test_helpers.test_clocks.retrieve(self.clock).status

    def _count_events(self) -> int:
        return sum(1 for _ in self.api.events.list({"limit": 100}).auto_paging_iter())


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not done():
        if time.monotonic() > deadline:
            raise TimeoutError("the server took longer than a minute")
        time.sleep(CLOCK_POLL_SECONDS)
