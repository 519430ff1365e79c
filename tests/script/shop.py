"""Shop: a small site of somebody else's, on an origin of its own, that loads the browser script."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import stripe
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page

from prorata.testing import RunningServer

STYLE = (
    "body{max-width:440px;margin:24px auto;padding:0 16px;font-family:system-ui}"
    ".box{border:1px solid #c9d1e0;border-radius:8px;padding:12px;margin:8px 0}"
    "button{margin-top:16px;padding:12px 20px;font:inherit}"
)


class Shop:
    """Pages by path; a page is what stands in its body and a script that has `stripe`."""

    def __init__(self, server: RunningServer, browser: Browser) -> None:
        self.server = server
        self.client = stripe.StripeClient(server.secret_key, base_addresses={"api": server.url})
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self._pages: dict[str, tuple[str, str]] = {}
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        # Another host than Prorata's: what the browser calls another site.
        self.url = f"http://localhost:{self._http.server_port}"

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        self._http.shutdown()
        self._http.server_close()

    def serve(self, path: str, content: str, media_type: str = "text/html") -> None:
        self._pages[path] = (content, media_type)

    def page(self, body: str, script: str, *, path: str = "/", train: str = "/v3/") -> str:
        """Add a page; return its address."""
        html = (
            f"<!doctype html><html lang=en><title>Shop</title><style>{STYLE}</style><body>"
            f'<main><h1>Shop</h1>{body}<p id="message" role="status"></p></main>'
            f'<script src="{self.server.url}{train}"></script><script>'
            f"const stripe = Stripe('{self.server.publishable_key}');"
            "window.heard = []; window.watch = (element, ...names) => { for (const name of names)"
            " element.on(name, (event) => heard.push([name, event])); };"
            "window.show = (result) => { window.result = result;"
            " message.textContent = result.error ? result.error.message :"
            " (result.paymentIntent || result.setupIntent || {status: 'done'}).status; };"
            f"{script}</script></body></html>"
        )
        self.serve(path, html)
        return self.url + path

    def open(self, address: str, **context: Any) -> Page:
        """Open an address in a browser of its own; what goes wrong in the page fails the test."""
        opened = self._browser.new_context(
            **{"locale": "en-US", "viewport": {"width": 900, "height": 900}, **context}
        )
        self._contexts.append(opened)
        self.watch(opened)
        page = opened.new_page()
        page.faults = []  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
        page.set_default_timeout(60_000)
        page.goto(address)
        return page

    def watch(self, context: BrowserContext) -> None:
        """Look at what a browser does; some tests want to."""

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        pages = self._pages

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, media_type = pages.get(self.path.partition("?")[0], ("", "text/html"))
                self.send_response(200)
                self.send_header("content-type", f"{media_type}; charset=utf-8")
                self.end_headers()
                self.wfile.write(content.encode())

            def log_message(self, format: str, *arguments: Any) -> None:
                """Say nothing."""

        return Handler


def frame_in(page: Page, selector: str) -> FrameLocator:
    return page.frame_locator(f"{selector} iframe")


# It is whole within its frame, and the frame does not grow.
AT_REST = """(node) => new Promise((resolve) => {
    const before = innerHeight;
    setTimeout(() => {
        const { bottom, height } = node.getBoundingClientRect();
        resolve(height > 0 && bottom <= innerHeight && innerHeight === before);
    }, 60);
})"""


def press(element: Locator) -> None:
    """Press an element in a frame once the frame has grown to it: before, one may press beside."""
    element.wait_for()
    for _ in range(500):
        if element.evaluate(AT_REST):
            break
    else:
        raise AssertionError(f"{element} is not whole within its frame")
    frame = element.element_handle().owner_frame()
    if frame is not None and frame.parent_frame is not None:
        frame.frame_element().wait_for_element_state("stable")
    element.click()


def type_card(
    frame: FrameLocator,
    number: str = "4242424242424242",
    *,
    code: str = "123",
    postal: str = "94103",
) -> None:
    """Fill in a payment element's card as a person does, key by key."""
    frame.locator("[autocomplete=cc-number]").press_sequentially(number)
    frame.locator("[autocomplete=cc-exp]").press_sequentially("1234")
    frame.locator("[autocomplete=cc-csc]").press_sequentially(code)
    if postal:
        frame.locator("[name=postalCode]").fill(postal)


def says(page: Page, text: str) -> None:
    """Wait until the page's message has a text in it."""
    try:
        page.wait_for_function(
            "(text) => document.getElementById('message').textContent.includes(text)",
            arg=text,
        )  # fmt: skip
    except Exception as fault:
        raise AssertionError(
            f"{page.inner_text('#message')!r} has no {text!r}; faults: {page.faults}"  # type: ignore[attr-defined]
        ) from fault
