"""Update a customer: its own fields, its balance, how it pays and its discount."""

from prorata.engine.catalogue.discounts import discount_customer, end_discount
from prorata.engine.customers.balance import adjust_balance
from prorata.engine.customers.prefix import is_taken
from prorata.engine.customers.save_source import attach_source, check_source
from prorata.engine.invoices.at_once import method_given
from prorata.engine.invoices.rendering import usable_template
from prorata.engine.tax.whereabouts import check_whereabouts
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, Shipping, UnsetType
from prorata.model.operation import operation
from prorata.model.params import assign, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.cash_balance import set_reconciliation
from prorata.resources.billing.customer_balance_transaction import BalanceTransactionType
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.core.account import own_account
from prorata.resources.core.customer import (
    Customer,
    CustomerInvoiceSettingsCustomField,
    CustomerInvoiceSettingsRenderingOptions,
)
from prorata.resources.core.customer_params import (
    CustomerParams,
    CustomerUpdateParams,
    InvoiceSettingsParams,
)
from prorata.resources.payments.payment_method import PaymentMethod
from prorata.resources.products.discount import Discount
from prorata.resources.products.steps import check_step
from prorata.store.unit_of_work import UnitOfWork

PLAIN = ("address", "description", "email", "metadata", "name", "phone")
# Fields that an answer leaves out until they are given.
OPTIONAL = ("business_name", "individual_name")


@operation("POST /v1/customers/{id}")
def update(tx: UnitOfWork, customer: Customer, params: CustomerUpdateParams) -> Customer:
    """Change a customer; a new source takes the place of the default one."""
    write_fields(tx, customer, params)
    if params.source is not UNSET:
        attach_source(
            tx, customer, params.source, "source", replace_default=True,
            validated=value_or(params.validate, True),
        )  # fmt: skip
    if given(params.default_source):
        check_source(tx, customer, params.default_source, "default_source")
        customer.default_source = params.default_source
    if params.source is not UNSET or given(params.default_source):
        method_given(tx, customer.id)
    write_invoice_settings(tx, customer, params.invoice_settings)
    write_balance(tx, customer, params.balance, "adjustment")
    write_discount(tx, customer, params)
    return customer


def write_fields(tx: UnitOfWork, customer: Customer, params: CustomerParams) -> None:
    """Write the parameters that change nothing but the customer."""
    assign(customer, params, *PLAIN)
    for name in OPTIONAL:
        value = getattr(params, name)
        if given(value):
            setattr(customer, name, UNSET if value is None else value)
    if given(params.shipping):
        shipping = params.shipping
        customer.shipping = None if shipping is None else Shipping(
            address=shipping.address, name=shipping.name, phone=value_or(shipping.phone, None)
        )
    if given(params.preferred_locales):
        customer.preferred_locales = params.preferred_locales or []
    if given(params.tax_exempt):
        customer.tax_exempt = params.tax_exempt or "none"
    _write_numbering(tx, customer, params)
    if given(params.cash_balance):
        set_reconciliation(customer, params.cash_balance.settings)
    if given(params.tax) and given(params.tax.ip_address):
        customer.private.ip_address = params.tax.ip_address
    _check_location(tx, customer, params)


def _check_location(tx: UnitOfWork, customer: Customer, params: CustomerParams) -> None:
    """Raise InvalidRequest where it must be known at once where a customer is for tax.

    When nothing else is said, that is when somebody moves whose subscriptions are taxed.
    """
    when = "auto" if params.tax is UNSET else value_or(params.tax.validate_location, "auto")
    moved = given(params.address) or given(params.shipping)
    if when == "immediately":
        check_whereabouts(tx, customer, param="address")
    elif when == "auto" and moved and isinstance(params, CustomerUpdateParams):
        taxed = tx.select(Subscription, customer=customer.id, taxed=True)
        if any(each.status not in ENDED for each in taxed):
            check_whereabouts(tx, customer, param="address")


def write_invoice_settings(
    tx: Tx,
    customer: Customer,
    change: InvoiceSettingsParams | UnsetType,
    known_as: dict[str, str] | None = None,
) -> None:
    """Write the invoice settings that were sent; the others stay.

    known_as: methods attached in this request under the test names by which they were sent.
    """
    if change is UNSET:
        return
    settings = customer.invoice_settings
    if given(change.custom_fields):
        settings.custom_fields = [
            CustomerInvoiceSettingsCustomField(name=each.name, value=each.value)
            for each in change.custom_fields or ()
        ] or None
    if given(change.footer):
        settings.footer = change.footer
    if given(change.rendering_options):
        options = change.rendering_options
        settings.rendering_options = None
        if options is not None:
            template = value_or(options.template, None)
            if template is not None:
                param = "invoice_settings[rendering_options][template]"
                template = usable_template(tx, template, param).id
            settings.rendering_options = CustomerInvoiceSettingsRenderingOptions(
                amount_tax_display=value_or(options.amount_tax_display, None), template=template
            )
    if given(change.default_payment_method):
        id = change.default_payment_method
        id = (known_as or {}).get(id, id) if id else None
        if id is not None:
            _check_method(tx, customer, id)
        settings.default_payment_method = id
        if id is not None:
            method_given(tx, customer.id)


def write_balance(
    tx: Tx, customer: Customer, balance: int | UnsetType, type: BalanceTransactionType
) -> None:
    """Set the balance in the customer's currency (the account's own until there is one)."""
    if balance is UNSET or balance == customer.balance:
        return
    currency = customer.currency or own_account(tx).default_currency
    check_step(balance, currency, "balance")
    adjust_balance(tx, customer, balance - customer.balance, type, currency)


def write_discount(tx: Tx, customer: Customer, params: CustomerParams) -> None:
    """Give the discount of a coupon or promotion code, or end the one there is."""
    if params.coupon or params.promotion_code:
        discount_customer(tx, customer, params)
    elif params.coupon is None and customer.discount is not None:
        end_discount(tx, tx.get(Discount, customer.discount.id))


def _write_numbering(tx: UnitOfWork, customer: Customer, params: CustomerParams) -> None:
    if given(params.invoice_prefix) and params.invoice_prefix != customer.invoice_prefix:
        if is_taken(tx, params.invoice_prefix, customer.id):
            raise InvalidRequest(
                f"The invoice prefix `{params.invoice_prefix}` is already used by another"
                " customer. Choose another one.",
                param="invoice_prefix",
            )
        customer.invoice_prefix = params.invoice_prefix
    if given(params.next_invoice_sequence):
        used = customer.private.highest_invoice_sequence
        if params.next_invoice_sequence <= used:
            raise InvalidRequest(
                f"The next invoice sequence must be greater than {used}, the highest already used.",
                param="next_invoice_sequence",
            )
        customer.next_invoice_sequence = params.next_invoice_sequence


def _check_method(tx: Tx, customer: Customer, id: str) -> None:
    path = "invoice_settings[default_payment_method]"
    method = tx.get(PaymentMethod, id, param=path)
    if method.customer != customer.id:
        raise InvalidRequest(
            f"The customer does not have a payment method with the ID {id}. The payment method must"
            " be attached to the customer.",
            code="resource_missing",
            param=path,
        )
    # It is detached before or after this.
    tx.rely_on(method)
