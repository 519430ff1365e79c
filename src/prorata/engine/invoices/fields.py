"""Invoice fields: what may be set on an invoice by hand, and when."""

from typing import Any

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.at_once import method_given
from prorata.engine.invoices.compose import schedule
from prorata.engine.invoices.rendering import set_rendering
from prorata.engine.invoices.seller import seller
from prorata.engine.payments.payment_method_of import own_source, payment_method_of
from prorata.engine.tax.enable import check_can_tax
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import UNSET
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_params import (
    CUSTOM_FIELDS_MAX,
    AutomaticTaxParams,
    InvoiceBaseParams,
    ShippingCostParams,
)
from prorata.resources.billing.invoice_payment_settings import merged_settings
from prorata.resources.billing.invoice_shape import (
    InvoiceAutomaticTax,
    InvoiceCustomerShipping,
    InvoiceCustomField,
    InvoiceShippingCost,
    InvoiceTaxLiability,
)
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.core.customer import Customer
from prorata.resources.payments.mandate import Mandate
from prorata.resources.products.moments import check_future
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.shipping_rate import create as create_shipping_rate
from prorata.rules import windows

ONLY_DUE = (
    "You can only specify 'due_date' or 'days_until_due' if invoice collection method is"
    " 'send_invoice'."
)
NEEDS_DUE = (
    "If invoice collection method is 'send_invoice', you must specify 'due_date' or"
    " 'days_until_due'."
)
# What a finalized invoice still lets change.
AFTER_FINALIZATION = frozenset({
    "auto_advance", "collection_method", "days_until_due", "default_payment_method",
    "default_source", "due_date", "metadata", "payment_settings",
})  # fmt: skip


def check_collection(params: InvoiceBaseParams, method: str, known: bool = False) -> None:
    """Raise InvalidRequest unless a due date is given with, and only with, send_invoice.

    known: the invoice has a due date already.
    """
    given_due = given(params.due_date) or given(params.days_until_due)
    if method == "send_invoice" and not given_due and not known:
        raise InvalidRequest(NEEDS_DUE)
    if method != "send_invoice" and given_due:
        raise InvalidRequest(ONLY_DUE)
    if given(params.due_date) and given(params.days_until_due):
        raise InvalidRequest(
            "You may only specify one of these parameters: days_until_due, due_date.",
            param="days_until_due",
        )


def check_finalized_fields(invoice: Invoice, params: InvoiceBaseParams) -> None:
    """Raise InvalidRequest that names a field which a finalized invoice has for good."""
    for name in params.__struct_fields__:
        if given(getattr(params, name)) and name not in AFTER_FINALIZATION:
            raise InvalidRequest("Finalized invoices can't be updated in this way", param=name)


def set_collection(tx: Tx, invoice: Invoice, params: InvoiceBaseParams) -> None:
    """Put on an invoice how and when it is collected, where that was sent."""
    method = params.collection_method if given(params.collection_method) else None
    if method is not None or given(params.due_date) or given(params.days_until_due):
        has_due = invoice.due_date is not None
        check_collection(params, method or invoice.collection_method, known=has_due)
    if method is not None and method != invoice.collection_method:
        invoice.collection_method = method
        if method == "charge_automatically":
            invoice.due_date = invoice.private.days_until_due = None
        _reschedule(tx, invoice)
    if (given(params.days_until_due) or given(params.due_date)) and invoice.status not in (
        "draft",
        "open",
    ):
        field = "days_until_due" if given(params.days_until_due) else "due_date"
        raise InvalidRequest("Finalized invoices can't be updated in this way", param=field)
    if given(params.days_until_due):
        start = invoice.status_transitions.finalized_at or invoice.created
        invoice.private.days_until_due = params.days_until_due
        invoice.due_date = start + params.days_until_due * windows.DAY
    if given(params.due_date):
        check_future(tx, params.due_date, "due_date")
        invoice.private.days_until_due = None
        invoice.due_date = params.due_date
    if given(params.auto_advance) and params.auto_advance != invoice.auto_advance:
        if invoice.status not in ("draft", "open"):
            raise InvalidRequest(
                "Finalized invoices can't be updated in this way", param="auto_advance"
            )
        invoice.auto_advance = params.auto_advance
        _reschedule(tx, invoice)


def _reschedule(tx: Tx, invoice: Invoice) -> None:
    """Plan again what an invoice does by itself; what is late is done now, not in the past.

    One that is open is tried at its next turn.
    """
    schedule(tx, invoice)
    if invoice.status != "draft":
        invoice.automatically_finalizes_at = None
    elif invoice.automatically_finalizes_at is not None:
        invoice.automatically_finalizes_at = max(invoice.automatically_finalizes_at, tx.now)
    if invoice.next_payment_attempt is not None:
        invoice.next_payment_attempt = max(invoice.next_payment_attempt, tx.now)


def redeemed(tx: Tx, invoice: Invoice, params: InvoiceBaseParams) -> list[str]:
    """Return the ids of the discounts that were sent, redeemed for this invoice."""
    found = redeem(
        tx,
        params.discounts or [],
        customer=invoice.customer,
        invoice=invoice.id,
        currency=invoice.currency,
        purchase=invoice.subtotal,
    )
    return [each.id for each in found]


