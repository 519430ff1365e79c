"""Pending update: a change that is made only once its invoice is paid."""

from collections.abc import Iterable
from copy import copy

from prorata.engine.catalogue.discounts import end_discounts, running_discounts, spend
from prorata.engine.invoices.finalize import invoice_discounts
from prorata.engine.subscriptions.arrears import forgo_replaced
from prorata.engine.subscriptions.items import keep_homes
from prorata.engine.subscriptions.payment import pays_by_debit
from prorata.engine.subscriptions.schedule_hooks import changed_directly
from prorata.engine.subscriptions.standstill import resume_now
from prorata.engine.subscriptions.state import running_status, set_reminders, tell_access
from prorata.engine.subscriptions.usage_records import take_off_bill
from prorata.model.errors import InvalidRequest
from prorata.model.params import fields_given
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_facts import (
    PendingChange,
    SubscriptionForm,
    Waived,
)
from prorata.resources.billing.subscription_shape import SubscriptionPendingUpdate
from prorata.resources.billing.subscription_verbs import SubscriptionUpdateParams
from prorata.resources.products.discount import Discount
from prorata.rules.windows import PENDING_UPDATE_SECONDS

MAY_WAIT = frozenset({
    "add_invoice_items", "billing_cycle_anchor", "cancel_at_period_end", "discounts", "items",
    "metadata", "off_session", "payment_behavior", "proration_behavior", "proration_date",
    "trial_end", "trial_from_plan",
})  # fmt: skip
SAME = (
    "billing_cycle_anchor", "cancel_at", "cancel_at_period_end", "canceled_at", "trial_start",
    "trial_end",
)  # fmt: skip


def form_of(subscription: Subscription) -> SubscriptionForm:
    """Return a copy of what a change can change of a subscription."""
    facts = subscription.private
    return SubscriptionForm(
        items=[copy(each) for each in subscription.items.data],
        reason=subscription.cancellation_details.reason,
        discounts=list(subscription.discounts),
        metadata=dict(subscription.metadata),
        usage_from=dict(facts.usage_from),
        usage_after=dict(facts.usage_after),
        debits=[copy(each) for each in facts.debits],
        status=subscription.status,
        **{name: getattr(subscription, name) for name in SAME},
    )


def take_form(tx: Tx, subscription: Subscription, form: SubscriptionForm) -> None:
    """Give a subscription a form that was kept; its status is the caller's."""
    keep_homes(tx, subscription, form.items)
    for name in SAME:
        setattr(subscription, name, getattr(form, name))
    subscription.items.data = form.items
    subscription.cancellation_details.reason = form.reason
    subscription.discounts = form.discounts
    subscription.metadata = form.metadata
    subscription.private.usage_from = form.usage_from
    subscription.private.usage_after = form.usage_after
    subscription.private.debits = form.debits
    subscription.items.refresh()


def check_may_wait(
    tx: Tx, subscription: Subscription, params: SubscriptionUpdateParams
) -> None:
    """Raise InvalidRequest for parameters and payments that can't be waited for."""
    if subscription.collection_method == "send_invoice":
        raise InvalidRequest(
            "`payment_behavior=pending_if_incomplete` needs"
            " `collection_method=charge_automatically`.",
            param="payment_behavior",
        )
    if pays_by_debit(tx, subscription):
        raise InvalidRequest(
            "`payment_behavior=pending_if_incomplete` can't be used with bank debits, whose outcome"
            " is known days later.",
            param="payment_behavior",
        )
    for name in fields_given(params):
        if name not in MAY_WAIT:
            raise InvalidRequest(
                f"When `payment_behavior` is set to `pending_if_incomplete`, you can't pass"
                f" `{name}`.",
                param=name,
            )


def park(
    tx: Tx,
    subscription: Subscription,
    earlier: SubscriptionForm,
    invoice: Invoice,
    *,
    resumes: bool = False,
    at_attempt: bool = False,
    silent: bool = False,
    own: Iterable[InvoiceItem] = (),
) -> None:
    """Bring a subscription back to its earlier form until an invoice of the new one is paid.

    own: the items on the invoice that the change itself wrote; it has collected the others.
    """
    later = form_of(subscription)
    take_form(tx, subscription, earlier)
    subscription.status = earlier.status
    set_reminders(tx, subscription)
    subscription.private.pending_change = PendingChange(
        invoice=invoice.id, form=later, resumes=resumes, at_attempt=at_attempt, silent=silent,
        own=[each.id for each in own],
    )  # fmt: skip
    # If the change comes to nothing, so does the use of a discount for one invoice.
    for discount in tx.load(Discount, invoice_discounts(invoice)).values():
        if discount.private.duration == "once":
            discount.private.held = invoice.id
    if silent:
        return
    ends = [tx.now + PENDING_UPDATE_SECONDS]
    if not resumes:
        trial_end = subscription.trial_end
        ends.append(subscription.period_end or ends[0])
        if trial_end is not None and trial_end > tx.now:
            ends.append(trial_end)
    subscription.pending_update = shown(earlier, later, min(ends), resumes)


