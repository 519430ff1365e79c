"""Preview: the invoice that a change, or the next renewal, would make.

The very functions that charge run here, on documents that are brought back as they were: so a
preview cannot differ from what is billed.
"""

from collections.abc import Callable
from typing import NoReturn

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.due import at_moment
from prorata.engine.invoices.compose import Collection, Origin, compose
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.invoices.pending_items import pending_drafts
from prorata.engine.subscriptions.arrears import unbilled_usage
from prorata.engine.subscriptions.attend import upcoming, upcoming_renewal
from prorata.engine.subscriptions.cancel import bill_rest
from prorata.engine.subscriptions.change import Change, revise
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.late_usage import late_lines
from prorata.engine.subscriptions.migrate import billing_mode_of
from prorata.engine.subscriptions.pause import plan_pause, plan_resumption
from prorata.engine.subscriptions.preview_checks import (
    check_preview,
    suppose_tax_ids,
    suppose_taxed,
)
from prorata.engine.subscriptions.preview_items import add_preview_items, preview_currency
from prorata.engine.subscriptions.renew import Renewal
from prorata.engine.subscriptions.schedule_hooks import (
    NEXT_OF_SCHEDULE,
    changed_directly,
    refuse_direct_end,
)
from prorata.engine.subscriptions.subscribe import draft_subscription
from prorata.model.errors import InvalidRequest, NotFound, NotSupported, no_such
from prorata.model.fields import UNSET
from prorata.model.operation import operation
from prorata.model.params import fields_given, given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import Invoice
from prorata.resources.billing.preview_params import PreviewParams, PreviewSubscriptionParams
from prorata.resources.billing.subscription import ENDED, LIVE, Subscription
from prorata.resources.billing.subscription_verbs import (
    AnchorChangeParams,
    SubscriptionCreateParams,
    SubscriptionUpdateParams,
)
from prorata.resources.core.customer import Customer

Preview = Callable[[Tx, PreviewParams], Invoice]
SCHEDULE_PREVIEWS: list[Preview] = []
OF_CHANGE = (
    "cancel_at", "cancel_at_period_end", "default_tax_rates", "items", "metadata",
    "proration_behavior", "proration_date", "trial_end",
)  # fmt: skip
NEEDED = (
    "You must pass one of `subscription`, `subscription_details[items]`, `schedule`,"
    " `schedule_details[phases]` or `invoice_items` to preview an invoice."
)


class _Seen(Exception):
    """Leaves a step with the invoice that was to be seen, so that the step is undone."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__()
        self.invoice = invoice


def previews_schedules(preview: Preview) -> Preview:
    """Register what previews a subscription schedule: `preview(tx, params) -> Invoice`."""
    SCHEDULE_PREVIEWS.append(preview)
    return preview


@operation("POST /v1/invoices/create_preview")
def create_preview(tx: Tx, params: PreviewParams) -> Invoice:
    """Return the next invoice of a subscription or customer, as it would be after changes.

    Nothing of it is kept. Raises NotFound (`invoice_upcoming_none`) when nothing will be billed.
    """
    return previewed(tx, params, _preview)


def previewed(tx: Tx, params: PreviewParams, preview: Preview) -> Invoice:
    """Return what a function makes of a preview's parameters, and take back all it did."""
    refuse_unsupported(params, "customer_account")
    if given(params.subscription_details) and params.subscription_details.billing_schedules:
        raise NotSupported(
            "Billing periods ahead of their time (`billing_schedules`) is not supported.",
            param="subscription_details[billing_schedules]",
        )
    try:
        with tx.step(tx.now, tx.clock):
            check_preview(tx, params)
            raise _Seen(suppose_taxed(tx, preview(tx, params), params))
    except _Seen as seen:
        seen.invoice.lines.show_whole()
        return seen.invoice
    except InvalidRequest as error:
        raise _named_here(error, params) from None


