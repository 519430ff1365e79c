"""Payment methods: the cards and bank accounts that customers pay with."""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from prorata.model.fields import Metadata
from prorata.model.operation import Inline, Listing, operation
from prorata.model.params import given, refuse_unsupported
from prorata.model.resource import Resource, column, resource
from prorata.model.transaction import Tx
from prorata.resources.core.customer import Customer
from prorata.resources.payments.method_types import USABLE, UsableType
from prorata.resources.payments.payment_method_params import PaymentMethodListParams
from prorata.resources.payments.payment_method_shape import (
    BillingDetails,
    PaymentMethodBacsDebit,
    PaymentMethodCard,
    PaymentMethodCustomerBalance,
    PaymentMethodSepaDebit,
    PaymentMethodUsBankAccount,
)
from prorata.resources.references import CustomerRef


class PaymentMethodPrivate(Struct, kw_only=True):
    """What the wire does not show.

    token: the gateway's name for the method. set_up: it may be charged while the payer is away;
    wants_set_up: its network will want the payer before that.
    verified: a bank account that passed its check. mandate: the mandate that its debits use.
    unusable: the network ended it for good. used_up: it was charged without being saved;
    attachable: though its payment was to save it, and somebody may still do.
    detached: it was taken from its customer, which is final. renewed_at: when its expiry changed or
    its network sent new data, so that a decline for good of before may not hold any more.
    """

    token: str = ""
    set_up: bool = False
    wants_set_up: bool = False
    verified: bool = True
    mandate: str | None = None
    unusable: bool = False
    used_up: bool = False
    attachable: bool = False
    detached: bool = False
    renewed_at: int | None = None


Details = (
    PaymentMethodCard
    | PaymentMethodBacsDebit
    | PaymentMethodCustomerBalance
    | PaymentMethodSepaDebit
    | PaymentMethodUsBankAccount
)


@resource(
    prefix="pm",
    path="/v1/payment_methods",
    operations=("retrieve",),
    columns=(
        column("customer", index=True),
        column("type"),
        column("allow_redisplay"),
        column("fingerprint", lambda method: method.fingerprint),
    ),
    events=("updated",),
    missing_name="PaymentMethod",
    missing_param="payment_method",
    missing_hint=(
        "; It's possible this PaymentMethod exists on one of your connected accounts, in which case"
        " you should retry this request on that connected account. Learn more at"
        " https://stripe.com/docs/connect/authentication"
    ),
)
class PaymentMethod(Resource, tag="payment_method", kw_only=True):
    """A card, a bank account or a customer's cash, that can be charged."""

    allow_redisplay: Literal["always", "limited", "unspecified"] = "unspecified"
    bacs_debit: PaymentMethodBacsDebit | UnsetType = UNSET
    billing_details: BillingDetails
    card: PaymentMethodCard | UnsetType = UNSET
    created: int
    customer: CustomerRef | None = None
    customer_account: str | None = None
    customer_balance: PaymentMethodCustomerBalance | UnsetType = UNSET
    livemode: bool
    metadata: Metadata
    sepa_debit: PaymentMethodSepaDebit | UnsetType = UNSET
    type: UsableType
    us_bank_account: PaymentMethodUsBankAccount | UnsetType = UNSET

    Private = PaymentMethodPrivate

    @property
    def details(self) -> Details:
        """The hash of the method's own type."""
        details: Details = getattr(self, self.type)
        return details

    @property
    def fingerprint(self) -> str | None:
        details = self.details
        return None if isinstance(details, PaymentMethodCustomerBalance) else details.fingerprint


@operation("GET /v1/payment_methods")
def list_payment_methods(
    tx: Tx, params: PaymentMethodListParams
) -> Listing[PaymentMethod] | Inline[PaymentMethod]:
    """List a customer's methods; without a customer the list is empty (source: recordings)."""
    refuse_unsupported(params, "customer_account")
    if not given(params.customer):
        return Inline([])
    tx.get(Customer, params.customer, param="customer")
    columns: dict[str, object] = {"customer": params.customer}
    if given(params.type):
        columns["type"] = params.type
    if given(params.allow_redisplay):
        columns["allow_redisplay"] = params.allow_redisplay
    return Listing(PaymentMethod, columns)


assert set(USABLE) <= set(PaymentMethod.__struct_fields__), "each usable type has its hash"
