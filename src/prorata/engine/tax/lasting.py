"""Lasting rates: the rates of automatic taxes that outlive the order that was only supposed."""

from collections.abc import Iterable

import msgspec

from prorata.model.transaction import Tx
from prorata.resources.products.tax_rate import TaxRate, TaxRatePrivate


def lasting_rates(tx: Tx, ids: Iterable[str]) -> list[TaxRate]:
    """Return copies of those rates that automatic taxes have, which outlast what is supposed."""
    rates = tx.load(TaxRate, set(ids), look=True)
    return [_copy(each) for each in rates.values() if each.private.levy is not None]


def _copy(rate: TaxRate) -> TaxRate:
    copied = msgspec.convert(msgspec.to_builtins(rate), TaxRate)
    copied.private = TaxRatePrivate(levy=rate.private.levy)
    return copied


def keep_rates(tx: Tx, rates: Iterable[TaxRate]) -> None:
    """Add the rates that were made for what is undone by now."""
    for rate in rates:
        if tx.look(TaxRate, rate.id) is None:
            tx.add(rate)
