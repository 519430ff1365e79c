"""Operations that a document's state refuses: the state is told, and nothing is done."""

from __future__ import annotations

from typing import Any

import pytest

from badinput.bases import filled
from badinput.conftest import Counter

EDIT = {"description": "x"}
OPEN_ONLY = "You can only pass in open invoices. This invoice isn't open."
NOT_EDITABLE = "Invalid invoice: This invoice is no longer editable"
FINALIZED = "This invoice is already finalized, you can't re-finalize a non-draft invoice."
NOT_SENT = (
    "This invoice cannot be sent right now. Please contact us via"
    " https://support.stripe.com/contact with details, so we can help."
)
LINES = {"lines": [{"description": "Work", "amount": 5}]}
PAYMENT = {"payment_intent": "@payment_intent:new"}
CANCELABLE = (
    " Only a PaymentIntent with one of the following statuses may be canceled:"
    " requires_payment_method, requires_capture, requires_reauthorization, requires_confirmation,"
    " requires_action, expired, processing."
)
CANNOT_CANCEL = "You cannot cancel this PaymentIntent because it has a status of {}." + CANCELABLE
CANNOT_CAPTURE = (
    "This PaymentIntent could not be captured because it has a status of {}. Only a PaymentIntent"
    " with one of the following statuses may be captured: requires_capture."
)
CANNOT_EDIT_AMOUNT = (
    "This PaymentIntent's amount could not be updated because it has a status of {}. You may only"
    " update the amount of a PaymentIntent with one of the following statuses:"
    " requires_payment_method, requires_confirmation, requires_action."
)
ENDED = "A canceled subscription can only update its cancellation_details and metadata."
NOT_PAUSED = "You can only resume a subscription if it is `paused`."
INTENT_STATE = "payment_intent_unexpected_state"

