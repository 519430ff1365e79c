"""Payment method of: the method that a parameter names, ready to be paid with."""

from typing import Any

from prorata.engine.payments.method_details import add_method, fingerprint_salt
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.resource import REGISTRY
from prorata.model.transaction import Tx
from prorata.resources.payments.payment_method import PaymentMethod

# Names that stand for a test method wherever a payment method is expected.
TEST_PREFIXES = ("pm_card_", "pm_usBankAccount_")

SPENT = (
    "The provided PaymentMethod was previously used with a PaymentIntent without Customer"
    " attachment, shared with a connected account without Customer attachment, or was detached"
    " from a Customer. It may not be used again. To use a PaymentMethod multiple times, you must"
    " attach it to a Customer first."
)


def payment_method_of(
    tx: Tx, id: str, *, customer: str | None, param: str = "payment_method"
) -> PaymentMethod:
    """Return the method with an id, or a new one for a test name such as `pm_card_visa`.

    Raises NotFound (400) for an unknown id, and InvalidRequest for a method of another customer or
    one that was spent or detached.
    """
    method = named_method(tx, id, owner=customer, param=param)
    if method.customer is None and (method.private.detached or method.private.used_up):
        raise InvalidRequest(SPENT, param=param)
    if method.customer is not None and customer is None:
        raise InvalidRequest(
            f"The PaymentMethod {id} belongs to the Customer {method.customer}. Please include the"
            " Customer in the `customer` parameter.",
            param=param,
        )
    if method.customer is not None and method.customer != customer:
        raise InvalidRequest(
            f"The PaymentMethod {id} does not belong to the Customer you supplied {customer}."
            " Please use this payment method with the Customer that it belongs to instead.",
            param=param,
        )
    return method


def named_method(
    tx: Tx,
    id: str,
    *,
    owner: str | None = None,
    param: str = "payment_method",
    status: int = 400,
    look: bool = False,
) -> PaymentMethod:
    """Return the method with an id, whoever has it; test names make a new one.

    look: to be read only. Raises NotFound for any other name; `status` is 404 where the name
    stands in the path.
    """
    method = tx.look(PaymentMethod, id) if look else tx.find(PaymentMethod, id)
    if method is None:
        method = test_method(tx, id, owner)
    if method is None:
        raise no_such(PaymentMethod.spec.missing_name, id, param=param, status=status)
    return method


def test_method(tx: Tx, name: str, owner: str | None = None) -> PaymentMethod | None:
    """Return a new method for a documented test name, None for any other name or in live mode."""
    if tx.book.livemode or not tx.gateway.test_only or not name.startswith(TEST_PREFIXES):
        return None
    details = tx.gateway.from_test_token(name, fingerprint_salt(tx), tx.now)
    return None if details is None else add_method(tx, details, owner=owner)


def own_source(tx: Tx, id: str, customer: str, param: str) -> str:
    """Return the id of a source that is the customer's; raise NotFound (400) otherwise."""
    for kind in ("card", "bank_account", "payment_method"):
        spec = REGISTRY.get(kind)
        source: Any = None if spec is None else tx.find(spec.cls, id)
        if source is not None and source.customer == customer:
            # It is removed before or after this.
            tx.rely_on(source)
            return str(source.id)
    raise no_such("source", id, param=param, status=400)
