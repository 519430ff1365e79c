"""Rules of quotes: offers are made, changed, revised, accepted and forgotten."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from storms.life_rules import MONTH
from storms.rare_rules import RareRules
from storms.world import DAY

FEES = (1, 700, 45_000)


class QuoteRules(RareRules):
    """What sellers offer; mixed into the machine."""

    def quotes_of_all(self, *statuses: str) -> list[Any]:
        world = self.world
        return [each for each in world.listed(world.client.quotes) if each.status in statuses]

    def lines_quoted(self, data: st.DataObject, currency: str) -> list[dict[str, Any]]:
        """Return line items: something monthly, something that is done once, or both."""
        kinds = self.one(data, ((True, False), (False, True), (True, True)))
        lines: list[dict[str, Any]] = []
        if kinds[0]:
            lines.append({"price": self.price(data, currency, MONTH),
                          "quantity": data.draw(st.integers(0, 9))})  # fmt: skip
        if kinds[1]:
            lines.append({"price": self.world.price(
                currency, {"unit_amount": self.one(data, FEES)})})
        if self.chance(data, 3):
            lines[-1]["discounts"] = [{"coupon": self.one(data, self.world.coupons)}]
        if self.chance(data, 4):
            lines[0]["tax_rates"] = [self.one(data, self.world.rates)]
        return lines

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def something_is_offered(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        terms: dict[str, Any] = {}
        if self.chance(data, 3):
            terms["trial_period_days"] = data.draw(st.integers(1, 20))
        if self.chance(data, 4):
            terms["effective_date"] = world.now + data.draw(st.integers(1, 20)) * DAY
        params = {key: value for key, value in self.terms(data).items()
                  if key in ("discounts", "default_tax_rates")}  # fmt: skip
        quote = world.tried(world.client.quotes.create, {
            "customer": someone.id, "line_items": self.lines_quoted(data, someone.currency),
            "subscription_data": terms, "expires_at": world.now + data.draw(
                st.integers(1, 60)) * DAY, **params})
        if quote is not None and not self.chance(data, 5):
            world.tried(world.client.quotes.finalize_quote, quote.id, {})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_offer_is_changed_or_ends(self, data: st.DataObject) -> None:
        world, quotes = self.world, self.world.client.quotes
        found = self.quotes_of_all("draft", "open", "accepted", "canceled")
        if not found:
            return
        quote = self.one(data, found)
        what = data.draw(st.integers(0, 3))
        if what == 0:
            world.tried(quotes.cancel, quote.id, {})
        elif what == 1:
            made = world.tried(quotes.create, {"from_quote": {
                "quote": quote.id, "is_revision": self.chance(data, 2)}})
            if made is not None:
                world.tried(quotes.finalize_quote, made.id, {})
        elif what == 2:
            world.tried(quotes.finalize_quote, quote.id, {})
        else:
            currency = quote.currency or "usd"
            world.tried(quotes.update, quote.id, {
                "line_items": self.lines_quoted(data, currency)})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def an_offer_is_accepted(self, data: st.DataObject) -> None:
        """What is accepted bills what was offered, and what waited for the next invoice."""
        world, found = self.world, self.quotes_of_all("open")
        if not found:
            return
        quote = world.tried(world.client.quotes.accept, self.one(data, found).id, {})
        if quote is None:
            return
        offered = quote.computed.upfront.amount_total
        if quote.invoice is not None:
            assert world.client.invoices.retrieve(quote.invoice).total == offered, quote.id
        elif quote.subscription is not None:
            someone = next(each for each in world.people if each.id == quote.customer)
            someone.subscriptions.append(quote.subscription)
            made = world.client.subscriptions.retrieve(
                quote.subscription, {"expand": ["latest_invoice"]}).latest_invoice
            if made is not None and self.bills_alone(quote, made):
                assert made.total == offered, quote.id

    def bills_alone(self, quote: Any, invoice: Any) -> bool:
        """Return whether an invoice bills what was quoted, and nothing that waited for it."""
        items = self.world.client.quotes.line_items.list(quote.id).data
        billed = [line.pricing and line.pricing.price_details.price for line in invoice.lines.data]
        return sorted(map(str, billed)) == sorted(each.price.id for each in items)
