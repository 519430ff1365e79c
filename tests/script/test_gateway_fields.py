"""The gateway's own card fields, in live mode, wherever a card is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import stripe
from playwright.sync_api import Browser, FrameLocator, Page

from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.store.connection import Connection
from prorata.testing import RunningServer
from script.fields_gateway import FieldsGateway
from script.shop import Shop, frame_in, press, says
from servers import running

SECRET, PUBLISHABLE = "sk_live_" + "7" * 24, "pk_live_" + "7" * 24
NUMBER, DECLINED, CHALLENGED = "4242424242424242", "4000000000009995", "4000002760003184"


@pytest.fixture(scope="module")
def live() -> Iterator[RunningServer]:
    """A server in live mode, whose gateway brings fields of its own."""
    with running() as server:

        def make(connection: Connection) -> None:
            book = open_book(connection, DEV_ACCOUNT, True)
            add_key(connection, book, SECRET, id="key_live_s", now=1)
            add_key(connection, book, PUBLISHABLE, id="key_live_p", now=1)

        server.system.database.write(make)
        sandbox = server.system.gateway
        server.system.gateway = fields = FieldsGateway()
        yield server
        server.system.gateway = sandbox
        fields.close()


class Watched(Shop):
    """A shop in live mode that keeps what its visitors' browsers say to Prorata."""

    def __init__(self, server: RunningServer, browser: Browser) -> None:
        super().__init__(server, browser)
        self.client = stripe.StripeClient(SECRET, base_addresses={"api": server.url})
        self.said: list[str] = []

    def watch(self, context: Any) -> None:
        context.on("request", self._keep)

    def _keep(self, request: Any) -> None:
        if request.url.startswith(self.server.url):
            self.said.append(f"{request.url} {request.post_data or ''}")

    def check(self) -> None:
        """Fail where a card's number was said to Prorata."""
        assert self.said or not self._contexts
        for each in self.said:
            digits = "".join(sign for sign in each if sign.isdigit())
            assert not any(number in digits for number in (NUMBER, DECLINED, CHALLENGED)), each

    def price(self) -> str:
        return self.client.v1.prices.create({
            "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
            "product_data": {"name": "Basic"},
        }).id  # fmt: skip


@pytest.fixture
def shop(live: RunningServer, browser: Any) -> Iterator[Watched]:
    opened = Watched(live, browser)
    yield opened
    # Of a test that failed: whether the bank was told, and what was asked since.
    print("the bank heard", live.system.gateway.heard, *opened.said[-12:], sep="\n")  # type: ignore[attr-defined]
    opened.close()
    opened.check()


def fill(around: FrameLocator | Page, number: str = NUMBER, code: str = "737") -> FrameLocator:
    """Type a card into the gateway's fields, which stand in a frame of ours, until it is known."""
    ours = around.frame_locator(".GatewayFields")
    card = ours.frame_locator("iframe")
    card.get_by_label("Card number").fill(number)
    card.get_by_label("Expiry date").fill("1234")
    card.get_by_label("Security code").fill(code)
    ours.locator("html[data-complete=true]").wait_for()
    return card


def answer_bank(bank: FrameLocator, answer: str) -> None:
    """Answer on the bank's page, which has an origin of its own and stands in two frames.

    Not by the pointer, which aims through both: of a click that no frame has taken nobody tells.
    """
    button = bank.get_by_role("button", name=answer)
    button.wait_for()
    button.dispatch_event("click")


def test_checkout_takes_a_live_card(shop: Watched) -> None:
    session = shop.client.v1.checkout.sessions.create({
        "mode": "subscription", "line_items": [{"price": shop.price(), "quantity": 1}],
        "success_url": f"{shop.url}/thanks",
    })  # fmt: skip
    page = shop.open(session.url)
    page.wait_for_selector("#form[data-ready]")
    page.fill("#email", "ada@example.com")
    page.fill("#card-name", "Ada Lovelace")
    page.fill("#card-zip", "94103")
    page.click("#submit")
    page.wait_for_selector("#gateway-card [role=alert]:has-text('complete')")
    assert page.locator("#card-number").count() == 0
    fill(page, DECLINED)
    page.click("#submit")
    page.wait_for_selector("#payment-error:visible")
    fill(page, code="000")
    page.click("#submit")
    page.wait_for_selector("#payment-error:has-text('security code')")
    fill(page)
    page.click("#submit")
    page.wait_for_url(f"{shop.url}/thanks")
    paid = shop.client.v1.checkout.sessions.retrieve(session.id, {"expand": ["subscription"]})
    assert (paid.livemode, paid.payment_status, paid.subscription.status) == (
        True, "paid", "active",
    )  # fmt: skip


