"""Selling: Checkout, Elements, a pricing table, changes, webhooks and entitlements as stories."""

import urllib.error
import urllib.request
from typing import Any

import stripe

from prorata.cli.stories.telling import Telling
from prorata.cli.timeline import dollars
from prorata.rules.calendar import add_intervals


class Checkout(Telling):
    """The hosted page asks for the payment details; access comes with the session's end."""

    title = "Checkout: the page that needs least code"
    line_below = "One call makes a session; its page does the rest, and an event tells of it."
    shop_path = "/pay-up-front"

    def tell(self) -> None:
        """Tell of a session, a declined card, and one that works."""
        price = self.price("Premium", 2500).id
        self.listen()
        self.line.step("The shop makes a session and leads Ada to its page", self.begin)
        session = self.api.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": self.person("Ada"),
                "line_items": [{"price": price, "quantity": 1}],
                "client_reference_id": "user-7",
                "success_url": "https://shop.example/welcome?session={CHECKOUT_SESSION_ID}",
            }
        )
        self.line.call(f"checkout.sessions.create(Premium)  {session.status}")
        self.line.address(str(session.url))
        self.line.step("A card is declined: the page says so, and the session stays open")
        try:
            self.confirm(session, "pm_card_chargeDeclinedInsufficientFunds")
        except stripe.CardError as declined:
            self.line.money(f"declined: {declined.user_message}", good=False)
        self.tell_events()
        self.line.step("Another one is charged")
        self.confirm(session, "pm_card_visa")
        self.line.money(f"{dollars(session.amount_total or 0)} charged")
        self.access("checkout.session.completed", True, "user-7 has bought; access granted")


class Elements(Telling):
    """The shop's own page has the fields in it; access comes with the paid invoice."""

    title = "Elements: the fields in a page of your own"
    line_below = "The subscription waits for its first payment; the page confirms that payment."
    shop_path = "/pay-up-front/pay/premium"

    def tell(self) -> None:
        """Tell of a subscription that waits, and of its payment."""
        price = self.price("Premium", 2500).id
        self.listen()
        self.line.step("The page asks the server for a subscription", self.begin)
        more: Any = {
            "payment_behavior": "default_incomplete",
            "payment_settings": {"save_default_payment_method": "on_subscription"},
            "expand": ["latest_invoice.confirmation_secret"],
        }
        made = self.subscribe(self.person("Ada"), [{"price": price}], **more)
        secret = made.latest_invoice.confirmation_secret.client_secret
        intent = secret.partition("_secret")[0]
        self.line.note(f"its page gets the client secret {secret[:20]}…")
        self.tell_events()
        for card in ("pm_card_chargeDeclined", "pm_card_visa"):
            self.line.step(f"The page confirms the payment with {card}")
            try:
                self.api.payment_intents.confirm(intent, {"payment_method": card})
            except stripe.CardError as declined:
                self.line.money(f"declined: {declined.user_message}", good=False)
                self.tell_events()
        self.show_lines(self.invoices(made.id)[0])
        self.access("invoice.paid", True, "access granted")


class PricingTable(Telling):
    """Plans side by side from one tag; a choice leads straight to Checkout."""

    title = "Pricing table: plans side by side, without code"
    line_below = "Set up once at billing; a page shows it with one tag."
    shop_path = "/pricing-table"

    def tell(self) -> None:
        """Tell of a table, a choice and what it leads to."""
        plans = [self.price("Basic", 1500), self.price("Premium", 2500)]
        self.listen()
        self.line.step("The table is set up")
        table = self.client.raw_request(
            "post",
            "/v1/prorata/pricing_tables",
            products=[{"product": each.product, "prices": [each.id]} for each in plans],
        ).data
        self.line.call(f"prorata pricing-table create  {table['id']}")
        self.line.note(f'<stripe-pricing-table pricing-table-id="{table["id"]}" …>')
        self.line.step("A visitor chooses Premium, and is at Checkout")
        chosen = self.client.raw_request(
            "post", f"/v1/prorata/pricing_tables/{table['id']}/checkout", price=plans[1].id
        ).data
        session = self.api.checkout.sessions.retrieve(chosen["session"])
        self.email = "ada@example.com"
        self.client.raw_request("post", f"/v1/payment_pages/{session.id}", email="ada@example.com")
        self.confirm(session, "pm_card_visa")
        self.line.money(f"{dollars(session.amount_total or 0)} charged")
        self.access("checkout.session.completed", True, "access granted to ada@example.com")


