"""Subscription status: what becomes of a subscription when its invoices are paid or not."""

from typing import Any

from prorata.engine.invoices.hooks import (
    on_overdue,
    on_paid,
    on_payment_failed,
    on_processing,
    on_uncollectible,
    on_voided,
)
from prorata.engine.invoices.intent import default_intent
from prorata.engine.invoices.seller import seller
from prorata.engine.invoices.taken_back import take_back
from prorata.engine.subscriptions.end import end_unbilled
from prorata.engine.subscriptions.expiry import expire
from prorata.engine.subscriptions.pause import resume_subscription
from prorata.engine.subscriptions.pending_update import (
    apply_pending_update,
    drop_pending_update,
    is_given_up,
    waits_for,
)
from prorata.engine.subscriptions.standstill import pause_now, resume_now
from prorata.engine.subscriptions.state import activate, tell_access
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.payments.payment_method import PaymentMethod

SETTLED = ("paid", "uncollectible")
# Why an invoice is given up by the account's rule, which says of its subscription what it says.
BY_RULE = ("max_payment_attempts", "payment_not_received")


def subscription_for(tx: Tx, invoice: Invoice) -> Subscription | None:
    """Return the subscription that an invoice was made for, unless it has ended."""
    subscription = _seen_for(tx, invoice)
    return None if subscription is None else tx.take(subscription)


def _seen_for(tx: Tx, invoice: Invoice) -> Subscription | None:
    """Return the same to be read only."""
    subscription = tx.look(Subscription, subscription_of(invoice))
    if subscription is None or subscription.status in ENDED:
        return None
    return subscription


def is_latest(tx: Tx, subscription: Subscription, invoice: Invoice) -> bool:
    """Return whether no later invoice of the subscription counts: void ones and drafts do not."""
    if subscription.latest_invoice == invoice.id:
        return True
    later = [
        each
        for each in tx.select(Invoice, subscription=subscription.id)
        if each.id > invoice.id and each.status not in ("void", "draft")
    ]
    return not later


def is_new(tx: Any, invoice: Invoice) -> bool:
    """Return whether the request that made an invoice is still telling of it.

    A difference shows nothing then of what its payment changed.
    """
    return any(
        each.type == "invoice.created" and each.object_id == invoice.id for each in tx.events
    )


