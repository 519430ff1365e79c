"""Preview items: one-off items that only a preview has, or pending ones that it changes."""

from decimal import Decimal

from prorata.engine.invoices.item_changes import change_item, new_item
from prorata.engine.invoices.item_pricing import usual_currency
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, UnsetType
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import LINES_MAX
from prorata.resources.billing.invoice_item import (
    InvoiceItem,
    InvoiceItemCreateParams,
    InvoiceItemUpdateParams,
    ItemParent,
    ItemSubscriptionDetails,
    PeriodParams,
    PricingParams,
)
from prorata.resources.billing.preview_params import PreviewItemParams, PreviewParams
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_verbs import SubscriptionCreateParams
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import supports

SAME = (
    "amount", "description", "discountable", "discounts", "metadata", "price_data", "quantity",
    "quantity_decimal", "tax_behavior", "tax_code", "tax_rates",
)  # fmt: skip


def add_preview_items(
    tx: Tx, customer: Customer, subscription: Subscription | None, params: PreviewParams
) -> list[InvoiceItem]:
    """Write the `invoice_items` of a preview as pending ones; the caller undoes it.

    An entry with `invoiceitem` changes that pending item instead.
    """
    if not given(params.invoice_items):
        return []
    if len(params.invoice_items) > LINES_MAX:
        raise InvalidRequest(
            f"You can preview at most {LINES_MAX} invoice items.", param="invoice_items"
        )
    items = []
    for place, each in enumerate(params.invoice_items):
        path = f"invoice_items[{place}]"
        if given(each.invoiceitem):
            item = tx.get(InvoiceItem, each.invoiceitem, param=f"{path}[invoiceitem]")
            change_item(tx, item, _as(InvoiceItemUpdateParams, each))
        else:
            currency = subscription.currency if subscription else None
            if each.currency is not UNSET:
                currency = each.currency
            elif currency is None and params.currency is not UNSET:
                currency = params.currency
            wanted = _as(InvoiceItemCreateParams, each)
            currency = currency or usual_currency(tx, wanted, customer)
            item = new_item(tx, wanted, customer, currency=currency, path=path)
            if subscription is not None:
                item.parent = ItemParent(
                    subscription_details=ItemSubscriptionDetails(subscription=subscription.id)
                )
        items.append(item)
    return items


def preview_currency(
    tx: Tx, customer: Customer, params: PreviewParams, wanted: SubscriptionCreateParams
) -> str | UnsetType:
    """Return the currency to preview in: the customer's, unless another is asked for or needed."""
    if given(params.currency) or customer.currency is None:
        return params.currency
    for item in wanted.items or ():
        price = tx.find(Price, value_or(item.price, value_or(item.plan, None)))
        if price is None or not supports(price, customer.currency):
            return UNSET
    return customer.currency


def _as(
    cls: type[InvoiceItemCreateParams] | type[InvoiceItemUpdateParams], params: PreviewItemParams
) -> InvoiceItemCreateParams | InvoiceItemUpdateParams:
    found = cls(**{name: getattr(params, name) for name in SAME})
    if given(params.price):
        found.pricing = PricingParams(price=params.price)
    if given(params.unit_amount):
        found.unit_amount_decimal = Decimal(params.unit_amount)
    elif given(params.unit_amount_decimal):
        found.unit_amount_decimal = params.unit_amount_decimal
    if given(params.period):
        found.period = PeriodParams(start=params.period.start, end=params.period.end)
    return found
