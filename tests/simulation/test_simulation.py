"""The simulation: lives that end between any two statements, and books that hold all the same."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from prorata.gateways.sandbox.network import Sandbox
from prorata.model.errors import Refused
from prorata.simulation.proofs import faults
from prorata.simulation.run import BEGINS, Outcome, Simulation
from prorata.simulation.shop import Broken, Shop, Troubles

MONTH_SECONDS = 32 * 86_400
# How far apart the deaths of the story are tried; the prime meets every part of it.
EVERY = 11


def lived(seed: int, *, database: str = "sqlite://", mean_life: float = 120.0) -> Outcome:
    simulation = Simulation(
        seed, years=0.34, customers=8, database=database, troubles=Troubles(mean_life)
    )
    try:
        return simulation.run()
    finally:
        simulation.close()


@pytest.mark.parametrize("seed", [3, 7])
def test_the_books_hold_whatever_dies(database_url: str, seed: int) -> None:
    outcome = lived(seed, database=database_url, mean_life=80.0)
    assert outcome.faults == []
    assert outcome.counted["deaths"] > 5
    assert outcome.counted["invoices"] > 5


def test_the_same_seed_lives_the_same_life_and_another_one_does_not() -> None:
    first, again, other = lived(5), lived(5), lived(6)
    assert first.counted["deaths"] > 0
    assert (again.digest, again.counted, again.deaths) == (
        first.digest, first.counted, first.deaths,
    )  # fmt: skip
    assert other.digest != first.digest


# Sets of words have an order of their own in each process; these two differ in it.
ORDERS = ("1", "2")
LIFE = """
import hashlib
from prorata.simulation.mortality import MortalConnection
from prorata.simulation.run import Simulation
asked, query = hashlib.sha256(), MortalConnection.query
def heard(self, sql, parameters=()):
    asked.update(f"{sql} {parameters}".encode())
    return query(self, sql, parameters)
MortalConnection.query = heard
simulation = Simulation(5, years=0.34, customers=8)
print(simulation.run().digest, asked.hexdigest())
simulation.close()
"""


def test_the_same_seed_lives_the_same_life_in_another_process() -> None:
    """Each statement is a moment: two the other way round, and a death comes elsewhere."""
    first, again = (
        subprocess.run(
            [sys.executable, "-c", LIFE], check=True, capture_output=True, text=True,
            env=os.environ | {"PYTHONHASHSEED": order},
        ).stdout
        for order in ORDERS
    )  # fmt: skip
    assert first == again


def story(shop: Shop) -> None:
    """Subscribe, buy seats, renew, give money back: all that moves money once."""
    product = shop.ask("POST", "/v1/products", name="Plan").body["id"]
    price = shop.ask(
        "POST", "/v1/prices", product=product, currency="usd", unit_amount=1_000,
        recurring={"interval": "month"},
    ).body["id"]  # fmt: skip
    customer = shop.ask(
        "POST", "/v1/customers", payment_method="pm_card_visa",
        invoice_settings={"default_payment_method": "pm_card_visa"},
    ).body["id"]  # fmt: skip
    made = shop.ask(
        "POST", "/v1/subscriptions", customer=customer, items=[{"price": price}],
        metadata={"op": "subscribe"},
    ).body  # fmt: skip
    item = made["items"]["data"][0]["id"]
    shop.ask(
        "POST", f"/v1/subscriptions/{made['id']}", items=[{"id": item, "quantity": 3}],
        proration_behavior="always_invoice",
    )  # fmt: skip
    shop.advance(BEGINS + MONTH_SECONDS)
    charges = shop.surviving(lambda: shop.desk.get("/v1/charges", customer=customer))["data"]
    assert sorted(each["amount"] for each in charges) == [1_000, 2_000, 3_000]
    shop.ask("POST", "/v1/refunds", charge=charges[0]["id"], amount=500)


def told_story(strike_in: int) -> tuple[int, dict[str, int]]:
    """Tell the story with one death after so many moments (0: none); return its moments."""
    shop = Shop("sqlite://", 1, BEGINS, Troubles(mean_life=0, gateway=False))
    try:
        shop.fate.strike_in(strike_in or 1_000_000)
        story(shop)
        moments = shop.fate.moments
        assert shop.in_peace(lambda: faults(shop.system)) == []
        counts = {
            name: shop.in_peace(
                lambda table=name: shop.system.database.read(
                    lambda each: each.query(f"SELECT COUNT(*) FROM {table}")[0][0]
                )
            )
            for name in ("event", "ledger", "doc_invoice", "doc_charge", "doc_refund")
        }
        return moments, counts
    finally:
        shop.close()


def test_a_death_at_any_moment_of_a_story_changes_nothing_of_its_end() -> None:
    moments, expected = told_story(0)
    assert moments > 100
    for moment in range(1, moments, EVERY):
        _, found = told_story(moment)
        assert found == expected, f"after a death in moment {moment}"


def test_a_gateway_that_takes_money_anew_each_time_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    charge: Callable[..., Any] = Sandbox.charge
    tries = iter(range(1_000))

    def anew(self: Sandbox, order: Any) -> Any:
        charge(self, type(order)(**{
            name: getattr(order, name) for name in order.__struct_fields__
        } | {"key": f"{order.key}-{next(tries)}"}))  # fmt: skip
        return charge(self, order)

    monkeypatch.setattr(Sandbox, "charge", anew)
    outcome = lived(3, mean_life=0)
    assert any("the gateway took" in each for each in outcome.faults)


def test_a_database_in_use_is_refused(database_url: str) -> None:
    Shop(database_url, 1, BEGINS, Troubles()).close()
    with pytest.raises(Refused, match="in use already"):
        Shop(database_url, 1, BEGINS, Troubles())


def test_the_book_of_an_earlier_version_is_refused_as_it_is(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/books.db"
    Shop(url, 1, BEGINS, Troubles()).close()
    with closing(sqlite3.connect(tmp_path / "books.db")) as raw, raw:
        raw.execute("UPDATE alembic_version SET version_num = '0006'")
        raw.execute("DROP TABLE doc_prorata_refund_reference")
    with pytest.raises(Refused, match="in use already"):
        Shop(url, 1, BEGINS, Troubles())
    with closing(sqlite3.connect(tmp_path / "books.db")) as raw:
        assert raw.execute("SELECT version_num FROM alembic_version").fetchall() == [("0006",)]


def test_a_request_in_which_the_process_always_dies_is_told_of() -> None:
    shop = Shop("sqlite://", 1, BEGINS, Troubles(mean_life=1, gateway=False))
    try:
        with pytest.raises(Broken, match="never answered: the process died each time"):
            shop.ask("POST", "/v1/customers", name="Ada")
    finally:
        shop.close()
