"""Price updates: the little that may change once a price exists, and whose lookup key it is."""

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import assign, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.plan import announce_plan, plan_of
from prorata.resources.products.price import Price, TaxBehavior, find_price
from prorata.resources.products.price_params import (
    CurrencyOptionParams,
    PriceUpdateParams,
    currency_options_of,
)
from prorata.resources.products.product import Product


@operation("POST /v1/prices/{id}")
def update(tx: Tx, params: PriceUpdateParams, id: str) -> Price:
    """Change a price's names, tax behavior (once), currencies (more of them) and `active`."""
    price = find_price(tx, id)
    before = plan_of(price) if price.recurring is not None else None
    if given(params.active) and not params.active:
        _check_not_default(tx, price)
    if given(params.tax_behavior):
        _set_tax_behavior(price, params.tax_behavior)
    if given(params.currency_options):
        _set_currencies(price, params.currency_options)
    if given(params.lookup_key):
        if params.lookup_key is not None:
            take_lookup_key(
                tx, params.lookup_key, price.id, value_or(params.transfer_lookup_key, False)
            )
        price.lookup_key = params.lookup_key
    assign(price, params, "active", "metadata", "nickname")
    announce_plan(tx, "updated", price, before)
    return price


def _check_not_default(tx: Tx, price: Price) -> None:
    product = tx.find(Product, price.product)
    if price.active and product is not None and product.default_price == price.id:
        raise InvalidRequest(
            "This price cannot be archived because it is the default price of its product."
        )


def _set_tax_behavior(price: Price, behavior: TaxBehavior) -> None:
    if price.tax_behavior not in ("unspecified", behavior):
        raise InvalidRequest(
            f"The price's tax_behavior is {price.tax_behavior}; once it is set it cannot be"
            " changed.",
            param="tax_behavior",
        )
    price.tax_behavior = behavior


def _set_currencies(price: Price, options: dict[str, CurrencyOptionParams] | None) -> None:
    known = price.private.currency_options
    if options is None:
        known.clear()
        return
    added = currency_options_of(
        options, price.currency, tiered=price.billing_scheme == "tiered"
    )
    for code, option in added.items():
        former = known.get(code)
        if former is not None:
            if former.tax_behavior not in ("unspecified", option.tax_behavior):
                option.tax_behavior = former.tax_behavior
            amounts = (former.unit_amount_decimal, former.custom_unit_amount, former.tiers)
            if amounts != (option.unit_amount_decimal, option.custom_unit_amount, option.tiers):
                raise InvalidRequest(
                    f"The price already has an amount in {code}, which cannot be changed: create"
                    " another price.",
                    param=f"currency_options[{code}]",
                )
        known[code] = option


def take_lookup_key(tx: Tx, key: str, price: str | None, transfer: bool) -> None:
    """Free a lookup key for a price: raise InvalidRequest when another has it, unless transferred.

    The former holder's price.updated comes before the events of the price that takes the key.
    """
    for holder in tx.select(Price, lookup_key=key):
        if holder.id == price:
            continue
        if not transfer:
            raise InvalidRequest(
                f"A price (`{holder.id}`) already uses that lookup key.", param="lookup_key"
            )
        holder.lookup_key = None
        tx.emit("price.updated", holder, {"lookup_key": key})