Case = tuple[str, str, dict[str, Any], int, str | None, str]
INVOICES: list[Case] = [
    *((f"invoice:{state}", "finalize", {}, 400, None, FINALIZED)
      for state in ("open", "paid", "void", "uncollectible")),
    ("invoice:paid", "pay", {}, 400, None, "Invoice is already paid"),
    ("invoice:void", "pay", {}, 400, None, "This invoice is void and can't be paid."),
    *((f"invoice:{state}", "void", {}, 400, None, OPEN_ONLY)
      for state in ("draft", "void", "uncollectible")),
    ("invoice:paid", "void", {}, 400, None, "Invoices with `paid` payments cannot be voided."),
    *((f"invoice:{state}", "mark_uncollectible", {}, 400, None, OPEN_ONLY)
      for state in ("draft", "paid", "void")),
    ("invoice:uncollectible", "mark_uncollectible", {}, 400, None,
     "This invoice has already been marked uncollectible."),
    *((f"invoice:{state}", "send", {}, 400, None, NOT_SENT)
      for state in ("paid", "void", "uncollectible")),
    *((f"invoice:{state}", "DELETE", {}, 400, None, "You can only delete draft invoices.")
      for state in ("open", "paid", "void", "uncollectible")),
    *((f"invoice:{state}", "", EDIT, 400, None, "Finalized invoices can't be updated in this way")
      for state in ("open", "paid", "void", "uncollectible")),
    *((f"invoice:{state}", "add_lines", LINES, 400, "invoice_not_editable", NOT_EDITABLE)
      for state in ("open", "paid", "void", "uncollectible")),
    ("invoice:draft", "attach_payment", PAYMENT, 400, None, "You can only attach payments to open"),
    ("invoice:paid", "attach_payment", PAYMENT, 400, None, "You can only attach payments to open"),
    *((f"invoiceitem:{state}", "", {"amount": 3}, 400, "invoice_not_editable", NOT_EDITABLE)
      for state in ("open", "paid", "void", "uncollectible")),
    *((f"invoiceitem:{state}", "DELETE", {}, 400, "invoice_not_editable", NOT_EDITABLE)
      for state in ("open", "paid", "void", "uncollectible")),
    ("credit_note:void", "void", {}, 400, None, "This credit note has already been voided."),
]  # fmt: skip
CREDITS: list[Case] = [
    *((f"billing.credit_grant:{state}", verb, {}, 400, None,
       f"You can't {verb} a credit grant that is {state}.")
      for state in ("voided", "expired") for verb in ("void", "expire")),
    *((f"billing.credit_grant:{state}", "", {"expires_at": 9_000_000_000}, 400, None,
       f"You can't change the expiration of a credit grant that is {state}.")
      for state in ("voided", "expired")),
]  # fmt: skip
QUOTES: list[Case] = [
    *((f"quote:{state}", verb, {}, 400, None, "This quote can't be ")
      for state in ("accepted", "canceled") for verb in ("accept", "cancel", "finalize")),
    ("quote", "accept", {}, 400, None, "This quote can't be accepted: its status is `draft`"),
    ("quote:open", "finalize", {}, 400, None, "This quote can't be finalized"),
    ("quote:alone", "finalize", {}, 400, "parameter_missing", "A quote needs a customer"),
    *((f"quote:{state}", "", EDIT, 400, None, "You can't update `description` on a quote that is")
      for state in ("open", "accepted", "canceled")),
]  # fmt: skip
PAYMENTS: list[Case] = [
    *((f"payment_intent:{name}", "capture", {}, 400, INTENT_STATE, CANNOT_CAPTURE.format(status))
      for name, status in (("new", "requires_payment_method"), ("action", "requires_action"),
                           ("canceled", "canceled"), ("to_confirm", "requires_confirmation"))),
    ("payment_intent", "capture", {}, 400, INTENT_STATE, CANNOT_CAPTURE.format("succeeded")),
    ("payment_intent", "cancel", {}, 400, INTENT_STATE, CANNOT_CANCEL.format("succeeded")),
    ("payment_intent:canceled", "cancel", {}, 400, INTENT_STATE, CANNOT_CANCEL.format("canceled")),
    ("payment_intent", "confirm", {}, 400, INTENT_STATE, "You cannot confirm this PaymentIntent"),
    ("payment_intent:canceled", "confirm", {}, 400, INTENT_STATE, "You cannot confirm this"),
    ("payment_intent:capture", "confirm", {}, 400, INTENT_STATE, "You cannot confirm this"),
    ("payment_intent:new", "confirm", {}, 400, INTENT_STATE, "You cannot confirm this Payment"),
    *((f"payment_intent:{name}", "", {"amount": 900}, 400, INTENT_STATE,
       CANNOT_EDIT_AMOUNT.format(status))
      for name, status in (("capture", "requires_capture"), ("canceled", "canceled"))),
    ("setup_intent", "confirm", {}, 400, "setup_intent_unexpected_state", ""),
    ("setup_intent", "cancel", {}, 400, "setup_intent_unexpected_state", ""),
    ("setup_intent:canceled", "confirm", {}, 400, "setup_intent_unexpected_state", ""),
    ("setup_intent:canceled", "cancel", {}, 400, "setup_intent_unexpected_state", ""),
    ("charge", "capture", {}, 400, "charge_already_captured", ""),
    ("charge:refunded", "refunds", {}, 400, "charge_already_refunded", ""),
    ("charge:disputed", "refunds", {}, 400, "charge_disputed", ""),
    ("charge:capture", "refunds", {}, 400, "charge_not_refundable", ""),
    ("payment_method", "attach", {"customer": "@customer:poor"}, 400, None,
     "The payment method you provided has already been attached to a customer."),
    ("payment_method:loose", "detach", {}, 400, None, "The payment method you provided is not"),
]  # fmt: skip
SUBSCRIPTIONS: list[Case] = [
    *((f"subscription:{state}", "resume", {}, 400, None, NOT_PAUSED)
      for state in ("active", "trial", "incomplete")),
    *((f"subscription:{state}", "pause", {"type": "subscription"}, 400, None, "You cannot pause")
      for state in ("trial", "incomplete", "paused", "scheduled")),
    ("subscription:canceled", "resume", {}, 404, "resource_missing", "No such subscription: '"),
    ("subscription:canceled", "pause", {"type": "subscription"}, 404, "resource_missing", "No suc"),
    ("subscription:canceled", "DELETE", {}, 404, "resource_missing", "No such subscription: '"),
    ("subscription:canceled", "", EDIT, 400, "invalid_canceled_subscription_fields", ENDED),
    ("subscription:canceled", "", {"trial_end": "now"}, 400,
     "invalid_canceled_subscription_fields", ENDED),
    ("subscription:paused", "", {"trial_end": "now"}, 400, None,
     "You cannot set `trial_end` while a subscription is `paused`. Resume the subscription first"),
    *((f"subscription_schedule:{state}", verb, tree, 400, None, "You cannot ")
      for state in ("canceled", "released")
      for verb, tree in (("cancel", {}), ("release", {}), ("", {"end_behavior": "release"}))),
    ("product", "DELETE", {}, 400, None,
     "This product cannot be deleted because it has one or more user-created prices."),
    ("customer:deleted", "", EDIT, 404, "resource_missing", "No such customer: '"),
    ("customer:deleted", "DELETE", {}, 404, "resource_missing", "No such customer: '"),
    ("customer", "discount DELETE", {}, 404, "resource_missing", "No active discount for customer"),
    ("entitlements.feature:archived", "", {"active": True}, 400, None, "The feature "),
    ("product", "features", {"entitlement_feature": "@entitlements.feature:archived"}, 400, None,
     "The feature "),
    ("product", "features", {"entitlement_feature": "@entitlements.feature"}, 400, None,
     "The feature "),
    ("billing.meter", "reactivate", {}, 400, None, "You can only reactivate a meter that is inact"),
    ("billing.meter:inactive", "deactivate", {}, 400, None, "You can only deactivate a meter that"),
]  # fmt: skip
# What may be done once, and what is said the second time.
TWICE: list[Case] = [
    ("invoice:draft", "finalize", {}, 400, None, FINALIZED),
    ("invoice:open", "pay", {}, 400, None, "Invoice is already paid"),
    ("invoice:open", "void", {}, 400, None, OPEN_ONLY),
    ("invoice:open", "mark_uncollectible", {}, 400, None, "This invoice has already been marked"),
    ("invoice:open", "attach_payment", PAYMENT, 400, None, "The PaymentIntent "),
    ("invoice:draft", "DELETE", {}, 404, "resource_missing", "No such invoice: '"),
    ("invoiceitem", "DELETE", {}, 404, "resource_missing", "No such Invoice Item: '"),
    ("credit_note", "void", {}, 400, None, "This credit note has already been voided."),
    ("payment_intent:to_confirm", "confirm", {}, 400, INTENT_STATE, "You cannot confirm this"),
    ("payment_intent:new", "cancel", {}, 400, INTENT_STATE, CANNOT_CANCEL.format("canceled")),
    ("payment_intent:capture", "capture", {}, 400, INTENT_STATE,
     CANNOT_CAPTURE.format("succeeded")),
    ("setup_intent:new", "cancel", {}, 400, "setup_intent_unexpected_state", ""),
    ("charge:capture", "capture", {}, 400, "charge_already_captured", ""),
    ("charge", "refunds", {}, 400, "charge_already_refunded", ""),
    ("dispute", "close", {}, 400, None, "This dispute is already closed"),
    ("payment_method", "detach", {}, 400, None, "The payment method you provided is not attached"),
    ("subscription:active", "pause", {"type": "subscription"}, 400, None, "You cannot pause a"),
    ("subscription:active", "DELETE", {}, 404, "resource_missing", "No such subscription: '"),
    ("subscription:classic", "migrate", {"billing_mode": {"type": "flexible"}}, 400, None, ""),
    ("subscription:discounted", "discount DELETE", {}, 404, "resource_missing", "No active"),
    ("subscription_schedule", "cancel", {}, 400, None, "You cannot cancel a subscription schedule"),
    ("subscription_schedule:active", "release", {}, 400, None, "You cannot release a subscription"),
    ("customer", "DELETE", {}, 404, "resource_missing", "No such customer: '"),
    ("customer:discounted", "discount DELETE", {}, 404, "resource_missing", "No active discount"),
    ("coupon", "DELETE", {}, 404, "resource_missing", "No such coupon: '"),
    ("product:alone", "DELETE", {}, 404, "resource_missing", "No such product: '"),
    ("prorata.quota", "DELETE", {}, 404, "resource_missing", "No such quota: '"),
    ("tax_id", "DELETE", {}, 404, "resource_missing", "No such tax id: '"),
    ("webhook_endpoint", "DELETE", {}, 404, "resource_missing", "No such webhook endpoint: '"),
    ("test_helpers.test_clock", "DELETE", {}, 404, "resource_missing", "No such test clock: '"),
    ("billing.meter", "deactivate", {}, 400, None, "You can only deactivate a meter that is act"),
]  # fmt: skip
IRREGULAR = {
    "invoiceitem": "invoiceitems", "billing.meter": "billing/meters",
    "billing.credit_grant": "billing/credit_grants",
    "entitlements.feature": "entitlements/features", "prorata.quota": "prorata/quotas",
    "test_helpers.test_clock": "test_helpers/test_clocks",
}  # fmt: skip


