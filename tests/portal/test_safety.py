"""Who gets into the portal, for how long, and what nobody learns there."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from portal.seller import BACK, CARD, Seller
from prorata.engine.portal.login import LINKS_MAX, on_login_asked
from prorata.model.errors import LockTimeout


class Visitor:
    """A browser without a screen: it keeps cookies and fills in forms.

    seen: the mark of the change that it was shown last.
    """

    def __init__(self, seller: Seller) -> None:
        self.base = seller.server.url
        self.http = requests.Session()
        self.seen = ""

    def get(self, url: str) -> requests.Response:
        return self._look(self.http.get(url, allow_redirects=False))

    def token(self, url: str) -> str:
        [token, *_] = re.findall(r'name="form_token" value="([^"]+)"', self.get(url).text)
        return token

    def post(self, url: str, token: str | None = None, **form: str) -> requests.Response:
        sent = {"form_token": token or self.token(url), "seen": self.seen, **form}
        return self._look(self.http.post(url, data=sent, allow_redirects=False))

    def _look(self, answer: requests.Response) -> requests.Response:
        if found := re.search(r'name="seen" value="(\w+)"', answer.text):
            self.seen = found[1]
        return answer


def test_a_link_that_nobody_opens_is_dead_after_five_minutes(at: Any) -> None:
    seller, wait = at
    session, visitor = seller.session(seller.customer()), Visitor(seller)
    wait(299)
    assert visitor.get(session.url).status_code == 200
    other = seller.session(seller.customer(email="b@example.com"))
    wait(301)
    gone = visitor.get(other.url)
    assert gone.status_code == 410 and "This link has expired" in gone.text
    assert BACK in gone.text and "ada@example.com" not in gone.text


def test_a_session_ends_an_hour_after_it_was_last_used(at: Any) -> None:
    seller, wait = at
    session, visitor = seller.session(seller.customer()), Visitor(seller)
    for _ in range(3):
        assert visitor.get(session.url).status_code == 200
        wait(3590)
    assert visitor.get(session.url).status_code == 200
    wait(3700)
    assert visitor.get(session.url).status_code == 410
    assert visitor.get(f"{session.url}/details").status_code == 410


def test_what_never_existed_is_not_found(seller: Seller) -> None:
    visitor = Visitor(seller)
    for path in ("/p/session/test_nothing", "/p/session/live_nothing", "/p/login/test_nothing"):
        assert visitor.get(seller.server.url + path).status_code == 404


def test_pages_are_never_framed_kept_or_scripted_from_elsewhere(seller: Seller) -> None:
    answer = Visitor(seller).get(seller.session(seller.customer()).url)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
    assert "unsafe-inline" not in policy and "unsafe-eval" not in policy
    assert answer.headers["cache-control"] == "no-store"
    assert "noindex" in answer.text


def test_forms_of_other_sites_do_nothing(seller: Seller) -> None:
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session = seller.session(ada)
    url = f"{session.url}/subscriptions/{plan.id}/cancel"
    assert Visitor(seller).post(url, token="guessed").status_code == 403
    visitor = Visitor(seller)
    token = visitor.token(url)
    foreign = visitor.http.post(
        url, data={"form_token": token}, headers={"origin": "https://evil.example"}
    )
    assert foreign.status_code == 403
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is None
    assert visitor.post(url, token).status_code == 303
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is not None


def test_nobody_reaches_what_is_somebody_elses(seller: Seller) -> None:
    seller.allow_updates()
    ada, eve = seller.customer(), seller.customer(name="Eve", email="eve@example.com")
    plan = seller.subscribe(ada)
    method = seller.v1.customers.payment_methods.list(ada.id).data[0].id
    session, visitor = seller.session(eve), Visitor(seller)
    token = visitor.token(f"{session.url}/details")
    for page in ("update", "cancel", "confirm", "pause", "pay-with"):
        answer = visitor.get(f"{session.url}/subscriptions/{plan.id}/{page}")
        assert answer.status_code in (303, 404), page
        assert "Basic" not in answer.text
    for deed in ("cancel", "renew", "update", "confirm", "pause", "resume", "undo", "stay"):
        url = f"{session.url}/subscriptions/{plan.id}/{deed}"
        assert visitor.post(url, token, price=seller.pro.id).status_code in (400, 404), deed
    for deed in ("default", "remove"):
        url = f"{session.url}/payment-methods/{method}/{deed}"
        assert visitor.post(url, token).status_code == 404
    same = seller.v1.subscriptions.retrieve(plan.id)
    assert same.cancel_at is None and same["items"].data[0].price.id == seller.basic.id
    assert len(seller.v1.customers.payment_methods.list(ada.id).data) == 1


def test_what_is_switched_off_cannot_be_done_by_hand(seller: Seller) -> None:
    seller.allow(subscription_cancel={"enabled": False}, customer_update={"enabled": False},
                 payment_method_update={"enabled": False})  # fmt: skip
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session, visitor = seller.session(ada), Visitor(seller)
    page = visitor.get(session.url)
    assert "Cancel plan" not in page.text and "Update details" not in page.text
    token = "x" * 32
    visitor.http.cookies.set("prorata_form", token)
    for path, form in (
        (f"/subscriptions/{plan.id}/cancel", {}),
        (f"/subscriptions/{plan.id}/update", {"price": seller.pro.id}),
        ("/details", {"name": "Eve"}),
        ("/payment-methods/add", {"number": CARD, "expiry": "12/34", "cvc": "123"}),
    ):
        assert visitor.post(session.url + path, token, **form).status_code >= 400, path
    assert seller.v1.subscriptions.retrieve(plan.id).cancel_at is None
    assert seller.v1.customers.retrieve(ada.id).name == "Ada Lovelace"


def test_only_what_may_be_changed_of_the_details_is(seller: Seller) -> None:
    seller.allow(customer_update={"allowed_updates": ["phone"]})
    ada = seller.customer()
    session, visitor = seller.session(ada), Visitor(seller)
    answer = visitor.post(
        f"{session.url}/details", name="Eve", email="eve@example.com", phone="+1 555",
        tax_type="eu_vat", tax_value="DE123456789",
    )  # fmt: skip
    assert answer.status_code == 303
    changed = seller.v1.customers.retrieve(ada.id, {"expand": ["tax_ids"]})
    assert (changed.name, changed.email, changed.phone) == (
        "Ada Lovelace", "ada@example.com", "+1 555"
    )  # fmt: skip
    assert not changed.tax_ids.data


def test_card_data_is_neither_shown_again_nor_logged_nor_stored(
    seller: Seller, caplog: Any, capfd: Any
) -> None:
    ada = seller.customer(card=None)
    url, visitor = f"{seller.session(ada).url}/payment-methods/add", Visitor(seller)
    number = "4000000000000002"
    answer = visitor.post(url, number=number, expiry="12/34", cvc="987", name="Ada")
    assert answer.status_code == 402
    assert number not in answer.text and not re.search(r"(?<![\w-])987(?![\w-])", answer.text)
    out, err = capfd.readouterr()
    assert number not in out + err + caplog.text
    dump = seller.server.system.database.read(
        lambda connection: (
            str(connection.query("SELECT document, private FROM doc_setup_intent"))
            + str(connection.query("SELECT document, private FROM doc_payment_method"))
            + str(connection.query("SELECT * FROM event"))
        )
    )
    assert number not in dump


def test_names_are_text_and_never_markup(seller: Seller) -> None:
    seller.v1.products.update(seller.basic.product, {"name": "<script>alert(1)</script>"})
    ada = seller.customer(name='"><img src=x onerror=alert(1)>')
    seller.subscribe(ada)
    text = Visitor(seller).get(seller.session(ada).url).text
    assert "<script>alert" not in text and "<img src=x" not in text


def test_codes_cannot_be_found_by_trying(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session, visitor = seller.session(ada), Visitor(seller)
    base = f"{session.url}/subscriptions/{plan.id}"
    token = visitor.token(f"{base}/update")
    visitor.post(f"{base}/update", token, price=seller.pro.id)
    statuses = [visitor.post(f"{base}/code", token, code=f"X{n}").status_code for n in range(17)]
    assert statuses[0] == 400 and statuses[-1] == 429


def test_what_was_shown_cannot_be_made_cheaper_by_hand(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    plan = seller.subscribe(ada)
    session, visitor = seller.session(ada), Visitor(seller)
    base = f"{session.url}/subscriptions/{plan.id}"
    token = visitor.token(f"{base}/update")
    assert visitor.post(f"{base}/confirm", token).status_code == 400
    visitor.post(f"{base}/update", token, price=seller.pro.id)
    visitor.get(f"{base}/confirm")
    later = plan["items"].data[0].current_period_end - 1
    visitor.post(f"{base}/confirm", token, at=str(later), proration_date=str(later), due="0")
    changed = seller.v1.subscriptions.retrieve(plan.id, {"expand": ["latest_invoice"]})
    assert changed.latest_invoice.amount_paid == 2000
    assert visitor.post(f"{base}/confirm", token).status_code == 400


def asked_links(seller: Seller, url: str, *emails: str) -> list[tuple[str, str]]:
    """Ask a login page for links; return to whom which were sent."""
    sent: list[tuple[str, str]] = []

    def hear(tx: Any, session: Any, *, customer: Any, language: Any) -> None:
        sent.append((customer.email, session.url))

    on_login_asked(hear)
    try:
        visitor = requests.Session()
        [token, *_] = re.findall(r'name="form_token" value="([^"]+)"', visitor.get(url).text)
        answers = [
            visitor.post(url, data={"form_token": token, "email": email}) for email in emails
        ]
        assert {each.status_code for each in answers} == {200}
        assert len({re.sub(r"nonce[^ >]*", "", each.text) for each in answers}) == 1
        # They are sent after the answer; what is written behind them comes after them.
        seller.server.system.database.write(lambda connection: connection.query("SELECT 1"))
    finally:
        on_login_asked.hooks.remove(hear)
    return sent


def test_a_login_page_sends_a_link_and_tells_nobody_whether(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    url = api.update(seller.default, {"login_page": {"enabled": True}}).login_page.url
    seller.customer()
    sent = asked_links(seller, url, "ada@example.com", "nobody@example.com")
    [(email, link)] = sent
    assert email == "ada@example.com"
    page = Visitor(seller).get(link)
    assert page.status_code == 200 and "Your plans and payments" in page.text
    api.update(seller.default, {"login_page": {"enabled": False}})
    assert Visitor(seller).get(url).status_code == 404


def test_where_no_link_would_be_sent_nobody_is_told_to_wait_for_it(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    url = api.update(seller.default, {"login_page": {"enabled": True}}).login_page.url
    assert Visitor(seller).get(url).status_code == 200
    seller.client.raw_request("post", "/v1/prorata/settings", emails={"portal_login": False})
    assert Visitor(seller).get(url).status_code == 404


def test_nobody_is_flooded_with_links(seller: Seller) -> None:
    api = seller.v1.billing_portal.configurations
    url = api.update(seller.default, {"login_page": {"enabled": True}}).login_page.url
    seller.customer()
    sent = asked_links(seller, url, *["ada@example.com"] * (LINKS_MAX + 2))
    assert len(sent) == LINKS_MAX


def test_who_comes_too_late_may_be_sent_a_new_link(at: Any) -> None:
    seller, wait = at
    ada = seller.customer()
    late = seller.session(
        ada,
        after_expiration={
            "type": "customer_login",
            "customer_login": {"expires_at": 1_800_000_000 + 9_000},
        },
    )
    wait(4_000)
    page = Visitor(seller).get(late.url)
    assert page.status_code == 200 and "we send you a new one" in page.text
    wrong = Visitor(seller).post(late.url, email="ada")
    assert wrong.status_code == 400 and "Please type in an e-mail address" in wrong.text
    sent = asked_links(seller, late.url, "other@example.com", "ADA@example.com")
    [(email, link)] = sent
    assert email == "ada@example.com" and link != late.url
    assert Visitor(seller).get(link).status_code == 200
    wait(6_000)
    assert Visitor(seller).get(late.url).status_code == 410


def test_a_plan_that_may_no_longer_be_changed_is_not(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    subscription, session = seller.subscribe(ada), seller.session(ada)
    page, visitor = f"{session.url}/subscriptions/{subscription.id}", Visitor(seller)
    token = visitor.token(f"{session.url}/payment-methods/add")
    assert visitor.post(f"{page}/update", token, price=seller.pro.id).status_code == 303
    assert visitor.get(f"{page}/confirm").status_code == 200
    seller.v1.subscriptions.update(subscription.id, {"cancel_at_period_end": True})
    assert visitor.post(f"{page}/confirm", token).status_code == 400
    after = seller.v1.subscriptions.retrieve(subscription.id)
    assert after["items"].data[0].price.id == seller.basic.id and after.cancel_at_period_end


def test_a_change_that_waits_for_the_bank_is_confirmed_again(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    subscription, session = seller.subscribe(ada), seller.session(ada)
    seller.v1.payment_methods.attach("pm_card_authenticationRequired", {"customer": ada.id})
    [card, *_] = seller.v1.customers.payment_methods.list(ada.id).data
    settings = {"default_payment_method": card.id}
    seller.v1.customers.update(ada.id, {"invoice_settings": settings})
    page, visitor = f"{session.url}/subscriptions/{subscription.id}", Visitor(seller)
    token = visitor.token(f"{session.url}/payment-methods/add")
    visitor.post(f"{page}/update", token, price=seller.pro.id)
    visitor.get(f"{page}/confirm")
    for _ in range(2):
        sent = visitor.post(f"{page}/confirm", token)
        assert sent.status_code == 303 and "/_prorata/challenge/" in sent.headers["location"]
    statuses = [each.status for each in seller.v1.invoices.list({"customer": ada.id}).data]
    assert statuses == ["open", "void", "paid"]


def test_a_plan_of_several_prices_is_refused_in_words(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer()
    items = [{"price": seller.basic.id}, {"price": seller.pro.id}]
    several = seller.v1.subscriptions.create({"customer": ada.id, "items": items})
    session, visitor = seller.session(ada), Visitor(seller)
    page = f"{session.url}/subscriptions/{several.id}"
    token = visitor.token(f"{session.url}/payment-methods/add")
    for sent in ({"code_only": "1"}, {"price": seller.seats.id}):
        answer = visitor.post(f"{page}/update", token, **sent)
        assert answer.status_code == 400 and "Please contact us" in answer.text
        assert "This plan cannot be changed" in answer.text
    assert visitor.post(f"{page}/confirm", token).status_code == 400


def test_what_cannot_be_shown_just_now_is_not_said_to_stay_so(
    seller: Seller, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> None:
        raise LockTimeout

    seller.allow_updates()
    ada = seller.customer()
    subscription, session = seller.subscribe(ada), seller.session(ada)
    page, visitor = f"{session.url}/subscriptions/{subscription.id}/update", Visitor(seller)
    visitor.get(session.url)
    with monkeypatch.context() as patch:
        patch.setattr("prorata.web.portal.change._choices", busy)
        answer = visitor.get(page)
    assert answer.status_code == 429
    assert "This did not work. Please try again." in answer.text
    assert "cannot be changed" not in answer.text
    assert visitor.get(page).status_code == 200


def test_what_is_sent_twice_is_told_in_the_customers_language(seller: Seller) -> None:
    seller.allow_updates()
    ada = seller.customer(preferred_locales=["de"])
    subscription, session = seller.subscribe(ada), seller.session(ada)
    page, visitor = f"{session.url}/subscriptions/{subscription.id}", Visitor(seller)
    token = visitor.token(f"{session.url}/payment-methods/add")
    visitor.post(f"{page}/update", token, price=seller.pro.id)
    visitor.get(f"{page}/confirm")
    assert visitor.post(f"{page}/confirm", token).status_code == 303
    again = visitor.post(f"{page}/confirm", token)
    assert again.status_code == 400 and "Das hat nicht geklappt" in again.text
    home = session.url.removeprefix(visitor.base)
    assert "Lumen" in again.text and f'href="{home}"' in again.text
