"""Setup attempts: each try to make a payment method ready for later."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Range
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, given
from prorata.model.resource import REGISTRY, Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.payments.charge_shape import CardThreeDSecure
from prorata.resources.payments.payment_error import PaymentError
from prorata.resources.payments.payment_method_shape import CardChecks
from prorata.resources.references import (
    AccountRef,
    ApplicationRef,
    CustomerRef,
    PaymentMethodRef,
    SetupIntentRef,
)


class SetupCard(Struct, kw_only=True):
    brand: str | None = None
    checks: CardChecks | None = None
    country: str | None = None
    exp_month: int | None = None
    exp_year: int | None = None
    fingerprint: str | UnsetType | None = UNSET
    funding: str | None = None
    last4: str | None = None
    network: str | None = None
    three_d_secure: CardThreeDSecure | None = None
    wallet: None = None


class Debit(Struct, kw_only=True):
    """A bank account shows nothing of itself here."""


class SetupMethodDetails(Struct, kw_only=True):
    bacs_debit: Debit | UnsetType = UNSET
    card: SetupCard | UnsetType = UNSET
    sepa_debit: Debit | UnsetType = UNSET
    type: str
    us_bank_account: Debit | UnsetType = UNSET


@resource(prefix="setatt", columns=(column("setup_intent", index=True),))
class SetupAttempt(Resource, tag="setup_attempt", kw_only=True):
    """One attempt to confirm a setup intent."""

    application: ApplicationRef | None = None
    created: int
    customer: CustomerRef | None = None
    customer_account: str | None = None
    flow_directions: list[Literal["inbound", "outbound"]] | None = None
    livemode: bool
    on_behalf_of: AccountRef | None = None
    payment_method: PaymentMethodRef
    payment_method_details: SetupMethodDetails
    setup_error: PaymentError | None = None
    setup_intent: SetupIntentRef
    status: str
    usage: str


class SetupAttemptListParams(Params, kw_only=True):
    setup_intent: str
    created: Range | UnsetType = UNSET


@operation("GET /v1/setup_attempts")
def list_attempts(tx: Tx, params: SetupAttemptListParams) -> Listing[SetupAttempt]:
    """List the attempts on one setup intent."""
    intent = tx.get(REGISTRY["setup_intent"].cls, params.setup_intent, param="setup_intent")
    ranges = {"created": params.created} if given(params.created) else {}
    return Listing(SetupAttempt, {"setup_intent": intent.id}, ranges)
