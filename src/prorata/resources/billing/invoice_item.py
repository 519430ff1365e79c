"""Invoice items: one-off amounts and prorations that wait for the customer's next invoice."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from prorata.model.fields import Metadata, Period
from prorata.model.params import Params
from prorata.model.resource import Resource, column, flag, matches, resource, within
from prorata.resources.billing.invoice_shape import DiscountAmount, Pricing
from prorata.resources.core.customer import TaxExempt
from prorata.resources.products.price import DecimalText
from prorata.resources.products.tax_rate import TaxRate
from prorata.resources.references import CustomerRef, DiscountRef, InvoiceRef, TestClockRef

FrozenField = Literal["discounts", "pricing", "quantity"]
TaxBehavior = Literal["exclusive", "inclusive", "unspecified"]


class InvoicingRule(Struct, kw_only=True):
    type: Literal["defer_until_credited_items_resolved"]


class ItemSubscriptionDetails(Struct, kw_only=True):
    subscription: str
    subscription_item: str | UnsetType = UNSET


class ItemParent(Struct, kw_only=True):
    """The subscription whose next invoice collects the item."""

    subscription_details: ItemSubscriptionDetails | None = None
    type: Literal["subscription_details"] = "subscription_details"


class ItemCreditedLines(Struct, kw_only=True):
    invoice: str
    invoice_line_items: list[str]


class ItemCreditedItems(Struct, kw_only=True):
    """What a proration's credit gives back: lines of an invoice, or an item still pending."""

    invoice_item: str | UnsetType = UNSET
    invoice_line_item_details: ItemCreditedLines | UnsetType = UNSET
    type: Literal["invoice_item", "invoice_line_items"]


class ItemProrationDetails(Struct, kw_only=True):
    credited_items: ItemCreditedItems | None = None
    discount_amounts: list[DiscountAmount] = []


class InvoiceItemPrivate(Struct, kw_only=True, omit_defaults=True):
    """own_rates: the item's rates stand even when there are none. metered: billed from usage.

    taken: by id, what discounts took (minor units) of what the item gives back. exempt: how the
    customer was taxed on the invoice that it gives back a part of. net_of: the discounts that have
    lowered its amount, which it does not show.
    """

    metered: bool = False
    taken: dict[str, int] = {}
    own_rates: bool = False
    exempt: TaxExempt | None = None
    net_of: list[str] = []
    tax_behavior: TaxBehavior | None = None
    tax_code: str | None = None


def subscription_of(item: "InvoiceItem") -> str | None:
    """Return the id of the subscription that the item is pinned to."""
    details = item.parent and item.parent.subscription_details
    return details.subscription if details else None


def subscription_item_of(item: "InvoiceItem") -> str | None:
    """Return the id of the subscription item that the item prorates."""
    details = item.parent and item.parent.subscription_details
    if not details or isinstance(details.subscription_item, UnsetType):
        return None
    return details.subscription_item


@resource(
    prefix="ii",
    path="/v1/invoiceitems",
    columns=(
        column("customer", index=True),
        column("invoice", index=True),
        column("pending", lambda item: item.invoice is None, type="boolean"),
        # The customer while the item is pending: what a run of renewals asks for in one query.
        column("pending_for", lambda item: None if item.invoice else item.customer, index=True),
        column("subscription", subscription_of, index=True),
    ),
    filters=(
        within("created"),
        matches("customer"),
        matches("customer_account", "customer"),
        matches("invoice"),
        flag("pending"),
    ),
    events=("created", "deleted"),
    missing_name="Invoice Item",
    missing_hint="(livemode={livemode})",
)
class InvoiceItem(Resource, tag="invoiceitem", kw_only=True):
    """amount is minor units for the whole quantity; date and period are seconds UTC."""

    Private = InvoiceItemPrivate

    amount: int
    currency: str
    customer: CustomerRef
    customer_account: str | None = None
    date: int
    description: str | None = None
    discountable: bool
    discounts: list[DiscountRef] | None = None
    frozen_fields: list[FrozenField] | UnsetType = UNSET
    invoice: InvoiceRef | None = None
    invoicing_rules: list[InvoicingRule] | UnsetType = UNSET
    livemode: bool
    metadata: Metadata | None = None
    net_amount: int | UnsetType = UNSET
    parent: ItemParent | None = None
    period: Period
    pricing: Pricing | None = None
    proration: bool = False
    proration_details: ItemProrationDetails | UnsetType = UNSET
    quantity: int = 1
    quantity_decimal: DecimalText = "1"
    tax_rates: list[TaxRate] | None = None
    test_clock: TestClockRef | None = None

    @property
    def created(self) -> int:
        return self.date


class DiscountParams(Params, kw_only=True):
    coupon: str | UnsetType = UNSET
    discount: str | UnsetType = UNSET
    promotion_code: str | UnsetType = UNSET


class PeriodParams(Params, kw_only=True):
    end: int
    start: int


class ItemPriceDataParams(Params, kw_only=True):
    currency: str
    product: str
    tax_behavior: TaxBehavior | UnsetType = UNSET
    unit_amount: int | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class PricingParams(Params, kw_only=True):
    price: str | UnsetType = UNSET


class InvoiceItemUpdateParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    description: str | UnsetType = UNSET
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    invoicing_rules: list[InvoicingRule] | UnsetType | None = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    period: PeriodParams | UnsetType = UNSET
    price_data: ItemPriceDataParams | UnsetType = UNSET
    pricing: PricingParams | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    quantity_decimal: Decimal | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: str | UnsetType | None = UNSET
    tax_rates: list[str] | UnsetType | None = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET


class InvoiceItemCreateParams(Params, kw_only=True):
    amount: int | UnsetType = UNSET
    currency: str | UnsetType = UNSET
    customer: str | UnsetType = UNSET
    customer_account: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    discountable: bool | UnsetType = UNSET
    discounts: list[DiscountParams] | UnsetType | None = UNSET
    invoice: str | UnsetType = UNSET
    metadata: Metadata | UnsetType | None = UNSET
    period: PeriodParams | UnsetType = UNSET
    price_data: ItemPriceDataParams | UnsetType = UNSET
    pricing: PricingParams | UnsetType = UNSET
    quantity: Annotated[int, Meta(ge=0)] | UnsetType = UNSET
    quantity_decimal: Decimal | UnsetType = UNSET
    subscription: str | UnsetType = UNSET
    tax_behavior: TaxBehavior | UnsetType = UNSET
    tax_code: str | UnsetType | None = UNSET
    tax_rates: list[str] | UnsetType = UNSET
    unit_amount_decimal: Decimal | UnsetType = UNSET
