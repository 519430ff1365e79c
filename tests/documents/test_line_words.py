"""Line words and addresses: what papers say of their own, in their reader's language."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import stripe

from documents.seller import customer, invoice
from documents.test_papers import text_of
from prorata.model.fields import Address
from prorata.rules import wording
from prorata.web.design.languages import choose
from prorata.web.documents.facts import address_lines
from prorata.web.documents.line_words import line_words

START, NAME = 1_795_000_000, "Premium (2026) × 2"
FRENCH = {
    wording.unused_time(NAME, 1, START): f"Temps non utilisé de {NAME} à partir du 18 nov. 2026",
    wording.remaining_time(NAME, Decimal("2.5"), START, Decimal(10)):
        f"Temps restant pour 2,5 × {NAME} (10\xa0% de remise) à partir du 18 nov. 2026",
    wording.trial_description(NAME, 3, True, False): f"Essai gratuit : {NAME}",
    wording.trial_description(NAME, 3, False, True): f"Essai gratuit : {NAME}",
    wording.trial_description(NAME, 3, False, False): f"Essai gratuit : {NAME}",
    wording.billed_before(NAME, 4): f"{NAME} (déjà facturé)",
    wording.late_usage(NAME, Decimal(4), START, START): f"Consommation tardive : {NAME}",
    wording.late_usage(NAME, Decimal(-4), START, START): f"Consommation annulée : {NAME}",
    f"3 seat × {NAME} (Tier 2 at €5.00 / month)": f"{NAME} (palier 2)",
    f"3 × {NAME} (at €5.00 every 3 months)": NAME,
    "": NAME,
    "Unused time on Basic after 18 Nov 2026": "Unused time on Basic after 18 Nov 2026",
    f"About {NAME}": f"About {NAME}",
}  # fmt: skip


def said(words: str, tag: str, product: str | None = NAME) -> str:
    line: Any = SimpleNamespace(description=words, period=SimpleNamespace(start=START))
    return line_words(line, product, choose([tag]).of("documents"))


@pytest.mark.parametrize("words", FRENCH)
def test_our_own_words_are_said_in_the_readers_language(words: str) -> None:
    assert said(words, "fr").replace("\u202f", "\xa0") == FRENCH[words]
    assert said(words, "fr", None) == words, "of no product: whatever somebody wrote"


def test_english_words_stay_as_they_are_stored() -> None:
    words = wording.unused_time(NAME, 2, START)
    assert said(words, "en") == words


@pytest.mark.parametrize(("country", "lines"), [
    ("DE", ["10115 Berlin", "Land"]), ("IT", ["10115 Berlin Land"]),
    ("US", ["Berlin, Land 10115"]), ("GB", ["Berlin", "Land", "10115"]),
    ("AU", ["Berlin Land 10115"]), ("JP", ["Berlin Land 10115"]),
])  # fmt: skip
def test_an_address_is_written_as_its_countrys_post_wants(country: str, lines: list[str]) -> None:
    address = Address(line1="1", city="Berlin", state="Land", postal_code="10115", country=country)
    assert address_lines(address, choose(["en"]))[1:-1] == lines


def test_days_are_those_of_the_accounts_time_zone(client: Any) -> None:
    account = client.v1.accounts.retrieve_current()

    def lives_in(zone: str) -> None:
        client.v1.accounts.update(account.id, {"settings": {"dashboard": {"timezone": zone}}})

    noon = 1_795_000_000 // 86_400 * 86_400 + 43_200
    made = invoice(client, customer(client), [{"amount": 500}], effective_at=noon)
    said = []
    for zone in ("Etc/GMT+12", "Etc/UTC", "Etc/GMT-14"):
        lives_in(zone)
        page = requests.get(made.hosted_invoice_url, timeout=60).text
        shown = [f"November {day}, 2026" for day in (17, 18, 19)]
        [day] = [each for each in shown if each in text_of(made.invoice_pdf)]
        assert day in page
        said.append(day)
    assert said == ["November 18, 2026", "November 18, 2026", "November 19, 2026"]
    with pytest.raises(stripe.InvalidRequestError) as caught:
        lives_in("Mars/Olympus")
    assert caught.value.param == "settings[dashboard][timezone]"
    lives_in("Etc/UTC")


def test_a_change_of_plan_is_told_in_french(client: Any) -> None:
    ada = customer(client, "fr", payment_method="pm_card_visa",
                   invoice_settings={"default_payment_method": "pm_card_visa"})  # fmt: skip
    price = client.v1.prices.create({
        "currency": "eur", "unit_amount": 1500, "recurring": {"interval": "month"},
        "product_data": {"name": "Premium"},
    })  # fmt: skip
    plan = client.v1.subscriptions.create({"customer": ada.id, "items": [{"price": price.id}]})
    item = {"id": plan["items"].data[0].id, "quantity": 3}
    changed = client.v1.subscriptions.update(plan.id, {
        "items": [item], "proration_behavior": "always_invoice", "expand": ["latest_invoice"],
    })  # fmt: skip
    bill = changed.latest_invoice
    text = text_of(bill.invoice_pdf)
    assert "Temps non utilisé de Premium" in text and "Temps restant pour 3 × Premium" in text
    note = client.v1.credit_notes.create({
        "invoice": bill.id, "credit_amount": 300,
        "lines": [{"type": "invoice_line_item", "invoice_line_item": bill.lines.data[1].id,
                   "amount": 300}],
    })  # fmt: skip
    assert "Temps restant pour 3 × Premium" in text_of(note.pdf)