@on_paid
def invoice_paid(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """Bring a subscription back to life, or begin it, when its invoice is paid."""
    subscription = _seen_for(tx, invoice)
    if subscription is None or _expected(subscription, invoice):
        return
    tx.take(subscription)
    if not is_given_up(subscription, invoice):
        save_payment_method(tx, subscription, invoice)
    _count_as_paid(tx, subscription, invoice)


def _expected(subscription: Subscription, invoice: Invoice) -> bool:
    """Return whether a payment changes nothing more: the subscription runs on as it did."""
    return (
        subscription.status in ("active", "trialing")
        and subscription.payment_settings.save_default_payment_method != "on_subscription"
        and not waits_for(subscription, invoice)
    )


@on_uncollectible
def invoice_given_up(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """An uncollectible invoice counts as paid for the subscription's status.

    What the account's own rule gave up leaves the subscription in the state of that rule.
    """
    subscription = subscription_for(tx, invoice)
    if subscription is not None and not _given_up_by_rule(invoice):
        _count_as_paid(tx, subscription, invoice)


def _given_up_by_rule(invoice: Invoice) -> bool:
    details = invoice.status_details
    given_up = UNSET if details is UNSET else details.uncollectible
    return given_up is not UNSET and given_up.reason in BY_RULE


def _count_as_paid(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    if is_given_up(subscription, invoice):
        drop_pending_update(tx, subscription)
        return
    if waits_for(subscription, invoice):
        apply_pending_update(tx, subscription)
    behind = subscription.status in ("past_due", "unpaid")
    paused = paused_by_failure(subscription)
    if subscription.status == "incomplete":
        activate(tx, subscription)
    elif (behind or paused) and not is_latest(tx, subscription, invoice):
        # A later invoice that is voided meanwhile would make this one the latest.
        tx.rely_on(subscription)
    elif behind:
        activate(tx, subscription)
    elif paused:
        come_back(tx, subscription)


def _attempt_of_new(invoice: Invoice, planned: int | None) -> dict[str, Any]:
    """Return what the first attempt on a new invoice changed, as it was before."""
    before: dict[str, Any] = {"attempt_count": 0} if invoice.attempt_count else {}
    before["attempted"] = False
    if invoice.next_payment_attempt != planned:
        before["next_payment_attempt"] = planned
    return before


@on_processing
def payment_processing(tx: Tx, invoice: Invoice, *, planned: int | None = None, **_: Any) -> None:
    """A debit on its way begins a subscription at once; should it fail, it is retried."""
    subscription = subscription_for(tx, invoice)
    if subscription is None:
        return
    changed = _attempt_of_new(invoice, planned)
    if subscription.status == "incomplete":
        activate(tx, subscription)
        if invoice.auto_advance is not True:
            changed["auto_advance"] = invoice.auto_advance
            invoice.auto_advance = True
    if is_new(tx, invoice):
        tx.emit("invoice.updated", invoice, changed)


@on_payment_failed
def payment_failed(
    tx: Tx, invoice: Invoice, *, planned: int | None = None, final: bool = False,
    action: bool = False, **_: Any,
) -> None:  # fmt: skip
    """A failed renewal makes a subscription past due; after the last retry the account decides."""
    subscription = subscription_for(tx, invoice)
    if subscription is None:
        if invoice.private.unwanted and invoice.status == "open":
            take_back(tx, invoice)
        return
    if is_new(tx, invoice):
        tx.sequence("default")
        tx.emit("invoice.updated", invoice, _attempt_of_new(invoice, planned))
    if waits_for(subscription, invoice):
        if not subscription.private.pending_change.at_attempt or action:
            return
        apply_pending_update(tx, subscription)
    # Nobody waits for what somebody has given up, though it may still be paid.
    forgiven = invoice.status == "uncollectible" and not _given_up_by_rule(invoice)
    running = subscription.status in ("active", "trialing") and not forgiven
    if running and is_latest(tx, subscription, invoice):
        subscription.status = "past_due"
    if subscription.status == "past_due" and pauses_at_first(tx, subscription, invoice):
        pause_now(tx, subscription, "first_payment_failure")
    elif final and not action and subscription.status == "past_due":
        subscription.private.exhausted = True
        give_up(tx, subscription, invoice)


def give_up(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    """Bring a subscription whose invoice stays unpaid into the account's final state."""
    state = seller(tx).final_state
    if state == "cancel":
        end_unbilled(tx, subscription, reason="payment_failed")
    elif state == "unpaid":
        subscription.status = "unpaid"
        tell_access(tx, subscription)
    elif state == "pause" and pausable(subscription):
        pause_now(tx, subscription, "final_payment_failure")
    elif state == "pause":
        end_unbilled(tx, subscription, reason="payment_failed")


def pausable(subscription: Subscription) -> bool:
    """Return whether an unpaid subscription can be paused: `resume` would bring it back."""
    return (
        subscription.flexible
        and subscription.collection_method == "charge_automatically"
        and subscription.schedule is None
    )


def pauses_at_first(tx: Tx, subscription: Subscription, invoice: Invoice) -> bool:
    """Return whether the account pauses a subscription whose renewal failed for the first time."""
    settings = seller(tx).settings
    return (
        settings.subscription_final_state == "pause"
        and settings.pause_on_first_failure
        and pausable(subscription)
        and invoice.billing_reason == "subscription_cycle"
        and invoice.attempt_count <= 1
    )


def paused_by_failure(subscription: Subscription) -> bool:
    """Return whether a subscription stands still because its invoice was not paid."""
    details = subscription.status_details
    return (
        subscription.status == "paused"
        and details is not UNSET
        and details.paused.subscription.type in ("first_payment_failure", "final_payment_failure")
    )


def come_back(tx: Tx, subscription: Subscription) -> None:
    """Let a subscription run again whose unpaid invoice was paid after all.

    What it was billed for may be over; then its cycle begins now.
    """
    end = subscription.period_end
    if end is not None and end > tx.now:
        resume_now(tx, subscription)
    else:
        resume_subscription(
            tx, subscription, restarts=True, behavior="none", at=tx.now, pays_first=True
        )


@on_overdue
def invoice_overdue(tx: Tx, invoice: Invoice, *, final: bool = False, **_: Any) -> None:
    """A sent invoice that stays unpaid past its due date makes its subscription past due.

    Long after that date it ends a subscription that is past due, though newer invoices wait too.
    """
    subscription = subscription_for(tx, invoice)
    if subscription is None:
        return
    running = subscription.status in ("active", "trialing")
    if running and is_latest(tx, subscription, invoice):
        subscription.status = "past_due"
    if final and subscription.status == "past_due":
        give_up(tx, subscription, invoice)


@on_voided
def invoice_voided(tx: Tx, invoice: Invoice, **_: Any) -> None:
    """Without its first invoice a subscription expires; otherwise the one before it counts."""
    subscription = subscription_for(tx, invoice)
    if subscription is None:
        return
    if waits_for(subscription, invoice):
        drop_pending_update(tx, subscription)
        return
    if subscription.status == "incomplete":
        expire(tx, subscription)
    elif subscription.status in ("past_due", "unpaid"):
        walk_back(tx, subscription)


def walk_back(tx: Tx, subscription: Subscription) -> None:
    """Set the status by the newest invoice that still counts; without one nothing is owed."""
    exhausted = subscription.private.exhausted
    for each in tx.select(Invoice, subscription=subscription.id):
        if each.status in SETTLED:
            activate(tx, subscription)
            return
        if each.status == "open":
            if subscription.collection_method == "charge_automatically" and exhausted:
                give_up(tx, subscription, each)
            # Its payment meanwhile has not seen that no later one counts.
            tx.rely_on(subscription)
            return
    activate(tx, subscription)


def save_payment_method(tx: Tx, subscription: Subscription, invoice: Invoice) -> None:
    """Make what paid an invoice the subscription's method, where that was asked for."""
    if subscription.payment_settings.save_default_payment_method != "on_subscription":
        return
    intent = default_intent(tx, invoice)
    method = tx.find(PaymentMethod, intent.payment_method) if intent is not None else None
    if method is not None and not method.private.detached:
        tx.rely_on(method)
        subscription.default_payment_method = method.id
