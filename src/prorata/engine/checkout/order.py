"""Order: what a session's cart becomes: a subscription, or the lines of one payment."""

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.checkout.automatic_tax import is_taxed
from prorata.engine.checkout.cart import chosen_bounds
from prorata.engine.invoices.automatic_tax import refuse_unclear
from prorata.engine.invoices.compose import Collection, Origin, compose, recompute
from prorata.engine.invoices.fields import shipping_amount
from prorata.engine.invoices.once import bill_once, standing_discounts
from prorata.engine.invoices.pending_items import drafts_of
from prorata.engine.invoices.terms import agree_on_rates
from prorata.engine.subscriptions.subscribe import open_subscription
from prorata.model.errors import InvalidRequest
from prorata.model.fields import Metadata
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.invoice_shape import InvoiceShippingCost
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import (
    AddInvoiceItemParams,
    AutomaticTaxParams,
    DiscountParams,
    ItemCreateParams,
)
from prorata.resources.billing.subscription_payment_settings import (
    CardOptionsParams,
    PaymentMethodOptionsParams,
    PaymentSettingsParams,
)
from prorata.resources.billing.subscription_verbs import SubscriptionCreateParams
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem
from prorata.resources.core.customer import Customer
from prorata.resources.products.discount import Discount
from prorata.resources.products.price import Price
from prorata.resources.products.shipping_rate import ShippingRate

ENTRY = re.compile(r"(items|add_invoice_items)\[(\d+)\](.*)", re.DOTALL)
OF_SUBSCRIPTION = (
    "billing_cycle_anchor", "billing_cycle_anchor_config", "billing_mode", "default_tax_rates",
    "description", "invoice_settings", "on_behalf_of", "pending_invoice_item_interval",
    "proration_behavior", "trial_end", "trial_period_days", "trial_settings",
)  # fmt: skip


class OrderedItem(ItemCreateParams, kw_only=True):
    """An item whose price was checked when it was put into the cart."""

    agreed: bool = True


class OrderedOnce(AddInvoiceItemParams, kw_only=True):
    """A one-time item whose price was checked when it was put into the cart."""

    agreed: bool = True


def split(tx: Tx, session: CheckoutSession) -> tuple[list[CartItem], list[CartItem]]:
    """Return the recurring and the one-time things in a cart, without those of no quantity."""
    recurring: list[CartItem] = []
    once: list[CartItem] = []
    prices = tx.load(Price, [each.price for each in session.private.items])
    for item in session.private.items:
        if item.quantity == 0 and len(session.private.items) > 1:
            continue
        (once if prices[item.price].recurring is None else recurring).append(item)
    return recurring, once


def discounts_wanted(session: CheckoutSession) -> list[DiscountParams]:
    """Return what a session's discounts redeem."""
    return [
        DiscountParams(promotion_code=each.promotion_code)
        if each.promotion_code
        else DiscountParams(coupon=each.coupon or UNSET)
        for each in session.discounts or ()
    ]


def redeem_for_payment(
    tx: Tx, session: CheckoutSession, customer: Customer | None
) -> list[Discount]:
    """Redeem the discounts of a session that is paid once; raise InvalidRequest as `redeem`."""
    return redeem(
        tx,
        discounts_wanted(session),
        customer=customer.id if customer is not None else None,
        checkout_session=session.id,
        currency=session.currency,
        purchase=session.amount_subtotal,
        told=False,
    )


def order_subscription(
    tx: Tx, session: CheckoutSession, customer: Customer, method: str | None = None
) -> Subscription:
    """Open the subscription that a session sells, its first invoice final and not yet tried.

    method: what pays for it from now on, saved already. Raises InvalidRequest, by the session's
    own parameter, for what can't be sold so.
    """
    try:
        params = _subscription_params(tx, session, customer)
        params.default_payment_method = UNSET if method is None else method
        return open_subscription(tx, params)
    except InvalidRequest as error:
        raise _named_here(tx, session, error) from None


