"""Guide pictures: the guide's pictures, taken from the running shop and the running pages.

`python scripts/guide_pictures.py` writes docs/images/guide/*.png, in Debian's Chromium. The shop
speaks English; Prorata's own pages are taken in English and French.
"""

import io
import tempfile
from pathlib import Path
from typing import Any

import stripe
from playwright.sync_api import Page, sync_playwright
from rich.console import Console

from prorata.cli.demo import dress
from prorata.cli.receiver import Receiver
from prorata.cli.serving import start_dev
from prorata.cli.shop import Shop
from prorata.cli.stories.pay_up_front import PayUpFront
from prorata.cli.timeline import Timeline
from prorata.server.settings import Settings

PICTURES = Path(__file__).parents[1] / "docs" / "images" / "guide"
MOST_BYTES = 150_000
LANGUAGES = {"en": "en-US", "fr": "fr-FR"}


class Camera:
    """A browser in one language at the shop."""

    def __init__(self, browser: Any, shop: str, client: stripe.StripeClient, word: str) -> None:
        self.word, self.shop, self.client = word, shop, client
        context = browser.new_context(
            locale=LANGUAGES[word], viewport={"width": 1120, "height": 740}
        )
        self.page: Page = context.new_page()

    def take(self, name: str, height: int = 740) -> None:
        """Take what is seen."""
        self.page.set_viewport_size({"width": 1120, "height": height})
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(600)
        path = PICTURES / f"{name}.png"
        self.page.screenshot(path=str(path))
        assert path.stat().st_size < MOST_BYTES, f"{path} is too heavy"

    def go(self, path: str) -> None:
        self.page.goto(f"{self.shop}{path}")

    def sign_in(self, email: str) -> None:
        self.go(f"/sign-in?email={email}")
        self.page.get_by_role("button", name="Continue").click()
        self.page.wait_for_url("**/account")

    def shop_pages(self) -> None:
        """Take the shop's plans in its three business models, and Ada's account."""
        for model in ("pay-up-front", "free-trial", "freemium"):
            self.go(f"/{model}")
            self.take(model)
        self.sign_in("ada@example.com")
        self.take("webhooks")

    def own_pages(self) -> None:
        """Take Prorata's own pages: Checkout, the fields, the table, the portal, an invoice."""
        word = self.word
        self.sign_in(f"zoe-{word}@example.com")
        self.go("/pay-up-front")
        self.page.get_by_role("button", name="Pay at Checkout for Premium").click()
        self.page.wait_for_selector("#form[data-ready]")
        self.take(f"checkout-{word}", 900)
        self.go("/pay-up-front/pay/premium")
        frame = self.page.frame_locator("#payment-element iframe").first
        frame.locator("[autocomplete=cc-number]").wait_for()
        self.take(f"elements-{word}", 680)
        self.go("/pricing-table")
        self.page.frame_locator("stripe-pricing-table iframe").get_by_text(
            "Premium"
        ).first.wait_for()
        self.take(f"pricing-table-{word}", 800)
        customer = self.customer()
        [made] = [
            each
            for each in self.client.v1.billing_portal.configurations.list({"limit": 10}).data
            if each.metadata and "shop" in each.metadata.to_dict()
        ]
        portal = self.client.v1.billing_portal.sessions.create(
            {"customer": customer, "configuration": made.id, "return_url": self.shop}
        )
        self.page.goto(portal.url)
        self.take(f"portal-{word}")
        self.page.goto(self.tiered_invoice(customer))
        self.page.get_by_text("Prints").first.wait_for()
        self.take(f"tiers-{word}", 820)

    def customer(self) -> str:
        """Make somebody with Premium and a card."""
        customer = self.client.v1.customers.create(
            {
                "name": "Zoe Martin",
                "email": f"zoe.martin-{self.word}@example.com",
                "preferred_locales": [self.word],
                "payment_method": "pm_card_visa",
                "invoice_settings": {"default_payment_method": "pm_card_visa"},
            }
        )
        [premium] = self.client.v1.prices.list({"lookup_keys": ["premium_monthly"]}).data
        self.client.v1.subscriptions.create(
            {"customer": customer.id, "items": [{"price": premium.id}]}
        )
        return customer.id

    def tiered_invoice(self, customer: str) -> str:
        """Bill 25 prints by graduated tiers; return the address of the invoice's page."""
        price = self.client.v1.prices.create(
            {
                "currency": "usd",
                "recurring": {"interval": "month"},
                "product_data": {"name": "Prints"},
                "billing_scheme": "tiered",
                "tiers_mode": "graduated",
                "tiers": [
                    {"up_to": 10, "unit_amount": 100},
                    {"up_to": "inf", "unit_amount": 80},
                ],
            }
        )
        made: Any = self.client.v1.subscriptions.create(
            {
                "customer": customer,
                "items": [{"price": price.id, "quantity": 25}],
                "collection_method": "send_invoice",
                "days_until_due": 14,
                "expand": ["latest_invoice"],
            }
        )
        invoice = self.client.v1.invoices.finalize_invoice(made.latest_invoice.id)
        return str(invoice.hosted_invoice_url)


def take_all() -> None:
    """Play the story, open the shop, and take every picture."""
    PICTURES.mkdir(exist_ok=True)
    quiet = Timeline(Console(file=io.StringIO()))
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(database=f"sqlite:///{place}/guide.db", port=0)
        server, receiver = start_dev(settings), Receiver()
        client = stripe.StripeClient(settings.secret_key, base_addresses={"api": settings.base_url})
        shop = None
        try:
            dress(client)
            PayUpFront(client, receiver, quiet).play()
            shop = Shop.open(settings, client, 0)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path="/usr/bin/chromium", args=["--no-sandbox"]
                )
                Camera(browser, shop.url, client, "en").shop_pages()
                for word in LANGUAGES:
                    Camera(browser, shop.url, client, word).own_pages()
                browser.close()
        finally:
            receiver.close()
            if shop is not None:
                shop.close()
            server.stop()


if __name__ == "__main__":
    take_all()
