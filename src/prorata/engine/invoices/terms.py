"""Invoice terms: the discounts, credits and tax rates that an invoice's sums depend on."""

from collections.abc import Iterable

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


def load_terms(tx: Tx, invoice: Invoice) -> Terms:
    """Return what an invoice's lines and defaults name, and the credits that may pay for it.

    Loaded in three queries at most; what automatic taxes need comes on top.
    """
    discounts = dict.fromkeys(invoice.discounts)
    rates = {rate.id: rate for rate in invoice.default_tax_rates}
    own_rates: dict[str, None] = {}
    automatic = assess_invoice(tx, invoice) if invoice.automatic_tax.enabled else None
    for line in invoice.lines.data:
        discounts.update(dict.fromkeys(line.discounts))
        own_rates.update(dict.fromkeys(invoice.private.lines[line.id].tax_rates or ()))
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

    Raises InvalidRequest for more than five, and NotFound (400) that names the first unknown one.
    """
    wanted = [] if ids is None or ids is UNSET else list(ids)
    if len(wanted) > RATES_MAX:
        raise InvalidRequest(
            f"You can apply at most {RATES_MAX} tax rates; you passed {len(wanted)}.", param=param
        )
    found = tx.load(TaxRate, wanted)
    for place, id in enumerate(wanted):
        if id not in found:
            tx.get(TaxRate, id, param=f"{param}[{place}]")
    return [found[id] for id in wanted]
