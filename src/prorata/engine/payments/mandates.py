"""Mandates: they are made with a debit's first use and end when its bank says so."""

from typing import Any, Literal

import msgspec

from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET
from prorata.model.transaction import Tx
from prorata.resources.payments.mandate import (
    BacsMandate,
    CustomerAcceptance,
    Mandate,
    MandateMethodDetails,
    MandatePrivate,
    Nothing,
    SepaMandate,
    UsBankMandate,
)
from prorata.resources.payments.method_types import CASH
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_shape import (
    UsBankAccountBlocked,
    UsBankAccountStatusDetails,
)

# How a failure that ends a mandate appears on the bank account: network code and reason.
_BLOCKED = {
    "account_closed": ("R02", "bank_account_closed"),
    "no_account": ("R03", "bank_account_invalid_details"),
    "invalid_account_number": ("R04", "bank_account_invalid_details"),
    "debit_not_authorized": ("R10", "debit_not_authorized"),
}
_REVOKED = {"account_closed", "debit_not_authorized"}


def ensure_mandate(
    tx: Tx,
    method: PaymentMethod,
    acceptance: dict[str, Any] | None,
    customer: str | None,
    *,
    status: Literal["active", "inactive", "pending"] = "active",
) -> Mandate | None:
    """Return the mandate of a bank account, made at its first use; nothing else has one."""
    if method.type in ("card", CASH):
        return None
    known = tx.find(Mandate, method.private.mandate)
    if known is not None:
        return known
    mandate = Mandate(
        id=tx.new_id(Mandate, owner=customer or method.id),
        customer_acceptance=_acceptance(tx, acceptance),
        livemode=tx.book.livemode,
        multi_use=Nothing(),
        payment_method=method.id,
        payment_method_details=_details(tx, method),
        status=status,
        type="multi_use",
    )
    mandate.private = MandatePrivate(customer=customer)
    method.private.mandate = mandate.id
    return tx.add(mandate)


def check_mandate(tx: Tx, id: str, method: str, param: str = "mandate") -> None:
    """Raise unless a mandate stands for a payment method and has not ended."""
    mandate = tx.get(Mandate, id, param=param)
    if mandate.payment_method != method:
        raise InvalidRequest(
            f"The mandate {id} is not for the payment method {method}.", param=param
        )
    if mandate.status == "inactive":
        raise InvalidRequest(
            f"The mandate {id} is inactive: its payer must accept a new one.",
            code="payment_intent_mandate_invalid",
            param=param,
        )


def end_mandate(tx: Tx, method: PaymentMethod, code: str) -> None:
    """End the mandate of a method after a failure with this code: it cannot be charged again."""
    method.private.unusable = True
    account = method.us_bank_account
    if account is not UNSET and account.status_details is None and code in _BLOCKED:
        network_code, reason = _BLOCKED[code]
        account.status_details = UsBankAccountStatusDetails(
            blocked=UsBankAccountBlocked(network_code=network_code, reason=reason)
        )
    mandate = tx.find(Mandate, method.private.mandate)
    if mandate is None or mandate.status == "inactive":
        return
    mandate.status = "inactive"
    bacs = mandate.payment_method_details.bacs_debit
    if bacs is not UNSET:
        bacs.network_status = "revoked"
        bacs.revocation_reason = code if code in _REVOKED else "could_not_process"


def _acceptance(tx: Tx, given: dict[str, Any] | None) -> CustomerAcceptance:
    said = (given or {}).get("customer_acceptance") or {}
    kind = said.get("type", "offline")
    return msgspec.convert(
        {
            "accepted_at": said.get("accepted_at", tx.now),
            "type": kind,
            kind: said.get(kind) or {},
        },
        CustomerAcceptance,
    )


def _details(tx: Tx, method: PaymentMethod) -> MandateMethodDetails:
    reference = tx.secret(16).upper()
    url = f"{tx.base_url}/_prorata/mandates/{reference}"
    if method.type == "bacs_debit":
        return MandateMethodDetails(
            type="bacs_debit",
            bacs_debit=BacsMandate(network_status="accepted", reference=reference, url=url),
        )
    if method.type == "sepa_debit":
        return MandateMethodDetails(
            type="sepa_debit", sepa_debit=SepaMandate(reference=reference, url=url)
        )
    return MandateMethodDetails(type="us_bank_account", us_bank_account=UsBankMandate())