def test_the_payment_element_takes_a_live_card(shop: Watched) -> None:
    intent = shop.client.v1.payment_intents.create({
        "amount": 2100, "currency": "usd",
        "allowed_payment_method_types": ["card", "us_bank_account"],
    })  # fmt: skip
    page = shop.open(shop.page('<div id="here"></div><button id="pay">Pay</button>', (
        f"const live = Stripe('{PUBLISHABLE}');"
        f"const elements = live.elements({{clientSecret: '{intent.client_secret}',"
        " appearance: {variables: {colorText: '#123456', borderRadius: '3px'}}});"
        "const element = elements.create('payment'); element.mount('#here');"
        "watch(element, 'change', 'ready', 'carddetailschange');"
        "pay.onclick = () => live.confirmPayment({elements, redirect: 'if_required'}).then(show);"
    )))  # fmt: skip
    frame = frame_in(page, "#here").first
    page.wait_for_function("heard.some(([name]) => name === 'ready')")
    page.click("#pay")
    says(page, "complete")
    card = fill(frame)
    style = card.get_by_label("Card number").evaluate("(node) => [node.style.color,"
                                                      " node.style.borderRadius]")  # fmt: skip
    assert style == ["rgb(18, 52, 86)", "3px"]
    # What is typed stays while one looks at the other ways.
    press(frame.get_by_role("tab", name="US bank account"))
    press(frame.get_by_role("tab", name="Card"))
    assert card.get_by_label("Card number").input_value() == NUMBER
    frame.locator("[name=postalCode]").fill("94103")
    page.wait_for_function("heard.filter(([name]) => name === 'change').at(-1)[1].complete")
    page.click("#pay")
    says(page, "succeeded")
    method = shop.client.v1.payment_methods.retrieve(page.evaluate("result.paymentIntent"
                                                                   ".payment_method"))  # fmt: skip
    assert (method.livemode, method.card.last4) == (True, "4242")
    assert method.billing_details.address.postal_code == "94103"


def test_the_card_element_makes_a_token(shop: Watched) -> None:
    body = '<div id="here"></div><div id="part"></div><button id="go">Go</button>'
    page = shop.open(shop.page(body, (
        f"const live = Stripe('{PUBLISHABLE}'); const elements = live.elements();"
        "const card = elements.create('card'); card.mount('#here');"
        "const part = live.elements().create('cardNumber'); watch(part, 'loaderror');"
        "part.mount('#part');"
        "go.onclick = async () => { const made = await live.createToken(card,"
        " {name: 'Ada', address_zip: '94103'}); window.made = made;"
        " show(made.error ? made : await live.createPaymentMethod({type: 'card', card})); };"
    )))  # fmt: skip
    page.wait_for_function("heard.length")
    assert page.evaluate("heard[0][1].error.code") == "card_fields_of_gateway"
    fill(frame_in(page, "#here").first)
    page.click("#go")
    says(page, "done")
    assert page.evaluate("made.token.card.name") == "Ada"
    assert page.evaluate("result.paymentMethod.card.brand") == "visa"
    # A token of a card is good for one use, with either key.
    intent = shop.client.v1.payment_intents.create({
        "amount": 900, "currency": "usd", "confirm": True, "allowed_payment_method_types": ["card"],
        "payment_method_data": {"type": "card", "card": {"token": page.evaluate("made.token.id")}},
    })  # fmt: skip
    assert intent.status == "succeeded"


def test_an_invoice_and_the_portal_take_a_live_card(shop: Watched) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com", "name": "Ada"})
    shop.client.v1.invoice_items.create({"customer": customer.id, "amount": 900,
                                         "currency": "usd"})  # fmt: skip
    invoice = shop.client.v1.invoices.create({
        "customer": customer.id, "collection_method": "send_invoice", "days_until_due": 9,
        "pending_invoice_items_behavior": "include",
    })  # fmt: skip
    invoice = shop.client.v1.invoices.finalize_invoice(invoice.id)
    page = shop.open(invoice.hosted_invoice_url)
    page.click("#pay-button")
    page.wait_for_selector("#gateway-card [role=alert]:has-text('complete')")
    fill(page, CHALLENGED)
    page.click("#pay-button")
    page.frame_locator(".ask-frame").get_by_role("button", name="Yes").click()
    page.wait_for_selector(".outcome-paid")
    portal = shop.client.v1.billing_portal.sessions.create({"customer": customer.id})
    page = shop.open(portal.url)
    page.get_by_role("link", name="Add").first.click()
    fill(page, CHALLENGED)
    page.get_by_role("button", name="Add payment method").click()
    page.frame_locator(".ask-frame").get_by_role("button", name="Yes").click()
    page.wait_for_selector("text=3184")
    [method] = shop.client.v1.customers.payment_methods.list(customer.id).data
    assert method.livemode


