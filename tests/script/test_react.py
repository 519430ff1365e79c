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
