"""Business models: a free trial, with and without a card, and freemium, each as a story."""

from prorata.cli.stories.telling import DAY, Telling
from prorata.cli.timeline import dollars
from prorata.rules.calendar import add_intervals

TRIAL_DAYS = 14


class FreeTrial(Telling):
    """Two weeks for nothing, with a card and without one, and what comes after them."""

    title = "A free trial: the card now, the charge in two weeks"
    line_below = "Max gives a card at Checkout; Nora gives none, and her subscription pauses."
    shop_path = "/free-trial"

    def tell(self) -> None:
        """Tell of the trial, its reminder and its end, twice."""
        premium = self.price("Premium", 2500).id
        self.listen()
        self.line.step("Max begins a trial at Checkout; his card is saved, not charged", self.begin)
        max = self.person("Max Ernst")
        self.begin_trial(max, premium, "pm_card_visa")
        self.access("checkout.session.completed", True, "access granted")
        end = self.begin + TRIAL_DAYS * DAY
        self.line.step("A week before the end a mail says when it is, and its price", end - 7 * DAY)
        self.advance(end - 7 * DAY + 60)
        self.tell_events()
        self.line.step("Three days before the end the company is told", end - 3 * DAY)
        self.advance(end - 3 * DAY + 60)
        self.receiver.wait_for(lambda event: event.type == "customer.subscription.trial_will_end")
        self.tell_events()
        self.line.step("The trial ends, and the card is charged", end)
        self.advance(end + 2 * 3600)
        self.show_lines(self.invoices(self.subscription_of(max))[-1])
        self.access("invoice.paid", True, "access goes on")
        self.line.step("Nora begins one without a card")
        nora = self.person("Nora Helmer")
        self.begin_trial(nora, premium, None)
        self.access("checkout.session.completed", True, "access granted")
        self.line.step("Her trial ends, and there is nothing to charge", end + TRIAL_DAYS * DAY)
        self.advance(end + TRIAL_DAYS * DAY + 4 * 3600)
        self.access("customer.subscription.paused", False, "access rests")
        self.line.step("She adds a card, and goes on")
        self.use_card(nora, "pm_card_mastercard")
        resumed = self.api.subscriptions.resume(
            self.subscription_of(nora), {"payment_behavior": "resume_on_payment_success"}
        )
        self.line.call(f"subscriptions.resume()  {resumed.status}")
        self.access("invoice.paid", True, "access granted again")

    def begin_trial(self, customer: str, price: str, card: str | None) -> None:
        session = self.api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": customer,
                "line_items": [{"price": price, "quantity": 1}],
                "payment_method_collection": "always" if card else "if_required",
                "subscription_data": {
                    "trial_period_days": TRIAL_DAYS,
                    "trial_settings": {"end_behavior": {"missing_payment_method": "pause"}},
                },
                "success_url": "https://shop.example/welcome",
            }
        )
        self.line.call(f"checkout.sessions.create({TRIAL_DAYS} days free)  {session.id[:24]}…")
        self.confirm(session, card)

    def subscription_of(self, customer: str) -> str:
        return self.api.subscriptions.list({"customer": customer}).data[0].id


class Freemium(Telling):
    """Free without a card; an upgrade saves one, and then changes the price."""

    title = "Freemium: free without a card, paid after an upgrade"
    line_below = "Signing up makes a subscription on a price of $0; an upgrade changes the price."
    shop_path = "/freemium"

    def tell(self) -> None:
        """Tell of the sign-up, a month for nothing, an upgrade and a declined one."""
        free, premium = self.price("Free", 0).id, self.price("Premium", 2500).id
        self.listen()
        self.line.step("Zoe signs up; nothing is asked of her", self.begin)
        zoe = self.person("Zoe Washburne")
        subscription = self.subscribe(zoe, [{"price": free}])
        self.access("customer.subscription.created", True, "access granted")
        month = add_intervals(self.begin, "month", 1, 1)
        self.line.step("A month passes", month)
        self.advance(month + 2 * 3600)
        self.line.money(f"{dollars(self.invoices(subscription.id)[-1].amount_paid)} charged")
        self.tell_events()
        self.line.step("She wants Premium; her card is declined, and nothing has changed")
        item = subscription["items"].data[0].id
        self.upgrade(zoe, subscription.id, item, premium, "pm_card_chargeCustomerFail")
        self.line.step("With another card it works")
        self.upgrade(zoe, subscription.id, item, premium, "pm_card_visa")
        self.show_lines(self.invoices(subscription.id)[-1])
        self.access("invoice.paid", True, "access raised to Premium")

    def upgrade(self, customer: str, subscription: str, item: str, price: str, card: str) -> None:
        """Save a card, then change the price of the same subscription."""
        import stripe

        intent = self.api.setup_intents.create(
            {
                "customer": customer,
                "usage": "off_session",
                "payment_method": card,
                "allowed_payment_method_types": ["card"],
                "confirm": True,
            }
        )
        self.line.call(f"setup_intents.create({card})  {intent.status}")
        try:
            changed = self.api.subscriptions.update(
                subscription,
                {
                    "items": [{"id": item, "price": price}],
                    "default_payment_method": str(intent.payment_method),
                    "proration_behavior": "always_invoice",
                    "payment_behavior": "error_if_incomplete",
                },
            )
        except stripe.CardError as declined:
            self.line.money(f"declined: {declined.user_message}", good=False)
            self.tell_events()
        else:
            self.line.call(f"subscriptions.update(Premium)  {changed.status}")
