"""Agreement: what a subscription is given apart from items and periods, new or changed."""

from typing import Any

import msgspec

from prorata.engine.invoices.at_once import method_given
from prorata.engine.invoices.terms import tax_rates
from prorata.engine.payments.payment_method_of import own_source
from prorata.engine.subscriptions.payment import own_payment_method
from prorata.engine.tax.enable import check_can_tax, check_prices
from prorata.model.errors import InvalidRequest, NotSupported
from prorata.model.fields import UNSET
from prorata.model.params import (
    assign,
    fields_given,
    given,
    merge_metadata,
    plain,
    refuse_unsupported,
)
from prorata.model.transaction import Tx
from prorata.resources.billing.feedback_option import check_offered
from prorata.resources.billing.subscription import Subscription
from prorata.resources.billing.subscription_params import (
    AgreementParams,
    AutomaticTaxParams,
    CancellationDetailsParams,
    InvoiceSettingsParams,
    RecurringParams,
)
from prorata.resources.billing.subscription_payment_settings import changed_settings
from prorata.resources.billing.subscription_shape import (
    SubscriptionAutomaticTax,
    SubscriptionAutomaticTaxLiability,
    SubscriptionBillingThresholds,
    SubscriptionCustomField,
    SubscriptionIssuer,
    SubscriptionPendingInvoiceItemInterval,
)
from prorata.resources.billing.tax_id import check_tax_ids
from prorata.resources.core.customer import Customer
from prorata.resources.products.price import Price
from prorata.rules.calendar import add_intervals, interval_at_most

CUSTOM_FIELDS_MAX = 4


def refuse_unknown_trade(tx: Tx, params: Any) -> None:
    """Raise NotSupported for what needs other accounts or billing far ahead."""
    refuse_unsupported(params, "application_fee_percent", "transfer_data")
    if given(params.on_behalf_of) and params.on_behalf_of not in (None, tx.book.account):
        raise NotSupported(
            "`on_behalf_of` another account is not supported: leave it out of the request.",
            param="on_behalf_of",
        )
    if given(params.billing_schedules) and params.billing_schedules:
        raise NotSupported(
            "Billing periods ahead of their time (`billing_schedules`) is not supported.",
            param="billing_schedules",
        )


def set_agreement(tx: Tx, subscription: Subscription, params: AgreementParams) -> None:
    """Write the sent parameters that neither move periods nor change items."""
    set_collection(subscription, params)
    assign(subscription, params, "description")
    if given(params.metadata):
        subscription.metadata = merge_metadata(subscription.metadata, params.metadata)
    if given(params.default_tax_rates):
        subscription.default_tax_rates = tax_rates(
            tx, params.default_tax_rates or (), "default_tax_rates"
        )
    set_payment(tx, subscription, params)
    if given(params.invoice_settings):
        set_invoice_settings(tx, subscription, params.invoice_settings)
    if given(params.trial_settings):
        assign(
            subscription.trial_settings.end_behavior, params.trial_settings.end_behavior
        )
    if given(params.billing_thresholds):
        subscription.billing_thresholds = (
            None
            if params.billing_thresholds is None
            else msgspec.convert(plain(params.billing_thresholds), SubscriptionBillingThresholds)
        )
    if given(params.automatic_tax):
        set_automatic_tax(tx, subscription, params.automatic_tax)
    if given(params.pending_invoice_item_interval):
        set_pending_interval(tx, subscription, params.pending_invoice_item_interval)


def set_collection(subscription: Subscription, params: Any) -> None:
    """Set how invoices are collected; `days_until_due` belongs to sent invoices."""
    if given(params.collection_method):
        subscription.collection_method = params.collection_method
    if given(params.days_until_due):
        subscription.days_until_due = params.days_until_due
    if subscription.collection_method == "send_invoice":
        if subscription.days_until_due is None:
            raise InvalidRequest(
                "If invoice collection method is 'send_invoice', you must specify"
                " 'days_until_due'."
            )
    elif given(params.days_until_due):
        raise InvalidRequest(
            "You can only specify 'days_until_due' if invoice collection method is 'send_invoice'."
        )
    else:
        subscription.days_until_due = None


def set_payment(tx: Tx, subscription: Subscription, params: Any) -> None:
    """Set what pays for the subscription; methods must be its customer's."""
    if given(params.default_payment_method):
        subscription.default_payment_method = params.default_payment_method and own_payment_method(
            tx, params.default_payment_method, subscription.customer, "default_payment_method"
        )
    if given(params.default_source):
        subscription.default_source = params.default_source and own_source(
            tx, params.default_source, subscription.customer, "default_source"
        )
    if params.default_payment_method or params.default_source:
        method_given(tx, subscription.customer)
    if given(params.payment_settings):
        subscription.payment_settings = changed_settings(
            subscription.payment_settings, params.payment_settings
        )


