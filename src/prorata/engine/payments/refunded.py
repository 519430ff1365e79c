"""Refunded: what a gateway's outcome makes of a refund and its charge."""

from prorata.engine.payments.ask import Answer
from prorata.engine.payments.cash import move_cash
from prorata.engine.payments.charge_document import add_movement
from prorata.engine.payments.charge_hooks import on_refunded
from prorata.engine.payments.charge_ledger import debtor_of, post_given_back
from prorata.engine.payments.charged import ask_when_known, wait_longer
from prorata.engine.payments.intent_hooks import intent_given_back
from prorata.gateways.outcomes import RefundOutcome
from prorata.model.errors import APIError
from prorata.model.fields import UNSET
from prorata.model.transaction import Posting, Tx
from prorata.resources.billing.cash_balance import CashOfRefund
from prorata.resources.core.customer import Customer
from prorata.resources.payments.charge import Charge, is_refunded, paid_from_cash
from prorata.resources.payments.early_fraud_warning import EarlyFraudWarning
from prorata.resources.payments.payment_attempt import PaymentAttempt
from prorata.resources.payments.payment_intent import PaymentIntent
from prorata.resources.payments.refund import Refund
from prorata.rules import accounts


def apply_refund(tx: Tx, attempt: PaymentAttempt, answer: Answer) -> APIError | None:
    """Write what became of a refund: at once, and again when an announced change has come."""
    refund = tx.get(Refund, attempt.refund or "")
    charge = tx.get(Charge, attempt.charge or "")
    outcome = answer.refund
    if outcome is None or outcome.unknown:
        wait_longer(tx, attempt)
        return None
    told = attempt.state == "unknown"
    attempt.settle_after = None
    attempt.reference = outcome.reference
    attempt.state = "processing" if outcome.status == "pending" else "succeeded"
    tx.quiet(charge)
    if refund.private.asking:
        _first_answer(tx, refund, charge, outcome, told)
    elif outcome.status != refund.status:
        _change(tx, refund, charge, outcome)
    refund.private.settles_at = None
    if outcome.settles_at is not None or outcome.status == "pending":
        refund.private.settles_at = ask_when_known(
            tx, attempt, "poll_refund", outcome.settles_at
        )
    return None


def _first_answer(
    tx: Tx, refund: Refund, charge: Charge, outcome: RefundOutcome, told: bool
) -> None:
    """Write what a gateway made of a refund; told: that there is one was said in its silence."""
    refund.private.asking = False
    charge.private.refunding -= refund.amount
    refund.status = outcome.status
    if outcome.status == "failed":
        refund.failure_reason = outcome.failure_reason or "unknown"
        if not told:
            tx.emit("refund.created", refund)
        tx.emit("refund.failed", refund)
        _keep_note(tx, refund, charge)
        return
    if outcome.status == "pending":
        refund.pending_reason = "processing"
    _give_back(tx, refund, charge)


def _give_back(tx: Tx, refund: Refund, charge: Charge) -> None:
    previous: dict[str, object] = {"amount_refunded": charge.amount_refunded}
    charge.amount_refunded += refund.amount
    if is_refunded(charge):
        charge.refunded = True
        previous["refunded"] = False
    about = f" ({charge.description})" if charge.description else ""
    movement = add_movement(
        tx,
        charge,
        -refund.amount,
        "refund" if charge.id.startswith("ch_") else "payment_refund",
        source=refund.id,
        description=f"REFUND FOR CHARGE{about}",
    )
    refund.balance_transaction = movement.id
    if paid_from_cash(charge):
        _put_back(tx, refund, charge)
    _post(tx, refund, charge, refund.amount, "refund")
    tx.emit("charge.refunded", charge, previous)
    on_refunded.tell(tx, charge, refund=refund)
    for warning in tx.select(EarlyFraudWarning, charge=charge.id):
        warning.actionable = False


def _put_back(tx: Tx, refund: Refund, charge: Charge) -> None:
    """Give what a bank transfer paid back to its customer's cash balance."""
    move_cash(
        tx,
        tx.get_even_deleted(Customer, charge.customer or ""),
        charge.currency,
        refund.amount,
        "refunded_from_payment",
        refunded_from_payment=CashOfRefund(refund=refund.id),
    )


def _change(tx: Tx, refund: Refund, charge: Charge, outcome: RefundOutcome) -> None:
    refund.status = outcome.status
    refund.pending_reason = UNSET
    if outcome.status == "failed":
        refund.failure_reason = outcome.failure_reason or "unknown"
        _take_back(tx, refund, charge)
        tx.emit("refund.failed", refund)
    tx.emit("charge.refund.updated", refund)


def _take_back(tx: Tx, refund: Refund, charge: Charge) -> None:
    """Undo what a refund moved: the payer's bank sent it back."""
    charge.amount_refunded -= refund.amount
    charge.refunded = False
    movement = add_movement(
        tx,
        charge,
        refund.amount,
        "refund_failure" if charge.id.startswith("ch_") else "payment_failure_refund",
        source=refund.id,
        description=f"REFUND FAILURE ({charge.id})",
    )
    refund.failure_balance_transaction = movement.id
    _post(tx, refund, charge, -refund.amount, "refund failed")
    _keep_note(tx, refund, charge)


def _keep_note(tx: Tx, refund: Refund, charge: Charge) -> None:
    """Write that a note of a refund that failed stands, but nobody was given anything for it."""
    intent = tx.find(PaymentIntent, charge.payment_intent)
    if intent is None:
        return
    counted = refund.private.counted
    if refund.private.credit_note is not None:
        intent_given_back(tx, intent, -refund.amount, accounts.CREDIT_NOTES, "refund failed")
    elif counted and intent_given_back(tx, intent, counted, accounts.REFUNDS, "refund failed"):
        intent_given_back(tx, intent, -counted, accounts.CREDIT_NOTES, "refund failed")


def _post(tx: Tx, refund: Refund, charge: Charge, amount: int, memo: str) -> None:
    """Post what left for the payer; a credit note has settled before what bears it."""
    if refund.private.account == accounts.REFUNDS:
        post_given_back(tx, charge, refund, amount, accounts.REFUNDS, memo)
        return
    tx.post(
        Posting(refund.private.account, amount),
        Posting(accounts.CASH, -amount),
        document=refund,
        customer=debtor_of(tx, charge),
        currency=refund.currency,
        memo=memo,
    )
