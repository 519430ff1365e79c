"""Price updates: the little that may change once a price exists, and whose lookup key it is."""

from prorata.model.errors import InvalidRequest
from prorata.model.params import assign, given, value_or
from prorata.model.transaction import Tx
from prorata.resources.products.currency_options import change_options, settled
from prorata.resources.products.price import Price
from prorata.resources.products.price_params import PriceUpdateParams
from prorata.resources.products.product import Product


def change_price(tx: Tx, price: Price, params: PriceUpdateParams) -> list[Price]:
    """Change a price's names, tax behavior (once), currencies (more of them) and `active`.

    Returns the prices that lost their lookup key to it. Raises InvalidRequest by the parameter.
    """
    robbed: list[Price] = []
    if given(params.active) and not params.active:
        _check_not_default(tx, price)
    if given(params.tax_behavior):
        price.tax_behavior = settled(price.tax_behavior, params.tax_behavior, "tax_behavior")
    if given(params.currency_options):
        change_options(tx, price, params.currency_options)
    if given(params.lookup_key):
        if params.lookup_key is not None:
            transfer = value_or(params.transfer_lookup_key, False)
            robbed = take_lookup_key(tx, params.lookup_key, price.id, transfer)
        price.lookup_key = params.lookup_key
    assign(price, params, "active", "metadata", "nickname")
    return robbed


def _check_not_default(tx: Tx, price: Price) -> None:
    product = tx.find(Product, price.product)
    if price.active and product is not None and product.default_price == price.id:
        raise InvalidRequest(
            "This price cannot be archived because it is the default price of its product."
        )


def take_lookup_key(tx: Tx, key: str, price: str | None, transfer: bool) -> list[Price]:
    """Free a lookup key for a price and return who had it.

    The former holder's price.updated comes before the events of the price that takes the key.
    Raises InvalidRequest when another price has the key, unless it is to be transferred.
    """
    robbed = []
    for holder in tx.select(Price, lookup_key=key):
        if holder.id == price:
            continue
        if not transfer:
            raise InvalidRequest(
                f"A price (`{holder.id}`) already uses that lookup key.", param="lookup_key"
            )
        holder.lookup_key = None
        tx.emit("price.updated", holder, {"lookup_key": key})
        robbed.append(holder)
    return robbed