def _named_here(error: InvalidRequest, params: PreviewParams) -> InvalidRequest:
    """Return an error with the name that its parameter has in a preview."""
    if error.param is not None and error.param.startswith("invoice_items["):
        error.param = error.param.replace("[pricing][price]", "[price]")
    name, bracket, rest = (error.param or "").partition("[")
    for group in ("subscription_details", "schedule_details"):
        details = getattr(params, group)
        if given(details) and hasattr(details, name) and not hasattr(params, name):
            named = f"{group}[{name}]{bracket}{rest}"
            if bracket:
                error.message = error.message.replace(error.param or "", named)
            error.param = named
            break
    return error


def _preview(tx: Tx, params: PreviewParams) -> Invoice:
    details = params.subscription_details
    if given(params.schedule) or given(params.schedule_details):
        for preview in SCHEDULE_PREVIEWS:
            return preview(tx, params)
        raise NotSupported("Previews of subscription schedules are not supported.",
                           param="schedule" if given(params.schedule) else "schedule_details")
    if given(params.subscription):
        return _of_subscription(tx, params)
    if given(details) and given(details.items):
        return _of_new_subscription(tx, params, details)
    if given(params.invoice_items) and params.invoice_items:
        return of_items(tx, params)
    raise InvalidRequest(NEEDED, code="parameter_missing")


def _of_subscription(tx: Tx, params: PreviewParams) -> Invoice:
    subscription = tx.get(Subscription, value_or(params.subscription, ""), param="subscription")
    if given(params.currency) and params.currency.lower() != subscription.currency:
        raise InvalidRequest(
            f"The subscription {subscription.id} is billed in `{subscription.currency}`; it can't"
            f" be previewed in `{params.currency.lower()}`.",
            param="currency",
        )
    if given(params.customer) and params.customer != subscription.customer:
        tx.get(Customer, params.customer, param="customer")
        raise InvalidRequest(
            f"The subscription {subscription.id} does not belong to customer {params.customer}.",
            param="subscription",
        )
    customer = tx.get(Customer, subscription.customer)
    if subscription.status in ENDED:
        nothing(customer)
    describe_customer(tx, customer, params)
    add_preview_items(tx, customer, subscription, params)
    had = list(subscription.discounts)
    recurring = params.preview_mode == "recurring"
    invoice = _after_change(tx, subscription, customer, params)
    # A change that took them gives them to its invoice.
    took = params.discounts and subscription.discounts != had
    if invoice is None or recurring:
        if subscription.status not in LIVE:
            nothing(customer)
        invoice = next_invoice(tx, subscription, recurring)
    return invoice if took else dressed(tx, invoice, params)


def _after_change(
    tx: Tx, subscription: Subscription, customer: Customer, params: PreviewParams
) -> Invoice | None:
    """Make the change that is asked about; return the invoice that it cuts, None for none."""
    details = params.subscription_details
    if not given(details):
        return None
    refuse_direct_end(subscription, details)
    _take_mode(tx, subscription, details)
    if details.cancel_now is True:
        prorates = value_or(details.proration_behavior, "create_prorations") != "none"
        lines = bill_rest(tx, subscription, prorate_unused=prorates, keep=False)
        return shown(tx, subscription, customer, lines, (subscription.period_start, tx.now))
    if given(details.pause):
        lines = plan_pause(tx, subscription, details.pause)
        return shown(tx, subscription, customer, lines, (subscription.period_start, tx.now))
    if given(details.resume_at):
        lines = plan_resumption(tx, subscription)
        return shown(tx, subscription, customer, lines, (subscription.period_start, tx.now))
    update = _as_update(details)
    # Those of the change: its prorations have them too.
    update.discounts = params.discounts
    change = revise(tx, subscription, update)
    # A phase to come may take back what is changed now.
    changed_directly(tx, subscription, update)
    return invoice_of(tx, subscription, change)


