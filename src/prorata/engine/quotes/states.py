"""Quote states: a draft is finalized, an open quote accepted; either is canceled, or expires."""

from prorata.engine.due import handles
from prorata.engine.quotes.figures import refresh
from prorata.engine.quotes.items import split
from prorata.engine.quotes.one_off import draft_invoice
from prorata.engine.quotes.order import named_here, schedule_params, subscription_params
from prorata.engine.schedules.schedule import create as create_schedule
from prorata.engine.subscriptions.subscribe import open_subscription
from prorata.engine.tax.whereabouts import check_whereabouts
from prorata.model.errors import InvalidRequest, TaxesUnknown
from prorata.model.operation import operation
from prorata.model.params import given
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import OPEN, Quote, QuotePrivate
from prorata.resources.billing.quote_params import QuoteEmptyParams, QuoteFinalizeParams
from prorata.resources.billing.quote_shape import QuoteStatus
from prorata.resources.core.customer import Customer, take_quote_sequence
from prorata.resources.products.moments import check_future


@operation("POST /v1/quotes/{id}/finalize")
def finalize(tx: Tx, quote: Quote, params: QuoteFinalizeParams) -> Quote:
    """Give a draft its number and open it; a quote that it revises is canceled.

    Raises InvalidRequest for one that has no customer, or offers nothing.
    """
    _check_status(quote, ("draft",), "finalized")
    if quote.customer is None:
        raise InvalidRequest(
            "A quote needs a customer to be finalized: set `customer`.",
            code="parameter_missing",
            param="customer",
        )
    if not quote.private.items:
        raise InvalidRequest(
            "A quote needs at least one line item to be finalized: set `line_items`.",
            code="parameter_missing",
            param="line_items",
        )
    customer = _customer(tx, quote)
    if given(params.expires_at):
        check_future(tx, params.expires_at, "expires_at")
        quote.expires_at = params.expires_at
    _check_unexpired(tx, quote, "finalized")
    _check_subscription_data(tx, quote)
    refresh(tx, quote)
    _check_taxes(tx, quote, customer)
    _number(tx, quote, customer)
    quote.status = "open"
    quote.status_transitions.finalized_at = tx.now
    tx.emit("quote.finalized", quote)
    return quote


@operation("POST /v1/quotes/{id}/accept")
def accept(tx: Tx, quote: Quote, params: QuoteEmptyParams) -> Quote:
    """Make what was quoted: a draft invoice, a subscription with its draft, or its schedule."""
    _check_status(quote, ("open",), "accepted")
    _check_unexpired(tx, quote, "accepted")
    customer = _customer(tx, quote)
    refresh(tx, quote)
    _check_taxes(tx, quote, customer)
    try:
        _make(tx, quote, customer)
    except InvalidRequest as error:
        raise named_here(tx, quote, error) from None
    quote.status = "accepted"
    quote.status_transitions.accepted_at = tx.now
    tx.emit_last("quote.accepted", quote)
    return quote


def _make(tx: Tx, quote: Quote, customer: Customer) -> None:
    recurring, once = split(tx, quote)
    starts = quote.subscription_data.effective_date
    if not recurring:
        quote.invoice = draft_invoice(tx, quote, customer)[0].id
    elif starts is not None and starts > tx.now:
        quote.subscription_schedule = create_schedule(tx, schedule_params(tx, quote, starts)).id
    else:
        params = subscription_params(tx, quote, customer, recurring=recurring, once=once)
        quote.subscription = open_subscription(tx, params, drafts=True).id


@operation("POST /v1/quotes/{id}/cancel")
def cancel(tx: Tx, quote: Quote, params: QuoteEmptyParams) -> Quote:
    """Cancel a quote that nobody has accepted."""
    _check_status(quote, OPEN, "canceled")
    _end(tx, quote)
    return quote


@handles("quote")
def expire(tx: Tx, quote: Quote) -> None:
    """Cancel a quote whose time is over."""
    _end(tx, quote)


def _end(tx: Tx, quote: Quote) -> None:
    quote.status = "canceled"
    quote.status_transitions.canceled_at = tx.now
    tx.emit("quote.canceled", quote)


def _check_status(quote: Quote, allowed: tuple[QuoteStatus, ...], done: str) -> None:
    if quote.status not in allowed:
        named = " or ".join(f"`{each}`" for each in allowed)
        raise InvalidRequest(
            f"This quote can't be {done}: its status is `{quote.status}`, and only a quote that is"
            f" {named} can be {done}."
        )


def _check_unexpired(tx: Tx, quote: Quote, done: str) -> None:
    """Raise InvalidRequest for a quote whose time is over, though nobody has noticed yet."""
    if quote.expires_at <= tx.now:
        raise InvalidRequest(f"This quote can't be {done}: it has expired at {quote.expires_at}.")


def _customer(tx: Tx, quote: Quote) -> Customer:
    customer = tx.find(Customer, quote.customer)
    if customer is None:
        raise InvalidRequest(
            f"The customer {quote.customer} of this quote has been deleted: cancel the quote."
        )
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    return customer


def _check_subscription_data(tx: Tx, quote: Quote) -> None:
    """Raise InvalidRequest for terms of a subscription where nothing is billed again."""
    if split(tx, quote)[0]:
        return
    data = quote.subscription_data
    for name in ("effective_date", "trial_period_days"):
        if getattr(data, name) is not None:
            param = f"subscription_data[{name}]"
            raise InvalidRequest(
                f"`{param}` needs at least one line item with a recurring price.", param=param
            )


def _check_taxes(tx: Tx, quote: Quote, customer: Customer) -> None:
    """Raise InvalidRequest where automatic taxes could not be worked out."""
    if quote.automatic_tax.status == "requires_location_inputs":
        check_whereabouts(tx, customer)
    if quote.automatic_tax.status == "failed":
        raise TaxesUnknown()


def _number(tx: Tx, quote: Quote, customer: Customer) -> None:
    """Give a quote its number: the next of its customer, or that of the one it revises."""
    private: QuotePrivate = quote.private
    origin = quote.from_quote
    source = tx.find(Quote, origin.quote) if origin is not None and origin.is_revision else None
    if source is None or source.private.sequence is None:
        private.sequence = take_quote_sequence(customer)
    else:
        private.sequence = source.private.sequence
        # Others may have revised the same quote: only one of them all can be accepted.
        former = [
            each for each in tx.select(Quote, customer=customer.id)
            if each.private.sequence == private.sequence and each.number is not None
        ]  # fmt: skip
        private.revision = 1 + max(each.private.revision for each in former)
        for each in former:
            _supersede(tx, each)
    quote.number = f"QT-{customer.invoice_prefix}-{private.sequence:04d}-{private.revision}"


def _supersede(tx: Tx, quote: Quote) -> None:
    """Cancel a quote that is revised, if it is open; raise InvalidRequest if it was accepted."""
    if quote.status == "accepted":
        raise InvalidRequest(
            f"The quote {quote.id}, which this one revises, has been accepted meanwhile."
        )
    # Whoever accepts it does so before or after this.
    tx.rely_on(quote)
    if quote.status == "open":
        _end(tx, quote)
