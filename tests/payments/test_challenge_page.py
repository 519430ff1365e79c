"""The challenge page: where a payer approves a payment in the browser."""

import urllib.error
import urllib.parse
import urllib.request

import pytest
import stripe


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args, **kwargs):
        return None


@pytest.fixture
def browse(server):
    """Give a browser without a key: it returns status, address to go on to, and page."""
    opener = urllib.request.build_opener(_Stay)

    def visit(url, form=None):
        data = None if form is None else urllib.parse.urlencode(form).encode()
        try:
            response = opener.open(url, data)
        except urllib.error.HTTPError as error:
            response = error
        return response.status, response.headers.get("location"), response.read().decode()

    return visit


def answer(url, **form):
    parts = urllib.parse.urlsplit(url)
    secret = urllib.parse.parse_qs(parts.query)["client_secret"][0]
    return parts._replace(query="").geturl(), {"client_secret": secret, **form}


def test_a_payer_approves_and_comes_back(client, pay, browse):
    intent = pay("pm_card_threeDSecure2Required", return_url="https://example.com/back?cart=7")
    url = intent.next_action.redirect_to_url.url
    status, _, page = browse(url)
    assert (status, "$20.00" in page) == (200, True)

    status, location, _ = browse(*answer(url, answer="complete"))

    assert status == 303
    query = urllib.parse.parse_qs(urllib.parse.urlsplit(location).query)
    assert location.startswith("https://example.com/back?")
    assert (query["cart"], query["payment_intent"], query["redirect_status"]) == (
        ["7"], [intent.id], ["succeeded"],
    )
    assert client.v1.payment_intents.retrieve(intent.id).status == "succeeded"


def test_a_payer_who_fails_is_sent_back_too(client, pay, browse):
    intent = pay("pm_card_threeDSecure2Required", return_url="https://example.com/back")
    url = intent.next_action.redirect_to_url.url

    _, location, _ = browse(*answer(url, answer="fail"))

    assert "redirect_status=failed" in location
    assert client.v1.payment_intents.retrieve(intent.id).status == "requires_payment_method"


def test_without_a_return_url_the_page_says_how_it_went(pay, browse):
    intent = pay("pm_card_threeDSecure2Required")
    url = intent.next_action.use_stripe_sdk.stripe_js

    status, _, page = browse(*answer(url, answer="complete"))
    assert (status, "Thank you" in page) == (200, True)
    # Opened again, it does not ask again.
    assert "Thank you" in browse(url)[2]


def test_a_stranger_sees_nothing(pay, browse):
    intent = pay("pm_card_threeDSecure2Required")
    url = intent.next_action.use_stripe_sdk.stripe_js

    status, _, page = browse(url[:-3])
    assert (status, "$20.00" in page) == (404, False)
    status, _, _ = browse(answer(url)[0], {"client_secret": "wrong", "answer": "complete"})
    assert status == 404


def test_a_bank_account_is_verified_on_the_page(client, customer, browse):
    intent = client.v1.setup_intents.create({
        "customer": customer.id,
        "confirm": True,
        "return_url": "https://example.com/back",
        "mandate_data": {"customer_acceptance": {"type": "offline"}},
        "payment_method_data": {
            "type": "us_bank_account",
            "us_bank_account": {"account_number": "000123456789", "routing_number": "110000000"},
        },
    })
    url = intent.next_action.verify_with_microdeposits.hosted_verification_url
    assert "Verify your bank account" in browse(url)[2]

    status, _, page = browse(*answer(url, descriptor_code="SM00XX"))
    assert (status, 'role="alert"' in page) == (200, True)
    status, location, _ = browse(*answer(url, descriptor_code="SM11AA"))

    assert (status, "redirect_status=succeeded" in location) == (303, True)
    assert client.v1.setup_intents.retrieve(intent.id).status == "succeeded"


@pytest.mark.parametrize("url", [
    "https://[example", "https://example.com:port/", "//example.com/", "back", "https://",
    "javascript:alert(1)", "javascript://x/%0aalert(1)", "data:text/html,x",
    "https://example.com/\r\nX: 1",
])  # fmt: skip
def test_a_payer_is_sent_to_addresses_alone(client, url):
    """Whoever opened the page of another one could not come back, or to a page of ours."""
    card = {"payment_method": "pm_card_threeDSecure2Required"}
    confirmed = {**card, "confirm": True, "return_url": url}
    token = {"payment_method": "pm_card_visa", "return_url": url}
    for ask in (
        lambda: client.v1.payment_intents.create({"amount": 500, "currency": "eur", **confirmed}),
        lambda: client.v1.setup_intents.create(confirmed),
        lambda: client.v1.test_helpers.confirmation_tokens.create(token),
    ):
        with pytest.raises(stripe.InvalidRequestError) as refusal:
            ask()
        assert (refusal.value.code, refusal.value.param) == ("url_invalid", "return_url")


def test_a_payer_may_be_sent_into_an_app(pay, browse):
    intent = pay("pm_card_threeDSecure2Required", return_url="shop://paid")
    _, location, _ = browse(*answer(intent.next_action.redirect_to_url.url, answer="complete"))
    assert location.startswith("shop://paid?payment_intent=")