def _subscription_params(
    tx: Tx, session: CheckoutSession, customer: Customer
) -> SubscriptionCreateParams:
    recurring, once = split(tx, session)
    data = dict(session.private.subscription_data)
    for name in ("trial_end", "billing_cycle_anchor"):
        # A moment that has passed while the visitor thought it over.
        if data.get(name) is not None and data[name] <= tx.now:
            del data[name]
    params = msgspec.convert(data, SubscriptionCreateParams)
    params.customer = customer.id
    params.currency = session.currency or UNSET
    params.payment_behavior = "default_incomplete"
    params.items = [
        OrderedItem(
            price=each.price,
            quantity=UNSET if each.quantity is None else each.quantity,
            tax_rates=UNSET if each.tax_rates is None else each.tax_rates,
            metadata=each.metadata or UNSET,
        )
        for each in recurring
    ]
    params.add_invoice_items = [
        OrderedOnce(
            price=each.price,
            quantity=each.quantity or 0,
            tax_rates=UNSET if each.tax_rates is None else each.tax_rates,
            metadata=each.metadata or UNSET,
        )
        for each in once
    ] or UNSET
    agree_on_rates(tx, params, *session.private.items)
    params.discounts = discounts_wanted(session) or UNSET
    if is_taxed(tx, session, customer):
        params.automatic_tax = AutomaticTaxParams(enabled=True)
    params.payment_settings = _payment_settings(session)
    return params


def _payment_settings(session: CheckoutSession) -> PaymentSettingsParams:
    settings = PaymentSettingsParams()
    types: Any = session.allowed_payment_method_types
    if types is not None:
        settings.payment_method_types = list(types)
    card = session.payment_method_options.card if session.payment_method_options else UNSET
    if card is not UNSET and card.request_three_d_secure != "automatic":
        settings.payment_method_options = PaymentMethodOptionsParams(
            card=CardOptionsParams(request_three_d_secure=card.request_three_d_secure)
        )
    return settings


def _named_here(tx: Tx, session: CheckoutSession, error: InvalidRequest) -> InvalidRequest:
    """Return an error with the name that its parameter has on a session."""
    param = error.param or ""
    entry = ENTRY.fullmatch(param)
    if entry is not None:
        recurring, once = split(tx, session)
        item = (recurring if entry[1] == "items" else once)[int(entry[2])]
        place = session.private.items.index(item)
        named = f"line_items[{place}]{entry[3]}"
    else:
        name, bracket, rest = param.partition("[")
        if name not in OF_SUBSCRIPTION:
            return error
        named = f"subscription_data[{name}]{bracket}{rest}"
    error.message = error.message.replace(f"`{param}`", f"`{named}`")
    error.param = named
    return error


def invoice_payment(
    tx: Tx,
    session: CheckoutSession,
    customer: Customer,
    *,
    metadata: Metadata | None = None,
    told: bool = False,
    redeemed: Sequence[str] | None = None,
) -> Invoice:
    """Draft the invoice of a cart that is paid once: what a payment's amount is worked out on.

    Most sessions undo it once it was looked at. told: its discounts count from now on. redeemed:
    the discounts that were given already; None: those of the session are redeemed.
    """
    items = [_bill(tx, session, customer, each) for each in split(tx, session)[1]]
    currency = session.currency or ""
    if redeemed is None:
        found = [each.id for each in redeem(
            tx,
            discounts_wanted(session),
            customer=customer.id if session.customer is not None or told else None,
            checkout_session=session.id,
            currency=currency,
            purchase=sum(each.amount for each in items),
            told=False,
        )]  # fmt: skip
    else:
        found = list(redeemed)
    invoice = compose(
        tx,
        customer=customer,
        currency=currency,
        lines=drafts_of(tx, items),
        origin=Origin(reason="manual", metadata=metadata or {}),
        collection=Collection(auto_advance=False),
        discounts=found or standing_discounts(tx, customer),
        automatic_tax=is_taxed(tx, session, customer),
    )
    rate = tx.find(ShippingRate, session.private.shipping_rate)
    if rate is not None:
        amount = shipping_amount(rate, currency)
        invoice.shipping_cost = InvoiceShippingCost(
            amount_subtotal=amount, amount_tax=0, amount_total=amount, shipping_rate=rate.id
        )
        recompute(tx, invoice)
        refuse_unclear(tx, invoice)
    return invoice


def _bill(tx: Tx, session: CheckoutSession, customer: Customer, item: CartItem) -> InvoiceItem:
    """Add the invoice item of one thing in the cart."""
    currency = session.currency or ""
    price = tx.get(Price, item.price)
    custom = price.custom_unit_amount is not None
    agree_on_rates(tx, item)
    return bill_once(
        tx, price, item.quantity or 0, customer=customer.id, currency=currency,
        test_clock=customer.test_clock, rates=item.tax_rates, path="line_items",
        chosen=chosen_amount(item, price, currency) if custom else None,
        metadata=dict(item.metadata),
    )  # fmt: skip


def chosen_amount(item: CartItem, price: Price, currency: str) -> int:
    """Return what the visitor chose to pay for a price, or what is proposed; minor units."""
    least, most, preset = chosen_bounds(price, currency)
    wanted = item.custom_amount if item.custom_amount is not None else preset
    return min(max(least if wanted is None else wanted, least), most)
