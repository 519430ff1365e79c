"""Pay up front: the main job, played live against a running server with the official SDK.

A photo-hosting company sells two plans. One customer lives through a year and a half: pays up
front, renews, upgrades, fails to pay, recovers and cancels; access follows the webhooks alone.
"""

from typing import Any

from prorata.cli.stories.telling import Telling
from prorata.cli.timeline import day, dollars
from prorata.rules.calendar import add_intervals


class PayUpFront(Telling):
    """The company's code, the customer's choices and the clock that they live by."""

    title = "A photo-hosting company sells subscriptions"
    line_below = "Every call below goes through Stripe's own SDK; every event arrives signed."
    shop_path = "/pay-up-front"

    def tell(self) -> None:
        """Tell the story from the first product to the last day."""
        basic, premium = self.make_catalogue()
        self.listen()
        self.pay_up_front(basic)
        self.renew_for_a_year()
        self.upgrade(premium)
        self.fail_and_recover()
        self.cancel()

    def make_catalogue(self) -> tuple[str, str]:
        self.line.step("Two products, each with a monthly price")
        prices: list[str] = []
        for name, amount in (("Basic", 1500), ("Premium", 2500)):
            price = self.api.prices.create(
                {
                    "currency": "usd",
                    "unit_amount": amount,
                    "recurring": {"interval": "month"},
                    "product_data": {"name": name},
                    "lookup_key": f"{name.lower()}_monthly",
                    "transfer_lookup_key": True,
                }
            )
            prices.append(price.id)
            self.line.call(f"prices.create({name}, {dollars(amount)} a month)  {price.id}")
        return prices[0], prices[1]

    def pay_up_front(self, price: str) -> None:
        self.line.step("Ada chooses Basic and pays up front", self.begin)
        customer = self.api.customers.create(
            {
                "name": "Ada Lovelace",
                "email": "ada@example.com",
                "test_clock": self.clock,
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }
        )
        self.customer_id, self.email = customer.id, "ada@example.com"
        self.line.call("customers.create(Ada Lovelace, Visa 4242)  " + customer.id)
        self.subscription = self.api.subscriptions.create(
            {
                "customer": customer.id,
                "items": [{"price": price}],
                "expand": ["latest_invoice"],
            }
        )
        invoice = self.subscription.latest_invoice
        self.line.call(f"subscriptions.create(Basic)  {self.subscription.status}")
        self.line.money(f"{dollars(invoice.amount_paid)} charged, invoice {invoice.number}")
        self.receiver.wait_for(lambda event: event.type == "invoice.paid")
        self.has_access = True
        self.line.access("invoice.paid arrived, its signature is right: access granted", True)
        self.tell_events()

    def renew_for_a_year(self) -> None:
        end = add_intervals(self.begin, "month", 1, 12) + 2 * 3600
        self.line.step("A year passes in one call", end)
        self.advance(end)
        invoices = [
            each
            for each in self._invoices()
            if each.billing_reason == "subscription_cycle" and each.status == "paid"
        ]
        rows = []
        for first, second in zip(invoices[::2], invoices[1::2], strict=False):
            rows.append((*self._row(first), *self._row(second)))
        headings = ("renewed", "invoice", "charged")
        self.line.table((*headings, *headings), rows)
        total = sum(each.amount_paid for each in invoices)
        self.line.money(f"{len(invoices)} renewals, {dollars(total)} charged")
        self.tell_events()

    def upgrade(self, price: str) -> None:
        now = add_intervals(self.begin, "month", 1, 12) + 15 * 86_400 + 12 * 3600
        self.line.step("Halfway through a month, Ada upgrades to Premium", now)
        self.advance(now)
        self.tell_events()
        item = self.subscription["items"].data[0].id
        change: dict[str, Any] = {
            "items": [{"id": item, "price": price}],
            "proration_behavior": "always_invoice",
            "proration_date": now,
        }
        supposed: Any = {"subscription": self.subscription.id, "subscription_details": change}
        preview = self.api.invoices.create_preview(supposed)
        self.line.call("invoices.create_preview(Premium)")
        for each in preview.lines.data:
            self.line.note(f"{dollars(each.amount):>8}  {each.description}")
        wanted: Any = {**change, "expand": ["latest_invoice"]}
        changed: Any = self.api.subscriptions.update(self.subscription.id, wanted)
        charged = changed.latest_invoice.amount_paid
        self.line.call(f"subscriptions.update(Premium)  {changed.status}")
        same = "the same" if charged == preview.amount_due else "NOT the same"
        self.line.money(
            f"{dollars(preview.amount_due)} previewed, {dollars(charged)} charged: {same}",
            good=charged == preview.amount_due,
        )
        self.tell_events()

    def fail_and_recover(self) -> None:
        renewal = add_intervals(self.begin, "month", 1, 13)
        self.line.step("Ada's card starts failing", renewal + 2 * 3600)
        self.use_card(self.customer_id, "pm_card_chargeCustomerFail")
        self.line.call("her bank replaces the card with one that declines")
        self.advance(renewal + 2 * 3600)
        self.receiver.wait_for(lambda event: event.type == "invoice.payment_failed")
        self.has_access = False
        invoice = self._invoices()[-1]
        self.line.money(
            f"{dollars(invoice.amount_due)} declined; the subscription is {self._status()}", False
        )
        self.line.access("invoice.payment_failed arrived: access withdrawn", False)
        self.tell_events()

        self.line.step("A new card, and the next retry collects", invoice.next_payment_attempt)
        self.use_card(self.customer_id, "pm_card_mastercard")
        self.line.call("payment_methods.attach(Mastercard), now her default")
        self.advance(invoice.next_payment_attempt + 60)
        self.receiver.wait_for(lambda event: event.type == "invoice.paid")
        self.has_access = True
        invoice = self.api.invoices.retrieve(invoice.id)
        self.line.money(
            f"{dollars(invoice.amount_paid)} charged on attempt {invoice.attempt_count};"
            f" the subscription is {self._status()}"
        )
        self.line.access("invoice.paid arrived: access granted again", True)
        self.tell_events()

    def cancel(self) -> None:
        end = add_intervals(self.begin, "month", 1, 14)
        self.line.step("Ada cancels; she keeps what she has paid for")
        self.api.subscriptions.update(self.subscription.id, {"cancel_at_period_end": True})
        self.line.call("subscriptions.update(cancel_at_period_end)  " + self._status())
        self.tell_events()
        self.line.step("Her last day ends", end)
        self.advance(end + 3600)
        self.receiver.wait_for(lambda event: event.type == "customer.subscription.deleted")
        self.has_access = False
        self.line.access("customer.subscription.deleted arrived: access ends", False)
        self.tell_events()
        paid = [each for each in self._invoices() if each.status == "paid"]
        total = sum(each.amount_paid for each in paid)
        self.line.money(f"{len(paid)} invoices paid, {dollars(total)} in all, nothing twice")

    def _status(self) -> str:
        return self.api.subscriptions.retrieve(self.subscription.id).status

    def _invoices(self) -> list[Any]:
        listed = self.api.invoices.list({"subscription": self.subscription.id, "limit": 100})
        return list(reversed(listed.data))

    def _row(self, invoice: Any) -> tuple[str, str, str]:
        return day(invoice.created), invoice.number, dollars(invoice.amount_paid)
