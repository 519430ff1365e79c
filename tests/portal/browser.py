"""A real browser for the portal's journeys: what is seen in a window and done there."""

from __future__ import annotations

import re
from typing import Any

import perceived

# The page's scripts, which come once it is painted, have begun.
READY = """() => document.documentElement.dataset.ready
    || !document.querySelector("script[data-runs]")"""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


class Screen:
    """One window: pages opened in it must have no error, nor anything that axe complains of."""

    # What the addresses of the pages have in them that are checked.
    checked = "/p/"

    def __init__(self, browser: Any, size: dict[str, int], locale: str) -> None:
        self.context = browser.new_context(viewport=size, locale=locale)
        self.page = self.context.new_page()
        self.page.set_default_timeout(60_000)
        self.errors: list[str] = []
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self._sent: list[str] = []
        self.page.on("request", lambda asked: self._sent.append(asked.url))
        # Where customers are sent in the end: nothing is there.
        self.context.route(
            re.compile(r"https://shop\.example/.*"),
            lambda route: route.fulfill(body="<title>Shop</title>", content_type="text/html"),
        )

    def _heard(self, message: Any) -> None:
        # A page of an error has that status; the browser says so.
        if message.type == "error" and "the server responded with a status" not in message.text:
            self.errors.append(message.text)

    def open(self, url: str) -> Any:
        answer = self.page.goto(url)
        if "text/html" in (answer.headers.get("content-type") or ""):
            self.page.wait_for_function(READY)
        self.check()
        return answer

    def press(self, name: str, *, role: str = "button") -> None:
        """Press a button (or follow a link) by its name and wait for the next page."""
        with self.page.expect_navigation():
            self.page.get_by_role(role, name=name, exact=True).first.click()
        self.arrive()

    def arrive(self) -> None:
        """Look at a page once its scripts have begun."""
        self.page.wait_for_function(READY)
        self.check()

    def is_sent_to(self, url: str) -> None:
        """Wait until the browser has gone to an address, whatever it shows where nothing is."""
        self.page.wait_for_url(lambda at: self.checked not in at, wait_until="commit")
        assert url in self._sent

    def check(self) -> None:
        """Fail where the page has an error or cannot be used by everybody."""
        if self.checked not in self.page.url:
            return
        perceived.check(self.page)
        assert self.errors == []
        wide = self.page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, "the page is wider than the screen"

    def text(self) -> str:
        return str(self.page.inner_text("main"))

    def tab_to(self, name: str, limit: int = 80) -> None:
        """Move the focus by the tab key until it is on what has this name."""
        for _ in range(limit):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_NAMED, name):
                return
        raise AssertionError(f"{name} cannot be reached by keyboard")

    def enter(self) -> None:
        """Press the enter key and wait for the next page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        self.arrive()


_NAMED = """name => {
  const at = document.activeElement;
  const label = at.labels?.[0]?.innerText ?? at.getAttribute("aria-label") ?? at.innerText ?? "";
  return label.replace(/[\\s+←]+/g, " ").trim().startsWith(name);
}"""
