"""The address of a receipt, after the 30 days that it is open: the payer is sent a new one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import requests

from mail.seller import Seller, eventually
from servers import running

DAY = 86_400


@pytest.fixture(scope="module")
def seller() -> Iterator[Seller]:
    with running() as server:
        yield Seller(server)


class Payer:
    """Somebody with the address of a receipt that is no longer shown."""

    def __init__(self, seller: Seller) -> None:
        self.ada = seller.customer(preferred_locales=["fr"])
        [card] = seller.v1.customers.payment_methods.list(self.ada).data
        self.charge = seller.v1.payment_intents.create({
            "amount": 900, "currency": "usd", "customer": self.ada, "confirm": True,
            "payment_method": card.id, "off_session": True, "expand": ["latest_charge"],
        }).latest_charge  # fmt: skip
        seller.advance(self.ada, 200)
        self.session = requests.Session()

    def open(self) -> requests.Response:
        return self.session.get(self.charge.receipt_url, timeout=60)

    def ask(self, email: str) -> requests.Response:
        form = {"form_token": self.session.cookies.get("prorata_form", ""), "email": email}
        return self.session.post(self.charge.receipt_url, form, timeout=60)


def links(seller: Seller, payer: Payer) -> list[str]:
    """Return the addresses of the receipt that mails told."""
    found = [
        requests.get(f"{seller.server.url}/_prorata/outbox/{each['id']}/text", timeout=60).text
        for each in seller.mails("receipt") if each["to"] == "ada@example.com"
    ]  # fmt: skip
    words = " ".join(found).split()
    return [each for each in words if each.startswith(payer.charge.receipt_url)]


def test_only_the_payer_is_sent_a_new_address(seller: Seller) -> None:
    payer = Payer(seller)
    assert payer.ask("ada@example.com").status_code == 403, "no page of ours has sent it"
    closed = payer.open()
    assert closed.status_code == 410 and "valable 30 jours" in closed.text
    assert payer.ask("ada").status_code == 400
    other, own = (payer.ask(email) for email in ("eve@example.com", "ADA@example.com"))
    for answer in (other, own):
        assert answer.status_code == 200 and "un nouveau lien" in answer.text
    assert len(other.text) == len(own.text), "nobody is told whose receipt it is"
    [new] = eventually(lambda: [
        each for each in links(seller, payer) if each != payer.charge.receipt_url
    ])  # fmt: skip
    assert not [each for each in seller.mails() if each["to"] == "eve@example.com"]
    assert requests.get(new, timeout=60).status_code == 200
    assert requests.get(f"{new}/pdf", timeout=60).content.startswith(b"%PDF-")
    assert payer.open().status_code == 410
    seller.advance(payer.ada, 212)
    assert requests.get(new, timeout=60).status_code == 410
    answers = [payer.ask("eve@example.com").status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


def test_a_receipt_that_is_wanted_late_can_be_opened(seller: Seller) -> None:
    payer = Payer(seller)
    seller.v1.charges.update(payer.charge.id, {"receipt_email": "ada@example.com"})
    told = eventually(lambda: [
        each for each in links(seller, payer) if each != payer.charge.receipt_url
    ])  # fmt: skip
    assert requests.get(told[0], timeout=60).status_code == 200
