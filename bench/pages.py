"""Pages: how soon a browser that has seen nothing of ours paints one.

Each look has a profile of its own, so that nothing is kept from the one before, and a window whose
own parts (its address bar is a page, too) have come to rest. Beside it: a page that says one word.
What stands in a frame of another page is waited for from the beginning of that page.
"""

from __future__ import annotations

import shutil
import statistics
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.util import find_spec
from typing import Any

from bench.api import Api
from bench.load import HOST
from bench.processes import Running, bare, prorata
from bench.report import Line, Report
from prorata.server.settings import DEV_PUBLISHABLE_KEY

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
LOOKS = 20
WINDOW_MILLISECONDS = 1500
PAUSE_MILLISECONDS, FRAME_TRIES = 5, 4000
# Its moment, by the clock that a page and the frames in it have in common.
PAINTED = """() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    return paint ? performance.timeOrigin + paint.startTime : null;
}"""
ONE_WORD = "<!doctype html><title>Empty</title><p>Empty"
TABLE = (
    '<!doctype html><title>Prices</title><script async src="{url}/v3/pricing-table.js"></script>'
    '<stripe-pricing-table pricing-table-id="{table}" publishable-key="{key}">'
    "</stripe-pricing-table>"
)
CARD = (
    '<!doctype html><title>Pay</title><div id="card"></div><script src="{url}/v3/"></script>'
    "<script>Stripe('{key}').elements().create('card').mount('#card')</script>"
)
# What of a frame's address tells that it is the one to wait for.
FRAMES = {"table": "/pricing/", "card": "/elements/card"}


def measure_pages(report: Report, empty: Callable[[], str], scale: float) -> None:
    """Add a line for each page that a customer is led to."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None or find_spec("playwright") is None:
        why = "there is no Chromium, or no Playwright"
        report.add(Line("paint", "first paint", value="not measured", note=why))
        return
    from playwright.sync_api import sync_playwright

    looks = max(int(LOOKS * scale), 3)
    with ExitStack() as stack:
        server = stack.enter_context(prorata(empty()))
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        stack.callback(browser.close)
        for key, what, address in _pages(server, stack):
            _look(browser, address, FRAMES.get(key))
            seen = sorted(_look(browser, address, FRAMES.get(key)) for _ in range(looks))
            middle = statistics.median(seen)
            report.add(Line(
                f"paint_{key}", f"first paint: {what}", value=f"{middle:.0f} ms",
                note=f"{seen[0]:.0f} to {seen[-1]:.0f} ms in {looks} looks",
            ))  # fmt: skip


def _pages(server: Running, stack: ExitStack) -> Iterator[tuple[str, str, str]]:
    """Give the key, the name and the address of each page."""
    yield "empty", "a page of one word", _shown(ONE_WORD, stack)
    api, url = Api(server), f"http://{HOST}:{server.port}"
    price = api.monthly_price()
    item = {"line_items[0][price]": price, "line_items[0][quantity]": 1}
    session = api.post("/v1/checkout/sessions", {
        "mode": "subscription", "success_url": f"{url}/", **item,
    })  # fmt: skip
    yield "checkout", "Checkout", session["url"]
    yield "link", "a payment link", api.post("/v1/payment_links", item)["url"]
    customer = api.payer(email="anna@example.com")
    subscription = api.post("/v1/subscriptions", {
        "customer": customer, "items[0][price]": price, "expand[]": "latest_invoice",
    })  # fmt: skip
    yield "invoice", "an invoice", subscription["latest_invoice"]["hosted_invoice_url"]
    portal = api.post("/v1/billing_portal/sessions", {"customer": customer})
    yield "portal", "the portal", portal["url"]
    product = api.get(f"/v1/prices/{price}")["product"]
    table = api.post("/v1/prorata/pricing_tables", {
        "products[0][product]": product, "products[0][prices][0]": price,
    })["id"]  # fmt: skip
    page = TABLE.format(url=url, table=table, key=DEV_PUBLISHABLE_KEY)
    yield "table", "a pricing table on another page", _shown(page, stack)
    page = CARD.format(url=url, key=DEV_PUBLISHABLE_KEY)
    yield "card", "a card element on another page", _shown(page, stack)


def _shown(page: str, stack: ExitStack) -> str:
    """Return where a bare server shows a page."""
    server = stack.enter_context(bare(page.encode(), "text/html; charset=utf-8"))
    return f"http://{HOST}:{server.port}/"


def _look(browser: Any, address: str, frame: str | None) -> float:
    """Return the milliseconds from the beginning of the navigation to the first paint."""
    context = browser.new_context()
    try:
        page = context.new_page()
        page.wait_for_timeout(WINDOW_MILLISECONDS)
        page.goto(address)
        begun = float(page.evaluate("performance.timeOrigin"))
        shown = page if frame is None else _frame(page, frame)
        return float(shown.wait_for_function(PAINTED).json_value()) - begun
    finally:
        context.close()


def _frame(page: Any, part: str) -> Any:
    """Wait for the frame with an address that has a part in it; raise RuntimeError without one."""
    for _ in range(FRAME_TRIES):
        for each in page.frames[1:]:
            if part in each.url:
                return each
        page.wait_for_timeout(PAUSE_MILLISECONDS)
    raise RuntimeError(f"no frame with {part} came")
