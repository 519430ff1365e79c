"""The Python shop in a browser: three business models, each until somebody is let in."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest

from chromium import chromium
from examples.conftest import PYTHON_SHOP, environment, opened
from examples.customer import (
    DECLINED,
    DESKTOP,
    PHONE,
    SAVED_THEN_DECLINED,
    Customer,
)  # fmt: skip
from ports import free_port
from prorata.testing import RunningServer
from script.shop import press


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("flask", reason="the Python shop needs Flask")
    with chromium() as opened_browser:
        yield opened_browser


class OpenShop:
    """Where the shop is, and the secret with which it is told."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret

    def tell(self, event: dict[str, Any], secret: str | None = None) -> int:
        """Send an event to the shop; return the status of its answer."""
        body = json.dumps(event)
        now = int(time.time())
        key = (secret or self.secret).encode()
        signature = hmac.new(key, f"{now}.{body}".encode(), hashlib.sha256).hexdigest()
        request = urllib.request.Request(
            f"{self.url}/webhooks", data=body.encode(),
            headers={"Stripe-Signature": f"t={now},v1={signature}"},
        )  # fmt: skip
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            return refused.code


@pytest.fixture(scope="module")
def shop(
    server: RunningServer, billing: Any, browser: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenShop]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    endpoint = billing.v1.webhook_endpoints.create(
        {"url": f"{url}/webhooks", "enabled_events": ["*"]}
    )
    table = pricing_table(billing, url)
    place = tmp_path_factory.mktemp("shop")
    env = environment(
        server, place, port, STRIPE_WEBHOOK_SECRET=endpoint.secret, PRICING_TABLE_ID=table
    )
    with opened([sys.executable, "shop.py"], PYTHON_SHOP, env):
        yield OpenShop(url, endpoint.secret)


def pricing_table(billing: Any, url: str) -> str:
    """Make a table of a plan that the shop then finds by its lookup key."""
    price = billing.v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"}, "lookup_key": "basic_monthly",
    })  # fmt: skip
    return str(billing.raw_request(
        "post", "/v1/prorata/pricing_tables",
        products=[{"product": price.product, "prices": [price.id]}],
        after_completion={"type": "redirect", "redirect": {"url": f"{url}/welcome"}},
    ).data["id"])  # fmt: skip


@pytest.fixture(params=["desktop", "phone"])
def customer(request: pytest.FixtureRequest, browser: Any, shop: OpenShop) -> Iterator[Customer]:
    found = Customer(browser, shop.url, PHONE if request.param == "phone" else DESKTOP)
    found.name = request.param  # type: ignore[attr-defined]
    yield found
    found.leave()


@pytest.fixture
def visitor(browser: Any, shop: OpenShop) -> Iterator[Customer]:
    found = Customer(browser, shop.url)
    yield found
    found.leave()


def test_pay_up_front_at_checkout_then_change(customer: Customer) -> None:
    customer.go("/pay-up-front")
    customer.check()
    customer.press("Pay at Checkout for Premium")
    customer.check()
    customer.say_who(f"ada-{customer.name}@example.com")  # type: ignore[attr-defined]
    customer.pay_at_checkout()
    customer.sees("Welcome to Premium")
    customer.press("Open your album", role="link")
    customer.check()
    assert customer.page.get_by_role("link", name="Original").count() == 6
    customer.told_of("$25.00 paid: access until", "checkout.session.completed")
    customer.check()
    customer.press("Change to Basic", role="link")
    customer.check()
    kept = customer.page.inner_text("main")
    assert "Kept for your next invoices" in kept and "$10.00" in kept
    # A moment of one's own choosing does not count.
    customer.page.evaluate("document.querySelector('[name=moment]').value = '1'")
    customer.press("Change to Basic")
    customer.sees("Welcome to Basic")
    customer.go("/album")
    assert customer.page.get_by_role("link", name="Original").count() == 0
    assert customer.context.request.get(f"{customer.shop}/album/0/original").status == 403
    customer.press("Share album")
    shared = customer.page.get_by_role("link", name="/shared/").get_attribute("href")
    customer.context.clear_cookies()
    customer.go(str(shared))
    customer.sees("A shared album")


def test_pay_up_front_in_our_page_where_a_card_is_declined_first(
    visitor: Customer, billing: Any
) -> None:
    visitor.sign_in("max@example.com")
    visitor.go("/pay-up-front/pay/basic")
    visitor.type_card(DECLINED)
    visitor.check()
    visitor.press("Pay $15.00")
    visitor.page.get_by_text("Your card was declined").wait_for()
    visitor.go("/album")
    visitor.sees("Your album is closed")
    visitor.page.go_back()
    visitor.type_card()
    visitor.press("Pay $15.00")
    visitor.sees("Welcome to Basic")
    visitor.told_of("$15.00 paid")


