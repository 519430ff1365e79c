"""Elsewhere: embedded in other sites, payment links, pricing tables, buy buttons."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from checkout_pages.visitor import EMAIL, VISA, Visitor
from perceived import check
from script.shop import press


class Site:
    """Another site: one page, whatever its body is at the moment."""

    def __init__(self) -> None:
        site = self
        self.body = ""

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(f"<!doctype html><title>Shop</title>{site.body}".encode())

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


def embed(visitor: Visitor, site: Site, **params: Any) -> Any:
    """Open a page of another site with the embedded checkout in it; return its frame."""
    visitor.session = visitor.client.v1.checkout.sessions.create({
        "mode": "subscription", "ui_mode": "embedded_page",
        "line_items": [{"price": visitor.price(), "quantity": 1}], **params,
    })  # fmt: skip
    site.body = f"""<div id=here></div><p id=told></p>
      <script src="{visitor.server.url}/endive/stripe.js"></script>
      <script>
        const stripe = Stripe("{visitor.server.publishable_key}");
        stripe.createEmbeddedCheckoutPage({{
          clientSecret: "{visitor.session.client_secret}",
          onComplete: () => {{ document.getElementById("told").textContent = "complete"; }},
        }}).then((page) => page.mount("#here"));
      </script>"""
    visitor.page.goto(site.url)
    frame = visitor.page.frame_locator("iframe[name=embedded-checkout]")
    frame.locator("#form[data-ready]").wait_for()
    return frame


def fill(frame: Any) -> None:
    frame.locator("#email").fill(EMAIL)
    frame.locator("#card-number").fill(VISA)
    frame.locator("#card-exp").fill("12 / 34")
    frame.locator("#card-cvc").fill("123")
    frame.locator("#card-name").fill("Ada Lovelace")
    if frame.locator("#card-zip").is_visible():
        frame.locator("#card-zip").fill("94107")
    frame.locator("#submit").click()


def test_the_embedded_page_pays_and_leads_back(visitor: Visitor, site: Site) -> None:
    frame = embed(visitor, site, return_url=f"{site.url}/?back={{CHECKOUT_SESSION_ID}}")
    assert frame.locator(".top").count() == 0
    visitor.page.wait_for_function(
        "parseInt(document.querySelector('iframe[name=embedded-checkout]').style.height) > 500"
    )
    fill(frame)
    visitor.page.wait_for_url(f"{site.url}/?back={visitor.session.id}")
    assert visitor.read().status == "complete"


def test_the_embedded_page_may_stay(desktop: Visitor, site: Site) -> None:
    frame = embed(desktop, site, redirect_on_completion="never")
    fill(frame)
    desktop.wait_text("#told", "complete")
    frame.locator("h1", has_text="You are subscribed").wait_for()
    assert desktop.page.url.rstrip("/") == site.url


def test_a_payment_link_makes_a_session_for_each_visit(visitor: Visitor) -> None:
    link = visitor.client.v1.payment_links.create({
        "line_items": [{"price": visitor.price(), "quantity": 1}],
        "after_completion": {
            "type": "hosted_confirmation",
            "hosted_confirmation": {"custom_message": "See you inside."},
        },
        "inactive_message": "Sold out.",
    })  # fmt: skip
    visitor.go(f"{link.url}?prefilled_email={EMAIL}&client_reference_id=desk_7")
    assert visitor.page.input_value("#email") == EMAIL
    visitor.type_card(email=None)
    visitor.press()
    visitor.wait_text("h1", "You are subscribed")
    assert "See you inside." in visitor.text("main")
    sessions = visitor.client.v1.checkout.sessions.list({"payment_link": link.id}).data
    assert [each.client_reference_id for each in sessions] == ["desk_7"]
    visitor.client.v1.payment_links.update(link.id, {"active": False})
    visitor.page.goto(link.url)
    assert visitor.text("h1") == "This link is no longer active"
    assert "Sold out." in visitor.text("main")


def table(visitor: Visitor) -> str:
    """Make a pricing table of two plans, by month and by year; return its id."""
    plans = []
    for name, amount in (("Basic", 1500), ("Premium", 2500)):
        product = visitor.client.v1.products.create({
            "name": name, "marketing_features": [{"name": f"{amount} pictures"}],
        })  # fmt: skip
        prices = [
            visitor.client.v1.prices.create({
                "product": product.id, "currency": "usd", "unit_amount": unit,
                "recurring": {"interval": interval},
            }).id
            for interval, unit in (("month", amount), ("year", amount * 10))
        ]  # fmt: skip
        plan: dict[str, Any] = {"product": product.id, "prices": prices}
        if name == "Premium":
            plan |= {"highlighted": True, "label": "For families", "trial": {"days": 14}}
        plans.append(plan)
    made = visitor.client.raw_request(
        "post", "/v1/prorata/pricing_tables", products=plans,
        after_completion={"type": "redirect", "redirect": {"url": visitor.thanks}},
    )  # fmt: skip
    return str(visitor.client.deserialize(made, api_mode="V1").id)


def test_from_a_pricing_table_through_checkout_to_success(visitor: Visitor) -> None:
    visitor.page.goto(f"{visitor.server.url}/pricing/{table(visitor)}")
    check(visitor.page)
    assert visitor.text(".plan.is-highlighted .plan-label") == "For families"
    assert "2500 pictures" in visitor.text(".plan.is-highlighted")
    assert visitor.page.inner_text(".plan >> nth=0").count("$15.00") == 1
    visitor.page.check("input[name=interval] >> nth=1", force=True)
    visitor.wait_text(".plan", "$150.00 per year")
    visitor.page.click(".plan.is-highlighted [data-choose]")
    visitor.page.wait_for_selector("#form[data-ready]")
    assert visitor.text(".headline .big") == "14 days free"
    visitor.session = visitor.client.v1.checkout.sessions.list({"limit": 1}).data[0]
    visitor.type_card()
    visitor.press()
    visitor.arrive()
    assert visitor.read(expand=["subscription"]).subscription.status == "trialing"


def test_the_element_shows_a_table_and_leads_to_checkout(visitor: Visitor, site: Site) -> None:
    site.body = f"""<script async src="{visitor.server.url}/v3/pricing-table.js"></script>
      <stripe-pricing-table pricing-table-id="{table(visitor)}"
        publishable-key="{visitor.server.publishable_key}" client-reference-id="desk_9"
        customer-email="{EMAIL}"></stripe-pricing-table>"""
    visitor.page.goto(site.url)
    frame = visitor.page.frame_locator("stripe-pricing-table iframe")
    press(frame.locator(".plan >> nth=0").locator("[data-choose]"))
    visitor.page.wait_for_selector("#form[data-ready]")
    assert EMAIL in visitor.text(".known")
    session = visitor.client.v1.checkout.sessions.list({"limit": 1}).data[0]
    assert session.client_reference_id == "desk_9"


def test_a_table_is_not_shown_with_a_foreign_key(desktop: Visitor) -> None:
    answer = desktop.page.goto(f"{desktop.server.url}/pricing/{table(desktop)}?key=pk_test_x")
    assert answer is not None and answer.status == 401
    desktop.wrongs.clear()


def test_a_buy_button_leads_to_its_link(desktop: Visitor, site: Site) -> None:
    link = desktop.client.v1.payment_links.create({
        "line_items": [{"price": desktop.price(900, "Print", recurring=None), "quantity": 1}],
    })  # fmt: skip
    site.body = f"""<script async src="{desktop.server.url}/v3/buy-button.js"></script>
      <stripe-buy-button buy-button-id="{link.id.replace("plink_", "buy_btn_")}"
        publishable-key="{desktop.server.publishable_key}"></stripe-buy-button>"""
    desktop.page.goto(site.url)
    frame = desktop.page.frame_locator("stripe-buy-button iframe")
    assert frame.locator(".buy-amount").inner_text() == "$9.00"
    press(frame.locator("text=Buy now"))
    desktop.page.wait_for_selector("#form[data-ready]")
    assert desktop.text("#submit") == "Pay $9.00"


def test_the_site_around_has_its_say_about_the_address(desktop: Visitor, site: Site) -> None:
    frame = embed(
        desktop, site, redirect_on_completion="never",
        shipping_address_collection={"allowed_countries": ["US"]},
        permissions={"update_shipping_details": "server_only"},
    )  # fmt: skip
    site.body = site.body.replace(
        "onComplete:",
        "onShippingDetailsChange: async ({shippingDetails}) => "
        "shippingDetails.address.state === 'CA' ? {type: 'accept'}"
        " : {type: 'reject', errorMessage: 'We deliver in California.'}, onComplete:",
    )
    desktop.page.goto(site.url)
    frame.locator("#form[data-ready]").wait_for()
    for name, value in (("name", "Ada"), ("line1", "1 Main St"), ("city", "Reno")):
        frame.locator(f"#shipping-{name}").fill(value)
    frame.locator("#shipping-state").select_option("NV")
    frame.locator("#shipping-postalCode").fill("89501")
    frame.locator("#shipping-postalCode").blur()
    frame.locator("#shipping-line1-error", has_text="We deliver in California.").wait_for()
    frame.locator("#shipping-state").select_option("CA")
    frame.locator("#shipping-line1-error").wait_for(state="hidden")
