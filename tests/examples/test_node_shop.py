"""The shop with Node and React, as its README starts it: its pages, its server, its webhooks."""

from __future__ import annotations

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chromium import chromium
from clients.installed import npm_package
from docs.pages import ROOT
from examples.conftest import environment, opened
from examples.customer import DECLINED, VISA, Customer
from ports import free_port
from prorata.testing import RunningServer

HERE = ROOT / "examples" / "node"
WANTED = json.loads((HERE / "package.json").read_text())["dependencies"]
BUILD_SECONDS = 180


@pytest.fixture(scope="module")
def shop(server: RunningServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    modules = npm_package(*(f"{name}@{version}" for name, version in WANTED.items()))
    place = tmp_path_factory.mktemp("node") / "shop"
    shutil.copytree(HERE, place, ignore=shutil.ignore_patterns("node_modules", "app.js"))
    (place / "node_modules").symlink_to(modules)
    subprocess.run(
        ["npm", "run", "--silent", "build"], cwd=place, check=True, timeout=BUILD_SECONDS
    )
    env = environment(server, place, free_port())
    with opened(["node", "server/shop.mjs"], place, env) as url:
        yield url


def post(url: str, body: bytes = b"{}", **headers: str) -> int:
    sent = {"Content-Type": "application/json"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    request = urllib.request.Request(url, data=body, headers=sent)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_its_server_refuses_what_is_forged_and_who_is_nobody(shop: str) -> None:
    event = b'{"object": "event", "type": "invoice.paid"}'
    assert post(f"{shop}/webhooks", event, Stripe_Signature="t=1,v1=forged") == 400
    assert post(f"{shop}/api/checkout", b'{"plan": "premium"}') == 401
    assert post(f"{shop}/api/sign-in", b'{"email": "nobody"}') == 400


def test_versions_are_pinned() -> None:
    assert all(version[0].isdigit() for version in WANTED.values())


def test_its_pages_sell_in_every_way(shop: str, billing: Any) -> None:
    with chromium() as browser:
        customer = Customer(browser, shop)
        pay_with_elements(customer)
        checkout_in_own_fields(customer)
        checkout_in_a_frame(customer)
        free_and_upgraded(customer)
        customer.leave()
    [mia] = billing.v1.customers.list({"email": "mia@example.com"}).data
    [made] = billing.v1.subscriptions.list({"customer": mia.id, "status": "all"}).data
    assert made["items"].data[0].price.lookup_key == "premium_monthly"


def pay_with_elements(customer: Customer) -> None:
    customer.go("/pay-up-front")
    customer.sees("Choose your plan")
    customer.check()
    customer.press("Pay on this site for Basic", role="link")
    customer.say_who("max@example.com")
    customer.type_card(at="form")
    customer.check()
    customer.press("Pay $15.00")
    customer.sees("Welcome to Basic")
    customer.told_of("$15.00 paid: access until")
    customer.check()


def checkout_in_own_fields(customer: Customer) -> None:
    customer.context.clear_cookies()
    customer.sign_in("nora@example.com")
    customer.go("/pay-up-front/checkout/premium")
    customer.type_card(at="form")
    customer.press("Pay $25.00")
    customer.sees("Welcome to Premium")


def checkout_in_a_frame(customer: Customer) -> None:
    customer.context.clear_cookies()
    customer.sign_in("lea@example.com")
    customer.go("/free-trial/embedded/premium")
    frame = customer.page.frame_locator("iframe[name=embedded-checkout]")
    frame.locator("#form[data-ready]").wait_for()
    customer.check()
    frame.locator("#card-number").fill(DECLINED)
    frame.locator("#card-exp").fill("12 / 34")
    frame.locator("#card-cvc").fill("123")
    frame.locator("#card-name").fill("Lea Stein")
    frame.locator("#card-zip").fill("94107")
    frame.get_by_role("button", name="Start trial").click()
    frame.get_by_text("declined").first.wait_for()
    frame.locator("#card-number").fill(VISA)
    frame.get_by_role("button", name="Start trial").click()
    customer.sees("Welcome to Premium")
    assert "Premium free trial" in customer.told_of("Free trial until")


def free_and_upgraded(customer: Customer) -> None:
    customer.context.clear_cookies()
    customer.sign_in("mia@example.com")
    customer.go("/freemium")
    customer.press("Join for free")
    customer.sees("Welcome to Free")
    customer.go("/freemium/pay/premium")
    customer.type_card(at="form")
    customer.press("Upgrade to Premium")
    customer.sees("Welcome to Premium")


def test_both_shops_look_alike() -> None:
    other = ROOT / "examples" / "python" / "static"
    for name in ("shop.css", "icon.svg"):
        assert (HERE / "static" / name).read_text() == (other / name).read_text()


def test_the_python_shop_is_written_for_the_sdk_that_judges_us() -> None:
    pins = (ROOT / "examples" / "python" / "requirements.txt").read_text().split()
    assert all("==" in pin for pin in pins)
    [sdk] = [pin for pin in pins if pin.startswith("stripe==")]
    assert f'"{sdk}"' in (ROOT / "pyproject.toml").read_text()


def test_what_is_said_to_be_in_a_shop_is_there() -> None:
    for readme in (HERE / "README.md", HERE.parent / "python" / "README.md"):
        rows = [line for line in readme.read_text().splitlines() if line.startswith("| `")]
        named = [part for row in rows for part in row.split("|")[1].split("`")[1::2]]
        files = [name for name in named if Path(name).suffix in {".py", ".mjs", ".jsx", ".js"}]
        assert files and all((readme.parent / name).exists() for name in files)