def test_a_bank_asks_on_its_own_page(shop: Watched) -> None:
    session = shop.client.v1.checkout.sessions.create({
        "mode": "subscription", "line_items": [{"price": shop.price(), "quantity": 1}],
        "success_url": f"{shop.url}/thanks",
    })  # fmt: skip
    page = shop.open(session.url)
    page.wait_for_selector("#form[data-ready]")
    page.fill("#email", "ada@example.com")
    page.fill("#card-name", "Ada Lovelace")
    page.fill("#card-zip", "94103")

    def asked(say: str) -> None:
        fill(page, CHALLENGED)
        page.click("#submit")
        answer_bank(page.frame_locator("#challenge iframe").frame_locator(".ask-frame"), say)

    asked("No")
    page.wait_for_selector("#payment-error:visible")
    asked("Yes")
    page.wait_for_url(f"{shop.url}/thanks")
    paid = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")


def open_element(shop: Watched, secret: str) -> tuple[Page, FrameLocator]:
    """Open a page with the payment element of a setup intent; return it and the element's frame."""
    page = shop.open(shop.page('<div id="here"></div><button id="pay">Save</button>', (
        f"const live = Stripe('{PUBLISHABLE}');"
        f"const elements = live.elements({{clientSecret: '{secret}'}});"
        "elements.create('payment').mount('#here');"
        "pay.onclick = () => live.confirmSetup({elements, redirect: 'if_required'}).then(show);"
    )))  # fmt: skip
    frame = frame_in(page, "#here").first
    frame.locator("[name=postalCode]").fill("94103")
    return page, frame


def bank_in(page: Page) -> FrameLocator:
    """Return the bank's page, which stands in one of ours above the page."""
    return page.frame_locator("dialog iframe").frame_locator(".ask-frame")


def test_a_bank_asks_above_the_payment_element(shop: Watched) -> None:
    customer = shop.client.v1.customers.create({"email": "ada@example.com"})
    intent = shop.client.v1.setup_intents.create({
        "customer": customer.id, "usage": "off_session",
        "allowed_payment_method_types": ["card"],
    })  # fmt: skip
    page, frame = open_element(shop, intent.client_secret or "")
    for say, then in (("No", "unable to authenticate"), ("Yes", "succeeded")):
        fill(frame, CHALLENGED)
        page.click("#pay")
        answer_bank(bank_in(page), say)
        says(page, then)


def test_a_look_that_is_refused_leaves_the_banks_page_as_it_is(shop: Watched) -> None:
    intent = shop.client.v1.setup_intents.create({
        "usage": "off_session", "allowed_payment_method_types": ["card"],
    })  # fmt: skip
    page, frame = open_element(shop, intent.client_secret or "")
    refused: list[str] = []

    def refuse(route: Any) -> None:
        if route.request.method != "POST" or len(refused) == 2:
            route.fallback()
            return
        refused.append(route.request.url)
        route.fulfill(status=429, json={"error": {"message": "Too much at once."}})

    page.route(f"{shop.server.url}/_prorata/challenge/**", refuse)
    fill(frame, CHALLENGED)
    page.click("#pay")
    bank = bank_in(page)
    bank.get_by_role("button", name="Yes").evaluate("button => { button.dataset.typed = '1'; }")
    for _ in range(600):
        if len(refused) == 2:
            break
        page.wait_for_timeout(100)
    assert len(refused) == 2
    bank.locator("[data-typed]").dispatch_event("click")
    says(page, "succeeded")


def test_a_token_that_the_gateway_does_not_know_is_refused(shop: Watched) -> None:
    with pytest.raises(stripe.InvalidRequestError, match="no such token"):
        shop.client.raw_request("post", "/v1/prorata/tokens", token="guessed")