def invoice_of(tx: Tx, subscription: Subscription, change: Change) -> Invoice | None:
    """Return the invoice that a change cuts at once, as it would be; None where it cuts none."""
    if not change.bills:
        return None
    start = max(item.current_period_start for item in change.earlier.items)
    return make_invoice(
        tx, subscription, change.lines, "upcoming", auto_advance=False,
        period=(min(start, tx.now), tx.now),
        proration_date=change.at if change.prorations else None, only=change.only, save=False,
    )  # fmt: skip


def _take_mode(
    tx: Tx, subscription: Subscription, details: PreviewSubscriptionParams
) -> None:
    """Let a subscription be migrated first; refuse what only new subscriptions have."""
    anchor = details.billing_cycle_anchor
    of_new = {
        "start_date": given(details.start_date),
        "billing_cycle_anchor[timestamp]": given(anchor) and anchor.type == "timestamp",
    }
    for name, sent in of_new.items():
        if sent:
            raise InvalidRequest(
                f"`{name}` is for the preview of a subscription that does not exist yet.",
                param=f"subscription_details[{name.replace('[', '][').removesuffix(']')}]",
            )
    mode = details.billing_mode
    if given(mode) and (mode.type == "flexible") != subscription.flexible:
        if mode.type == "classic":
            raise InvalidRequest(
                "A subscription whose `billing_mode` is `flexible` can't become classic again.",
                param="subscription_details[billing_mode][type]",
            )
        subscription.billing_mode = billing_mode_of(mode)


def next_invoice(tx: Tx, subscription: Subscription, recurring: bool = False) -> Invoice:
    """Return what will be drafted next; raise NotFound when there will be nothing.

    recurring: leave out what is pending.
    """
    if subscription.schedule is not None:
        for next_of_schedule in NEXT_OF_SCHEDULE:
            return next_of_schedule(tx, subscription, recurring)
    return next_renewal(tx, subscription, recurring)


def next_renewal(tx: Tx, subscription: Subscription, recurring: bool = False) -> Invoice:
    """Return what the next renewal will draft; raise NotFound when there will be none."""
    at = subscription.period_end
    assert at is not None, "a subscription has items"
    if subscription.cancel_at is not None and subscription.cancel_at <= at:
        with at_moment(tx, subscription.cancel_at):
            return _last_invoice(tx, subscription, recurring)
    return upcoming_renewal(tx, subscription, at, sweeps=not recurring)


def _last_invoice(tx: Tx, subscription: Subscription, recurring: bool) -> Invoice:
    """Return what is drafted as a subscription ends now; raise NotFound for nothing."""
    customer = tx.get(Customer, subscription.customer)
    lines = unbilled_usage(tx, subscription, tx.now, keep=False)
    lines += late_lines(tx, subscription, tx.now, keep=False)
    pending = pending_drafts(tx, customer.id, subscription.currency, subscription=subscription.id)
    if recurring or not (lines or pending):
        nothing(customer)
    renewal = Renewal(tx.now, (subscription.period_start, tx.now), {}, lines)
    return upcoming(tx, subscription, renewal)


def shown(
    tx: Tx,
    subscription: Subscription,
    customer: Customer,
    lines: list[LineDraft],
    period: tuple[int, int],
) -> Invoice:
    """Return an invoice of these lines and what is pending; raise NotFound when it is empty."""
    invoice = make_invoice(
        tx, subscription, lines, "upcoming", auto_advance=False, period=period, save=False
    )
    if not invoice.lines.data:
        nothing(customer)
    return invoice