def _request(counter: Counter, name: str, verb: str, tree: dict[str, Any]) -> Any:
    kind = name.partition(":")[0]
    path = f"/v1/{IRREGULAR.get(kind, kind + 's')}/{counter.stock[name]}"
    words = verb.split()
    method = words.pop() if words[-1:] == ["DELETE"] else "POST"
    return counter.ask(method, "/".join([path, *words]), filled(tree, counter.stock))


def _ids(cases: list[Case]) -> list[str]:
    return [f"{name} {verb or 'update'} {' '.join(tree)}".strip() for name, verb, tree, *_ in cases]


REFUSED = INVOICES + CREDITS + QUOTES + PAYMENTS + SUBSCRIPTIONS


@pytest.mark.parametrize("case", REFUSED, ids=_ids(REFUSED))
def test_a_state_refuses(counter: Counter, case: Case) -> None:
    name, verb, tree, status, code, message = case
    answer, found = _request(counter, name, verb, tree)
    assert (answer.status, answer.code, found) == (status, code, []), answer.content
    assert answer.message.startswith(message)


@pytest.mark.parametrize("case", TWICE, ids=_ids(TWICE))
def test_what_is_done_is_not_done_again(counter: Counter, case: Case) -> None:
    name, verb, tree, status, code, message = case
    answer, found = _request(counter, name, verb, tree)
    assert (answer.status, found) == (200, []), answer.content
    answer, found = _request(counter, name, verb, tree)
    counter.restock()
    assert (answer.status, answer.code, found) == (status, code, []), answer.content
    assert answer.message.startswith(message)
