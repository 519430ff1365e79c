"""The hosted invoice page, without a browser: what it shows, takes, refuses and never tells."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
import requests

from clocks import arrived
from documents.seller import customer, dress, invoice
from servers import Present

ITEM = [{"amount": 2500, "description": "Storage & <more>"}]
CARD = {"way": "card", "expiry": "12 / 30", "cvc": "123"}
VISA, BROKE, SECURE = "4242424242424242", "4000000000009995", "4000002500003155"
START = 1_790_000_000


class Payer:
    """Somebody with a browser and the address of an invoice's page."""

    def __init__(self, made: Any) -> None:
        self.url = made.hosted_invoice_url
        self.session = requests.Session()
        self.amount = str(made.amount_remaining)

    def open(self) -> requests.Response:
        return self.session.get(self.url, timeout=60)

    def pay(self, *, json: bool = False, **form: str) -> requests.Response:
        self.open()
        sent = {"form_token": self.session.cookies["prorata_form"], "amount": self.amount, **form}
        headers = {"accept": "application/json"} if json else {}
        return self.session.post(self.url, sent, headers=headers, timeout=60, allow_redirects=False)


def test_a_page_shows_what_is_owed_and_no_markup(client: Any) -> None:
    dress(client)
    made = invoice(client, customer(client), ITEM, footer="<b>bold</b>")
    page = Payer(made).open()
    assert page.status_code == 200
    for words in ("€25.00", made.number, "Storage &amp; &lt;more&gt;", "Lumen Photos", "Test mode",
                  "&lt;b&gt;bold", "Pay this invoice", "--brand:#0b6e4f"):  # fmt: skip
        assert words in page.text, words
    assert page.headers["cache-control"] == "no-store"
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert len(page.content) < 60_000


def test_a_long_invoice_leaves_its_page_small(client: Any) -> None:
    items = [{"amount": 100 + n, "description": f"Line {n}, {'x' * 80}"} for n in range(75)]
    page = Payer(invoice(client, customer(client), items)).open()
    assert "15 more lines are in the PDF" in page.text and len(page.content) < 60_000


def test_a_card_pays_without_any_script(client: Any) -> None:
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    answer = payer.pay(**CARD, number=VISA)
    assert (answer.status_code, answer.headers["location"]) == (303, made.hosted_invoice_url)
    assert client.v1.invoices.retrieve(made.id).status == "paid"
    page = payer.open().text
    assert "Thank you, it is paid" in page and "Visa •••• 4242" in page
    assert 'name="number"' not in page


def test_a_decline_says_what_to_do_and_nothing_of_the_card_comes_back(client: Any) -> None:
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    answer = payer.pay(**CARD, number=BROKE, holder="Ada L.")
    assert answer.status_code == 402
    assert "not enough money on this card" in answer.text and "Ada L." in answer.text
    assert BROKE not in answer.text and 'value="123"' not in answer.text
    told = payer.pay(json=True, **CARD, number="4242424242424241").json()["error"]
    assert told == {"message": "The card number is not right.", "field": "number"}
    told = payer.pay(json=True, **{**CARD, "expiry": "12"}, number=VISA).json()["error"]
    assert told["field"] == "expiry"
    again = client.v1.invoices.retrieve(made.id)
    assert (again.status, again.attempt_count) == ("open", 1)
    told = payer.pay(json=True, **CARD, number=VISA).json()
    assert told == {"location": made.hosted_invoice_url}


def test_a_challenge_comes_back_to_the_page(client: Any) -> None:
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    url = payer.pay(json=True, **CARD, number=SECURE).json()["location"]
    assert "/_prorata/challenge/" in url
    secret = url.partition("client_secret=")[2]
    form = {"client_secret": secret, "answer": "fail"}
    back = payer.session.post(url.partition("?")[0], form, timeout=60)
    assert back.url.startswith(made.hosted_invoice_url)
    assert "Your bank could not confirm that it is you" in back.text
    payer.pay(json=True, **CARD, number=SECURE)
    assert "Your bank waits for you" in payer.open().text


def test_a_customers_methods_are_offered_and_nobody_elses(client: Any) -> None:
    ada = customer(client, payment_method="pm_card_mastercard")
    other = customer(client, payment_method="pm_card_visa")
    made = invoice(client, ada, ITEM)
    payer = Payer(made)
    [own] = client.v1.customers.payment_methods.list(ada.id).data
    [strange] = client.v1.customers.payment_methods.list(other.id).data
    assert "Mastercard •••• 4444" in payer.open().text
    for id in (strange.id, "pm_card_visa"):
        assert payer.pay(way=f"saved:{id}").status_code == 400
    assert payer.pay(way=f"saved:{own.id}").status_code == 303
    assert client.v1.invoices.retrieve(made.id).status == "paid"


