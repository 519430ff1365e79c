"""Options of elements: heeded, or named in the console, or refused; never passed over."""

from __future__ import annotations

from script.shop import Shop, frame_in, press

LOOK = (
    "{labels: 'above', variables: {tabIconColor: 'rgb(1, 2, 3)', fontSizeSm: '11px',"
    " iconCardCvcErrorColor: 'rgb(4, 5, 6)', colorLogo: 'red', colourPrimary: 'blue'}}"
)


def test_options_that_mean_nothing_are_named(shop: Shop) -> None:
    page = shop.open(shop.page('<div id="here"></div><div id="card"></div>', (
        "window.told = []; console.warn = (text) => told.push(text);"
        "const elements = stripe.elements({mode: 'payment', amount: 900, currency: 'usd',"
        f" syncAddressCheckbox: 'billing', appearance: {LOOK}}});"
        "elements.on('update-end', () => { window.ended = true; });"
        "const element = elements.create('payment', {walletOptions: {}, surprise: 1,"
        " wallets: {applePay: 'never'}, layout: {type: 'tabs', visibleAccordionItemsCount: 2}});"
        "watch(element, 'ready'); element.mount('#here');"
        "elements.create('card', {iconStyle: 'solid', preferredNetwork: ['visa']}).mount('#card');"
    )))  # fmt: skip
    page.wait_for_function("heard.length")
    said = "\n".join(page.evaluate("told"))
    for name in ("walletOptions", "surprise", "colorLogo", "colourPrimary"):
        assert name in said, said
    heeded = "wallets ,iconStyle,tabIconColor,fontSizeSm,labels,preferredNetwork"
    for name in (*heeded.split(","), "syncAddressCheckbox", "visibleAccordionItemsCount"):
        assert name not in said, said
    frame = frame_in(page, "#here")

    def style(selector: str, name: str) -> str:
        return frame.locator(selector).first.evaluate(f"(node) => getComputedStyle(node).{name}")

    assert style(".Label", "fontSize") == "11px"
    assert style(".Tab:not(.Tab--selected) .TabIcon", "color") == "rgb(1, 2, 3)"
    frame.locator("[autocomplete=cc-csc]").fill("1")
    press(frame.locator("[autocomplete=cc-number]"))
    assert style(".Field--cvc .Marks", "color") == "rgb(4, 5, 6)"
    page.evaluate("elements.update({amount: 1000})")
    page.wait_for_function("window.ended")


def test_what_a_payer_would_miss_is_refused(shop: Shop) -> None:
    page = shop.open(shop.page("", ""))
    for option in (
        "customPaymentMethods: [{id: 'cpmt_1'}]",
        "adaptivePricing: {allowed: true}",
        "externalPaymentMethodTypes: ['external_x']",
        "customerOptions: {}",
    ):
        said = page.evaluate(
            f"() => {{ try {{ stripe.elements({{mode: 'setup', currency: 'usd', {option}}}); }}"
            " catch (fault) { return fault.name + fault.message; } }"
        )
        assert said.startswith("IntegrationError")
        assert "cannot be had" in said
