"""Events: what a unit of work changed, told in the documented order."""

from collections.abc import Sequence
from typing import Any

from msgspec import UNSET, Struct, UnsetType

from prorata.model.resource import Resource
from prorata.model.thin_types import THIN_ALONE
from prorata.model.transaction import RequestInfo

# The revision of what an event holds, before the step that tells it has ended.
UNSETTLED = -1
# What follows by itself from what a request has done: it names no request.
AUTOMATIC = frozenset({"entitlements.active_entitlement_summary.updated"})
# Orders in which the events of one change are told (reference: the published delivery logs).
SEQUENCES: dict[str, tuple[str, ...]] = {
    # A request that creates a subscription and is paid within it.
    "created_and_paid": (
        "plan.created",
        "price.created",
        "charge.succeeded",
        "payment_method.attached",
        "customer.created",
        "customer.discount.created",
        "customer.updated",
        "checkout.session.completed",
        "customer.subscription.created",
        "payment_intent.succeeded",
        "payment_intent.created",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.trial_will_end",
        "entitlements.active_entitlement_summary.updated",
        "setup_intent.created",
        "invoice_payment.paid",
    ),
    # A Checkout session that is paid once.
    "session_paid": (
        "charge.pending",
        "charge.succeeded",
        "payment_method.attached",
        "customer.created",
        "customer.tax_id.created",
        "customer.updated",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_intent.created",
        "payment_intent.amount_capturable_updated",
        "checkout.session.completed",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
    ),
    # A Checkout session whose payment method is made ready, and which owes nothing yet.
    "session_set_up": (
        "setup_intent.created",
        "setup_intent.succeeded",
        "mandate.updated",
        "payment_method.attached",
        "customer.created",
        "customer.discount.created",
        "customer.tax_id.created",
        "customer.updated",
        "checkout.session.completed",
        "customer.subscription.created",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "invoice.paid",
        "invoice.payment_succeeded",
        "customer.subscription.trial_will_end",
        "entitlements.active_entitlement_summary.updated",
    ),
    # A payment method is made ready for later.
    "set_up": (
        "setup_intent.created",
        "setup_intent.requires_action",
        "setup_intent.succeeded",
        "setup_intent.setup_failed",
        "setup_intent.canceled",
        "mandate.updated",
        "payment_method.attached",
        "customer.updated",
        "customer.subscription.updated",
        "entitlements.active_entitlement_summary.updated",
    ),
    # A change of a subscription that is billed within the request, or with a phase that begins.
    "changed_and_paid": (
        "price.created",
        "customer.discount.created",
        "subscription_schedule.updated",
        "customer.subscription.updated",
        "invoiceitem.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "charge.failed",
        "payment_intent.requires_action",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "customer.updated",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "entitlements.active_entitlement_summary.updated",
        "invoice_payment.paid",
    ),
    # A draft is finalized and paid by one request.
    "drafted_and_paid": (
        "charge.succeeded",
        "customer.updated",
        "payment_intent.succeeded",
        "payment_intent.created",
        "invoice.finalized",
        "charge.failed",
        "payment_intent.requires_action",
        "payment_intent.payment_failed",
        "invoice.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "customer.subscription.updated",
        "entitlements.active_entitlement_summary.updated",
        "invoice_payment.paid",
    ),
    # Everything else: objects in the order of cause and effect.
    "default": (
        "test_helpers.test_clock.created",
        "test_helpers.test_clock.advancing",
        "product.created",
        "plan.created",
        "price.created",
        "payment_method.automatically_updated",
        "customer.created",
        "customer.source.created",
        "customer.source.updated",
        "customer.source.deleted",
        "customer.discount.created",
        "customer.tax_id.created",
        "customer.subscription.created",
        "subscription_schedule.created",
        "customer.subscription.pending_update_applied",
        "customer.subscription.pending_update_expired",
        "quote.created",
        "quote.finalized",
        "invoiceitem.created",
        "invoice.created",
        "quote.accepted",
        "quote.canceled",
        "subscription_schedule.updated",
        "invoice.finalized",
        "payment_intent.created",
        "setup_intent.created",
        "customer_cash_balance_transaction.created",
        "charge.pending",
        "charge.succeeded",
        "charge.failed",
        "charge.captured",
        "charge.expired",
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
        "mandate.updated",
        "payment_intent.amount_capturable_updated",
        "payment_intent.requires_action",
        "payment_intent.partially_funded",
        "payment_intent.processing",
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "payment_intent.canceled",
        "charge.refunded",
        "refund.created",
        "refund.updated",
        "refund.failed",
        "charge.refund.updated",
        "credit_note.created",
        "invoice.updated",
        "invoice.sent",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice.payment_failed",
        "invoice.payment_action_required",
        "invoice.voided",
        "invoice.marked_uncollectible",
        "customer.updated",
        "customer.subscription.updated",
        "invoice.overdue",
        "customer.subscription.paused",
        "customer.subscription.resumed",
        "customer.subscription.deleted",
        "payment_method.attached",
        "checkout.session.completed",
        "checkout.session.async_payment_succeeded",
        "checkout.session.async_payment_failed",
        "checkout.session.expired",
        "subscription_schedule.expiring",
        "subscription_schedule.completed",
        "subscription_schedule.released",
        "subscription_schedule.canceled",
        "subscription_schedule.aborted",
        "entitlements.active_entitlement_summary.updated",
        "invoice_payment.paid",
        "balance.available",
        "cash_balance.funds_available",
        "test_helpers.test_clock.ready",
    ),
}


def _moved(type: str, before: str) -> tuple[str, ...]:
    """Return the default order with one type moved."""
    others = [each for each in SEQUENCES["default"] if each != type]
    place = others.index(before)
    return (*others[:place], type, *others[place:])


# A draft is finalized; its payment, if any, follows in a burst of its own.
SEQUENCES["finalized"] = _moved("invoice.updated", before="invoice.finalized")
# An invoice is voided, and its payments with it.
SEQUENCES["voided"] = _moved("payment_intent.canceled", before="invoice.marked_uncollectible")

RANKS = {
    name: {type: rank for rank, type in enumerate(order)} for name, order in SEQUENCES.items()
}


class Said(Struct):
    """An event before it is written: it names a document and a revision.

    created, clock: the time at which it happened and the test clock that told it, which is looked
    up at the end of the step where it is not known before. request: the API request that caused
    it. only: the one receiver that is told of it.
    """

    type: str
    kind: str
    object_id: str
    revision: int
    previous: dict[str, Any] | None = None
    payload: dict[str, Any] | None = None
    created: int = 0
    clock: str | None | UnsetType = UNSET
    request: RequestInfo | None = None
    only: str | None = None


def in_sequence(events: Sequence[Said], name: str) -> list[Said]:
    """Return events in a documented order; those it does not name keep their place.

    An unnamed event stays behind the named one that it followed.
    """
    if len(events) < 2:
        return list(events)
    order, rank = RANKS[name], -1
    ranks = []
    for event in events:
        rank = order.get(event.type, rank)
        ranks.append(rank)
    return [events[place] for place in sorted(range(len(events)), key=ranks.__getitem__)]


def thin_payload(
    type: str, related: Resource | None, data: dict[str, Any] | None
) -> dict[str, Any]:
    """Return what is kept of an event that exists thin alone; see `Tx.emit_thin`."""
    assert type in THIN_ALONE, f"{type} is no type of a thin event"
    told: dict[str, Any] = {}
    if related is not None:
        url = f"{related.spec.path}/{related.id}"
        told["related_object"] = {"id": related.id, "type": related.spec.kind, "url": url}
    if data is not None:
        told["data"] = data
    return told
