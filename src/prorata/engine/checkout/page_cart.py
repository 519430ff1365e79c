"""Page cart: what a page shows of things in the cart, offers, discounts and taxes."""

from typing import Any

from prorata.engine.checkout.cart import chosen_bounds, keeps_something
from prorata.engine.checkout.figures import Figures
from prorata.engine.checkout.offers import cross_sell_of, upsell_of
from prorata.model.transaction import Tx
from prorata.resources.checkout.offers import days_of
from prorata.resources.checkout.payment_page import (
    PageAmounts,
    PageChoice,
    PageDiscount,
    PageExtra,
    PageItem,
    PageOffer,
    PageOptionalItem,
    PagePrice,
    PageRecurring,
    PageShippingOption,
    PageTax,
    PageTerms,
    PageTrial,
)
from prorata.resources.checkout.session import CheckoutSession
from prorata.resources.checkout.session_facts import CartItem, Sums
from prorata.resources.products.coupon import Coupon
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import price_terms
from prorata.resources.products.product import Product
from prorata.resources.products.promotion_code import PromotionCode
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.tax_rate import TaxRate
from prorata.rules import pricing


def shown_price(tx: Tx, price: Price, currency: str) -> PagePrice:
    """Return a price as a page shows it, in the session's currency."""
    product = tx.find(Product, price.product)
    option: Any = price
    tiers = price.private.tiers
    if currency != price.currency:
        option = price.private.currency_options.get(currency) or price
        tiers = getattr(option, "tiers", None) or []
    recurring = price.recurring
    return PagePrice(
        price=price.id,
        product=price.product,
        name=product.name if product is not None else "",
        description=product.description if product is not None else None,
        images=list(product.images) if product is not None else [],
        unit_label=product.unit_label if product is not None else None,
        unit_amount=option.unit_amount,
        unit_amount_decimal=option.unit_amount_decimal,
        billing_scheme=price.billing_scheme,
        tiers_mode=price.tiers_mode,
        tiers=list(tiers) or None,
        transform_quantity=price.transform_quantity,
        recurring=None
        if recurring is None
        else PageRecurring(
            interval=recurring.interval,
            interval_count=recurring.interval_count,
            usage_type=recurring.usage_type,
        ),
        tax_behavior=price.tax_behavior,
        choice=_choice(price, currency),
    )


def _choice(price: Price, currency: str) -> PageChoice | None:
    if price.custom_unit_amount is None:
        return None
    least, most, preset = chosen_bounds(price, currency)
    return PageChoice(minimum=least, maximum=most, preset=preset)


def amounts(sums: Sums) -> dict[str, int]:
    """Return sums under the names that pages have for them."""
    return {
        "subtotal": sums.subtotal,
        "discount": sums.discount,
        "tax_inclusive": sums.inclusive,
        "tax_exclusive": sums.exclusive,
        "total": sums.total,
    }


def shown_items(tx: Tx, session: CheckoutSession, found: Figures) -> list[PageItem]:
    """Return the cart."""
    items: list[CartItem] = session.private.items
    prices = tx.load(Price, [each.price for each in items])
    tx.load(Product, [each.product for each in prices.values()])
    lasting = [each for each in items if each.quantity is None or each.quantity > 0]
    return [
        PageItem(
            id=each.id,
            price=shown_price(tx, prices[each.price], session.currency or ""),
            quantity=each.quantity,
            adjustable_quantity=each.adjustable,
            optional=each.optional,
            cross_sold=each.cross_sold,
            removable=len(lasting) > 1
            and keeps_something(tx, session, each)
            and (
                each.optional
                or bool(each.adjustable and each.adjustable.enabled and not each.adjustable.minimum)
            ),
            upsold_from=each.upsold_from,
            **amounts(found.items.get(each.id, Sums())),
        )
        for each in items
    ]


def shown_optional(tx: Tx, session: CheckoutSession) -> list[PageOptionalItem]:
    """Return what the visitor may add."""
    added = {each.price: each for each in session.private.items if each.optional}
    return [
        PageOptionalItem(
            price=shown_price(tx, price, session.currency or ""),
            quantity=added[each.price].quantity or 0 if each.price in added else each.quantity,
            adjustable_quantity=each.adjustable_quantity,
            added=each.price in added,
        )
        for each in session.optional_items or ()
        if (price := tx.find(Price, each.price)) is not None
    ]


def shown_extra(found: Figures) -> list[PageExtra]:
    """Return what else the first invoice collects."""
    return [PageExtra(description=text, **amounts(sums)) for text, sums in found.extra]


