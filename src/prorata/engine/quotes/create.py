"""Quote create: quotes are made, changed as drafts, and made anew from other ones."""

from typing import Any

import msgspec
from msgspec import UNSET

from prorata.engine.invoices.terms import agree_on_rates, tax_rates
from prorata.engine.quotes.figures import refresh
from prorata.engine.quotes.items import promised, renewed, set_items
from prorata.engine.quotes.terms import set_terms
from prorata.engine.subscriptions.migrate import billing_mode_of
from prorata.model.errors import InvalidRequest, no_such
from prorata.model.operation import operation
from prorata.model.params import fields_given, given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.quote import Quote, QuoteItem, QuotePrivate
from prorata.resources.billing.quote_params import QuoteCreateParams, QuoteUpdateParams
from prorata.resources.billing.quote_shape import (
    QuoteAutomaticTax,
    QuoteBillingMode,
    QuoteBillingModeFlexible,
    QuoteComputed,
    QuoteFromQuote,
    QuoteInvoiceSettings,
    QuoteParty,
    QuoteStatusTransitions,
    QuoteSubscriptionData,
    QuoteTotalDetails,
    QuoteUpfront,
)
from prorata.resources.billing.test_clock import TestClock
from prorata.resources.core.customer import Customer
from prorata.resources.products.moments import check_future
from prorata.rules.windows import DAY

LIFETIME_SECONDS = 30 * DAY
WHILE_OPEN = frozenset({"expires_at", "metadata"})
COPIED = (
    "collection_method", "currency", "customer", "default_tax_rates", "description", "footer",
    "header", "metadata", "on_behalf_of", "test_clock",
)  # fmt: skip


@operation("POST /v1/quotes")
def create(tx: Tx, params: QuoteCreateParams) -> Quote:
    """Create a draft quote, empty or of line items, or anew from another one.

    Raises InvalidRequest, by the parameter's name, for what could not be billed as it is quoted.
    """
    if given(params.from_quote):
        return _anew(tx, params)
    refuse_unsupported(params, "customer_account")
    customer = _customer(tx, params.customer) if given(params.customer) else None
    clock = _clock(tx, params, customer)
    quote = _blank(tx, customer, clock)
    if given(params.subscription_data) and given(params.subscription_data.billing_mode):
        quote.subscription_data.billing_mode = _mode(params.subscription_data.billing_mode)
    tx.add(quote)
    _write(tx, quote, params)
    return quote


@operation("POST /v1/quotes/{id}")
def update(tx: Tx, quote: Quote, params: QuoteUpdateParams) -> Quote:
    """Change a draft; of an open quote only when it expires, and its metadata."""
    refuse_unsupported(params, "customer_account")
    if quote.status != "draft":
        _check_fixed(quote, params)
    if given(params.customer) and params.customer != quote.customer:
        _give_customer(tx, quote, params.customer)
    if quote.status == "draft":
        _write(tx, quote, params)
    else:
        set_terms(tx, quote, params)
    return quote


def _write(tx: Tx, quote: Quote, params: Any) -> None:
    """Put the sent parameters on a draft, and work out what it comes to."""
    agree_on_rates(tx, quote, *quote.private.items)
    set_terms(tx, quote, params)
    if given(params.default_tax_rates):
        rates = tax_rates(tx, params.default_tax_rates, "default_tax_rates")
        quote.default_tax_rates = [each.id for each in rates]
    if given(params.line_items):
        set_items(tx, quote, params.line_items)
    if given(params.discounts):
        quote.discounts = promised(tx, quote, params.discounts or (), "discounts", quote.discounts)
    refresh(tx, quote)


def _check_fixed(quote: Quote, params: QuoteUpdateParams) -> None:
    """Raise InvalidRequest for what can't be changed any more."""
    allowed = WHILE_OPEN if quote.status == "open" else {"metadata"}
    for name in fields_given(params):
        if name not in allowed:
            raise InvalidRequest(
                f"You can't update `{name}` on a quote that is `{quote.status}`: only a quote that"
                " is `draft` can be changed. Create a revision of it with `from_quote`.",
                param=name,
            )


def _give_customer(tx: Tx, quote: Quote, id: str) -> None:
    if quote.customer is not None:
        raise InvalidRequest(
            f"The customer of a quote can't be changed: this one is for {quote.customer}.",
            param="customer",
        )
    customer = _customer(tx, id)
    if customer.test_clock != quote.test_clock:
        raise _other_clock(customer, quote.test_clock)
    quote.customer = customer.id


