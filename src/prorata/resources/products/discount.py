"""Discounts: a coupon at work on a customer, a subscription, an item or an invoice."""

from decimal import Decimal
from typing import Literal

from msgspec import Struct

from prorata.model.resource import Resource, column, resource
from prorata.resources.references import CouponRef, CustomerRef, PromotionCodeRef
from prorata.rules import discounts


class DiscountSource(Struct, kw_only=True):
    coupon: CouponRef | None = None
    type: Literal["coupon"] = "coupon"


class DiscountPrivate(Struct, kw_only=True):
    """The coupon's terms as they were redeemed: they outlive the coupon.

    amounts: what it takes in each currency, minor units. products: None means all.
    ended: the moment from which it applies no more, whatever its `end`. held: the invoice that it
    lowers, which a change waits for: used by that if the change is made, and by nothing meanwhile.
    """

    percent_off: float | None = None
    amounts: dict[str, int] = {}
    duration: Literal["forever", "once", "repeating"] = "once"
    products: list[str] | None = None
    ended: int | None = None
    held: str | None = None


@resource(
    prefix="di",
    operations=(),
    columns=(
        column("customer", index=True),
        column("subscription", index=True),
        column("coupon", lambda discount: discount.source.coupon),
    ),
    due=lambda discount: discount.end if discount.private.ended is None else None,
)
class Discount(Resource, tag="discount", kw_only=True):
    """A discount. It is kept after its end, since invoices go on naming it."""

    Private = DiscountPrivate

    checkout_session: str | None = None
    customer: CustomerRef | None = None
    customer_account: str | None = None
    end: int | None = None
    invoice: str | None = None
    invoice_item: str | None = None
    promotion_code: PromotionCodeRef | None = None
    source: DiscountSource
    start: int
    subscription: str | None = None
    subscription_item: str | None = None


class DeletedDiscount(Struct, kw_only=True):
    """The answer to the removal of a discount."""

    id: str
    object: Literal["discount"] = "discount"
    checkout_session: str | None = None
    customer: CustomerRef | None = None
    customer_account: str | None = None
    deleted: Literal[True] = True
    invoice: str | None = None
    invoice_item: str | None = None
    promotion_code: PromotionCodeRef | None = None
    source: DiscountSource
    start: int
    subscription: str | None = None
    subscription_item: str | None = None


def discount_terms(discount: Discount, currency: str) -> discounts.Discount | None:
    """Return what a discount takes from an invoice in a currency, None where it has no amount."""
    private = discount.private
    if private.percent_off is None and currency not in private.amounts:
        return None
    return discounts.Discount(
        id=discount.id,
        percent_off=None if private.percent_off is None else Decimal(str(private.percent_off)),
        amount_off=private.amounts.get(currency),
        applies_to=None if private.products is None else frozenset(private.products),
    )


def applies_at(discount: Discount, second: int) -> bool:
    """Return whether an invoice created at a second gets the discount."""
    ended = discount.private.ended
    if discount.private.held is not None or (ended is not None and second >= ended):
        return False
    return discount.end is None or second < discount.end


def removed(discount: Discount) -> DeletedDiscount:
    """Return a discount as the answer to its removal shows it."""
    names = (
        name for name in DeletedDiscount.__struct_fields__ if name not in {"object", "deleted"}
    )
    return DeletedDiscount(**{name: getattr(discount, name) for name in names})
