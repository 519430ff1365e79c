"""Upcoming invoices: older versions ask what a customer is billed next, whatever it is for."""

from urllib.parse import urlencode

from prorata.engine.subscriptions.preview import create_preview, of_items, previewed
from prorata.model.errors import InvalidRequest, NotFound
from prorata.model.fields import UNSET, UnsetType
from prorata.model.operation import Inline, operation
from prorata.model.params import given, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.invoice_item import InvoiceItem, subscription_of
from prorata.resources.billing.invoice_line_item import InvoiceLineItem
from prorata.resources.billing.preview_params import PreviewParams
from prorata.resources.billing.subscription import LIVE, Subscription
from prorata.resources.core.customer import Customer

BASIL = "2025-03-31.basil"
LINES = "/v1/invoices/upcoming/lines"
# What says by itself of which invoice the preview is.
NAMED = ("subscription", "schedule", "schedule_details")
# What the page of lines has to be told again.
OF_LINES = ("customer", "subscription", "schedule")


@operation("GET /v1/invoices/upcoming", until=BASIL)
def retrieve_upcoming(tx: Tx, params: PreviewParams) -> Invoice:
    """Return the invoice that a customer is billed next, as it would be after changes.

    It is that of the subscription or schedule that is named; else of the customer's subscription
    that bills first; else of what is pending. Raises NotFound (`invoice_upcoming_none`) when
    nothing will be billed.
    """
    asked = {name: value for name in OF_LINES if (value := getattr(params, name))}
    invoice = _upcoming(tx, params)
    invoice.lines.url = f"{LINES}?{urlencode(asked)}" if asked else LINES
    return invoice


@operation("GET /v1/invoices/upcoming/lines", until=BASIL)
def list_upcoming_lines(tx: Tx, params: PreviewParams) -> Inline[InvoiceLineItem]:
    """List the lines of the invoice that the same parameters show."""
    return Inline(_upcoming(tx, params).lines.data, url=LINES)


def _upcoming(tx: Tx, params: PreviewParams) -> Invoice:
    details = params.subscription_details
    described = given(details) and given(details.items)
    if described or any(given(getattr(params, name)) for name in NAMED):
        return create_preview(tx, params)
    if not given(params.customer):
        raise InvalidRequest(
            "You must pass one of `customer`, `subscription`, `subscription_details[items]` or"
            " `schedule` to see an upcoming invoice.",
            code="parameter_missing",
        )
    customer = tx.get(Customer, params.customer, param="customer")
    for subscription in _soonest(tx, customer, params):
        params.subscription = subscription.id
        try:
            return create_preview(tx, params)
        except NotFound as none:
            if none.code != "invoice_upcoming_none":
                raise
    params.subscription = UNSET
    if not given(params.currency):
        params.currency = _pending_currency(tx, customer)
    return previewed(tx, params, of_items)


def _soonest(tx: Tx, customer: Customer, params: PreviewParams) -> list[Subscription]:
    """Return the subscriptions that may be billed next, in the order of their renewals."""
    found = tx.select(Subscription, customer=customer.id, status=LIVE)
    currency = value_or(params.currency, "").lower()
    wanted = [each for each in found if currency in ("", each.currency)]
    return sorted(wanted, key=_renews_at)


def _renews_at(subscription: Subscription) -> int:
    assert subscription.period_end is not None, "a live subscription has items"
    ends = (subscription.period_end, subscription.cancel_at)
    return min(each for each in ends if each is not None)


def _pending_currency(tx: Tx, customer: Customer) -> str | UnsetType:
    """Return the currency of what waits for a customer whom no subscription bills."""
    found = tx.select(InvoiceItem, pending_for=customer.id)
    alone = [each.currency for each in found if subscription_of(each) is None]
    return alone[0] if alone else UNSET
