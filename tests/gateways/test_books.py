"""The sandbox's books take a key once, whoever asks and how often, on each database."""

import os
import signal
import subprocess
import sys
import threading

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorata.gateways.outcomes import Canceled, Declined, NeedsAction, Succeeded
from prorata.gateways.protocol import GatewayError, KeyReused, RefundOrder
from prorata.gateways.sandbox.network import Sandbox
from prorata.gateways.sandbox.verdicts import fee

from .conftest import NOW, order, setup_order


def give_back(key: str, amount: int, charge: str = "pa_1") -> RefundOrder:
    return RefundOrder(key, f"sandbox_{charge}", amount, "usd", NOW)


def test_key_that_comes_twice_gives_the_same_outcome_and_one_charge(stored):
    first = stored.charge(order("pm_card_visa"))
    second = stored.charge(order("pm_card_visa", now=NOW + 3_600, off_session=True))
    assert first == second == stored.lookup("pa_1")
    (booked,) = stored.books.charges()
    assert (booked.captured, booked.asked) == (1_000, 2)
    assert stored.lookup("pa_2") is None


def test_declined_key_stays_declined(stored):
    first = stored.charge(order("pm_card_chargeDeclined"))
    assert isinstance(first, Declined)
    assert stored.charge(order("pm_card_chargeDeclined")) == first
    assert stored.books.charges() == [] and len(stored.books.orders()) == 1


@pytest.mark.parametrize("change", [{"amount": 999}, {"token": "pm_card_amex"}])
def test_key_with_another_order_is_refused(stored, change):
    stored.charge(order("pm_card_visa"))
    with pytest.raises(KeyReused):
        stored.charge(order(**{"token": "pm_card_visa", **change}))
    with pytest.raises(KeyReused):
        stored.setup(setup_order("pm_card_visa", key="pa_1"))
    assert stored.books.taken("pa_1") == 1_000


def test_batch_gives_each_order_its_outcome_in_order(stored):
    stored.charge(order("pm_card_visa", key="c"))
    names = {"d": "pm_card_chargeDeclined", "b": "pm_card_createDispute", "c": "pm_card_visa",
             "a": "pm_card_threeDSecure2Required"}  # fmt: skip
    orders = [order(token, key=key) for key, token in names.items()]
    outcomes = stored.charge_many(orders)
    assert [type(outcome) for outcome in outcomes] == [Declined, Succeeded, Succeeded, NeedsAction]
    assert [outcome.reference for outcome in outcomes] == [f"sandbox_{key}" for key in names]
    assert stored.charge_many(orders) == outcomes == [stored.lookup(key) for key in names]
    assert [booked.key for booked in stored.books.charges()] == ["b", "c"]
    assert len(stored.disputes_of("sandbox_b", NOW)) == 1
    assert stored.charge_many([]) == []


def test_impossible_order_does_not_stop_its_batch(stored):
    stored.charge(order("pm_card_visa", key="b"))
    outcomes = stored.charge_many(
        [
            order("pm_card_visa", key="a"),
            order("pm_card_visa", key="b", amount=5),
            order("of another gateway", key="c"),
            order("pm_card_createDispute", key="d"),
        ]
    )
    assert [type(outcome) for outcome in outcomes] == [
        Succeeded,
        KeyReused,
        GatewayError,
        Succeeded,
    ]
    assert [row.key for row in stored.books.charges()] == ["a", "b", "d"]


def test_many_threads_with_one_key_make_one_charge(stored):
    outcomes = []

    def ask() -> None:
        for number in range(5):
            outcomes.append(stored.charge(order("pm_card_visa", key=f"pa_{number}")))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 30
    booked = stored.books.charges()
    assert [row.captured for row in booked] == [1_000] * 5
    assert [row.asked for row in booked] == [6] * 5


