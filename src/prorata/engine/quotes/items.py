"""Quote items: what is quoted, from its parameters, checked; and the discounts promised for it."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec import UNSET

from prorata.engine.invoices.terms import tax_rates
from prorata.engine.subscriptions.items import check_currencies, check_one_price, check_price
from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote, QuoteItem
from prorata.resources.core.customer import Customer
from prorata.resources.products.coupon import Coupon, find_coupon
from prorata.resources.products.discount import Discount, DiscountPrivate, DiscountSource
from prorata.resources.products.price import Price
from prorata.resources.products.price_terms import inline_price, supports, usable_price
from prorata.resources.products.promotion_code import PromotionCode

ITEMS_MAX = 40
KIND_MAX = 20
DISCOUNTS_MAX = 20
WAYS = ("coupon", "discount", "promotion_code")


def set_items(tx: Tx, quote: Quote, entries: Sequence[Any]) -> None:
    """Let a quote offer what parameters say; an entry with the `id` of an item changes that.

    Items that no entry names are gone. Raises InvalidRequest by the entry's name.
    """
    if len(entries) > ITEMS_MAX:
        raise InvalidRequest(
            f"A quote can have at most {ITEMS_MAX} line items; you passed {len(entries)}.",
            param="line_items",
        )
    former = {each.id: each for each in quote.private.items}
    found: list[QuoteItem] = []
    for place, each in enumerate(entries):
        path = f"line_items[{place}]"
        id = getattr(each, "id", UNSET)
        if not given(id):
            found.append(_new(tx, quote, each, path))
            continue
        if id not in former:
            raise no_such("line item", id, param=f"{path}[id]", status=400)
        found.append(_changed(tx, quote, former.pop(id), each, path))
    quote.private.items = found
    _check_kinds(tx, quote)


def _new(tx: Tx, quote: Quote, params: Any, path: str) -> QuoteItem:
    price = _price(tx, params, path)
    if price is None:
        raise missing_param(f"{path}[price]")
    item = QuoteItem(id=tx.id("li"), upfront_id=tx.id("li"), price=price.id)
    _set(tx, quote, item, price, params, path)
    return item


def _changed(tx: Tx, quote: Quote, item: QuoteItem, params: Any, path: str) -> QuoteItem:
    price = _price(tx, params, path) or tx.get(Price, item.price)
    item.price = price.id
    _set(tx, quote, item, price, params, path)
    return item


def _set(tx: Tx, quote: Quote, item: QuoteItem, price: Price, params: Any, path: str) -> None:
    if price.recurring is not None and price.recurring.usage_type == "metered":
        if given(params.quantity):
            raise InvalidRequest(
                "Quantity should not be specified where usage_type is `metered`. Remove `quantity`"
                f" from `{path}`.",
                param=f"{path}[quantity]",
            )
        item.quantity = None
    else:
        item.quantity = params.quantity if given(params.quantity) else item.quantity
        item.quantity = 1 if item.quantity is None else item.quantity
    if given(params.tax_rates):
        rates = tax_rates(tx, params.tax_rates, f"{path}[tax_rates]")
        item.tax_rates = None if params.tax_rates is None else [each.id for each in rates]
    if given(params.discounts):
        item.discounts = promised(
            tx, quote, params.discounts or (), f"{path}[discounts]", item.discounts
        )


def _price(tx: Tx, params: Any, path: str) -> Price | None:
    """Return the price that an entry names or describes, None where it does neither."""
    check_one_price(params, path)
    if given(params.price_data):
        return inline_price(tx, params.price_data, f"{path}[price_data]")
    if not given(params.price):
        return None
    price = usable_price(tx, params.price, f"{path}[price]")
    check_price(price, f"{path}[price]", recurring=price.recurring is not None)
    return price


def _check_kinds(tx: Tx, quote: Quote) -> None:
    recurring, once = split(tx, quote)
    for kind, items in (("recurring", recurring), ("one-time", once)):
        if len(items) > KIND_MAX and (recurring or kind == "recurring"):
            raise InvalidRequest(
                f"A quote can have at most {KIND_MAX} {kind} line items beside each other.",
                param="line_items",
            )


def split(tx: Tx, quote: Quote) -> tuple[list[QuoteItem], list[QuoteItem]]:
    """Return what a quote bills again and again, and what once."""
    items: list[QuoteItem] = quote.private.items
    prices = tx.load(Price, [each.price for each in items])
    recurring = [each for each in items if prices[each.price].recurring is not None]
    return recurring, [each for each in items if prices[each.price].recurring is None]


def currency_of(tx: Tx, quote: Quote) -> str | None:
    """Return what a quote is in: its customer's currency where all prices have it, else theirs.

    Raises InvalidRequest for prices that have none in common with the first one.
    """
    items: list[QuoteItem] = quote.private.items
    if not items:
        return None
    found = tx.load(Price, [each.price for each in items])
    prices = [found[each.price] for each in items]
    customer = tx.look(Customer, quote.customer)
    usual = customer.currency if customer is not None else None
    if usual is not None and all(supports(each, usual) for each in prices):
        return usual
    return check_currencies(prices, UNSET, "line_items")


def check_promises(tx: Tx, quote: Quote) -> None:
    """Raise InvalidRequest for a discount that has no amount in a quote's currency."""
    places = [("discounts", quote.discounts)]
    places += [
        (f"line_items[{place}][discounts]", each.discounts)
        for place, each in enumerate(quote.private.items)
    ]
    currency = quote.currency
    for path, ids in places:
        for place, id in enumerate(ids):
            terms = tx.get(Discount, id).private
            if terms.percent_off is None and currency is not None and currency not in terms.amounts:
                known = ", ".join(sorted(terms.amounts))
                raise InvalidRequest(
                    f"A coupon has no amount in {currency}: it can be applied to {known} only.",
                    param=f"{path}[{place}][coupon]",
                )


