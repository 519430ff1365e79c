"""Mandates: the payer's permission to debit a bank account or to charge a card while away."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.resource import Resource, column, resource
from prorata.resources.references import PaymentMethodRef


class Acceptance(Struct, kw_only=True):
    ip_address: str | None = None
    user_agent: str | None = None


class Nothing(Struct, kw_only=True):
    """A hash that only says by its presence that it applies."""


class CustomerAcceptance(Struct, kw_only=True):
    """How and when the payer agreed."""

    accepted_at: int | None = None
    offline: Nothing | UnsetType = UNSET
    online: Acceptance | UnsetType = UNSET
    type: Literal["offline", "online"]


class SingleUse(Struct, kw_only=True):
    amount: int
    currency: str


class BacsMandate(Struct, kw_only=True):
    display_name: str | None = None
    network_status: Literal["accepted", "pending", "refused", "revoked"]
    reference: str
    revocation_reason: str | None = None
    service_user_number: str | None = None
    url: str


class SepaMandate(Struct, kw_only=True):
    reference: str
    url: str


class UsBankMandate(Struct, kw_only=True):
    collection_method: Literal["paper"] | UnsetType = UNSET


class MandateMethodDetails(Struct, kw_only=True):
    bacs_debit: BacsMandate | UnsetType = UNSET
    card: Nothing | UnsetType = UNSET
    sepa_debit: SepaMandate | UnsetType = UNSET
    type: str
    us_bank_account: UsBankMandate | UnsetType = UNSET


class MandatePrivate(Struct, kw_only=True):
    """customer: whose bucket and clock the mandate shares."""

    customer: str | None = None


@resource(
    prefix="mandate",
    path="/v1/mandates",
    operations=("retrieve",),
    columns=(column("payment_method", index=True), column("status")),
    events=("updated",),
    owner=lambda mandate: mandate.private.customer,
)
class Mandate(Resource, tag="mandate", kw_only=True):
    """A permission to debit a payment method."""

    customer_acceptance: CustomerAcceptance
    livemode: bool
    multi_use: Nothing | UnsetType = UNSET
    payment_method: PaymentMethodRef
    payment_method_details: MandateMethodDetails
    single_use: SingleUse | UnsetType = UNSET
    status: Literal["active", "inactive", "pending"]
    type: Literal["multi_use", "single_use"]

    Private = MandatePrivate
