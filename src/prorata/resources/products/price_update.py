"""Price updates: the little that may change once a price exists, and whose lookup key it is."""

from prorata.model.errors import InvalidRequest
from prorata.model.operation import operation
from prorata.model.params import assign, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.plan import announce_plan, plan_of
from prorata.resources.products.currency_options import change_options, settled
from prorata.resources.products.price import Price, find_price
from prorata.resources.products.price_params import PriceUpdateParams
from prorata.resources.products.product import Product


@operation("POST /v1/prices/{id}")
def update(tx: Tx, params: PriceUpdateParams, id: str) -> Price:
    """Change a price's names, tax behavior (once), currencies (more of them) and `active`."""
    price = find_price(tx, id)
    before = plan_of(price) if price.recurring is not None else None
    if given(params.active) and not params.active:
        _check_not_default(tx, price)
    if given(params.tax_behavior):
        price.tax_behavior = settled(price.tax_behavior, params.tax_behavior, "tax_behavior")
    if given(params.currency_options):
        change_options(tx, price, params.currency_options)
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
