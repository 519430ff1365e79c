"""Elements for everybody: axe-core finds nothing to complain about, in any theme."""

from __future__ import annotations

import pytest

from perceived import complaints
from script.shop import Shop, frame_in, type_card

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
         # What only a whole page has: the shop's, not a frame's.
         "rules": {name: {"enabled": False} for name in (
             "region", "landmark-one-main", "page-has-heading-one", "bypass")}}  # fmt: skip


@pytest.mark.parametrize("theme", ["stripe", "night", "flat"])
@pytest.mark.parametrize("layout", ["tabs", "accordion"])
def test_axe_finds_nothing(shop: Shop, theme: str, layout: str) -> None:
    ground = "#121722" if theme == "night" else "#ffffff"
    page = shop.open(shop.page(
        '<div id="express"></div><div id="email"></div><div id="payment"></div>'
        '<div id="address"></div>',
        f"document.documentElement.style.background = '{ground}';"
        f"document.body.style.color = '{'#ffffff' if theme == 'night' else '#111111'}';"
        "const elements = stripe.elements({mode: 'subscription', amount: 900, currency: 'eur',"
        f" appearance: {{theme: '{theme}'}}}});"
        "elements.create('expressCheckout').mount('#express');"
        "elements.create('linkAuthentication').mount('#email');"
        f"elements.create('payment', {{layout: '{layout}'}}).mount('#payment');"
        "elements.create('address', {mode: 'shipping'}).mount('#address');",
    ))  # fmt: skip
    type_card(frame_in(page, "#payment"), "4242424242424241", postal="")
    for each in ("#express", "#email", "#address"):
        frame_in(page, each).locator("input, button").first.wait_for()
    if theme == "night":
        # Frames are transparent: axe must be told what is behind them.
        for frame in page.frames:
            frame.evaluate(f"document.documentElement.style.background = '{ground}'")
    heard = [
        (frame.url.partition("?")[0], each["id"], [node["html"] for node in each["nodes"]])
        for frame in page.frames
        for each in complaints(frame, RULES).response["violations"]
    ]
    assert heard == []