def shown(
    earlier: SubscriptionForm, later: SubscriptionForm, expires_at: int, resumes: bool
) -> SubscriptionPendingUpdate:
    """Return what the API tells of a waiting change: the fields that will differ."""
    update = SubscriptionPendingUpdate(expires_at=expires_at)
    if resumes:
        return update
    update.subscription_items = later.items
    for name in ("billing_cycle_anchor", "trial_end", "discounts", "metadata",
                 "cancel_at_period_end"):  # fmt: skip
        value = getattr(later, name)
        if value != getattr(earlier, name):
            setattr(update, name, value)
    return update


def _divides(earlier: SubscriptionForm, subscription: Subscription) -> SubscriptionUpdateParams:
    """Return the parameters by whose names a schedule is told of what a waiting change changed."""
    params = SubscriptionUpdateParams()
    if subscription.items.data != earlier.items:
        params.items = []
    if subscription.discounts != earlier.discounts:
        params.discounts = []
    if subscription.trial_end != earlier.trial_end and subscription.trial_end is not None:
        params.trial_end = subscription.trial_end
    return params


def waits_for(subscription: Subscription, invoice: Invoice) -> bool:
    """Return whether a change of the subscription waits for this invoice."""
    pending = subscription.private.pending_change
    return pending is not None and pending.invoice == invoice.id


def apply_pending_update(tx: Tx, subscription: Subscription) -> None:
    """Make the change that has been waiting."""
    pending = subscription.private.pending_change
    assert pending is not None, "nothing waits"
    _clear(tx, subscription)
    earlier = form_of(subscription)
    take_form(tx, subscription, pending.form)
    # Some may have ended while it waited: used by its own invoice, or taken away.
    subscription.discounts = running_discounts(tx, subscription.discounts)
    for item in subscription.items.data:
        item.discounts = running_discounts(tx, item.discounts)
    changed_directly(tx, subscription, _divides(earlier, subscription))
    forgo_replaced(tx, subscription, earlier)
    end_discounts(tx, earlier.discounts, subscription.discounts)
    invoice = tx.find(Invoice, pending.invoice)
    if invoice is not None:
        spend(tx, invoice_discounts(invoice), invoice.id)
    if pending.resumes:
        resume_now(tx, subscription)
        return
    if subscription.status in ("active", "trialing"):
        subscription.status = running_status(subscription, tx.now)
    set_reminders(tx, subscription)
    tell_access(tx, subscription)
    if not pending.silent:
        tx.emit("customer.subscription.pending_update_applied", subscription)


def drop_pending_update(tx: Tx, subscription: Subscription) -> None:
    """Forget a change that was not paid for; its invoice is void, or credited in whole.

    What the invoice had collected besides waits for the next one. Usage that it billed is not
    billed again, as the guide says, but counts as late.
    """
    pending = subscription.private.pending_change
    _clear(tx, subscription)
    if pending is not None:
        end_discounts(tx, pending.form.discounts, subscription.discounts)
    if pending is not None and pending.own is not None:
        for item in tx.select(InvoiceItem, invoice=pending.invoice):
            if item.id not in pending.own:
                item.invoice = None
        if any(item.metered for item in subscription.items.data):
            take_off_bill(tx, subscription, pending.own)
    if pending is not None and pending.resumes:
        _note_credited(tx, subscription, pending.invoice)
    elif pending is not None and not pending.silent:
        tx.emit("customer.subscription.pending_update_expired", subscription)


def _note_credited(tx: Tx, subscription: Subscription, id: str) -> None:
    """Note the time that a resumption's invoice had billed, where it stays, credited in whole."""
    invoice = tx.find(Invoice, id)
    if invoice is None or invoice.status == "void":
        return
    subscription.private.waived = [
        *subscription.private.waived,
        *(
            Waived(item=line.subscription_item, start=line.period.start, end=line.period.end)
            for line in invoice.lines.data
            if line.subscription_item is not None and not line.proration
        ),
    ]


def discard_pending_update(tx: Tx, subscription: Subscription) -> None:
    """Give a waiting change up, for another one or because its time is over; so is its invoice.

    What was paid of the invoice goes to the customer's balance.
    """
    from prorata.engine.invoices.taken_back import take_back

    pending = subscription.private.pending_change
    if pending is None:
        return
    invoice = tx.find(Invoice, pending.invoice)
    if invoice is None or invoice.status != "open":
        _clear(tx, subscription)
        return
    # Wholly credited, its invoice would count as paid.
    pending.given_up = True
    take_back(tx, invoice)


def is_given_up(subscription: Subscription, invoice: Invoice) -> bool:
    """Return whether the change that waits for an invoice will not be made."""
    pending = subscription.private.pending_change
    return pending is not None and pending.given_up and pending.invoice == invoice.id


def _clear(tx: Tx, subscription: Subscription) -> None:
    pending = subscription.private.pending_change
    invoice = None if pending is None else tx.find(Invoice, pending.invoice)
    if invoice is not None:
        for discount in tx.load(Discount, invoice_discounts(invoice)).values():
            if discount.private.held == invoice.id:
                discount.private.held = None
    subscription.private.pending_change = None
    subscription.pending_update = None
