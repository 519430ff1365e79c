"""Session facts: what a Checkout session remembers and the API does not show."""

from typing import Any

import msgspec
from msgspec import Struct

from prorata.model.fields import Address, Metadata
from prorata.resources.checkout.line_item import AdjustableQuantity
from prorata.resources.checkout.session_shape import CustomerTaxId
from prorata.resources.payments.payment_error import PaymentError


class Share(Struct, kw_only=True):
    """What one discount takes, or one tax rate adds, in minor units; `of` is its id.

    promotion_code: by which the coupon was redeemed. taxable: what the tax was computed on.
    """

    of: str
    amount: int
    promotion_code: str | None = None
    taxable: int | None = None
    reason: str | None = None


class Sums(Struct, kw_only=True):
    """What something comes to, in minor units."""

    subtotal: int = 0
    discount: int = 0
    inclusive: int = 0
    exclusive: int = 0
    total: int = 0
    discounts: list[Share] = []
    taxes: list[Share] = []


class CartItem(Struct, kw_only=True):
    """Something in the cart.

    quantity: None for a metered price. custom_amount: what the visitor chose to pay, minor units.
    optional: the visitor added it. upsold_from: the price in whose place it came. sums: as they
    were when the cart was last changed.
    """

    id: str
    price: str
    quantity: int | None = 1
    adjustable: AdjustableQuantity | None = None
    tax_rates: list[str] | None = None
    metadata: Metadata = {}
    custom_amount: int | None = None
    optional: bool = False
    cross_sold: bool = False
    upsold_from: str | None = None
    sums: Sums = msgspec.field(default_factory=Sums)


class Collected(Struct, kw_only=True):
    """What the visitor has said so far. name: of whoever pays."""

    email: str | None = None
    name: str | None = None
    phone: str | None = None
    address: Address | None = None
    business_name: str | None = None
    individual_name: str | None = None
    tax_ids: list[CustomerTaxId] = []
    save_payment_method: bool | None = None


class Made(Struct, kw_only=True):
    """What a confirmation has made that was not paid yet; the next one goes on with it.

    terms: what it was made for; for other terms it is let go, and made anew. discounts: what a
    payment has redeemed.
    """

    customer: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    payment_intent: str | None = None
    setup_intent: str | None = None
    payment_method: str | None = None
    terms: str | None = None
    discounts: list[str] = []


class SessionPrivate(Struct, kw_only=True):
    """What is agreed, collected and made.

    subscription_data, payment_intent_data, setup_intent_data: as they were sent. customer_update:
    which of address, name and shipping are written onto the customer. allow_redisplay: of the
    payment method that is saved. shipping_rate: the option that was chosen. balance: how much of
    the total the customer's balance pays (negative: adds to it), due: what is to be paid now, both
    in minor units. confirms: the last seconds at which somebody confirmed. confirmed: how often.
    last_error: why the last attempt failed. delayed: whether the payment was still on its way at
    completion. recovery: the token by which the session is recovered after its end.
    after_completion: what a payment link does then. utm: where the visitor came from.
    pricing_table: from which one. page_locale: the visitor's language. next: what the renewal at
    `next_at` was to come to.
    """

    items: list[CartItem] = []
    subscription_data: dict[str, Any] = {}
    payment_intent_data: dict[str, Any] = {}
    setup_intent_data: dict[str, Any] = {}
    customer_update: dict[str, str] = {}
    allow_redisplay: str | None = None
    collected: Collected = msgspec.field(default_factory=Collected)
    shipping_rate: str | None = None
    balance: int = 0
    due: int = 0
    made: Made = msgspec.field(default_factory=Made)
    confirms: list[int] = []
    confirmed: int = 0
    last_error: PaymentError | None = None
    delayed: bool = False
    recovery: str | None = None
    after_completion: dict[str, Any] | None = None
    utm: dict[str, str] = {}
    pricing_table: str | None = None
    page_locale: str | None = None
    sums: Sums = msgspec.field(default_factory=Sums)
    next: Sums | None = None
    next_at: int | None = None
    trial_end: int | None = None