@pytest.mark.parametrize(("setting", "box", "kept"), [
    ("offer", "on", 1), ("offer", "", 0), ("always", "", 1), ("never", "on", 0),
])  # fmt: skip
def test_details_are_kept_as_the_account_says(
    client: Any, setting: str, box: str, kept: int
) -> None:
    account = client.v1.accounts.retrieve_current()
    settings = {"invoices": {"hosted_payment_method_save": setting}}
    client.v1.accounts.update(account.id, {"settings": settings})
    ada = customer(client)
    made = invoice(client, ada, ITEM)
    assert Payer(made).pay(**CARD, number=VISA, save=box).status_code == 303
    assert len(client.v1.customers.payment_methods.list(ada.id).data) == kept


def test_a_debit_is_on_its_way_and_its_mandate_was_given(client: Any) -> None:
    types = {"payment_method_types": ["card", "sepa_debit"]}
    made = invoice(client, customer(client), ITEM, payment_settings=types)
    payer = Payer(made)
    wrong = {"way": "sepa_debit", "sepa_debit_holder": "Ada", "iban": "DE00"}
    assert payer.pay(json=True, **wrong).json()["error"]["field"] == "iban"
    nameless = {**wrong, "sepa_debit_holder": ""}
    assert payer.pay(json=True, **nameless).json()["error"]["field"] == "holder"
    assert payer.pay(**{**wrong, "iban": "DE89 3704 0044 0532 0130 00"}).status_code == 303
    page = payer.open().text
    assert "on its way" in page and "Pay this invoice" not in page
    [charge] = client.v1.charges.list({"limit": 1}).data
    mandate = client.v1.mandates.retrieve(charge.payment_method_details.sepa_debit.mandate)
    assert mandate.customer_acceptance.type == "online"


def test_only_debits_that_move_the_currency_are_offered(client: Any) -> None:
    types = {"payment_method_types": ["card", "bacs_debit", "sepa_debit", "us_bank_account"]}
    made = invoice(client, customer(client), ITEM, payment_settings=types)
    payer = Payer(made)
    assert re.findall(r'name="way" value="(\w+)"', payer.open().text) == ["card", "sepa_debit"]
    pounds = {"way": "bacs_debit", "bacs_debit_holder": "A", "sort_code": "108800",
              "bacs_account": "00012345"}  # fmt: skip
    assert payer.pay(**pounds).status_code == 400


def test_a_transfer_is_told_where_to_go(client: Any) -> None:
    types = {"payment_method_types": ["customer_balance"]}
    ada = customer(client)
    made = invoice(client, ada, ITEM, payment_settings=types)
    payer = Payer(made)
    assert payer.pay(way="customer_balance").status_code == 303
    page = payer.open().text
    assert "IBAN" in page and "name the reference" in page
    client.v1.test_helpers.customers.fund_cash_balance(ada.id, {"amount": 2500, "currency": "eur"})
    assert "Thank you" in payer.open().text


def test_what_was_paid_in_part_is_shown(client: Any) -> None:
    ada = customer(client, payment_method="pm_card_visa")
    made = invoice(client, ada, ITEM)
    [own] = client.v1.customers.payment_methods.list(ada.id).data
    part = client.v1.payment_intents.create({
        "amount": 1000, "currency": "eur", "customer": ada.id, "payment_method": own.id,
        "confirm": True,
    })  # fmt: skip
    client.v1.invoices.attach_payment(made.id, {"payment_intent": part.id})
    payer = Payer(made)
    page = payer.open().text
    assert "Pay €15.00" in page and "€10.00" in page and "Payments" in page
    assert payer.pay(**CARD, number=VISA).status_code == 400, "the amount has changed"
    payer.amount = "1500"
    assert payer.pay(**CARD, number=VISA).status_code == 303
    assert client.v1.invoices.retrieve(made.id).amount_paid == 2500


def test_void_written_off_and_nothing_to_pay(client: Any) -> None:
    ada = customer(client)
    made = invoice(client, ada, ITEM)
    client.v1.invoices.void_invoice(made.id)
    payer = Payer(made)
    assert "This invoice is void" in payer.open().text
    assert payer.pay(**CARD, number=VISA).status_code == 400
    made = invoice(client, ada, ITEM)
    client.v1.invoices.mark_uncollectible(made.id)
    payer = Payer(made)
    assert "Unpaid" in payer.open().text
    assert payer.pay(**CARD, number=VISA).status_code == 303
    assert client.v1.invoices.retrieve(made.id).status == "paid"
    free = invoice(client, ada, [{"amount": 0, "description": "Nothing"}])
    assert "Nothing is left to pay" in Payer(free).open().text