def promised(
    tx: Tx, quote: Quote, entries: Iterable[Any], path: str, known: Sequence[str]
) -> list[str]:
    """Return the ids of the discounts that a quote promises; they are redeemed with acceptance.

    known: those that were promised in this place before. Raises InvalidRequest by the entry's name.
    """
    listed = list(entries)
    if len(listed) > DISCOUNTS_MAX:
        raise InvalidRequest(
            f"You can apply at most {DISCOUNTS_MAX} discounts; you passed {len(listed)}.",
            param=path,
        )
    return [
        _promise(tx, quote, each, f"{path}[{place}]", known) for place, each in enumerate(listed)
    ]


def _promise(tx: Tx, quote: Quote, entry: Any, path: str, known: Sequence[str]) -> str:
    ways = [name for name in WAYS if given(getattr(entry, name)) and getattr(entry, name)]
    if len(ways) != 1:
        if not ways:
            raise missing_param(f"{path}[coupon]")
        names = ", ".join(f"{path}[{name}]" for name in ways)
        raise InvalidRequest(
            f"You may only specify one of these parameters: {names}.", param=f"{path}[{ways[0]}]"
        )
    [way] = ways
    id, param = getattr(entry, way), f"{path}[{way}]"
    if way == "discount":
        discount = tx.find(Discount, id)
        own = discount is not None and quote.customer and discount.customer == quote.customer
        if id not in known and (not own or discount is None or discount.private.ended is not None):
            raise no_such("discount", id, param=param, status=400)
        return str(id)
    promotion = tx.get(PromotionCode, id, param=param) if way == "promotion_code" else None
    coupon = find_coupon(tx, id if promotion is None else promotion.promotion.coupon or "", param)
    return tx.add(_discount(tx, quote, coupon, promotion)).id


def _discount(tx: Tx, quote: Quote, coupon: Coupon, promotion: PromotionCode | None) -> Discount:
    """Return a discount that says what was promised, and lowers nothing by itself."""
    discount = Discount(
        id=tx.new_id(Discount, owner=quote.customer),
        customer=quote.customer,
        promotion_code=None if promotion is None else promotion.id,
        source=DiscountSource(coupon=coupon.id),
        start=tx.now,
    )
    applies_to = coupon.private.applies_to
    discount.private = DiscountPrivate(
        percent_off=coupon.percent_off,
        amounts=coupon.amounts,
        duration=coupon.duration,
        products=applies_to and applies_to.products,
        ended=tx.now,
    )
    return discount


def renewed(tx: Tx, quote: Quote, ids: Iterable[str]) -> list[str]:
    """Return promises made anew for another quote; what the customer has already is kept."""
    found = []
    for id in ids:
        discount = tx.get(Discount, id)
        if discount.private.ended is None:
            found.append(id)
            continue
        promotion = tx.find(PromotionCode, discount.promotion_code)
        coupon = find_coupon(tx, discount.source.coupon or "", "from_quote[quote]")
        found.append(tx.add(_discount(tx, quote, coupon, promotion)).id)
    return found
