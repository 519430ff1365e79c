"""Create a customer, with what it is created with: tax ids, a way to pay, a balance, a discount."""

from prorata.engine.customers.prefix import new_prefix
from prorata.engine.customers.save_source import attach_source
from prorata.engine.customers.update import (
    write_balance,
    write_discount,
    write_fields,
    write_invoice_settings,
)
from prorata.engine.payments.attach import attach_method
from prorata.engine.payments.payment_method_of import named_method
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import given, value_or
from prorata.resources.billing.tax_id import add_tax_id
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.core.customer import Customer
from prorata.resources.core.customer_params import CustomerCreateParams
from prorata.store.unit_of_work import UnitOfWork


@operation("POST /v1/customers")
def create(tx: UnitOfWork, params: CustomerCreateParams) -> Customer:
    """Create a customer; on a test clock it is created in that clock's time.

    Raises a CardError when the payment method or source is declined; nothing is created then.
    """
    clock = None
    if given(params.test_clock):
        clock = tx.get(TestClock, params.test_clock, param="test_clock")
        tx.follow(clock)
        # The clock is deleted before or after this, with all that hangs on it.
        tx.rely_on(clock)
    customer = Customer(
        id=tx.new_id(Customer),
        created=tx.now,
        invoice_prefix=new_prefix(tx),
        livemode=tx.book.livemode,
        metadata={},
        test_clock=clock.id if clock else None,
    )
    tx.add(customer)
    write_fields(tx, customer, params)
    if given(params.tax_id_data):
        for place, each in enumerate(params.tax_id_data):
            add_tax_id(tx, each.type, each.value, customer, f"tax_id_data[{place}][value]")
    known_as: dict[str, str] = {}
    if given(params.payment_method):
        method = named_method(tx, params.payment_method, owner=customer.id)
        attach_method(tx, method, customer)
        tx.emit("payment_method.attached", method)
        known_as[params.payment_method] = method.id
    if params.source is not UNSET:
        attach_source(
            tx, customer, params.source, "source", validated=value_or(params.validate, True)
        )
    write_invoice_settings(tx, customer, params.invoice_settings, known_as)
    write_balance(tx, customer, params.balance, "initial")
    write_discount(tx, customer, params)
    return customer
