"""Rules of subscriptions: begun, changed, planned, paused, ended, and lived through."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from acceptance.lives import SUMS, seen_line
from storms.invariants import RUNNING
from storms.world import BANKS, DAY, FAILING, FINE, HOUR, Someone, World

CURRENCIES = ("usd", "eur", "jpy")
PRORATIONS = ("always_invoice", "create_prorations", "none")
PAYMENTS = ("allow_incomplete", "default_incomplete", "error_if_incomplete")
MONTH = {"interval": "month"}
RECURRING = (
    MONTH, MONTH, MONTH, {"interval": "year"}, {"interval": "week"},
    {"interval": "month", "interval_count": 3}, {"interval": "day", "interval_count": 10},
)  # fmt: skip
GRADES = [
    {"up_to": 2, "unit_amount": 900, "flat_amount": 150},
    {"up_to": 5, "unit_amount_decimal": "450.5"}, {"up_to": "inf", "unit_amount": 0},
]  # fmt: skip
SHAPES: tuple[dict[str, Any], ...] = (
    {"unit_amount": 700}, {"unit_amount": 1_999}, {"unit_amount": 12_345}, {"unit_amount": 0},
    {"unit_amount_decimal": "0.35"},
    {"unit_amount": 500, "transform_quantity": {"divide_by": 3, "round": "up"}},
    {"billing_scheme": "tiered", "tiers_mode": "graduated", "tiers": GRADES},
    {"billing_scheme": "tiered", "tiers_mode": "volume", "tiers": GRADES},
    {"unit_amount": 1_500, "tax_behavior": "inclusive"},
)  # fmt: skip


def counted(item: Any) -> dict[str, int]:
    """Return the quantity of an item as a parameter; one that is billed by use has none."""
    return {"quantity": item.quantity} if "quantity" in item else {}


class LifeRules:
    """What customers do with their subscriptions; mixed into the machine."""

    world: World

    # What is drawn

    def one(self, data: st.DataObject, values: Any) -> Any:
        found = list(values)
        return found[data.draw(st.integers(0, len(found) - 1))]

    def chance(self, data: st.DataObject, of_ten: int) -> bool:
        return data.draw(st.integers(0, 9)) >= 10 - of_ten

    def price(self, data: st.DataObject, currency: str, recurring: Any = None) -> str:
        terms = dict(self.one(data, SHAPES))
        return self.world.price(
            currency, terms | {"recurring": recurring or self.one(data, RECURRING)}
        )

    def card(self, data: st.DataObject, currency: str) -> str:
        if currency == "usd" and self.chance(data, 2):
            return self.one(data, BANKS)
        return self.one(data, FAILING if self.chance(data, 3) else FINE)

    def subscription(self, data: st.DataObject) -> Any:
        id = self.one(data, self.world.subscriptions())
        return self.world.client.subscriptions.retrieve(id)

    def terms(self, data: st.DataObject) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self.chance(data, 3):
            found["discounts"] = [{"coupon": self.one(data, self.world.coupons)}]
        if self.chance(data, 3):
            found["default_tax_rates"] = [self.one(data, self.world.rates)]
        return found

    # Rules

    @rule(data=st.data())
    def a_customer_comes(self, data: st.DataObject) -> None:
        if len(self.world.people) >= 4:
            return
        params: dict[str, Any] = {}
        currency = self.one(data, CURRENCIES)
        if currency == "usd" and self.chance(data, 4):
            params["balance"] = self.one(data, (-1_500, -40, 700))
        if self.chance(data, 2):
            params["coupon"] = self.one(data, self.world.coupons)
        if self.chance(data, 1):
            params["tax_exempt"] = self.one(data, ("exempt", "reverse"))
        self.world.new_customer(currency, self.card(data, currency), **params)

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_subscribes(self, data: st.DataObject) -> None:
        self.subscribes(data, self.one(data, self.world.everyone()))

    def subscribes(self, data: st.DataObject, someone: Someone) -> None:
        world, recurring = self.world, self.one(data, RECURRING)
        mixed = self.chance(data, 2)
        items = [
            {"price": self.price(data, someone.currency, None if mixed else recurring),
             "quantity": data.draw(st.integers(0, 7))}
            for _ in range(data.draw(st.integers(1, 3)))
        ]  # fmt: skip
        params: dict[str, Any] = {
            "customer": someone.id, "items": items, **self.terms(data),
            "billing_mode": {"type": self.one(data, ("flexible", "classic"))},
            "payment_behavior": self.one(data, PAYMENTS),
        }  # fmt: skip
        start = data.draw(st.integers(0, 7))
        if start == 1:
            params["trial_end"] = world.now + data.draw(st.integers(1, 40)) * DAY
        elif start == 2:
            params["billing_cycle_anchor"] = world.now + data.draw(st.integers(1, 25)) * DAY
        elif start == 3:
            params["backdate_start_date"] = world.now - data.draw(st.integers(1, 70)) * DAY
        elif start == 4:
            params |= {"collection_method": "send_invoice", "days_until_due": 5}
        elif start == 5:
            params["cancel_at"] = world.now + data.draw(st.integers(1, 90)) * DAY
        elif start == 6:
            params["add_invoice_items"] = [{"price_data": {
                "currency": someone.currency, "product": self.product(), "unit_amount": 990}}]
        shown = self.shown(params) if start in (0, 1, 4) else None
        made = world.tried(world.client.subscriptions.create, params)
        if made is not None:
            someone.subscriptions.append(made.id)
        if made is not None and shown is not None and made.latest_invoice is not None:
            billed = world.client.invoices.retrieve(made.latest_invoice)
            self.assert_as_shown(shown, billed)

    def shown(self, params: dict[str, Any]) -> Any:
        """Return the preview of a subscription that is to begin."""
        details = {
            name: params[name] for name in ("billing_mode", "default_tax_rates", "items",
            "trial_end") if name in params
        }  # fmt: skip
        preview = {"customer": params["customer"], "subscription_details": details}
        if "discounts" in params:
            preview["discounts"] = params["discounts"]
        return self.world.tried(self.world.client.invoices.create_preview, preview)

    def product(self) -> str:
        if not self.world.plans:
            self.world.plans.append(self.world.client.products.create({"name": "Set-up"}).id)
        return self.world.plans[0]

    def change(self, data: st.DataObject, found: Any) -> dict[str, Any]:
        """Return a change that a preview can show too."""
        item = self.one(data, found["items"].data)
        later = self.world.now + data.draw(st.integers(1, 60)) * DAY
        recurring = item.price.recurring
        same = {"interval": recurring.interval, "interval_count": recurring.interval_count}
        what = data.draw(st.integers(0, 8))
        params: dict[str, Any] = (
            {"items": [{"id": item.id, "price": self.price(data, found.currency, same)}]},
            {"items": [{"id": item.id, "price": self.price(data, found.currency)}]},
            {"items": [{"id": item.id, "quantity": data.draw(st.integers(0, 6))}]},
            {"items": [{"price": self.price(data, found.currency, same),
                        "quantity": data.draw(st.integers(1, 3))}]},
            {"items": [{"id": item.id, "deleted": True}]},
            {"trial_end": self.one(data, ("now", later))},
            {"cancel_at": self.one(data, ("", later))},
            {"cancel_at_period_end": self.chance(data, 5)},
            {"billing_cycle_anchor": {"type": "now"}},
        )[what]
        return {**params, "proration_behavior": self.one(data, PRORATIONS)}

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_changes_as_shown(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        change = self.change(data, found)
        shown = world.tried(world.client.invoices.create_preview, {
            "subscription": found.id, "subscription_details": change})
        after = world.tried(world.client.subscriptions.update, found.id, change)
        if shown is None or after is None or after.latest_invoice == found.latest_invoice:
            return
        if after.pending_update is None:
            self.assert_as_shown(shown, world.client.invoices.retrieve(after.latest_invoice))

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_is_set_otherwise(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        what = self.one(data, (
            {"discounts": [{"coupon": self.one(data, world.coupons)}]}, {"discounts": ""},
            {"pause_collection": {"behavior": self.one(
                data, ("void", "keep_as_draft", "mark_uncollectible"))}},
            {"pause_collection": ""}, {"default_tax_rates": [self.one(data, world.rates)]},
            {"default_tax_rates": ""}, {"metadata": {"step": str(world.calls)}},
            {"collection_method": "send_invoice", "days_until_due": 3},
            {"collection_method": "charge_automatically"},
            {"items": [{"id": found["items"].data[0].id,
                        "price": self.price(data, found.currency)}],
             "payment_behavior": "pending_if_incomplete",
             "proration_behavior": "always_invoice"},
        ))  # fmt: skip
        world.tried(world.client.subscriptions.update, found.id, what)

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def items_come_and_go(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        items, proration = world.client.subscription_items, self.one(data, PRORATIONS)
        if self.chance(data, 5):
            world.tried(items.create, {
                "subscription": found.id, "price": self.price(data, found.currency),
                "quantity": data.draw(st.integers(0, 4)), "proration_behavior": proration})
        else:
            item = self.one(data, found["items"].data)
            world.tried(items.delete, item.id, {"proration_behavior": proration})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_is_canceled(self, data: st.DataObject) -> None:
        world = self.world
        world.tried(world.client.subscriptions.cancel, self.subscription(data).id, {
            "prorate": self.chance(data, 5), "invoice_now": self.chance(data, 5)})

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_pauses_or_goes_on(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        if found.status != "paused" or self.chance(data, 1):
            world.tried(world.client.subscriptions.pause, found.id, {"bill_for": {
                "unused_time_from": {"type": self.one(data, ("now", "none"))}}})
        else:
            world.tried(world.client.subscriptions.resume, found.id, self.one(data, (
                {}, {"payment_behavior": "resume_on_payment_success"},
                {"billing_cycle_anchor": {"type": "unchanged"}},
                {"proration_behavior": "none"})))

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_is_planned(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        schedules = world.client.subscription_schedules
        if found.schedule is not None and self.chance(data, 4):
            verb = self.one(data, ("release", "cancel"))
            world.tried(getattr(schedules, verb), found.schedule)
            return
        planned = (
            schedules.retrieve(found.schedule) if found.schedule is not None
            else world.tried(schedules.create, {"from_subscription": found.id})
        )  # fmt: skip
        if planned is None or not planned.phases:
            return
        now = planned.phases[0]
        items = [{"price": each.price, **counted(each)} for each in now["items"]]
        world.tried(schedules.update, planned.id, {
            "end_behavior": self.one(data, ("cancel", "release")),
            "phases": [
                {"items": items, "start_date": now.start_date, "end_date": now.end_date},
                {"items": [{"price": self.price(data, found.currency)}], "duration": MONTH,
                 "proration_behavior": self.one(data, PRORATIONS), **self.terms(data)}]})

    @precondition(lambda self: self.world.everyone())
    @rule(data=st.data())
    def one_is_planned_ahead(self, data: st.DataObject) -> None:
        world, someone = self.world, self.one(data, self.world.everyone())
        phase = {"items": [{"price": self.price(data, someone.currency)}], "duration": MONTH}
        made = world.tried(world.client.subscription_schedules.create, {
            "customer": someone.id, "end_behavior": self.one(data, ("release", "cancel")),
            "start_date": world.now + data.draw(st.integers(1, 40)) * DAY, "phases": [phase]})
        if made is not None and made.subscription is not None:
            someone.subscriptions.append(made.subscription)

    # Time

    @rule(data=st.data())
    def time_goes_on(self, data: st.DataObject) -> None:
        hours = self.one(data, (1, 2, 24, 73, 24 * 8, 24 * 20, 24 * 32, 24 * 45))
        self.world.advance(self.world.now + hours * HOUR + data.draw(st.integers(0, 90)))

    @precondition(lambda self: self.world.subscriptions())
    @rule(data=st.data())
    def one_renews_as_shown(self, data: st.DataObject) -> None:
        world, found = self.world, self.subscription(data)
        if found.schedule is not None or found.pending_update is not None or self.others(found):
            return
        shown = world.tried(world.client.invoices.create_preview, {"subscription": found.id})
        if shown is None:
            return
        world.advance(min(item.current_period_end for item in found["items"].data))
        after = world.client.subscriptions.retrieve(found.id)
        if after.latest_invoice in (None, found.latest_invoice):
            return
        billed = world.client.invoices.retrieve(after.latest_invoice)
        if billed.billing_reason == "subscription_cycle":
            self.assert_as_shown(shown, billed)

    def others(self, found: Any) -> list[Any]:
        """Return what else of the customer's would take of the balance and items, or give back."""
        client, customer = self.world.client, {"customer": found.customer, "limit": 100}
        return [
            *(each for each in client.subscriptions.list({**customer, "status": "all"}).data
              if each.status in (*RUNNING, "incomplete") and each.id != found.id),
            *client.invoices.list({**customer, "status": "draft"}).data,
            *client.subscription_schedules.list({**customer, "scheduled": True}).data,
            # What comes of an invoice that is paid by then is given back.
            *(each for each in client.payment_intents.list(customer).data
              if each.status == "processing"),
        ]

    def assert_as_shown(self, shown: Any, billed: Any) -> None:
        """Expect that an invoice bills what its preview showed.

        What is too little to charge is owed later, or sent: then something else is due.
        """
        self.world.compared += 1
        little = 0 < max(shown.amount_due, billed.amount_due) < 50
        assert_as_shown(shown, billed, ("amount_due",) if little else ())


def assert_as_shown(shown: Any, billed: Any, but: tuple[str, ...]) -> None:
    """Expect that an invoice bills what its preview showed; the error says what differs."""
    pairs = [
        (name, shown[name], billed[name])
        for name in (*SUMS, "period_start", "period_end")
        if name not in but and shown[name] != billed[name]
    ]  # fmt: skip
    before = [seen_line(each) for each in shown.lines.data]
    after = [seen_line(each) for each in billed.lines.auto_paging_iter()]
    for number, (line, other) in enumerate(zip_longest(before, after, fillvalue=None)):
        if line is None or other is None:
            pairs.append((f"line {number}", line, other))
        elif line != other:
            pairs += [
                (f"line {number} {name}", line[name], other[name])
                for name in line if line[name] != other[name]
            ]  # fmt: skip
    said = "\n".join(f"{name}: shown {one!r}, billed {two!r}" for name, one, two in pairs)
    assert not pairs, f"{billed.id} is not as shown ({billed.billing_reason})\n{said}"