def set_invoice_settings(
    tx: Tx, subscription: Subscription, params: InvoiceSettingsParams
) -> None:
    """Set what the subscription's invoices show."""
    settings = subscription.invoice_settings
    for name, value in fields_given(params).items():
        if name == "custom_fields":
            if value is not None and len(value) > CUSTOM_FIELDS_MAX:
                raise InvalidRequest(
                    f"At most {CUSTOM_FIELDS_MAX} custom fields can be shown.",
                    param="invoice_settings[custom_fields]",
                )
            settings.custom_fields = [
                SubscriptionCustomField(name=each.name, value=each.value) for each in value or ()
            ] or None
        elif name == "issuer":
            refuse_other_account(tx, value, "invoice_settings[issuer]")
            settings.issuer = SubscriptionIssuer(type="self")
        else:
            if name == "account_tax_ids":
                check_tax_ids(tx, value, "invoice_settings[account_tax_ids]")
            setattr(settings, name, value)


def set_automatic_tax(tx: Tx, subscription: Subscription, tax: AutomaticTaxParams) -> None:
    """Turn automatic tax on or off."""
    if given(tax.liability):
        refuse_other_account(tx, tax.liability, "automatic_tax[liability]")
    if tax.enabled:
        check_can_tax(tx, tx.get(Customer, subscription.customer))
    subscription.automatic_tax = SubscriptionAutomaticTax(
        enabled=tax.enabled,
        liability=SubscriptionAutomaticTaxLiability(type="self") if tax.enabled else None,
    )


def check_taxable(tx: Tx, subscription: Subscription) -> None:
    """Raise InvalidRequest where automatic tax is on and an item cannot be taxed so.

    Items have no rates by hand then, and prices that say whether they include tax. What time does
    is not refused.
    """
    if tx.request is None or not subscription.automatic_tax.enabled:
        return
    if subscription.default_tax_rates:
        raise InvalidRequest(
            "`default_tax_rates` can't be used together with automatic tax: leave one of them out.",
            param="default_tax_rates",
        )
    for item in subscription.items.data:
        if item.tax_rates:
            raise InvalidRequest(
                f"The item {item.id} has `tax_rates` of its own, which can't be used together with"
                " automatic tax.",
                param="automatic_tax[enabled]",
            )
    # What an item shows of its price leaves out what that costs in other currencies.
    prices = tx.load(Price, [item.price.id for item in subscription.items.data])
    check_prices(tx, prices.values(), subscription.currency)


def set_pending_interval(
    tx: Tx, subscription: Subscription, params: RecurringParams | None
) -> None:
    """Set how often pending items are invoiced between renewals, at most a year apart."""
    if params is None:
        subscription.pending_invoice_item_interval = None
        subscription.next_pending_invoice_item_invoice = None
        subscription.private.pending_from = None
        return
    count = params.interval_count if given(params.interval_count) else 1
    if not interval_at_most(params.interval, count, years=1):
        raise InvalidRequest(
            "Pending invoice items must be invoiced at least once a year.",
            param="pending_invoice_item_interval[interval_count]",
        )
    subscription.pending_invoice_item_interval = SubscriptionPendingInvoiceItemInterval(
        interval=params.interval, interval_count=count
    )
    subscription.private.pending_from = tx.now
    subscription.next_pending_invoice_item_invoice = add_intervals(
        tx.now, params.interval, count, 1
    )


def set_cancellation_details(
    tx: Tx, subscription: Subscription, params: CancellationDetailsParams
) -> None:
    """Note what the customer said about leaving; raise for an option that is not offered."""
    if given(params.feedback_option) and params.feedback_option:
        check_offered(tx, params.feedback_option, "cancellation_details[feedback_option]")
    for name in ("comment", "feedback", "feedback_option"):
        value = getattr(params, name)
        if value is not UNSET:
            setattr(subscription.cancellation_details, name, value or None)


def refuse_other_account(tx: Tx, party: Any, param: str) -> None:
    """Raise NotSupported for a party that is another account; naming the own one is harmless."""
    if party.type == "account" and party.account != tx.book.account:
        raise NotSupported("Another account is not supported here.", param=f"{param}[account]")
