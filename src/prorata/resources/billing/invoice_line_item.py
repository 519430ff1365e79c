"""Invoice line items: what an invoice charges for, stored inside it."""

from typing import Literal

from msgspec import Struct

from prorata.model.fields import Metadata, Period
from prorata.resources.billing.invoice_shape import (
    DiscountAmount,
    PretaxCreditAmount,
    PriceDetails,
    Pricing,
    TaxAmount,
)
from prorata.resources.products.price import DecimalText
from prorata.resources.references import DiscountRef, SubscriptionRef


class LineCreditedItems(Struct, kw_only=True):
    """The lines that a proration's credit gives back."""

    invoice: str
    invoice_line_items: list[str]


class LineProrationDetails(Struct, kw_only=True):
    credited_items: LineCreditedItems | None = None


class LineInvoiceItemDetails(Struct, kw_only=True):
    invoice_item: str
    proration: bool
    proration_details: LineProrationDetails | None = None
    subscription: str | None = None


class LineSubscriptionItemDetails(Struct, kw_only=True):
    invoice_item: str | None = None
    proration: bool
    proration_details: LineProrationDetails | None = None
    subscription: str | None = None
    subscription_item: str


class LineParent(Struct, kw_only=True):
    """What a line was made from: an invoice item or a subscription's item."""

    invoice_item_details: LineInvoiceItemDetails | None = None
    subscription_item_details: LineSubscriptionItemDetails | None = None
    type: Literal["invoice_item_details", "subscription_item_details"]


class InvoiceLineItem(Struct, kw_only=True, tag_field="object", tag="line_item"):
    """One line. `amount` and `subtotal` are minor units before discounts and exclusive taxes."""

    id: str
    amount: int
    currency: str
    description: str | None = None
    discount_amounts: list[DiscountAmount] | None = None
    discountable: bool
    discounts: list[DiscountRef] = []
    invoice: str | None = None
    livemode: bool
    metadata: Metadata = {}
    parent: LineParent | None = None
    period: Period
    pretax_credit_amounts: list[PretaxCreditAmount] | None = None
    pricing: Pricing | None = None
    quantity: int | None = None
    quantity_decimal: DecimalText | None = None
    subscription: SubscriptionRef | None = None
    subtotal: int
    taxes: list[TaxAmount] | None = None

    @property
    def invoice_item(self) -> str | None:
        """Return the id of the invoice item that this line bills, if there is one."""
        if self.parent is None:
            return None
        details = self.parent.invoice_item_details or self.parent.subscription_item_details
        return details.invoice_item if details else None

    @property
    def subscription_item(self) -> str | None:
        """Return the id of the subscription item that this line bills, if there is one."""
        details = self.parent and self.parent.subscription_item_details
        return details.subscription_item if details else None

    @property
    def proration(self) -> bool:
        if self.parent is None:
            return False
        details = self.parent.invoice_item_details or self.parent.subscription_item_details
        return bool(details and details.proration)

    @property
    def price(self) -> str | None:
        details = self.pricing.price_details if self.pricing else None
        return details.price if isinstance(details, PriceDetails) else None

    @property
    def product(self) -> str | None:
        details = self.pricing.price_details if self.pricing else None
        return details.product if isinstance(details, PriceDetails) else None
