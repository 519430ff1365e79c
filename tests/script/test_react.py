"""React's components, as they are published, over our script: the newest and earlier ones."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients.installed import npm_package
from docs.pages import ROOT
from script.shop import Shop, frame_in, press, says, type_card

HERE = Path(__file__).parent / "react"
WANTED = json.loads((ROOT / "examples" / "node" / "package.json").read_text())["dependencies"]
# What the sample shop is built of, so that it is fetched once for both.
NEWEST = tuple(f"{name}@{version}" for name, version in WANTED.items())
EARLIER = (
    "@stripe/react-stripe-js@3.10.0", "@stripe/stripe-js@7.9.0", "react@18.3.1",
    "react-dom@18.3.1",
)  # fmt: skip
BUNDLE_SECONDS = 180


@dataclass(frozen=True)
class App:
    """One application, built with a version of the components, for the script of its train."""

    script: str
    train: str

    def address(self, shop: Shop, kind: str, **facts: Any) -> str:
        """Serve the application's page, with our script tag first; return its address."""
        shop.serve("/app.js", self.script, "text/javascript")
        known = json.dumps({"publishable": shop.server.publishable_key, "kind": kind, **facts})
        shop.serve(
            "/app",
            f"<!doctype html><html lang=en><title>Shop</title><body><main id=root></main>"
            f'<script src="{shop.server.url}/{self.train}/stripe.js"></script>'
            f'<script src="{shop.server.url}/v3/pricing-table.js"></script>'
            f"<script>window.shop = {known}; window.warnings = [];"
            "for (const name of ['warn', 'error']) { const said = console[name];"
            " console[name] = (...all) => { warnings.push(all.join(' ')); said(...all); }; }"
            '</script><script src="/app.js"></script></body></html>',
        )
        return f"{shop.url}/app"


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., App]:
    built: dict[str, App] = {}

    def build(train: str, checkouts: str, packages: tuple[str, ...]) -> App:
        if train not in built:
            newest, modules = npm_package(*NEWEST), npm_package(*packages)
            folder = tmp_path_factory.mktemp(train)
            shutil.copytree(HERE, folder, dirs_exist_ok=True)
            (folder / "node_modules").symlink_to(modules)
            subprocess.run(
                [str(newest / ".bin" / "esbuild"), "app.jsx", "--bundle", "--jsx=automatic",
                 "--log-level=error", "--outfile=app.js", f"--alias:checkouts=./{checkouts}.jsx",
                 '--define:process.env.NODE_ENV="development"'],
                check=True, timeout=BUNDLE_SECONDS, cwd=folder,
            )  # fmt: skip
            built[train] = App((folder / "app.js").read_text(), train)
        return built[train]

    return build


@pytest.fixture
def newest(build: Callable[..., App]) -> App:
    return build("endive", "checkout", NEWEST)


@pytest.fixture
def earlier(build: Callable[..., App]) -> App:
    return build("basil", "checkout_3", EARLIER)


@pytest.fixture(params=["newest", "earlier"])
def app(request: pytest.FixtureRequest) -> App:
    return request.getfixturevalue(request.param)  # type: ignore[no-any-return]


def intent(shop: Shop) -> Any:
    return shop.client.v1.payment_intents.create(
        {"amount": 1999, "currency": "usd", "automatic_payment_methods": {"enabled": True}}
    )


def write_address(address: Any) -> None:
    address.locator("[name=name]").fill("Ada Lovelace")
    address.locator("[name=country]").select_option("GB")
    address.locator("[name=addressLine1]").fill("12 Analytical Row")
    address.locator("[name=locality]").fill("London")
    address.locator("[name=postalCode]").fill("WC2N 5DU")


def test_payment_address_and_email_together(shop: Shop, app: App) -> None:
    made = intent(shop)
    page = shop.open(app.address(shop, "payment", clientSecret=made.client_secret))
    frame_in(page, "#email").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"), postal="")
    write_address(frame_in(page, "#address"))
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


def test_a_card_that_comes_and_goes(shop: Shop, app: App) -> None:
    made = intent(shop)
    page = shop.open(app.address(shop, "card", clientSecret=made.client_secret))
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


