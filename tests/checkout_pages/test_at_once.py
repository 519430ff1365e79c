"""At once: a page is painted before its scripts come, and what is done until then is not lost."""

from __future__ import annotations

from typing import Any

import pytest

from checkout_pages.visitor import Visitor

PAINT_AND_SCRIPT = """() => {
    const [paint] = performance.getEntriesByName("first-contentful-paint");
    const all = performance.getEntriesByType("resource");
    const scripts = all.filter((each) => each.name.endsWith(".js"));
    return [paint.startTime, Math.min(...scripts.map((each) => each.startTime)), scripts.length];
}"""


class Gate:
    """Holds the scripts back that a page asks for."""

    def __init__(self, page: Any) -> None:
        self.is_open, self.held = False, list[Any]()
        page.route("**/assets/**/*.js", lambda route: self._pass(route))

    def _pass(self, route: Any) -> None:
        if self.is_open:
            route.continue_()
        else:
            self.held.append(route)

    def open(self) -> None:
        self.is_open = True
        for route in self.held:
            route.continue_()


def test_a_page_is_painted_before_a_script_is_asked_for(desktop: Visitor) -> None:
    # The scripts wait for the painting, though not for ever: a busy machine paints late.
    desktop.page.add_init_script(
        "const later = setTimeout;"
        " window.setTimeout = (work, time) => later(work, time >= 1000 ? time * 100 : time);"
    )
    desktop.open()
    paint, script, count = desktop.page.evaluate(PAINT_AND_SCRIPT)
    assert count > 10 and script >= paint > 0


def test_who_types_and_pays_before_the_scripts_come_has_paid(visitor: Visitor) -> None:
    page = visitor.page
    gate = Gate(page)
    visitor.session = visitor.client.v1.checkout.sessions.create({
        "mode": "subscription", "success_url": visitor.thanks, "billing_address_collection": "auto",
        "line_items": [{
            "price": visitor.price(), "quantity": 1, "adjustable_quantity": {"enabled": True},
        }],
    })  # fmt: skip
    page.goto(visitor.session.url)
    visitor.type_card()
    # On a phone it is folded away.
    page.dispatch_event("[data-step='1']", "click")
    visitor.press()
    assert page.locator("#submit.is-busy").count() == 1
    assert page.url.partition("?")[0] == visitor.session.url.partition("?")[0]
    assert page.input_value("#card-number") == "4242424242424242"
    gate.open()
    visitor.arrive()
    paid = visitor.read(expand=["line_items"])
    assert (paid.status, paid.amount_total) == ("complete", 3000)


def test_a_card_typed_before_the_scripts_come_is_formatted_and_known(visitor: Visitor) -> None:
    page = visitor.page
    gate = Gate(page)
    session = visitor.client.v1.checkout.sessions.create({
        "mode": "setup", "currency": "usd", "success_url": visitor.thanks,
    })  # fmt: skip
    page.goto(session.url)
    page.fill("#card-number", "4242424242424242")
    gate.open()
    page.wait_for_selector("#card-holder.is-known")
    assert page.input_value("#card-number") == "4242 4242 4242 4242"


def test_who_types_an_address_while_the_scripts_come_goes_on(desktop: Visitor) -> None:
    page = desktop.page
    gate = Gate(page)
    session = desktop.client.v1.checkout.sessions.create({
        "mode": "subscription", "success_url": desktop.thanks,
        "line_items": [{"price": desktop.price(), "quantity": 1}],
        "shipping_address_collection": {"allowed_countries": ["US"]},
    })  # fmt: skip
    page.goto(session.url)
    page.fill("#shipping-state", "california")
    page.focus("#shipping-city")
    page.keyboard.type("San ")
    gate.open()
    page.wait_for_selector("html[data-ready]")
    page.keyboard.type("Francisco")
    assert page.input_value("#shipping-city") == "San Francisco"
    assert page.input_value("#shipping-state") == "CA"


# A try waits for the network as long as it takes; a test does not.
IMPATIENT = """const later = setTimeout;
    window.setTimeout = (work, time) => later(work, time / 50);"""


def test_scripts_that_did_not_come_are_asked_for_again(desktop: Visitor) -> None:
    page, lost = desktop.page, list[str]()
    page.add_init_script(IMPATIENT)

    def lose(route: Any) -> None:
        name = route.request.url.rpartition("/")[2]
        # Once where it is announced, once where it is asked for.
        if name in ("api.js", "en.js") and lost.count(name) < 2:
            lost.append(name)
            route.abort()
        else:
            route.continue_()

    page.route("**/assets/**/*.js", lose)
    desktop.open()
    assert sorted(lost) == ["api.js", "api.js", "en.js", "en.js"]
    desktop.type_card()
    desktop.press()
    desktop.arrive()


@pytest.mark.parametrize(("country", "state"), [("US", "NY"), ("FR", "")])
def test_who_comes_back_finds_an_address_as_it_was_typed(
    desktop: Visitor, country: str, state: str
) -> None:
    page = desktop.page
    desktop.open(billing_address_collection="required")
    page.select_option("#billing-country", country)
    typed = {"email": "ada@example.com", "billing-line1": "12 Rose Lane", "billing-city": "Here"}
    for id, text in typed.items():
        page.fill(f"#{id}", text)
    if state:
        page.select_option("#billing-state", state)
    page.goto(f"{desktop.server.url}/_prorata/outbox")
    page.go_back()
    page.wait_for_selector("#form[data-ready]")
    chosen = {"billing-country": country, "billing-line2": "", "billing-state": state}
    for id, text in {**typed, **chosen}.items():
        assert page.input_value(f"#{id}") == text, id


def test_a_page_without_scripts_shows_what_is_bought_and_no_form(
    browser: Any, phone: Visitor
) -> None:
    price = phone.price(1500, name="Photo Basic")
    session = phone.client.v1.checkout.sessions.create({
        "mode": "subscription", "success_url": phone.thanks, "allow_promotion_codes": True,
        "line_items": [{"price": price, "quantity": 1}],
    })  # fmt: skip
    size = {"width": 390, "height": 844}
    with browser.new_context(viewport=size, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(session.url)
        assert page.locator("main .noscript").is_visible()
        assert page.get_by_text("Photo Basic", exact=True).first.is_visible()
        shown = page.locator("input:visible, button:visible").all()
        assert [each.inner_text() for each in shown] == ["Change"]


def test_a_page_whose_scripts_never_come_says_so_and_sends_nothing(desktop: Visitor) -> None:
    page = desktop.page
    page.add_init_script(IMPATIENT)
    page.route("**/assets/**/*.js", lambda route: route.abort())
    session = desktop.client.v1.checkout.sessions.create({
        "mode": "setup", "currency": "usd", "success_url": desktop.thanks,
    })  # fmt: skip
    page.goto(session.url)
    page.fill("#email", "ada@example.com")
    desktop.press()
    page.wait_for_selector(".noscript")
    desktop.press()
    assert page.locator(".is-busy").count() == 0
    assert (page.url, page.input_value("#email")) == (session.url, "ada@example.com")