class Changes(Telling):
    """The portal does it all; a form of one's own asks the same functions."""

    title = "Changes: in the portal, or in a form of your own"
    line_below = "What a change costs is shown first, and exactly that is charged."
    shop_path = "/account"

    def tell(self) -> None:
        """Tell of a link to the portal, an upgrade from an own form, and a cancellation."""
        basic, premium = self.price("Basic", 1500).id, self.price("Premium", 2500).id
        self.listen()
        ada = self.person("Ada", "pm_card_visa")
        made = self.subscribe(ada, [{"price": basic}])
        self.access("invoice.paid", True, "access granted")
        self.line.step("With Checkout: one call leads to the portal", self.begin)
        portal = self.api.billing_portal.sessions.create(
            {"customer": ada, "return_url": "https://shop.example/account"}
        )
        self.line.call("billing_portal.sessions.create()  open it within five minutes")
        self.line.address(portal.url)
        half = self.begin + 15 * 86_400 + 12 * 3600
        self.line.step("With Elements: the page sends a wish, the server carries it out", half)
        self.advance(half)
        change: Any = {
            "items": [{"id": made["items"].data[0].id, "price": premium}],
            "proration_behavior": "always_invoice",
            "proration_date": half,
        }
        preview = self.api.invoices.create_preview(
            {"subscription": made.id, "subscription_details": change}
        )
        self.line.call(f"invoices.create_preview(Premium)  {dollars(preview.amount_due)}")
        self.api.subscriptions.update(made.id, change)
        self.line.call("subscriptions.update(Premium)")
        self.show_lines(self.invoices(made.id)[-1])
        self.access("invoice.paid", True, "access raised to Premium")
        self.line.step("She cancels, and keeps what she has paid for")
        self.api.subscriptions.update(made.id, {"cancel_at_period_end": True})
        self.access("customer.subscription.updated", True, "access until the end of the month")
        end = add_intervals(self.begin, "month", 1, 1)
        self.line.step("The month ends", end)
        self.advance(end + 3600)
        self.access("customer.subscription.deleted", False, "access ends")


class Webhooks(Telling):
    """Signed, sent again, acted upon once; features follow of themselves."""

    title = "Webhooks: being told, and believing only what is signed"
    line_below = "Access follows events, and features follow the plan."

    def tell(self) -> None:
        """Tell of an event that is right, one that is forged, and what may be used then."""
        feature = self.api.entitlements.features.create(
            {"lookup_key": "download_originals", "name": "Download in full size"}
        )
        price = self.price("Premium", 2500)
        self.api.products.features.create(str(price.product), {"entitlement_feature": feature.id})
        self.line.call(f"products.features.create(Premium, {feature.lookup_key})")
        self.listen()
        self.line.step("Ada subscribes", self.begin)
        ada = self.person("Ada", "pm_card_visa")
        made = self.subscribe(ada, [{"price": price.id}])
        self.access("invoice.paid", True, "its signature is right: access granted")
        self.line.step("What she may use now")
        listed = self.api.entitlements.active_entitlements.list({"customer": ada})
        self.line.call("entitlements.active_entitlements.list()")
        self.line.note(", ".join(each.lookup_key for each in listed.data))
        self.line.step("Somebody sends an event of his own making")
        self.line.money(f"the signature is wrong: answered with {self.forge()}", good=False)
        self.line.step("The same event is sent once more")
        paid = self.api.events.list({"type": "invoice.paid", "limit": 1}).data[0]
        before = self.receiver.deliveries
        self.client.raw_request(
            "post", f"/v1/events/{paid.id}/retry", webhook_endpoint=self.endpoint
        )
        self.receiver.wait_for_deliveries(before + 1)
        self.line.call(f"stripe events resend {paid.id}")
        self.line.note("its id is known: nothing is done twice")
        self.line.step("She is canceled, and the feature goes with it")
        self.api.subscriptions.cancel(made.id)
        self.access("customer.subscription.deleted", False, "access ends")

    def forge(self) -> int:
        """Send the company an event that nobody signed; return the answer's status."""
        request = urllib.request.Request(
            self.receiver.url,
            data=b'{"object": "event", "type": "invoice.paid"}',
            headers={"Stripe-Signature": "t=1,v1=forged"},
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code
