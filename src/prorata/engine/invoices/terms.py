"""Invoice terms: the discounts, credits and tax rates that an invoice's sums depend on."""

from collections.abc import Iterable
from typing import Any

from prorata.engine.credits.usable import usable_grants
from prorata.engine.invoices.automatic_tax import assess_invoice
from prorata.engine.invoices.seller import seller
from prorata.engine.invoices.sums import Terms
from prorata.model.errors import InvalidRequest
from prorata.model.fields import UNSET, UnsetType
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.products.discount import Discount, discount_terms
from prorata.resources.products.tax_rate import TaxRate, rate_terms
from prorata.rules.currency import smallest_step

RATES_MAX = 5
AGREED = "agreed_tax_rates"


def load_terms(tx: Tx, invoice: Invoice) -> Terms:
    """Return what an invoice's lines and defaults name, and the credits that may pay for it.

    Loaded in three queries at most; what automatic taxes need comes on top.
    """
    discounts = dict.fromkeys(invoice.discounts)
    rates = {rate.id: rate for rate in invoice.default_tax_rates}
    own_rates: dict[str, None] = {}
    automatic = assess_invoice(tx, invoice) if invoice.automatic_tax.enabled else None
    facts = invoice.private.lines
    for line in invoice.lines.data:
        for id in line.discounts:
            discounts[id] = None
        for id in facts[line.id].tax_rates or ():
            own_rates[id] = None
    missing = [id for id in own_rates if id not in rates]
    if missing:
        rates.update(tx.load(TaxRate, missing))
    found = tx.load(Discount, discounts) if discounts else {}
    terms = {id: discount_terms(each, invoice.currency) for id, each in found.items()}
    return Terms(
        discounts={id: each for id, each in terms.items() if each is not None},
        rates={id: rate_terms(rate) for id, rate in rates.items()},
        credits=usable_grants(tx, invoice),
        rounding="invoice" if automatic else seller(tx).settings.tax_rounding,
        automatic=automatic,
        step=smallest_step(invoice.currency),
    )


def tax_rates(tx: Tx, ids: Iterable[str] | UnsetType | None, param: str) -> list[TaxRate]:
    """Return tax rates by id, none when none were sent.

    Raises InvalidRequest for more than five, for one that is named twice or that is archived and
    not agreed on, and NotFound (400) that names the first unknown one.
    """
    wanted = [] if ids is None or ids is UNSET else list(ids)
    if len(wanted) > RATES_MAX:
        raise InvalidRequest(
            f"You can apply at most {RATES_MAX} tax rates; you passed {len(wanted)}.", param=param
        )
    found = tx.load(TaxRate, wanted)
    for place, id in enumerate(wanted):
        path = f"{param}[{place}]"
        rate = found.get(id) or tx.get(TaxRate, id, param=path)
        if id in wanted[:place]:
            raise InvalidRequest(
                f"The tax rate {id} is named twice: name it once.", param=path
            )
        if not rate.active and tx.request is not None and id not in tx.results.get(AGREED, ()):
            raise InvalidRequest(
                f"The tax rate {id} is archived (`active` is false): it stays where it is in use,"
                " and can't be applied anew.",
                param=path,
            )
    return [found[id] for id in wanted]


def agree_on_rates(tx: Tx, *holders: Any, ids: Iterable[str] = ()) -> None:
    """Let the rates that somebody has be applied on: they may have been archived since."""
    known = {
        each if isinstance(each, str) else each.id
        for holder in holders
        for name in ("default_tax_rates", "tax_rates")
        for each in getattr(holder, name, None) or ()
    }
    # No set that grows: what was known is brought back when what was supposed is undone.
    tx.results[AGREED] = frozenset(known.union(ids, tx.results.get(AGREED, ())))
