"""Proofs: the doctor notices a mail of which nobody knows what became."""

from __future__ import annotations

from typing import Any

import pytest

from mail.seller import Seller
from prorata.engine.doctor import examine
from prorata.resources.core.mail import Mail
from prorata.store.books import all_books


def problems(seller: Seller) -> list[str]:
    found = examine(seller.server.system)
    return [f"{one.id}: {one.problem}" for each in found if "mail" in each.name
            for one in each.findings]  # fmt: skip


def test_a_life_with_mails_is_in_order_and_so_is_its_end(seller: Seller) -> None:
    customer = seller.customer()
    seller.subscribe(customer, trial_period_days=10)
    seller.advance(customer, 30)
    seller.pay_with(customer, "pm_card_chargeCustomerFail")
    seller.advance(customer, 60)
    assert not problems(seller)
    clock = seller.v1.customers.retrieve(customer).test_clock
    seller.v1.test_helpers.test_clocks.delete(clock)
    assert not [each for found in examine(seller.server.system) for each in found.findings]
    assert {each["state"] for each in seller.mails()} <= {"kept", "planned", "skipped"}


@pytest.mark.parametrize(("change", "sentence"), [
    ({"state": "sent"}, "nobody has sent it"), ({"state": "failed"}, "for no reason"),
    ({"state": "pending"}, "but waits since"), ({"to": ""}, "to nobody"),
    ({"state": "planned"}, "but is due at"),
])  # fmt: skip
def test_what_does_not_fit_is_found(seller: Seller, change: Any, sentence: str) -> None:
    seller.subscribe(seller.customer())
    id = seller.mail("receipt")["id"]
    system = seller.server.system
    [book] = system.database.read(all_books)

    def spoil(tx: Any) -> None:
        mail = tx.get(Mail, id)
        for name, value in change.items():
            setattr(mail, name, value)

    system.write(book, spoil)
    [problem] = problems(seller)
    assert problem.startswith(id) and sentence in problem
