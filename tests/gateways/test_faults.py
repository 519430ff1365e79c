"""A faulty network loses orders and answers, and whoever asks again by key is charged once."""

import pytest

from prorata.gateways.faults import FaultyGateway, Rates
from prorata.gateways.outcomes import Declined, Succeeded, Unknown
from prorata.gateways.protocol import Gateway, GatewayTimeout, RefundOrder
from prorata.gateways.registry import UnknownGateway, names, open_gateway
from prorata.gateways.sandbox.network import Sandbox
from prorata.gateways.sandbox.rehearsal import Rehearsal

from .conftest import NOW, order


@pytest.fixture
def faulty(sandbox):
    return FaultyGateway(sandbox, seed=1, sleep=lambda seconds: None)


def test_lost_answer_leaves_the_charge_in_the_books(faulty, sandbox):
    faulty.force("lose_answer")
    assert isinstance(faulty.charge(order("pm_card_visa")), Unknown)
    assert sandbox.books.taken("pa_1") == 1_000
    assert isinstance(faulty.lookup("pa_1"), Succeeded)


def test_lost_order_never_arrives(faulty, sandbox):
    faulty.force("lose_order")
    assert isinstance(faulty.charge(order("pm_card_visa")), Unknown)
    assert faulty.lookup("pa_1") is None and sandbox.books.orders() == []


def test_order_that_arrives_twice_charges_once(faulty, sandbox):
    faulty.force("twice", "late")
    faulty.charge(order("pm_card_visa"))
    faulty.charge(order("pm_card_visa"))
    (booked,) = sandbox.books.charges()
    assert (booked.captured, booked.asked) == (1_000, 3)
    assert faulty.log == [("pa_1", "twice"), ("pa_1", "late")]


def test_timeout_can_be_raised_instead(sandbox):
    faulty = FaultyGateway(sandbox, seed=1, raises=True)
    faulty.force("lose_answer")
    with pytest.raises(GatewayTimeout):
        faulty.charge(order("pm_card_visa"))


def test_refund_of_unknown_outcome_is_looked_up(faulty, sandbox):
    charge = faulty.charge(order("pm_card_visa"))
    faulty.force("lose_answer", None)
    refund = RefundOrder("re_1", charge.reference, 300, "usd", NOW)
    assert faulty.refund(refund).unknown
    assert faulty.lookup_refund("re_1").status == "succeeded"
    assert sandbox.books.taken("pa_1") == 700


def test_network_is_down_until_a_second(faulty):
    faulty.go_down(until=NOW + 10)
    assert isinstance(faulty.charge(order("pm_card_visa")), Unknown)
    with pytest.raises(GatewayTimeout):
        faulty.lookup("pa_1")
    assert isinstance(faulty.charge(order("pm_card_visa", now=NOW + 10)), Succeeded)
    faulty.go_down()
    assert isinstance(faulty.charge(order("pm_card_visa", key="pa_2")), Unknown)
    faulty.come_up()
    assert faulty.lookup("pa_2") is None


def test_network_comes_up_in_virtual_time_whatever_second_an_order_is_of(sandbox):
    seconds = iter([NOW, NOW + 9, NOW + 10])
    faulty = FaultyGateway(sandbox, seed=1, clock=lambda: next(seconds))
    faulty.go_down(until=NOW + 10)
    assert isinstance(faulty.charge(order("pm_card_visa")), Unknown)
    with pytest.raises(GatewayTimeout):
        faulty.lookup("pa_1")
    assert isinstance(faulty.charge(order("pm_card_visa")), Succeeded)


def test_network_can_decline_everything_new(faulty, sandbox):
    paid = faulty.charge(order("pm_card_visa"))
    faulty.decline_all()
    refused = faulty.charge(order("pm_card_visa", key="pa_2"))
    assert isinstance(refused, Declined) and faulty.lookup("pa_2") == refused
    assert faulty.charge(order("pm_card_visa")) == paid
    faulty.decline_all(False)
    assert faulty.charge(order("pm_card_visa", key="pa_2")) == refused
    assert len(sandbox.books.charges()) == 1


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_asking_again_by_key_charges_exactly_once_under_any_faults(sandbox, seed):
    rates = Rates(lose_order=0.2, lose_answer=0.3, twice=0.1)
    faulty = FaultyGateway(sandbox, seed, rates)
    keys = [f"pa_{number:03d}" for number in range(50)]
    for key in keys:
        for _ in range(50):
            if isinstance(faulty.charge(order("pm_card_visa", key=key)), Succeeded):
                break
    assert [row.key for row in sandbox.books.charges()] == keys
    assert {row.captured for row in sandbox.books.charges()} == {1_000}


def test_seed_gives_the_same_faults_in_any_order():
    def faults(keys: list[str]) -> set[tuple[str, str]]:
        faulty = FaultyGateway(Sandbox(), 7, Rates(lose_order=0.3, lose_answer=0.3))
        for key in keys:
            faulty.charge(order("pm_card_visa", key=key))
        faulty.close()
        return set(faulty.log)

    keys = [f"pa_{number}" for number in range(30)]
    assert faults(keys) == faults(keys[::-1]) != set()


def test_every_gateway_fits_the_protocol(sandbox, faulty):
    rehearsal = Rehearsal()
    for gateway in (sandbox, faulty, rehearsal):
        assert isinstance(gateway, Gateway)
    rehearsal.close()


def test_gateways_are_found_by_name():
    assert "sandbox" in names()
    gateway = open_gateway("sandbox")
    assert isinstance(gateway, Sandbox) and gateway.test_only
    gateway.close()
    with pytest.raises(UnknownGateway, match=r"installed: .*sandbox"):
        open_gateway("abacus")


def test_rehearsal_charges_the_cards_of_any_gateway():
    rehearsal = Rehearsal()
    assert isinstance(rehearsal.charge(order("some_live_token")), Succeeded)
    assert isinstance(rehearsal.charge(order("pm_card_chargeDeclined", key="2")), Declined)
    assert len(rehearsal.charge_many([order("live", key="3"), order("other", key="4")])) == 2
    rehearsal.close()


def test_debits_on_their_way_succeed_in_a_rehearsal():
    rehearsal = Rehearsal({"live_debit": order("some_live_token", amount=700)})
    settled = rehearsal.poll("live_debit", 1)
    assert isinstance(settled, Succeeded) and settled.captured == 700
    assert isinstance(rehearsal.poll("never_told", 1), Unknown)
    rehearsal.close()
