"""Customer lists: what hangs on a customer, a page at a time under the customer's own path."""

from msgspec import UNSET, UnsetType

from prorata.model.errors import no_such
from prorata.model.operation import Listing, operation
from prorata.model.params import Params, fields_given
from prorata.model.transaction import Tx
from prorata.resources.billing.subscription import ENDED, STATUSES, Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.payments.payment_method_params import AllowRedisplay, DocumentedType

RUNNING = [status for status in STATUSES if status not in ENDED]


class CustomerPaymentMethodListParams(Params, kw_only=True):
    allow_redisplay: AllowRedisplay | UnsetType = UNSET
    type: DocumentedType | UnsetType = UNSET


class CustomerPaymentMethodRetrieveParams(Params, kw_only=True):
    """No parameters but `expand`."""


@operation("GET /v1/customers/{id}/payment_methods")
def list_payment_methods(
    tx: Tx, customer: Customer, params: CustomerPaymentMethodListParams
) -> Listing[PaymentMethod]:
    """List a customer's payment methods, newest first."""
    return Listing(PaymentMethod, {"customer": customer.id, **fields_given(params)})


@operation("GET /v1/customers/{customer}/payment_methods/{id}")
def retrieve_payment_method(
    tx: Tx, method: PaymentMethod, params: CustomerPaymentMethodRetrieveParams, customer: str
) -> PaymentMethod:
    """Return one of a customer's payment methods."""
    if method.customer != customer:
        raise no_such(method.spec.missing_name, method.id, param=method.spec.missing_param)
    return method


@operation("GET /v1/customers/{id}/subscriptions")
def list_subscriptions(tx: Tx, customer: Customer) -> Listing[Subscription]:
    """List the subscriptions that have not ended: the pages of `customer.subscriptions`."""
    return Listing(Subscription, {"customer": customer.id, "status": RUNNING})
