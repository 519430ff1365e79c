"""Subscribe: a customer agrees to prices, and pays for the first time."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from prorata.engine.catalogue.discounts import redeem
from prorata.engine.invoices.lines import LineDraft
from prorata.engine.subscriptions.added_items import add_invoice_items
from prorata.engine.subscriptions.agreement import (
    check_taxable,
    refuse_unknown_trade,
    set_agreement,
)
from prorata.engine.subscriptions.beginning import Beginning, beginning
from prorata.engine.subscriptions.cancellation import plan_cancellation
from prorata.engine.subscriptions.invoice import make_invoice
from prorata.engine.subscriptions.items import (
    build_item,
    check_currencies,
    check_items,
    check_unique,
    price_of,
)
from prorata.engine.subscriptions.migrate import billing_mode_of
from prorata.engine.subscriptions.payment import ask_for_method, charge_now
from prorata.engine.subscriptions.state import activate, await_payment, running_status
from prorata.engine.subscriptions.terms import (
    Tariff,
    advance_lines,
    arrears_lines,
    tariff_of,
    trial_line,
)
from prorata.engine.subscriptions.threshold_terms import check_thresholds
from prorata.model.errors import InvalidRequest, missing_param, no_such
from prorata.model.fields import InlineList
from prorata.model.operation import operation
from prorata.model.params import given, refuse_unsupported, value_or
from prorata.model.transaction import Tx
from prorata.resources.billing.invoice import LINES_MAX
from prorata.resources.billing.invoice_item import InvoiceItem
from prorata.resources.billing.quote import Quote
from prorata.resources.billing.subscription import ENDED, Subscription
from prorata.resources.billing.subscription_payment_settings import SubscriptionPaymentSettings
from prorata.resources.billing.subscription_schedule import OPEN, SubscriptionSchedule
from prorata.resources.billing.subscription_shape import (
    SubscriptionAutomaticTax,
    SubscriptionBillingCycleAnchorConfig,
    SubscriptionCancellationDetails,
    SubscriptionInvoiceSettings,
    SubscriptionManagedPayments,
    SubscriptionTrialEndBehavior,
    SubscriptionTrialSettings,
    own_issuer,
)
from prorata.resources.billing.subscription_verbs import SubscriptionCreateParams
from prorata.resources.core.customer import Customer, change_currency
from prorata.resources.products.price import Price

SUBSCRIPTIONS_MAX = 500


@operation("POST /v1/subscriptions")
def subscribe(tx: Tx, params: SubscriptionCreateParams) -> Subscription:
    """Start a subscription, bill its first period and, if it is to be charged, try to collect it.

    Without a successful first payment it is `incomplete` for 23 hours, unless `payment_behavior`
    refuses that. Raises InvalidRequest, and CardError (402) with `error_if_incomplete`.
    """
    return open_subscription(tx, params)


def open_subscription(
    tx: Tx,
    params: SubscriptionCreateParams,
    *,
    drafts: bool = False,
    trial_ended: int | None = None,
) -> Subscription:
    """Start a subscription; with `drafts` its first invoice waits an hour, as any renewal's does.

    The way of schedules and quotes; the status is `active` meanwhile. trial_ended: when the trial
    ended with which a backdated subscription began; from then on it is billed.
    """
    subscription, lines = draft_subscription(tx, params, trial_ended)
    _bill(tx, subscription, lines, params, drafts)
    if subscription.status != "incomplete":
        activate(tx, subscription)
    return subscription


def draft_subscription(
    tx: Tx, params: SubscriptionCreateParams, trial_ended: int | None = None
) -> tuple[Subscription, list[LineDraft]]:
    """Return a new subscription with its items and periods, and what its first invoice bills.

    Nothing has been billed yet, except that `add_invoice_items` are pending.
    """
    customer = _customer(tx, params)
    prices = _prices(tx, params)
    currency = check_currencies(prices, params.currency)
    if not getattr(params, "agreed", False):
        # A schedule's customer was checked when it was planned; each currency has its own balance.
        check_customer(tx, customer, currency)
    change_currency(customer, currency)
    refuse_unknown_trade(tx, params)
    flexible = not given(params.billing_mode) or params.billing_mode.type == "flexible"
    begin = beginning(params, prices, tx.now, flexible, trial_ended)
    subscription = _blank(tx, customer, currency, params, begin)
    tx.add(subscription)
    set_agreement(tx, subscription, params)
    wanted = value_or(params.items, [])
    for place, (each, price) in enumerate(zip(wanted, prices, strict=True)):
        item = build_item(tx, subscription, each, price, f"items[{place}]")
        subscription.items.data.append(item)
    check_items(subscription)
    check_taxable(tx, subscription)
    check_thresholds(tx, subscription)
    lay_first_periods(subscription, begin, None)
    plan_cancellation(tx, subscription, params)
    if begin.trial_end is not None and not flexible:
        # A classic trial ends where its subscription does.
        stop = min(begin.trial_end, subscription.cancel_at or begin.trial_end)
        begin = replace(begin, trial_end=stop)
        subscription.trial_end = stop
    if params.proration_behavior == "none" and begin.anchor > (begin.trial_end or begin.anchor):
        subscription.private.free_from = begin.trial_end
    lay_first_periods(subscription, begin, subscription.cancel_at)
    lines = _first_lines(tx, subscription, begin, params)
    _redeem(tx, subscription, params, lines)
    add_invoice_items(tx, subscription, params)
    subscription.items.refresh()
    return subscription, lines


def lay_first_periods(
    subscription: Subscription, begin: Beginning, cancel_at: int | None
) -> None:
    """Give every item its first period, cut short where the subscription ends within it."""
    for item in subscription.items.data:
        last = begin.stretches(item.interval, cancel_at)[-1]
        item.current_period_end = last.end
        item.current_period_start = (
            last.start if begin.flexible or begin.trial_end else begin.billed_from
        )


def _bill(
    tx: Tx,
    subscription: Subscription,
    lines: Sequence[LineDraft],
    params: SubscriptionCreateParams,
    drafts: bool,
) -> None:
    """Make the first invoice and collect it; nothing to bill makes none."""
    behavior = value_or(params.payment_behavior, "allow_incomplete")
    subscription.status = running_status(subscription, tx.now)
    if not lines and not value_or(params.add_invoice_items, None):
        ask_for_method(tx, subscription)
        return
    waits = drafts or subscription.collection_method == "send_invoice"
    invoice = make_invoice(
        tx, subscription, lines, "subscription_create", auto_advance=waits
    )
    if waits:
        return
    await_payment(tx, subscription)
    attempt = charge_now(
        tx,
        invoice,
        behavior,
        off_session=value_or(params.off_session, False),
        needs_method=True,
    )
    if invoice.status == "paid":
        ask_for_method(tx, subscription)
    if attempt is not None or invoice.status == "paid":
        tx.sequence("created_and_paid")


def _first_lines(
    tx: Tx, subscription: Subscription, begin: Beginning, params: SubscriptionCreateParams
) -> list[LineDraft]:
    """Return what the first invoice bills, newest item first.

    A stub before a later anchor, or time before the creation, is free where nothing is prorated;
    a period in which the subscription is to end costs all of it then.
    """
    terms = tariff_of(tx, subscription)
    prorates = params.proration_behavior != "none"
    stop = subscription.cancel_at if prorates else None
    lines: list[LineDraft] = []
    for item in reversed(subscription.items.data):
        if begin.trial_end is not None:
            period = (begin.now, begin.trial_end)
            lines.append(trial_line(subscription, item, terms[item.price.id], period))
        elif item.metered:
            subscription.private.usage_from[item.id] = begin.billed_from
            lines += _first_metered(subscription, item, terms)
        else:
            for stretch in begin.stretches(item.interval, stop):
                if not prorates and not (stretch.whole and stretch.start >= begin.now):
                    continue
                lines += advance_lines(subscription, item, terms[item.price.id], stretch)
    if len(lines) > LINES_MAX and given(params.backdate_start_date):
        raise InvalidRequest(
            f"The first invoice would have more than {LINES_MAX} lines: choose a later"
            " `backdate_start_date`.",
            param="backdate_start_date",
        )
    return lines


def _first_metered(subscription: Subscription, item: Any, terms: Tariff) -> list[LineDraft]:
    """Return the classic first line of a metered item, which bills nothing; flexible has none."""
    if subscription.flexible:
        return []
    period = (item.current_period_start, item.current_period_end)
    lines = arrears_lines(subscription, item, terms[item.price.id], 0, period)
    for line in lines:
        line.amount = 0
    return lines[:1]


def _redeem(
    tx: Tx,
    subscription: Subscription,
    params: SubscriptionCreateParams,
    lines: Sequence[LineDraft],
) -> None:
    if not given(params.discounts) or not params.discounts:
        return
    found = redeem(
        tx,
        params.discounts,
        customer=subscription.customer,
        subscription=subscription.id,
        currency=subscription.currency,
        purchase=sum(line.amount for line in lines),
        start=subscription.start_date,
    )
    subscription.discounts = [each.id for each in found]


def _customer(tx: Tx, params: SubscriptionCreateParams) -> Customer:
    if params.payment_behavior == "pending_if_incomplete":
        raise InvalidRequest(
            "Setting `payment_behavior` to `pending_if_incomplete` has no effect when creating a"
            " subscription.",
            param="payment_behavior",
        )
    refuse_unsupported(params, "customer_account")
    if not given(params.customer):
        raise InvalidRequest("Must provide customer or customer_account.", code="parameter_missing")
    customer = tx.find(Customer, params.customer)
    if customer is None:
        raise no_such("customer", params.customer, param="customer")
    tx.follow(customer)
    # Who is deleted, or subscribes elsewhere in another currency, does so before or after this.
    tx.rely_on(customer)
    return customer


def _prices(tx: Tx, params: SubscriptionCreateParams) -> list[Price]:
    if not given(params.items) or not params.items:
        raise missing_param("items")
    prices = [
        price_of(tx, each, f"items[{place}]") for place, each in enumerate(params.items)
    ]
    check_unique(prices)
    return prices


def check_customer(tx: Tx, customer: Customer, currency: str) -> None:
    """Raise InvalidRequest for too many subscriptions or another currency than the customer's.

    Those that a schedule will start count like those that there are.
    """
    live = [
        each
        for each in tx.select(Subscription, customer=customer.id)
        if each.status not in ENDED
    ]
    schedules = tx.select(SubscriptionSchedule, customer=customer.id, status=OPEN)
    waiting = [each for each in schedules if each.status == "not_started"]
    if len(live) + len(waiting) >= SUBSCRIPTIONS_MAX:
        raise InvalidRequest(
            f"Customer {customer.id} already has the maximum {SUBSCRIPTIONS_MAX} current"
            " subscriptions.",
            code="customer_max_subscriptions",
        )
    billed = [each.currency for each in live]
    billed += [each.phases[0].currency for each in schedules]
    if customer.currency not in (None, currency):
        pending = tx.select(InvoiceItem, pending_for=customer.id)
        billed += [each.currency for each in pending]
        quotes = tx.select(Quote, customer=customer.id, status="open")
        billed += [each.currency for each in quotes if each.currency is not None]
        if customer.balance:
            billed.append(customer.currency or currency)
    other = next((each for each in billed if each != currency), None)
    if other is not None:
        raise InvalidRequest(
            "You cannot combine currencies on a single customer. This customer has an active"
            f" subscription, subscription schedule, discount, quote, or invoice item with currency"
            f" {other}"
        )


def _blank(
    tx: Tx,
    customer: Customer,
    currency: str,
    params: SubscriptionCreateParams,
    begin: Beginning,
) -> Subscription:
    id = tx.new_id(Subscription, owner=customer.id)
    config = params.billing_cycle_anchor_config
    return Subscription(
        id=id,
        automatic_tax=SubscriptionAutomaticTax(),
        billing_cycle_anchor=begin.anchor,
        billing_cycle_anchor_config=SubscriptionBillingCycleAnchorConfig(
            day_of_month=config.day_of_month,
            hour=value_or(config.hour, None),
            minute=value_or(config.minute, None),
            month=value_or(config.month, None),
            second=value_or(config.second, None),
        )
        if given(config)
        else None,
        billing_mode=billing_mode_of(params.billing_mode),
        cancellation_details=SubscriptionCancellationDetails(),
        created=tx.now,
        currency=currency,
        customer=customer.id,
        invoice_settings=SubscriptionInvoiceSettings(issuer=own_issuer()),
        items=InlineList(url=f"/v1/subscription_items?subscription={id}"),
        livemode=tx.book.livemode,
        managed_payments=SubscriptionManagedPayments(),
        payment_settings=SubscriptionPaymentSettings(save_default_payment_method="off"),
        start_date=begin.start,
        status="active",
        test_clock=customer.test_clock,
        trial_end=begin.trial_end or begin.trial_ended,
        trial_settings=SubscriptionTrialSettings(end_behavior=SubscriptionTrialEndBehavior()),
        trial_start=_trial_start(begin),
    )  # fmt: skip


def _trial_start(begin: Beginning) -> int | None:
    if begin.trial_ended is not None:
        return begin.start
    return None if begin.trial_end is None else begin.now