def test_a_second_try_from_one_page_pays_the_same_subscription(
    visitor: Customer, billing: Any
) -> None:
    visitor.sign_in("mia@example.com")
    visitor.go("/pay-up-front/pay/basic")
    visitor.type_card(DECLINED)
    visitor.press("Pay $15.00")
    visitor.page.get_by_text("Your card was declined").wait_for()
    visitor.type_card()
    visitor.press("Pay $15.00")
    visitor.sees("Welcome to Basic")
    [mia] = billing.v1.customers.list({"email": "mia@example.com"}).data
    made = billing.v1.subscriptions.list({"customer": mia.id, "status": "all"}).data
    assert [each.status for each in made] == ["active"]


@pytest.mark.any_shape("development endpoints")
def test_a_free_trial_with_a_card_in_our_page_and_its_end(visitor: Customer, billing: Any) -> None:
    visitor.go("/free-trial")
    visitor.check()
    visitor.press("Start on this site for Premium", role="link")
    visitor.say_who("nora@example.com")
    visitor.type_card()
    visitor.press("Start trial")
    visitor.sees("Welcome to Premium")
    assert "free trial" in visitor.told_of("the trial of Premium begins")
    billing.raw_request("post", "/_prorata/clock/advance", by="15d")
    visitor.told_of(
        "$25.00 paid: access until", "Premium active", "customer.subscription.trial_will_end"
    )


def test_a_free_trial_without_a_card_at_checkout(visitor: Customer) -> None:
    visitor.go("/free-trial")
    visitor.press("Start without a card for Basic")
    visitor.say_who("lea@example.com")
    visitor.page.wait_for_selector("#form[data-ready]")
    visitor.page.click("#submit")
    visitor.sees("Welcome to Basic")
    visitor.go("/free-trial")
    visitor.press("Start at Checkout for Premium")
    visitor.sees("Your account")


def test_freemium_and_an_upgrade_at_checkout(visitor: Customer, billing: Any) -> None:
    visitor.sign_in("zoe@example.com")
    visitor.go("/freemium")
    visitor.check()
    visitor.press("Join for free")
    visitor.sees("Welcome to Free")
    visitor.told_of("Subscribed: access given")
    visitor.go("/freemium")
    visitor.press("Upgrade at Checkout for Premium")
    visitor.pay_at_checkout()
    visitor.sees("Welcome to Premium")
    # The free plan has its own invoice, of nothing.
    visitor.told_of(re.compile(r"\$2[45]\.\d\d paid"))
    [zoe] = billing.v1.customers.list({"email": "zoe@example.com"}).data
    assert len(billing.v1.subscriptions.list({"customer": zoe.id, "status": "all"}).data) == 1


def test_an_upgrade_that_is_declined_changes_nothing(visitor: Customer) -> None:
    visitor.sign_in("ben@example.com")
    visitor.go("/freemium")
    visitor.press("Join for free")
    visitor.sees("Welcome to Free")
    # Who has a plan is led to its change, and from the free one to where a card is asked for.
    visitor.go("/pay-up-front/pay/premium")
    visitor.type_card(SAVED_THEN_DECLINED)
    visitor.press("Upgrade to Premium")
    visitor.page.get_by_text("One moment").wait_for()
    assert "Free active" in visitor.told_of("declined when it was charged")


def test_the_portal_cancels_and_comes_back(visitor: Customer) -> None:
    visitor.sign_in("tom@example.com")
    visitor.go("/freemium")
    visitor.press("Join for free")
    visitor.sees("Welcome to Free")
    visitor.go("/account")
    visitor.press("Cancel")
    visitor.page.get_by_role("button", name=re.compile("Cancel")).first.click()
    visitor.page.wait_for_url(f"{visitor.shop}/account")
    visitor.told_of("Access until")


def test_the_pricing_table_leads_to_checkout(visitor: Customer) -> None:
    visitor.sign_in("pia@example.com")
    visitor.go("/pricing-table")
    press(visitor.page.frame_locator("stripe-pricing-table iframe").get_by_role("button").first)
    visitor.pay_at_checkout()
    visitor.sees("Welcome to Basic")


def test_what_nobody_signed_is_refused_and_what_comes_twice_is_done_once(
    visitor: Customer, shop: OpenShop, billing: Any
) -> None:
    ida = billing.v1.customers.create({"email": "ida@example.com"})
    event = {
        "object": "event", "id": "evt_twice", "type": "customer.subscription.deleted",
        "created": int(time.time()), "data": {"object": {"customer": ida.id}},
    }  # fmt: skip
    assert shop.tell(event, secret="whsec_wrong") == 400
    assert [shop.tell(event), shop.tell(event)] == [200, 200]
    visitor.sign_in("ida@example.com")
    assert visitor.told().count("The subscription ended") == 1


def test_signing_in_leads_to_no_other_site(visitor: Customer) -> None:
    visitor.go("/sign-in")
    visitor.page.evaluate("document.querySelector('[name=next]').value = '//elsewhere.example/'")
    visitor.say_who("eve@example.com")
    visitor.sees("Your account")