def set_fields(tx: Tx, invoice: Invoice, params: InvoiceBaseParams) -> None:
    """Put on an invoice what describes it and how it may be paid, where that was sent."""
    for name in ("description", "effective_at", "footer", "number", "statement_descriptor"):
        value = getattr(params, name)
        if given(value):
            setattr(invoice, name, value)
    _refuse_others(tx, params)
    if given(params.account_tax_ids):
        check_tax_ids(tx, params.account_tax_ids, "account_tax_ids")
        invoice.account_tax_ids = params.account_tax_ids
    if given(params.automatic_tax):
        _set_automatic_tax(tx, invoice, params.automatic_tax)
    if given(params.automatically_finalizes_at):
        check_future(tx, params.automatically_finalizes_at, "automatically_finalizes_at")
        if params.auto_advance is False:
            raise InvalidRequest(
                "An invoice that does not advance by itself is not finalized by itself either:"
                " leave `auto_advance` or `automatically_finalizes_at` out.",
                param="automatically_finalizes_at",
            )
        _finalize_at(invoice, params.automatically_finalizes_at)
    if given(params.custom_fields):
        invoice.custom_fields = _custom_fields(params)
    if given(params.default_payment_method):
        method = payment_method_of(
            tx,
            params.default_payment_method,
            customer=invoice.customer,
            param="default_payment_method",
        )
        invoice.default_payment_method = method.id
    if given(params.default_source):
        invoice.default_source = params.default_source and own_source(
            tx, params.default_source, invoice.customer or "", "default_source"
        )
    if params.default_payment_method or params.default_source:
        method_given(tx, invoice.customer)
    if given(params.issuer):
        invoice.issuer = InvoiceTaxLiability(account=params.issuer.account, type=params.issuer.type)
    if given(params.payment_settings):
        mandate = value_or(params.payment_settings.default_mandate, None)
        if mandate is not None:
            tx.get(Mandate, mandate, param="payment_settings[default_mandate]")
        invoice.payment_settings = merged_settings(
            invoice.payment_settings, params.payment_settings
        )
    if given(params.rendering):
        set_rendering(tx, invoice, params.rendering)
    if given(params.shipping_cost):
        invoice.shipping_cost = _shipping_cost(tx, invoice, params.shipping_cost)
    if given(params.shipping_details):
        _ship(invoice, params.shipping_details)


def _set_automatic_tax(tx: Tx, invoice: Invoice, params: AutomaticTaxParams) -> None:
    """Turn automatic tax on, if it is known where its customer is, or off."""
    if given(params.liability) and not _is_own(params.liability, seller(tx).id):
        raise NotSupported(
            "Another account is not supported here.", param="automatic_tax[liability][account]"
        )
    if params.enabled:
        check_can_tax(tx, tx.get(Customer, invoice.customer or ""))
    invoice.automatic_tax = InvoiceAutomaticTax(enabled=params.enabled)


def _finalize_at(invoice: Invoice, moment: int) -> None:
    """Let a draft advance at a second of its own choosing instead of after its hour."""
    invoice.auto_advance = True
    invoice.automatically_finalizes_at = moment
    if invoice.collection_method == "charge_automatically":
        lag = windows.DRAFT_FINALIZES_SECONDS - windows.DRAFT_SECONDS
        invoice.next_payment_attempt = moment - lag


def _refuse_others(tx: Tx, params: InvoiceBaseParams) -> None:
    """Raise NotSupported for what involves other accounts."""
    own = seller(tx).id
    if given(params.on_behalf_of) and params.on_behalf_of not in (None, own):
        raise NotSupported(
            "Invoices on behalf of another account are not supported.", param="on_behalf_of"
        )
    if given(params.issuer) and not _is_own(params.issuer, own):
        raise NotSupported(
            "Invoices issued by another account are not supported.", param="issuer[account]"
        )


def _is_own(party: Any, own: str) -> bool:
    """Return whether a party is the account itself; one of the type `account` is named."""
    return bool(party.account == own or (party.type == "self" and party.account is UNSET))


def _custom_fields(params: InvoiceBaseParams) -> list[InvoiceCustomField] | None:
    fields = params.custom_fields
    if fields and len(fields) > CUSTOM_FIELDS_MAX:
        raise InvalidRequest(
            f"You can pass at most {CUSTOM_FIELDS_MAX} custom fields.", param="custom_fields"
        )
    return [InvoiceCustomField(name=each.name, value=each.value) for each in fields or []] or None


def _shipping_cost(
    tx: Tx, invoice: Invoice, params: ShippingCostParams | None
) -> InvoiceShippingCost | None:
    """Return what a shipping rate adds to an invoice; the rate may be made on the spot."""
    if params is None:
        return None
    if given(params.shipping_rate) == given(params.shipping_rate_data):
        raise InvalidRequest(
            "You must specify one of these parameters: shipping_cost[shipping_rate],"
            " shipping_cost[shipping_rate_data].",
            param="shipping_cost[shipping_rate]",
        )
    if given(params.shipping_rate_data):
        rate = create_shipping_rate(tx, params.shipping_rate_data)
    else:
        named = value_or(params.shipping_rate, "")
        rate = tx.get(ShippingRate, named, param="shipping_cost[shipping_rate]")
    amount = shipping_amount(rate, invoice.currency)
    return InvoiceShippingCost(
        amount_subtotal=amount, amount_tax=0, amount_total=amount, shipping_rate=rate.id
    )


def shipping_amount(rate: ShippingRate, currency: str) -> int:
    """Return what a shipping rate costs in a currency, in minor units."""
    fixed = rate.fixed_amount
    if fixed.currency == currency:
        return fixed.amount
    options = {} if fixed.currency_options is UNSET else fixed.currency_options
    if currency not in options:
        raise InvalidRequest(
            f"The shipping rate {rate.id} has no amount in {currency}.",
            param="shipping_cost[shipping_rate]",
        )
    return options[currency].amount


def _ship(invoice: Invoice, details: Any) -> None:
    invoice.shipping_details = details and InvoiceCustomerShipping(
        address=details.address,
        carrier=None,
        name=details.name,
        phone=None if details.phone is UNSET else details.phone,
        tracking_number=None,
    )