def _customer(tx: Tx, id: str) -> Customer:
    customer = tx.find(Customer, id)
    if customer is None:
        raise no_such("customer", id, param="customer", status=400)
    tx.follow(customer)
    # Whoever is deleted is so before or after this.
    tx.rely_on(customer)
    return customer


def _clock(tx: Tx, params: QuoteCreateParams, customer: Customer | None) -> str | None:
    """Return the test clock that a quote hangs on: its customer's, or the one that is named."""
    known = customer.test_clock if customer is not None else None
    if not given(params.test_clock):
        return known
    clock = tx.get(TestClock, params.test_clock, param="test_clock")
    if customer is not None and known != clock.id:
        raise _other_clock(customer, clock.id)
    tx.follow(clock)
    return clock.id


def _other_clock(customer: Customer, clock: str | None) -> InvalidRequest:
    own = customer.test_clock or "no test clock"
    return InvalidRequest(
        f"The customer {customer.id} is on {own}, and the quote on {clock or 'no test clock'}: both"
        " must be on the same one.",
        param="customer",
    )


def _mode(params: Any) -> QuoteBillingMode:
    mode = billing_mode_of(params, "subscription_data[billing_mode]")
    shown = QuoteBillingMode(type=mode.type)
    if mode.flexible is not None:
        shown.flexible = QuoteBillingModeFlexible(
            proration_discounts=mode.flexible.proration_discounts
        )
    return shown


def _blank(tx: Tx, customer: Customer | None, clock: str | None) -> Quote:
    return Quote(
        id=tx.new_id(Quote, owner=None if customer is None else customer.id),
        automatic_tax=QuoteAutomaticTax(),
        computed=QuoteComputed(upfront=QuoteUpfront(total_details=QuoteTotalDetails())),
        created=tx.now,
        customer=None if customer is None else customer.id,
        expires_at=tx.now + LIFETIME_SECONDS,
        invoice_settings=QuoteInvoiceSettings(issuer=QuoteParty()),
        livemode=tx.book.livemode,
        status_transitions=QuoteStatusTransitions(),
        subscription_data=QuoteSubscriptionData(billing_mode=_mode(UNSET), metadata={}),
        test_clock=clock,
        total_details=QuoteTotalDetails(),
    )


def _anew(tx: Tx, params: QuoteCreateParams) -> Quote:
    """Create a draft that offers what another quote does; a revision takes its place one day."""
    for name in fields_given(params):
        if name not in ("from_quote", "expires_at"):
            raise InvalidRequest(
                f"You cannot set `{name}` if `from_quote` is set: change the new quote afterwards.",
                param=name,
            )
    assert given(params.from_quote), "asked for by name"
    source = tx.get(Quote, params.from_quote.quote, param="from_quote[quote]")
    tx.follow(source)
    tx.rely_on(source)
    revises = value_or(params.from_quote.is_revision, False)
    if revises and source.status != "open":
        raise InvalidRequest(
            f"Only a quote that is `open` can be revised; {source.id} is `{source.status}`. Leave"
            " out `from_quote[is_revision]` to duplicate it.",
            param="from_quote[is_revision]",
        )
    if given(params.expires_at):
        check_future(tx, params.expires_at, "expires_at")
    quote = _copy(tx, source)
    quote.from_quote = QuoteFromQuote(is_revision=revises, quote=source.id)
    quote.expires_at = value_or(params.expires_at, quote.expires_at)
    tx.add(quote)
    quote.discounts = renewed(tx, quote, source.discounts)
    for item in quote.private.items:
        item.discounts = renewed(tx, quote, item.discounts)
    refresh(tx, quote)
    return quote


def _copy(tx: Tx, source: Quote) -> Quote:
    """Return a draft with the terms and the items of another quote."""
    customer = tx.find(Customer, source.customer)
    if customer is None and source.customer is not None:
        raise no_such("customer", source.customer, param="from_quote[quote]", status=400)
    quote = _blank(tx, customer, source.test_clock)
    for name in COPIED:
        value = getattr(source, name)
        setattr(quote, name, value.copy() if isinstance(value, list | dict) else value)
    for name in ("automatic_tax", "invoice_settings", "subscription_data"):
        value = getattr(source, name)
        setattr(quote, name, msgspec.convert(msgspec.to_builtins(value), type(value)))
    starts = quote.subscription_data.effective_date
    if starts is not None and starts <= tx.now:
        quote.subscription_data.effective_date = None
    quote.private = QuotePrivate(items=[
        QuoteItem(
            id=tx.id("li"), upfront_id=tx.id("li"), price=each.price, quantity=each.quantity,
            tax_rates=each.tax_rates, discounts=list(each.discounts),
        )
        for each in source.private.items
    ])  # fmt: skip
    return quote