def test_a_card_in_parts_and_a_bank_account(shop: Shop, app: App) -> None:
    page = shop.open(app.address(shop, "parts"))
    frame_in(page, "#number").locator("[name=cardnumber]").press_sequentially("5555555555554444")
    frame_in(page, "#expiry").locator("[name=exp-date]").press_sequentially("1234")
    frame_in(page, "#cvc").locator("[name=cvc]").press_sequentially("123")
    frame_in(page, "#iban").locator("input").press_sequentially("AT321904300235473204")
    page.click("text=Make")
    says(page, "4444 3204")
    assert page.evaluate("events.at(-1)") == ["cvc", True]
    assert page.evaluate("warnings") == []


def test_one_button_pays(shop: Shop, app: App) -> None:
    page = shop.open(app.address(shop, "express", clientSecret=intent(shop).client_secret))
    page.wait_for_function("window.available")
    press(frame_in(page, "#root").get_by_role("button"))
    assert page.evaluate("available.googlePay") is True
    page.frame_locator("dialog iframe").get_by_role("button", name="Pay $19.99").click()
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


def test_a_checkout_of_components(shop: Shop, app: App) -> None:
    coupon = shop.client.v1.coupons.create({"percent_off": 50, "duration": "once"})
    code = shop.client.v1.promotion_codes.create(
        {"promotion": {"type": "coupon", "coupon": coupon.id}, "code": "HALF"}
    )
    session = session_of(shop, "elements", allow_promotion_codes=True)
    page = shop.open(app.address(shop, "sdk", clientSecret=session.client_secret))
    page.get_by_text("$12.00").wait_for()
    page.click("text=Code")
    page.get_by_text("$6.00").wait_for()
    if app.train == "basil":
        page.get_by_label("E-mail").fill("ada@example.com")
    else:
        frame_in(page, "#contact").locator("[name=email]").fill("ada@example.com")
    type_card(frame_in(page, "#payment"), postal="")
    write_address(frame_in(page, "#billing"))
    page.click("button:has-text('Pay')")
    says(page, "complete")
    shop.client.v1.promotion_codes.update(code.id, {"active": False})
    done = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (done.payment_status, done.amount_total) == ("paid", 600)
    assert done.customer_details.email == "ada@example.com"
    assert done.customer_details.address.city == "London"
    assert page.evaluate("warnings") == []


def test_a_form_of_one_component(shop: Shop, newest: App) -> None:
    session = session_of(shop, "form")
    page = shop.open(newest.address(shop, "form", clientSecret=session.client_secret))
    frame = frame_in(page, "#form")
    frame.locator("[name=email]").fill("ada@example.com")
    type_card(frame)
    press(frame.get_by_role("button", name="Pay $12.00"))
    says(page, "complete")
    assert page.evaluate("warnings") == []


def test_a_page_of_ours_inside_of_theirs(shop: Shop, app: App) -> None:
    session = session_of(shop, "embedded_page", redirect_on_completion="never")
    page = shop.open(app.address(shop, "embedded", clientSecret=session.client_secret))
    frame = frame_in(page, "#embedded")
    frame.locator("#form[data-ready]").wait_for()
    assert page.locator("#embedded iframe").count() == 1
    page.wait_for_function(
        "document.querySelector('#embedded iframe').getBoundingClientRect().height > 400"
    )
    frame.locator("[autocomplete=email]").fill("ada@example.com")
    frame.locator("#card-name").fill("Ada Lovelace")
    type_card(frame, postal="")
    frame.locator("#card-zip").fill("94103")
    press(frame.get_by_role("button", name="Pay $12.00"))
    page.wait_for_function("window.completed")
    done = shop.client.v1.checkout.sessions.retrieve(session.id)
    assert (done.status, done.payment_status) == ("complete", "paid")
    assert page.evaluate("warnings") == []


def test_a_pricing_table_is_one_of_the_elements(shop: Shop, newest: App) -> None:
    price = shop.client.v1.prices.create({
        "currency": "usd", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Basic"},
    })  # fmt: skip
    table = shop.client.raw_request(
        "post", "/v1/prorata/pricing_tables", name="Plans",
        products=[{"product": price.product, "prices": [price.id]}],
    )  # fmt: skip
    made = json.loads(table.body)["id"]
    page = shop.open(newest.address(shop, "table", table=made))
    press(frame_in(page, "stripe-pricing-table").get_by_role("button").first)
    page.wait_for_url(f"{shop.server.url}/c/pay/**")
    page.get_by_text("Basic").first.wait_for()
