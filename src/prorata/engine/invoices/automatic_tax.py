"""Automatic tax: which taxes an invoice's lines bear, asked of the tax engine."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from prorata.engine.invoices.seller import seller
from prorata.engine.tax.assess import Sold, assess_lines, automatic_rate
from prorata.engine.tax.enable import behavior_in, unspecified
from prorata.engine.tax.standing import usual_code
from prorata.engine.tax.whereabouts import UNRECOGNIZED, Whereabouts, whereabouts
from prorata.model.errors import InvalidRequest, TaxesUnknown
from prorata.model.fields import UNSET, Address, UnsetType
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice, LineFacts, subscription_of
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.invoice_shape import InvoiceTaxLiability, TaxAmount
from prorata.resources.billing.subscription import Subscription
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.resources.products.product import Product
from prorata.resources.products.shipping_rate import ShippingRate
from prorata.resources.products.tax_rate import TaxRate, rate_terms
from prorata.resources.tax.settings import SHIPPING_CODE, behavior_of
from prorata.rules import taxes
from prorata.rules.tax_place import Levy

Charge = tuple[taxes.Rate, str]
"""A rate and the reason why it is that."""


@dataclass(frozen=True, slots=True)
class Automatic:
    """What the engine said: the charges of each line by its id, and of the shipping."""

    lines: dict[str, tuple[Charge, ...]] = field(default_factory=dict)
    shipping: tuple[Charge, ...] = ()


class _Unclear(Exception):
    """A line cannot be taxed before its seller says more about it."""


def assess_invoice(tx: Tx, invoice: Invoice) -> Automatic:
    """Return the taxes of an invoice's lines, and note on the invoice how that went.

    Without the customer's location, or an answer, there are none, and the status says so.
    """
    automatic = invoice.automatic_tax
    automatic.liability = automatic.liability or InvoiceTaxLiability()
    automatic.provider = tx.gateway.tax_provider
    invoice.private.tax_problem = None
    customer = tx.look(Customer, invoice.customer)
    place = None if customer is None else _place(tx, invoice, customer)
    if place is None:
        automatic.status = "requires_location_inputs"
        return Automatic()
    automatic.status = "failed"
    try:
        wanted, sold = _sold(tx, invoice)
    except _Unclear as unclear:
        invoice.private.tax_problem = str(unclear)
        return Automatic()
    found = _assessed(tx, invoice, place, sold)
    if found is None:
        return Automatic()
    automatic.status = "complete"
    charges = [
        tuple(_charge(tx, levy, each.inclusive) for levy in levies)
        for each, levies in zip(sold, found, strict=True)
    ]
    of_lines = {line.id: charge for line, charge in zip(wanted, charges, strict=False)}
    of_lines.update(_kept(tx, invoice))
    of_lines.update(_charges_of_credits(tx, invoice))
    return Automatic(of_lines, charges[-1] if len(charges) > len(wanted) else ())


def refuse_unclear(tx: Tx, invoice: Invoice) -> None:
    """Raise InvalidRequest for lines that automatic tax cannot judge, where somebody asks."""
    if tx.request is not None and invoice.private.tax_problem is not None:
        raise InvalidRequest(invoice.private.tax_problem)


def settle_taxes(tx: Tx, invoice: Invoice) -> bool:
    """Return whether automatic tax was turned off, for an invoice that is about to be finalized.

    Raises InvalidRequest where taxes can't be reckoned, and TaxesUnknown where nobody answered. A
    subscription's invoice that finalizes itself for a customer whose location is not known goes out
    without taxes instead, and so do the next ones.
    """
    automatic = invoice.automatic_tax
    if not automatic.enabled or automatic.status == "complete":
        return False
    if automatic.status == "failed" and invoice.private.tax_problem is not None:
        raise InvalidRequest(invoice.private.tax_problem)
    if automatic.status == "failed":
        raise TaxesUnknown()
    subscription = tx.find(Subscription, subscription_of(invoice))
    if tx.request is not None or subscription is None:
        raise InvalidRequest(UNRECOGNIZED, code="customer_tax_location_invalid")
    automatic.enabled = False
    automatic.disabled_reason = "finalization_requires_location_inputs"
    subscription.automatic_tax.enabled = False
    subscription.automatic_tax.disabled_reason = "requires_location_inputs"
    return True


def _assessed(
    tx: Tx, invoice: Invoice, place: Whereabouts, sold: list[Sold]
) -> Sequence[tuple[Levy, ...]] | None:
    if not sold:
        return []
    ids = invoice.customer_tax_ids or []
    return assess_lines(
        tx,
        address=place.address,
        tax_ids=[(each.type, each.value or "") for each in ids],
        exempt=invoice.customer_tax_exempt or "none",
        currency=invoice.currency,
        lines=sold,
    )


def _place(tx: Tx, invoice: Invoice, customer: Customer) -> Whereabouts | None:
    """Return where the goods of an invoice go, or its customer is, as the invoice shows it."""
    shown = invoice.shipping_details or invoice.customer_shipping
    shipping = None if shown is None else _address(shown.address)
    return whereabouts(
        tx, customer, shipping=shipping, billing=invoice.customer_address or Address()
    )


def _address(address: Address | UnsetType) -> Address | None:
    return None if address is UNSET else address


def _sold(tx: Tx, invoice: Invoice) -> tuple[list[InvoiceLineItem], list[Sold]]:
    """Return the lines that are taxed, and what is asked about each and then about the shipping.

    Lines whose taxes were given by amount are left out, and credits that keep their debits' rates.
    """
    if invoice.default_tax_rates:
        raise _Unclear("`default_tax_rates` can't be used together with automatic tax.")
    facts = invoice.private.lines
    lines = [
        each for each in invoice.lines.data
        if facts[each.id].tax_amounts is None and not _keeps_rates(each, facts[each.id])
    ]  # fmt: skip
    prices = tx.load(Price, {id for each in lines if (id := each.price)}, look=True)
    products = tx.load(Product, {id for each in lines if (id := each.product)}, look=True)
    sold = [
        _line(
            tx, invoice, line, facts[line.id], prices.get(line.price or ""),
            products.get(line.product or ""),
        )
        for line in lines
    ]  # fmt: skip
    if invoice.shipping_cost is not None:
        sold.append(_shipping(tx, invoice, invoice.shipping_cost.amount_subtotal))
    return lines, sold


def _line(
    tx: Tx,
    invoice: Invoice,
    line: InvoiceLineItem,
    facts: LineFacts,
    price: Price | None,
    product: Product | None,
) -> Sold:
    if facts.tax_rates:
        raise _Unclear(
            f"The line {line.id} has `tax_rates` of its own, which can't be used together with"
            " automatic tax."
        )
    if facts.gross < 0 and line.subscription_item is None:
        raise _Unclear(
            f"The line {line.id} is negative: amounts that are taken off can't be used together"
            " with automatic tax. Give a discount instead."
        )
    defaults = seller(tx).settings.tax
    named = facts.tax_behavior
    if named in (None, "unspecified") and price is not None:
        named = behavior_in(price, invoice.currency)
    behavior = behavior_of(named, invoice.currency, defaults.tax_behavior)
    if behavior is None:
        what = f"price {price.id}" if price is not None else f"line {line.id}"
        raise _Unclear(unspecified(what))
    code = facts.tax_code or (product.tax_code if product is not None else None)
    return Sold(
        amount=facts.gross,
        code=code or usual_code(tx),
        inclusive=behavior == "inclusive",
    )


def _shipping(tx: Tx, invoice: Invoice, amount: int) -> Sold:
    cost = invoice.shipping_cost
    rate = tx.look(ShippingRate, cost.shipping_rate if cost else None)
    defaults = seller(tx).settings.tax
    behavior = behavior_of(
        rate.tax_behavior if rate else None, invoice.currency, defaults.tax_behavior
    )
    if behavior is None:
        raise _Unclear(unspecified(f"shipping rate {rate.id}" if rate else "shipping cost"))
    code = rate.tax_code if rate else None
    return Sold(amount=amount, code=code or SHIPPING_CODE, inclusive=behavior == "inclusive")


def _charge(tx: Tx, levy: Levy, inclusive: bool) -> Charge:
    rate = automatic_rate(tx, levy, inclusive)
    return taxes.Rate(rate.id, levy.percentage, inclusive), levy.reason


def _keeps_rates(line: InvoiceLineItem, facts: LineFacts) -> bool:
    return line.proration and facts.tax_rates is not None


def _kept(tx: Tx, invoice: Invoice) -> dict[str, tuple[Charge, ...]]:
    """Return the charges of prorations that have rates of their own: those of their debits."""
    facts = invoice.private.lines
    wanted = {
        line.id: facts[line.id].tax_rates or [] for line in invoice.lines.data
        if _keeps_rates(line, facts[line.id])
    }  # fmt: skip
    named = {id for each in wanted.values() for id in each}
    rates = tx.load(TaxRate, named, look=True) if named else {}
    return {
        line: tuple((rate_terms(rates[id]), _reason(rates[id])) for id in each)
        for line, each in wanted.items()
    }


def _reason(rate: TaxRate) -> str:
    return "standard_rated" if rate.private.levy and rate.percentage else "not_available"


def _charges_of_credits(tx: Tx, invoice: Invoice) -> dict[str, tuple[Charge, ...]]:
    """Return the charges of credits whose debits were taxed before: what goes back is that tax."""
    credited = {
        line.id: items for line in invoice.lines.data if line.amount < 0
        and (items := _credited(line)) and items[0] != invoice.id
        and invoice.private.lines[line.id].tax_amounts is None
    }  # fmt: skip
    if not credited:
        return {}
    invoices = tx.load(Invoice, {id for id, _ in credited.values()}, look=True)
    found: dict[str, Sequence[TaxAmount]] = {}
    for id, (debited, line_ids) in credited.items():
        origin = invoices.get(debited)
        if origin is None or not origin.automatic_tax.enabled:
            continue
        for line in origin.lines.data:
            if line.id in line_ids and line.taxes:
                found[id] = line.taxes
    named = {rate for each in found.values() for tax in each if (rate := _rate_of(tax))}
    rates = tx.load(TaxRate, named, look=True) if named else {}
    return {
        id: tuple(
            (rate_terms(rates[rate]), tax.taxability_reason)
            for tax in each if (rate := _rate_of(tax)) in rates
        )
        for id, each in found.items()
    }  # fmt: skip


def _rate_of(tax: TaxAmount) -> str:
    return tax.tax_rate_details.tax_rate if tax.tax_rate_details else ""


def _credited(line: InvoiceLineItem) -> tuple[str, list[str]] | None:
    """Return the invoice and lines that a proration's credit gives back."""
    parent = line.parent
    details = parent and (parent.subscription_item_details or parent.invoice_item_details)
    shown = details.proration_details if details else None
    items = shown.credited_items if shown else None
    return None if items is None else (items.invoice, items.invoice_line_items)