_CHARGE_AND_DIE = """
import os, signal, sys
from prorata.gateways.orders import ChargeOrder
from prorata.gateways.sandbox.network import Sandbox
sandbox = Sandbox(sys.argv[1])
for number in range(20):
    sandbox.charge(ChargeOrder(f"pa_{number:02d}", 500, "usd", "card:visa:", 1_790_000_000))
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_charges_survive_the_death_of_the_process(empty_database_url):
    dead = subprocess.run([sys.executable, "-c", _CHARGE_AND_DIE, empty_database_url], check=False)
    assert dead.returncode == -signal.SIGKILL
    sandbox = Sandbox(empty_database_url)
    assert len(sandbox.books.charges()) == 20
    assert isinstance(sandbox.lookup("pa_19"), Succeeded)
    sandbox.close()


def test_books_start_once_when_processes_start_together(empty_database_url):
    running = [
        subprocess.Popen([sys.executable, "-c", _CHARGE_AND_DIE, empty_database_url])
        for _ in range(3)
    ]
    assert [process.wait() for process in running] == [-signal.SIGKILL] * 3
    sandbox = Sandbox(empty_database_url)
    assert [row.asked for row in sandbox.books.charges()] == [3] * 20
    sandbox.close()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_connection_is_not_shared_with_a_forked_process(stored):
    stored.charge(order("pm_card_visa", key="pa_0"))
    child = os.fork()
    if child == 0:
        done = isinstance(stored.charge(order("pm_card_visa", key="pa_1")), Succeeded)
        os._exit(0 if done else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert isinstance(stored.charge(order("pm_card_visa", key="pa_2")), Succeeded)
    assert len(stored.books.charges()) == 3


def test_what_was_idle_when_its_server_ended_it_is_not_used_again(stored, empty_database_url):
    if empty_database_url.startswith("sqlite"):
        pytest.skip("a file has no server")
    stored.charge(order("pm_card_visa", key="pa_0"))
    with psycopg.connect(empty_database_url, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended and all(was for (was,) in ended)
    assert isinstance(stored.charge(order("pm_card_visa", key="pa_1")), Succeeded)


def test_what_may_only_read_since_it_was_opened_is_not_used_again(stored, empty_database_url):
    if empty_database_url.startswith("sqlite"):
        pytest.skip("a file has no settings of sessions")
    stored.charge(order("pm_card_visa", key="pa_0"))
    setting = "default_transaction_read_only"
    with psycopg.connect(empty_database_url, autocommit=True) as admin:
        name = admin.info.dbname
        admin.execute(f'ALTER DATABASE "{name}" SET {setting} = on')
        admin.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            stored.charge(order("pm_card_visa", key="pa_1"))
        admin.execute(f'ALTER DATABASE "{name}" RESET {setting}')
    assert isinstance(stored.charge(order("pm_card_visa", key="pa_1")), Succeeded)


def test_the_books_are_read_by_whoever_may_only_read(stored, empty_database_url):
    if empty_database_url.startswith("sqlite"):
        pytest.skip("a file has no settings of sessions")
    stored.charge(order("pm_card_visa"))
    only = "options=-c%20default_transaction_read_only%3Don"
    reader = Sandbox(f"{empty_database_url}{'&' if '?' in empty_database_url else '?'}{only}")
    try:
        assert reader.books.charges() == stored.books.charges() != []
    finally:
        reader.close()


class TestAuthorizations:
    def test_reserved_money_is_taken_once(self, stored):
        reserved = stored.charge(order("pm_card_visa", capture=False))
        assert reserved.captured == 0 and reserved.capture_before == NOW + 7 * 86_400
        taken = stored.capture(reserved.reference, 600, "cap_1", NOW + 60)
        assert (taken.captured, taken.fee, taken.capture_before) == (600, fee(600), None)
        assert stored.capture(reserved.reference, 1_000, "cap_2", NOW + 61) == taken
        assert stored.cancel(reserved.reference, "can_1", NOW + 62) == taken
        assert stored.books.taken("pa_1") == 600

    def test_released_money_can_no_longer_be_taken(self, stored):
        reserved = stored.charge(order("pm_card_visa", capture=False))
        gone = Canceled(reserved.reference)
        assert stored.cancel(reserved.reference, "can_1", NOW) == gone
        assert stored.capture(reserved.reference, 1_000, "cap_1", NOW) == gone
        assert stored.books.charges() == []

    def test_authorization_lapses(self, stored):
        reserved = stored.charge(order("pm_card_visa", capture=False))
        late = reserved.capture_before + 1
        assert isinstance(stored.capture(reserved.reference, 1_000, "cap_1", late), Canceled)

    def test_more_than_reserved_is_refused(self, stored):
        reserved = stored.charge(order("pm_card_visa", capture=False))
        with pytest.raises(GatewayError):
            stored.capture(reserved.reference, 1_001, "cap_1", NOW)

    def test_released_challenge_charges_nobody(self, stored):
        action = stored.charge(order("pm_card_threeDSecure2Required"))
        assert stored.cancel(action.reference, "can_1", NOW) == Canceled(action.reference)
        assert isinstance(stored.authenticate(action.reference, True, NOW), Canceled)
        assert stored.books.charges() == []

    def test_paid_charge_is_not_released(self, stored):
        paid = stored.charge(order("pm_card_visa"))
        assert stored.cancel(paid.reference, "can_1", NOW) == paid


class TestRefunds:
    def test_parts_are_given_back_until_nothing_is_left(self, stored):
        stored.charge(order("pm_card_visa"))
        assert stored.refund(give_back("re_1", 400)).status == "succeeded"
        assert stored.refund(give_back("re_1", 400)) == stored.lookup_refund("re_1")
        assert stored.books.taken("pa_1") == 600
        with pytest.raises(GatewayError):
            stored.refund(give_back("re_2", 601))
        assert stored.lookup_refund("re_2") is None, "nothing half done"
        stored.refund(give_back("re_3", 600))
        assert stored.books.taken("pa_1") == 0

    def test_key_with_another_refund_is_refused(self, stored):
        stored.charge(order("pm_card_visa"))
        stored.refund(give_back("re_1", 400))
        with pytest.raises(KeyReused):
            stored.refund(give_back("re_1", 300))

    def test_declined_charge_has_nothing_to_give_back(self, stored):
        stored.charge(order("pm_card_chargeDeclined"))
        with pytest.raises(GatewayError):
            stored.refund(give_back("re_1", 1))
        with pytest.raises(GatewayError):
            stored.refund(give_back("re_1", 1, charge="pa_unknown"))

    def test_pending_refund_succeeds_later(self, stored):
        stored.charge(order("pm_card_pendingRefund"))
        pending = stored.refund(give_back("re_1", 400))
        assert (pending.status, pending.then) == ("pending", "succeeded")
        assert stored.poll_refund(pending.reference, NOW) == pending
        done = stored.poll_refund(pending.reference, pending.settles_at)
        assert (done.status, done.then, done.failure_reason) == ("succeeded", None, None)
        assert stored.lookup_refund("re_1") == done

    def test_failing_refund_puts_the_money_back(self, stored):
        stored.charge(order("pm_card_refundFail"))
        refund = stored.refund(give_back("re_1", 400))
        assert (refund.status, refund.then) == ("succeeded", "failed")
        failed = stored.poll_refund(refund.reference, refund.settles_at)
        assert (failed.status, failed.failure_reason) == ("failed", "unknown")
        assert stored.poll_refund(refund.reference, refund.settles_at + 9) == failed
        assert stored.books.taken("pa_1") == 1_000

    def test_debit_is_refunded_with_a_delay(self, stored):
        debit = stored.charge(order("pm_usBankAccount_success"))
        stored.poll(debit.reference, debit.settles_at)
        assert stored.refund(give_back("re_1", 400)).status == "pending"


DISPUTES = [
    ("createDispute", ["fraudulent"], "needs_response", [1_000], ()),
    ("createDisputeProductNotReceived", ["product_not_received"], "needs_response", [1_000], ()),
    ("createDisputeInquiry", ["fraudulent"], "warning_needs_response", [1_000], ()),
    ("createMultipleDisputes", ["fraudulent"] * 2, "needs_response", [500, 500], ()),
    ("createCe3EligibleDispute", ["fraudulent"], "needs_response", [1_000],
     ("visa_compelling_evidence_3",)),
    ("createComplianceDispute", ["noncompliant"], "needs_response", [1_000],
     ("visa_compliance",)),
]  # fmt: skip


class TestDisputes:
    @pytest.mark.parametrize("row", DISPUTES, ids=[row[0] for row in DISPUTES])
    def test_card_opens_its_disputes_with_the_charge(self, stored, row):
        name, reasons, status, amounts, eligibility = row
        charge = stored.charge(order(f"pm_card_{name}"))
        assert charge.disputed
        facts = stored.disputes_of(charge.reference, NOW)
        assert [fact.reason for fact in facts] == reasons
        assert [fact.amount for fact in facts] == amounts
        assert {fact.status for fact in facts} == {status}
        assert facts[0].enhanced_eligibility_types == eligibility
        stored.charge(order(f"pm_card_{name}"))
        assert stored.disputes_of(charge.reference, NOW) == facts

    @pytest.mark.parametrize(
        ("card", "evidence", "status"),
        [
            ("createDispute", "winning_evidence", "won"),
            ("createDispute", "losing_evidence", "lost"),
            ("createDispute", "a long letter", "under_review"),
            ("createDisputeInquiry", "winning_evidence", "warning_closed"),
            ("createDisputeInquiry", "a long letter", "warning_under_review"),
            ("createDisputeInquiry", "escalate_inquiry_evidence", "needs_response"),
        ],
    )
    def test_evidence_decides(self, stored, card, evidence, status):
        charge = stored.charge(order(f"pm_card_{card}"))
        (fact,) = stored.disputes_of(charge.reference, NOW)
        answered = stored.respond_dispute(fact.reference, evidence, NOW + 60)
        assert answered.status == status
        assert stored.disputes_of(charge.reference, NOW + 60) == [answered]

    def test_closed_dispute_stays_closed(self, stored):
        charge = stored.charge(order("pm_card_createDispute"))
        (fact,) = stored.disputes_of(charge.reference, NOW)
        assert stored.close_dispute(fact.reference, NOW).status == "lost"
        assert stored.respond_dispute(fact.reference, "winning_evidence", NOW).status == "lost"

    def test_dispute_without_an_answer_is_lost(self, stored):
        charge = stored.charge(order("pm_card_createDispute"))
        (fact,) = stored.disputes_of(charge.reference, NOW)
        (late,) = stored.disputes_of(charge.reference, fact.evidence_due_by + 1)
        assert late.status == "lost"

    def test_fraud_warning_comes_with_the_charge(self, stored):
        charge = stored.charge(order("pm_card_createIssuerFraudRecord"))
        assert charge.early_fraud_warning is not None and not charge.disputed


@pytest.mark.parametrize(("amount", "cents"), [(1_000, 59), (50, 31), (17, 30), (18, 31), (0, 30)])
def test_fee_is_a_share_and_a_fixed_part(amount, cents):
    assert fee(amount) == cents


@given(st.lists(st.integers(min_value=1, max_value=700), max_size=8))
def test_never_more_is_given_back_than_was_taken(amounts):
    sandbox = Sandbox()
    sandbox.charge(order("pm_card_visa"))
    left = 1_000
    for number, amount in enumerate(amounts):
        if amount > left:
            with pytest.raises(GatewayError):
                sandbox.refund(give_back(f"re_{number}", amount))
        else:
            sandbox.refund(give_back(f"re_{number}", amount))
            left -= amount
    assert sandbox.books.taken("pa_1") == left
    sandbox.close()


def test_reference_or_token_of_another_gateway_is_refused(sandbox):
    with pytest.raises(GatewayError):
        sandbox.poll("ch_elsewhere", NOW)
    with pytest.raises(GatewayError):
        sandbox.charge(order("card:nobody:"))
    with pytest.raises(GatewayError):
        sandbox.disputes_of("pa_1", NOW)


def test_other_databases_are_refused():
    with pytest.raises(ValueError, match="SQLite or PostgreSQL"):
        Sandbox("mysql://x/y")