def test_a_page_closes_thirty_days_after_the_day_it_was_due(client: Any) -> None:
    clock = client.v1.test_helpers.test_clocks.create({"frozen_time": START})
    ada = customer(client, test_clock=clock.id)
    made = invoice(client, ada, ITEM, days_until_due=10)
    far = invoice(client, ada, ITEM, days_until_due=200)

    def after(days: int) -> list[int]:
        then = {"frozen_time": START + days * 86_400}
        client.v1.test_helpers.test_clocks.advance(clock.id, then)
        arrived(client.v1.test_helpers.test_clocks, clock.id)
        return [Payer(each).open().status_code for each in (made, far)]

    assert after(39) == [200, 200]
    assert after(41) == [410, 200]
    assert requests.get(made.invoice_pdf, timeout=60).status_code == 404
    assert Payer(made).pay(**CARD, number=VISA).status_code in (400, 410)
    assert after(121) == [410, 410]


def test_other_sites_guesses_and_too_many_tries_are_refused(client: Any) -> None:
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    sent = {"form_token": "guess", "amount": "2500", **CARD, "number": VISA}
    assert requests.post(payer.url, sent, timeout=60).status_code == 403
    assert requests.get(payer.url[:-1] + "?", timeout=60).status_code == 404
    answers = [payer.pay(json=True, **CARD, number=BROKE).status_code for _ in range(11)]
    assert answers == [402] * 10 + [429]
    assert client.v1.invoices.retrieve(made.id).status == "open"


@pytest.mark.parametrize("amount", ["", "-1", "²", "1e3", "9" * 5000, "2499"])
def test_only_the_amount_that_was_seen_is_paid(client: Any, amount: str) -> None:
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    payer.amount = amount
    answer = payer.pay(**CARD, number=VISA)
    assert answer.status_code == 400 and "amount has changed" in answer.text
    assert client.v1.invoices.retrieve(made.id).status == "open"


def test_no_number_is_written_anywhere(server: Any, client: Any, caplog: Any, capfd: Any) -> None:
    caplog.set_level(logging.DEBUG)
    made = invoice(client, customer(client), ITEM)
    payer = Payer(made)
    payer.pay(**CARD, number=BROKE)
    payer.pay(**CARD, number=VISA)
    written = capfd.readouterr()
    for number in (BROKE, VISA):
        assert number not in caplog.text + written.out + written.err

    if Present.store != "sqlite":
        return

    def rows(connection: Any) -> str:
        tables = connection.query("SELECT name FROM sqlite_master WHERE type = 'table'")
        return "".join(str(connection.query(f"SELECT * FROM {name}")) for (name,) in tables)

    stored = server.system.database.read(rows)
    assert "4242" in stored and BROKE not in stored and VISA not in stored


def test_a_page_speaks_the_customers_language_or_the_one_that_was_chosen(client: Any) -> None:
    made = invoice(client, customer(client, "fr"), ITEM)
    payer = Payer(made)
    assert "Payer cette facture" in payer.open().text
    page = payer.session.get(f"{payer.url}?locale=de", timeout=60).text
    assert "Diese Rechnung bezahlen" in page and re.search(r'<html lang="de"', page)
    told = payer.pay(json=True, **CARD, number=BROKE).json()["error"]["message"]
    assert "provisionnée" in told


def test_paying_by_hand_mends_a_subscription_and_keeps_the_card(client: Any) -> None:
    broken = "pm_card_chargeCustomerFail"
    settings = {"default_payment_method": broken}
    ada = customer(client, payment_method=broken, invoice_settings=settings)
    price = client.v1.prices.create({
        "currency": "usd", "unit_amount": 1000, "recurring": {"interval": "month"},
        "product_data": {"name": "Premium"},
    })  # fmt: skip
    plan = client.v1.subscriptions.create({
        "customer": ada.id, "items": [{"price": price.id}], "expand": ["latest_invoice"],
    })  # fmt: skip
    assert plan.status == "incomplete"
    payer = Payer(plan.latest_invoice)
    assert "These details are kept for your next payments" in payer.open().text
    assert payer.pay(**CARD, number=VISA).status_code == 303
    assert client.v1.subscriptions.retrieve(plan.id).status == "active"
    cards = [each.card.last4 for each in client.v1.customers.payment_methods.list(ada.id).data]
    assert "4242" in cards


def test_where_money_is_real_our_fields_take_no_card(
    server: Any, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    types = {"payment_method_types": ["card", "customer_balance"]}
    ada = customer(client, payment_method="pm_card_visa")
    made = invoice(client, ada, ITEM, payment_settings=types)
    monkeypatch.setattr(type(server.system.gateway), "test_only", False)
    monkeypatch.setattr(server.system, "at_once", {})
    payer = Payer(made)
    page = payer.open().text
    assert 'name="number"' not in page and "Visa •••• 4242" in page and "Bank transfer" in page
    assert payer.pay(**CARD, number=VISA).status_code == 400
