"""The page of test cards has every number and name that the sandbox knows, and no other."""

from __future__ import annotations

import re

from docs.pages import DOCS
from prorata.gateways.sandbox.banks import ACH, BACS, SEPA
from prorata.gateways.sandbox.cards import BY_NUMBER, BY_TOKEN, COUNTRIES, DECLINING

PAGE = (DOCS / "payments-and-test-cards.md").read_text()
_, TABLES = PAGE.split("## Test cards")
CARDS, ACCOUNTS = TABLES.split("## Test bank accounts")
# What the page says of many names in one sentence.
COUNTRY_NAMES = {token for card in COUNTRIES for token in card.tokens}
VISA_TWINS = {token for card in DECLINING for token in card.tokens if "_visa_" in token}
WRONG_NUMBER = "4242424242424241"


def test_every_card_number_is_on_the_page() -> None:
    assert set(re.findall(r"\b\d{14,19}\b", CARDS)) == {*BY_NUMBER, WRONG_NUMBER}


def test_every_card_name_is_on_the_page() -> None:
    names = {token for token in BY_TOKEN if token.startswith("pm_")}
    shown = set(re.findall(r"\bpm_card_\w*[^\W_]\b", CARDS))
    assert names - COUNTRY_NAMES - VISA_TWINS - shown == set()
    assert shown <= names, f"{shown - names} stands for no card"


def test_every_bank_account_is_on_the_page() -> None:
    numbers = {number for rows in (ACH, SEPA, BACS) for row in rows for number in row.numbers}
    numbers |= {f"pm_usBankAccount_{row.name}" for row in ACH}
    assert {number for number in numbers if number not in ACCOUNTS} == set()
