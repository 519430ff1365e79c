"""Invoice recovery: when an unpaid invoice is tried again, and what its tries have taught."""

from prorata.engine.invoices.intent import method_for
from prorata.engine.invoices.seller import seller
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_recovery import STEPS_MAX, Outcome, RecoveryStep
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.rules import recovery_words as words
from prorata.rules.recovery import (
    Experience,
    Plan,
    counts_for_learning,
    epoch_of,
    plan_attempt,
    slots_of,
)
from prorata.rules.retries import MIN_GAP_SECONDS, attempt_runs

# What tries after a decline code are counted under.
TALLY = "recovery "


def learn(tx: Tx, invoice: Invoice, method: str | None, *, won: bool) -> None:
    """Count what came of the attempt under way, if it says something about its time.

    To be called while the invoice still knows of the failure before.
    """
    private = invoice.private
    if private.last_attempt_at is None or private.decline_code is None:
        return
    if counts_for_learning(
        automatic=private.trying == "automatic",
        retries=private.retries,
        decline_code=private.decline_code,
        same_method=method is not None and method == private.failed_payment_method,
    ):
        tx.tallies.count(
            tx.clock, TALLY + private.decline_code, slots_of(private.last_attempt_at),
            epoch=epoch_of(private.last_attempt_at), won=won, about=invoice.id,
        )  # fmt: skip


def plan_next(tx: Tx, invoice: Invoice) -> Plan | None:
    """Set when the next automatic attempt is made and return why then, None if there is none."""
    private = invoice.private
    invoice.next_payment_attempt = None
    if invoice.auto_advance is not True or invoice.collection_method != "charge_automatically":
        return None
    if private.first_attempt_at is None or private.last_attempt_at is None:
        return None
    policy, experience = seller(tx).retries, None
    if policy.learns and private.decline_code is not None:
        counts = tx.tallies.counts(tx.clock, TALLY + private.decline_code)
        experience = Experience(counts, epoch_of(tx.now))
    plan = plan_attempt(
        policy, private.retries, private.first_attempt_at, private.last_attempt_at, experience
    )
    invoice.next_payment_attempt = None if plan is None else plan.at
    return plan


def leave_idle_time_out(tx: Tx, invoice: Invoice) -> None:
    """Move the schedule by as much as its turn comes late, since nothing ran when it was due.

    The waits between tries stay what they are: an issuer is not asked hour after hour for what was
    missed, and the last try does not come the sooner for it. To be called before the turn is taken.
    """
    planned, first = invoice.next_payment_attempt, invoice.private.first_attempt_at
    if planned is None or first is None:
        return
    late = tx.now - planned
    if late >= MIN_GAP_SECONDS:
        invoice.private.first_attempt_at = first + late


def note_failure(tx: Tx, invoice: Invoice, plan: Plan | None, *, automatic: bool) -> None:
    """Remember that an attempt failed, and what was decided then."""
    private = invoice.private
    has_method = private.failed_payment_method is not None
    said = words.say_failure(private.decline_code, private.failed_debits, has_method=has_method)
    outcome: Outcome = "declined" if has_method else "no_payment_method"
    _note(tx, invoice, outcome, f"{said} {_say_next(tx, invoice, plan)}", plan, automatic)


def note_skipped(tx: Tx, invoice: Invoice, plan: Plan | None) -> None:
    """Remember that a turn passed without an attempt."""
    said = words.say_skipped(invoice.private.decline_code)
    _note(tx, invoice, "skipped", f"{said} {_say_next(tx, invoice, plan)}", plan, automatic=True)


def note_success(tx: Tx, invoice: Invoice, method: str | None) -> None:
    """Remember that an invoice that had failed was paid, and count what that teaches."""
    if not invoice.private.recovery:
        return
    automatic = invoice.private.trying == "automatic"
    learn(tx, invoice, method, won=True)
    step = RecoveryStep(
        at=tx.now, automatic=automatic, outcome="succeeded", payment_method=method,
        explanation=words.PAID_BY_RETRY if automatic else words.PAID_BY_HAND,
    )  # fmt: skip
    _keep(invoice, step)


def note_at_once(tx: Tx, invoice: Invoice) -> None:
    """Remember that a failed invoice is tried between two turns of its schedule, and why."""
    step = RecoveryStep(at=tx.now, automatic=True, outcome="brought_forward",
                        explanation=words.AT_ONCE, next_attempt_at=tx.now)  # fmt: skip
    _keep(invoice, step)


def _say_next(tx: Tx, invoice: Invoice, plan: Plan | None) -> str:
    private = invoice.private
    if invoice.auto_advance is not True:
        return words.NOT_PLANNED
    return words.say_plan(seller(tx).retries, private.retries, plan, private.decline_code)


def _note(
    tx: Tx, invoice: Invoice, outcome: Outcome, said: str, plan: Plan | None, automatic: bool
) -> None:
    private = invoice.private
    step = RecoveryStep(
        at=tx.now, automatic=automatic, outcome=outcome, explanation=said,
        decline_code=private.decline_code,
    )  # fmt: skip
    if outcome == "declined":
        step.payment_method = private.failed_payment_method
    if plan is not None:
        step.next_attempt_at, step.planned_at, step.reason = plan.at, plan.planned, plan.reason
    elif automatic and invoice.auto_advance is True:
        step.reason = "last"
    _keep(invoice, step)


def _keep(invoice: Invoice, step: RecoveryStep) -> None:
    """Add a step; of too many, the first and the last ones stay."""
    steps = [*invoice.private.recovery, step]
    if len(steps) > STEPS_MAX:
        del steps[1]
    invoice.private.recovery = steps


def may_succeed(tx: Tx, invoice: Invoice) -> bool:
    """Return whether an attempt may reach the network: after a hard decline, by a new method."""
    private = invoice.private
    return attempt_runs(private.decline_code, has_new_method(tx, invoice), private.failed_debits)


def has_new_method(tx: Tx, invoice: Invoice) -> bool:
    """Return whether there is another method than the one that failed, or it has been renewed."""
    private, id = invoice.private, method_for(tx, invoice)
    if id is None or id != private.failed_payment_method:
        return id is not None
    method = tx.look(PaymentMethod, id)
    renewed_at = None if method is None else method.private.renewed_at
    return renewed_at is not None and renewed_at >= (private.last_attempt_at or 0)