def shown_discounts(tx: Tx, session: CheckoutSession, found: Figures) -> list[PageDiscount]:
    """Return what is taken off; a code that takes nothing off today is shown too."""
    shares = {each.of: each.amount for each in found.sums.discounts}
    removable = session.allow_promotion_codes is True
    shown = []
    for each in session.discounts or ():
        promotion = tx.find(PromotionCode, each.promotion_code)
        coupon = tx.find(Coupon, promotion.promotion.coupon if promotion else each.coupon)
        if coupon is None:
            continue
        shown.append(
            PageDiscount(
                amount=shares.pop(coupon.id, 0),
                coupon=coupon.id,
                name=coupon.name,
                code=promotion.code if promotion is not None else None,
                percent_off=coupon.percent_off,
                amount_off=coupon.amounts.get(session.currency or ""),
                duration=coupon.duration,
                duration_in_months=coupon.duration_in_months,
                removable=removable,
            )
        )
    for id, amount in shares.items():
        coupon = tx.find(Coupon, id)
        if coupon is not None:
            shown.append(
                PageDiscount(
                    amount=amount, coupon=id, name=coupon.name, percent_off=coupon.percent_off,
                    amount_off=coupon.amounts.get(session.currency or ""),
                    duration=coupon.duration, duration_in_months=coupon.duration_in_months,
                )
            )  # fmt: skip
    return shown


def shown_taxes(tx: Tx, found: Figures) -> list[PageTax]:
    """Return each tax rate with what it comes to."""
    rates = {each.id: each for each in found.rates}
    rates |= tx.load(TaxRate, [each.of for each in found.sums.taxes], look=True)
    return [
        PageTax(
            amount=each.amount,
            display_name=rate.display_name,
            inclusive=rate.inclusive,
            percentage=rate.percentage,
            jurisdiction=rate.jurisdiction,
            country=rate.country,
            state=rate.state,
        )
        for each in found.sums.taxes
        if (rate := rates.get(each.of)) is not None
    ]


def shown_shipping(tx: Tx, session: CheckoutSession) -> list[PageShippingOption]:
    """Return how goods may be sent."""
    rates = tx.load(ShippingRate, [each.shipping_rate for each in session.shipping_options])
    return [
        PageShippingOption(
            id=each.shipping_rate,
            amount=each.shipping_amount,
            display_name=rates[each.shipping_rate].display_name,
            delivery_estimate=rates[each.shipping_rate].delivery_estimate,
        )
        for each in session.shipping_options
        if each.shipping_rate in rates
    ]


def shown_terms(tx: Tx, session: CheckoutSession, found: Figures) -> PageTerms | None:
    """Return what recurs, None for a session that ends in a payment or a set-up."""
    if session.mode != "subscription":
        return None
    prices = [tx.get(Price, each.price).recurring for each in session.private.items]
    recurring = [each for each in prices if each is not None]
    shortest = min(recurring, key=days_of)
    data = session.private.subscription_data
    trial = None
    if found.trial_end is not None:
        behavior = data.get("trial_settings", {}).get("end_behavior", {})
        trial = PageTrial(
            end=found.trial_end,
            days=data.get("trial_period_days"),
            missing_payment_method=behavior.get("missing_payment_method", "create_invoice"),
        )
    return PageTerms(
        interval=shortest.interval,
        interval_count=shortest.interval_count,
        metered=any(each.usage_type == "metered" for each in recurring),
        prorated=found.prorated,
        next=None if found.next is None else PageAmounts(**amounts(found.next)),
        next_at=found.next_at,
        trial=trial,
    )


def shown_upsell(tx: Tx, session: CheckoutSession) -> PageOffer | None:
    """Return the longer interval that is offered."""
    offer = upsell_of(tx, session)
    if offer is None:
        return None
    item, price, target = offer
    currency, quantity = session.currency or "", item.quantity or 1
    now, then = (pricing.amount(price_terms(each, currency), quantity) for each in (price, target))
    saving = None
    if now and price.recurring is not None and target.recurring is not None:
        usual = now * days_of(target.recurring) / days_of(price.recurring)
        months = {"month": 1, "year": 12}
        if {price.recurring.interval, target.recurring.interval} <= months.keys():
            times = months[target.recurring.interval] * target.recurring.interval_count
            usual = (
                now * times / (months[price.recurring.interval] * price.recurring.interval_count)
            )
        saving = max(0, int((usual - then) * 100 // usual)) or None
    return PageOffer(
        price=shown_price(tx, target, currency),
        from_price=shown_price(tx, price, currency),
        quantity=quantity,
        taken=item.upsold_from is not None,
        saving=saving,
        subtotal=then,
        total=then,
    )


def shown_cross_sell(tx: Tx, session: CheckoutSession) -> PageOffer | None:
    """Return what is offered beside the cart."""
    price = cross_sell_of(tx, session)
    if price is None:
        return None
    amount = pricing.amount(price_terms(price, session.currency), 1)
    return PageOffer(
        price=shown_price(tx, price, session.currency or ""),
        taken=any(each.cross_sold for each in session.private.items),
        subtotal=amount,
        total=amount,
    )
