"""Live mode: fields of ours take no cards, and say so."""

from __future__ import annotations

import pytest

from prorata.server.settings import DEV_ACCOUNT
from prorata.store.books import add_key, open_book
from prorata.store.connection import Connection
from script.shop import Shop, frame_in

LIVE_KEY = "pk_live_" + "7" * 24


@pytest.fixture
def live_shop(shop: Shop) -> Shop:
    def make(connection: Connection) -> None:
        book = open_book(connection, DEV_ACCOUNT, True)
        add_key(connection, book, LIVE_KEY, id="key_live", now=1)

    shop.server.system.database.write(make)
    return shop


@pytest.mark.parametrize(("type", "options"), [
    ("payment", "{mode: 'payment', amount: 900, currency: 'usd',"
                " allowedPaymentMethodTypes: ['card']}"),
    ("card", ""), ("cardNumber", ""),
])  # fmt: skip
def test_cards_are_refused_in_live_mode(live_shop: Shop, type: str, options: str) -> None:
    page = live_shop.open(live_shop.page('<div id="here"></div>', (
        f"const live = Stripe('{LIVE_KEY}'); const elements = live.elements({options});"
        f"const element = elements.create('{type}'); watch(element, 'loaderror', 'ready');"
        "element.mount('#here');"
    )))  # fmt: skip
    page.wait_for_function("heard.length")
    name, event = page.evaluate("heard[0]")
    assert (name, event["error"]["code"]) == ("loaderror", "card_fields_of_gateway")
    frame = frame_in(page, "#here")
    assert "live mode" in frame.locator("[role=alert]").inner_text()
    assert frame.locator("input").count() == 0


def test_the_wallet_is_not_shown_in_live_mode(live_shop: Shop) -> None:
    page = live_shop.open(live_shop.page('<div id="here"></div>', (
        f"const live = Stripe('{LIVE_KEY}');"
        "const elements = live.elements({mode: 'payment', amount: 900, currency: 'usd'});"
        "const element = elements.create('expressCheckout'); watch(element, 'ready');"
        "element.mount('#here');"
    )))  # fmt: skip
    page.wait_for_function("heard.length")
    assert page.evaluate("heard[0][1].availablePaymentMethods ?? null") is None
    assert not frame_in(page, "#here").locator("button").is_visible()


@pytest.mark.parametrize(("key", "said"), [
    ("", "Missing value"), ("sk_test_123", "secret key"), ("rk_live_1", "secret key"),
])  # fmt: skip
def test_only_publishable_keys_open_the_script(shop: Shop, key: str, said: str) -> None:
    page = shop.open(shop.page("", ""))
    message = page.evaluate(
        "(key) => { try { Stripe(key); } catch (fault) { return fault.name + fault.message; } }",
        key,
    )
    assert message.startswith("IntegrationError")
    assert said in message
