"""Price models: flat, per seat, tiered and by use, each as a story that ends in an invoice."""

from typing import Any

from prorata.cli.stories.telling import DAY, Telling
from prorata.cli.timeline import dollars
from prorata.rules.calendar import add_intervals


class PriceModel(Telling):
    """A story of one price: somebody subscribes, and a month passes."""

    line_below = "What the price says, what happens in a month, and what the invoice shows."

    def month_later(self) -> int:
        return add_intervals(self.begin, "month", 1, 1)

    def renew(self, subscription: Any) -> None:
        """Live to the next month and show the invoice that it brings."""
        self.line.step("A month later", self.month_later())
        self.advance(self.month_later() + 2 * 3600)
        self.show_lines(self.invoices(subscription.id)[-1])
        self.access("invoice.paid", True, "access goes on")


class FlatRate(PriceModel):
    """The same product for the same amount, every month."""

    title = "Flat rate: the same every month"

    def tell(self) -> None:
        """Tell of two months that cost the same."""
        price = self.price("Basic", 1500)
        self.listen()
        self.line.step("Ada subscribes", self.begin)
        subscription = self.subscribe(self.person("Ada", "pm_card_visa"), [{"price": price.id}])
        self.show_lines(subscription.latest_invoice)
        self.access("invoice.paid", True, "access granted")
        self.renew(subscription)


class PerSeat(PriceModel):
    """A price times a quantity; two more seats in the middle of a month cost half of it."""

    title = "Per seat: a price times how many"

    def tell(self) -> None:
        """Tell of five seats that become seven."""
        price = self.price("Studio seat", 800)
        self.listen()
        self.line.step("A studio takes five seats", self.begin)
        studio = self.person("Studio Nord", "pm_card_visa")
        subscription = self.subscribe(studio, [{"price": price.id, "quantity": 5}])
        self.show_lines(subscription.latest_invoice)
        self.access("invoice.paid", True, "access for five")
        half = self.begin + 15 * DAY + 12 * 3600
        self.line.step("Two more people begin in the middle of the month", half)
        self.advance(half)
        self.api.subscription_items.update(
            subscription["items"].data[0].id, {"quantity": 7, "proration_date": half}
        )
        self.line.call("subscription_items.update(quantity=7)  billed with the next invoice")
        self.access("customer.subscription.updated", True, "access for seven")
        self.renew(subscription)


class Tiered(PriceModel):
    """The same 25 units by volume and graduated: one rate for all, or a rate for each tier."""

    title = "Tiered: by volume, or graduated"

    def tell(self) -> None:
        """Tell of the same quantity under both readings of the same tiers."""
        tiers = [{"up_to": 10, "unit_amount": 100}, {"up_to": "inf", "unit_amount": 80}]
        prices = [
            self.price(f"Prints, {mode}", billing_scheme="tiered", tiers_mode=mode, tiers=tiers).id
            for mode in ("volume", "graduated")
        ]
        self.line.note("the first ten cost $1.00 each, from the eleventh on $0.80")
        self.listen()
        ada = self.person("Ada", "pm_card_visa")
        for price, says in zip(
            prices,
            ("By volume: all 25 at the rate that 25 reach", "Graduated: ten at $1.00, 15 at $0.80"),
            strict=True,
        ):
            self.line.step(says, self.begin)
            made = self.subscribe(ada, [{"price": price, "quantity": 25}])
            self.show_lines(made.latest_invoice)
            self.access("invoice.paid", True, "access granted")


class Usage(PriceModel):
    """A meter counts through the month; the invoice after it bills what was counted."""

    title = "By use: counted first, billed afterwards"

    def tell(self) -> None:
        """Tell of prints that are counted and billed."""
        meter = self.api.billing.meters.create(
            {
                "display_name": "Prints",
                "event_name": "prints",
                "default_aggregation": {"formula": "sum"},
            }
        )
        self.line.call(f"billing.meters.create(prints)  {meter.id}")
        price = self.price(
            "Prints",
            12,
            recurring={"interval": "month", "usage_type": "metered", "meter": meter.id},
        )
        self.listen()
        self.line.step("Ada subscribes; nothing is due yet", self.begin)
        ada = self.person("Ada", "pm_card_visa")
        subscription = self.subscribe(ada, [{"price": price.id}])
        self.access("customer.subscription.created", True, "access granted")
        self.line.step("She orders prints through the month")
        for day, count in ((3, 40), (11, 25), (24, 90)):
            self.advance(self.begin + day * DAY)
            self.api.billing.meter_events.create(
                {
                    "event_name": "prints",
                    "payload": {"stripe_customer_id": ada, "value": str(count)},
                    "timestamp": self.begin + day * DAY,
                }
            )
            self.line.call(f"billing.meter_events.create(prints, {count})")
        self.line.note(f"155 prints at {dollars(12)}")
        self.renew(subscription)