def _of_new_subscription(
    tx: Tx, params: PreviewParams, details: PreviewSubscriptionParams
) -> Invoice:
    """Return the first invoice of a subscription that does not exist, for a customer or nobody."""
    customer = customer_for(tx, params)
    describe_customer(tx, customer, params)
    for place, item in enumerate(value_or(details.items, ())):
        if given(item.id):
            where = f"subscription_details[items][{place}][id]"
            raise no_such("subscription_item", item.id, param=where, status=400)
    wanted = SubscriptionCreateParams(
        customer=customer.id, items=list(value_or(details.items, []))
    )
    for name in ("billing_mode", "cancel_at", "cancel_at_period_end", "default_tax_rates",
                 "metadata", "proration_behavior", "trial_end"):  # fmt: skip
        setattr(wanted, name, getattr(details, name))
    wanted.currency = preview_currency(tx, customer, params, wanted)
    wanted.discounts = params.discounts
    wanted.backdate_start_date = details.start_date
    anchor = details.billing_cycle_anchor
    if given(anchor) and anchor.type == "timestamp":
        wanted.billing_cycle_anchor = anchor.timestamp
    subscription, lines = draft_subscription(tx, wanted)
    add_preview_items(tx, customer, subscription, params)
    invoice = make_invoice(
        tx, subscription, lines, "upcoming", auto_advance=False,
        sweeps=params.preview_mode != "recurring", save=False,
    )  # fmt: skip
    if not invoice.lines.data:
        nothing(customer)
    # There is no such subscription: nothing may lead to it.
    invoice.parent = None
    return invoice


def of_items(tx: Tx, params: PreviewParams) -> Invoice:
    """Return an invoice of the given items, if there are any, and of what is pending.

    Raises NotFound when there is neither.
    """
    customer = customer_for(tx, params)
    describe_customer(tx, customer, params)
    items = add_preview_items(tx, customer, None, params)
    currency = value_or(params.currency, items[0].currency if items else "").lower()
    pending = pending_drafts(tx, customer.id, currency)
    if not pending:
        nothing(customer)
    discounts = redeem(tx, params.discounts or (), customer=customer.id) if given(
        params.discounts
    ) else []  # fmt: skip
    return compose(
        tx,
        customer=customer,
        currency=currency,
        lines=pending,
        origin=Origin(reason="upcoming"),
        collection=Collection(auto_advance=False),
        discounts=[each.id for each in discounts]
        or ([customer.discount.id] if customer.discount else []),
        save=False,
    )


def nothing(customer: Customer) -> NoReturn:
    """Raise the answer to a preview where nothing will be billed."""
    raise NotFound(
        f"No upcoming invoices for customer: {customer.id}", code="invoice_upcoming_none"
    )


def customer_for(tx: Tx, params: PreviewParams) -> Customer:
    """Return the customer that a preview is for, or somebody who may become one."""
    if given(params.customer):
        customer = tx.get(Customer, params.customer, param="customer")
        tx.follow(customer)
        return customer
    # Somebody who may become a customer: he exists for this preview only.
    return tx.add(
        Customer(
            id=tx.new_id(Customer), created=tx.now, invoice_prefix="", livemode=tx.book.livemode
        )
    )


def describe_customer(tx: Tx, customer: Customer, params: PreviewParams) -> None:
    """Let the customer be as the preview supposes; it is undone with everything else.

    Raises InvalidRequest (`tax_id_invalid`) for a tax id that is not well-formed.
    """
    if not given(params.customer_details):
        return
    suppose_tax_ids(tx, customer, params.customer_details)
    for name in ("address", "shipping", "tax_exempt"):
        value = getattr(params.customer_details, name)
        if value is not UNSET:
            setattr(customer, name, "none" if name == "tax_exempt" and value is None else value)


def dressed(tx: Tx, invoice: Invoice, params: PreviewParams) -> Invoice:
    """Give a preview the discounts that it is to have instead of the usual ones."""
    if not given(params.discounts):
        return invoice
    from prorata.engine.invoices.compose import recompute

    found = redeem(
        tx, params.discounts or (), customer=invoice.customer, currency=invoice.currency
    )
    invoice.discounts = [each.id for each in found]
    recompute(tx, invoice)
    return invoice


def _as_update(details: PreviewSubscriptionParams) -> SubscriptionUpdateParams:
    sent = {name: value for name, value in fields_given(details).items() if name in OF_CHANGE}
    update = SubscriptionUpdateParams(**sent)
    if given(details.billing_cycle_anchor) and details.billing_cycle_anchor.type != "timestamp":
        update.billing_cycle_anchor = AnchorChangeParams(type=details.billing_cycle_anchor.type)
    return update
