"""React's components, as they are published, over our script."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from clients.installed import npm_package
from script.shop import Shop, frame_in, says, type_card

HERE = Path(__file__).parent / "react"
PACKAGES = (
    "@stripe/stripe-js@10.2.1", "@stripe/react-stripe-js@7.0.1", "react@19.2.0",
    "react-dom@19.2.0", "esbuild@0.25.12",
)  # fmt: skip
BUNDLE_SECONDS = 60


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    modules = npm_package(*PACKAGES)
    folder = tmp_path_factory.mktemp("react")

    def bundle(name: str) -> str:
        target = folder / f"{name}.js"
        (folder / f"{name}.jsx").write_text((HERE / f"{name}.jsx").read_text())
        if not (folder / "node_modules").exists():
            (folder / "node_modules").symlink_to(modules)
        subprocess.run(
            [str(modules / ".bin" / "esbuild"), str(folder / f"{name}.jsx"), "--bundle",
             "--jsx=automatic", "--log-level=error", f"--outfile={target}",
             '--define:process.env.NODE_ENV="development"'],
            check=True, timeout=BUNDLE_SECONDS, cwd=folder,
        )  # fmt: skip
        return target.read_text()

    return bundle


def app(shop: Shop, script: str, **facts: Any) -> str:
    """Serve an application whose page has our script tag first."""
    shop.serve("/app.js", script, "text/javascript")
    known = json.dumps({"key": shop.server.publishable_key, **facts})
    shop.serve(
        "/app",
        f"<!doctype html><html lang=en><title>Shop</title><body><main id=root></main>"
        f'<script src="{shop.server.url}/endive/stripe.js"></script>'
        f"<script>window.shop = {known}; window.warnings = [];"
        "for (const name of ['warn', 'error']) { const said = console[name];"
        " console[name] = (...all) => { warnings.push(all.join(' ')); said(...all); }; }</script>"
        '<script src="/app.js"></script></body></html>',
    )
    return f"{shop.url}/app"


def intent(shop: Shop) -> Any:
    return shop.client.v1.payment_intents.create(
        {"amount": 1999, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
    )


def test_payment_address_and_email_together(shop: Shop, bundled: Any) -> None:
    made = intent(shop)
    page = shop.open(
        app(shop, bundled("elements"), clientSecret=made.client_secret, kind="payment")
    )
    frame_in(page, "#email").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"), postal="")
    address = frame_in(page, "#address")
    address.locator("[name=name]").fill("Ada Lovelace")
    address.locator("[name=country]").select_option("GB")
    address.locator("[name=addressLine1]").fill("12 Analytical Row")
    address.locator("[name=locality]").fill("London")
    address.locator("[name=postalCode]").fill("WC2N 5DU")
    page.wait_for_function("document.getElementById('complete').textContent === 'complete'")
    page.click("button:has-text('Pay')")
    says(page, "succeeded")
    billing = shop.client.v1.payment_intents.retrieve(
        made.id, {"expand": ["payment_method"]}
    ).payment_method.billing_details
    assert (billing.name, billing.email) == ("Ada Lovelace", "ada@example.com")
    assert (billing.address.country, billing.address.postal_code) == ("GB", "WC2N 5DU")
    assert page.evaluate("events") == [["ready", "function"]]
    assert page.evaluate("warnings") == []
    assert page.locator("#payment iframe").count() == 1


def test_a_card_that_comes_and_goes(shop: Shop, bundled: Any) -> None:
    made = intent(shop)
    page = shop.open(app(shop, bundled("elements"), clientSecret=made.client_secret, kind="card"))
    frame_in(page, "#card").locator("[name=cardnumber]").press_sequentially("4242")
    page.click("text=Toggle")
    assert page.locator("iframe[title*=card]").count() == 0
    page.click("text=Toggle")
    frame = frame_in(page, "#card")
    frame.locator("[name=cardnumber]").press_sequentially("4000002760003184")
    frame.locator("[name=exp-date]").press_sequentially("1234")
    frame.locator("[name=cvc]").press_sequentially("123")
    page.click("button:has-text('Pay')")
    page.frame_locator("dialog iframe").get_by_role("button", name="Complete").click()
    says(page, "succeeded")
    assert page.evaluate("warnings") == []


def session_of(shop: Shop, ui_mode: str, **params: Any) -> Any:
    product = shop.client.v1.products.create({"name": "Photos"})
    price = shop.client.v1.prices.create(
        {"product": product.id, "currency": "usd", "unit_amount": 1200}
    )
    return shop.client.v1.checkout.sessions.create(
        {"ui_mode": ui_mode, "mode": "payment", "line_items": [{"price": price.id, "quantity": 1}],
         **({} if "redirect_on_completion" in params else {"return_url": f"{shop.url}/done"}),
         **params}
    )  # fmt: skip


def test_a_checkout_of_components(shop: Shop, bundled: Any) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    session = session_of(shop, "elements", allow_promotion_codes=True)
    page = shop.open(app(shop, bundled("checkout"), clientSecret=session.client_secret, kind="sdk"))
    page.get_by_text("$12.00").wait_for()
    page.click("text=Code")
    page.get_by_text("$6.00").wait_for()
    frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"), postal="")
    address = frame_in(page, "#billing")
    address.locator("[name=name]").fill("Ada Lovelace")
    address.locator("[name=country]").select_option("DE")
    address.locator("[name=addressLine1]").fill("Am Markt 1")
    address.locator("[name=postalCode]").fill("10117")
    address.locator("[name=locality]").fill("Berlin")
    page.click("button:has-text('Pay')")
    says(page, "complete")
    done = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, done.amount_total) == ("paid", 600)
    assert done.customer_details.address.city == "Berlin"
    assert page.evaluate("warnings") == []


def test_a_page_of_ours_inside_of_theirs(shop: Shop, bundled: Any) -> None:
    session = session_of(shop, "embedded_page", redirect_on_completion="never")
    page = shop.open(
        app(shop, bundled("checkout"), clientSecret=session.client_secret, kind="embedded")
    )
    frame = frame_in(page, "#embedded")
    frame.locator("[autocomplete=email]").fill("ada@example.com")
    frame.locator("[autocomplete=cc-number]").fill("4242424242424242")
    frame.locator("[autocomplete=cc-exp]").fill("12 / 34")
    frame.locator("[autocomplete=cc-csc]").fill("123")
    assert page.locator("#embedded iframe").count() == 1
    page.wait_for_function(
        "document.querySelector('#embedded iframe').getBoundingClientRect().height > 400"
    )
