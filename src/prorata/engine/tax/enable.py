"""Enable: what must be known before automatic tax can be turned on."""

from collections.abc import Iterable

from prorata.engine.tax.whereabouts import check_whereabouts
from prorata.model.errors import InvalidRequest
from prorata.model.transaction import Tx
from prorata.resources.core.account import account_settings
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.tax.settings import behavior_of

PARAM = "automatic_tax[enabled]"


def check_ready(tx: Tx, param: str = PARAM) -> None:
    """Raise InvalidRequest unless the account has a head office."""
    if account_settings(tx).tax.head_office is None:
        raise InvalidRequest(
            "You must have a valid head office address to enable automatic tax calculation: set it"
            " at `/v1/tax/settings`.",
            param=param,
        )


def check_can_tax(tx: Tx, customer: Customer, param: str = PARAM) -> None:
    """Raise InvalidRequest unless a customer's sales can be taxed: settings and location.

    What time does is not refused: its invoices say what was missing.
    """
    if tx.request is None:
        return
    check_ready(tx, param)
    check_whereabouts(tx, customer)


def check_prices(tx: Tx, prices: Iterable[Price], currency: str) -> None:
    """Raise InvalidRequest for the first price that does not say whether it includes tax."""
    default = account_settings(tx).tax.tax_behavior
    for price in prices:
        if behavior_of(behavior_in(price, currency), currency, default) is None:
            raise InvalidRequest(unspecified(f"price {price.id}"))


def behavior_in(price: Price, currency: str) -> str | None:
    """Return a price's own tax behavior in a currency."""
    if currency != price.currency:
        option = price.private.currency_options.get(currency)
        if option is not None:
            return option.tax_behavior or price.tax_behavior
    return price.tax_behavior


def unspecified(what: str) -> str:
    """Return the sentence that tells how to mend what does not say whether it includes tax."""
    return (
        f"The {what} does not say whether it includes tax. Set its `tax_behavior` to `exclusive`"
        " or `inclusive`, or a default in the tax settings, to use automatic tax."
    )
