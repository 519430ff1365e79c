"""Show recovery: an invoice's attempts, why the next one is when it is, and what comes last."""

from prorata.engine.invoices.intent import default_intent, method_for
from prorata.engine.invoices.recovery import has_new_method, may_succeed
from prorata.model.operation import operation
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, subscription_of
from prorata.resources.billing.invoice_recovery import (
    AfterLastTry,
    InvoiceRecovery,
    RecoverySchedule,
    RecoveryStatus,
)
from prorata.resources.core.account import account_settings
from prorata.resources.core.account_settings import AccountSettings
from prorata.rules import recovery_words as words


@operation("GET /v1/prorata/invoices/{id}/recovery")
def recovery_of(tx: Tx, invoice: Invoice) -> InvoiceRecovery:
    """Return what was tried to collect an invoice, what comes next, and why, in sentences."""
    settings, subscription = account_settings(tx), subscription_of(invoice)
    status = _status(tx, invoice)
    return InvoiceRecovery(
        after_last_try=_after_last_try(settings, subscribed=subscription is not None),
        attempt_count=invoice.attempt_count,
        attempts=invoice.private.recovery,
        customer=invoice.customer,
        explanation=_explain(tx, invoice, status),
        invoice=invoice.id,
        livemode=invoice.livemode,
        next_payment_attempt=invoice.next_payment_attempt,
        schedule=RecoverySchedule(
            custom_days=settings.retry_custom_days,
            mode=settings.retry_mode,
            tries=settings.retry_tries,
            window_days=settings.retry_window_days,
        ),
        status=status,
        subscription=subscription,
    )


def _status(tx: Tx, invoice: Invoice) -> RecoveryStatus:
    if not invoice.private.recovery and not invoice.private.retries:
        intent = default_intent(tx, invoice)
        waits = intent is not None and intent.status == "requires_action"
        return "action_required" if waits and invoice.status == "open" else "not_needed"
    if invoice.status == "paid":
        return "recovered"
    if invoice.status != "open":
        return "exhausted" if _final(invoice) else "stopped"
    if invoice.next_payment_attempt is not None:
        payable = method_for(tx, invoice) is not None and may_succeed(tx, invoice)
        return "retrying" if payable else "waiting_for_payment_method"
    intent = default_intent(tx, invoice)
    if intent is not None and intent.status == "requires_action":
        return "action_required"
    return "exhausted" if _final(invoice) else "stopped"


def _final(invoice: Invoice) -> bool:
    """Return whether the last turn of the schedule was used, and nothing stopped it before."""
    last = [step for step in invoice.private.recovery if step.automatic]
    return bool(last) and last[-1].reason == "last"


def _explain(tx: Tx, invoice: Invoice, status: RecoveryStatus) -> str:
    """Return how things stand, in sentences."""
    if status == "not_needed":
        return words.NEVER_FAILED
    if status == "action_required":
        return words.ACTION
    said = [invoice.private.recovery[-1].explanation] if invoice.private.recovery else []
    if invoice.status == "open" and invoice.next_payment_attempt is None and status == "stopped":
        said.append(words.STOPPED)
    elif invoice.next_payment_attempt is not None and has_new_method(tx, invoice):
        same = method_for(tx, invoice) == invoice.private.failed_payment_method
        said.append(words.RENEWED if same else words.OTHER_METHOD)
    return " ".join(said)


def _after_last_try(settings: AccountSettings, *, subscribed: bool) -> AfterLastTry:
    return AfterLastTry(
        explanation=words.say_end(
            settings.subscription_final_state, settings.invoice_final_state, subscribed=subscribed
        ),
        invoice=settings.invoice_final_state,
        subscription=settings.subscription_final_state if subscribed else None,
    )
